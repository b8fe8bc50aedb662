package bind

import (
	"math"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

func bucketWidth(uses []yumen.Constraint) (float64, bool) {
	for _, c := range uses {
		if c.Use == yumen.UseBucket && c.Width > 0 {
			return c.Width, true
		}
	}
	return 0, false
}

// eachValue reports whether the intervals that a column may be grouped in hold one value each, so that
// date_trunc('day', x) is x and whatever else is made of the column tells no more.
func eachValue(c *plan.Column, uses []yumen.Constraint) bool {
	w, ok := bucketWidth(uses)
	return ok && w <= 1 && (c.Base.Type == yumen.TypeDate || c.Base.Type == yumen.TypeInteger) &&
		!plan.HasUse(uses, yumen.UseDeny)
}

func formatWidth(w float64) string { return strconv.FormatFloat(w, 'g', -1, 64) }

// yearDays is the mean length of a calendar year in days, the unit that widths of dates are given in.
const yearDays = 365.25

var partDays = map[string]float64{"day": 1, "week": 7, "month": yearDays / 12, "quarter": yearDays / 4,
	"year": yearDays, "decade": 10 * yearDays, "century": 100 * yearDays}

// bucketed reports whether e tells no more of a column than the interval of its bucket constraint it lies in. Known
// forms are floor(x / w), x // w and x - x % w over a number or the year of a date, and date_trunc. Intervals must be a
// whole multiple of the constraint's width and start where its own do: two grids that are shifted against each other
// would make a finer one.
func (a *analysis) bucketed(e *plan.Expr) bool {
	x, w, ok := interval.WidthOf(e)
	if !ok {
		return false
	}
	col, scale, ok := x, 1.0, true
	if x.Op != plan.OpColumn {
		col, scale, ok = calendar(x)
	}
	if !ok {
		return false
	}
	bases := col.Picked(nil)
	for _, base := range bases {
		uses := base.Relation.Table.Uses[base.Base.Name]
		width, ok := bucketWidth(uses)
		if base.Unit != nil || !ok || plan.HasUse(uses, yumen.UseDeny) || plan.HasUse(uses, yumen.UseGroup) ||
			!wholeMultiple(w*scale, width, base.Type) {
			return false
		}
	}
	for _, base := range bases {
		if base.Relation.Reference() {
			return false // what it is joined by would have to be cut into the same intervals
		}
		a.tighten(base.Relation.Table.Uses[base.Base.Name], purpose{use: yumen.UseGroup})
	}
	return len(bases) > 0
}

// wholeMultiple allows for calendar years and months having different lengths.
func wholeMultiple(w, width float64, t plan.Type) bool {
	tolerance := 1e-9
	if t.Temporal() {
		tolerance = 2e-3
	}
	n := math.Round(w / width)
	return n >= 1 && math.Abs(n*width-w) <= tolerance*w
}

// calendar returns the date column of date_trunc(part, x), or of the year, decade or century of x, and the part's
// length in days. Other parts, such as the month, come round again and are no intervals.
func calendar(e *plan.Expr) (col *plan.Expr, days float64, ok bool) {
	if e.Op != plan.OpCall || e.Fn != "date_trunc" && e.Fn != "date_part" || len(e.Args) != 2 ||
		e.Args[1].Op != plan.OpColumn {
		return nil, 0, false
	}
	part := e.Args[0].Literal.Text
	days, ok = partDays[part]
	return e.Args[1], days, ok && (e.Fn == "date_trunc" || days >= yearDays)
}

// bucketFix is a group key that the width allows.
func bucketFix(c *plan.Column, width float64) yumen.Text {
	key := "floor(" + c.Name + " / " + formatWidth(width) + ") * " + formatWidth(width)
	if c.Type.Temporal() {
		years := math.Ceil(width/yearDays - 2e-3)
		switch {
		case width == partDays["day"]:
			key = "date_trunc('day', " + c.Name + ")"
		case width == partDays["week"]:
			key = "date_trunc('week', " + c.Name + ")"
		case !wholeMultiple(years*yearDays, width, c.Type):
			return yumen.Text{}
		case years <= 1:
			key = "year(" + c.Name + ")"
		default:
			key = "year(" + c.Name + ") // " + formatWidth(years) + " * " + formatWidth(years)
		}
	}
	return yumen.Say("GROUP BY %s", "GROUP BY %s", key)
}
