package egress

import (
	"fmt"

	"github.com/yumen-data/yumen"
)

// class judges the class by itself: what its guarantee leaves to people.
func class(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleClass, Parameter: "class = " + string(s.Class),
		Evidence: "columns of the result as analysed", Verdict: yumen.VerdictPass,
		Msg: yumen.Say("aggregates, judged cell by cell", "聚合结果，逐格检查")}
	switch s.Class {
	case yumen.ClassAggregate:
		for _, c := range s.Columns {
			other := yumen.ColumnStatus
			if s.Cells {
				other = yumen.ColumnLevel
			}
			if c.Kind != yumen.ColumnKey && c.Kind != yumen.ColumnAggregate && c.Kind != other {
				f.Count++
			}
		}
		if s.Protected != "" {
			f.Msg = yumen.Say("made of protected cells alone", "仅由已保护的单元格生成")
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
		f.Msg = yumen.Say(
			"the promise was kept by the noise before this result was made; what is checked is its size and its texts",
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

// protectedCells repeats, of a result made of protected cells alone, what was concluded about them: what is computed,
// compared and ordered by here saw no other figures.
func protectedCells(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleCells, Parameter: "made of protected cells alone", Value: string(s.Protected),
		Evidence: "the round before; the inputs of the enclave that made the result", Verdict: s.Protected,
		Msg: yumen.Say("the cells that the result is made of were judged before", "结果所依据的单元格已先行检查")}
	if s.Protected != yumen.VerdictPass && s.Protected != yumen.VerdictReview {
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("the cells that the result is made of may not be shown", "结果所依据的单元格不得展示")
	}
	return f
}
