package cases

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
)

// Apply adds an act, or refuses it and leaves the case as it was. A refusal is of kind denied where somebody may not do
// that, invalid where the act lacks something, and conflict where the case stands elsewhere.
func (c *Case) Apply(a Act) error {
	if err := c.check(&a); err != nil {
		return err
	}
	next := c.clone()
	if err := next.do(&a); err != nil {
		return err
	}
	next.Acts = append(next.Acts, a)
	*c = *next
	return nil
}

// check refuses what no act may be.
func (c *Case) check(a *Act) error {
	last := c.At
	if n := len(c.Acts); n > 0 {
		last = c.Acts[n-1].At
	}
	switch {
	case !slices.Contains(Kinds, a.Kind):
		return yumen.Errorf(yumen.KindInvalid, "there is no act %q", "没有该操作“%s”", a.Kind)
	case a.At.Before(last):
		return yumen.Errorf(yumen.KindInvalid, "the act is dated before the one before it", "操作日期早于前一操作").
			ToFix("acts are dated when they are done", "操作以实际办理时间为准")
	case c.Status.Ended():
		return yumen.Errorf(yumen.KindConflict, "the case is %s", "办件已处于 %s 状态", string(c.Status)).
			ToFix("open a new one", "请另行提出")
	}
	texts := []string{a.Reason, a.Basis, a.Result, a.Event}
	for f, text := range a.Fields {
		texts = append(texts, f, text)
	}
	if slices.ContainsFunc(texts, func(t string) bool { return len(t) > mostText }) {
		return yumen.Errorf(yumen.KindInvalid, "a text is longer than %d bytes", "文本超过 %d 字节", mostText)
	}
	return nil
}

func (c *Case) do(a *Act) error {
	return map[Kind]func(*Act) error{Decide: c.decide, Return: c.giveBack, Complete: c.complete, Opine: c.opine,
		Attach: c.attach, Accept: c.accept, SetClock: c.setClock, Stop: c.stop, Resume: c.resume, Extend: c.extend,
		Delegate: c.delegate, Withdraw: c.withdraw, Appeal: c.appeal, Rule: c.rule, Close: c.closeWith}[a.Kind](a)
}

// clone copies what acts change.
func (c *Case) clone() *Case {
	out := *c
	out.Steps = slices.Clone(c.Steps)
	for i := range out.Steps {
		s := &out.Steps[i]
		s.Decisions, s.Inside, s.Opinions = slices.Clone(s.Decisions), slices.Clone(s.Inside), slices.Clone(s.Opinions)
		s.Delegated = slices.Clone(s.Delegated)
		s.Events.Restarts, s.Events.Stops = slices.Clone(s.Events.Restarts), slices.Clone(s.Events.Stops)
	}
	out.Instances, out.Documents, out.Acts = slices.Clone(c.Instances), slices.Clone(c.Documents), slices.Clone(c.Acts)
	out.Fields = map[string]string{}
	for f, text := range c.Fields {
		out.Fields[f] = text
	}
	return &out
}

func (c *Case) today(a *Act) yumen.Day { return c.rules.Today(a.At) }

// stands refuses an act for which a case has to stand elsewhere.
func (c *Case) stands(a *Act, at ...Status) error {
	if slices.Contains(at, c.Status) {
		return nil
	}
	return yumen.Errorf(yumen.KindConflict, "the case is %s, and %s is not done then", "办件处于 %[1]s 状态，不能进行 %[2]s",
		string(c.Status), string(a.Kind)).ToFix("see what may be done in it", "请查看当前可进行的操作")
}

// opener refuses what only the organisation that opened the case may do.
func (c *Case) opener(a *Act) error {
	if a.By.Org == c.By.Org && a.By.Org != "" {
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "only who opened the case may do this", "仅提出方可进行该操作").
		ToFix("have them do it", "请由提出方办理")
}

// due finds the step that an act is about, which has to be due, with what the pack says of it.
func (c *Case) due(a *Act) (*Step, *pack.Step, error) {
	var found *Step
	var of *pack.Step
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.State != Due || a.Step != "" && s.ID != a.Step {
			continue
		}
		if found != nil {
			return nil, nil, yumen.Errorf(yumen.KindInvalid, "several steps are due", "有多个步骤待办").
				ToFix("name the step", "请指明步骤")
		}
		found, of = s, &c.list[i]
	}
	if found == nil {
		return nil, nil, yumen.Errorf(yumen.KindConflict, "no such step is due", "该步骤当前无需办理").
			ToFix("see what is due in the case", "请查看待办步骤")
	}
	return found, of, nil
}

// acts refuses whoever does not decide a step: the offices that the pack names, and those that act for one of them. It
// returns the office for which they act.
func (s *Step) acts(of *pack.Step, a *Act) (string, error) {
	office := a.By.Office
	if a.For != "" {
		if !slices.Contains(s.Delegated, Mandate{From: a.For, To: office}) {
			return "", notDue(office)
		}
		return a.For, nil
	}
	if !slices.Contains(of.By, office) {
		return "", notDue(office)
	}
	if slices.ContainsFunc(s.Delegated, func(m Mandate) bool { return m.From == office }) {
		return "", yumen.Errorf(yumen.KindDenied, "%s has another office act for it", "%s 已委托其他机构办理", office).
			ToFix("have that office do it", "请由受托机构办理")
	}
	return office, nil
}

