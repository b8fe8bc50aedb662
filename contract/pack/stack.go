package pack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// List returns the steps of a case in order, each with its article or else that of the case; a case without steps is one.
func (c *Case) List() []Step {
	if len(c.Steps) > 0 {
		out := slices.Clone(c.Steps)
		for i := range out {
			out[i].Article = cmp.Or(out[i].Article, c.Article)
		}
		return out
	}
	by := c.By
	if len(by) == 0 {
		by = c.To
	}
	return []Step{{By: by, Rule: c.Rule, Clock: c.Clock, Refuse: c.Refuse, Article: c.Article}}
}

// Begins returns the event that starts the clock of a step.
func (s *Step) Begins() string {
	switch {
	case s.Clock != nil && s.Clock.From != "":
		return s.Clock.From
	case s.After != "":
		return s.After + ".passed"
	}
	return "opened"
}

// Holds reports whether a case may be opened under the pack on a day, and why not. A draft holds on trial alone.
func (p *Pack) Holds(on yumen.Day, trial bool) error {
	switch {
	case p.Head.Status == Draft && trial:
		return nil
	case p.Head.Status == Draft:
		return yumen.Errorf(yumen.KindDenied, "pack %s is a draft", "规则包 %s 尚为征求意见稿", p.Head.ID).
			ToFix("load it on trial, which every page says", "可试行加载，各页面将注明“试行”")
	case p.Valid.From != nil && on < *p.Valid.From:
		return yumen.Errorf(yumen.KindDenied, "pack %s holds from %s", "规则包 %s 自 %s 起施行", p.Head.ID, *p.Valid.From).
			ToFix("open the case then", "请在施行后办理")
	case p.Valid.Until != nil && on > *p.Valid.Until:
		return yumen.Errorf(yumen.KindDenied, "pack %s held until %s", "规则包 %s 有效期至 %s", p.Head.ID, *p.Valid.Until).
			ToFix("load its successor, or the pack that it lies under; cases that are open go on under it to their end",
				"请加载后续规则包或其上位规则包；已立办件按原规则办结")
	}
	return nil
}

// Today is the day that it is where the pack holds.
func (p *Pack) Today(now time.Time) yumen.Day {
	zone, err := time.LoadLocation(p.Calendar.TZ)
	if err != nil { // Parse has seen to it
		zone = time.UTC
	}
	return yumen.Day(now.In(zone).Format(time.DateOnly))
}

// Displaced is a rule of a pack in whose place stands that of the pack which it lies under.
type Displaced struct {
	Place   string `json:"place"` // cases.objection.clock
	Local   string `json:"local"`
	Upper   string `json:"upper"`
	Article string `json:"article,omitempty"` // of the upper pack
}

// Stack returns the pack as it holds under another, and what that displaces: where both rule on the same case, the
// upper one's clock, deciders and form of refusal stand; what it says nothing of stays. Cases that only the upper pack
// has are added.
func (p *Pack) Stack(upper *Pack) (Pack, []Displaced, error) {
	if p.Under == nil || p.Under.Pack != upper.Head.ID {
		return Pack{}, nil, yumen.Errorf(yumen.KindInvalid, "pack %s does not lie under %s", "规则包 %s 并非以 %s 为上位规则",
			p.Head.ID, upper.Head.ID)
	}
	out, gone := *p, []Displaced(nil)
	out.Cases = maps.Clone(p.Cases)
	for _, name := range sorted(upper.Cases) {
		above, local := upper.Cases[name], out.Cases[name]
		if _, ok := p.Cases[name]; !ok {
			out.Cases[name] = above
			continue
		}
		gone = append(gone, local.under(&above, "cases."+name)...)
		out.Cases[name] = local
	}
	if upper.LogYears > p.LogYears {
		if p.LogYears > 0 {
			gone = append(gone, Displaced{"log_years", fmt.Sprint(p.LogYears), fmt.Sprint(upper.LogYears), ""})
		}
		out.LogYears = upper.LogYears
	}
	out.Offices = maps.Clone(upper.Offices)
	maps.Copy(out.Offices, p.Offices)
	return out, gone, nil
}

