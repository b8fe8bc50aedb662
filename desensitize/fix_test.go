package desensitize

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// table builds a batch out of text cells; "∅" is null.
func table(t testing.TB, cols []yumen.ArtifactColumn, rows ...string) arrow.RecordBatch {
	t.Helper()
	fields := make([]arrow.Field, len(cols))
	arrs := make([]arrow.Array, len(cols))
	for i, c := range cols {
		a, err := arrowio.NewAppender(c.Type)
		if err != nil {
			t.Fatal(err)
		}
		fields[i] = arrow.Field{Name: c.Name, Type: a.Builder().Type()}
		for _, r := range rows {
			cell := strings.Split(r, "|")[i]
			if cell == "∅" {
				a.Null()
				fields[i].Nullable = true
			} else if !a.Append(cell) {
				t.Fatalf("%q is no %s", cell, c.Type)
			}
		}
		arrs[i] = a.Builder().NewArray()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrs, int64(len(rows)))
}

// cells writes a batch back as table reads it.
func cells(rec arrow.RecordBatch) []string {
	out := make([]string, rec.NumRows())
	for row := range out {
		parts := make([]string, rec.NumCols())
		for i := range parts {
			parts[i] = "∅"
			if rec.Column(i).IsValid(row) {
				parts[i] = string(arrowio.AppendCell(nil, rec.Column(i), row))
			}
		}
		out[row] = strings.Join(parts, "|")
	}
	return out
}

var stays = []yumen.ArtifactColumn{
	{Name: "region", Type: yumen.TypeText, Kind: yumen.ColumnKey},
	{Name: "n", Type: yumen.TypeInteger, Kind: yumen.ColumnAggregate, Function: "count_units"},
	{Name: "cost", Type: "decimal(5,2)", Kind: yumen.ColumnAggregate, Function: "sum"},
	{Name: "days", Type: yumen.TypeDouble, Kind: yumen.ColumnAggregate, Function: "avg"},
}

func TestApply(t *testing.T) {
	rows := []string{"东|12|10.25|1.26", "西|3|0.10|2.5", "南|-13|999.99|∅", "北|∅|-0.37|-2.5"}
	for _, c := range []struct {
		name    string
		fixes   []yumen.Fix
		first   int
		want    []string
		changed []int
	}{
		{"suppress cells and a row", []yumen.Fix{{Technique: "suppress", Cells: []yumen.Cell{
			{Row: 11}, {Row: 12, Column: "cost"}, {Row: 12, Column: "cost"}, {Row: 13, Column: "days"}, {Row: 9},
			{Row: 99, Column: "n"}}}},
			10, []string{"东|12|10.25|1.26", "西|∅|∅|∅", "南|-13|∅|∅", "北|∅|-0.37|∅"}, []int{5}},
		{"round counts", []yumen.Fix{{Technique: "round", Params: map[string]string{"base": "5", "rule": "rounding"}}},
			1, []string{"东|10|10.25|1.26", "西|5|0.10|2.5", "南|-15|999.99|∅", "北|∅|-0.37|-2.5"}, []int{3}},
		{"round others", []yumen.Fix{
			{Technique: "round", Columns: []string{"cost"}, Params: map[string]string{"base": "0.5"}},
			{Technique: "round", Columns: []string{"days"}, Params: map[string]string{"base": "0.1"}},
			{Technique: "round", Columns: []string{"days"}, Params: map[string]string{"base": "5"}}},
			1, []string{"东|12|10.50|0", "西|3|0.00|5", "南|-13|999.50|∅", "北|∅|-0.50|-5"}, []int{4, 1, 3}},
		{"mask", []yumen.Fix{{Technique: "mask", Columns: []string{"region"},
			Params: map[string]string{"preset": "generic"}}},
			1, []string{"*|12|10.25|1.26", "*|3|0.10|2.5", "*|-13|999.99|∅", "*|∅|-0.37|-2.5"}, []int{4}},
		{"in order", []yumen.Fix{
			{Technique: "round", Params: map[string]string{"base": "5"}},
			{Technique: "suppress", Cells: []yumen.Cell{{Row: 2, Column: "n"}}}},
			1, []string{"东|10|10.25|1.26", "西|∅|0.10|2.5", "南|-15|999.99|∅", "北|∅|-0.37|-2.5"}, []int{3, 1}},
		{"none", nil, 1, rows, []int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := table(t, stays, rows...)
			defer rec.Release()
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			out, changed, err := apply(mem, rec, stays, c.fixes, c.first)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Release()
			if diff := cmp.Diff(c.want, cells(out)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.changed, changed); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(rows, cells(rec)); diff != "" {
				t.Error("the batch that went in changed:", diff)
			}
			if err := array.ValidateRecordFull(out); err != nil {
				t.Error(err)
			}
			want, err := FixSchema(rec.Schema(), stays, c.fixes)
			if err != nil || !want.Equal(out.Schema()) {
				t.Error("schema depends on data", err)
			}
		})
	}
}

