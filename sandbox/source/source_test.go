package source

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// Parquet is read by an engine that is tested on the built program; nothing here needs one.
var noParquet OpenParquet

const steps = `profile: p
version: 1
title: t
steps:
  - columns: [code]
    mask: {preset: generic}
  - columns: [n]
    round: {base: 10}
`

func spec(table task.Table) task.DesensitizeSpec {
	return task.DesensitizeSpec{Table: table, File: "p.yaml", Profile: steps, Format: yumen.FormatCSV,
		By: yumen.Actor{Name: "wang"}, Input: "sha256:00"}
}

func run(t *testing.T, role task.Role, spec any, files ...string) (*sandboxtest.Env, error) {
	t.Helper()
	in := sandboxtest.New(t, spec, nil)
	for i, f := range files {
		in.Give(t, task.SourceName(i+1), []byte(f))
	}
	return in, Handlers(noParquet)[role](context.Background(), in)
}

func TestApply(t *testing.T) {
	csv := task.Table{Files: 1, Format: yumen.FormatCSV}
	two := csv
	two.Files = 2
	in, err := run(t, task.Desensitize, spec(csv), "code,n\nabcdef,14\n0042,\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := in.Outputs[task.OutFile].String(), "code,n\na****f,10\n0**2,\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var a task.DesensitizeAnswer
	var rec desensitize.Record
	if err := json.Unmarshal(in.Said, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.Record, &rec); err != nil {
		t.Fatal(err)
	}
	if rec.RowsIn != 2 || rec.RowsOut != 2 || rec.Cells != 3 || rec.By != "wang" || rec.Input != "sha256:00" {
		t.Errorf("%+v", rec)
	}
	if in, err = run(t, task.Desensitize, spec(two), "code,n\nabcdef,14\n", "n,code\n26,abcdef\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := in.Outputs[task.OutFile].String(), "code,n\na****f,10\na****f,30\n"; got != want {
		t.Errorf("two files: %q, want %q", got, want)
	}
}

// Whatever is wrong is known before the first byte is written.
func TestNothingIsWritten(t *testing.T) {
	csv := task.Table{Files: 1, Format: yumen.FormatCSV}
	typed := csv
	typed.Columns = []yumen.Column{{Name: "code", Type: yumen.TypeText}, {Name: "n", Type: yumen.TypeInteger}}
	given := csv
	given.Types = map[string]yumen.Type{"n": yumen.TypeInteger}
	for name, c := range map[string]struct {
		table task.Table
		file  string
		want  string
	}{
		"a cell of another type":       {typed, "code,n\nx,1\nx,S3cret\n", "line 3, n"},
		"a cell of a type given":       {given, "code,n\nx,1\nx,S3cret\n", "line 3, n"},
		"a row too short":              {csv, "code,n\nx,1\nx\n", "line 3"},
		"a column that does not exist": {csv, "code,m\nx,1\n", "step 2"},
		"text where numbers are due":   {csv, "code,n\nx,1\nx,S3cret\n", "n"},
	} {
		in, err := run(t, task.Desensitize, spec(c.table), c.file)
		if yumen.KindOf(err) != yumen.KindInvalid || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "S3cret") {
			t.Errorf("%s: %v", name, err)
		}
		if out := in.Outputs[task.OutFile]; out != nil && out.Len() > 0 {
			t.Errorf("%s: %d bytes were written", name, out.Len())
		}
	}
}

// A file that changes between the two readings is noticed.
func TestFileThatChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("code,n\nx,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := sandboxtest.New(t, nil, map[string]string{task.InSource: path})
	tab, err := openTable(t.Context(), in, task.Table{Files: 1, Format: yumen.FormatCSV}, noParquet)
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Release()
	if err := os.WriteFile(path, []byte("code,n\nx,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for tab.Next() {
	}
	if yumen.KindOf(tab.Err()) != yumen.KindCorrupt {
		t.Error(tab.Err())
	}
}

func TestDescribeTellsNoValue(t *testing.T) {
	in, err := run(t, task.Describe, task.DescribeSpec{Table: task.Table{Files: 1, Format: yumen.FormatCSV}},
		"who,mobile,n\n张三,13812345678,1\n李四,13912345678,2\n")
	if err != nil {
		t.Fatal(err)
	}
	var a task.DescribeAnswer
	var ps []detect.Proposal
	if err := json.Unmarshal(in.Said, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.Proposals, &ps); err != nil {
		t.Fatal(err)
	}
	if len(ps) != 3 || ps[1].Type != detect.Mobile || a.Types[2] != yumen.TypeInteger {
		t.Errorf("%+v %v", ps, a.Types)
	}
	for _, v := range []string{"张三", "李四", "13812345678"} {
		if strings.Contains(string(in.Said), v) {
			t.Errorf("%s is in the answer", v)
		}
	}
}
