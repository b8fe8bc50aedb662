package pipeline

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract/cases"
)

// tallies are indicators by organisation.
type tallies map[string]*api.BodyIndicators

func (t tallies) of(org string) *api.BodyIndicators {
	if t[org] == nil {
		t[org] = &api.BodyIndicators{Org: org}
	}
	return t[org]
}

// Indicators counts the steps of cases that began in a span of days, by the organisations that decide them, and how fresh
// datasets are.
func (s *Service) Indicators(ctx context.Context, from, until yumen.Day) (api.Indicators, error) {
	out := api.Indicators{From: from, Until: until, On: yumen.DayOf(s.now())}
	if from > until {
		return out, yumen.Errorf(yumen.KindInvalid, "the span of days ends before it begins", "统计区间的止日早于起日").At("until")
	}
	t := tallies{}
	if err := s.countCases(ctx, t, from, until); err != nil {
		return out, err
	}
	datasets, err := s.Datasets(ctx)
	if err != nil {
		return out, err
	}
	for i := range datasets {
		t.addDataset(&datasets[i], s.now())
	}
	for _, org := range slices.Sorted(maps.Keys(t)) {
		out.Bodies = append(out.Bodies, *t[org])
	}
	return out, nil
}

func (s *Service) countCases(ctx context.Context, t tallies, from, until yumen.Day) error {
	return s.eachCase(ctx, func(c *caseNow) error {
		times, err := c.Times()
		if err != nil {
			return err
		}
		for i := range times {
			if times[i].Began >= from && times[i].Began <= until {
				t.addStep(&times[i], decidedBy(&times[i], c), c.rules.Today(s.now()))
			}
		}
		if opened := c.rules.Today(c.At); c.fromOutside() && opened >= from && opened <= until {
			for _, org := range c.addressed.Providers {
				t.of(org).Objections++
			}
		}
		return nil
	})
}

// decidedBy are the organisations that a step is counted for: those that decided it, and those that it waits for.
func decidedBy(t *cases.Time, c *caseNow) []string {
	orgs := slices.Clone(t.Orgs)
	add := func(org string) {
		if !slices.Contains(orgs, org) {
			orgs = append(orgs, org)
		}
	}
	if t.Ended != "" {
		return orgs
	}
	for _, office := range t.Offices {
		for _, org := range c.addressed.ofSubject(office) {
			add(org)
		}
		for _, h := range c.holders {
			if c.addressed.appoints(office, h) {
				add(h.Org)
			}
		}
		if office == "bureau" {
			add(office) // whichever regulator it will be
		}
	}
	return orgs
}

// fromOutside reports whether a case was opened by an outsider about data, and is decided by whom the data is of.
func (c *caseNow) fromOutside() bool {
	of := c.rules.Cases[c.Type]
	outsider := slices.Contains(of.OpenedBy, "person") || slices.Contains(of.OpenedBy, "organisation") ||
		slices.Contains(of.OpenedBy, "user")
	return outsider && len(of.Steps) == 0 && slices.Contains(of.To, "provider")
}

func (t tallies) addStep(step *cases.Time, orgs []string, today yumen.Day) {
	for _, org := range orgs {
		b := t.of(org)
		b.Steps++
		switch {
		case step.Ended == "" && step.Late(today):
			b.Overdue++
		case step.Ended != "":
			b.Ended++
			b.Days += daysBetween(step.Began, step.Ended)
			if step.Basis != "none" {
				b.Timed++
				if !step.Late(today) {
					b.OnTime++
				}
			}
		}
	}
}

func daysBetween(from, to yumen.Day) int {
	a, err1 := time.Parse(time.DateOnly, string(from))
	b, err2 := time.Parse(time.DateOnly, string(to))
	if cmp.Or(err1, err2) != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}

// cycles are how many months and days a version stays fresh. A dataset without a cycle is never late.
var cycles = map[yumen.Frequency]struct{ months, days int }{yumen.FrequencyRealtime: {0, 1}, yumen.FrequencyDaily: {0, 1},
	yumen.FrequencyWeekly: {0, 7}, yumen.FrequencyMonthly: {1, 0}, yumen.FrequencyQuarterly: {3, 0}, yumen.FrequencyYearly: {12, 0}}

func (t tallies) addDataset(d *api.Dataset, now time.Time) {
	cycle, timed := cycles[d.Update]
	if !timed || !d.Published || len(d.Versions) == 0 {
		return
	}
	b := t.of(d.Provider)
	b.Datasets++
	last := d.Versions[len(d.Versions)-1].Imported
	if !last.AddDate(0, cycle.months, cycle.days).Before(now) {
		b.Fresh++
	}
}
