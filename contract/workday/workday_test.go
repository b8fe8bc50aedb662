package workday

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
)

// Days that were looked up in the notices of the State Council's general office, and some that follow from the law alone.
func TestWorking(t *testing.T) {
	for d, want := range map[yumen.Day]bool{
		"2025-01-26": true, "2025-01-28": false, "2025-02-04": false, "2025-02-05": true, "2025-02-08": true,
		"2025-10-08": false, "2025-10-09": true, "2025-10-11": true, "2025-10-12": false, "2026-01-04": true,
		"2026-02-14": true, "2026-02-23": false, "2026-02-24": true, "2026-10-10": true, "2022-12-31": false,
		"2024-02-09": true, "2024-02-10": false,
		// not announced: Friday before 春节, its eve on a weekday, 清明 on a Monday, National Day
		"2027-02-04": true, "2027-02-05": false, "2027-04-05": false, "2027-10-01": false, "2027-10-04": true,
		"2027-06-09": false, "2027-09-15": false, "2028-01-25": false, "2028-01-26": false, "2030-05-02": false,
		"nonsense": false, "2026-02-30": false,
	} {
		if got := Embedded().Working(d); got != want {
			t.Errorf("%s: %v", d, got)
		}
	}
}

func TestAfter(t *testing.T) {
	c := Embedded()
	for _, x := range []struct {
		from yumen.Day
		n    int
		want yumen.Day
		prov bool
	}{
		{"2025-12-25", 3, "2025-12-30", false}, {"2026-09-28", 5, "2026-10-10", false}, {"2025-01-24", 2, "2025-01-27", false},
		{"2026-12-30", 1, "2026-12-31", false}, {"2026-12-30", 2, "2027-01-04", true}, {"2026-05-09", 0, "2026-05-09", false},
	} {
		if got, err := c.After(x.from, x.n); err != nil || got != (Due{x.want, x.prov}) {
			t.Errorf("%s + %d: %+v, %v, want %s", x.from, x.n, got, err, x.want)
		}
	}
	for _, x := range []struct {
		from   yumen.Day
		n      int
		months bool
		roll   bool
		want   yumen.Day
	}{
		{"2026-09-01", 30, false, true, "2026-10-08"}, {"2026-09-01", 30, false, false, "2026-10-01"},
		{"2026-01-31", 1, true, false, "2026-02-28"}, {"2024-01-31", 1, true, false, "2024-02-29"},
		{"2026-01-31", 1, true, true, "2026-02-28"}, // a Saturday that is worked
		{"2024-11-30", 3, true, false, "2025-02-28"}, {"2025-04-30", 12, true, true, "2026-04-30"},
	} {
		got, err := c.AfterDays(x.from, x.n, x.roll)
		if x.months {
			got, err = c.AfterMonths(x.from, x.n, x.roll)
		}
		if err != nil || got.Day != x.want {
			t.Errorf("%+v: %+v, %v", x, got, err)
		}
	}
	for _, n := range []int{-1, MostDays + 1} {
		if _, err := c.After("2026-01-01", n); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%d days: %v", n, err)
		}
	}
	for _, d := range []yumen.Day{"2026-13-01", "9999-12-31", "9901-01-01", ""} {
		_, err1 := c.After(d, 1)
		_, err2 := c.AfterDays(d, 1, true)
		_, err3 := c.AfterMonths(d, 1, true)
		for _, err := range []error{err1, err2, err3} {
			if yumen.KindOf(err) != yumen.KindInvalid {
				t.Errorf("%s: %v", d, err)
			}
		}
	}
}

// No day of the year 10000 can be written, so nothing counts towards one: it would never arrive.
func TestEndOfDays(t *testing.T) {
	c := Embedded()
	for _, d := range []yumen.Day{"9999-12-31", "9999-12-25", "9601-01-01"} {
		_, err := c.After(d, 5)
		_, err1 := c.AfterDays(d, 30, true)
		_, err2 := c.AfterMonths(d, MostDays, true)
		_, err3 := c.After("2026-01-01", 5, Span{"2026-01-02", d})
		for _, err := range []error{err, err1, err2, err3} {
			if yumen.KindOf(err) != yumen.KindInvalid {
				t.Errorf("%s: %v", d, err)
			}
		}
	}
	for _, d := range []yumen.Day{"0001-01-01", lastStart} {
		if got, err := c.AfterMonths(d, MostDays, true, Span{d, lastStart}); err != nil || got.Day <= d {
			t.Errorf("%s: %+v, %v", d, got, err)
		}
	}
}

