package egress

import (
	"fmt"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// class judges the class by itself: what its guarantee leaves to people.
func class(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: "class", Parameter: "class = " + string(s.Class), Evidence: "columns of the result as analysed", Verdict: yumen.VerdictPass,
		Msg: yumen.Say("aggregates, judged cell by cell", "聚合结果，逐格检查")}
	switch s.Class {
	case yumen.ClassAggregate:
		for _, c := range s.Columns {
			if c.Kind != yumen.ColumnKey && c.Kind != yumen.ColumnAggregate {
				f.Count++
			}
		}
		if f.Count > 0 {
			f.Verdict = yumen.VerdictBlock
			f.Msg = yumen.Say("%d columns are neither group keys nor aggregates: this is not an aggregate result",
				"有 %d 列既非分组键也非聚合值，不是聚合结果", f.Count)
		}
	case yumen.ClassRows:
		f.Verdict, f.Msg = yumen.VerdictReview, yumen.Say(
			"row-level extract: at least two reviewers read it; look for rows that one person would recognise",
			"行级提取：须至少两名审核员阅看，留意能认出个人的行")
	case yumen.ClassOpaque:
		f.Verdict, f.Msg = yumen.VerdictReview, yumen.Say(
			"the engine cannot tell what these numbers mean: at least two reviewers read program and result",
			"引擎无法判断其含义：须至少两名审核员阅看程序与结果")
	case yumen.ClassDP:
		f.Msg = yumen.Say("the promise was kept by the noise before this result was made; what is checked is its size and its texts",
			"隐私承诺已由生成结果之前加入的噪声兑现；此处仅检查大小与文本")
		if !s.Noised {
			f.Verdict, f.Count = yumen.VerdictBlock, 1
			f.Msg = yumen.Say("this result was not made from a noisy table", "该结果并非由加噪表生成")
		}
	default:
		f.Verdict, f.Msg = yumen.VerdictBlock, yumen.Say("there are no checks for this release class", "该出域类别没有相应检查")
	}
	f.Value = fmt.Sprintf("%d columns", len(s.Columns))
	return f
}

// parameters blocks where a rule would have nothing to hold the evidence against: a missing parameter must not switch it off.
func parameters(s Subject) yumen.Finding {
	r := s.Risk
	var unset []string
	for _, p := range []struct {
		name string
		ok   bool
	}{
		{"k", s.K >= 1}, {"dominance.n", r.Dominance.N >= 1}, {"dominance.share", r.Dominance.Share > 0 && r.Dominance.Share <= 1},
		{"p_ratio", r.PRatio >= 0 && r.PRatio <= 1}, {"rounding", r.Rounding >= 1}, {"max_rows", r.MaxRows >= 1}, {"max_bytes", r.MaxBytes >= 1},
		{"max_hits", r.MaxHits >= 0},
	} {
		if !p.ok {
			unset = append(unset, p.name)
		}
	}
	f := yumen.Finding{Rule: "parameters.missing", Parameter: "every parameter is set", Value: fmt.Sprintf("%d not set", len(unset)),
		Count: len(unset), Evidence: "contract", Verdict: yumen.VerdictPass, Msg: yumen.Say("every rule has its parameter", "各规则参数齐备")}
	if len(unset) > 0 {
		f.Verdict, f.Msg = yumen.VerdictBlock, yumen.Say("the contract's risk appetite leaves out or misstates %s: nothing can be judged",
			"合同的风险偏好缺少或误设 %s，无法判断", fmt.Sprint(unset))
	}
	return f
}

// evidence blocks where the evidence is not about this result.
func evidence(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: "evidence.missing", Parameter: "evidence for every row", Verdict: yumen.VerdictPass,
		Value: fmt.Sprintf("%d rows, evidence for %d", s.Evidence.Rows, len(s.Evidence.Groups)), Evidence: "shape of the evidence",
		Msg: yumen.Say("the evidence covers the result", "证据覆盖全部结果")}
	if s.Class != yumen.ClassAggregate {
		f.Parameter, f.Value = "none needed for this class", fmt.Sprintf("%d rows", s.Evidence.Rows)
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
	for _, c := range s.Columns {
		if c.Kind == yumen.ColumnKey {
			keys++
		}
		if c.Kind == yumen.ColumnAggregate {
			aggregates[c.Name] = true
		}
		measures = max(measures, c.Measure)
	}
	for i, g := range groups {
		if len(g.Keys) != keys || len(g.Measures) < measures || len(g.Measures) != len(groups[0].Measures) || g.Units < 0 {
			return yumen.Say("row %d lacks a key, a measure or its units", "第 %d 行缺少键、度量或主体数", i+1)
		}
		if slices.ContainsFunc(g.Keys, func(k int) bool { return k < 0 || k > len(groups) }) {
			return yumen.Say("row %d has a key that is not numbered by first appearance", "第 %d 行的键未按首次出现编号", i+1)
		}
		if slices.ContainsFunc(g.Measures, func(m yumen.MeasureEvidence) bool { return math.IsNaN(m.Share) || math.IsNaN(m.P) }) {
			return yumen.Say("row %d has a measure without a number", "第 %d 行的度量无数值", i+1)
		}
		if slices.ContainsFunc(g.Empty, func(c string) bool { return !aggregates[c] }) {
			return yumen.Say("row %d names an empty cell that is no aggregate", "第 %d 行所列空单元格并非聚合值", i+1)
		}
	}
	return unplacedSuppression(s)
}

// unplacedSuppression refuses a suppression that does not say which cells it made null: whether they can be found again by
// subtraction could not be judged.
func unplacedSuppression(s Subject) yumen.Text {
	for _, x := range s.Fixes {
		if x.Technique == "suppress" && x.Changed > 0 && len(x.Cells) == 0 {
			return yumen.Say("a suppression does not say where", "有一次抑制未注明位置")
		}
	}
	return yumen.Text{}
}

func capRows(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: "cap.rows", Parameter: fmt.Sprintf("max_rows = %d", s.Risk.MaxRows), Value: fmt.Sprintf("%d rows", s.Evidence.Rows),
		Evidence: "rows of the held result", Verdict: yumen.VerdictPass, Msg: yumen.Say("few enough rows to be read by people", "行数在可人工审阅范围内")}
	if s.Evidence.Rows > s.Risk.MaxRows {
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("%d rows, the contract allows %d: aggregate further or ask for fewer groups",
			"结果 %d 行，合同上限 %d 行：请进一步聚合或减少分组", s.Evidence.Rows, s.Risk.MaxRows)
	}
	return f
}

func capBytes(s Subject) yumen.Finding {
	most := int64(s.Risk.MaxBytes)
	f := yumen.Finding{Rule: "cap.bytes", Parameter: "max_bytes = " + s.Risk.MaxBytes.String(), Value: fmt.Sprintf("%d bytes", s.Evidence.Bytes),
		Evidence: "bytes of the held result", Verdict: yumen.VerdictPass, Msg: yumen.Say("small enough", "大小在上限之内")}
	if s.Evidence.Bytes > most {
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("%d bytes, the contract allows %s: aggregate further or ask for fewer columns",
			"结果 %d 字节，合同上限 %s：请进一步聚合或减少列", s.Evidence.Bytes, s.Risk.MaxBytes)
	}
	return f
}
