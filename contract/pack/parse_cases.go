package pack

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

func (r reader) cases() {
	if r.p.Cases == nil || len(r.p.Cases) == 0 && r.p.Head.Read == "" { // of a text that could not be read, say so
		r.Missing("cases")
	}
	for _, name := range sorted(r.p.Cases) {
		c, at := r.p.Cases[name], []any{"cases", name}
		if !word.MatchString(name) {
			r.refuse("name", yumen.Say("a kind of case is called by lower-case letters, digits and _",
				"办件类型代号由小写字母、数字和 _ 组成"), at...)
		}
		r.article(c.Article, with(at, "article")...)
		r.openers(c.OpenedBy, with(at, "opened_by"))
		r.rulings(c.Dispute, with(at, "dispute"))
		if len(c.Then.By) > 0 {
			r.officeList(c.Then.By, with(at, "then")...)
		}
		if c.Against != "" {
			r.office(c.Against, with(at, "against")...)
		}
		if len(c.Steps) == 0 {
			r.alone(&c, at)
			continue
		}
		if len(c.By) > 0 || len(c.To) > 0 || c.Clock != nil || c.Refuse != "" {
			r.refuse("steps", yumen.Say("a case with steps says by whom, when and how in each of them",
				"有步骤的办件应在各步骤中写明承办机构、时限与答复形式"), with(at, "steps")...)
		}
		r.steps(c.Steps, at)
	}
}

// alone checks a case that is one step.
func (r reader) alone(c *Case, at []any) {
	switch {
	case len(c.By) > 0 && len(c.To) > 0:
		r.refuse("by", yumen.Say("by and to both say who decides", "by 与 to 都表示承办机构，只能写其一"), with(at, "to")...)
	case len(c.By) == 0 && len(c.To) == 0 && c.BoundTo == "" && len(c.Measures) == 0:
		r.refuse("by", yumen.Say("nobody decides this case", "该办件没有承办机构"), at...)
	}
	key := "by"
	if len(c.To) > 0 {
		key = "to"
	}
	s := c.List()[0]
	r.step(&s, nil, at, key)
}

func (r reader) steps(list []Step, at []any) {
	var before []string
	for i := range list {
		s, here := &list[i], with(at, "steps", i)
		switch {
		case !word.MatchString(s.ID):
			r.Missing(with(here, "id")...)
		case slices.Contains(before, s.ID):
			r.refuse("duplicate", yumen.Say("a step %s stands before it", "步骤 %s 已在前面出现", s.ID), with(here, "id")...)
		}
		if s.After != "" && !slices.Contains(before, s.After) {
			r.refuse("after", yumen.Say("no step before it is called %s", "之前没有名为 %s 的步骤", s.After), with(here, "after")...)
		}
		if len(s.By) == 0 {
			r.Missing(with(here, "by")...)
		}
		r.step(s, before, here, "by")
		before = append(before, s.ID)
	}
}

// step checks a step; before are the steps that come before it.
func (r reader) step(s *Step, before []string, at []any, by string) {
	r.officeList(s.By, with(at, by)...)
	r.officeList(s.Opinions, with(at, "opinions")...)
	r.officeList(s.Delegate, with(at, "delegate")...)
	for _, o := range s.Opinions {
		if slices.Contains(s.By, o) {
			r.refuse("opinions", yumen.Say("%s decides and is not heard beside", "%s 为决定机构，不能同时只提意见", o),
				with(at, "opinions")...)
		}
	}
	if s.Rule != "" {
		strictyaml.OneOf(r.Doc, s.Rule, []string{"both", "any"}, with(at, "rule")...)
	}
	if s.Lead != "" && !slices.Contains(s.By, s.Lead) {
		r.refuse("lead", yumen.Say("%s leads and does not decide", "%s 牵头却不是承办机构", s.Lead), with(at, "lead")...)
	}
	if s.Refuse != "" {
		strictyaml.OneOf(r.Doc, s.Refuse, refusals, with(at, "refuse")...)
	}
	r.article(s.Article, with(at, "article")...)
	if s.Clock != nil {
		r.clock(s.Clock, before, with(at, "clock"))
	}
}

func (r reader) clock(k *Clock, before []string, at []any) {
	for _, s := range []struct {
		key  string
		span Span
	}{{"law", k.Law}, {"house", k.House}} {
		if s.span.N < 0 || s.span.N > mostDays(s.span.Unit) {
			r.refuse("span", yumen.Say("a clock runs forward, for ten years at most", "时限应为正数，至多十年"), with(at, s.key)...)
		}
	}
	set := 0
	for _, is := range []bool{!k.Law.IsZero(), !k.House.IsZero(), k.SetBy != ""} {
		if is {
			set++
		}
	}
	switch {
	case set == 0:
		r.refuse("clock", yumen.Say("a clock has law, house or set_by", "时限须有 law、house 或 set_by"), at...)
	case set > 1:
		r.refuse("clock", yumen.Say("a house clock stands only where the law sets none, and nobody sets one that is set",
			"仅当法规未定时限时才可设内部时限，且已定时限不得另行设定"), at...)
	}
	if k.SetBy != "" {
		r.office(k.SetBy, with(at, "set_by")...)
	}
	if !k.Law.IsZero() && k.From == "" && k.Assumed == "" {
		r.Refuse("clock.from", yumen.Say("a clock of the law says which event starts it", "法定时限须写明起算事件"),
			yumen.Say("write from and, where the text has none, assumed with the reason", "请写 from；文本未写明的，另写 assumed 说明理由"),
			at...)
	}
	r.event(k.From, before, with(at, "from"))
	for i, e := range k.Stops {
		r.event(e, before, with(at, "stops", i))
	}
	for i, e := range k.Restarts {
		r.event(e, before, with(at, "restarts", i))
	}
	r.article(k.Article, with(at, "article")...)
	if x := k.Extends; x != nil {
		if x.Law.N <= 0 || x.Law.N > mostDays(x.Law.Unit) {
			r.refuse("span", yumen.Say("a clock is made longer by something", "延长期限应为正数"), with(at, "extends", "law")...)
		}
		r.office(x.By, with(at, "extends", "by")...)
		r.article(x.Article, with(at, "extends", "article")...)
	}
}

func mostDays(u Unit) int {
	switch u {
	case Years:
		return 10
	case Months:
		return 120
	}
	return 2500
}

func (r reader) event(e string, before []string, at []any) {
	step, _, of := strings.Cut(e, ".")
	switch {
	case e == "":
	case !event.MatchString(e):
		r.refuse("event", yumen.Say("an event is a word, or STEP.passed or STEP.refused", "事件为一个词，或“步骤.passed”“步骤.refused”"), at...)
	case of && !slices.Contains(before, step):
		r.refuse("event", yumen.Say("no step before it is called %s", "之前没有名为 %s 的步骤", step), at...)
	}
}

func (r reader) openers(ids List, at []any) {
	for i, id := range ids {
		if !slices.Contains(outsiders, id) {
			r.office(id, with(at, i)...)
		}
	}
}

func (r reader) rulings(list []Ruling, at []any) {
	for i, d := range list {
		switch {
		case d.By != "":
			r.office(d.By, with(at, i, "by")...)
		case d.Does != "negotiate":
			r.office(d.Does, with(at, i)...)
		}
	}
}
