package result

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

var wards = []yumen.ArtifactColumn{
	{Name: "ward", Type: yumen.TypeInteger, Kind: yumen.ColumnKey},
	{Name: "sex", Type: yumen.TypeText, Kind: yumen.ColumnKey},
	{Name: "n", Type: yumen.TypeInteger, Kind: yumen.ColumnAggregate, Function: "count"},
}

func wardStream(t testing.TB) []byte {
	return streamOf(t, []string{"ward integer", "sex text", "n integer"},
		[]string{"10", "f", "90"}, []string{"9", "m", "72"}, []string{"", "f", "41"}, []string{"9", "f", "33"},
		[]string{"10", "m", "2"})
}

func TestFixSuppressesAndForgetsTheOrder(t *testing.T) {
	evidence := streamOf(t, []string{"_units integer", "_rows integer"}, []string{"90", "1"}, []string{"72", "2"},
		[]string{"41", "3"}, []string{"33", "4"}, []string{"2", "5"})
	spec := task.FixSpec{Columns: wards, Fixes: []yumen.Fix{
		{Technique: "suppress", Cells: []yumen.Cell{{Row: 5, Column: "n"}},
			Params: map[string]string{"rule": "threshold.units"}},
		{Technique: "round", Columns: []string{"n"}, Params: map[string]string{"base": "5"}}}}
	in := given(t, spec, map[string][]byte{task.InArtifact: wardStream(t), task.InEvidence: evidence})
	got := run[task.ResultAnswer](t, in, task.Fix)
	want := [][]string{{"", "f", "40"}, {"9", "f", "35"}, {"9", "m", "70"}, {"10", "f", "90"}, {"10", "m", ""}}
	if d := cmp.Diff(want, textOf(t, in.Outputs[task.OutResult].Bytes())); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"41", "3"}, {"33", "4"}, {"72", "2"}, {"90", "1"}, {"2", "5"}},
		textOf(t, in.Outputs[task.OutEvidence].Bytes())); d != "" {
		t.Error(d)
	}
	fixes := []yumen.Fix{spec.Fixes[0], spec.Fixes[1]}
	fixes[0].Changed, fixes[1].Changed = 1, 3
	if d := cmp.Diff(task.ResultAnswer{Rows: 5, Columns: wards, Changed: []int{1, 3}, Fixes: fixes}, got); d != "" {
		t.Error(d)
	}
}

func TestFixMovesCellsWithTheirRows(t *testing.T) {
	spec := task.FixSpec{Columns: wards,
		Fixes: []yumen.Fix{{Technique: "suppress", Cells: []yumen.Cell{{Row: 1, Column: "n"}, {Row: 3}}}}}
	in := given(t, spec, map[string][]byte{task.InArtifact: wardStream(t)})
	got := run[task.ResultAnswer](t, in, task.Fix)
	if d := cmp.Diff([]yumen.Cell{{Row: 4, Column: "n"}, {Row: 1}}, got.Fixes[0].Cells); d != "" {
		t.Error(d)
	}
	rows := textOf(t, in.Outputs[task.OutResult].Bytes())
	for _, c := range got.Fixes[0].Cells {
		if rows[c.Row-1][2] != "" {
			t.Errorf("row %d is not suppressed: %v", c.Row, rows[c.Row-1])
		}
	}
	if bytes.Contains(in.Outputs[task.OutResult].Bytes(), []byte{90, 0, 0, 0, 0, 0, 0, 0}) {
		t.Error("the suppressed value is still in the bytes")
	}
	if in.Outputs[task.OutEvidence] != nil {
		t.Error("evidence out of nothing")
	}
}

func TestFixKeepsTheOrderOtherwise(t *testing.T) {
	spec := task.FixSpec{Columns: wards,
		Fixes: []yumen.Fix{{Technique: "round", Params: map[string]string{"base": "10"}}}}
	in := given(t, spec, map[string][]byte{task.InArtifact: wardStream(t)})
	run[task.ResultAnswer](t, in, task.Fix)
	if rows := textOf(t, in.Outputs[task.OutResult].Bytes()); rows[0][2] != "90" || rows[4][2] != "0" ||
		rows[3][2] != "30" {
		t.Errorf("%v", rows)
	}
}

