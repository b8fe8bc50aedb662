package workday

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

//go:embed data/*.yaml
var data embed.FS

// The years that are embedded.
const (
	firstEmbedded = 2022
	lastEmbedded  = 2026
)

// Embedded returns the calendar of the years that come with the program.
var Embedded = sync.OnceValue(func() *Calendar {
	var years []Year
	for y := firstEmbedded; y <= lastEmbedded; y++ {
		name := fmt.Sprintf("data/%d.yaml", y)
		b, err := data.ReadFile(name)
		if err != nil {
			panic(err)
		}
		year, err := Parse(name, b)
		if err != nil {
			panic(err)
		}
		years = append(years, year)
	}
	return New(years...)
})

// Parse reads a year as it was announced. The error is a *yumen.Error of kind invalid with every reason, each with its
// place as file:line:column.
func Parse(file string, b []byte) (Year, error) {
	var y Year
	d := strictyaml.Parse(file, b, &y)
	if y.Year < 2000 || y.Year > 2100 {
		d.Refuse("year", yumen.Say("a year from 2000 to 2100", "年份应为 2000 至 2100"), yumen.Text{}, "year")
	}
	if len(y.Source) == 0 {
		d.Missing("source")
	}
	if len(y.Off) == 0 {
		d.Missing("off")
	}
	near := func(day yumen.Day) bool { // a holiday may begin in the year before
		return day >= yumen.Day(fmt.Sprintf("%d-12-01", y.Year-1)) && day <= yumen.Day(fmt.Sprintf("%d-01-31", y.Year+1))
	}
	seen := map[yumen.Day]bool{}
	for i, s := range y.Off {
		if !near(s.From) || !near(s.To) {
			d.Refuse("year", yumen.Say("this is not a day of %d", "不是 %d 年的日期", y.Year), yumen.Text{}, "off", i)
			continue
		}
		for day := s.From; day <= s.To; day = day.Next() {
			if seen[day] {
				d.Refuse("duplicate", yumen.Say("%s stands here a second time", "%s 重复出现", day), yumen.Text{}, "off", i)
			}
			seen[day] = true
		}
	}
	for i, day := range y.Worked {
		t, _ := timeOf(day)
		switch {
		case !near(day):
			d.Refuse("year", yumen.Say("this is not a day of %d", "不是 %d 年的日期", y.Year), yumen.Text{}, "worked", i)
		case seen[day]:
			d.Refuse("duplicate", yumen.Say("%s is off and worked", "%s 既放假又上班", day), yumen.Text{}, "worked", i)
		case t.Weekday() != time.Saturday && t.Weekday() != time.Sunday:
			d.Refuse("worked", yumen.Say("%s is no weekend day: weekdays are worked unless they are off",
				"%s 不是周末：工作日除放假外本就上班", day), yumen.Text{}, "worked", i)
		}
		seen[day] = true
	}
	return y, d.Err()
}

func cut(s string) (from, to string, more bool) { return strings.Cut(s, "..") }

// festivals are the days of a year that its lunar and solar calendars fix.
type festivals struct {
	Year      int       `yaml:"year"`
	Spring    yumen.Day `yaml:"spring"` // first day of the first month
	Qingming  yumen.Day `yaml:"qingming"`
	Duanwu    yumen.Day `yaml:"duanwu"`
	MidAutumn yumen.Day `yaml:"midautumn"`
}

// festivalDays are the holidays that the law fixes by the lunar and solar calendars, for the years in data/festivals.yaml.
var festivalDays = sync.OnceValue(func() map[yumen.Day]bool {
	b, err := data.ReadFile("data/festivals.yaml")
	if err != nil {
		panic(err)
	}
	var all struct {
		Years []festivals `yaml:"years"`
	}
	if err := strictyaml.Decode("data/festivals.yaml", b, &all); err != nil {
		panic(err)
	}
	out := map[yumen.Day]bool{}
	for _, f := range all.Years {
		spring, _ := timeOf(f.Spring)
		for n := -1; n <= 2; n++ { // its eve and three days
			out[yumen.DayOf(spring.AddDate(0, 0, n))] = true
		}
		out[f.Qingming], out[f.Duanwu], out[f.MidAutumn] = true, true, true
	}
	return out
})

// fixedByLaw reports whether a day is a holiday of everybody by State Council Order 795, article 2.
func fixedByLaw(d yumen.Day) bool {
	switch string(d[len(d)-5:]) {
	case "01-01", "05-01", "05-02", "10-01", "10-02", "10-03":
		return true
	}
	return festivalDays()[d]
}
