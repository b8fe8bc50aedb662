package cases

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
	"pgregory.net/rapid"
)

const rules = `pack: {id: cn-test, revision: 1, title: 试验规则, status: in_force, scope: [sharing], source: none, read: 试验}
valid: {from: 2026-01-01, until: null}
calendar: {id: cn-holidays, tz: Asia/Shanghai, event_day: excluded, roll: next_working_day}
offices: {bureau: 数据局, provider: 提供单位, provider_head: 提供单位负责人, center: 信息中心, experts: 专家, user: 使用单位, government: 市政府, sasac: 国资委}
cases:
  application:
    opened_by: [user]
    fields: [用途, 期限]
    steps:
      - {id: form, by: center, article: "1", opinions: [experts], clock: {law: 3wd, from: applied, restarts: [completed]}, refuse: return_with_reason}
      - {id: answer, by: [bureau, provider], rule: both, lead: bureau, after: form, delegate: center, clock: {law: 7wd, from: form.passed, stops: [third_party], extends: {law: 10wd, by: provider_head}}, refuse: legal_basis}
    dispute: [negotiate, {by: government, does: 决定}]
  staged:
    steps: [{id: one, by: bureau, inside: [经办, 复核, 签批], refuse: reason}]
  objection: {opened_by: [person], to: provider, clock: {law: 5wd, from: accepted}, refuse: reason, closes_with: new_version}
  rectify: {opened_by: [bureau], to: user, clock: {law: 30d, from: result_served}, then: {by: [bureau, sasac], on_second: 未通过}}
  demand: {opened_by: [bureau], to: provider, clock: {set_by: bureau}}
  emergency: {by: bureau, bound_to: event}
`

func testRules(t rapid.TB) *pack.Pack {
	p, err := pack.Parse("rules.yaml", []byte(rules))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return &p
}

// The first of these days is a Monday before the long holiday of October.
var monday = time.Date(2026, 9, 28, 2, 0, 0, 0, time.UTC)

func day(n int) time.Time { return monday.AddDate(0, 0, n) }

var (
	user     = By{"u", "lab", ""}
	users    = By{"u", "lab", "user"}
	center   = By{"c", "center", "center"}
	bureau   = By{"b", "bureau", "bureau"}
	provider = By{"p", "hospital", "provider"}
	head     = By{"h", "hospital", "provider_head"}
	experts  = By{"e", "panel", "experts"}
	gov      = By{"g", "city", "government"}
	sasac    = By{"s", "sasac", "sasac"}
)

func application() Opening {
	return Opening{Type: "application", At: day(0), By: users, Fields: map[string]string{"用途": "研究", "期限": "一年"}}
}

// act puts together an act in a few words: the rest is what the kind needs.
func act(kind Kind, at int, by By, rest ...string) Act {
	a := Act{Kind: kind, At: day(at), By: by}
	for _, r := range rest {
		key, value, _ := strings.Cut(r, "=")
		switch key {
		case "pass", "refuse":
			a.Decision = Decision(key)
		case "why":
			a.Reason = value
		case "basis":
			a.Basis = value
		case "for":
			a.For = value
		case "to":
			a.To = value
		case "event":
			a.Event = value
		case "inside":
			a.Inside = value
		case "result":
			a.Result = value
		case "span":
			if err := a.Span.UnmarshalText([]byte(value)); err != nil {
				panic(err)
			}
		default:
			if a.Fields == nil {
				a.Fields = map[string]string{}
			}
			a.Fields[key] = value
		}
	}
	return a
}

