package cases

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
)

func (c *Case) decide(a *Act) error {
	s, of, err := c.due(a)
	if err != nil {
		return err
	}
	if err := c.stands(a, Open); err != nil {
		return err
	}
	office, err := s.acts(of, a)
	if err != nil {
		return err
	}
	if err := says(a, of.Refuse); err != nil {
		return err
	}
	decided := func(o string) bool {
		return slices.ContainsFunc(s.Decisions, func(d Decided) bool { return d.Office == o })
	}
	switch {
	case decided(office):
		return yumen.Errorf(yumen.KindConflict, "%s has decided already", "%s 已作出决定", office)
	case of.Lead == office && a.Decision == Pass && !all(of.By, func(o string) bool { return o == office || decided(o) }):
		return yumen.Errorf(yumen.KindConflict, "%s answers last, when the others have decided", "%s 为牵头机构，应在其他机构决定后答复",
			office).ToFix("wait for the others", "请等待其他机构作出决定")
	}
	d := Decided{Office: office, By: a.By, Decision: a.Decision, Reason: a.Reason, Basis: a.Basis, At: a.At}
	last, err := s.stage(of, a, &d)
	if err != nil || !last {
		return err
	}
	s.Decisions = append(s.Decisions, d)
	switch {
	case a.Decision == Refuse && of.Rule != "any":
		c.end(s, of, a, Refuse)
	case of.Rule == "any" || all(of.By, decided):
		c.end(s, of, a, a.Decision)
	}
	return nil
}

func all(offices []string, has func(string) bool) bool {
	return !slices.ContainsFunc(offices, func(o string) bool { return !has(o) })
}

// says refuses a decision without what it has to state.
func says(a *Act, form pack.Refusal) error {
	switch {
	case a.Decision != Pass && a.Decision != Refuse:
		return yumen.Errorf(yumen.KindInvalid, "a decision is pass or refuse", "决定为 pass 或 refuse")
	case a.Decision == Pass:
		return nil
	case strings.TrimSpace(a.Reason) == "":
		return yumen.Errorf(yumen.KindInvalid, "a refusal states its reasons", "不予办理须说明理由").At("reason")
	case (form == pack.RefuseLegal || form == pack.RefuseLegalProvided) && strings.TrimSpace(a.Basis) == "":
		return yumen.Errorf(yumen.KindInvalid, "a refusal cites the law, regulation or rule that it rests on",
			"不予办理须写明法律、法规或者规章依据").At("basis")
	}
	return nil
}

// stage records a stage within an office (经办, 复核, 签批), each by another person, and reports whether it is the last,
// which is the office's decision.
func (s *Step) stage(of *pack.Step, a *Act, d *Decided) (last bool, err error) {
	if len(of.Inside) == 0 {
		if a.Inside != "" {
			return false, yumen.Errorf(yumen.KindInvalid, "this step has no stages within an office", "该步骤不分内部环节")
		}
		return true, nil
	}
	before := 0
	for _, x := range s.Inside {
		if x.Office != d.Office {
			continue
		}
		before++
		if x.By.Name == a.By.Name {
			return false, yumen.Errorf(yumen.KindDenied, "%s did the stage %s, and another person does the next",
				"%s 已办理%s环节，下一环节须由他人办理", a.By.Name, x.Stage).
				ToFix("leave it to somebody else of the office", "请由该机构其他人员办理")
		}
	}
	want := of.Inside[min(before, len(of.Inside)-1)]
	if a.Inside != want {
		return false, yumen.Errorf(yumen.KindConflict, "the next stage is %s", "下一环节为%s", want).At("inside")
	}
	d.Stage = want
	if before == len(of.Inside)-1 {
		return true, nil
	}
	s.Inside = append(s.Inside, *d)
	return false, nil
}

// end ends a step, and the case where it was the last or was refused.
func (c *Case) end(s *Step, of *pack.Step, a *Act, d Decision) {
	day := c.today(a)
	s.Ended = day
	if d == Pass {
		s.State = Done
		c.begin(day)
		if all := !slices.ContainsFunc(c.Steps, func(s Step) bool { return s.State != Done }); all {
			c.Status = Closed
			if c.of.ClosesWith != "" {
				c.Status = Passed
			}
		}
		return
	}
	s.State = Not
	if of.ID == followed && c.of.Then.OnSecond != "" && c.Rounds == 0 {
		c.again(day)
		return
	}
	c.Status = Denied
	switch {
	case of.ID == followed && c.of.Then.OnSecond != "":
		c.Result = c.of.Then.OnSecond
	case len(c.of.Dispute) > 0:
		c.Status = Refused
	}
}

// again has a case that was found not done once be done anew.
func (c *Case) again(day yumen.Day) {
	c.Rounds++
	for i := range c.Steps {
		c.Steps[i] = Step{ID: c.Steps[i].ID, State: Waits}
	}
	c.Event = day
	c.begin(day)
}

func (c *Case) appeal(a *Act) error {
	if err := c.stands(a, Refused); err != nil {
		return err
	}
	if err := c.opener(a); err != nil {
		return err
	}
	if strings.TrimSpace(a.Reason) == "" {
		return yumen.Errorf(yumen.KindInvalid, "an appeal states its reasons", "申诉须说明理由").At("reason")
	}
	c.Status = Appealed
	c.Instances = append(c.Instances, Instance{Office: c.instance(len(c.Instances)), Reason: a.Reason})
	return nil
}

// instance is the office of an instance; "" is the offices of the last step together.
func (c *Case) instance(n int) string {
	r := c.of.Dispute[n]
	switch {
	case r.By != "":
		return r.By
	case r.Does == "negotiate":
		return ""
	}
	return r.Does
}

func (c *Case) rule(a *Act) error {
	if err := c.stands(a, Appealed); err != nil {
		return err
	}
	i := &c.Instances[len(c.Instances)-1]
	refusing := pack.Step{}
	for n, s := range c.Steps {
		if s.State == Not {
			refusing = c.list[n]
		}
	}
	if a.By.Office == "" || a.By.Office != i.Office && (i.Office != "" || !slices.Contains(refusing.By, a.By.Office)) {
		return notDue(a.By.Office)
	}
	if err := says(a, pack.RefuseReason); err != nil {
		return err
	}
	i.Decision, i.By, i.Ruling = a.Decision, a.By, a.Reason
	switch {
	case a.Decision == Pass:
		c.Status = Closed
		if c.of.ClosesWith != "" {
			c.Status = Passed
		}
	case len(c.Instances) < len(c.of.Dispute):
		c.Status = Refused // there is one more to ask
	default:
		c.Status = Denied
	}
	return nil
}

func (c *Case) closeWith(a *Act) error {
	if err := c.stands(a, Passed); err != nil {
		return err
	}
	last := c.list[len(c.list)-1]
	if !slices.Contains(last.By, a.By.Office) && !slices.Contains(c.list[0].By, a.By.Office) {
		return notDue(a.By.Office)
	}
	if strings.TrimSpace(a.Result) == "" {
		return yumen.Errorf(yumen.KindInvalid, "the case closes with %s: name it", "该办件以 %s 办结，请予写明", c.of.ClosesWith).
			At("result")
	}
	c.Status, c.Result = Closed, a.Result
	return nil
}
