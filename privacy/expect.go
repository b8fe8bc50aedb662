package privacy

import (
	"math"
	"strconv"

	"github.com/yumen-data/yumen/internal/task"
)

// expectRows is the size of group for which the error of an average, a variance or a quantile is told: it shrinks as
// groups grow.
const expectRows = 100

// Expected is the error that noise alone causes in one measure. It says nothing of what clamping and caps leave out.
type Expected struct {
	Column string  `json:"column"` // v1 …
	Stddev float64 `json:"stddev"` // in the measure's own unit; for a quantile in Ranks
	Half   float64 `json:"half"`   // half the width of a 95 % interval
	// Rows is the size of group for which this holds: the error of a mean or a standard deviation shrinks in proportion
	// to 1/rows. 0 where it is the same for groups of all sizes.
	Rows int `json:"rows,omitempty"`
	// Ranks is set for a quantile: the error is that of the rank, as a part of the group's rows. 0.03 for a median
	// means that what is given may be the 0.47-quantile.
	Ranks bool `json:"ranks,omitempty"`
}

// Expect tells the error of each measure before anything is spent.
func Expect(q *task.Question, n task.Noise) []Expected {
	var out []Expected
	for i, m := range q.Measures {
		e := expect(q, n, m)
		e.Column = "v" + strconv.Itoa(i+1)
		e.Half = 1.959963984540054 * e.Stddev
		out = append(out, e)
	}
	return out
}

func expect(q *task.Question, n task.Noise, m task.Measure) Expected {
	sigma := func(kind task.ComponentKind) float64 {
		for _, c := range n.Components {
			if c.Kind == kind && c.Input == m.Input {
				return c.Sigma
			}
		}
		return 0
	}
	unit, far := 1.0, 0.0
	if m.Input > 0 {
		unit, far = math.Pow10(-q.Inputs[m.Input-1].Scale), furthest(q.Inputs[m.Input-1])
	}
	rows := expectRows
	if q.Blocks > 0 {
		rows = q.Blocks
	}
	per := func(x float64) Expected { return Expected{Stddev: x / float64(rows), Rows: rows} }
	// A mean is centred/rows. To first order noise moves it by (z_c − mean·z_r)/rows; a mean lies far from the centre
	// at most.
	mean := math.Hypot(sigma(task.TotalCentred), far*sigma(rowCount(q)))
	// A variance is squares/rows − mean²: (z_s − squares·z_r − 2·mean·(z_c − mean·z_r))/rows, at worst at mean = far,
	// squares = far².
	variance := math.Sqrt(math.Pow(sigma(task.TotalSquares), 2) + math.Pow(2*far*sigma(task.TotalCentred), 2) +
		math.Pow(far*far*sigma(rowCount(q)), 2))
	switch m.Fn {
	case task.MeasureCount:
		return Expected{Stddev: sigma(rowCount(q))}
	case task.MeasureUnits:
		return Expected{Stddev: sigma(task.TotalUnits)}
	case task.MeasureDistinct:
		return Expected{Stddev: sigma(task.TotalDistinct)}
	case task.MeasureSum:
		if summedFromCentre(q, m.Input) {
			centre := float64(q.Inputs[m.Input-1].Centre())
			return Expected{Stddev: math.Hypot(sigma(task.TotalCentred), centre*sigma(rowCount(q))) * unit}
		}
		return Expected{Stddev: sigma(task.TotalSum) * unit}
	case task.MeasureAvg:
		return per(mean * unit)
	case task.MeasureVar, task.MeasureVarPop:
		return per(variance * unit * unit)
	case task.MeasureStddev, task.MeasureStddevPop:
		// d√v = dv / (2√v); taken at a quarter of the interval, √v = far/2.
		return per(variance / max(far, 1) * unit)
	}
	e := per(sigma(task.TotalTree) * math.Sqrt(treeFanout*treeHeight/2))
	e.Ranks = true
	return e
}

// Shares tells the error of each measure beside what is public of it, in a group of so many rows: half of a 95 %
// interval as a part of the rows, of the largest sum that they can have, of the interval in which a mean or a spread
// lies, or of all ranks. From ½ on the interval is as wide as what is known before asking.
func Shares(q *task.Question, n task.Noise, rows float64) []float64 {
	rows = max(rows, 1)
	var out []float64
	for i, e := range Expect(q, n) {
		half := e.Half
		if e.Rows > 0 && q.Blocks == 0 {
			half *= float64(e.Rows) / rows
		}
		share := 0.0 // of bounds that leave one value nothing is unknown
		if most := reach(q, q.Measures[i], rows); most > 0 {
			share = half / most
		}
		out = append(out, share)
	}
	return out
}

// reach is how far apart the values of a measure can lie in a group of so many rows.
func reach(q *task.Question, m task.Measure, rows float64) float64 {
	if m.Input == 0 || m.Fn == task.MeasureCount || m.Fn == task.MeasureUnits || m.Fn == task.MeasureDistinct {
		return rows
	}
	in := q.Inputs[m.Input-1]
	wide := width(in) * math.Pow10(-in.Scale)
	switch m.Fn {
	case task.MeasureQuantile:
		return 1
	case task.MeasureSum:
		return rows * max(math.Abs(in.Value(in.Lo)), math.Abs(in.Value(in.Hi)))
	case task.MeasureVar, task.MeasureVarPop:
		return wide * wide / 4 // Popoviciu
	case task.MeasureStddev, task.MeasureStddevPop:
		return wide / 2
	}
	return wide
}
