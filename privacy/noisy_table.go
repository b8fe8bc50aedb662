package privacy

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Row is a row of the noisy table: keys as Totals has them, and cells in the order of the measures, first those, then
// their errors.
type Row struct {
	Keys  []Value
	Cells []Cell
}

// Cell is a noisy measure. Its column's type, which Columns gives, says which field counts: Int for an integer (it then
// fits 64 bits) and for a decimal (in units of its last digit), Float for a double.
type Cell struct {
	Int   Int128
	Float float64
}

// Finish adds the noise to the totals and computes the noisy table. Where every key is public there is a row for each
// group of Totals, in its order; otherwise for the groups that may be told of (MinUnits units in truth, and Tau with
// noise), ordered by key, at most limit of them. Everything but the sums with noise and the choice of groups is
// post-processing.
func Finish(q *task.Question, n task.Noise, d *Drawn, t *Totals, limit int64) ([]Row, error) {
	if err := t.fits(q, n); err != nil {
		return nil, err
	}
	rows, asked, expected := []Row{}, 0, Expect(q, n)
	for g := range t.Keys {
		if !Public(q) && t.Sums[0][g].Less(Int(int64(n.MinUnits))) {
			continue // never told of, so it needs no noise
		}
		noisy, err := addNoise(q, n, d, t, g, asked)
		if err != nil {
			return nil, err
		}
		asked++
		if !Public(q) && noisy.sums[0].Float64() < n.Tau {
			continue
		}
		row := Row{Keys: t.Keys[g]}
		for _, m := range q.Measures {
			row.Cells = append(row.Cells, measure(q, n, noisy, m))
		}
		for i, m := range q.Measures {
			row.Cells = append(row.Cells, Cell{Float: threeDigits(halfWidth(q, n, noisy, m, expected[i]))})
		}
		rows = append(rows, row)
	}
	if !Public(q) {
		slices.SortFunc(rows, byKey)
		rows = rows[:min(int64(len(rows)), max(limit, 0))]
	}
	return rows, nil
}

// fits reports totals that are not those of the question.
func (t *Totals) fits(q *task.Question, n task.Noise) error {
	wrong := yumen.Errorf(yumen.KindInternal, "the totals do not go with the question", "汇总结果与查询不符")
	if len(t.Sums) != len(n.Components) || len(t.Trees) != len(n.Components) {
		return wrong
	}
	if groups, public := Groups(q); public && len(t.Keys) != groups {
		return wrong
	}
	for i, c := range n.Components {
		have := len(t.Sums[i])
		if c.Kind == task.TotalTree {
			have = len(t.Trees[i])
		}
		if have != len(t.Keys) {
			return wrong
		}
	}
	return nil
}

// noisy is what is known of one group, by component.
type noisy struct {
	sums  []Int128
	trees []*noisyTree
}

// addNoise gives a group the noise that was drawn for the group of that rank among those that need any.
func addNoise(q *task.Question, n task.Noise, d *Drawn, t *Totals, group, rank int) (noisy, error) {
	out := noisy{make([]Int128, len(n.Components)), make([]*noisyTree, len(n.Components))}
	for i, c := range n.Components {
		z, err := d.of(i, rank)
		if err != nil {
			return noisy{}, err
		}
		if c.Kind == task.TotalTree {
			out.trees[i] = newNoisyTree(q.Inputs[c.Input-1], t.Trees[i][group], z, c.Sigma)
			continue
		}
		shift := grain(c.Sigma)
		out.sums[i] = t.Sums[i][group].floor(shift).Add(Int(z[0])).times(shift)
	}
	return out, nil
}

func byKey(a, b Row) int {
	return slices.CompareFunc(a.Keys, b.Keys, func(x, y Value) int {
		if x.Null != y.Null {
			if x.Null {
				return 1
			}
			return -1
		}
		return cmp.Compare(x.Text, y.Text)
	})
}

