package privacy

import (
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// OverUnits is the question that a module answers about privacy units of a kind: in mode map, for each group, the number of
// units and the sum of each coordinate; in mode block, of each coordinate, the sum or the median over the blocks, counted from
// its lower bound. Every group is answered.
//
// Which group a unit is in and what it adds there depends on its own rows alone, so one unit counts once, in one group. A
// unit is in one block, so it moves one value of each coordinate.
func OverUnits(unit string, views []task.View, m task.Module) task.Question {
	m.Units.Coordinates = slices.Clone(m.Units.Coordinates)
	q := task.Question{Unit: unit, Form: task.Mapped, Module: &m, Views: views, RowsPerUnit: 1, GroupsPerUnit: 1}
	if m.Units.Mode == yumen.ModeBlock {
		q.Form = task.Blocked
	} else {
		q.Measures = []task.Measure{{Fn: task.MeasureUnits}}
	}
	if m.Units.Groups > 1 {
		key := task.GroupKey{Type: yumen.Integer}
		for g := range m.Units.Groups {
			key.Domain = append(key.Domain, strconv.Itoa(g))
		}
		q.Keys = []task.GroupKey{key}
	}
	for i := range m.Units.Coordinates {
		c := &m.Units.Coordinates[i]
		measure := task.Measure{Fn: task.MeasureSum, Input: i + 1}
		if c.Take == yumen.Median {
			measure.Fn, measure.Q = task.MeasureQuantile, 0.5
		} else {
			c.Take = "" // as if it had not been said
		}
		c.Name = ""
		q.Inputs, q.Measures = append(q.Inputs, input(q.Form, *c)), append(q.Measures, measure)
	}
	return q
}

func input(form task.Form, c yumen.Coordinate) task.MeasuredInput {
	n := NewCounter(form, c)
	in := task.MeasuredInput{Type: c.Type, Scale: n.Scale, Lo: n.Double(c.Min), Hi: n.Double(c.Max)}
	if c.Type == yumen.Integer {
		in.Lo, in.Hi = n.Integer(int64(c.Min)), n.Integer(int64(c.Max))
	}
	return in
}

// Counter turns the values of a coordinate, clamped to its bounds, into whole numbers of 10^-Scale, so that they can be
// summed exactly and in any order. It is monotone, so that what it makes of a value lies between what it makes of the bounds.
type Counter struct {
	Scale  int
	base   float64 // counted from here: 0, or in form Blocked the lower bound
	factor float64 // 10^Scale
}

// Twelve significant digits are kept of a double; that leaves room for noise 2^15 times as large as a bound.
const (
	countable = 1 << 40
	maxScale  = 18
)

// NewCounter takes as many decimal digits of a double as keep what it makes of the bounds within 2^40, at most 18.
func NewCounter(form task.Form, c yumen.Coordinate) Counter {
	n, reach := Counter{factor: 1}, max(math.Abs(c.Min), math.Abs(c.Max))
	if form == task.Blocked {
		n.base, reach = c.Min, c.Max-c.Min
	}
	for c.Type == yumen.Double && n.Scale < maxScale && reach*n.factor*10 <= countable {
		n.Scale++
		n.factor *= 10 // exact up to 10^22
	}
	return n
}

// Integer counts a value of at most 2^53 in size.
func (n Counter) Integer(v int64) int64 { return v - int64(n.base) }

// Double counts a value to the nearest unit, ties to even.
func (n Counter) Double(v float64) int64 { return int64(math.RoundToEven((v - n.base) * n.factor)) }
