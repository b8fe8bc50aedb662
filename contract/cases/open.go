package cases

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
)

// The most that is written in one field, reason or opinion, in bytes.
const mostText = 20_000

// followed is the id of the step that follows the others, where the pack names who does.
const followed = "then"

// New opens a case by the rules and the calendar that hold on the day of its opening. It is refused with all that is missing.
func New(p *pack.Pack, cal *workday.Calendar, o Opening) (*Case, error) {
	of, ok := p.Cases[o.Type]
	if !ok {
		return nil, yumen.Errorf(yumen.KindNotFound, "the rules know no case %q", "规则包中没有办件类型“%s”", o.Type).
			ToFix("there are: %s", "可办理：%s", strings.Join(types(p), ", "))
	}
	c := &Case{Opening: o, Status: Open, rules: p, calendar: cal, of: of, list: stepsOf(&of)}
	var rs []yumen.Reason
	add := func(rule, place string, msg yumen.Text) {
		rs = append(rs, yumen.Reason{Rule: rule, Place: place, Msg: msg})
	}
	if !mayOpen(&of, o.By) {
		add("case.opener", "by", yumen.Say("this case is opened by %s", "该办件由以下方面提出：%s", strings.Join(of.OpenedBy, ", ")))
	}
	if day := p.Today(o.At); o.Event > day {
		add("case.event", "event", yumen.Say("what the case is about lies in the future", "事由日期晚于今日"))
	}
	needed := slices.Clone(of.Fields)
	if of.BoundTo != "" {
		needed = append(needed, of.BoundTo)
	}
	for _, f := range needed {
		if strings.TrimSpace(o.Fields[f]) == "" {
			add("case.field", f, yumen.Say("the rules ask for %s", "须填写“%s”", f))
		}
	}
	for f, text := range o.Fields {
		if len(text) > mostText {
			add("case.length", f, yumen.Say("the text is longer than %d bytes", "文本超过 %d 字节", mostText))
		}
	}
	slices.SortFunc(rs, func(a, b yumen.Reason) int { return strings.Compare(a.Rule+a.Place, b.Rule+b.Place) })
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the case is not opened", "办件未受理"), rs); err != nil {
		return nil, err
	}
	for _, s := range c.list {
		c.Steps = append(c.Steps, Step{ID: s.ID, State: Waits})
	}
	c.begin(p.Today(o.At))
	return c, nil
}

// Fold is New and then each act.
func Fold(p *pack.Pack, cal *workday.Calendar, o Opening, acts []Act) (*Case, error) {
	c, err := New(p, cal, o)
	for _, a := range acts {
		if err != nil {
			return nil, err
		}
		err = c.Apply(a)
	}
	return c, err
}

func types(p *pack.Pack) (out []string) {
	for name := range p.Cases {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// stepsOf are the steps of a type, each with an id, and the one that follows them.
func stepsOf(of *pack.Case) []pack.Step {
	list := of.List()
	for i := range list {
		if list[i].ID == "" {
			list[i].ID = "decide"
		}
	}
	if len(of.Then.By) > 0 {
		list = append(list, pack.Step{ID: followed, By: of.Then.By, After: list[len(list)-1].ID, Refuse: pack.RefuseReason,
			Article: of.Article})
	}
	return list
}

// mayOpen reports whether somebody may open a case: an office that the pack names, or, where it names none or outsiders,
// anybody of an organisation.
func mayOpen(of *pack.Case, by By) bool {
	return len(of.OpenedBy) == 0 || slices.ContainsFunc(of.OpenedBy, func(o string) bool {
		return o == by.Office || o == "person" || o == "organisation" || o == "anybody"
	})
}

// begin has the steps begin that wait for none before them.
func (c *Case) begin(day yumen.Day) {
	for i := range c.Steps {
		s, of := &c.Steps[i], &c.list[i]
		before := slices.IndexFunc(c.Steps, func(b Step) bool { return b.ID == of.After })
		if s.State != Waits || before >= 0 && c.Steps[before].State != Done {
			continue
		}
		s.State, s.Began = Due, day
		s.Events.Start = c.startOf(of, day)
	}
}

// startOf is the day of the event that starts the clock of a step which begins on a day. An acceptance that has not been
// recorded is taken to be on the day of the opening: what is never accepted would never be due.
func (c *Case) startOf(of *pack.Step, day yumen.Day) yumen.Day {
	begins := of.Begins()
	step, what, ofStep := strings.Cut(begins, ".")
	if ofStep {
		if i := slices.IndexFunc(c.Steps, func(s Step) bool { return s.ID == step }); i >= 0 && what == "passed" {
			return c.Steps[i].Ended
		}
		return day
	}
	if (begins == "changed" || begins == "found" || begins == "result_served") && c.Event != "" {
		return c.Event
	}
	if of.Clock == nil || of.Clock.From == "" {
		return day
	}
	return c.rules.Today(c.At)
}

// Offices are all that have to do with a case: that decide, are heard, act for others, extend clocks or rule on appeals.
func (c *Case) Offices() (out []string) {
	add := func(offices ...string) {
		for _, o := range offices {
			if o != "" && !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
	}
	for _, s := range c.list {
		add(s.By...)
		add(s.Opinions...)
		add(s.Delegate...)
		if s.Clock != nil {
			add(s.Clock.SetBy)
			if s.Clock.Extends != nil {
				add(s.Clock.Extends.By)
			}
		}
	}
	for n := range c.of.Dispute {
		add(c.instance(n))
	}
	return out
}

// Decides reports whether a step waits for the decision of an office.
func (c *Case) Decides(office string) bool {
	return slices.ContainsFunc(c.list, func(s pack.Step) bool { return slices.Contains(s.By, office) })
}

// StepRules is what the pack says of a step.
func (c *Case) StepRules(n int) *pack.Step { return &c.list[n] }
