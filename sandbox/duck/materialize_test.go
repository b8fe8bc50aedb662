package duck

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

func TestMaterialize(t *testing.T) {
	version := parquetOf(t, `SELECT * FROM (VALUES (1, '内科, 急', 1.50, DATE '2024-01-02', 'x'), (1, NULL, NULL, NULL, 'y'), (2, '', 3.00, DATE '2024-02-29', 'z')) v(_unit, dept, fee, day, secret)`)
	view := task.View{Name: "visits_csv", Input: "visits", Columns: []task.ViewColumn{
		{Name: "person", From: yumen.UnitColumn, Type: yumen.TypeInteger},
		{Name: "day", From: "day", Type: yumen.TypeDate}, {Name: "dept", From: "dept", Type: yumen.TypeText},
		{Name: "fee", From: "fee", Type: "decimal(3,2)"}}}
	file := func(name string, format yumen.FileFormat) task.WasmFile {
		return task.WasmFile{Name: name, View: view.Name, Format: format}
	}
	spec := task.WasmSpec{Views: []task.View{view},
		Files: []task.WasmFile{file("v.csv", yumen.FormatCSV), file("v.ndjson", yumen.FormatNDJSON),
			file("v.arrow", yumen.FormatArrow)}}
	in, dir := newTestEnv(t, spec, map[string]string{"visits": version}), t.TempDir()
	if err := Materialize(context.Background(), in, spec, dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"v.csv": "person,day,dept,fee\n1,2024-01-02,\"内科, 急\",1.50\n1,,,\n2,2024-02-29,\"\",3.00\n",
		"v.ndjson": `{"person":1,"day":"2024-01-02","dept":"内科, 急","fee":1.50}` + "\n" +
			`{"person":1,"day":null,"dept":null,"fee":null}` + "\n" +
			`{"person":2,"day":"2024-02-29","dept":"","fee":3.00}` + "\n",
	} {
		if d := cmp.Diff(want, string(mustRead(t, filepath.Join(dir, name)))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	hidden := view
	hidden.Columns = append([]task.ViewColumn(nil), view.Columns...)
	hidden.Columns[1].Mask, hidden.Columns[2].Mask = "date_month", "generic"
	under := task.WasmSpec{Views: []task.View{hidden}, Files: []task.WasmFile{file("masked.csv", yumen.FormatCSV)}}
	if err := Materialize(context.Background(), newTestEnv(t, under, map[string]string{"visits": version}), under,
		dir); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("person,day,dept,fee\n1,2024-01-01,\"**, *\",1.50\n1,,,\n2,2024-02-01,\"\",3.00\n",
		string(mustRead(t, filepath.Join(dir, "masked.csv")))); d != "" {
		t.Errorf("masked: %s", d)
	}
	want := [][]string{{"person integer", "day date", "dept text", "fee decimal(3,2)"},
		{"1", "2024-01-02", "内科, 急", "1.50"}, {"1", "∅", "∅", "∅"}, {"2", "2024-02-29", "", "3.00"}}
	if d := cmp.Diff(want, rowsOf(t, mustRead(t, filepath.Join(dir, "v.arrow")))); d != "" {
		t.Error(d)
	}
	for name, c := range map[string]struct {
		file task.WasmFile
		kind yumen.ErrorKind
	}{
		"path":    {file("../v.csv", yumen.FormatCSV), yumen.KindInvalid},
		"hidden":  {file(".v", yumen.FormatCSV), yumen.KindInvalid},
		"format":  {file("v.parquet", yumen.FormatParquet), yumen.KindInvalid},
		"no view": {task.WasmFile{Name: "w.csv", View: "w", Format: yumen.FormatCSV}, yumen.KindInternal},
	} {
		spec := task.WasmSpec{Views: []task.View{view}, Files: []task.WasmFile{c.file}}
		if err := Materialize(context.Background(), in, spec, t.TempDir()); yumen.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want kind %s", name, err, c.kind)
		}
	}
}
