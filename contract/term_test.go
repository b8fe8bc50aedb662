package contract

import (
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
)

// 石家庄市公共数据运营管理办法（征求意见稿）, article 11: 原则上不超过三年. The rule is in the pack; without it nothing is refused.
//
// Duty 118 (SJZ11.1): no contract runs longer than the rules of the place allow.
func TestCheckTerm(t *testing.T) {
	embedded, err := pack.Find("cn-sjz-operation")
	if err != nil {
		t.Fatal(err)
	}
	strict := embedded.Pack
	strict.Agreements = map[string]pack.Agreement{"umbrella": {MaxTerm: &pack.Term{Is: pack.Span{N: 18, Unit: pack.Months}}}}
	lasting := func(n int, unit pack.Unit) *pack.Pack {
		return &pack.Pack{Agreements: map[string]pack.Agreement{"umbrella": {MaxTerm: &pack.Term{Is: pack.Span{N: n, Unit: unit}}}}}
	}
	for name, c := range map[string]struct {
		from, until yumen.Day
		reason      string
		p           *pack.Pack
		refused     bool
	}{
		"three years to the day":       {"2026-01-01", "2028-12-31", "", &embedded.Pack, false},
		"a day more":                   {"2026-01-01", "2029-01-01", "", &embedded.Pack, true},
		"from a leap day":              {"2024-02-29", "2027-02-27", "", &embedded.Pack, false},
		"75 years":                     {"2025-01-01", "2099-12-31", "", &embedded.Pack, true},
		"75 years, for a reason":       {"2025-01-01", "2099-12-31", "城市运行需要", &embedded.Pack, false},
		"75 years, for a blank reason": {"2025-01-01", "2099-12-31", "  ", &embedded.Pack, true},
		"months":                       {"2026-01-01", "2027-06-30", "", &strict, false},
		"a reason where none counts":   {"2026-01-01", "2027-07-01", "想更久", &strict, true},
		"30 days":                      {"2026-01-01", "2026-01-30", "", lasting(30, pack.Days), false},
		"31 days of 30":                {"2026-01-01", "2026-01-31", "", lasting(30, pack.Days), true},
		"5000 days":                    {"2026-01-01", "2039-09-09", "", lasting(5000, pack.Days), false},
		"more days than a clock runs":  {"2026-01-01", "2039-09-10", "", lasting(5000, pack.Days), true},
		"working days":                 {"2026-01-05", "2026-01-09", "", lasting(5, pack.Workdays), false},
		"a working day more":           {"2026-01-05", "2026-01-10", "", lasting(5, pack.Workdays), true},
		"a pack that says nothing":     {"2025-01-01", "2099-12-31", "", &pack.Pack{}, false},
	} {
		got := CheckTerm(&yumen.Contract{Valid: yumen.Validity{From: c.from, Until: c.until, Reason: c.reason}}, c.p, "umbrella")
		if (len(got) > 0) != c.refused || len(got) > 0 && got[0].Rule != "term" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
