package duck

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

// scanContent measures what the columns that nobody but their author understands could carry besides what they seem to:
// those of modules whole, texts of extracts for characters that nobody sees.
func scanContent(h *held, spec task.CheckSpec, ev *yumen.Evidence) {
	some := false
	for c, col := range spec.Columns {
		switch {
		case col.Kind == yumen.ColumnOpaque:
			ev.Content = append(ev.Content, contentOf(h, c, col.Name, spec.MaxCells))
			some = true
		case col.Kind == yumen.ColumnRow && h.schema.Field(c).Type.ID() == arrow.STRING:
			one := yumen.ContentEvidence{Column: col.Name}
			one.Invisible = invisibleIn(h, c, col.Name, spec.MaxCells)
			ev.Content = append(ev.Content, one)
		}
	}
	if some {
		ev.Unsorted = !sorted(h)
	}
}

// contentOf measures a column.
func contentOf(h *held, column int, name string, maxCells int) yumen.ContentEvidence {
	out, counts, text := yumen.ContentEvidence{Column: name}, map[string]int64{}, []byte(nil)
	h.each(func(b arrow.RecordBatch, i, _ int) {
		col := b.Column(column)
		if col.IsNull(i) {
			out.Nulls++
			return
		}
		out.Values++
		text = arrowio.AppendCell(text[:0], col, i)
		counts[string(text)]++
		switch a := col.(type) {
		case *array.String:
			out.Longest = max(out.Longest, utf8.RuneCountInString(a.Value(i)))
		case *array.Float64:
			out.Digits = max(out.Digits, significant(a.Value(i)))
		}
	})
	for _, n := range counts {
		p := float64(n) / float64(out.Values)
		out.Entropy -= p * math.Log2(p)
	}
	out.Entropy = math.Abs(out.Entropy) // one value has the entropy 0, not −0
	out.Invisible = invisibleIn(h, column, name, maxCells)
	return out
}

// significant is how many binary digits of a number are in use, 0 for those that have none.
func significant(v float64) int {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	fraction := math.Float64bits(v) & (1<<52 - 1)
	return 53 - min(52, bits.TrailingZeros64(fraction))
}

// invisibleIn counts the cells with characters that a reader does not see; row 0 stands for the name of the column.
func invisibleIn(h *held, column int, name string, maxCells int) yumen.CellHits {
	hits := yumen.CellHits{Column: name}
	if invisible(name) {
		addCell(&hits, 0, maxCells)
	}
	h.each(func(b arrow.RecordBatch, i, row int) {
		if a, ok := b.Column(column).(*array.String); ok && a.IsValid(i) && invisible(a.Value(i)) {
			addCell(&hits, row, maxCells)
		}
	})
	return hits
}

// blanks look like a space or like nothing, though they are letters or symbols to Unicode.
var blanks = &unicode.RangeTable{R16: []unicode.Range16{
	{0x034F, 0x034F, 1}, {0x115F, 0x1160, 1}, {0x17B4, 0x17B5, 1}, {0x180B, 0x180F, 1}, {0x2800, 0x2800, 1},
	{0x3164, 0x3164, 1}, {0xFE00, 0xFE0F, 1}, {0xFFA0, 0xFFA0, 1}}, R32: []unicode.Range32{{0xE0000, 0xE0FFF, 1}}}

// invisible reports whether a text has a character that a reader does not see or takes for a space: control and format
// characters, which change directions too, variation selectors, fillers, spaces that are neither ' ' nor U+3000,
// private use, and what is no UTF-8.
func invisible(s string) bool {
	for _, r := range s {
		switch {
		case r == ' ' || r == 0x3000:
		case r == utf8.RuneError, unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Z, blanks):
			return true
		}
	}
	return false
}

// sorted reports whether rows stand in the order of their values, column after column, so that their order carries
// nothing.
func sorted(h *held) bool {
	var last arrow.RecordBatch
	at, in := 0, true
	h.each(func(b arrow.RecordBatch, i, _ int) {
		if last != nil && in {
			in = compareRows(last, at, b, i) <= 0
		}
		last, at = b, i
	})
	return in
}

func compareRows(a arrow.RecordBatch, i int, b arrow.RecordBatch, j int) int {
	for c := range a.Columns() {
		x, y := a.Column(c), b.Column(c)
		switch {
		case x.IsNull(i) && y.IsNull(j):
			continue
		case x.IsNull(i):
			return 1 // nulls come last
		case y.IsNull(j):
			return -1
		}
		if d := compareCells(x, i, y, j); d != 0 {
			return d
		}
	}
	return 0
}

func compareCells(x arrow.Array, i int, y arrow.Array, j int) int {
	switch a := x.(type) {
	case *array.Int64:
		return cmp.Compare(a.Value(i), y.(*array.Int64).Value(j))
	case *array.Float64:
		return cmp.Compare(a.Value(i), y.(*array.Float64).Value(j))
	}
	return bytes.Compare(arrowio.AppendCell(nil, x, i), arrowio.AppendCell(nil, y, j))
}
