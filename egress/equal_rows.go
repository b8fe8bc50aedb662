package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// equalInput looks at result rows that equal rows of an input on the columns compared, where fewer than k units have
// those values. In an extract such a row points at somebody. In an aggregate it does so only where every column was
// compared.
func equalInput(s Subject) []yumen.Finding {
	base := yumen.Finding{Rule: yumen.RuleRowsEqualInput,
		Parameter: fmt.Sprintf("0 rows whose values fewer than %d units share", s.K),
		Evidence:  "result rows compared with the inputs in the enclave"}
	var out []yumen.Finding
	for _, m := range s.Evidence.Matches {
		f := base
		f.Value = fmt.Sprintf("%d rows equal rows of %s on %d columns, %d of them rare", m.Rows, m.Dataset,
			len(m.Columns), m.Rare)
		f.Verdict, f.Msg = yumen.VerdictPass,
			yumen.Say("no row points at few units of %s", "没有行指向 %s 中的少数主体", m.Dataset)
		if m.Rare > 0 && (s.Class != yumen.ClassAggregate || m.Whole) {
			f.Count, f.Cells = int(m.Rare), firstCells(m.Cells)
			f.Verdict, f.Msg = equalInputVerdict(s, m)
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		base.Value, base.Verdict, base.Msg = "nothing in common with an input", yumen.VerdictPass,
			yumen.Say("no column can be compared with an input", "没有可与输入比对的列")
		out = append(out, base)
	}
	return out
}

// equalInputVerdict blocks, unless a mask that is still to come will change what was compared: then it is looked at
// again.
func equalInputVerdict(s Subject, m yumen.MatchEvidence) (yumen.Verdict, yumen.Text) {
	if slices.ContainsFunc(m.Columns, func(c yumen.ColumnMap) bool { return pendingMask(s, c.Result) != "" }) {
		return yumen.VerdictFail,
			yumen.Say("%d rows equal rows of %s that fewer than %d units share: masks are still to be applied, then it is checked again",
				"%d 行与 %s 中不足 %[3]d 个主体共有的行相同：尚有掩码待施加，之后重新检查", m.Rare, m.Dataset, s.K)
	}
	return yumen.VerdictBlock,
		yumen.Say("%d rows equal rows of %s that fewer than %d units share, so each points at somebody: leave columns out, mask or coarsen them",
			"%d 行与 %s 中不足 %d 个主体共有的行相同，会指向具体主体：请去掉、遮蔽或泛化相应列", m.Rare, m.Dataset, s.K)
}

// extract finds results that are raw rows under another name: every column was compared with an input and rows are
// equal.
func extract(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleRowsExtract, Parameter: "no input rows outside class rows", Value: "0 rows",
		Evidence: "result rows compared with the inputs in the enclave on all columns", Verdict: yumen.VerdictPass,
		Msg: yumen.Say("the result is no copy of an input", "结果不是输入的拷贝")}
	if s.Class == yumen.ClassRows {
		f.Parameter, f.Msg = "rows are what this class gives",
			yumen.Say("an extract, as the contract allows", "属合同允许的行级提取")
		return f
	}
	for _, m := range s.Evidence.Matches {
		if m.Whole && m.Rows > 0 {
			f.Count += int(m.Rows)
			f.Cells = firstCells(append(f.Cells, m.Cells...))
		}
	}
	if f.Count > 0 {
		f.Verdict, f.Value = yumen.VerdictBlock, fmt.Sprintf("%d rows", f.Count)
		f.Msg = yumen.Say("%d rows are copies of input rows: aggregate them, or apply for a contract with class rows",
			"%d 行是输入行的拷贝：请聚合，或申请允许行级提取的合同", f.Count)
	}
	return f
}
