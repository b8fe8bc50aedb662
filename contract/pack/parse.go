package pack

import (
	"regexp"
	"slices"
	"strings"
	"time"

	_ "time/tzdata" // an office's day begins in its own zone, on every machine

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

var (
	packID   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,62}$`)
	word     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	event    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}(\.(passed|refused))?$`)
	monthDay = regexp.MustCompile(`^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	digest   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

	statuses = []Status{Draft, InForce, Expired}
	scopes   = []string{"catalog", "sharing", "opening", "operation", "security"}
	refusals = []Refusal{RefuseReason, RefuseWritten, RefuseReturn, RefusePublished, RefuseLegal, RefuseLegalProvided}
	// outsiders may open cases and hold no office.
	outsiders = []string{"person", "organisation", "anybody"}
)

// LeastLogYears is for how long a log is kept at least (湘西州大数据管理暂行办法, article 19).
const LeastLogYears = 3

// Parse reads a pack. The error is a *yumen.Error of kind invalid with every reason, each with its place as
// file:line:column.
func Parse(file string, b []byte) (Pack, error) {
	p := Pack{Calendar: CalendarRule{ID: "cn-holidays", TZ: "Asia/Shanghai", EventDay: "excluded",
		Roll: "next_working_day"}, Crypto: "standard"}
	r := reader{strictyaml.Parse(file, b, &p), &p}
	r.head()
	r.validity()
	r.calendar()
	r.offices()
	r.classes()
	r.agreements()
	r.cases()
	r.duties()
	r.rest()
	return p, r.Err()
}

type reader struct {
	*strictyaml.Doc
	p *Pack
}

func (r reader) refuse(rule string, msg yumen.Text, path ...any) {
	r.Refuse(rule, msg, yumen.Text{}, path...)
}

func (r reader) head() {
	h := r.p.Head
	switch {
	case h.ID == "":
		r.Missing("pack", "id")
	case !packID.MatchString(h.ID):
		r.refuse("name", yumen.Say("an id is a lower-case letter, then lower-case letters, digits and -",
			"id 应以小写字母开头，后接小写字母、数字或 -"), "pack", "id")
	}
	if h.Revision < 1 {
		r.refuse("revision", yumen.Say("a revision is 1 or more", "revision 应不小于 1"), "pack", "revision")
	}
	if strings.TrimSpace(h.Title) == "" {
		r.Missing("pack", "title")
	}
	strictyaml.OneOf(r.Doc, h.Status, statuses, "pack", "status")
	if len(h.Scope) == 0 {
		r.Missing("pack", "scope")
	}
	for i, s := range h.Scope {
		strictyaml.OneOf(r.Doc, s, scopes, "pack", "scope", i)
	}
	if h.Source != "none" && !strings.HasPrefix(h.Source, "sha256:") {
		r.refuse("source", yumen.Say("source is the digest of the text of the law, sha256:…, or none where it is not at hand",
			"source 为法规文本的摘要，形如 sha256:…；没有文本时写 none"),
			"pack", "source")
	}
}

func (r reader) validity() {
	v := r.p.Valid
	switch {
	case r.p.Head.Status == InForce && v.From == nil:
		r.refuse("validity", yumen.Say("a pack in force says from when", "生效的规则包须写明生效日期"), "valid", "from")
	case r.p.Head.Status == Expired && v.Until == nil:
		r.refuse("validity", yumen.Say("a pack that has expired says until when it held", "失效的规则包须写明截止日期"), "valid",
			"until")
	case v.From != nil && v.Until != nil && *v.From > *v.Until:
		r.refuse("validity", yumen.Say("it ends before it begins", "截止日期早于生效日期"), "valid", "until")
	}
	r.article(v.Article, "valid", "article")
	if v.After.Running != "" {
		strictyaml.OneOf(r.Doc, v.After.Running, []string{"finish"}, "valid", "after", "running")
	}
	if v.After.New != "" {
		strictyaml.OneOf(r.Doc, v.After.New, []string{"needs_successor"}, "valid", "after", "new")
	}
	u := r.p.Under
	if u == nil {
		return
	}
	switch {
	case !packID.MatchString(u.Pack):
		r.Missing("under", "pack")
	case u.Pack == r.p.Head.ID:
		r.refuse("under", yumen.Say("a pack does not lie under itself", "规则包不能以自身为上位规则"), "under", "pack")
	}
	strictyaml.OneOf(r.Doc, u.Rule, []string{"upper_prevails"}, "under", "rule")
	r.article(u.Article, "under", "article")
}

func (r reader) calendar() {
	c := r.p.Calendar
	strictyaml.OneOf(r.Doc, c.ID, []string{"cn-holidays"}, "calendar", "id")
	strictyaml.OneOf(r.Doc, c.EventDay, []string{"excluded"}, "calendar", "event_day")
	strictyaml.OneOf(r.Doc, c.Roll, []string{"next_working_day", "none"}, "calendar", "roll")
	if _, err := time.LoadLocation(c.TZ); err != nil || c.TZ == "" || c.TZ == "Local" {
		r.refuse("tz", yumen.Say("this is no time zone", "不是有效的时区"), "calendar", "tz")
	}
}

func (r reader) offices() {
	if len(r.p.Offices) == 0 {
		r.Missing("offices")
	}
	for _, id := range sorted(r.p.Offices) {
		switch {
		case !word.MatchString(id) || slices.Contains(outsiders, id):
			r.refuse("name", yumen.Say("an office is called by lower-case letters, digits and _, and not person, organisation or anybody",
				"机构代号由小写字母、数字和 _ 组成，且不得为 person、organisation 或 anybody"), "offices", id)
		case strings.TrimSpace(r.p.Offices[id]) == "":
			r.Missing("offices", id)
		}
	}
}

// office refuses what is no office of the pack.
func (r reader) office(id string, path ...any) {
	if _, ok := r.p.Offices[id]; !ok {
		r.Unknown(id, sorted(r.p.Offices), path...)
	}
}

func (r reader) officeList(ids List, path ...any) {
	for i, id := range ids {
		r.office(id, with(path, i)...)
		if slices.Index(ids, id) < i {
			r.refuse("duplicate", yumen.Say("%s stands here a second time", "%s 重复出现", id), with(path, i)...)
		}
	}
}

func (r reader) article(a string, path ...any) {
	if a != "" && !article.MatchString(a) {
		r.refuse("article", yumen.Say("a place in a law is written as 16, 16.2 or 23(四)", "条款应写作 16、16.2 或 23(四)"), path...)
	}
}

// rest checks what stands alone.
func (r reader) rest() {
	if r.p.LogYears != 0 && r.p.LogYears < LeastLogYears {
		r.refuse("log_years", yumen.Say("a log is kept for %d years at least", "日志至少保存 %d 年", LeastLogYears), "log_years")
	}
	strictyaml.OneOf(r.Doc, r.p.Crypto, []string{"standard", "gm"}, "crypto")
	for _, a := range sorted(r.p.Clauses) {
		r.article(a, "clauses", a)
		if strings.TrimSpace(r.p.Clauses[a]) == "" {
			r.Missing("clauses", a)
		}
	}
}

// with is a field path and more.
func with(path []any, more ...any) []any { return append(slices.Clip(slices.Clone(path)), more...) }

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
