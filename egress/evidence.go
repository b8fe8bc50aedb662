package egress

import (
	"fmt"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// evidence blocks where the evidence is not about this result.
func evidence(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleEvidenceMissing, Parameter: "evidence for every row", Verdict: yumen.VerdictPass,
		Value:    fmt.Sprintf("%d rows, evidence for %d", s.Evidence.Rows, len(s.Evidence.Groups)),
		Evidence: "shape of the evidence",
		Msg:      yumen.Say("the evidence covers the result", "证据覆盖全部结果")}
	if s.Class != yumen.ClassAggregate || s.Protected != "" {
		f.Parameter, f.Value = "none needed", fmt.Sprintf("%d rows", s.Evidence.Rows)
		return f
	}
	if gap := evidenceGap(s); !gap.IsZero() {
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("the evidence does not fit the result: %s. Nothing can be judged, so nothing leaves",
			"证据与结果不符：%s。无从判断，不得出域", gap)
	}
	return f
}

// evidenceGap says how the evidence fails to fit, or nothing.
func evidenceGap(s Subject) yumen.Text {
	groups := s.Evidence.Groups
	if int64(len(groups)) != s.Evidence.Rows {
		return yumen.Say("it speaks of %d rows, the result has %d", "证据涉及 %d 行，结果有 %d 行", len(groups), s.Evidence.Rows)
	}
	keys, measures := 0, 0
	aggregates := map[string]bool{}
	bare := yumen.Say("there is no aggregate, or one without a measure of its own", "没有聚合值，或聚合值没有对应的度量")
	for _, c := range s.Columns {
		if c.Kind == yumen.ColumnKey {
			keys++
		}
		if c.Kind == yumen.ColumnAggregate {
			if c.Measure < 1 {
				return bare
			}
			aggregates[c.Name] = true
		}
		measures = max(measures, c.Measure)
	}
	if len(aggregates) == 0 {
		return bare
	}
	for i, g := range groups {
		if len(g.Keys) != keys || len(g.Measures) < measures || len(g.Measures) != len(groups[0].Measures) ||
			g.Units < 0 {
			return yumen.Say("row %d lacks a key, a measure or its units", "第 %d 行缺少键、度量或主体数", i+1)
		}
		if of := levelsOf(s.Columns); of != nil &&
			!slices.ContainsFunc(of, func(l yumen.Level) bool { return l.Totals == g.Totals }) {
			return yumen.Say("row %d is of no level", "第 %d 行不属于任何层级", i+1)
		}
		if slices.ContainsFunc(g.Keys, func(k int) bool { return k < 0 || k > len(groups) }) {
			return yumen.Say("row %d has a key that is not numbered by first appearance", "第 %d 行的键未按首次出现编号", i+1)
		}
		isNaN := func(m yumen.MeasureEvidence) bool { return math.IsNaN(m.Share) || math.IsNaN(m.P) || m.Units < 0 }
		if slices.ContainsFunc(g.Measures, isNaN) {
			return yumen.Say("row %d has a measure without a number", "第 %d 行的度量无数值", i+1)
		}
		if slices.ContainsFunc(g.Empty, func(c string) bool { return !aggregates[c] }) {
			return yumen.Say("row %d names an empty cell that is no aggregate", "第 %d 行所列空单元格并非聚合值", i+1)
		}
	}
	return unplacedSuppression(s)
}

// unplacedSuppression refuses a suppression that does not say which cells it made null: whether they can be found again
// by subtraction could not be judged.
func unplacedSuppression(s Subject) yumen.Text {
	for _, x := range s.Fixes {
		if x.Technique == yumen.TechniqueSuppress && x.Changed > 0 && len(x.Cells) == 0 {
			return yumen.Say("a suppression does not say where", "有一次抑制未注明位置")
		}
	}
	return yumen.Text{}
}
