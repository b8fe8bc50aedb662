package desensitize

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
)

func TestIntervalsAndHierarchies(t *testing.T) {
	h, err := anonymity.ReadHierarchy("jobs", strings.NewReader("nurse;health;*\ndoctor;health;*\npilot;travel;*\n"))
	if err != nil {
		t.Fatal(err)
	}
	const columns = "job:text region:text age:integer cost:double day:date at:timestamp"
	rows := []string{
		"nurse|440305|37|10|2021-01-03|2024-12-30 08:00:00",
		"pilot|110105001007|89|-0.5|2020-12-31|2024-05-01 00:00:00",
		"poet|4403|97|65|2024-02-29|1969-12-31 23:59:59",
		"∅|x|-1|64.99|∅|∅",
	}
	for _, c := range []struct {
		steps string
		want  []string
		unfit int64
	}{
		{"  - columns: [cost]\n    interval: {width: 10}", []string{"3=[10,20)", "3=[-10,0)", "3=[60,70)", "3=[60,70)"},
			0},
		{"  - columns: [cost]\n    interval: {cuts: [0, 20, 65]}", []string{"3=[0,20)", "3=<0", "3=≥65", "3=[20,65)"},
			0},
		{"  - columns: [age]\n    interval: {width: 2.5, origin: 1}",
			[]string{"2=[36,38.5)", "2=[88.5,91)", "2=[96,98.5)", "2=[-1.5,1)"}, 0},
		{"  - columns: [region]\n    generalize: {hierarchy: region, level: city}",
			[]string{"1=440300", "1=110100", "1=∅", "1=∅"}, 2},
		{"  - columns: [region]\n    generalize: {hierarchy: region, level: province}",
			[]string{"1=440000", "1=110000", "1=∅", "1=∅"}, 2},
		{"  - columns: [age]\n    generalize: {hierarchy: age, level: 20}",
			[]string{"2=20-39", "2=80-89", "2=90+", "2=∅"}, 1},
		{"  - columns: [day]\n    generalize: {hierarchy: date, level: week}",
			[]string{"4=2020-W53", "4=2020-W53", "4=2024-W09", "4=∅"}, 0},
		{"  - columns: [at]\n    generalize: {hierarchy: date, level: quarter}",
			[]string{"5=2024-Q4", "5=2024-Q2", "5=1969-Q4", "5=∅"}, 0},
		{"  - columns: [day]\n    generalize: {hierarchy: date, level: month}",
			[]string{"4=2021-01", "4=2020-12", "4=2024-02", "4=∅"}, 0},
		{"  - columns: [at]\n    generalize: {hierarchy: date, level: year}",
			[]string{"5=2024", "5=2024", "5=1969", "5=∅"}, 0},
		{"  - columns: [job]\n    generalize: {hierarchy: jobs, level: 1}",
			[]string{"0=health", "0=travel", "0=∅", "0=∅"}, 1},
	} {
		got, rec := desensitized(t, columns, 3, rows, c.steps,
			func(o *Options) { o.Hierarchies = map[string]*anonymity.Hierarchy{"jobs": h} })
		for i, row := range got {
			col := int(c.want[i][0] - '0')
			if cell := strings.Split(row, "|")[col]; cell != c.want[i][2:] {
				t.Errorf("%s: row %d is %s, want %s", c.steps, i+1, cell, c.want[i])
			}
		}
		if rec.Steps[0].Unfit != c.unfit {
			t.Errorf("%s: %d unfit, want %d", c.steps, rec.Steps[0].Unfit, c.unfit)
		}
	}
	for _, steps := range []string{
		"  - columns: [age]\n    interval: {width: 5, cuts: [1]}", "  - columns: [age]\n    interval: {cuts: [1, 1]}",
		"  - columns: [age]\n    interval: {cuts: [2, 1]}", "  - columns: [age]\n    interval: {width: -5}",
		"  - columns: [job]\n    interval: {width: 5}",
		"  - columns: [cost]\n    generalize: {hierarchy: region, level: city}",
		"  - columns: [job]\n    generalize: {hierarchy: none, level: 1}",
		"  - columns: [day]\n    generalize: {hierarchy: date, level: decade}",
		"  - columns: [age]\n    generalize: {hierarchy: age, level: 7}",
	} {
		refused(t, columns, steps)
	}
}