func TestFixDropsRows(t *testing.T) {
	spec := task.FixSpec{Columns: wards,
		Fixes: []yumen.Fix{{Technique: "drop", Params: map[string]string{"rule": "keys.suppressed"}}}}
	for _, c := range []struct {
		name           string
		rows, evidence [][]string
		want, left     [][]string
	}{
		{"some", [][]string{{"7", "xylograph", ""}, {"9", "m", "70"}, {"", "f", ""}, {"3", "f", "0"}},
			[][]string{{"4", "1"}, {"72", "2"}, {"5", "3"}, {"33", "4"}},
			[][]string{{"9", "m", "70"}, {"3", "f", "0"}}, [][]string{{"72", "2"}, {"33", "4"}}},
		{"none", [][]string{{"9", "m", "70"}, {"3", "f", "35"}}, [][]string{{"72", "2"}, {"33", "4"}},
			[][]string{{"9", "m", "70"}, {"3", "f", "35"}}, [][]string{{"72", "2"}, {"33", "4"}}},
		{"all", [][]string{{"7", "xylograph", ""}, {"9", "m", ""}}, [][]string{{"4", "1"}, {"72", "2"}}, nil, nil},
	} {
		in := given(t, spec, map[string][]byte{task.InArtifact: streamOf(t,
			[]string{"ward integer", "sex text", "n integer"}, c.rows...),
			task.InEvidence: streamOf(t, []string{"_units integer", "_rows integer"}, c.evidence...)})
		got := run[task.ResultAnswer](t, in, task.Fix)
		result := in.Outputs[task.OutResult].Bytes()
		if d := cmp.Diff(c.want, textOf(t, result)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if d := cmp.Diff(c.left, textOf(t, in.Outputs[task.OutEvidence].Bytes())); d != "" {
			t.Errorf("%s: evidence: %s", c.name, d)
		}
		if bytes.Contains(result, []byte("xylograph")) {
			t.Errorf("%s: the key of a dropped row is still in the bytes", c.name)
		}
		gone := len(c.rows) - len(c.want)
		fixes := []yumen.Fix{spec.Fixes[0]}
		fixes[0].Changed = gone
		if d := cmp.Diff(task.ResultAnswer{Rows: int64(len(c.want)), Columns: wards, Changed: []int{gone},
			Fixes: fixes}, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestFixRefuses(t *testing.T) {
	short := streamOf(t, []string{"_units integer", "_rows integer"}, []string{"1", "1"})
	for name, c := range map[string]struct {
		spec    task.FixSpec
		streams map[string][]byte
		kind    yumen.ErrorKind
	}{
		"evidence of other rows": {task.FixSpec{Columns: wards},
			map[string][]byte{task.InArtifact: wardStream(t), task.InEvidence: short}, yumen.KindCorrupt},
		"other columns": {task.FixSpec{Columns: wards[:2]}, map[string][]byte{task.InArtifact: wardStream(t)},
			yumen.KindInvalid},
		"unknown technique": {task.FixSpec{Columns: wards, Fixes: []yumen.Fix{{Technique: "burn"}}},
			map[string][]byte{task.InArtifact: wardStream(t)}, yumen.KindInvalid},
		"a drop beside others": {task.FixSpec{Columns: wards,
			Fixes: []yumen.Fix{{Technique: "round", Params: map[string]string{"base": "5"}}, {Technique: "drop"}}},
			map[string][]byte{task.InArtifact: wardStream(t)}, yumen.KindInvalid},
		"cut": {task.FixSpec{Columns: wards}, map[string][]byte{task.InArtifact: wardStream(t)[:600]},
			yumen.KindCorrupt},
		"nothing": {task.FixSpec{Columns: wards}, nil, yumen.KindInternal},
	} {
		if err := fix(context.Background(), given(t, c.spec, c.streams)); yumen.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want kind %s", name, err, c.kind)
		}
	}
}

func TestPreview(t *testing.T) {
	stream := streamOf(t, []string{"a\x1b[31m text", "n integer"},
		[]string{"x", "1"}, []string{"", "2"}, []string{"a\tb\x1b[2J\u202e", "3"},
		[]string{strings.Repeat("字", 201), ""}, []string{"域 门", "5"})
	in := given(t, task.PreviewSpec{Offset: 1, Rows: 3}, map[string][]byte{task.InArtifact: stream})
	want := task.PreviewAnswer{Columns: []string{`a\u{1B}[31m`, "n"}, Total: 5, Rows: [][]string{
		{"∅", "2"}, {`a\u{9}b\u{1B}[2J\u{202E}`, "3"}, {strings.Repeat("字", 200) + "…", "∅"}}}
	if d := cmp.Diff(want, run[task.PreviewAnswer](t, in, task.Preview)); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		offset int64
		rows   int
		want   int
	}{{0, 1000, 5}, {4, 10, 1}, {5, 10, 0}, {1 << 62, 10, 0}} {
		in := given(t, task.PreviewSpec{Offset: c.offset, Rows: c.rows}, map[string][]byte{task.InArtifact: stream})
		if got := run[task.PreviewAnswer](t, in, task.Preview); len(got.Rows) != c.want || got.Total != 5 {
			t.Errorf("from %d: %d rows of %d", c.offset, len(got.Rows), got.Total)
		}
	}
	for _, spec := range []task.PreviewSpec{{Offset: -1, Rows: 1}, {Rows: 0}, {Rows: 1001}} {
		if err := preview(context.Background(),
			given(t, spec, map[string][]byte{task.InArtifact: stream})); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%+v: %v", spec, err)
		}
	}
}

func TestExport(t *testing.T) {
	stream := streamOf(t, []string{"t text", "n integer", "d double", "m decimal(5,2)", "day date", "at timestamp",
		"b boolean"},
		[]string{"=1+1", "-5", "0.5", "-1.50", "2024-02-29", "2024-02-29 01:02:03.500000", "true"},
		[]string{"a,\"b\"", "", "", "", "", "", ""},
		[]string{"@x", "7", "1e300", "2.00", "1970-01-01", "1970-01-01 00:00:00", "false"})
	for format, want := range map[yumen.FileFormat]string{
		yumen.FormatCSV: "t,n,d,m,day,at,b\r\n'=1+1,-5,0.5,-1.50,2024-02-29,2024-02-29 01:02:03.500000,true\r\n" +
			"\"a,\"\"b\"\"\",,,,,,\r\n'@x,7,1e+300,2.00,1970-01-01,1970-01-01 00:00:00,false\r\n",
		yumen.FormatNDJSON: `{"t":"=1+1","n":-5,"d":0.5,"m":-1.50,"day":"2024-02-29","at":"2024-02-29 01:02:03.500000","b":true}` + "\n" +
			`{"t":"a,\"b\"","n":null,"d":null,"m":null,"day":null,"at":null,"b":null}` + "\n" +
			`{"t":"@x","n":7,"d":1e+300,"m":2.00,"day":"1970-01-01","at":"1970-01-01 00:00:00","b":false}` + "\n",
	} {
		in := given(t, task.ExportSpec{Format: format}, map[string][]byte{task.InArtifact: stream})
		if got := run[task.ExportAnswer](t, in, task.Export); got.Rows != 3 {
			t.Errorf("%s: %d rows", format, got.Rows)
		}
		if d := cmp.Diff(want, in.Outputs[task.OutFile].String()); d != "" {
			t.Errorf("%s: %s", format, d)
		}
	}
	if err := exportOnce(context.Background(),
		given(t, task.ExportSpec{Format: "xlsx"},
			map[string][]byte{task.InArtifact: stream})); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("xlsx: %v", err)
	}
}

