package cases

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
)

// Time is how long a step took, or has been taking.
type Time struct {
	Step    string    `json:"step"`
	Offices []string  `json:"offices"` // that decide it
	Orgs    []string  `json:"orgs"`    // that decided it
	Began   yumen.Day `json:"began"`
	Ended   yumen.Day `json:"ended,omitempty"`
	pack.Due
}

// Late reports whether the step ended after it was due, or is not at its end and was due before a day.
func (t *Time) Late(today yumen.Day) bool {
	end := t.Ended
	if end == "" {
		end = today
	}
	return t.Basis != pack.NoClock && !t.Stopped && t.Day < end
}

// Times are those of the steps that have begun. Of a case that was withdrawn or is waited for, nobody is late: a step
// that was due then has none.
func (c *Case) Times() (out []Time, err error) {
	for i := range c.Steps {
		s, of := &c.Steps[i], &c.list[i]
		if s.Began == "" || s.Ended == "" && c.Status != Open {
			continue
		}
		t := Time{Step: s.ID, Offices: of.By, Began: s.Began, Ended: s.Ended}
		if t.Due, err = c.rules.Due(of.Clock, s.Events, c.calendar); err != nil {
			return nil, err
		}
		for _, d := range s.Decisions {
			if !slices.Contains(t.Orgs, d.By.Org) {
				t.Orgs = append(t.Orgs, d.By.Org)
			}
		}
		out = append(out, t)
	}
	return out, nil
}