// A suppressed value is the default; a profile may ask for a refusal instead, and then nothing is said of the value.
func TestUnfitRefused(t *testing.T) {
	for _, c := range []struct{ columns, step, row string }{
		{"a:text", "generalize: {hierarchy: region, level: city}", "secret"},
		{"a:date u:text", "date_shift: {unit: u, days: 3, key: k}", "2024-01-01|∅"},
		{"a:double u:double", "geo: {grid: 100}", "91|0"},
		{"a:text", "fpe: {form: mobile, key: k}", "secret"},
		{"a:double u:double", "microaggregate: {k: 2}", "1|∅"},
	} {
		columns := "[a]"
		if strings.HasSuffix(c.columns, "double") {
			columns = "[a, u]"
		}
		fits := map[string]string{"a:text": "440303", "a:date u:text": "2024-01-01|x",
			"a:double u:double": "1|1"}[c.columns]
		for _, unfit := range []string{"refuse", "suppress"} {
			p := profile(t, "  - columns: "+columns+"\n    unfit: "+unfit+"\n    "+c.step)
			_, err := Run(t.Context(), reader(t, c.columns, 1, fits, fits, c.row), p, testKeys, io.Discard,
				Options{Work: t.TempDir()})
			if e := yumen.AsError(err); unfit == "refuse" &&
				(err == nil || !strings.Contains(err.Error(), "do not have the form") || e.Kind != yumen.KindFailed ||
					strings.Contains(e.Error(), "secret")) {
				t.Errorf("%s: %v", c.step, err)
			} else if unfit == "suppress" && err != nil {
				t.Errorf("%s: %v", c.step, err)
			}
		}
	}
}

func TestDateShiftKeepsIntervals(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s[:10])
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	rapid.Check(t, func(rt *rapid.T) {
		days := rapid.IntRange(1, 400).Draw(rt, "days")
		var rows []string
		for range rapid.IntRange(2, 20).Draw(rt, "rows") {
			d := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 30000).Draw(rt, "day"))
			e := d.AddDate(0, 0, rapid.IntRange(0, 300).Draw(rt, "stay"))
			rows = append(rows,
				fmt.Sprintf("%s|%s|%s 13:14:15", rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "unit"),
					d.Format(time.DateOnly), e.Format(time.DateOnly)))
		}
		got, _ := desensitized(t, "unit:text in:date out:timestamp", 3, rows,
			fmt.Sprintf("  - columns: [in, out]\n    date_shift: {unit: unit, days: %d, key: k, context: test}", days))
		shifts := map[string]time.Duration{}
		for i := range rows {
			was, is := strings.Split(rows[i], "|"), strings.Split(got[i], "|")
			if !strings.HasSuffix(is[2], " 13:14:15") {
				rt.Fatalf("time of day changed: %s", is[2])
			}
			s := day(is[1]).Sub(day(was[1]))
			if other, seen := shifts[was[0]]; day(is[2]).Sub(day(was[2])) != s || seen && other != s {
				rt.Fatalf("intervals of %s changed: %s → %s", was[0], rows[i], got[i])
			}
			if s.Abs() > time.Duration(days)*24*time.Hour {
				rt.Fatalf("moved by %s, at most %d days", s, days)
			}
			shifts[was[0]] = s
		}
	})
}

func TestDateShiftAtTheLimits(t *testing.T) {
	rows := []string{"a|0001-01-01|1970-01-01 00:00:00", "b|0001-01-01|9999-12-31 23:59:59.999999", "∅|2000-01-01|∅"}
	got, rec := desensitized(t, "unit:text in:date out:timestamp", 3, rows,
		"  - columns: [in, out]\n    date_shift: {unit: unit, days: 1000, key: k}")
	if !strings.HasPrefix(got[2], "∅|∅|") || rec.Steps[0].Unfit < 2 {
		t.Error(got, rec.Steps)
	}
	if len(rec.Steps[0].Keys) != 1 || rec.Steps[0].Keys[0].ID != "k" {
		t.Error(rec.Steps[0].Keys)
	}
	again, _ := desensitized(t, "unit:text in:date out:timestamp", 1, rows,
		"  - columns: [in, out]\n    date_shift: {unit: unit, days: 1000, key: k}")
	if diff := cmp.Diff(got, again); diff != "" {
		t.Error("shifts differ from run to run", diff)
	}
	other, _ := desensitized(t, "unit:text in:date out:timestamp", 1, rows,
		"  - columns: [in, out]\n    date_shift: {unit: unit, days: 1000, key: other}")
	if cmp.Equal(got, other) {
		t.Error("another key gives the same shifts")
	}
	if e := refused(t, "u:text d:date",
		"  - columns: [d]\n    date_shift: {unit: u, days: 3, key: absent}"); !strings.Contains(e.Error(), "absent") {
		t.Error(e)
	}
	refused(t, "u:text d:date", "  - columns: [d]\n    date_shift: {unit: u, days: 3}")
	refused(t, "u:text d:date", "  - columns: [d]\n    date_shift: {unit: u, days: 0, key: k}")
	refused(t, "u:text d:date", "  - columns: [u]\n    date_shift: {unit: d, days: 3, key: k}")
}
