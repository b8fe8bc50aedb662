package privacy

import (
	"math"
	"strconv"

	"github.com/yumen-data/yumen/internal/task"
)

// expectRows is the size of group for which the error of an average, a variance or a quantile is told: it shrinks as groups grow.
const expectRows = 100

// Expected is the error that noise alone causes in one measure. It says nothing of what clamping and caps leave out.
type Expected struct {
	Column string  `json:"column"` // v1 …
	Stddev float64 `json:"stddev"` // in the measure's own unit; for a quantile in Ranks
	Half   float64 `json:"half"`   // half the width of a 95 % interval
	// Rows is the size of group for which this holds: the error of a mean or a standard deviation shrinks in proportion to 1/rows.
	// 0 where it is the same for groups of all sizes.
	Rows int `json:"rows,omitempty"`
	// Ranks is set for a quantile: the error is that of the rank, as a part of the group's rows. 0.03 for a median means that
	// what is given may be the 0.47-quantile.
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
	// A mean is centred/rows. To first order noise moves it by (z_c − mean·z_r)/rows; a mean lies far from the centre at most.
	mean := math.Hypot(sigma(task.TotalCentred), far*sigma(rowCount(q)))
	// A variance is squares/rows − mean²: (z_s − squares·z_r − 2·mean·(z_c − mean·z_r))/rows, at worst at mean = far, squares = far².
	variance := math.Sqrt(math.Pow(sigma(task.TotalSquares), 2) + math.Pow(2*far*sigma(task.TotalCentred), 2) + math.Pow(far*far*sigma(rowCount(q)), 2))
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
