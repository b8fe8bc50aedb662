package duck

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/city"
	"github.com/yumen-data/yumen/internal/pgrows"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// TestTypesArePlanned: what a statement is described with before it is run, names, types and type modifiers of
// PostgreSQL included, is what its result has, of all everyday statements that are answered.
func TestTypesArePlanned(t *testing.T) {
	shop := analysis.Scope{Classes: []yumen.ReleaseClass{yumen.ClassAggregate}, Today: time.Now(),
		Risk: yumen.Risk{K: 10, Dominance: yumen.Dominance{N: 2, Share: 0.9}, PRatio: 0.1, Rounding: 1, MaxRows: 5000,
			MaxBytes: 1 << 20}}
	answered := caseRoute(t).holdTypes(t, shop, os.DirFS(queryTestdata+"everyday/shop"), everyday(t)...)
	answered += caseRoute(t).holdTypes(t, shop, sub(t, city.Files, "datasets"), queryTestdata+"coverage/city.sql")
	if answered < 150 {
		t.Errorf("%d statements were answered", answered)
	}
}

func everyday(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(queryTestdata + "everyday/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	return files
}

func sub(t *testing.T, of fs.FS, dir string) fs.FS {
	t.Helper()
	out, err := fs.Sub(of, dir)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// granted is a dataset of which all is granted that its entry allows.
func granted(t *testing.T, name string, entry []byte) (out analysis.Table) {
	t.Helper()
	if err := strictyaml.Decode(name, entry, &out.Dataset); err != nil {
		t.Fatal(err)
	}
	out.Uses = map[string][]yumen.Constraint{}
	for _, c := range out.Dataset.Columns {
		out.Uses[c.Name] = c.Constraints
	}
	return out
}

// holdTypes holds the statements of files over empty tables of entries, and returns how many were answered.
func (r *route) holdTypes(t *testing.T, scope analysis.Scope, entries fs.FS, files ...string) (answered int) {
	t.Helper()
	scope.Class = yumen.ClassAggregate
	names, err := fs.Glob(entries, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(entries, name)
		if err != nil {
			t.Fatal(err)
		}
		table := granted(t, name, b)
		scope.Tables = append(scope.Tables, table)
		columns := []string{"_unit BIGINT"}
		for _, c := range table.Dataset.Columns {
			columns = append(columns, fmt.Sprintf("%q %s", c.Name, sqlType(c.Type)))
		}
		run(t, r.data, fmt.Sprintf("CREATE TABLE %q (%s)", table.Dataset.Name, strings.Join(columns, ", ")))
	}
	for _, file := range files {
		answered += r.holdTypesIn(t, file, scope)
	}
	return answered
}

// holdTypesIn holds the statements of a file.
func (r *route) holdTypesIn(t *testing.T, file string, scope analysis.Scope) (answered int) {
	t.Helper()
	for _, part := range strings.Split("\n"+string(mustRead(t, file)), "\n-- name: ")[1:] {
		name, sql, _ := strings.Cut(part, "\n")
		plan, err := analysed(t, r.data, sql, scope)
		if err != nil || plan.Post == "" || plan.Figures != nil {
			continue
		}
		answered++
		if diff := cmp.Diff(promised(plan.Columns), r.given(t, plan)); diff != "" {
			t.Errorf("%s %s: the result is not as it was described\n%s\n%s", filepath.Base(file), name, sql, diff)
		}
	}
	return answered
}

// promised are the columns of a plan as PostgreSQL's clients are told of them.
func promised(of []yumen.ArtifactColumn) (out []pgrows.Column) {
	for _, c := range of {
		d := sqlsession.ColumnOf(c.Name, c.Type)
		out = append(out, pgrows.Column{Name: d.Name, OID: d.OID, Len: d.Size, Mod: d.Mod})
	}
	return out
}

// given are the columns of the result of a plan, as its rows are written.
func (r *route) given(t *testing.T, plan *analysis.Plan) []pgrows.Column {
	t.Helper()
	run(t, r.data, "CREATE OR REPLACE TABLE "+task.CellsTable+" AS "+plan.SQL)
	in := r.env(nil, nil)
	as := task.View{Name: task.CellsTable, Columns: []task.ViewColumn{{Type: wideDecimal}}}
	if err := r.data.answer(t.Context(), in, task.QuerySpec{SQL: plan.Post, Views: []task.View{as}}); err != nil {
		t.Fatalf("%v\n%s", err, plan.Post)
	}
	reader, err := arrowio.NewReader(bytes.NewReader(in.Outputs[task.OutResult].Bytes()), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	columns, err := pgrows.Columns(reader.Schema())
	if err != nil {
		t.Fatal(err)
	}
	return columns
}
