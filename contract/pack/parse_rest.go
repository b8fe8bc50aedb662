package pack

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// The classes of sharing and opening, the strictest last.
var classOrder = []string{"unconditional", "conditional", "never"}

func (r reader) classes() {
	for key, list := range map[string][]map[string]Class{"sharing": r.p.Classes.Sharing, "opening": r.p.Classes.Opening} {
		last := -1
		for i, one := range list {
			at := []any{"classes", key, i}
			if len(one) != 1 {
				r.refuse("class", yumen.Say("an element is one class", "每个元素为一个类别"), at...)
				continue
			}
			name := sorted(one)[0]
			if !strictyaml.OneOf(r.Doc, name, classOrder, at...) {
				continue
			}
			if n := slices.Index(classOrder, name); n <= last {
				r.refuse("class", yumen.Say("classes stand once each, the strictest last", "各类别只出现一次，最严格的在最后"), at...)
			} else {
				last = n
			}
			r.article(one[name].Article, with(at, name, "article")...)
		}
	}
	d := r.p.Classes.Downgrade
	if d.Consent != "" {
		r.office(d.Consent, "classes", "downgrade", "consent")
	}
	r.rulings(d.Dispute, []any{"classes", "downgrade", "dispute"})
	r.article(d.Article, "classes", "downgrade", "article")
}

func (r reader) agreements() {
	for _, name := range sorted(r.p.Agreements) {
		a, at := r.p.Agreements[name], []any{"agreements", name}
		if len(a.Signers) < 2 && !slices.Equal(a.Signers, List{"bureau"}) {
			r.refuse("signers", yumen.Say("an agreement has two signers at least, or is for the bureau alone to sign",
				"协议至少有两个签署方，或仅由主管部门签署"), with(at, "signers")...)
		}
		r.officeList(a.Signers, with(at, "signers")...)
		if a.Within != "" {
			if _, ok := r.p.Agreements[a.Within]; !ok || a.Within == name {
				r.Unknown(a.Within, sorted(r.p.Agreements), with(at, "within")...)
			} else if r.circle(name) {
				r.refuse("within", yumen.Say("agreements lie under one another in a circle", "协议之间循环从属"), with(at, "within")...)
			}
		}
		r.article(a.Article, with(at, "article")...)
		if a.Filed != nil {
			r.office(a.Filed.With, with(at, "filed", "with")...)
			r.article(a.Filed.Article, with(at, "filed", "article")...)
		}
		if a.RenewFrom.N > 0 {
			r.refuse("renew_from", yumen.Say("renewal begins before the end, so the span is negative, such as -6mo",
				"续期申请早于到期日，应为负数，如 -6mo"), with(at, "renew_from")...)
		}
		r.term(a.MaxTerm, with(at, "max_term"))
	}
}

// circle reports whether an agreement lies under itself by way of others.
func (r reader) circle(name string) bool {
	at := r.p.Agreements[name].Within
	for range r.p.Agreements {
		if at == name {
			return true
		}
		at = r.p.Agreements[at].Within
	}
	return false
}

func (r reader) term(t *Term, at []any) {
	switch {
	case t == nil:
	case t.Is.N <= 0:
		r.refuse("span", yumen.Say("a term is a span of time", "期限应为正数"), with(at, "is")...)
	case t.Strength != "" && !strictyaml.OneOf(r.Doc, t.Strength, []string{"原则上", "不得"}, with(at, "strength")...):
	case t.Override != "" && t.Strength != "原则上":
		r.refuse("override", yumen.Say("only what holds in principle (原则上) can be passed over", "仅“原则上”的规定可以突破"),
			with(at, "override")...)
	case t.Override != "":
		strictyaml.OneOf(r.Doc, t.Override, []string{"reason"}, with(at, "override")...)
	}
}

func (r reader) duties() {
	for i, d := range r.p.Duties {
		at := []any{"duties", i}
		r.article(d.Article, with(at, "article")...)
		r.officeList(d.By, with(at, "by")...)
		if len(d.By) == 0 {
			r.Missing(with(at, "by")...)
		}
		if strings.TrimSpace(d.What) == "" {
			r.Missing(with(at, "what")...)
		}
		switch {
		case d.Every.IsZero() && d.Due == "":
			r.refuse("every", yumen.Say("a duty says how often, or on which day of the year", "职责须写明周期或每年的日期"), at...)
		case d.Every.N < 0:
			r.refuse("span", yumen.Say("this is no span of time", "不是有效的周期"), with(at, "every")...)
		case d.Due != "" && !monthDay.MatchString(d.Due):
			r.refuse("due", yumen.Say("a day of the year is written MM-DD", "每年的日期应写作 MM-DD"), with(at, "due")...)
		}
	}
}
