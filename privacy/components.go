package privacy

import (
	"slices"

	"github.com/yumen-data/yumen/internal/task"
)

// Components lists the totals that a question's measures are computed from, each once, without sensitivity and noise.
// Where a key is not public, the distinct units come first: they decide which groups are told of.
func Components(q *task.Question) []task.Component {
	var out []task.Component
	need := func(input int, kinds ...task.ComponentKind) {
		for _, k := range kinds {
			c := task.Component{Kind: k, Input: input}
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	if !Public(q) {
		need(0, task.TotalUnits)
	}
	for _, m := range q.Measures {
		switch m.Fn {
		case task.MeasureCount:
			need(m.Input, rowCount(q))
		case task.MeasureUnits:
			need(m.Input, task.TotalUnits)
		case task.MeasureSum:
			if summedFromCentre(q, m.Input) {
				need(m.Input, rowCount(q), task.TotalCentred)
			} else {
				need(m.Input, task.TotalSum)
			}
		case task.MeasureAvg:
			if q.Blocks == 0 { // how many blocks there are is public
				need(m.Input, rowCount(q))
			}
			need(m.Input, task.TotalCentred)
		case task.MeasureDistinct:
			need(m.Input, task.TotalDistinct)
		case task.MeasureQuantile:
			need(m.Input, task.TotalTree)
		default:
			need(m.Input, rowCount(q), task.TotalCentred, task.TotalSquares)
		}
	}
	return out
}

// rowCount is the component that counts rows: where one row of a unit counts they are its units, and share their noise.
func rowCount(q *task.Question) task.ComponentKind {
	if q.RowsPerUnit == 1 {
		return task.TotalUnits
	}
	return task.TotalRows
}

// summedFromCentre reports whether a sum is computed as rows times the centre plus the sum of the distances from it,
// because both are wanted for another measure of the input. Its noise, of width √(m²σ_r² + σ_c²), is then less than a
// component of
// its own would get: m² + d² ≤ (|m| + d)², and there is a component less to share ρ with.
func summedFromCentre(q *task.Question, input int) bool {
	return slices.ContainsFunc(q.Measures, func(m task.Measure) bool {
		switch m.Fn {
		case task.MeasureAvg, task.MeasureVar, task.MeasureVarPop, task.MeasureStddev, task.MeasureStddevPop:
			return m.Input == input
		}
		return false
	})
}

// Public reports whether every group is known beforehand, so that all of them are answered.
func Public(q *task.Question) bool {
	return !slices.ContainsFunc(q.Keys, func(k task.GroupKey) bool { return len(k.Domain) == 0 })
}

// Totals are the exact totals of a question's components, before noise.
type Totals struct {
	// Keys has the key values of each group, written as in the catalog; Null marks those that are NULL. Where all keys
	// are public, there is a group for each combination of their domains, the last key varying fastest.
	Keys [][]Value
	// Sums is indexed by component, in the order of Components, and group; empty for a tree.
	Sums [][]Int128
	// Trees is indexed likewise and holds, of a tree, how many values fell into each Leaf; nil for other components.
	Trees [][]map[uint32]int64
}

// Value is a key's value.
type Value struct {
	Text string
	Null bool
}
