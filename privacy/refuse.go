package privacy

import (
	"fmt"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// reasons collects why something is refused.
type reasons []yumen.Reason

func (r *reasons) unless(ok bool, rule, place, en, zh string, args ...any) {
	if !ok {
		*r = append(*r, yumen.Reason{Rule: rule, Place: place, Msg: yumen.Say(en, zh, args...)})
	}
}

// unpriceable lists every reason why a question cannot be priced.
func unpriceable(q *task.Question, epsilon float64, b yumen.Budget, k int) []yumen.Reason {
	var r reasons
	r.unless(b.Epsilon >= minEpsilon && b.Epsilon <= maxEpsilon, "privacy.budget", "budget.epsilon",
		"the contract's epsilon is from %s to %d", "合同的 epsilon 应为 %s 至 %d",
		yumen.FormatEpsilon(minEpsilon), maxEpsilon)
	r.unless(b.Delta >= 1e-30 && b.Delta < 1, "privacy.delta", "budget.delta",
		"the contract's delta is at least 1e-30 and below 1", "合同的 delta 应不小于 1e-30 且小于 1")
	if len(r) == 0 {
		most := Epsilon(maxRho, b.Delta/2)
		r.unless(epsilon >= minEpsilon && epsilon <= most, "privacy.epsilon", "privacy.epsilon",
			"epsilon of one answer is from %s to %s", "单次结果的 epsilon 应为 %s 至 %s",
			yumen.FormatEpsilon(minEpsilon), yumen.FormatEpsilon(floor4(most)))
	}
	r.unless(Public(q) || k >= 1, "privacy.k", "risk.k", "groups that are not public need k of at least 1",
		"分组不公开时 k 至少为 1")
	return append(r, unsound(q)...)
}

// unsound lists what is wrong with a question whatever it costs.
func unsound(q *task.Question) []yumen.Reason {
	var r reasons
	r.unless(q.RowsPerUnit >= 1 && q.RowsPerUnit <= maxCap, "privacy.rows", "privacy.rows_per_unit",
		"rows_per_unit is from 1 to %d", "rows_per_unit 应为 1 至 %d", maxCap)
	r.unless(q.GroupsPerUnit >= 1 && q.GroupsPerUnit <= maxCap, "privacy.groups", "privacy.groups_per_unit",
		"groups_per_unit is from 1 to %d", "groups_per_unit 应为 1 至 %d", maxCap)
	r.unless(len(q.Measures) > 0, "privacy.measures", "", "nothing is measured", "没有统计量")
	r.unless(q.Blocks >= 0 && (q.Blocks == 0 || len(q.Keys) == 0), "privacy.blocks", "blocks", "blocks are not grouped",
		"分块不能分组")
	for i, in := range q.Inputs {
		r.unless(in.Lo <= in.Hi && in.Scale >= 0 && in.Scale <= 38, "privacy.bounds", inputPlace(i),
			"the lower bound is above the upper one", "下界大于上界")
	}
	for i, m := range q.Measures {
		r.unless(measurable(q, m), "privacy.measure", fmt.Sprintf("measures[%d]", i),
			"the measure does not go with its input", "统计量与其输入不符")
	}
	if len(r) == 0 {
		r = tooMuch(q)
	}
	return r
}

func inputPlace(i int) string { return fmt.Sprintf("inputs[%d]", i) }

// measurable reports whether a measure has the input that it needs.
func measurable(q *task.Question, m task.Measure) bool {
	if m.Input < 0 || m.Input > len(q.Inputs) {
		return false
	}
	switch m.Fn {
	case task.MeasureCount, task.MeasureUnits:
		return q.Blocks == 0
	case task.MeasureDistinct:
		return m.Input > 0 && q.Blocks == 0
	case task.MeasureQuantile:
		return m.Input > 0 && m.Q >= 0 && m.Q <= 1
	case task.MeasureAvg:
		return m.Input > 0
	case task.MeasureSum, task.MeasureVar, task.MeasureVarPop, task.MeasureStddev, task.MeasureStddevPop:
		return m.Input > 0 && q.Blocks == 0
	}
	return false
}

// tooMuch refuses what would take too many noises, or sums that 128 bits may not hold.
func tooMuch(q *task.Question) []yumen.Reason {
	var out []yumen.Reason
	if n, public := Groups(q); public && float64(n)*float64(drawsPerGroup(q)) > maxDraws {
		out = append(out, yumen.Reason{Rule: "privacy.size",
			Msg: yumen.Say("the public groups are too many: each is answered", "公开分组过多：每个分组都要作答"),
			Fix: yumen.Say("group by fewer or coarser keys", "减少分组键或使用更粗的分组")})
	}
	for _, c := range Components(q) {
		wide := c.Input > 0 && width(q.Inputs[c.Input-1]) >= math.Exp2(63)
		if wide || perGroup(q, c)*maxUnits >= math.Exp2(126) {
			out = appendNew(out, tooWide(c))
		}
	}
	return out
}

func tooWide(c task.Component) yumen.Reason {
	return yumen.Reason{Rule: "privacy.bounds", Place: inputPlace(c.Input - 1),
		Msg: yumen.Say("the bounds are too wide to be summed exactly", "取值界限过宽，无法精确求和"),
		Fix: yumen.Say("ask for closer bounds or fewer digits after the point", "请收紧界限或减少小数位数")}
}

func appendNew(out []yumen.Reason, r yumen.Reason) []yumen.Reason {
	if slices.Contains(out, r) {
		return out
	}
	return append(out, r)
}
