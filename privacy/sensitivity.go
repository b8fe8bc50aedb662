package privacy

import (
	"math"

	"github.com/yumen-data/yumen/internal/task"
)

// Sensitivity is how far one unit can move the totals of a component over all groups together, in the Euclidean norm
// and in the component's own units: the square root of the number of groups a unit counts in, times what it can do to
// one group. docs/privacy.md proves the bounds.
func Sensitivity(q *task.Question, c task.Component) float64 {
	return math.Sqrt(groupsTouched(q)) * perGroup(q, c)
}

// groupsTouched is in how many groups one unit counts.
func groupsTouched(q *task.Question) float64 {
	l0 := q.GroupsPerUnit
	if n, public := Groups(q); public {
		l0 = min(l0, n)
	}
	return float64(l0)
}

// perGroup is how far one unit can move a component's total in one group; for a tree, the Euclidean norm over its
// nodes.
func perGroup(q *task.Question, c task.Component) float64 {
	rows := float64(q.RowsPerUnit)
	if q.Blocks > 0 {
		return perBlock(q, c)
	}
	switch c.Kind {
	case task.TotalUnits:
		return 1
	case task.TotalRows, task.TotalDistinct: // of a unit c values count: without it, no more than these are missing
		return rows
	case task.TotalTree:
		return rows * math.Sqrt(treeHeight) // at worst all values fall into one leaf, and so into one node of each level
	}
	in := q.Inputs[c.Input-1]
	switch c.Kind {
	case task.TotalSum:
		return rows * max(math.Abs(min(float64(in.Lo), 0)), max(float64(in.Hi), 0))
	case task.TotalCentred:
		return rows * furthest(in)
	case task.TotalSquares:
		return rows * furthest(in) * furthest(in)
	}
	return math.NaN()
}

// perBlock is the same where one unit changes what one block gives from any value in the bounds to any other.
func perBlock(q *task.Question, c task.Component) float64 {
	in := q.Inputs[c.Input-1]
	switch c.Kind {
	case task.TotalSum, task.TotalCentred:
		return width(in)
	case task.TotalTree:
		return math.Sqrt(2 * treeHeight) // on each level one node loses the value and another gets it
	}
	return math.NaN()
}

// furthest is the greatest distance of a value from the centre.
func furthest(in task.MeasuredInput) float64 {
	return float64(max(uint64(in.Hi)-uint64(in.Centre()), uint64(in.Centre())-uint64(in.Lo)))
}

// width is how far the bounds lie apart. The difference is taken before it is rounded: close bounds may be large.
func width(in task.MeasuredInput) float64 { return float64(uint64(in.Hi) - uint64(in.Lo)) }
