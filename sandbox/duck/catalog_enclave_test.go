package duck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// catalogSession opens a warm enclave of role catalog with the memory that it is to have.
func catalogSession(t testing.TB) *sandbox.Session {
	t.Helper()
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir(),
		Session: sandbox.SessionLimits{Statements: 100_000}})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	s, err := host.OpenSession(t.Context(), task.Task{Role: task.Catalog, Spec: api.CatalogSpec{},
		Limits: yumen.Limits{Memory: 256 << 20, Threads: 1, Wall: yumen.Duration(time.Minute)}}, analyst)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func askCatalog(t testing.TB, s *sandbox.Session, spec api.CatalogSpec) (api.CatalogAnswer, []byte) {
	t.Helper()
	var out bytes.Buffer
	got, err := s.Run(t.Context(), analyst, sandbox.Statement{Spec: spec}, map[string]io.Writer{task.OutRows: &out})
	if err != nil {
		t.Fatal(err)
	}
	var ans api.CatalogAnswer
	if err := json.Unmarshal(got.Answer, &ans); err != nil {
		t.Fatal(err)
	}
	return ans, out.Bytes()
}

// TestCatalogEnclave asks in a real enclave, where nothing can be opened: after a refusal the same process goes on.
func TestCatalogEnclave(t *testing.T) {
	s := catalogSession(t)
	large := api.CatalogSpec{View: cityHealth(), SQL: "SELECT repeat('x', 900000000)"}
	for range 2 { // it ends the enclave, whatever this had answered before, and a fresh one takes its place
		if _, err := s.Run(t.Context(), analyst, sandbox.Statement{Spec: large},
			map[string]io.Writer{task.OutRows: io.Discard}); yumen.KindOf(err) != yumen.KindLimit {
			t.Errorf("too large a value: %v", err)
		}
		if ans, _ := askCatalog(t, s, api.CatalogSpec{View: cityHealth(), SQL: "SELECT 1"}); ans.Refused != nil {
			t.Errorf("afterwards: %+v", ans.Refused)
		}
	}
	const sql = "SELECT count(*), sum(length(relname)) > 0 FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
	for i := range 3 {
		if ans, _ := askCatalog(t, s,
			api.CatalogSpec{View: cityHealth(), SQL: "SELECT * FROM nothing"}); ans.Refused == nil {
			t.Error("a relation that is not there is answered")
		}
		ans, frames := askCatalog(t, s, api.CatalogSpec{View: cityHealth(), SQL: sql, Formats: []int16{0}})
		if rows := wireRows(frames); ans.Refused != nil || len(rows) != 1 || rows[0][1] != "t" {
			t.Errorf("round %d: got %v, %+v", i, rows, ans.Refused)
		}
	}
}

// BenchmarkCatalog asks statements of clients in a warm enclave.
func BenchmarkCatalog(b *testing.B) {
	s := catalogSession(b)
	for name, sql := range map[string]string{
		"small": "SELECT 1",
		"tables": "SELECT n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner) FROM pg_class c LEFT JOIN pg_namespace n " +
			"ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND n.nspname <> 'pg_catalog' AND pg_table_is_visible(c.oid)",
		"columns": "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_attribute a WHERE a.attrelid = " +
			"'public.hospital_visits'::regclass AND a.attnum > 0 ORDER BY a.attnum",
	} {
		b.Run(name, func(b *testing.B) {
			spec := api.CatalogSpec{View: cityHealth(), SQL: sql}
			for b.Loop() {
				if ans, _ := askCatalog(b, s, spec); ans.Refused != nil {
					b.Fatal(ans.Refused.Message)
				}
			}
		})
	}
}

// TestCatalogShared has many people ask at once: each sees their own database, from two enclaves. After the end nobody
// is answered.
func TestCatalogShared(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir()})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	catalog := task.Task{Role: task.Catalog, Spec: api.CatalogSpec{},
		Limits: yumen.Limits{Memory: 256 << 20, Threads: 1, Wall: yumen.Duration(time.Minute)}}
	shared, err := host.Share(catalog, 2, sandbox.SessionLimits{Statements: 7})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			view := api.CatalogView{Database: fmt.Sprintf("db%d", i), User: "u"}
			for range 4 {
				var out bytes.Buffer
				_, err := shared.Ask(t.Context(), "org", api.CatalogSpec{View: view, SQL: "SELECT datname FROM pg_database"},
					map[string]io.Writer{task.OutRows: &out})
				if rows := wireRows(out.Bytes()); err != nil || len(rows) != 1 || rows[0][0] != view.Database {
					t.Errorf("%s: got %v, %v", view.Database, rows, err)
				}
			}
		})
	}
	all.Wait()
	if err := shared.Close(); err != nil {
		t.Error(err)
	}
	if _, err := shared.Ask(t.Context(), "org", api.CatalogSpec{SQL: "SELECT 1"},
		nil); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("after the end: %v", err)
	}
	catalog.Inputs = []task.Input{{Name: "data"}}
	if _, err := host.Share(catalog, 1, sandbox.SessionLimits{}); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("with data: %v", err)
	}
}

// TestCatalogForgetsViews shows one large view after the other to one enclave: what was shown before takes no memory.
func TestCatalogForgetsViews(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir()})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	shared, err := host.Share(task.Task{Role: task.Catalog, Spec: api.CatalogSpec{},
		Limits: yumen.Limits{Memory: 256 << 20, Threads: 1, Wall: yumen.Duration(time.Minute)}}, 1,
		sandbox.SessionLimits{Statements: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	for i := range 100 {
		view := api.CatalogView{Database: fmt.Sprint("db", i), User: "u"}
		for j := range 30 {
			table := api.CatalogTable{Schema: "public", Name: fmt.Sprint("t", j)}
			for k := range 20 {
				table.Columns = append(table.Columns, api.CatalogColumn{Name: fmt.Sprint("c", k), OID: 25, Mod: -1})
			}
			view.Tables = append(view.Tables, table)
		}
		got, err := shared.Ask(t.Context(), "org",
			api.CatalogSpec{View: view,
				SQL: "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid"},
			map[string]io.Writer{task.OutRows: &bytes.Buffer{}})
		if err != nil {
			t.Fatalf("view %d: %v", i, err)
		}
		var ans api.CatalogAnswer
		if err := json.Unmarshal(got.Answer, &ans); err != nil || ans.Refused != nil {
			t.Fatalf("view %d: %+v, %v", i, ans.Refused, err)
		}
	}
}
