package pack

import (
	"cmp"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/workday"
)

// Events are what has happened to a clock.
type Events struct {
	Start    yumen.Day   `json:"start"`              // of the event that starts it
	Restarts []yumen.Day `json:"restarts,omitempty"` // completions (补正): the last one starts it anew
	Stops    []Stop      `json:"stops,omitempty"`
	Extended bool        `json:"extended,omitempty"`
	Set      Span        `json:"set,omitzero"` // by the office that sets it for each case
}

// Stop is a time in which a clock stands still: the days after From up to To, which may not have come yet.
type Stop struct {
	From yumen.Day  `json:"from"`
	To   *yumen.Day `json:"to,omitempty"`
}

// Due is by when something is done.
type Due struct {
	workday.Due
	Basis   Basis `json:"basis"`
	Stopped bool  `json:"stopped,omitempty"` // it stands still, so there is no day yet
	Assumed Note  `json:"assumed,omitempty"`
}

// Basis is what a clock rests on.
type Basis string

// What a clock can rest on.
const (
	ByLaw   Basis = "law"
	ByHouse Basis = "house"
	BySet   Basis = "set"
	NoClock Basis = "none"
)

// Span returns how long the clock runs, and by what.
func (k *Clock) Span(set Span) (Span, Basis) {
	switch {
	case k == nil:
		return Span{}, NoClock
	case !k.Law.IsZero():
		return k.Law, ByLaw
	case !k.House.IsZero():
		return k.House, ByHouse
	case !set.IsZero():
		return set, BySet
	}
	return Span{}, NoClock
}

// Due counts a clock by the pack's rule for days. Without a clock there is none, which is no error.
func (p *Pack) Due(k *Clock, e Events, cal *workday.Calendar) (Due, error) {
	span, basis := k.Span(e.Set)
	d := Due{Basis: basis}
	if basis == NoClock {
		return d, nil
	}
	d.Assumed = k.Assumed
	start := e.Start
	if len(e.Restarts) > 0 {
		start = slices.Max(append(slices.Clone(e.Restarts), start))
	}
	still, open, err := stopped(e.Stops, start)
	if err != nil {
		return d, err
	}
	if open {
		d.Stopped = true
		return d, nil
	}
	roll := p.Calendar.Roll == "next_working_day"
	if d.Due, err = count(cal, start, span, roll, still); err != nil || !e.Extended {
		return d, err
	}
	if k.Extends == nil {
		return d, yumen.Errorf(yumen.KindDenied, "this clock cannot be made longer", "该时限不可延长").
			ToFix("decide by the day it is due", "请在到期日前作出决定")
	}
	return d, p.extend(k, &d, start, span, still, cal)
}

// extend counts on from where the clock ended, in its own unit together with it.
func (p *Pack) extend(k *Clock, d *Due, start yumen.Day, span Span, still []workday.Span, cal *workday.Calendar) error {
	more, roll := k.Extends.Law, p.Calendar.Roll == "next_working_day"
	from, by := d.Day, more
	if more.Unit == span.Unit {
		from, by = start, Span{span.N + more.N, span.Unit}
	}
	longer, err := count(cal, from, by, roll, still)
	d.Due = workday.Due{Day: longer.Day, Provisional: longer.Provisional || d.Provisional}
	return err
}

func count(cal *workday.Calendar, start yumen.Day, s Span, roll bool, still []workday.Span) (workday.Due, error) {
	switch s.Unit {
	case Workdays:
		return cal.After(start, s.N, still...)
	case Days:
		return cal.AfterDays(start, s.N, roll, still...)
	case Months:
		return cal.AfterMonths(start, s.N, roll, still...)
	case Years:
		return cal.AfterMonths(start, 12*s.N, roll, still...)
	}
	return workday.Due{Day: start}, nil
}

// stopped returns the days on which a clock that starts then stands still, and whether it still does.
func stopped(stops []Stop, start yumen.Day) (out []workday.Span, open bool, err error) {
	stops = slices.Clone(stops)
	slices.SortFunc(stops, func(a, b Stop) int { return cmp.Compare(a.From, b.From) })
	for _, s := range stops {
		switch {
		case s.To == nil:
			return nil, true, nil
		case *s.To < s.From:
			return nil, false, yumen.Errorf(yumen.KindInvalid, "the clock goes on on %s, before it stopped on %s",
				"时限于 %s 恢复，早于中止日 %s", *s.To, s.From)
		case *s.To <= start:
			continue
		}
		out = append(out, workday.Span{From: max(s.From, start).Next(), To: *s.To})
	}
	return out, false, nil
}
