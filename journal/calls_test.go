package journal_test

import (
	"context"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// A call that has a key takes its first step once, whatever becomes of the process, and as many more as it likes; a
// step that did not come about can be taken again. The log commits to the record.
func TestCallIsCarriedOutOnce(t *testing.T) {
	dir := t.TempDir()
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, dir, key, func(string) {})
	entry := yumen.Entry{Actor: "a", Action: yumen.ActionJobSubmit, Subject: "j-1"}
	call := func() context.Context {
		return api.WithCall(t.Context(), &api.Call{ID: "id", Request: yumen.DigestOf([]byte("request"))})
	}
	step := func(o opened, ctx context.Context, name string, rev int64) error {
		r, err := journal.Put(store.Org, name, rev, name)
		if err != nil {
			t.Fatal(err)
		}
		e := entry
		e.At = time.Now()
		return o.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{r}})
	}
	ctx := call()
	if err := step(o, ctx, "a", 7); yumen.KindOf(err) != yumen.KindConflict {
		t.Fatal(err)
	}
	if _, err := o.state.Get(t.Context(), store.Call, "id"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("a step that did not come about is recorded: %v", err)
	}
	for i, name := range []string{"a", "b"} {
		if err := step(o, ctx, name, 0); err != nil {
			t.Errorf("step %d of one call: %v", i, err)
		}
	}
	o.close()
	o = open(t, dir, key, func(string) {})
	defer o.close()
	if err := step(o, call(), "c", 0); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("the call was carried out twice: %v", err)
	}
	if _, err := o.state.Get(t.Context(), store.Org, "c"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("half of the step came about: %v", err)
	}
	got, err := journal.Load[api.Carried](t.Context(), o.state, store.Call, "id")
	if err != nil || got.V.Subject != "j-1" || got.V.Action != yumen.ActionJobSubmit || got.V.At.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	last, err := o.log.Entry(0)
	if _, ok := last.Records["call/id"]; err != nil || !ok {
		t.Errorf("the log does not commit to it: %+v, %v", last, err)
	}
}
