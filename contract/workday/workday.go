// Package workday knows which days are working days (工作日): the five days of the week without the days off and with
// the worked weekends that the State Council's general office announces each year (国务院办公厅关于节假日安排的通知).
//
// Years that were announced are data, embedded for 2022 to 2026 and added to by the regulator of a domain. A year
// that was not is provisional: weekdays without the holidays that the law itself fixes (全国年节及纪念日放假办法, State
// Council Order 795, article 2), so that a clock can be told today and is told anew once the year is announced.
package workday

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
)

// Year is one year as it was announced.
type Year struct {
	Year   int         `yaml:"year"`
	Source []string    `yaml:"source"` // where the notice stands
	Off    []Span      `yaml:"off"`    // days off, weekends among them or not
	Worked []yumen.Day `yaml:"worked"` // weekend days that are worked
}

// Calendar tells working days from others. Its zero value knows no year.
type Calendar struct {
	years  map[int]Year
	off    map[yumen.Day]bool
	worked map[yumen.Day]bool
}

// New returns a calendar of those years; a later one of the same year takes the place of an earlier one.
func New(years ...Year) *Calendar {
	c := &Calendar{years: map[int]Year{}, off: map[yumen.Day]bool{}, worked: map[yumen.Day]bool{}}
	for _, y := range years {
		c.years[y.Year] = y
	}
	for _, y := range c.years {
		for _, s := range y.Off {
			for d := s.From; d <= s.To; d = d.Next() {
				c.off[d] = true
			}
		}
		for _, d := range y.Worked {
			c.worked[d] = true
		}
	}
	return c
}

// With returns a calendar that knows further years, too.
func (c *Calendar) With(years ...Year) *Calendar {
	return New(append(slices.Collect(maps.Values(c.years)), years...)...)
}

// Years returns what was announced, in order.
func (c *Calendar) Years() []Year {
	return slices.SortedFunc(maps.Values(c.years), func(a, b Year) int { return cmp.Compare(a.Year, b.Year) })
}

// Known reports whether the year of a day was announced.
func (c *Calendar) Known(d yumen.Day) bool {
	_, ok := c.years[yearOf(d)]
	return ok
}

// Working reports whether d is a working day, as far as its year is known.
func (c *Calendar) Working(d yumen.Day) bool {
	switch t, ok := timeOf(d); {
	case !ok:
		return false
	case c.worked[d]:
		return true
	case c.off[d] || t.Weekday() == time.Saturday || t.Weekday() == time.Sunday:
		return false
	}
	return c.Known(d) || !fixedByLaw(d)
}

// Due is a day by which something is due.
type Due struct {
	Day yumen.Day `json:"day,omitempty"`
	// Provisional says that a year on the way to it was not announced when it was counted.
	Provisional bool `json:"provisional,omitempty"`
}

// MostDays bounds how far a clock runs.
const MostDays = 3660

// lastStart is the last day on which a clock starts or goes on: what is counted from it ends before the year 10000,
// which no day can be written of.
const lastStart yumen.Day = "9600-12-31"

// After returns the nth working day after d, which does not count itself (民法典, article 201), without those on which a
// clock stands still. N is at least 0 and at most MostDays; after 0 days it is d itself.
func (c *Calendar) After(d yumen.Day, n int, still ...Span) (Due, error) {
	if err := check(d, n, still); err != nil {
		return Due{}, err
	}
	due := Due{Day: d}
	for n > 0 {
		due.Day = due.Day.Next()
		due.Provisional = due.Provisional || !c.Known(due.Day)
		if c.Working(due.Day) && !within(due.Day, still) {
			n--
		}
	}
	return due, nil
}

// AfterDays returns the nth day after d, without those on which a clock stands still, or, where that is no working day
// and roll says so, the next one that is (民法典, article 203).
func (c *Calendar) AfterDays(d yumen.Day, n int, roll bool, still ...Span) (Due, error) {
	if err := check(d, n, still); err != nil {
		return Due{}, err
	}
	for n > 0 {
		if d = d.Next(); !within(d, still) {
			n--
		}
	}
	return c.rolled(d, roll), nil
}

// AfterMonths returns the day of the nth month after that of d with the number of d or, where that month has none, its
// last day (民法典, article 202), later by the days on which a clock stood still; rolled as AfterDays does.
func (c *Calendar) AfterMonths(d yumen.Day, n int, roll bool, still ...Span) (Due, error) {
	if err := check(d, n, still); err != nil {
		return Due{}, err
	}
	t, _ := timeOf(d)
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	end := yumen.DayOf(first.AddDate(0, 0, min(t.Day(), last.Day())-1))
	for day := d.Next(); day <= end; day = day.Next() {
		if within(day, still) {
			end = end.Next()
		}
	}
	return c.rolled(end, roll), nil
}

func within(d yumen.Day, spans []Span) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return d >= s.From && d <= s.To })
}

func (c *Calendar) rolled(d yumen.Day, roll bool) Due {
	due := Due{d, roll && !c.Known(d)}
	for roll && !c.Working(due.Day) {
		due.Day = due.Day.Next()
		due.Provisional = due.Provisional || !c.Known(due.Day)
	}
	return due
}

func check(d yumen.Day, n int, still []Span) error {
	if _, ok := timeOf(d); !ok {
		return yumen.Errorf(yumen.KindInvalid, "a day is written YYYY-MM-DD", "日期应写作 YYYY-MM-DD")
	}
	if d > lastStart || slices.ContainsFunc(still, func(s Span) bool { return s.To > lastStart }) {
		return yumen.Errorf(yumen.KindInvalid, "a clock starts and goes on by %s", "时限的起算日与恢复日不得晚于 %s", lastStart)
	}
	if n < 0 || n > MostDays {
		return yumen.Errorf(yumen.KindInvalid, "a clock runs for 0 to %d days, not %d", "时限应为 0 至 %d 日，而非 %d 日",
			MostDays, n)
	}
	return nil
}

// Span is a day, or the days from one to another, both included: 2025-01-28..2025-02-04.
type Span struct{ From, To yumen.Day }

// UnmarshalText reads a span.
func (s *Span) UnmarshalText(b []byte) (err error) {
	from, to, more := cut(string(b))
	if s.From, err = yumen.ParseDay(from); err != nil || !more {
		s.To = s.From
		return err
	}
	if s.To, err = yumen.ParseDay(to); err == nil && s.To < s.From {
		err = fmt.Errorf("%s is before %s", s.To, s.From)
	}
	return err
}

func timeOf(d yumen.Day) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	return t, err == nil
}

func yearOf(d yumen.Day) int {
	t, _ := timeOf(d)
	return t.Year()
}
