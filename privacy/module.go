package privacy

import (
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// OverUnits is the question that a module answers about privacy units of a kind: in mode map, for each group, the
// number of units and the sum of each coordinate; in mode block, of each coordinate, the mean or the median over the
// blocks. Every group is answered.
//
// Which group a unit is in and what it adds there depends on its own rows alone, so one unit counts once, in one group.
// A unit is in one block, so it moves one value of each coordinate.
func OverUnits(unit string, views []task.View, m task.Module) task.Question {
	m.Units.Coordinates = slices.Clone(m.Units.Coordinates)
	q := task.Question{Unit: unit, Form: task.Mapped, Module: &m, Views: views, RowsPerUnit: 1, GroupsPerUnit: 1}
	middle := task.MeasureSum
	if m.Units.Mode == yumen.ModeBlock {
		q.Form, q.Blocks, middle = task.Blocked, m.Units.Blocks, task.MeasureAvg
	} else {
		q.Measures = []task.Measure{{Fn: task.MeasureUnits}}
	}
	if m.Units.Groups > 1 {
		key := task.GroupKey{Type: yumen.TypeInteger}
		for g := range m.Units.Groups {
			key.Domain = append(key.Domain, strconv.Itoa(g))
		}
		q.Keys = []task.GroupKey{key}
	}
	for i := range m.Units.Coordinates {
		c := &m.Units.Coordinates[i]
		measure := task.Measure{Fn: middle, Input: i + 1}
		if c.Take == yumen.CentralMedian {
			measure.Fn, measure.Q = task.MeasureQuantile, 0.5
		} else {
			c.Take = "" // as if it had not been said
		}
		c.Name = ""
		q.Inputs, q.Measures = append(q.Inputs, input(*c)), append(q.Measures, measure)
	}
	return q
}

func input(c yumen.Coordinate) task.MeasuredInput {
	if c.Type == yumen.TypeInteger {
		return task.MeasuredInput{Type: c.Type, Lo: int64(c.Min), Hi: int64(c.Max)}
	}
	n := NewCounter(c)
	return task.MeasuredInput{Type: c.Type, Scale: n.Scale, Lo: n.Count(c.Min), Hi: n.Count(c.Max)}
}

// Counter turns values of a double coordinate, clamped to its bounds, into whole numbers of 10^-Scale, so that they can
// be summed exactly and in any order. It is monotone, so that what it makes of a value lies between what it makes of
// the bounds.
type Counter struct {
	Scale  int
	factor float64 // 10^Scale
}

// Twelve significant digits are kept of a double; that leaves room for noise 2^15 times as large as a bound.
const (
	countable = 1 << 40
	maxScale  = 18
)

// NewCounter takes as many decimal digits as keep what it makes of the bounds within 2^40, at most 18.
func NewCounter(c yumen.Coordinate) Counter {
	n, reach := Counter{factor: 1}, max(math.Abs(c.Min), math.Abs(c.Max))
	for n.Scale < maxScale && reach*n.factor*10 <= countable {
		n.Scale++
		n.factor *= 10 // exact up to 10^22
	}
	return n
}

// Count counts a value of at most 2^53 in size, to the nearest unit, ties to even.
func (n Counter) Count(v float64) int64 { return int64(math.RoundToEven(v * n.factor)) }