func notDue(office string) error {
	if office == "" {
		office = "—"
	}
	return yumen.Errorf(yumen.KindDenied, "this step is not for office %s", "该步骤不由 %s 办理", office).
		ToFix("have an office do it that is due", "请由承办机构办理")
}

func (c *Case) giveBack(a *Act) error {
	s, of, err := c.due(a)
	if err != nil {
		return err
	}
	if err := c.stands(a, Open); err != nil {
		return err
	}
	if _, err := s.acts(of, a); err != nil {
		return err
	}
	completes := of.Clock != nil && slices.Contains(of.Clock.Restarts, "completed")
	switch {
	case len(c.of.Fields) == 0 && of.Refuse != pack.RefuseReturn && !completes:
		return yumen.Errorf(yumen.KindDenied, "this case has nothing to be completed", "该办件没有可补正的内容").
			ToFix("decide it", "请直接作出决定")
	case strings.TrimSpace(a.Reason) == "":
		return yumen.Errorf(yumen.KindInvalid, "a return says what is missing", "退回补正须说明缺少什么")
	}
	c.Status, c.Missing = Returned, nil
	for f := range a.Fields {
		c.Missing = append(c.Missing, f)
	}
	slices.Sort(c.Missing)
	return nil
}

func (c *Case) complete(a *Act) error {
	if err := c.stands(a, Returned); err != nil {
		return err
	}
	if err := c.opener(a); err != nil {
		return err
	}
	for f, text := range a.Fields {
		c.Fields[f] = text
	}
	for _, f := range append(slices.Clone(c.Missing), c.of.Fields...) {
		if strings.TrimSpace(c.Fields[f]) == "" {
			return yumen.Errorf(yumen.KindInvalid, "%s is still missing", "仍缺少“%s”", f).At(f)
		}
	}
	c.Status, c.Missing = Open, nil
	for i := range c.Steps {
		s, k := &c.Steps[i], c.list[i].Clock
		if s.State == Due && k != nil && slices.Contains(k.Restarts, "completed") {
			s.Events.Restarts = append(s.Events.Restarts, c.today(a))
		}
	}
	return nil
}

func (c *Case) opine(a *Act) error {
	s, of, err := c.due(a)
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(of.Opinions, a.By.Office):
		return yumen.Errorf(yumen.KindDenied, "office %s is not heard in this step", "%s 不在该步骤征求意见之列", a.By.Office).
			ToFix("the rules name who is heard", "征求意见的机构由规则包规定")
	case strings.TrimSpace(a.Reason) == "":
		return yumen.Errorf(yumen.KindInvalid, "an opinion says something", "意见不能为空")
	case slices.ContainsFunc(s.Opinions, func(o Opinion) bool { return o.By.Office == a.By.Office && o.By.Name == a.By.Name }):
		return yumen.Errorf(yumen.KindConflict, "%s was heard already", "已收到 %s 的意见", a.By.Name)
	}
	s.Opinions = append(s.Opinions, Opinion{a.By, a.Reason})
	return nil
}

func (c *Case) attach(a *Act) error {
	d := a.Document
	if d == nil || d.Digest == "" || d.Name == "" {
		return yumen.Errorf(yumen.KindInvalid, "no document is attached", "未附文件")
	}
	concerned := a.By.Org == c.By.Org && a.By.Org != ""
	for i := range c.Steps {
		of := &c.list[i]
		concerned = concerned || a.By.Office != "" &&
			(slices.Contains(of.By, a.By.Office) || slices.Contains(of.Opinions, a.By.Office))
	}
	if !concerned {
		return notDue(a.By.Office)
	}
	c.Documents = append(c.Documents, *d)
	return nil
}

func (c *Case) withdraw(a *Act) error {
	if err := c.opener(a); err != nil {
		return err
	}
	if err := c.stands(a, Open, Returned, Refused, Appealed); err != nil {
		return err
	}
	c.Status = Withdrawn
	return nil
}

// Falls is by when a step is done.
type Falls struct {
	Step string `json:"step"`
	By   pack.List
	pack.Due
}

// Falls counts the clocks of the steps that are due. While a case waits for its completion the clocks
// that start anew with that stand still.
func (c *Case) Falls() (out []Falls, err error) {
	for i := range c.Steps {
		s, of := &c.Steps[i], &c.list[i]
		if s.State != Due || c.Status != Open && c.Status != Returned {
			continue
		}
		d, err := c.rules.Due(of.Clock, s.Events, c.calendar)
		if err != nil {
			return nil, err
		}
		if c.Status == Returned && of.Clock != nil && slices.Contains(of.Clock.Restarts, "completed") {
			d = pack.Due{Basis: d.Basis, Stopped: true}
		}
		if of.Clock != nil && of.Clock.From == "accepted" && !s.Accepted && d.Assumed == "" {
			d.Assumed = "no acceptance is on record"
		}
		out = append(out, Falls{s.ID, s.deciders(of), d})
	}
	return out, nil
}

// deciders are the offices whose decision a step waits for.
func (s *Step) deciders(of *pack.Step) (out pack.List) {
	for _, o := range of.By {
		if slices.ContainsFunc(s.Decisions, func(d Decided) bool { return d.Office == o }) {
			continue
		}
		if i := slices.IndexFunc(s.Delegated, func(m Mandate) bool { return m.From == o }); i >= 0 {
			o = s.Delegated[i].To
		}
		out = append(out, o)
	}
	return out
}
