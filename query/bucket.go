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

// eachValue reports whether the intervals that a column may be grouped in hold one value each, so that date_trunc('day', x) is x
// and whatever else is made of the column tells no more.
func eachValue(c *column, uses []yumen.Constraint) bool {
	w, ok := bucketWidth(uses)
	return ok && w <= 1 && (c.base.Type == yumen.TypeDate || c.base.Type == yumen.TypeInteger) && !hasUse(uses, yumen.UseDeny)
}

func formatWidth(w float64) string { return strconv.FormatFloat(w, 'g', -1, 64) }

// yearDays is the mean length of a calendar year in days, the unit that widths of dates are given in.
const yearDays = 365.25

var partDays = map[string]float64{"day": 1, "week": 7, "month": yearDays / 12, "quarter": yearDays / 4, "year": yearDays, "decade": 10 * yearDays, "century": 100 * yearDays}

// bucketed reports whether e tells no more of a column than the interval of its bucket constraint it lies in. Known forms are
// floor(x / w), x // w and x - x % w over a number or the year of a date, and date_trunc. Intervals must be a whole multiple of
// the constraint's width and start where its own do: two grids that are shifted against each other would make a finer one.
func (a *analysis) bucketed(e *expr) bool {
	x, w, ok := interval(e)
	if !ok {
		return false
	}
	col, scale, ok := x, 1.0, true
	if x.op != opColumn {
		col, scale, ok = calendar(x)
	}
	if !ok {
		return false
	}
	bases := col.picked(nil)
	for _, base := range bases {
		uses := base.rel.table.Uses[base.base.Name]
		width, ok := bucketWidth(uses)
		if base.unit != nil || !ok || hasUse(uses, yumen.UseDeny) || hasUse(uses, yumen.UseGroup) || !wholeMultiple(w*scale, width, base.typ) {
			return false
		}
	}
	for _, base := range bases {
		if base.rel.reference() {
			return false // what it is joined by would have to be cut into the same intervals
		}
		a.tighten(base.rel.table.Uses[base.base.Name], purpose{use: yumen.UseGroup})
	}
	return len(bases) > 0
}

// wholeMultiple allows for calendar years and months having different lengths.
func wholeMultiple(w, width float64, t sqlType) bool {
	tolerance := 1e-9
	if t.temporal() {
		tolerance = 2e-3
	}
	n := math.Round(w / width)
	return n >= 1 && math.Abs(n*width-w) <= tolerance*w
}

// interval returns what is cut into intervals of width w.
func interval(e *expr) (x *expr, w float64, ok bool) {
	switch {
	case e.fn == "floor" && e.args[0].op == opCall && e.args[0].fn == "/":
		return quotient(e.args[0])
	case e.fn == "//":
		return quotient(e)
	case e.fn == "-" && len(e.args) == 2 && e.args[1].op == opCall && e.args[1].fn == "%":
		x, w, ok = quotient(e.args[1])
		return x, w, ok && x.signature() == e.args[0].signature()
	case e.fn == "date_trunc" || e.fn == "date_part":
		return e, 1, true
	}
	return nil, 0, false
}

func quotient(e *expr) (x *expr, w float64, ok bool) {
	if len(e.args) != 2 {
		return nil, 0, false
	}
	lit, isConst := e.args[1].constant()
	if !isConst || !lit.typ.numeric() {
		return nil, 0, false
	}
	w, err := strconv.ParseFloat(lit.text, 64)
	return e.args[0], w, err == nil && w > 0
}

// calendar returns the date column of date_trunc(part, x), or of the year, decade or century of x, and the part's length in
// days. Other parts, such as the month, come round again and are no intervals.
func calendar(e *expr) (col *expr, days float64, ok bool) {
	if e.op != opCall || e.fn != "date_trunc" && e.fn != "date_part" || len(e.args) != 2 || e.args[1].op != opColumn {
		return nil, 0, false
	}
	part := e.args[0].lit.text
	days, ok = partDays[part]
	return e.args[1], days, ok && (e.fn == "date_trunc" || days >= yearDays)
}

// bucketFix is a group key that the width allows.
func bucketFix(c *column, width float64) yumen.Text {
	key := "floor(" + c.name + " / " + formatWidth(width) + ") * " + formatWidth(width)
	if c.typ.temporal() {
		years := math.Ceil(width/yearDays - 2e-3)
		switch {
		case width == partDays["day"]:
			key = "date_trunc('day', " + c.name + ")"
		case width == partDays["week"]:
			key = "date_trunc('week', " + c.name + ")"
		case !wholeMultiple(years*yearDays, width, c.typ):
			return yumen.Text{}
		case years <= 1:
			key = "year(" + c.name + ")"
		default:
			key = "year(" + c.name + ") // " + formatWidth(years) + " * " + formatWidth(years)
		}
	}
	return yumen.Say("GROUP BY %s", "GROUP BY %s", key)
}
