package intake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

func described(t testing.TB, opts Options, types map[string]yumen.Type, files ...string) (string, error) {
	t.Helper()
	var paths []string
	for i, f := range files {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(f), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	d, err := Describe(context.Background(), paths, types, opts, 2)
	if err != nil {
		return "", err
	}
	s := fmt.Sprintf("%d rows, %d bad", d.Rows, d.BadRows)
	for _, b := range d.Bad {
		s += fmt.Sprintf(" %d:%d %d", b.File, b.Line, b.Fault)
	}
	for _, c := range d.Columns {
		s += " " + c.Name + ":" + string(c.Type)
	}
	return s, nil
}

func TestDescribe(t *testing.T) {
	csv, nd := Options{Format: yumen.FormatCSV}, Options{Format: yumen.FormatNDJSON}
	bare := csv
	bare.CSV.NoHeader = true
	for _, c := range []struct {
		name  string
		opts  Options
		files []string
		types map[string]yumen.Type
		want  string
	}{
		{"types", csv, []string{"a,b,c,d,e,f,g,h\n1,1.50,1e3,2026-01-02,2026-01-02 03:04:05,true,x,\n-2,2,2.5,2026/01/03,2026-01-02T03:04:05.25,FALSE,,\n"}, nil,
			"2 rows, 0 bad a:integer b:decimal(18,2) c:double d:date e:timestamp f:boolean g:text h:text"},
		{"codes stay text", csv,
			[]string{"id,zip,card\n110101199003070011,010000,6222020000000000000\n110101199003070012,100000,6222020000000000001\n"}, nil, "2 rows, 0 bad id:text zip:text card:text"},
		{"not numbers", csv, []string{"a,b,c,d\nNaN,1.,0x10,2026-02-30\nInf,.5,1_0,0000-01-01\n"}, nil,
			"2 rows, 0 bad a:text b:text c:text d:text"},
		{"overflow", csv, []string{"a,b\n99999999999999999999,1e999\n"}, nil, "1 rows, 0 bad a:text b:text"},
		{"one cell spoils a column", csv, []string{"a\n1\n2\nx\n"}, nil, "3 rows, 0 bad a:text"},
		{"types given", csv, []string{"a,b\n1,2\n"}, map[string]yumen.Type{"b": yumen.TypeText},
			"1 rows, 0 bad a:integer b:text"},
		{"no rows", csv, []string{"a,b\n"}, nil, "0 rows, 0 bad a:text b:text"},
		{"no header", bare, []string{"1,x\n2,y\n"}, nil, "2 rows, 0 bad column1:integer column2:text"},
		{"bad rows", csv, []string{"a,b\n1,2\n1\n\xff,2\n1,\"2\n"}, nil,
			"4 rows, 3 bad 1:3 -1 1:4 -2 a:integer b:integer"},
		{"two files", csv, []string{"a,b\n1,2\n", "b,a\nx,3\n"}, nil, "2 rows, 0 bad a:integer b:text"},
		{"json", nd, []string{`{"a":1,"b":"1","c":true,"d":"2026-01-02","e":1.5}` + "\n" +
			`{"b":"2","f":{},"a":123456789012345678,"e":2}` + "\n"}, nil,
			"2 rows, 0 bad a:integer b:text c:boolean d:date e:decimal(18,1) f:text"},
		{"json mixed", nd, []string{"{\"a\":1}\n{\"a\":\"x\"}\n[1]\n"}, nil, "3 rows, 1 bad 1:3 -4 a:text"},
	} {
		got, err := described(t, c.opts, c.types, c.files...)
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n%s", c.name, err, cmp.Diff(c.want, got))
		}
	}
	for name, file := range map[string]string{"empty": "", "twice": "a,A\n1,2\n", "utf-16": "\xff\xfea\x00"} {
		if _, err := described(t, csv, nil, file); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the cells, a table reads under the types that Describe found for it without a fault.
func TestDescribedTablesRead(t *testing.T) {
	cell := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{0,8})?([eE]-?[0-9]{1,3})?`),
		rapid.StringMatching(`[0-9]{4}[-/][01][0-9][-/][0-3][0-9]([ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?)?`),
		rapid.SampledFrom([]string{"", "true", "False", "1", "0", "x", "NaN", "-0", "-", "1e5"}))
	rapid.Check(t, func(rt *rapid.T) {
		cells := rapid.SliceOfN(cell, 1, 5).Draw(rt, "cells")
		file := "a,b\n" + strings.Join(cells, ",1\n") + ",1\n"
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			rt.Fatal(err)
		}
		d, err := Describe(context.Background(), []string{path}, nil, Options{Format: yumen.FormatCSV}, 1)
		if err != nil {
			rt.Fatal(err)
		}
		rows, err := read(t, d.Columns, Options{Format: yumen.FormatCSV}, file)
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range rows {
			if meta, _, _ := strings.Cut(r, "|"); !strings.HasSuffix(meta, " 0") {
				rt.Errorf("%s: %s under %v", r, file, d.Columns)
			}
		}
	})
}