func TestApplyWithoutAggregates(t *testing.T) {
	cols := []yumen.ArtifactColumn{{Name: "k", Type: yumen.TypeText, Kind: yumen.ColumnKey},
		{Name: "a", Type: yumen.TypeDate, Kind: yumen.ColumnRow},
		{Name: "b", Type: yumen.TypeBoolean, Kind: yumen.ColumnOpaque}}
	rec := table(t, cols, "x|1990-03-07|true", "y|1991-04-08|false")
	out, changed, err := Apply(rec, cols, []yumen.Fix{{Technique: "suppress", Cells: []yumen.Cell{{Row: 2}}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"x|1990-03-07|true", "y|∅|∅"}, cells(out)); diff != "" || changed[0] != 2 {
		t.Error(diff, changed)
	}
}

func TestMaskFixes(t *testing.T) {
	cols := []yumen.ArtifactColumn{{Name: "note", Type: yumen.TypeText, Kind: yumen.ColumnRow},
		{Name: "born", Type: yumen.TypeDate, Kind: yumen.ColumnRow},
		{Name: "seen", Type: yumen.TypeTimestamp, Kind: yumen.ColumnRow}}
	rec := table(t, cols,
		"患者身份证11010519491231002X，电话138-1234-5678。|1990-03-07|2024-02-29 10:11:12",
		"没有号码 12345|1969-12-31|1969-12-31 23:59:59", "∅|∅|∅")
	month := map[string]string{"preset": "date_month"}
	out, changed, err := Apply(rec, cols, []yumen.Fix{
		{Technique: "mask", Columns: []string{"note"},
			Params: map[string]string{"where": "embedded", "preset": "mobile"}},
		{Technique: "mask", Columns: []string{"note"}, Params: map[string]string{"where": "embedded"}},
		{Technique: "mask", Columns: []string{"born", "seen"}, Params: month}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"患者身份证110105************，电话138-****-5678。|1990-03-01|2024-02-01 00:00:00",
		"没有号码 12345|1969-12-01|1969-12-01 00:00:00", "∅|∅|∅"}
	if diff := cmp.Diff(want, cells(out)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 1, 4}, changed); diff != "" {
		t.Error(diff)
	}
}

func TestApplyRefusesEverythingAtOnce(t *testing.T) {
	rec := table(t, stays, "东|12|10.25|1.26")
	_, _, err := Apply(rec, stays, []yumen.Fix{
		{Technique: "shred"},
		{Technique: "round", Columns: []string{"nowhere"}, Params: map[string]string{"base": "5", "bas": "5"}},
		{Technique: "round", Columns: []string{"region"}, Params: map[string]string{"base": "5"}},
		{Technique: "round", Columns: []string{"cost"}, Params: map[string]string{"base": "0.001"}},
		{Technique: "round", Params: map[string]string{"base": "-5"}},
		{Technique: "suppress", Cells: []yumen.Cell{{Row: 1, Column: "nowhere"}, {Row: 0}}},
		{Technique: "mask", Columns: []string{"n"}, Params: map[string]string{"preset": "mobile"}},
		{Technique: "mask", Columns: []string{"region"}, Params: map[string]string{"preset": "nothing"}},
		{Technique: "mask", Columns: []string{"region"},
			Params: map[string]string{"preset": "mobile", "where": "there"}},
		{Technique: "mask", Params: map[string]string{"preset": "mobile"}},
	}, 1)
	e := yumen.AsError(err)
	if e == nil || e.Kind != yumen.KindInvalid || len(e.Reasons) != 12 {
		t.Fatalf("%v", err)
	}
	if _, _, err := Apply(rec, stays[:3], nil, 1); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
	other := append([]yumen.ArtifactColumn{}, stays...)
	other[1].Type = yumen.TypeDouble
	if _, _, err := Apply(rec, other, nil, 1); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
}

// What a suppressed cell held must not leave in the bytes behind a null.
func TestSuppressedValueIsGone(t *testing.T) {
	cols := []yumen.ArtifactColumn{{Name: "s", Type: yumen.TypeText, Kind: yumen.ColumnRow},
		{Name: "i", Type: yumen.TypeInteger, Kind: yumen.ColumnRow}}
	rec := table(t, cols, "open|1", "SECRETSECRET|4919131752989213764", "open|3") // the number is eight times 'D'
	write := func(rec arrow.RecordBatch) []byte {
		var buf bytes.Buffer
		w := ipc.NewWriter(&buf, ipc.WithSchema(rec.Schema()))
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	there := func(b []byte) bool {
		return bytes.Contains(b, []byte("SECRET")) || bytes.Contains(b, []byte("DDDDDDDD"))
	}
	if !there(write(rec)) {
		t.Fatal("the test looks for the wrong bytes")
	}
	out, _, err := Apply(rec, cols, []yumen.Fix{{Technique: "suppress", Cells: []yumen.Cell{{Row: 2}}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if there(write(out)) {
		t.Error("a suppressed value is still in the bytes")
	}
}

func TestRoundFixStaysWithinTheType(t *testing.T) {
	nines := table(t, []yumen.ArtifactColumn{{Name: "d", Type: "decimal(3,0)"}}, "999", "-999")
	out, _, err := Apply(nines, []yumen.ArtifactColumn{{Name: "d", Type: "decimal(3,0)"}},
		[]yumen.Fix{{Technique: "round", Columns: []string{"d"}, Params: map[string]string{"base": "10"}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"990", "-990"}, cells(out)); diff != "" {
		t.Error(diff)
	}
}

// Batches of a result give what the whole gives.
func TestApplyBatchByBatch(t *testing.T) {
	rows := []string{"a|1|1.00|1", "b|2|2.00|2", "c|3|3.00|3", "d|4|4.00|4", "e|8|5.00|5"}
	fixes := []yumen.Fix{{Technique: "suppress",
		Cells: []yumen.Cell{{Row: 2}, {Row: 4, Column: "n"}, {Row: 5, Column: "cost"}}},
		{Technique: "round", Params: map[string]string{"base": "5"}}}
	whole, total, err := Apply(table(t, stays, rows...), stays, fixes, 1)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size <= len(rows); size++ {
		var got []string
		sum := []int{0, 0}
		for from := 0; from < len(rows); from += size {
			out, n, err := Apply(table(t, stays, rows[from:min(from+size, len(rows))]...), stays, fixes, from+1)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, cells(out)...)
			sum[0], sum[1] = sum[0]+n[0], sum[1]+n[1]
		}
		if diff := cmp.Diff(cells(whole), got); diff != "" {
			t.Errorf("batches of %d: %s", size, diff)
		}
		if diff := cmp.Diff(total, sum); diff != "" {
			t.Errorf("batches of %d: %s", size, diff)
		}
	}
}
