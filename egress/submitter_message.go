package egress

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// submitterMessage is what the submitter of a blocked result reads about a rule: what it forbids and what to do.
// Neither holds anything that was found in data.
type submitterMessage struct{ forbids, fix yumen.Text }

// submitterMessages has every rule that can block; the kinds of identifiers share a line.
var submitterMessages = map[yumen.Rule]submitterMessage{
	yumen.RuleClass: {yumen.Say("the result does not fit its release class", "结果与其出域类别不符"),
		yumen.Say("ask for group keys and aggregates only, or for another class", "请仅申请分组键与聚合值，或申请其他类别")},
	yumen.RuleParametersMissing: {yumen.Say("the contract leaves a parameter of the checks out", "合同缺少检查所需的参数"),
		yumen.Say("have the contract signed anew with every parameter", "请补全参数后重新签署合同")},
	yumen.RuleEvidenceMissing: {yumen.Say("nothing can be judged without evidence for every row", "缺少逐行证据，无从判断"),
		yumen.Say("ask more simply", "请简化查询")},
	yumen.RuleCapRows: {yumen.Say("the result has more rows than the contract allows", "结果行数超过合同上限"),
		yumen.Say("aggregate further, or ask for fewer groups", "请进一步聚合或减少分组")},
	yumen.RuleCapBytes: {yumen.Say("the result is larger than the contract allows", "结果大小超过合同上限"),
		yumen.Say("aggregate further, or ask for fewer columns", "请进一步聚合或减少列")},
	yumen.RuleThresholdUnits: {yumen.Say("groups of too few units cannot be hidden in this result", "该结果无法隐去主体过少的分组"),
		yumen.Say("group more coarsely, and ask for an aggregate beside the keys", "请采用更粗的分组，并在分组键之外申请聚合值")},
	yumen.RuleThresholdParts: {yumen.Say("sums and differences of figures that rest on too few units cannot be hidden in this result",
		"该结果无法隐去加减后背后主体过少的指标"),
		yumen.Say("ask for fewer conditions in FILTER and CASE, or group more coarsely",
			"请减少 FILTER 与 CASE 中的条件，或采用更粗的分组")},
	yumen.RuleThresholdDerived: {yumen.Say("ratios of figures that may not be shown cannot be hidden in this result",
		"该结果无法隐去由不可展示的数值得出的比率"),
		yumen.Say("group more coarsely", "请采用更粗的分组")},
	yumen.RuleCells: {yumen.Say("the cells that the result is made of may not be shown", "结果所依据的单元格不得展示"),
		yumen.Say("group more coarsely, or ask for fewer figures", "请采用更粗的分组或减少指标")},
	yumen.RuleDominanceNK: {yumen.Say("totals that rest on few units cannot be hidden in this result",
		"该结果无法隐去由少数主体支配的总量"),
		yumen.Say("group more coarsely", "请采用更粗的分组")},
	yumen.RuleDominanceP: {yumen.Say("totals from which a unit could be estimated cannot be hidden in this result",
		"该结果无法隐去可用于估计某一主体的总量"),
		yumen.Say("group more coarsely", "请采用更粗的分组")},
	yumen.RuleSecondarySuppression: {yumen.Say("hidden cells could be found again by subtraction", "被抑制的单元格可由相减得出"),
		yumen.Say("group more coarsely, or by fewer keys", "请采用更粗的分组或减少分组键")},
	yumen.RuleKeysSuppressed: {yumen.Say("groups too small to be shown cannot be left out of this result",
		"该结果无法略去过小的分组"),
		yumen.Say("group more coarsely, or by fewer keys", "请采用更粗的分组或减少分组键")},
	yumen.RuleRoundingCounts: {yumen.Say("counts stay more exact than the contract allows", "计数比合同允许的更精确"),
		yumen.Say("ask for counts as they are, not computed with", "请直接申请计数，不作运算")},
	yumen.RuleRoundingMagnitudes: {yumen.Say("figures stay more exact than the counts may be", "数值比计数允许的更精确"),
		yumen.Say("ask for sums and means as they are, not computed with", "请直接申请合计与均值，不作运算")},
	yumen.RuleRowsEqualInput: {yumen.Say(
		"rows of the result equal rows of an input that too few units share, so they point at somebody",
		"结果行与过少主体共有的输入行相同，会指向具体主体"),
		yumen.Say("leave columns out, mask or coarsen them", "请去掉、遮蔽或泛化相应列")},
	yumen.RuleRowsExtract: {yumen.Say("rows of the result are copies of input rows", "结果行是输入行的拷贝"),
		yumen.Say("aggregate them, or apply for a contract with class rows", "请聚合，或申请允许行级提取的合同")},
	yumen.RuleMaskPending: {yumen.Say("columns may leave only under a mask that could not be applied",
		"有列须掩码后方可出域，而掩码无法施加"),
		yumen.Say("leave the columns out", "请去掉相应列")},
	yumen.RuleLedgerMissing: {yumen.Say("the domain cannot compare the result with what left before", "本域无法将该结果与此前放行的结果比对"),
		yumen.Say("ask a reviewer: the domain's records have to be restored", "请联系审核员：需恢复本域的记录")},
	yumen.RuleIdentifiers: {yumen.Say("cells hold valid identifiers", "单元格含有效标识符"),
		yumen.Say("leave the column out", "请去掉该列")},
	yumen.RuleContentInvisible: {yumen.Say("texts or names have characters that nobody sees", "文本或列名含不可见字符"),
		yumen.Say("take these characters out", "请去除这些字符")},
	yumen.RuleContentCapacity: {yumen.Say("the result of the module can carry more than was asked for",
		"模块结果的信息容量超出所需"),
		yumen.Say("sort its rows, round its numbers and use codes for texts", "请对行排序、对数值取整，并以代码表示文本")},
}

// otherMessage stands for a rule that is not in the table: it names nothing.
var otherMessage = submitterMessage{yumen.Say("the result may not leave as it is", "结果不得原样出域"),
	yumen.Say("ask a reviewer", "请咨询审核员")}

// Refusal is what the submitter reads about a result that was blocked: the rules that blocked it, what the contract
// asks for and what to do. No number and no place in it comes from data; those are in the findings, which reviewers and
// regulators read.
func Refusal(fs []yumen.Finding) *yumen.Error {
	e := yumen.Errorf(yumen.KindDenied, "the result may not leave: it did not pass the egress checks", "结果未通过出域检查，不得放行")
	for _, f := range fs {
		listed := slices.ContainsFunc(e.Reasons, func(r yumen.Reason) bool { return r.Rule == string(f.Rule) })
		if f.Verdict != yumen.VerdictBlock || listed {
			continue
		}
		w := messageOf(f.Rule)
		e.Reasons = append(e.Reasons, yumen.Reason{Rule: string(f.Rule),
			Msg: yumen.Say("%s; what is asked for: %s", "%s；要求：%s", w.forbids, f.Parameter), Fix: w.fix})
	}
	return e
}

func messageOf(rule yumen.Rule) submitterMessage {
	if w, ok := submitterMessages[rule]; ok {
		return w
	}
	family, _, _ := strings.Cut(string(rule), ".")
	if w, ok := submitterMessages[yumen.Rule(family)]; ok {
		return w
	}
	return otherMessage
}
