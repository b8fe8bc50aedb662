package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	grants "github.com/yumen-data/yumen/internal/uses"
	"github.com/yumen-data/yumen/query/plan"
)

// calendarParts lists what the use calendar grants of a column.
func calendarParts(uses []yumen.Constraint) []string {
	for _, c := range uses {
		if c.Use == yumen.UseCalendar {
			return c.Parts
		}
	}
	return nil
}

// byCalendar reports whether e is a group key that tells no more of its column than parts of the calendar that are
// granted, together with what other keys of the statement tell of that column.
func (a *analysis) byCalendar(e *plan.Expr) bool {
	col, tells := partsTold(e)
	return tells != 0 && a.tellsParts(e.At, col.Picked(nil), tells)
}

// tellsParts notes that a key tells parts of columns, and reports whether all that keys of the statement tell of each
// is granted.
func (a *analysis) tellsParts(at int, columns []*plan.Column, tells grants.Parts) bool {
	for _, c := range columns {
		if c.Base == nil || c.Unit != nil || c.Relation.Table == nil || c.Relation.Reference() {
			return false
		}
		granted := calendarParts(c.Relation.Table.Uses[c.Base.Name])
		if plan.HasUse(c.Relation.Table.Uses[c.Base.Name], yumen.UseDeny) || !grants.Covers(granted, tells) {
			return false
		}
	}
	for _, c := range columns {
		a.combine(at, c, tells)
	}
	return len(columns) > 0
}

// combine adds what a key tells to what others do. Two numbers of one moment are one finer number: keys of weeks and of
// days of the week are keys of days.
func (a *analysis) combine(at int, c *plan.Column, tells grants.Parts) {
	dataset, uses := c.Relation.Table.Dataset.Name, c.Relation.Table.Uses[c.Base.Name]
	name := dataset + "." + c.Base.Name
	before := a.parts[name]
	a.parts[name] |= tells
	a.tighten(uses, purpose{use: yumen.UseGroup})
	if parts := calendarParts(uses); !grants.Covers(parts, before|tells) && grants.Covers(parts, before) {
		a.AddFix("group.calendar", at,
			yumen.Say("keys of this statement tell %s of column %s of %s together; granted are %s, one at a time",
				"本语句的分组键合起来透露 %[3]s 的列 %[2]s 的 %[1]s；所授权的为 %[4]s，每次其一", (before|tells).String(), c.Base.Name, dataset,
				strings.Join(parts, ", ")),
			yumen.Say("one job for each, or apply for %s", "请分作业提交，或申请 %s", (before|tells).String()))
	}
}

// partsTold returns the column that e is made of and which parts of the calendar it tells; none where it is made in
// another way.
func partsTold(e *plan.Expr) (col *plan.Expr, tells grants.Parts) {
	switch {
	case e.Op == plan.OpCast && e.Type == plan.Date:
		return momentOf(e, grants.Day)
	case e.Op != plan.OpCall:
		return nil, 0
	}
	switch e.Fn {
	case "date_trunc":
		return momentOf(e.Args[1], intervalNames[e.Args[0].Literal.Text])
	case "date_part":
		return momentOf(e.Args[1], numberNames[e.Args[0].Literal.Text])
	case "last_day":
		return momentOf(e.Args[0], grants.Month)
	case "monthname":
		return momentOf(e.Args[0], grants.MonthOfYear)
	case "dayname":
		return momentOf(e.Args[0], grants.DayOfWeek)
	case "strftime":
		return momentOf(e.Args[0], toldBy(e.Args[1].Literal.Text))
	}
	return nil, 0
}

// momentOf looks through a cast to a date, which tells the day and so hides nothing that days tell.
func momentOf(e *plan.Expr, tells grants.Parts) (*plan.Expr, grants.Parts) {
	if e.Op == plan.OpCast && e.Type == plan.Date && tells&(grants.Hour|grants.HourOfDay) == 0 {
		e = e.Args[0]
	}
	if e.Op != plan.OpColumn || !e.Type.Temporal() {
		return nil, 0
	}
	return e, tells
}

var intervalNames = map[string]grants.Parts{"century": grants.Century, "decade": grants.Decade, "year": grants.Year,
	"quarter": grants.Quarter,
	"month":   grants.Month, "week": grants.Week, "day": grants.Day, "hour": grants.Hour, "isoyear": grants.ISOYear}

var numberNames = map[string]grants.Parts{"century": grants.Century, "decade": grants.Decade, "year": grants.Year,
	"isoyear": grants.ISOYear,
	"quarter": grants.QuarterOfYear, "month": grants.MonthOfYear, "week": grants.WeekOfYear, "day": grants.DayOfMonth,
	"hour":      grants.HourOfDay,
	"dayofweek": grants.DayOfWeek, "dow": grants.DayOfWeek, "isodow": grants.DayOfWeek, "dayofyear": grants.DayOfYear,
	"doy": grants.DayOfYear}

// formatNames are the letters of strftime. U and W number weeks in other ways than ISO 8601 does, which a grant of
// weeks does not cover.
var formatNames = map[byte]grants.Parts{'Y': grants.Year, 'y': grants.Year, 'm': grants.MonthOfYear,
	'b': grants.MonthOfYear, 'B': grants.MonthOfYear,
	'd': grants.DayOfMonth, 'j': grants.DayOfYear, 'H': grants.HourOfDay, 'I': grants.HourOfDay, 'p': grants.HourOfDay,
	'a': grants.DayOfWeek, 'A': grants.DayOfWeek, 'u': grants.DayOfWeek, 'w': grants.DayOfWeek, 'V': grants.WeekOfYear,
	'G': grants.ISOYear}

// toldBy is what a format shows together, 0 where it shows something else too.
func toldBy(format string) (tells grants.Parts) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		if i == len(format) || formatNames[format[i]] == 0 {
			return 0
		}
		tells |= formatNames[format[i]]
	}
	return tells
}

// calendarFix is a group key that the grant allows.
func calendarFix(c *plan.Column, parts []string) yumen.Text {
	keys := map[string]string{"quarter_of_year": "quarter(%)", "month_of_year": "month(%)",
		"day_of_week": "dayofweek(%)", "hour_of_day": "hour(%)"}
	part, _, _ := strings.Cut(parts[0], "+")
	key, number := keys[part]
	if !number {
		key = "date_trunc('" + part + "', %)"
	}
	if !slices.Contains(grants.PartNames(), part) {
		return yumen.Text{}
	}
	return yumen.Say("GROUP BY %s", "GROUP BY %s", strings.Replace(key, "%", c.Name, 1))
}