// statusStream is a result with suppressed cells, one of text and one of a number, beside nulls of an analyst's own.
func statusStream(t testing.TB) ([]byte, []yumen.ArtifactColumn) {
	return streamOf(t, []string{"ward text", "=n integer", "word text", "=n_status text", "word_status text"},
			[]string{"a", "-90", "-x", "", ""}, []string{"b", "", "", "c", ""}, []string{"c", "5", "", "", "c"},
			[]string{"d", "", "", "c", "c"}),
		[]yumen.ArtifactColumn{{Name: "ward", Kind: yumen.ColumnKey}, {Name: "=n", Kind: yumen.ColumnAggregate},
			{Name: "word", Kind: yumen.ColumnAggregate},
			{Name: "=n_status", Kind: yumen.ColumnStatus, Of: "=n"},
			{Name: "word_status", Kind: yumen.ColumnStatus, Of: "word"}}
}

func TestSuppressedCellsInText(t *testing.T) {
	stream, cols := statusStream(t)
	in := given(t, task.ExportSpec{Format: yumen.FormatCSV, Columns: cols}, map[string][]byte{task.InArtifact: stream})
	run[task.ExportAnswer](t, in, task.Export)
	want := "ward,'=n,word\r\na,-90,'-x\r\nb,c,\r\nc,5,c\r\nd,c,c\r\n"
	if d := cmp.Diff(want, in.Outputs[task.OutFile].String()); d != "" {
		t.Error(d)
	}
	in = given(t, task.PreviewSpec{Rows: 9, Columns: cols}, map[string][]byte{task.InArtifact: stream})
	shown := task.PreviewAnswer{Columns: []string{"ward", "=n", "word"}, Total: 4,
		Rows: [][]string{{"a", "-90", "-x"}, {"b", "c", "∅"}, {"c", "5", "c"}, {"d", "c", "c"}}}
	if d := cmp.Diff(shown, run[task.PreviewAnswer](t, in, task.Preview)); d != "" {
		t.Error(d)
	}
}

