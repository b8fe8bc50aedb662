package egress

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// What the submitter reads about a blocked result depends on which rules blocked it and on what the contract asks for,
// on nothing else that a finding says; and what a contract asks for is said alike of every result.
func TestRefusalHoldsNothingOfData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := Check(drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys")))
		asked := map[yumen.Rule]string{}
		for _, f := range Check(visits(units(50, 60)...)) {
			asked[f.Rule] = f.Parameter
		}
		for i, f := range fs {
			if p, ok := asked[f.Rule]; ok && f.Rule != "rows.equal-input" && p != f.Parameter {
				t.Errorf("%s asks for %q here, for %q there", f.Rule, f.Parameter, p)
			}
			if rapid.Bool().Draw(t, "blocks") {
				fs[i].Verdict = yumen.VerdictBlock
			}
		}
		bare := make([]yumen.Finding, len(fs))
		for i, f := range fs {
			bare[i] = yumen.Finding{Rule: f.Rule, Parameter: f.Parameter, Verdict: f.Verdict}
		}
		if diff := cmp.Diff(Refusal(bare), Refusal(fs)); diff != "" {
			t.Errorf("the refusal discloses more than rule and parameter:\n%s", diff)
		}
	})
}

// Every rule that a check can name has words of its own for the submitter, in both languages, with what to do.
func TestEveryRuleHasAWayOut(t *testing.T) {
	for _, s := range kinds() {
		for _, f := range Check(s) {
			f.Verdict = yumen.VerdictBlock
			e := Refusal([]yumen.Finding{f, f})
			if len(e.Reasons) != 1 {
				t.Fatalf("%s: %d reasons", f.Rule, len(e.Reasons))
			}
			r := e.Reasons[0]
			if w := messageOf(f.Rule); w == otherMessage || r.Rule != string(f.Rule) || !strings.Contains(r.Msg.EN,
				f.Parameter) || !strings.Contains(r.Msg.ZH, w.forbids.ZH) || r.Fix.EN == "" || r.Fix.ZH == "" {
				t.Errorf("%s: %+v", f.Rule, r)
			}
		}
	}
	if messageOf("a.new.rule") != otherMessage {
		t.Error("a rule that nobody wrote words for has some")
	}
	if e := Refusal([]yumen.Finding{{Rule: "cap.rows", Verdict: yumen.VerdictFail},
		{Rule: "class", Verdict: yumen.VerdictReview}}); len(e.Reasons) != 0 {
		t.Errorf("disclosed what did not block: %+v", e.Reasons)
	}
}
