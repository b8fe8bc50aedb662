package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/service"
	"github.com/yumen-data/yumen/store"
)

// logOf makes a log of n entries and the service that reads it.
func logOf(t *testing.T, n int) (*service.Service, *audit.Key) {
	t.Helper()
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Create(filepath.Join(t.TempDir(), "log"), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	for i := 0; i < n; i += 100 {
		var es []yumen.Entry
		for k := i; k < min(i+100, n); k++ {
			es = append(es, yumen.Entry{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionJobHold,
				Subject: fmt.Sprint(k)})
		}
		if _, err := log.AppendAll(es...); err != nil {
			t.Fatal(err)
		}
	}
	return service.New(pipeline.Reader(noJobs{}, log.Entries, nil, rules), knowing(access.LocalAsserted), rules,
		func() (*audit.Log, error) { return log, nil }), key
}

// noJobs is a state without any record.
type noJobs struct{ store.State }

func (noJobs) Get(context.Context, store.Kind, string) (store.Record, error) {
	return store.Record{}, yumen.Errorf(yumen.KindNotFound, "no record", "无记录")
}

func (noJobs) Select(context.Context, store.Query) (store.Page, error) { return store.Page{}, nil }

// Pages hold every entry once, in order, from wherever one begins, and no more of them than a page may hold; every
// entry is proven by the public key of the log alone, and another entry is not.
func TestEntriesArePagedWithProofs(t *testing.T) {
	const n = 2345
	s, key := logOf(t, n)
	regulator := api.Asserted(yumen.Actor{Name: "r", Roles: []yumen.Role{yumen.RoleRegulator}})
	for _, c := range []struct {
		q     api.LogQuery
		first int64
		pages int
	}{{api.LogQuery{}, 0, 3}, {api.LogQuery{Limit: 1000000}, 0, 3}, {api.LogQuery{From: 2000, Limit: 100}, 2000, 4},
		{api.LogQuery{From: -3, Limit: 2, Proofs: true}, n - 3, 2}, {api.LogQuery{From: -n - 5}, 0, 3},
		{api.LogQuery{From: n}, n, 1}} {
		q, next, pages := c.q, c.first, 0
		for more := true; more; pages++ {
			p, err := s.Entries(t.Context(), regulator, q)
			if err != nil || p.Size != n || len(p.Entries) > api.MaxLogPage {
				t.Fatalf("%+v: %d entries of %d, %v", q, len(p.Entries), p.Size, err)
			}
			for _, e := range p.Entries {
				if e.Index != next || e.Entry.Subject != fmt.Sprint(next) {
					t.Fatalf("%+v: entry %d of %s, want %d", q, e.Index, e.Entry.Subject, next)
				}
				next++
				if q.Proofs {
					checkProof(t, e, key)
				}
			}
			q.From, more = p.Next, p.Next > 0
		}
		if next != n || pages != c.pages {
			t.Errorf("%+v: read up to %d in %d pages, want %d", c.q, next, pages, c.pages)
		}
	}
	for name, by := range map[string]yumen.Actor{"an analyst": {Name: "a", Roles: []yumen.Role{yumen.RoleAnalyst}},
		"a reviewer": {Name: "v", Roles: []yumen.Role{yumen.RoleReviewer}}} {
		for _, q := range []api.LogQuery{{}, {From: -1}} {
			if _, err := s.Entries(t.Context(), api.Asserted(by), q); yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%s reads %+v: %v", name, q, err)
			}
		}
	}
}

func checkProof(t *testing.T, e api.LogEntry, key *audit.Key) {
	t.Helper()
	var p audit.Proof
	err := json.Unmarshal(e.Proof, &p)
	if err := errors.Join(err, p.Verify(key.Verifier())); err != nil || string(p.Entry) != string(e.Raw) ||
		p.Index != e.Index {
		t.Errorf("entry %d is not proven: %v", e.Index, err)
	}
	p.Entry = append(json.RawMessage(nil), p.Entry...)
	p.Entry[len(p.Entry)/2] ^= 1
	if p.Verify(key.Verifier()) == nil {
		t.Errorf("another entry is proven to be entry %d", e.Index)
	}
}
