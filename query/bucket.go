package query

import (
	"math"
	"strconv"

	"github.com/yumen-data/yumen"
)

func bucketWidth(uses []yumen.Constraint) (float64, bool) {
	for _, c := range uses {
		if c.Use == yumen.UseBucket && c.Width > 0 {
			return c.Width, true
		}
	}
	return 0, false
}

func formatWidth(w float64) string { return strconv.FormatFloat(w, 'g', -1, 64) }

// bucketed reports whether e tells no more of a column than the interval of its bucket constraint it lies in. Known forms,
// with w a whole multiple of the constraint's width: floor(x / w), x // w, x - x % w.
func (a *analysis) bucketed(e *expr) bool {
	col, w, ok := interval(e)
	if !ok {
		return false
	}
	base := col.direct(nil)
	if base == nil || base.unit != nil {
		return false
	}
	uses := base.rel.table.Uses[base.base.Name]
	width, ok := bucketWidth(uses)
	if !ok || hasUse(uses, yumen.UseDeny) || hasUse(uses, yumen.UseGroup) {
		return false
	}
	if n := math.Round(w / width); n < 1 || math.Abs(n*width-w) > 1e-9*w {
		return false
	}
	a.tighten(uses, purpose{use: yumen.UseGroup})
	return true
}

func interval(e *expr) (col *expr, w float64, ok bool) {
	switch {
	case e.fn == "floor" && e.args[0].op == opCall && e.args[0].fn == "/":
		return quotient(e.args[0])
	case e.fn == "//":
		return quotient(e)
	case e.fn == "-" && len(e.args) == 2 && e.args[1].op == opCall && e.args[1].fn == "%":
		col, w, ok = quotient(e.args[1])
		return col, w, ok && col.signature() == e.args[0].signature()
	}
	return nil, 0, false
}

func quotient(e *expr) (col *expr, w float64, ok bool) {
	lit, isConst := e.args[1].constant()
	if !isConst || !lit.typ.numeric() || e.args[0].op != opColumn {
		return nil, 0, false
	}
	w, err := strconv.ParseFloat(lit.text, 64)
	return e.args[0], w, err == nil && w > 0
}
