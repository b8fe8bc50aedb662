package journal

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
)

// steps are where jobs stand by the entries of a log.
type steps struct {
	at    map[string]yumen.State
	count map[yumen.State]int
	wrong []yumen.Reason // steps that begin where a job did not stand
}

func newSteps() steps { return steps{at: map[string]yumen.State{}, count: map[yumen.State]int{}} }

// add takes an entry into account, if it moves a job.
func (s *steps) add(r audit.Record) {
	e := r.Entry
	if e.To == "" {
		return
	}
	at := s.at[e.Subject]
	if at != e.From {
		s.wrong = append(s.wrong, yumen.Reason{Rule: "log.step", Place: e.Subject, Msg: yumen.Say(
			"entry %d begins at %q, where the job stood at %q", "第 %d 条始于 %q，而任务当时处于 %q", r.Index, string(e.From),
			string(at))})
	}
	s.count[at]--
	s.count[e.To]++
	s.at[e.Subject] = e.To
}

// standing returns how many jobs stand in the states.
func (s *steps) standing(in []yumen.State) (n int) {
	for _, st := range slices.Compact(slices.Sorted(slices.Values(in))) {
		n += s.count[st]
	}
	return n
}