// under puts the upper pack's rules in the place of those of the case, and returns what they displace.
func (c *Case) under(above *Case, place string) (gone []Displaced) {
	steps, upper := slices.Clone(c.List()), above.List()
	if !samePath(steps, upper) { // another way to decide altogether
		gone = append(gone, Displaced{place + ".steps", path(steps), path(upper), above.Article})
		c.Steps, c.By, c.To, c.Clock, c.Refuse, c.Rule = above.Steps, above.By, above.To, above.Clock, above.Refuse, above.Rule
		return gone
	}
	for i := range steps {
		s, u, at := &steps[i], upper[i], place
		if s.ID != "" {
			at += "." + s.ID
		}
		if law(u.Clock) != "" && law(u.Clock) != law(s.Clock) {
			gone = append(gone, Displaced{at + ".clock", law(s.Clock), law(u.Clock), u.Article})
			s.Clock = u.Clock
		}
		if u.Refuse != "" && u.Refuse != s.Refuse {
			gone = append(gone, Displaced{at + ".refuse", string(s.Refuse), string(u.Refuse), u.Article})
			s.Refuse = u.Refuse
		}
	}
	if len(c.Steps) > 0 {
		c.Steps = steps
	} else {
		c.Clock, c.Refuse = steps[0].Clock, steps[0].Refuse
	}
	return gone
}

// law writes what the law says of a clock, nothing where it says nothing.
func law(k *Clock) string {
	if k == nil || k.Law.IsZero() {
		return ""
	}
	if k.From == "" {
		return k.Law.String()
	}
	return k.Law.String() + " from " + k.From
}

func samePath(a, b []Step) bool { return path(a) == path(b) }

// path writes who decides, in order.
func path(list []Step) string {
	var out []string
	for _, s := range list {
		out = append(out, strings.Join(s.By, "+"))
	}
	return strings.Join(out, " → ")
}

// Row is when and by whom something is decided that begins on a day.
type Row struct {
	Pack    string    `json:"pack"`
	Case    string    `json:"case"`
	Step    string    `json:"step,omitempty"`
	Article string    `json:"article,omitempty"`
	By      List      `json:"by"`
	Rule    string    `json:"rule,omitempty"`
	Lead    string    `json:"lead,omitempty"`
	Event   string    `json:"event"`
	On      yumen.Day `json:"on"`
	Clock   string    `json:"clock"`
	Due
	Refuse Refusal `json:"refuse,omitempty"`
}

// Table returns for each step of each case, and for each day, by when it is decided where its clock starts on that day.
func (p *Pack) Table(count func(*Clock, Events) (Due, error), days []yumen.Day) ([]Row, error) {
	var out []Row
	for _, name := range sorted(p.Cases) {
		c := p.Cases[name]
		for _, s := range c.List() {
			for _, d := range days {
				due, err := count(s.Clock, Events{Start: d})
				if err != nil {
					return nil, err
				}
				span, _ := s.Clock.Span(Span{})
				out = append(out, Row{Pack: p.Head.ID, Case: name, Step: s.ID, Article: s.Article, By: s.By, Rule: s.Rule,
					Lead: s.Lead, Event: s.Begins(), On: d, Clock: span.String(), Due: due, Refuse: s.Refuse})
			}
		}
	}
	return out, nil
}

// Remark is something that whoever loads a pack should know, and that is no fault.
type Remark struct {
	Place string     `json:"place"`
	Msg   yumen.Text `json:"message"`
}

// Remarks returns what is to be known of a pack: what it assumes, where the house sets the clock, what could not be read.
func (p *Pack) Remarks() (out []Remark) {
	add := func(place string, msg yumen.Text) { out = append(out, Remark{place, msg}) }
	switch {
	case p.Head.Source == "none":
		add("pack.source", yumen.Say("the text of the law is not at hand", "没有法规文本可供核对"))
	case !digest.MatchString(p.Head.Source):
		add("pack.source", yumen.Say("the digest of the text of the law is not complete", "法规文本的摘要不完整"))
	}
	if p.Head.Status == Draft {
		add("pack.status", yumen.Say("a draft: it loads on trial alone", "征求意见稿：仅可试行加载"))
	}
	cited := map[string]bool{}
	for _, name := range sorted(p.Cases) {
		c := p.Cases[name]
		cited[c.Article] = true
		for _, s := range c.List() {
			cited[s.Article] = true
			place := strings.TrimSuffix("cases."+name+"."+s.ID, ".")
			if s.Clock == nil {
				continue
			}
			switch why := s.Clock.Assumed; why {
			case "":
			case unexplained:
				add(place, yumen.Say("the start of its clock is assumed", "起算日为推定"))
			default:
				add(place, yumen.Say("the start of its clock is assumed: %s", "起算日为推定：%s", string(why)))
			}
			if _, basis := s.Clock.Span(Span{}); basis == ByHouse {
				add(place, yumen.Say("the law sets no clock; the house sets %s", "法规未定时限；内部时限 %s", s.Clock.House.Text()))
			}
		}
	}
	delete(cited, "")
	var unread []string
	for _, a := range sorted(cited) {
		if p.Clauses[a] == "" {
			unread = append(unread, Cite(a))
		}
	}
	if len(unread) > 0 {
		add("clauses", yumen.Say("cited without their words: %s", "引用而未附原文：%s", strings.Join(unread, "、")))
	}
	return out
}
