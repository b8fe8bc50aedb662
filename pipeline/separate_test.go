package pipeline_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// asEarlier changes a record by a step of the log, as an earlier release would have written it. Nobody has the domain
// open.
func asEarlier[T any](d *domain, kind store.Kind, id string, change func(*T)) {
	d.t.Helper()
	st, err1 := sqlite.Open(d.t.Context(), d.path("state.db"), false)
	log, err2 := audit.Open(d.path("log"), d.key)
	objects, err3 := local.Open(d.path("objects"))
	if err := errors.Join(err1, err2, err3); err != nil {
		d.t.Fatal(err)
	}
	j, err := journal.Open(d.t.Context(), journal.Config{State: st, Objects: objects, Log: log, Clock: time.Now,
		Crash: func(string) {}})
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := journal.Load[T](d.t.Context(), journal.Verify(st, log.Entries), kind, id)
	if err != nil {
		d.t.Fatal(err)
	}
	change(&r.V)
	p, err := journal.Put(kind, id, r.Rev, r.V)
	if err == nil {
		err = j.Commit(d.t.Context(),
			journal.Step{Entries: []yumen.Entry{{At: time.Now().UTC().Truncate(time.Millisecond),
				Actor: yumen.System.Name, Action: yumen.ActionVersionStore, Subject: id}}, Records: []store.Record{p}})
	}
	if err := errors.Join(err, log.Close(), st.Close()); err != nil {
		d.t.Fatal(err)
	}
}

// A version that an earlier release stored with identifiers is stored anew under its old name, from the object that it
// was, and that object goes; one that comes back with other rows is not, and stays as it was.
func TestVersionsAreSeparated(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	prepare(t, s, d.dir)
	before, err := s.Dataset(t.Context(), "visits")
	done()
	if err != nil {
		t.Fatal(err)
	}
	was := before.Versions[0]
	was.Digest = was.Data
	asEarlier(d, store.Version, "visits/000001", func(v *yumen.Version) {
		v.Digest, v.Data, v.Identifiers = v.Data, "", ""
	})

	for _, c := range []struct {
		what string
		rows int64
		ok   bool
	}{{"other rows", 99, false}, {"as it was", 100, true}} {
		e := script{task.Import: func(tk task.Task, outs map[string]io.Writer) (any, error) {
			spec := tk.Spec.(task.ImportSpec)
			if !spec.Stored || outs[task.OutUnits] != nil {
				t.Errorf("%s: %+v", c.what, spec)
			}
			_, err1 := io.WriteString(outs[task.OutVersion], "version without")
			_, err2 := io.WriteString(outs[task.OutIdentifiers], "identifiers apart")
			return task.ImportAnswer{Rows: c.rows}, errors.Join(err1, err2)
		}}
		s, done := d.mustOpen(e)
		left, err := s.Unseparated(t.Context())
		if err != nil || len(left) != 1 {
			t.Fatalf("%s: %v %v", c.what, left, err)
		}
		told := [2]int64{}
		n, err := s.Separate(t.Context(), func(done, total int64) { told = [2]int64{done, total} })
		if (err == nil) != c.ok || !c.ok && (yumen.KindOf(err) != yumen.KindCorrupt || n != 0) ||
			c.ok && (n != 1 || told != [2]int64{1, 1}) {
			t.Errorf("%s: %d, told %v, %v", c.what, n, told, err)
		}
		now, err1 := s.Dataset(t.Context(), "visits")
		left, err2 := s.Unseparated(t.Context())
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		v := now.Versions[0]
		if (len(left) == 0) != c.ok || v.Digest != was.Digest || (v.Data != "") != c.ok ||
			(v.Identifiers != "") != c.ok {
			t.Errorf("%s: %+v, left %v", c.what, v, left)
		}
		if c.ok {
			if again, err := s.Separate(t.Context(), func(int64, int64) {}); again != 0 || err != nil {
				t.Errorf("again: %d %v", again, err)
			}
			if _, err := s.Verify(t.Context(), api.VerifyOptions{}); err != nil {
				t.Error(err)
			}
			if es := d.logged(yumen.ActionVersionSeparate); len(es) != 1 || es[0].Digests["version"] != was.Digest ||
				es[0].Digests["data"] != v.Data || es[0].Digests["units"] == "" {
				t.Errorf("%+v", es)
			}
		}
		done()
	}
	objects, err := local.Open(d.path("objects"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := objects.Size(t.Context(),
		store.Object{Space: store.Versions, Digest: was.Digest}); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("the object with identifiers is there: %v", err)
	}
}
