package egress

import (
	"fmt"

	"github.com/yumen-data/yumen"
)

// parameters blocks where a rule would have nothing to hold the evidence against: a missing parameter must not switch
// it off.
func parameters(s Subject) yumen.Finding {
	r := s.Risk
	var unset []string
	for _, p := range []struct {
		name string
		ok   bool
	}{
		{"k", s.K >= 1}, {"dominance.n", r.Dominance.N >= 1},
		{"dominance.share", r.Dominance.Share > 0 && r.Dominance.Share <= 1},
		{"p_ratio", r.PRatio >= 0 && r.PRatio <= 1}, {"rounding", r.Rounding >= 1},
		{"max_rows", r.MaxRows >= 1}, {"max_bytes", r.MaxBytes >= 1},
		{"max_hits", r.MaxHits >= 0},
	} {
		if !p.ok {
			unset = append(unset, p.name)
		}
	}
	f := yumen.Finding{Rule: yumen.RuleParametersMissing, Parameter: "every parameter is set",
		Value: fmt.Sprintf("%d not set", len(unset)),
		Count: len(unset), Evidence: "contract", Verdict: yumen.VerdictPass, Msg: yumen.Say(
			"every rule has its parameter", "各规则参数齐备")}
	if len(unset) > 0 {
		f.Verdict, f.Msg = yumen.VerdictBlock,
			yumen.Say("the contract's risk appetite leaves out or misstates %s: nothing can be judged",
				"合同的风险偏好缺少或误设 %s，无法判断", fmt.Sprint(unset))
	}
	return f
}