// A table of ways through a case: what the last act comes to, and where the case stands then. An error is said by its
// kind and a word of it.
func TestWays(t *testing.T) {
	form := act(Decide, 1, center, "pass")
	for name, w := range map[string]struct {
		open Opening
		acts []Act
		want string
	}{
		"passed by all":     {application(), []Act{form, act(Decide, 1, provider, "pass"), act(Decide, 2, bureau, "pass")}, "closed"},
		"the lead too soon": {application(), []Act{form, act(Decide, 2, bureau, "pass")}, "conflict answers last"},
		"one refuses": {application(), []Act{form, act(Decide, 2, provider, "refuse", "why=x", "basis=条例第三条")},
			"refused"},
		"no reason":           {application(), []Act{form, act(Decide, 2, provider, "refuse", "basis=x")}, "invalid reasons"},
		"no basis":            {application(), []Act{form, act(Decide, 2, provider, "refuse", "why=x")}, "invalid cites the law"},
		"no decision":         {application(), []Act{act(Decide, 1, center)}, "invalid pass or refuse"},
		"not due":             {application(), []Act{act(Decide, 1, bureau, "pass")}, "denied not for office bureau"},
		"no office":           {application(), []Act{act(Decide, 1, user, "pass")}, "denied not for office"},
		"twice":               {application(), []Act{form, act(Decide, 1, provider, "pass"), act(Decide, 1, provider, "pass")}, "conflict decided already"},
		"back-dated":          {application(), []Act{form, act(Decide, 0, provider, "pass")}, "invalid dated before"},
		"before the opening":  {application(), []Act{act(Decide, -1, center, "pass")}, "invalid dated before"},
		"after the end":       {application(), []Act{act(Withdraw, 1, user), form}, "conflict withdrawn"},
		"an act made up":      {application(), []Act{act("approve", 1, center)}, "invalid no act"},
		"returned":            {application(), []Act{act(Return, 1, center, "why=x", "期限=")}, "returned"},
		"returned, no reason": {application(), []Act{act(Return, 1, center)}, "invalid what is missing"},
		"decided meanwhile":   {application(), []Act{act(Return, 1, center, "why=x"), form}, "conflict returned"},
		"completed": {application(), []Act{act(Return, 1, center, "why=x", "范围="), act(Complete, 2, user, "范围=全市")},
			"open form due 2026-10-10"},
		"completed by half":   {application(), []Act{act(Return, 1, center, "why=x", "范围="), act(Complete, 2, user)}, "invalid 范围"},
		"completed by others": {application(), []Act{act(Return, 1, center, "why=x"), act(Complete, 2, center)}, "denied opened"},
		"on its way":          {application(), nil, "open form due 2026-10-08"},
		"longer":              {application(), []Act{form, act(Extend, 2, head, "why=x")}, "open answer due 2026-10-28"},
		"longer twice": {application(), []Act{form, act(Extend, 2, head, "why=x"), act(Extend, 3, head, "why=x")},
			"conflict once only"},
		"longer by others":  {application(), []Act{form, act(Extend, 2, bureau, "why=x")}, "denied consents"},
		"longer too late":   {application(), []Act{form, act(Extend, 40, head, "why=x")}, "conflict was due"},
		"longer, no reason": {application(), []Act{form, act(Extend, 2, head)}, "invalid reasons"},
		"longer, no such":   {application(), []Act{act(Extend, 1, head, "why=x")}, "denied cannot be made longer"},
		"stands still":      {application(), []Act{form, act(Stop, 1, bureau, "event=third_party")}, "open answer stopped"},
		"goes on": {application(), []Act{form, act(Stop, 1, bureau, "event=third_party"), act(Resume, 11, bureau)},
			"open answer due 2026-10-19"},
		"stands still for nothing": {application(), []Act{form, act(Stop, 1, bureau, "event=lunch")}, "denied stand still"},
		"goes on unasked":          {application(), []Act{form, act(Resume, 1, bureau)}, "conflict not stand still"},
		"left to another": {application(), []Act{form, act(Delegate, 1, provider, "to=center"),
			act(Decide, 1, center, "pass", "for=provider"), act(Decide, 1, bureau, "pass")}, "closed"},
		"left, and done all the same": {application(), []Act{form, act(Delegate, 1, provider, "to=center"),
			act(Decide, 1, provider, "pass")}, "denied act for it"},
		"left to anybody":      {application(), []Act{form, act(Delegate, 1, provider, "to=user")}, "denied not left"},
		"for another, unasked": {application(), []Act{form, act(Decide, 1, center, "pass", "for=provider")}, "denied not for"},
		"left on": {application(), []Act{form, act(Delegate, 1, provider, "to=center"),
			act(Delegate, 1, center, "to=center", "for=provider")}, "denied in turn"},
		"heard":               {application(), []Act{act(Opine, 1, experts, "why=良好")}, "open form due 2026-10-08"},
		"heard twice":         {application(), []Act{act(Opine, 1, experts, "why=x"), act(Opine, 1, experts, "why=y")}, "conflict heard"},
		"heard unasked":       {application(), []Act{act(Opine, 1, bureau, "why=x")}, "denied not heard"},
		"an opinion, no vote": {application(), []Act{act(Decide, 1, experts, "pass")}, "denied not for"},
		"appeal": {application(), []Act{act(Decide, 1, center, "refuse", "why=x"), act(Appeal, 2, user, "why=y")},
			"appealed"},
		"negotiated": {application(), []Act{act(Decide, 1, center, "refuse", "why=x"), act(Appeal, 2, user, "why=y"),
			act(Rule, 3, center, "pass")}, "closed"},
		"up to the government": {application(), []Act{act(Decide, 1, center, "refuse", "why=x"), act(Appeal, 2, user, "why=y"),
			act(Rule, 3, center, "refuse", "why=z"), act(Appeal, 4, user, "why=y"), act(Rule, 5, gov, "refuse", "why=z")}, "denied"},
		"ruled by others": {application(), []Act{act(Decide, 1, center, "refuse", "why=x"), act(Appeal, 2, user, "why=y"),
			act(Rule, 3, gov, "pass")}, "denied not for"},
		"appeal of others": {application(), []Act{act(Decide, 1, center, "refuse", "why=x"), act(Appeal, 2, bureau, "why=y")},
			"denied opened"},
		"appeal of nothing": {application(), []Act{act(Appeal, 2, user, "why=y")}, "conflict open"},

		"a type made up":    {Opening{Type: "party", At: day(0), By: user}, nil, "not_found no case"},
		"fields missing":    {Opening{Type: "application", At: day(0), By: users}, nil, "invalid 用途"},
		"opened by others":  {Opening{Type: "demand", At: day(0), By: user}, nil, "invalid opened by"},
		"of the future":     {Opening{Type: "rectify", At: day(0), By: bureau, Event: "2027-01-01"}, nil, "invalid future"},
		"bound to nothing":  {Opening{Type: "emergency", At: day(0), By: bureau}, nil, "invalid event"},
		"a field of a book": {Opening{Type: "staged", At: day(0), By: user, Fields: map[string]string{"x": strings.Repeat("x", 20_001)}}, nil, "invalid longer"},

		"in stages": {Opening{Type: "staged", At: day(0), By: user}, []Act{act(Decide, 1, bureau, "pass", "inside=经办"),
			act(Decide, 1, By{"b2", "bureau", "bureau"}, "pass", "inside=复核"),
			act(Decide, 1, By{"b3", "bureau", "bureau"}, "refuse", "why=x", "inside=签批")}, "denied"},
		"one person": {Opening{Type: "staged", At: day(0), By: user}, []Act{act(Decide, 1, bureau, "pass", "inside=经办"),
			act(Decide, 1, bureau, "pass", "inside=复核")}, "denied another person"},
		"a stage left out": {Opening{Type: "staged", At: day(0), By: user}, []Act{act(Decide, 1, bureau, "pass", "inside=签批")},
			"conflict 经办"},

		"not accepted yet": {Opening{Type: "objection", At: day(0), By: user}, nil, "open decide due 2026-10-10 assumed"},
		"accepted": {Opening{Type: "objection", At: day(0), By: user}, []Act{act(Accept, 1, provider)},
			"open decide due 2026-10-12"},
		"accepted by others": {Opening{Type: "objection", At: day(0), By: user}, []Act{act(Accept, 1, bureau)}, "denied not for"},
		"to be carried out":  {Opening{Type: "objection", At: day(0), By: user}, []Act{act(Decide, 1, provider, "pass")}, "passed"},
		"carried out": {Opening{Type: "objection", At: day(0), By: user}, []Act{act(Decide, 1, provider, "pass"),
			act(Close, 2, provider, "result=visits/2")}, "closed"},
		"carried out, how": {Opening{Type: "objection", At: day(0), By: user}, []Act{act(Decide, 1, provider, "pass"),
			act(Close, 2, provider)}, "invalid closes with"},

		"not done once": {Opening{Type: "rectify", At: day(0), By: bureau}, []Act{act(Decide, 3, users, "pass"),
			act(Decide, 3, bureau, "refuse", "why=x")}, "open decide due 2026-11-02"},
		"not done twice": {Opening{Type: "rectify", At: day(0), By: bureau}, []Act{act(Decide, 3, users, "pass"),
			act(Decide, 3, bureau, "refuse", "why=x"), act(Decide, 4, users, "pass"), act(Decide, 5, sasac, "refuse", "why=x")}, "denied"},
		"done": {Opening{Type: "rectify", At: day(0), By: bureau}, []Act{act(Decide, 3, users, "pass"),
			act(Decide, 3, bureau, "pass"), act(Decide, 3, sasac, "pass")}, "closed"},
		"by when": {Opening{Type: "demand", At: day(0), By: bureau}, []Act{act(SetClock, 0, bureau, "span=10wd")},
			"open decide due 2026-10-16"},
		"by when, of others": {Opening{Type: "demand", At: day(0), By: bureau}, []Act{act(SetClock, 0, provider, "span=10wd")},
			"denied not for"},
		"by when, twice": {Opening{Type: "demand", At: day(0), By: bureau}, []Act{act(SetClock, 0, bureau, "span=10wd"),
			act(SetClock, 0, bureau, "span=20wd")}, "conflict set already"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Fold(testRules(t), workday.Embedded(), w.open, w.acts)
			if got := outcome(t, c, err); !matches(got, w.want) {
				t.Errorf("%s, want %s", got, w.want)
			}
		})
	}
}

