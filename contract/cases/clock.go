package cases

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
)

// timed finds the step that an act on a clock is about.
func (c *Case) timed(a *Act) (*Step, *pack.Step, error) {
	s, of, err := c.due(a)
	if err == nil {
		err = c.stands(a, Open)
	}
	if err == nil && of.Clock == nil {
		err = yumen.Errorf(yumen.KindConflict, "no clock runs for this step", "该步骤没有时限")
	}
	return s, of, err
}

func (c *Case) accept(a *Act) error {
	s, of, err := c.timed(a)
	if err != nil {
		return err
	}
	if _, err := s.acts(of, a); err != nil {
		return err
	}
	if of.Clock.From != "accepted" || s.Accepted {
		return yumen.Errorf(yumen.KindConflict, "no acceptance is waited for", "无需受理或已受理")
	}
	s.Accepted, s.Events.Start = true, c.today(a)
	return nil
}

func (c *Case) setClock(a *Act) error {
	s, of, err := c.timed(a)
	if err != nil {
		return err
	}
	switch k := of.Clock; {
	case k.SetBy == "":
		return yumen.Errorf(yumen.KindDenied, "the rules say by when this is done", "时限已由规则包规定").
			ToFix("ask for an extension where the rules have one", "可延长的，请办理延期")
	case a.By.Office != k.SetBy:
		return notDue(a.By.Office)
	case !s.Events.Set.IsZero():
		return yumen.Errorf(yumen.KindConflict, "the clock was set already", "时限已设定")
	case a.Span.N < 1 || a.Span.N > 2500:
		return yumen.Errorf(yumen.KindInvalid, "a clock is set to so many days or months", "时限应为若干日或月").At("span")
	}
	s.Events.Set, s.Events.Start = a.Span, c.today(a)
	return nil
}

func (c *Case) stop(a *Act) error {
	s, of, err := c.timed(a)
	if err != nil {
		return err
	}
	if _, err := s.acts(of, a); err != nil {
		return err
	}
	switch n := len(s.Events.Stops); {
	case !slices.Contains(of.Clock.Stops, a.Event):
		return yumen.Errorf(yumen.KindDenied, "the clock does not stand still for %q", "时限不因“%s”中止", a.Event).
			ToFix("it does for: %s", "可中止的情形：%s", strings.Join(of.Clock.Stops, ", "))
	case n > 0 && s.Events.Stops[n-1].To == nil:
		return yumen.Errorf(yumen.KindConflict, "the clock stands still already", "时限已处于中止状态")
	}
	s.Events.Stops = append(s.Events.Stops, pack.Stop{From: c.today(a)})
	return nil
}

func (c *Case) resume(a *Act) error {
	s, of, err := c.timed(a)
	if err != nil {
		return err
	}
	if _, err := s.acts(of, a); err != nil {
		return err
	}
	n := len(s.Events.Stops)
	if n == 0 || s.Events.Stops[n-1].To != nil {
		return yumen.Errorf(yumen.KindConflict, "the clock does not stand still", "时限未处于中止状态")
	}
	day := c.today(a)
	s.Events.Stops[n-1].To = &day
	return nil
}

// extend makes a clock longer, once, while it runs.
func (c *Case) extend(a *Act) error {
	s, of, err := c.timed(a)
	if err != nil {
		return err
	}
	x := of.Clock.Extends
	switch {
	case x == nil:
		return yumen.Errorf(yumen.KindDenied, "this clock cannot be made longer", "该时限不可延长").
			ToFix("decide by the day it is due", "请在到期日前作出决定")
	case a.By.Office != x.By:
		return yumen.Errorf(yumen.KindDenied, "office %s consents to an extension", "延期须经 %s 同意", x.By).
			ToFix("have them do it", "请由其办理")
	case s.Events.Extended:
		return yumen.Errorf(yumen.KindConflict, "the clock was made longer already; it is once only", "时限已延长过一次，不得再次延长")
	case strings.TrimSpace(a.Reason) == "":
		return yumen.Errorf(yumen.KindInvalid, "an extension states its reasons", "延期须说明理由").At("reason")
	}
	d, err := c.rules.Due(of.Clock, s.Events, c.calendar)
	if err != nil {
		return err
	}
	if !d.Stopped && c.today(a) > d.Day {
		return yumen.Errorf(yumen.KindConflict, "the step was due on %s, and is not made longer afterwards", "该步骤已于 %s 到期，不得再延长",
			string(d.Day)).ToFix("decide it at once; it is listed as overdue", "请立即办理；该办件已列为超期")
	}
	s.Events.Extended = true
	return nil
}

func (c *Case) delegate(a *Act) error {
	s, of, err := c.due(a)
	if err != nil {
		return err
	}
	office, err := s.acts(of, a)
	if err != nil {
		return err
	}
	switch {
	case a.For != "":
		return yumen.Errorf(yumen.KindDenied, "who acts for another office has nobody act for it in turn", "受托机构不得转委托").
			ToFix("decide it, or have that office withdraw it", "请自行办理")
	case !slices.Contains(of.Delegate, a.To):
		return yumen.Errorf(yumen.KindDenied, "this step is not left to %q", "该步骤不得委托“%s”办理", a.To).
			ToFix("it may be left to: %s", "可委托：%s", strings.Join(of.Delegate, ", "))
	}
	s.Delegated = append(s.Delegated, Mandate{office, a.To})
	return nil
}
