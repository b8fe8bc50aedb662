package desensitize

import (
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// Bad profiles beside what is said of them.
func TestBadProfiles(t *testing.T) {
	goldentest.Run(t, "testdata/bad.txtar", func(file string, b []byte) error {
		_, err := ReadProfile(file, b)
		return err
	})
}

// Every technique, on an empty table, one row of nulls, one row of odd values, and NaN and infinities where the type
// has them: a result or a clear error, never a panic, and never a value in an error.
func TestEveryTechniqueOnOddTables(t *testing.T) {
	steps := map[string]string{
		"suppress_attribute": "columns: [a]\n    suppress_attribute: {}",
		"suppress_record":    "columns: [n]\n    suppress_record: {below: 0}",
		"suppress_cell":      "columns: [a, n]\n    suppress_cell: {rarer_than: 3}",
		"mask":               "columns: [a]\n    mask: {preset: generic}",
		"replace":            "columns: [n]\n    replace: {with: \"7\"}",
		"truncate":           "columns: [a]\n    truncate: {first: 3}",
		"round":              "columns: [n, x, d]\n    round: {base: 10, mode: stochastic}",
		"interval":           "columns: [n, x, d]\n    interval: {width: 10}",
		"generalize":         "columns: [day]\n    generalize: {hierarchy: date, level: month}",
		"date_shift":         "columns: [day]\n    date_shift: {unit: a, days: 9, key: k}",
		"top_bottom":         "columns: [n, x, d]\n    top_bottom: {percent: 10}",
		"microaggregate":     "columns: [n, x, d]\n    microaggregate: {k: 2}",
		"noise":              "columns: [n, x, d]\n    noise: {distribution: correlated, relative: 0.5}",
		"permute":            "columns: [a, n]\n    permute: {within: [day]}",
		"rank_swap":          "columns: [n, x, d, day]\n    rank_swap: {percent: 20}",
		"pram":               "columns: [a]\n    pram: {retain: 0.5}",
		"round_table":        "columns: [n]\n    round_table: {by: [a], base: 5}",
		"hash":               "columns: [a, n, x, d, day]\n    hash: {key: k, context: c}",
		"tokenize":           "columns: [a, x]\n    tokenize: {context: c}",
		"encrypt":            "columns: [a, n]\n    encrypt: {mode: deterministic, key: k}",
		"fpe":                "columns: [a]\n    fpe: {form: digits, key: k}",
		"surrogate":          "columns: [a]\n    surrogate: {kind: name}", "redact": "columns: [a]\n    redact: {}",
		"geo":    "columns: [x, y]\n    geo: {grid: 500}",
		"sample": "sample: {size: 1}", "anatomize": "columns: [a]\n    anatomize: {l: 2}",
		"watermark": "columns: [n, x, d, day]\n    watermark: {anchor: [a], key: k, recipient: r}",
	}
	for _, a := range Techniques() {
		if steps[a.Name] == "" {
			t.Errorf("technique %s is not tested on odd tables", a.Name)
		}
	}
	const columns = "a:text n:integer x:double y:double d:decimal(4,1) day:date"
	tables := map[string][]string{
		"empty": nil, "nulls": {"∅|∅|∅|∅|∅|∅"}, "one row": {"SECRET|1|1.5|2|3.5|2024-02-29"},
		"odd": {"|9223372036854775807|1.7976931348623157e308|-0|999.9|9999-12-31",
			"SECRET\u0301\U0001F9D1|-9223372036854775808|5e-324|90|-999.9|0001-01-01",
			strings.Repeat("病", 100) + "|0|-1e308|180|0.0|1970-01-01", "∅|1|0|0|∅|∅"},
		"not finite": {"a|1|0|1|1.0|2024-01-01", "b|2|0|2|2.0|2024-01-02", "c|3|0|3|3.0|2024-01-03"},
	}
	for name, step := range steps {
		for kind, rows := range tables {
			in := reader(t, columns, 2, rows...)
			if kind == "not finite" {
				in = notFinite(t, in)
			}
			p := profile(t, "  - "+step+"\n")
			rec, err := Run(t.Context(), in, p, testKeys, io.Discard,
				Options{Work: t.TempDir(), Random: seed(3), Vault: mockVault{},
					Side: func(string) (io.Writer, error) { return io.Discard, nil }})
			switch {
			case err == nil && int(rec.RowsIn) != len(rows):
				t.Errorf("%s on %s: %d of %d rows read", name, kind, rec.RowsIn, len(rows))
			case err != nil && (yumen.KindOf(err) != yumen.KindFailed || strings.Contains(err.Error(), "SECRET")):
				t.Errorf("%s on %s: %v", name, kind, err)
			case kind == "empty" && err != nil:
				t.Errorf("%s on an empty table: %v", name, err)
			}
		}
	}
}

// notFinite puts NaN and infinities into the column x.
func notFinite(t *testing.T, in array.RecordReader) array.RecordReader {
	var recs []arrow.RecordBatch
	row := 0
	for in.Next() {
		rec := in.RecordBatch()
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for range rec.NumRows() {
			b.Append([]float64{nan(), inf(1), inf(-1)}[row%3])
			row++
		}
		rec, err := rec.SetColumn(2, b.NewArray())
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, rec)
	}
	r, err := array.NewRecordReader(in.Schema(), recs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLargeCells(t *testing.T) {
	cell := strings.Repeat("患者电话13812345678，", 350_000) // 10 MB
	for _, step := range []string{"mask: {preset: generic}", "redact: {}", "hash: {key: k, context: c}",
		"encrypt: {mode: randomized, key: k}",
		"truncate: {first: 10}", "fpe: {form: bank_card, key: k}"} {
		if _, err := Run(t.Context(), reader(t, "a:text", 1, cell, "x"), profile(t, "  - columns: [a]\n    "+step),
			testKeys, io.Discard, Options{}); err != nil {
			t.Errorf("%s: %v", step, err)
		}
	}
}

func TestForeignTypes(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int32}}, nil)
	r, err := array.NewRecordReader(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), r, profile(t, "  - columns: [a]\n    round: {base: 5}"), nil, io.Discard,
		Options{}); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
}

// A run that fails leaves no spool file.
func TestFailedRunLeavesNothing(t *testing.T) {
	work := t.TempDir()
	p := profile(t, "  - columns: [n]\n    permute: {}\n  - columns: [n]\n    microaggregate: {k: 9}")
	_, err := Run(t.Context(), reader(t, "n:integer", 1, "1", "2"), p, nil, io.Discard, Options{Work: work})
	if yumen.KindOf(err) != yumen.KindFailed {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(work); len(entries) > 0 {
		t.Errorf("%d files left", len(entries))
	}
}

func nan() float64         { return math.NaN() }
func inf(sign int) float64 { return math.Inf(sign) }