// matches reports whether a text has the words of another, the first of them first.
func matches(got, want string) bool {
	first, rest, _ := strings.Cut(want, " ")
	return strings.HasPrefix(got, first) && strings.Contains(got, rest)
}

func outcome(t *testing.T, c *Case, err error) string {
	t.Helper()
	if err != nil {
		return string(yumen.KindOf(err)) + " " + err.Error()
	}
	falls, err := c.Falls()
	if err != nil {
		t.Fatal(err)
	}
	out := string(c.Status)
	for _, f := range falls {
		out += " " + f.Step
		if f.Stopped {
			out += " stopped"
		} else {
			out += " due " + string(f.Day)
		}
		if f.Assumed != "" {
			out += " assumed"
		}
	}
	return out
}

// Whatever is tried in whatever order: a refused act changes nothing, no office decides a step twice, a case passes only
// with all its deciders, a due date moves only with an act that says so, and the fold of the acts is the case again.
func TestFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, offices := testRules(t), []By{user, users, center, bureau, provider, head, experts, gov, sasac}
		who := rapid.SampledFrom(offices)
		o := application()
		o.Type = rapid.SampledFrom(types(p)).Draw(t, "type")
		o.By = who.Draw(t, "opener")
		c, err := New(p, workday.Embedded(), o)
		if err != nil {
			return
		}
		at := 0
		for range rapid.IntRange(1, 40).Draw(t, "acts") {
			at += rapid.IntRange(0, 3).Draw(t, "days")
			a := drawAct(t, at, who)
			before, falls := asJSON(t, c), dues(t, c)
			if c.Apply(a) != nil {
				if asJSON(t, c) != before {
					t.Fatalf("%+v was refused and changed the case", a)
				}
				continue
			}
			if moved := dues(t, c); moved != falls && a.Kind == Opine {
				t.Fatalf("%+v moves %s to %s", a, falls, moved)
			}
			checkCase(t, p, c)
		}
		again, err := Fold(p, workday.Embedded(), o, c.Acts)
		if err != nil || asJSON(t, again) != asJSON(t, c) {
			t.Fatalf("folded anew: %v\n%s\n%s", err, asJSON(t, c), asJSON(t, again))
		}
	})
}

