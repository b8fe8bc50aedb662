package privacy

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Summed has an input's totals over rows that are units of their own: of each group how many values are not null, their
// sum and, where a variance is measured, the sum of the squares of their distances from the centre. The values were
// clamped.
type Summed struct {
	Count   []int64
	Sum     []Int128
	Squares []Int128
}

// AddSummed adds totals: of each line the group, the number of rows, and the totals of each input. Every row is a unit
// that counts once, so nothing is held back.
func (p *Pass) AddSummed(groups []int32, rows []int64, inputs []Summed) error {
	for i := range p.bounds.components {
		t := &p.bounds.components[i]
		if t.kind == task.TotalTree || t.kind == task.TotalDistinct {
			return yumen.Errorf(yumen.KindInternal, "quantiles and distinct values need the rows themselves",
				"分位数与不同取值数需要逐行数据")
		}
		for j, g := range groups {
			if g < 0 {
				continue
			}
			sum := &p.sums[int(g)*p.distinct+i]
			*sum = sum.Add(t.summed(rows[j], inputs, j))
		}
	}
	return nil
}

// summed returns what line j adds to the component.
func (t *total) summed(rows int64, inputs []Summed, j int) Int128 {
	if t.input == 0 {
		return Int(rows)
	}
	in := &inputs[t.input-1]
	switch t.kind {
	case task.TotalSum:
		return in.Sum[j]
	case task.TotalCentred:
		return in.Sum[j].Add(product(-in.Count[j], t.centre))
	case task.TotalSquares:
		return in.Squares[j]
	}
	return Int(in.Count[j])
}