// The laws of counting, from any day: the nth working day after one is a working day, n of them lie in between, a day
// more is later, days on which the clock stands still make it no earlier, and a year that is announced leaves nothing
// provisional in it.
func TestCountingLaws(t *testing.T) {
	c, r := Embedded(), rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 3000 {
		from, n := yumen.DayOf(begin.AddDate(0, 0, r.IntN(3000))), 1+r.IntN(60)
		due, err := c.After(from, n)
		if err != nil || !c.Working(due.Day) {
			t.Fatalf("%s + %d: %+v, %v", from, n, due, err)
		}
		between := 0
		for d := from.Next(); d <= due.Day; d = d.Next() {
			if c.Working(d) {
				between++
			}
		}
		next, err := c.After(from, n+1)
		if between != n || err != nil || next.Day <= due.Day {
			t.Fatalf("%s + %d: %s has %d in between, %s follows", from, n, due.Day, between, next.Day)
		}
		still := Span{yumen.DayOf(begin.AddDate(0, 0, r.IntN(3000))), ""}
		still.To = still.From
		later, err := c.After(from, n, still)
		held := still.From > from && still.From <= due.Day && c.Working(still.From)
		if err != nil || held != (later.Day > due.Day) || !held && later.Day != due.Day {
			t.Fatalf("%s + %d without %s: %s, with it %s", from, n, still.From, due.Day, later.Day)
		}
		if due.Provisional != (due.Day > "2026-12-31") {
			t.Fatalf("%s + %d: %+v", from, n, due)
		}
	}
}

// A year that is announced later takes the place of what the law alone says.
func TestLaterYear(t *testing.T) {
	y, err := Parse("2027.yaml", []byte("year: 2027\nsource: [a notice]\noff: [2027-01-01..2027-01-03, 2027-02-05..2027-02-11]\n"+
		"worked: [2027-01-30]\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := Embedded().With(y)
	before, _ := Embedded().After("2027-01-28", 2)
	after, err := c.After("2027-01-28", 2)
	if err != nil || before != (Due{"2027-02-01", true}) || after != (Due{"2027-01-30", false}) {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
	if n := len(c.Years()); n != 6 || c.Years()[5].Year != 2027 {
		t.Errorf("%d years", n)
	}
}

func TestParseRefuses(t *testing.T) {
	const good = "year: 2027\nsource: [x]\noff: [2027-01-01]\nworked: []\n"
	for name, c := range map[string]struct{ text, want string }{
		"a year too far":       {strings.Replace(good, "2027\n", "3027\n", 1), "year"},
		"no source":            {strings.Replace(good, "[x]", "[]", 1), "missing"},
		"no day off":           {strings.Replace(good, "[2027-01-01]", "[]", 1), "missing"},
		"another year":         {strings.Replace(good, "2027-01-01", "2028-05-01", 1), "year"},
		"back to front":        {strings.Replace(good, "2027-01-01", "2027-01-03..2027-01-01", 1), "type"},
		"no day":               {strings.Replace(good, "2027-01-01", "2027-02-30", 1), "type"},
		"twice":                {strings.Replace(good, "2027-01-01", "2027-01-01..2027-01-03, 2027-01-02", 1), "duplicate"},
		"off and worked":       {strings.Replace(good, "[]", "[2027-01-01]", 1), "duplicate"},
		"a weekday is worked":  {strings.Replace(good, "[]", "[2027-01-04]", 1), "worked"},
		"worked in other year": {strings.Replace(good, "[]", "[2029-01-06]", 1), "year"},
		"an unknown key":       {good + "extra: 1\n", "key.unknown"},
		"empty":                {"", ""},
	} {
		_, err := Parse("y.yaml", []byte(c.text))
		if yumen.KindOf(err) != yumen.KindInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse("y.yaml", []byte(good)); err != nil {
		t.Error(err)
	}
}
