package egress

import (
	"fmt"
	"strconv"

	"github.com/yumen-data/yumen"
)

// rounding asks for counts that are multiples of the base (OpenSAFELY rounds to 5, ACRO's guide likewise), so that two results
// that differ by one person mostly look the same. A base of 1 asks for nothing.
func rounding(s Subject) yumen.Finding {
	base := s.Risk.Rounding
	f := yumen.Finding{Rule: "rounding.counts", Parameter: fmt.Sprintf("base = %d", base), Evidence: "remainders counted in the enclave",
		Value: "0 cells", Verdict: yumen.Pass, Msg: yumen.Say("every count is a multiple of %d", "所有计数均为 %d 的倍数", base)}
	if base == 1 {
		f.Msg = yumen.Say("the contract allows exact counts", "合约允许精确计数")
		return f
	}
	var columns []string
	var cells []yumen.Cell
	for _, u := range s.Evidence.Unrounded {
		if u.Count > 0 {
			f.Count += int(u.Count)
			columns, cells = append(columns, u.Column), append(cells, u.Cells...)
		}
	}
	if f.Count > 0 {
		f.Verdict, f.Cells, f.Value = yumen.Fail, firstCells(cells), fmt.Sprintf("%d cells in %d columns", f.Count, len(columns))
		f.Msg = yumen.Say("%d counts are exact: round them to multiples of %d", "%d 个计数为精确值：须取整为 %d 的倍数", f.Count, base)
		f.Fix = &yumen.Fix{Technique: "round", Columns: columns, Params: map[string]string{"base": strconv.Itoa(base), "rule": f.Rule}}
	}
	return f
}
