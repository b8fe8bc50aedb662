package egress

import (
	"fmt"
	"strconv"

	"github.com/yumen-data/yumen"
)

// dominanceNK is the (n,k) rule (SDC handbook, table 4.2): the n largest units may not make up more than a share of a
// total.
func dominanceNK(t *table) yumen.Finding {
	d := t.s.Risk.Dominance
	return concentration(t, yumen.RuleDominanceNK, fmt.Sprintf("n = %d, share = %s", d.N, number(d.Share)),
		"share of the n largest units in the absolute total of each group",
		func(m yumen.MeasureEvidence) bool { return m.Share > d.Share },
		yumen.Say("no total rests on its %d largest units by more than a share of %s", "没有总量被最大的 %d 个主体占到 %s 以上", d.N,
			number(d.Share)),
		yumen.Say("the %d largest units make up more than %s of a total: suppress the cells, or group more coarsely",
			"最大的 %d 个主体占总量超过 %s：抑制相应单元格，或采用更粗的分组", d.N, number(d.Share)))
}

// dominanceP is the p-percent rule (SDC handbook, table 4.2): total minus the two largest must be at least p of the
// largest, or the second largest could estimate the largest to within p. A largest of zero says of every unit that it
// has none: disclosive, as in ACRO (zeros_are_disclosive).
func dominanceP(t *table) yumen.Finding {
	p := t.s.Risk.PRatio
	return concentration(t, yumen.RuleDominanceP, "p = "+number(p),
		"(total − largest − second) ÷ largest of each group",
		func(m yumen.MeasureEvidence) bool { return m.P < p },
		yumen.Say("no unit can estimate another to within %s", "任一主体都无法将另一主体估计到 %s 以内", number(p)),
		yumen.Say(
			"the second largest unit could estimate the largest to within %s, or all are zero: "+
				"suppress the cells, or group more coarsely",
			"第二大主体可将最大主体估计到 %s 以内，或全部为零：抑制相应单元格，或采用更粗的分组", number(p)))
}

// concentration applies a rule to the measure of each cell.
func concentration(t *table, rule yumen.Rule, parameter, how string, unsafe func(yumen.MeasureEvidence) bool,
	pass, fail yumen.Text) yumen.Finding {
	var cells []yumen.Cell
	for row, g := range t.groups {
		cells = append(cells, t.visibleIn(row, func(c yumen.ArtifactColumn) bool {
			return unsafe(g.Measures[c.Measure-1])
		})...)
	}
	return suppress(rule, parameter, fmt.Sprintf("%d of %d cells", len(cells), t.shown()), how, cells, pass, fail)
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
