package anonymity

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// distribution returns the share of each value of a sensitive attribute among the released rows.
func (v *tuples) distribution(place int) []float64 {
	p := make([]float64, len(v.table.cols[v.sensitive[place]].values))
	for i, code := range v.code[len(v.quasi)+place] {
		p[code] += float64(v.count[i])
	}
	for i := range p {
		p[i] /= float64(v.rows)
	}
	return p
}

// equalDistance is the Earth Mover's Distance where all values are equally far apart: half the sum of |p − q|, here as
// the sum of p − q over the values the class has too many of (Li et al. 2007).
func equalDistance(whole []float64) func(*class) float64 {
	return func(c *class) float64 {
		sum := 0.0
		for i, code := range c.codes {
			if d := float64(c.counts[i])/float64(c.size) - whole[code]; d > 0 {
				sum += d
			}
		}
		return sum
	}
}

// orderedDistance is the Earth Mover's Distance where values lie at equal steps in an order: the sum over the order of
// |the difference of the cumulative shares| ÷ (number of values − 1) (Li et al. 2007).
func orderedDistance(whole []float64, rank []int) func(*class) float64 {
	m := 0 // values that occur in the table
	for _, r := range rank {
		m = max(m, r+1)
	}
	diff, base := make([]float64, m), make([]float64, m)
	for code, r := range rank {
		base[r] += whole[code]
	}
	return func(c *class) float64 {
		copy(diff, base)
		for i, code := range c.codes {
			diff[rank[code]] -= float64(c.counts[i]) / float64(c.size)
		}
		sum, total := 0.0, 0.0
		for _, d := range diff {
			sum += d
			total += math.Abs(sum)
		}
		return total / float64(max(m-1, 1))
	}
}

// ranks returns the place of each value of a column in the order given, or in numerical order. Values the order lists
// but the column lacks take no place: distances count steps between values that occur.
func ranks(c *column, order []string) ([]int, error) {
	var at []float64
	var err error
	if order == nil {
		at, err = numbers(c)
	} else {
		at, err = places(c, order)
	}
	if err != nil {
		return nil, err
	}
	codes := make([]int, len(c.values))
	for i := range codes {
		codes[i] = i
	}
	slices.SortStableFunc(codes, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	rank := make([]int, len(codes))
	next := 0
	for i, code := range codes {
		if i > 0 && at[code] != at[codes[i-1]] {
			next++
		}
		rank[code] = next
	}
	return rank, nil
}

func numbers(c *column) ([]float64, error) {
	at := make([]float64, len(c.values))
	for code, value := range c.values {
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(x) {
			return nil, yumen.Errorf(yumen.KindInvalid,
				"the ordered distance needs numbers or an explicit order of the values",
				"有序距离要求数值列，或显式给出取值顺序").At(c.name)
		}
		at[code] = x
	}
	return at, nil
}

func places(c *column, order []string) ([]float64, error) {
	place := make(map[string]int, len(order))
	for i, value := range order {
		place[value] = i
	}
	at := make([]float64, len(c.values))
	for code, value := range c.values {
		i, ok := place[value]
		if !ok {
			return nil, yumen.Errorf(yumen.KindInvalid, "the order of the values lacks some that occur in the column",
				"给出的取值顺序缺少列中出现的取值").At(c.name)
		}
		at[code] = float64(i)
	}
	return at, nil
}
