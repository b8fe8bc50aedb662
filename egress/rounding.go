package egress

import (
	"fmt"
	"strconv"

	"github.com/yumen-data/yumen"
)

// rounding asks for counts that are multiples of the base (OpenSAFELY rounds to 5, ACRO's guide likewise), so that two
// results that differ by one person mostly look the same. A base of 1 asks for nothing.
func rounding(s Subject) yumen.Finding {
	base := s.Risk.Rounding
	f := yumen.Finding{Rule: yumen.RuleRoundingCounts, Parameter: fmt.Sprintf("base = %d", base),
		Evidence: "remainders counted in the enclave",
		Value:    "0 cells", Verdict: yumen.VerdictPass, Msg: yumen.Say("every count is a multiple of %d",
			"所有计数均为 %d 的倍数", base)}
	if base == 1 {
		f.Msg = yumen.Say("the contract allows exact counts", "合同允许精确计数")
		return f
	}
	f.Count, f.Cells = hits(s.Evidence.Unrounded)
	if f.Count > 0 {
		columns := hitColumns(s.Evidence.Unrounded)
		f.Verdict, f.Value = yumen.VerdictFail, fmt.Sprintf("%d cells in %d columns", f.Count, len(columns))
		f.Msg = yumen.Say("%d counts are exact: round them to multiples of %d", "%d 个计数为精确值：须取整为 %d 的倍数", f.Count, base)
		f.Fix = &yumen.Fix{Technique: yumen.TechniqueRound, Columns: columns,
			Params: map[string]string{"base": strconv.Itoa(base), "rule": string(f.Rule)}}
	}
	return f
}

// magnitudes asks for sums and means that resolve no fewer than base average units: beside a rounded count, an exact
// mean of whole numbers gives the exact count back, and a sum over ones is a count.
func magnitudes(s Subject) yumen.Finding {
	base := s.Risk.Rounding
	f := yumen.Finding{Rule: yumen.RuleRoundingMagnitudes, Parameter: fmt.Sprintf("base = %d units", base),
		Verdict: yumen.VerdictPass, Value: "0 cells",
		Evidence: "digits compared in the enclave with the units behind each row",
		Msg:      yumen.Say("no sum or mean is more exact than the counts", "合计与均值均不比计数更精确")}
	if base == 1 {
		f.Msg = yumen.Say("the contract allows exact figures", "合同允许精确数值")
		return f
	}
	f.Count, f.Cells = hits(s.Evidence.Exact)
	if f.Count > 0 {
		columns := hitColumns(s.Evidence.Exact)
		f.Verdict, f.Value = yumen.VerdictFail, fmt.Sprintf("%d cells in %d columns", f.Count, len(columns))
		f.Msg = yumen.Say("%d sums or means are given so exactly that they tell the count behind them: round them to the part of %d average units",
			"%d 个合计或均值过于精确，可反推背后的计数：须按 %d 个平均主体的份额取整", f.Count, base)
		f.Fix = &yumen.Fix{Technique: yumen.TechniqueRound, Columns: columns,
			Params: map[string]string{"relative": "units", "base": strconv.Itoa(base), "p": number(s.Risk.PRatio),
				"rule": string(f.Rule)}}
	}
	return f
}

// hits adds up the cells of all columns and keeps the first places.
func hits(all []yumen.CellHits) (count int, first []yumen.Cell) {
	var cells []yumen.Cell
	for _, h := range all {
		count += int(h.Count)
		cells = append(cells, h.Cells...)
	}
	return count, firstCells(cells)
}

func hitColumns(all []yumen.CellHits) (columns []string) {
	for _, h := range all {
		if h.Count > 0 {
			columns = append(columns, h.Column)
		}
	}
	return columns
}
