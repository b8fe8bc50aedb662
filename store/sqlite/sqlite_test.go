package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.State {
		path := filepath.Join(t.TempDir(), "state.db")
		return func() store.State {
			s, err := Open(t.Context(), path, true)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
	})
}

func TestOpenRefusesWhatIsNoState(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte("this is not a database, and long enough to be told so by its header"),
		0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), garbage, false); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("garbage: got %v, want kind corrupt", err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "missing.db"), false); err == nil {
		t.Error("a missing file was opened without being asked to make it")
	}
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, false); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("got %v, want kind conflict", err)
	}
}

// A state written by the first version of the schema is brought up to date, with all its records.
func TestOpenMigrates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := connect(path, "rwc", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(migrations[0] + `PRAGMA user_version = 1;
		INSERT INTO record (kind, id, rev, body) VALUES ('job', 'j-1', 3, '{"state":"held","spec":{"contract":"c"},"updated":"2026-01-01T00:00:00Z"}');
		INSERT INTO intent (body) VALUES ('{"log_index": 5}')`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := Open(t.Context(), path, false)
		if err != nil {
			t.Fatal(err)
		}
		page, err1 := s.Select(t.Context(),
			store.Query{Kind: store.Job, States: []yumen.State{"held"}, Contract: "c", Order: store.ByUpdated})
		open, err2 := s.Pending(t.Context())
		if err := errors.Join(err1, err2, s.Close()); err != nil {
			t.Fatal(err)
		}
		if len(page.Records) != 1 || page.Records[0].Rev != 3 || len(open) != 1 || open[0].LogIndex != 5 {
			t.Errorf("found %+v and intents %+v", page, open)
		}
	}
}

// Every filter and order is served by an index: no query reads the whole table or sorts more than its page.
func TestEveryQueryUsesAnIndex(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	held := []yumen.State{"held"}
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{}, "PRIMARY KEY (kind=?)"},
		{store.Query{Prefix: "j-"}, "PRIMARY KEY (kind=? AND id>? AND id<?)"},
		{store.Query{States: held}, "record_state (kind=? AND state=?)"},
		{store.Query{States: held, Order: store.ByUpdated}, "record_state_updated (kind=? AND state=? AND updated>?)"},
		{store.Query{Order: store.ByUpdated}, "record_updated (kind=? AND updated>?)"},
		{store.Query{Contract: "c"}, "record_contract (kind=? AND contract=?)"},
		{store.Query{Contract: "c", Prefix: "j-1"}, "record_contract (kind=? AND contract=? AND id>? AND id<?)"},
		{store.Query{Submitter: "a"}, "record_submitter (kind=? AND submitter=?)"},
	} {
		c.q.Kind = store.Job
		w := sources(c.q)[0]
		order := " ORDER BY id"
		if c.q.Order == store.ByUpdated {
			order = " ORDER BY updated, id"
		}
		for i, text := range []string{"SELECT id, rev, body, updated FROM " + w.text.String() + order,
			"SELECT count(*) FROM " + w.text.String()} {
			plan := queryPlan(t, s, text, w.args)
			covered := strings.Contains(plan, "COVERING INDEX") || strings.Contains(plan, "PRIMARY KEY")
			if !strings.Contains(plan, c.want) || strings.Contains(plan, "TEMP B-TREE") || i == 1 && !covered {
				t.Errorf("%s: %s", text, plan)
			}
		}
	}
}

func queryPlan(t *testing.T, s *Store, text string, args []any) string {
	t.Helper()
	rows, err := s.read.Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "; ")
}