// Of a table of cells, a null key is a value like any, a null aggregate a cell that is suppressed.
func TestPreviewOfCells(t *testing.T) {
	stream := streamOf(t, []string{"ward integer", "sex text", "n integer"}, []string{"", "f", "40"},
		[]string{"9", "m", ""})
	in := given(t, task.PreviewSpec{Rows: 9, Columns: wards, Suppressed: "c"},
		map[string][]byte{task.InArtifact: stream})
	want := task.PreviewAnswer{Columns: []string{"ward", "sex", "n"},
		Rows: [][]string{{"∅", "f", "40"}, {"9", "m", "c"}}, Total: 2}
	if d := cmp.Diff(want, run[task.PreviewAnswer](t, in, task.Preview)); d != "" {
		t.Error(d)
	}
}

// Formats with types keep them: cells are null, and status columns say why.
func TestSuppressedCellsWithTypes(t *testing.T) {
	stream, cols := statusStream(t)
	for _, format := range []yumen.FileFormat{yumen.FormatArrow, yumen.FormatParquet} {
		in := given(t, task.ExportSpec{Format: format, Columns: cols}, map[string][]byte{task.InArtifact: stream})
		run[task.ExportAnswer](t, in, task.Export)
		back := in.Outputs[task.OutFile].Bytes()
		if format == yumen.FormatParquet {
			back = fromParquet(t, back)
		}
		if d := cmp.Diff(textOf(t, stream), textOf(t, back)); d != "" {
			t.Errorf("%s: %s", format, d)
		}
	}
	in := given(t, task.ExportSpec{Format: yumen.FormatNDJSON, Columns: cols},
		map[string][]byte{task.InArtifact: stream})
	run[task.ExportAnswer](t, in, task.Export)
	if got := in.Outputs[task.OutFile].String(); !strings.Contains(got,
		`{"ward":"b","=n":null,"word":null,"=n_status":"c","word_status":null}`) {
		t.Error(got)
	}
}

func TestColumnsOfAnotherTable(t *testing.T) {
	stream, cols := statusStream(t)
	wrong := slices.Clone(cols)
	wrong[3].Of = "m"
	number := slices.Clone(cols)
	number[1].Kind, number[1].Of = yumen.ColumnStatus, "word"
	for name, c := range map[string][]yumen.ArtifactColumn{"fewer": cols[:4], "other names": wards, "of none": wrong,
		"no text": number} {
		data := map[string][]byte{task.InArtifact: stream}
		if err := exportOnce(context.Background(),
			given(t, task.ExportSpec{Format: yumen.FormatCSV, Columns: c},
				data)); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: a file: %v", name, err)
		}
		if err := preview(context.Background(),
			given(t, task.PreviewSpec{Rows: 9, Columns: c}, data)); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: a preview: %v", name, err)
		}
	}
}

