package contract

import (
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
)

// CheckTerm returns the reason why a contract runs for longer than an agreement of a policy pack may, if it does. What
// the pack says in principle (原则上) may be passed over by a contract that gives its reason, where the pack says so.
func CheckTerm(c *yumen.Contract, p *pack.Pack, kind string) []yumen.Reason {
	t := p.Agreements[kind].MaxTerm
	if t == nil || t.Override == "reason" && strings.TrimSpace(c.Valid.Reason) != "" {
		return nil
	}
	end, ok := lastDay(c.Valid.From, t.Is)
	if !ok || c.Valid.Until <= end {
		return nil
	}
	fix := yumen.Say("let it end by %s", "请将截止日改为不晚于 %s", end)
	if t.Override == "reason" {
		fix = yumen.Say("let it end by %s, or give the reason as valid.reason", "请将截止日改为不晚于 %s，或在 valid.reason 中说明理由",
			end)
	}
	return []yumen.Reason{{Rule: "term", Place: "valid.until", Fix: fix,
		Msg: yumen.Say("it runs to %s; pack %s lets it run for %s (%s)", "合同至 %s 止；规则包 %s 规定期限不超过 %s（%s）", c.Valid.Until,
			p.Head.ID, t.Is.Text(), pack.Cite(p.Agreements[kind].Article))}}
}

// lastDay is the last day of a term that begins on a day: three years from 2026-01-01 end on 2028-12-31. There is none
// where the term ends after the days that can be written.
func lastDay(from yumen.Day, term pack.Span) (yumen.Day, bool) {
	var due workday.Due
	var err error
	cal := workday.Embedded()
	switch term.Unit {
	case pack.Years:
		due, err = cal.AfterMonths(from, 12*term.N, false)
	case pack.Months:
		due, err = cal.AfterMonths(from, term.N, false)
	case pack.Days, pack.Workdays:
		due.Day = from.Before()
		for n := term.N; n > 0 && err == nil; n -= workday.MostDays { // a term may be longer than a clock
			if step := min(n, workday.MostDays); term.Unit == pack.Days {
				due, err = cal.AfterDays(due.Day, step, false)
			} else {
				due, err = cal.After(due.Day, step)
			}
		}
		return due.Day, err == nil
	default:
		return "", false
	}
	return due.Day.Before(), err == nil
}
