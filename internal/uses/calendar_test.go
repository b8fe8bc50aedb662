package uses

import (
	"fmt"
	"testing"
	"time"
)

// TestCovers holds which keys a grant allows together.
func TestCovers(t *testing.T) {
	for _, c := range []struct {
		grant []string
		asked Parts
		want  bool
	}{
		{[]string{"month"}, Month, true},
		{[]string{"month"}, Quarter | Year | MonthOfYear, true},
		{[]string{"month"}, Week, false},
		{[]string{"month"}, Day, false},
		{[]string{"week", "day_of_week"}, Week, true},
		{[]string{"week", "day_of_week"}, DayOfWeek, true},
		{[]string{"week", "day_of_week"}, Week | DayOfWeek, false},
		{[]string{"week", "month"}, Week | Month, false},
		{[]string{"week", "month", "day"}, Week | Month | DayOfWeek, true},
		{[]string{"year", "month_of_year"}, Year | MonthOfYear, false},
		{[]string{"year+month_of_year"}, Month, true},
		{[]string{"week+day_of_week"}, Day, true},
		{[]string{"month+day_of_week"}, Month | DayOfWeek, true},
		{[]string{"month+day_of_week"}, Day, false},
		{[]string{"hour"}, Day | HourOfDay | DayOfWeek, true},
		{[]string{"hour_of_day"}, Hour, false},
		{nil, Century, false},
		{[]string{"month+"}, Month, false},
	} {
		if got := Covers(c.grant, c.asked); got != c.want {
			t.Errorf("%v grants %v: %v", c.grant, c.asked, got)
		}
	}
}

// TestFollows counts in a calendar of thirty years: a rule holds where equal values of what it starts from are equal in
// what it says is known.
func TestFollows(t *testing.T) {
	for _, f := range follows {
		seen := map[string]string{}
		for at := time.Date(1996, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2026; at = at.Add(13 * time.Hour) {
			from, known := valueOf(f.from, at), valueOf(f.known, at)
			if was, ok := seen[from]; ok && was != known {
				t.Fatalf("%v does not tell %v: %s is %s and %s", f.from, f.known, from, was, known)
			}
			seen[from] = known
		}
	}
}

func valueOf(parts Parts, at time.Time) string {
	isoYear, week := at.ISOWeek()
	quarter := (int(at.Month()) + 2) / 3
	out := ""
	for p := Century; p <= HourOfDay; p <<= 1 {
		if parts&p != 0 {
			out += partOf(p, at, isoYear, week, quarter) + "|"
		}
	}
	return out
}

func partOf(p Parts, at time.Time, isoYear, week, quarter int) string {
	switch p {
	case Century:
		return fmt.Sprint((at.Year() + 99) / 100)
	case Decade:
		return fmt.Sprint(at.Year() / 10)
	case Quarter:
		return fmt.Sprint(at.Year(), quarter)
	case ISOYear:
		return fmt.Sprint(isoYear)
	case Week:
		return fmt.Sprint(isoYear, week)
	case QuarterOfYear:
		return fmt.Sprint(quarter)
	case WeekOfYear:
		return fmt.Sprint(week)
	}
	return at.Format(map[Parts]string{Year: "2006", Month: "2006-01", Day: "2006-01-02", Hour: "2006-01-02 15",
		MonthOfYear: "01",
		DayOfYear:   "002", DayOfMonth: "02", DayOfWeek: "Mon", HourOfDay: "15"}[p])
}