// measure computes a cell from noisy totals.
func measure(q *task.Question, n task.Noise, of noisy, m task.Measure) Cell {
	at := func(kind task.ComponentKind) int {
		return slices.IndexFunc(n.Components,
			func(c task.Component) bool { return c.Kind == kind && c.Input == m.Input })
	}
	if m.Input == 0 || m.Fn == task.MeasureCount || m.Fn == task.MeasureUnits {
		kind := rowCount(q)
		if m.Fn == task.MeasureUnits {
			kind = task.TotalUnits
		}
		return integer(of.sums[at(kind)])
	}
	in := q.Inputs[m.Input-1]
	switch m.Fn {
	case task.MeasureDistinct:
		return integer(of.sums[at(task.TotalDistinct)])
	case task.MeasureSum:
		if i := at(task.TotalSum); i >= 0 {
			return sum(in, of.sums[i])
		}
		rows := integer(of.sums[at(rowCount(q))]).Int
		return sum(in, of.sums[at(task.TotalCentred)].Add(product(int64(rows.Lo), in.Centre())))
	case task.MeasureQuantile:
		return Cell{Float: of.trees[at(task.TotalTree)].quantile(m.Q)}
	}
	rows := float64(q.Blocks)
	if q.Blocks == 0 {
		rows = max(1, of.sums[at(rowCount(q))].Float64())
	}
	mean := of.sums[at(task.TotalCentred)].Float64() / rows
	if m.Fn == task.MeasureAvg {
		return Cell{Float: average(in, mean)}
	}
	return Cell{Float: spread(in, m.Fn, rows, mean, of.sums[at(task.TotalSquares)].Float64()/rows)}
}

// integer holds x to 64 bits.
func integer(x Int128) Cell {
	return Cell{Int: x.clamp(Int(math.MinInt64), Int(math.MaxInt64))}
}

// sum gives a noisy sum the type that Columns says.
func sum(in task.MeasuredInput, x Int128) Cell {
	switch sumType(in.Type) {
	case yumen.TypeInteger:
		return integer(x)
	case yumen.TypeDouble:
		return Cell{Float: x.Float64() / math.Pow10(in.Scale)}
	}
	return Cell{Int: x.clamp(maxDecimal.Neg(), maxDecimal)}
}

// maxDecimal is 10^38 − 1.
var maxDecimal = Int128{0x4b3b4ca85a86c47a, 0x098a223fffffffff}

// average returns the mean of values whose distances from the centre have that mean, held to the bounds.
func average(in task.MeasuredInput, distance float64) float64 {
	x := float64(in.Centre()) + distance
	return min(max(x, float64(in.Lo)), float64(in.Hi)) / math.Pow10(in.Scale)
}

// spread returns a variance or standard deviation from the means of the distances and of their squares, held to what
// values within the bounds can have: at most a quarter of the square of their width (Popoviciu), for a sample times
// n/(n−1).
func spread(in task.MeasuredInput, fn task.MeasureFn, n, mean, squares float64) float64 {
	v := min(max(squares-mean*mean, 0), width(in)*width(in)/4)
	if fn == task.MeasureVar || fn == task.MeasureStddev {
		n = max(n, 2)
		v *= n / (n - 1)
	}
	if fn == task.MeasureStddev || fn == task.MeasureStddevPop {
		return math.Sqrt(v) / math.Pow10(in.Scale)
	}
	return v / math.Pow10(in.Scale) / math.Pow10(in.Scale)
}

// halfWidth is half the width of the 95 % interval that noise alone causes in a measure of one group: public where it
// is the same for all groups, and otherwise for the group's noisy number of rows, which makes it post-processing too.
// It is no more than the values that the measure can have lie apart.
func halfWidth(q *task.Question, n task.Noise, of noisy, m task.Measure, e Expected) float64 {
	if e.Rows == 0 {
		return e.Half
	}
	rows := float64(q.Blocks)
	for i, c := range n.Components {
		switch {
		case c.Input != m.Input || q.Blocks > 0:
		case m.Fn == task.MeasureQuantile && c.Kind == task.TotalTree:
			for _, x := range of.trees[i].children(treeNode{}) {
				rows += x
			}
		case m.Fn != task.MeasureQuantile && c.Kind == rowCount(q):
			rows = of.sums[i].Float64()
		}
	}
	return min(e.Half*float64(e.Rows)/max(rows, 1), reach(q, m, rows))
}

// threeDigits rounds an error to three significant digits.
func threeDigits(x float64) float64 {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return short
}