// TestExportLosesNothing: Parquet and Arrow files hold the same cells as the held result, and the same bytes each time.
func TestExportLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var rows [][]string
		for range rapid.IntRange(0, 7).Draw(rt, "rows") {
			rows = append(rows, []string{
				rapid.StringMatching(`[a-z域]{0,3}`).Draw(rt, "t"), strconv.FormatInt(rapid.Int64().Draw(rt, "n"), 10),
				strconv.Itoa(rapid.IntRange(-99999, 99999).Draw(rt, "m")) + ".00", "2024-02-29 01:02:03.000001",
			})
		}
		stream := streamOf(t, []string{"t text", "n integer", "m decimal(38,2)", "at timestamp"}, rows...)
		for _, format := range []yumen.FileFormat{yumen.FormatArrow, yumen.FormatParquet} {
			var files [][]byte
			for range 2 {
				in := given(t, task.ExportSpec{Format: format}, map[string][]byte{task.InArtifact: stream})
				run[task.ExportAnswer](t, in, task.Export)
				files = append(files, in.Outputs[task.OutFile].Bytes())
			}
			if !bytes.Equal(files[0], files[1]) {
				rt.Fatalf("%s: two exports differ", format)
			}
			back := files[0]
			if format == yumen.FormatParquet {
				back = fromParquet(t, back)
			}
			if d := cmp.Diff(rows, textOf(t, back)); d != "" {
				rt.Fatalf("%s: %s", format, d)
			}
		}
	})
}

// TestSaltStaysInQuarantine: a fix, a preview and every file are the same whatever the salt of what they are made of,
// but for the salt that a fixed table gets of its own.
func TestSaltStaysInQuarantine(t *testing.T) {
	spec := task.FixSpec{Columns: wards,
		Fixes: []yumen.Fix{{Technique: "round", Params: map[string]string{"base": "5"}}}}
	evidence := streamOf(t, []string{"_units integer"}, []string{"90"}, []string{"72"}, []string{"41"}, []string{"33"},
		[]string{"2"})
	fixed := func(seed string, stream []byte) *sandboxtest.Env {
		in := given(t, spec, map[string][]byte{task.InArtifact: stream, task.InEvidence: evidence})
		in.Seed = seed
		run[task.ResultAnswer](t, in, task.Fix)
		return in
	}
	one, two := fixed("1", wardStream(t)), fixed("2", wardStream(t))
	digests := map[yumen.Digest]bool{}
	for _, in := range []*sandboxtest.Env{one, two} {
		for _, out := range in.Outputs {
			digests[yumen.DigestOf(out.Bytes())] = true
		}
	}
	if len(digests) != 4 {
		t.Errorf("%d digests of two results and two evidences", len(digests))
	}
	a, b := one.Outputs[task.OutResult].Bytes(), two.Outputs[task.OutResult].Bytes()
	if !bytes.Equal(fixed("3", a).Outputs[task.OutResult].Bytes(), fixed("3", b).Outputs[task.OutResult].Bytes()) {
		t.Error("a fixed table keeps something of the salt of the table before")
	}
	for _, format := range []yumen.FileFormat{yumen.FormatCSV, yumen.FormatNDJSON, yumen.FormatArrow,
		yumen.FormatParquet} {
		if x, y := exported(t, format, a),
			exported(t, format, b); !bytes.Equal(x, y) || bytes.Contains(x, []byte("salt")) {
			t.Errorf("%s: the file carries the salt", format)
		}
	}
	show := func(stream []byte) string {
		in := given(t, task.PreviewSpec{Rows: 10}, map[string][]byte{task.InArtifact: stream})
		run[task.PreviewAnswer](t, in, task.Preview)
		return string(in.Said)
	}
	if d := cmp.Diff(show(a), show(b)); d != "" || strings.Contains(show(a), "salt") {
		t.Errorf("a preview shows the salt: %s", d)
	}
}

func exported(t testing.TB, format yumen.FileFormat, stream []byte) []byte {
	t.Helper()
	in := given(t, task.ExportSpec{Format: format}, map[string][]byte{task.InArtifact: stream})
	run[task.ExportAnswer](t, in, task.Export)
	return in.Outputs[task.OutFile].Bytes()
}

func fromParquet(t testing.TB, data []byte) []byte {
	t.Helper()
	f, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	reader := array.NewTableReader(table, 0)
	w := arrowio.NewWriter(&out, table.Schema(), 0)
	for reader.Next() {
		if err := w.Write(reader.RecordBatch()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