func drawAct(t *rapid.T, at int, who *rapid.Generator[By]) Act {
	word := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "word") }
	a := Act{Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), At: day(at), By: who.Draw(t, "by"),
		Decision: Decision(word("pass", "refuse", "pass", "")), Reason: word("why", ""), Basis: word("law", ""),
		Inside: word("", "经办", "复核", "签批"), For: word("", "", "provider"), To: word("center", "bureau"),
		Event: word("third_party", "lunch"), Span: pack.Span{N: 5, Unit: pack.Workdays}, Result: word("", "x/1")}
	if a.By.Office != "" {
		a.By.Name += word("", "2", "3")
	}
	return a
}

func checkCase(t *rapid.T, p *pack.Pack, c *Case) {
	of := p.Cases[c.Type]
	for i, s := range c.Steps {
		seen := map[string]bool{}
		for _, d := range s.Decisions {
			if seen[d.Office] {
				t.Fatalf("%s decided step %s twice", d.Office, s.ID)
			}
			seen[d.Office] = true
			if d.Decision == Refuse && d.Reason == "" {
				t.Fatalf("step %s is refused without a reason", s.ID)
			}
		}
		for _, office := range stepsOf(&of)[i].By {
			if s.State == Done && !seen[office] {
				t.Fatalf("step %s passed without %s", s.ID, office)
			}
		}
	}
}

func asJSON(t rapid.TB, c *Case) string {
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(b)
}

func dues(t *rapid.T, c *Case) string {
	falls, err := c.Falls()
	if err != nil {
		t.Fatalf("%v", err)
	}
	b, err := json.Marshal(falls)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(b)
}
