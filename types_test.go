package yumen_test

import (
	"testing"

	"github.com/yumen-data/yumen"
)

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		typ            yumen.Type
		known, numeric bool
		p, s           int
	}{
		{"boolean", true, false, 0, 0}, {"integer", true, true, 0, 0}, {"double", true, true, 0, 0},
		{"date", true, false, 0, 0}, {"timestamp", true, false, 0, 0}, {"text", true, false, 0, 0},
		{"decimal(12,2)", true, true, 12, 2}, {"decimal(38,38)", true, true, 38, 38},
		{"decimal(1,0)", true, true, 1, 0},
		{"decimal(0,0)", false, false, 0, 0}, {"decimal(39,2)", false, false, 0, 0},
		{"decimal(2,3)", false, false, 0, 0},
		{"decimal", false, false, 0, 0}, {"decimal(12, 2)", false, false, 0, 0}, {"int", false, false, 0, 0},
		{"", false, false, 0, 0},
	} {
		p, s, ok := c.typ.Decimal()
		if c.typ.Known() != c.known || c.typ.Numeric() != c.numeric || p != c.p || s != c.s || ok != (c.p > 0) {
			t.Errorf("%q: known %v, numeric %v, decimal(%d,%d) %v", c.typ, c.typ.Known(), c.typ.Numeric(), p, s, ok)
		}
	}
}

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]yumen.FileFormat{
		"a.csv": yumen.FormatCSV, "dir/A.CSV": yumen.FormatCSV, "a.tsv": yumen.FormatCSV, "a.csv.gz": yumen.FormatCSV,
		"a.ndjson": yumen.FormatNDJSON, "a.jsonl.gz": yumen.FormatNDJSON,
		"a.parquet": yumen.FormatParquet, "a.arrow": yumen.FormatArrow, "a.arrows": yumen.FormatArrow,
		"a.parquet.gz": "", "a.txt": "", "csv": "", "": "", "a.gz": "",
	} {
		if got, ok := yumen.FormatOf(name); got != want || ok != (want != "") {
			t.Errorf("FormatOf(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
}

func TestFormatEpsilon(t *testing.T) {
	for e, want := range map[float64]string{0: "0", 1: "1", 0.2: "0.2", 0.12345: "0.12345", 40: "40", 1e-5: "1e-05",
		1.0 / 3: "0.3333", 0.1 + 0.2: "0.3", 123.456789012345678: "123.5"} {
		if got := yumen.FormatEpsilon(e); got != want {
			t.Errorf("FormatEpsilon(%v) = %s, want %s", e, got, want)
		}
	}
}
