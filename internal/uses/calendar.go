package uses

import (
	"math/bits"
	"slices"
	"strings"
)

// Parts is a set of parts of the calendar: what a group key tells of a moment.
type Parts uint32

// The parts: intervals that follow one another, and numbers that come round again.
const (
	Century Parts = 1 << iota
	Decade
	Year
	Quarter
	Month
	Day
	Hour
	ISOYear // the year that a week belongs to (ISO 8601)
	Week
	QuarterOfYear
	MonthOfYear
	WeekOfYear
	DayOfYear
	DayOfMonth
	DayOfWeek
	HourOfDay
)

// partNames are the parts that can be granted, in the order in which they are listed.
var partNames = []struct {
	name string
	part Parts
}{
	{"year", Year}, {"quarter", Quarter}, {"month", Month}, {"week", Week}, {"day", Day}, {"hour", Hour},
	{"quarter_of_year", QuarterOfYear}, {"month_of_year", MonthOfYear}, {"day_of_week", DayOfWeek},
	{"hour_of_day", HourOfDay},
}

// follows lists what is known once some parts are: 2026-W05 and Monday are a day, and a day is in one month.
var follows = []struct{ from, known Parts }{
	{Hour, Day | HourOfDay},
	{Day, Month | Week | DayOfYear | DayOfMonth | DayOfWeek},
	{Month, Quarter | MonthOfYear},
	{Quarter, Year | QuarterOfYear},
	{Year, Decade | Century},
	{Week, ISOYear | WeekOfYear},
	{MonthOfYear, QuarterOfYear},
	{Year | QuarterOfYear, Quarter},
	{Year | MonthOfYear, Month},
	{ISOYear | WeekOfYear, Week},
	{Year | DayOfYear, Day},
	{Month | DayOfMonth, Day},
	{Week | DayOfWeek, Day},
	{Day | HourOfDay, Hour},
}

// PartNames lists the parts that can be granted.
func PartNames() (out []string) {
	for _, p := range partNames {
		out = append(out, p.name)
	}
	return out
}

// PartsOf reads one element of a grant: a part, or several that may be combined in one statement, joined by "+".
func PartsOf(grant string) (Parts, bool) {
	var out Parts
	for name := range strings.SplitSeq(grant, "+") {
		i := slices.Index(PartNames(), name)
		if i < 0 || out&partNames[i].part != 0 {
			return 0, false
		}
		out |= partNames[i].part
	}
	return out, true
}

// String names the parts, those that cannot be granted too.
func (p Parts) String() string {
	var out []string
	for _, n := range partNames {
		if p&n.part != 0 {
			out, p = append(out, n.name), p&^n.part
		}
	}
	for ; p != 0; p &= p - 1 {
		out = append(out, restNames[1<<bits.TrailingZeros32(uint32(p))])
	}
	return strings.Join(out, "+")
}

var restNames = map[Parts]string{Century: "century", Decade: "decade", ISOYear: "year of the week",
	WeekOfYear: "week of the year",
	DayOfYear:  "day of the year", DayOfMonth: "day of the month"}

// closure adds what follows from the parts.
func (p Parts) closure() Parts {
	for before := Parts(0); before != p; {
		before = p
		for _, f := range follows {
			if p&f.from == f.from {
				p |= f.known
			}
		}
	}
	return p
}

// Covers reports whether one element of a grant tells all the parts that are asked for together. Two elements do not
// add up: keys of weeks and of days of the week, each harmless, make keys of days.
func Covers(grant []string, asked Parts) bool {
	return slices.ContainsFunc(grant, func(element string) bool {
		p, ok := PartsOf(element)
		return ok && asked&^p.closure() == 0
	})
}

// Common returns a grant of what both grants cover: for each two elements what follows from either.
func Common(a, b []string) (out []string) {
	for _, x := range a {
		for _, y := range b {
			p, ok := PartsOf(x)
			q, also := PartsOf(y)
			if both := p.closure() & q.closure() & grantable; ok && also && both != 0 {
				out = append(out, both.essence().String())
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(slices.Clone(out), func(element string) bool {
		asked, _ := PartsOf(element)
		return Covers(slices.DeleteFunc(slices.Clone(out), func(o string) bool { return o == element }), asked)
	})
}

// grantable are the parts that have a name.
const grantable = Year | Quarter | Month | Week | Day | Hour | QuarterOfYear | MonthOfYear | DayOfWeek | HourOfDay

// essence leaves out what follows from the rest.
func (p Parts) essence() Parts {
	for _, n := range partNames {
		if rest := p &^ n.part; p&n.part != 0 && rest.closure()&n.part != 0 {
			p = rest
		}
	}
	return p
}
