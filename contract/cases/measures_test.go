package cases

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
)

// What each of the five measures says of its cases holds by its own pack: who decides in which order, by when, and what a
// refusal states. With the rule taken out of the pack the way ends elsewhere.
//
// Duty 51 (WH18.2a), 52 (WH18.2b): the bureau reviews within one working day, then the provider within two.
//
// Duty 53 (XM17.2a), 54 (XM17.2b YK27): bureau and provider within five, jointly; a dispute goes up to the government.
//
// Duty 55 (YK20.2), 56 (YK20.3): the provider answers within five, and cites the law where it refuses.
//
// Duty 57 (XX24.4), 58 (XX24.5), 59 (XX24.6 XX35): the application states its items; provider and bureau within ten
// together; the provider may leave it to the bureau; a refusal has its 法定事由.
//
// Duty 72 (YK23.1), 73 (XX26), 75 (XM14): checks and objections within five and ten working days.
//
// Duty 84 (XM23.2a), 85 (XM23.2b), 86 (XM23.2c): what an application states, the form within three, the answer within seven.
//
// Duty 87 (YK29.2), 88 (XX35.3), 89 (XX35.4): ten working days, made longer once with the consent of the provider's head.
//
// Duty 99 (XX39.1), 102 (XX45.1): open data is checked within ten, an infringement at once.
//
// Duty 125 (SJZ16.1), 127 (SJZ16.3), 128 (SJZ7): the operator reviews, then the bureau, with opinions that are no votes.
//
// Duty 137 (SJZ25): rectified within thirty days; the second time it is not, the result is 未通过.
//
// Duty 156 (XX80): a complaint is handled within ten working days.
//
// Duty 160 (WH18.2 XX24.5 XM17 YK20 SJZ16): refusals state reasons.
func TestMeasures(t *testing.T) {
	decide := func(at int, office string, rest ...string) Act {
		return act(Decide, at, By{office + "-clerk", office, office}, rest...)
	}
	for _, w := range []struct {
		pack, typ, opener string
		fields            string
		acts              []Act
		want              string
	}{
		{"cn-wh-public-data", "sharing_application", "user", "", nil, "open review due 2026-09-29 assumed"},
		{"cn-wh-public-data", "sharing_application", "user", "", []Act{decide(0, "provider", "pass")}, "denied not for"},
		{"cn-wh-public-data", "sharing_application", "user", "", []Act{decide(1, "bureau", "pass")},
			"open authorise due 2026-10-08 assumed"},
		{"cn-wh-public-data", "sharing_application", "user", "", []Act{decide(1, "bureau", "refuse")}, "invalid reasons"},

		{"cn-xm-sharing-opening", "sharing_application", "user", "", []Act{decide(1, "bureau", "pass")},
			"open joint due 2026-10-10 assumed"},
		{"cn-xm-sharing-opening", "sharing_application", "user", "", []Act{decide(1, "bureau", "pass"), decide(1, "provider", "pass")}, "closed"},
		{"cn-xm-sharing-opening", "sharing_application", "user", "", []Act{decide(1, "bureau", "refuse", "why=x"),
			act(Appeal, 2, By{"u", "lab", ""}, "why=y"), act(Rule, 3, bureau, "refuse", "why=z"), act(Appeal, 4, By{"u", "lab", ""}, "why=y"),
			act(Rule, 5, gov, "pass")}, "closed"},
		{"cn-xm-sharing-opening", "opening_application", "user", "", nil, "invalid 安全保障措施"},
		{"cn-xm-sharing-opening", "opening_application", "user", "应用场景 需求范围 提供方式 使用时限 安全保障措施", nil, "open form due 2026-10-08"},
		{"cn-xm-sharing-opening", "opening_application", "user", "应用场景 需求范围 提供方式 使用时限 安全保障措施",
			[]Act{act(Return, 1, center, "why=缺少材料")}, "returned"},
		{"cn-xm-sharing-opening", "opening_application", "user", "应用场景 需求范围 提供方式 使用时限 安全保障措施",
			[]Act{decide(1, "center", "pass")}, "open answer due 2026-10-14"},
		{"cn-xm-sharing-opening", "objection", "user", "", nil, "open decide due 2026-10-10 assumed"},

		{"cn-yk-sharing-opening", "sharing_application", "user", "", nil, "open answer due 2026-10-10 assumed"},
		{"cn-yk-sharing-opening", "sharing_application", "user", "", []Act{decide(1, "bureau", "pass")}, "denied not for"},
		{"cn-yk-sharing-opening", "sharing_application", "user", "", []Act{decide(1, "provider", "refuse", "why=x")}, "invalid cites the law"},
		{"cn-yk-sharing-opening", "check", "user", "", nil, "open decide due 2026-10-10 assumed"},
		{"cn-yk-sharing-opening", "opening_application", "user", "", nil, "open decide due 2026-10-16 assumed"},

		{"cn-xx-big-data", "sharing_application", "user", "", nil, "invalid 使用用途"},
		{"cn-xx-big-data", "sharing_application", "user", "数据项 使用范围 使用人员 审批人 使用期限 使用用途 使用方式",
			[]Act{decide(1, "provider", "pass")}, "open approve due 2026-10-16 assumed"},
		{"cn-xx-big-data", "sharing_application", "user", "数据项 使用范围 使用人员 审批人 使用期限 使用用途 使用方式",
			[]Act{decide(1, "provider", "refuse", "why=x")}, "invalid cites the law"},
		{"cn-xx-big-data", "sharing_application", "user", "数据项 使用范围 使用人员 审批人 使用期限 使用用途 使用方式",
			[]Act{act(Delegate, 1, provider, "to=bureau"), act(Decide, 1, bureau, "pass", "for=provider"), decide(1, "bureau", "pass")}, "closed"},
		{"cn-xx-big-data", "opening_application", "user", "", nil, "open review due 2026-10-16 assumed"},
		{"cn-xx-big-data", "opening_application", "user", "", []Act{act(Extend, 1, head, "why=x")}, "open review due 2026-10-30 assumed"},
		{"cn-xx-big-data", "opening_application", "user", "", []Act{act(Extend, 1, provider, "why=x")}, "denied consents"},
		{"cn-xx-big-data", "opening_application", "user", "", []Act{act(Extend, 1, head, "why=x"), act(Extend, 1, head, "why=x")}, "conflict once"},
		{"cn-xx-big-data", "check", "user", "", nil, "open decide due 2026-10-16 assumed"},
		{"cn-xx-big-data", "open_data_check", "user", "", []Act{act(Extend, 1, head, "why=x")}, "open decide due 2026-10-30 assumed"},
		{"cn-xx-big-data", "infringement", "user", "", nil, "open decide due 2026-09-28"},
		{"cn-xx-big-data", "complaint", "user", "", nil, "open decide due 2026-10-16 assumed"},

		{"cn-sjz-operation", "application", "applicant", "", nil, "invalid 服务对象"},
		{"cn-sjz-operation", "application", "applicant", "应用场景 使用范围 安全保障措施 服务对象 使用期限",
			[]Act{decide(1, "bureau", "pass")}, "denied not for"},
		{"cn-sjz-operation", "application", "applicant", "应用场景 使用范围 安全保障措施 服务对象 使用期限",
			[]Act{decide(1, "operator", "pass"), act(Opine, 1, experts, "why=可行"), decide(1, "experts", "pass")}, "denied not for"},
		{"cn-sjz-operation", "application", "applicant", "应用场景 使用范围 安全保障措施 服务对象 使用期限",
			[]Act{decide(1, "operator", "pass"), act(Opine, 1, experts, "why=可行"), decide(1, "bureau", "pass")}, "closed"},
		{"cn-sjz-operation", "rectify", "bureau", "", nil, "open decide due 2026-10-28 assumed"},
		{"cn-sjz-operation", "rectify", "bureau", "", []Act{decide(1, "operator", "pass"), decide(1, "sasac", "refuse", "why=x"),
			decide(2, "operator", "pass"), decide(3, "bureau", "refuse", "why=x")}, "denied 未通过"},
	} {
		p, err := pack.Find(w.pack)
		if err != nil {
			t.Fatal(err)
		}
		o := Opening{Type: w.typ, At: day(0), By: By{"u", "lab", w.opener}, Fields: map[string]string{}}
		for _, f := range strings.Fields(w.fields) {
			o.Fields[f] = "x"
		}
		c, err := Fold(&p.Pack, workday.Embedded(), o, w.acts)
		got := outcome(t, c, err)
		if err == nil && c.Result != "" {
			got += " " + c.Result
		}
		if !matches(got, w.want) {
			t.Errorf("%s, %s, %d acts: %s, want %s", w.pack, w.typ, len(w.acts), got, w.want)
		}
	}
}

// The days of these clocks were counted by hand: the first to the eighth of October are days off but the eighth, and the
// tenth, a Saturday, is worked.
func TestDaysOfTheTests(t *testing.T) {
	for d, want := range map[yumen.Day]bool{"2026-10-01": false, "2026-10-07": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false} {
		if workday.Embedded().Working(d) != want {
			t.Errorf("%s: %v", d, !want)
		}
	}
}
