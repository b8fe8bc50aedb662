package cellparse_test

import (
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// TestCells shows, for each type, which spellings are taken and how the value is written back.
func TestCells(t *testing.T) {
	for _, c := range []struct {
		typ  yumen.Type
		cell string
		want string // "" where the cell must be refused
	}{
		{yumen.TypeInteger, "0", "0"}, {yumen.TypeInteger, "-9223372036854775808", "-9223372036854775808"},
		{yumen.TypeInteger, "007", "7"},
		{yumen.TypeInteger, "9223372036854775808", ""}, {yumen.TypeInteger, "+1", ""}, {yumen.TypeInteger, "1.0", ""},
		{yumen.TypeInteger, " 1", ""},
		{yumen.TypeInteger, "1,000", ""}, {yumen.TypeInteger, "1_000", ""}, {yumen.TypeInteger, "0x10", ""},
		{yumen.TypeInteger, "１", ""}, {yumen.TypeInteger, "-", ""},
		{yumen.TypeDouble, "1.50", "1.5"}, {yumen.TypeDouble, "-.5", "-0.5"}, {yumen.TypeDouble, "1e300", "1e+300"},
		{yumen.TypeDouble, "1E-7", "1e-07"}, {yumen.TypeDouble, "1000000", "1000000"},
		{yumen.TypeDouble, "1e400", ""}, {yumen.TypeDouble, "NaN", ""}, {yumen.TypeDouble, "inf", ""},
		{yumen.TypeDouble, "1.", ""}, {yumen.TypeDouble, "0x1p2", ""}, {yumen.TypeDouble, "1_0.5", ""},
		{yumen.TypeDouble, "1e", ""}, {yumen.TypeDouble, "e5", ""}, {yumen.TypeDouble, "1e5e5", ""},
		{yumen.TypeDouble, ".", ""},
		{"decimal(5,2)", "123.45", "123.45"}, {"decimal(5,2)", "-0.5", "-0.50"},
		{"decimal(5,2)", "000123.4500", "123.45"}, {"decimal(5,2)", ".07", "0.07"},
		{"decimal(5,2)", "1234", ""}, {"decimal(5,2)", "0.001", ""}, {"decimal(5,2)", "1e2", ""},
		{"decimal(5,2)", "", ""}, {"decimal(5,2)", "1.2.3", ""}, {"decimal(5,2)", "--1", ""},
		{"decimal(38,2)", "999999999999999999999999999999999999.99", "999999999999999999999999999999999999.99"},
		{"decimal(38,38)", "-0.00000000000000000000000000000000000001", "-0.00000000000000000000000000000000000001"},
		{yumen.TypeDate, "2024-02-29", "2024-02-29"}, {yumen.TypeDate, "20240229", "2024-02-29"},
		{yumen.TypeDate, "2024/02/29", "2024-02-29"}, {yumen.TypeDate, "0001-01-01", "0001-01-01"},
		{yumen.TypeDate, "9999-12-31", "9999-12-31"},
		{yumen.TypeDate, "2023-02-29", ""}, {yumen.TypeDate, "2024-2-9", ""}, {yumen.TypeDate, "2024-02/29", ""},
		{yumen.TypeDate, "0000-01-01", ""}, {yumen.TypeDate, "2024-13-01", ""}, {yumen.TypeDate, "29.02.2024", ""},
		{yumen.TypeDate, "1900-02-29", ""},
		{yumen.TypeTimestamp, "2024-02-29 23:59:59", "2024-02-29 23:59:59"},
		{yumen.TypeTimestamp, "2024-02-29T23:59:59.5", "2024-02-29 23:59:59.500000"},
		{yumen.TypeTimestamp, "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"},
		{yumen.TypeTimestamp, "2024-02-29", ""}, {yumen.TypeTimestamp, "2024-02-29 24:00:00", ""},
		{yumen.TypeTimestamp, "2024-02-29 23:59:60", ""}, {yumen.TypeTimestamp, "2024-02-29 23:59:59.", ""},
		{yumen.TypeTimestamp, "2024-02-29 23:59:59.1234567", ""}, {yumen.TypeTimestamp, "2024-02-29 23:59:59Z", ""},
		{yumen.TypeTimestamp, "2024/02/29 23:59:59", ""},
		{yumen.TypeBoolean, "TRUE", "true"}, {yumen.TypeBoolean, "f", "false"}, {yumen.TypeBoolean, "1", "true"},
		{yumen.TypeBoolean, "yes", ""}, {yumen.TypeBoolean, "", ""},
		{yumen.TypeText, "域门", "域门"}, {yumen.TypeText, "a\x00b", ""}, {yumen.TypeText, "\xff", ""},
	} {
		a, err := arrowio.NewAppender(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		if ok := a.Append(c.cell); ok != (c.want != "") {
			t.Errorf("%s %q taken: %v", c.typ, c.cell, ok)
		}
		if arr := a.Builder().NewArray(); c.want != "" {
			if got := string(arrowio.AppendCell(nil, arr, 0)); got != c.want {
				t.Errorf("%s %q written as %q, want %q", c.typ, c.cell, got, c.want)
			}
		} else if arr.Len() != 0 {
			t.Errorf("%s %q refused but appended", c.typ, c.cell)
		}
	}
}
