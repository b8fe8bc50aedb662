package technique

import (
	"cmp"
	"math"
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
)

// RankSwap swaps the cells of a column pairwise between rows whose values are near in rank (Moore 1996), each column on
// its own. Nulls and NaN stay.
type RankSwap struct {
	Percent float64 `yaml:"percent" en:"the greatest distance in rank, in percent of the rows, above 0 up to 100" zh:"名次最大相差，占行数的百分比，大于 0 至 100"`
}

func (*RankSwap) about() About {
	return About{
		Title: yumen.Text{EN: "rank swapping", ZH: "秩交换"},
		Term:  yumen.Text{EN: "randomization: permutation, bounded in rank", ZH: "随机化技术：置换（秩距受限）"},
		Types: "integer, double, decimal, date, timestamp", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the column's distribution exactly, relations between columns roughly",
			ZH: "列分布完全保持，列间关系大致保持"},
		Leaks: yumen.Text{EN: "a value near the true one in rank", ZH: "名次相近的值"},
	}
}

func (p *RankSwap) bind(b *Binding) (Stage, error) {
	if !(p.Percent > 0 && p.Percent <= 100) || len(b.Columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "name columns, and percent above 0 up to 100",
			"请列出列，percent 大于 0 且不超过 100")
	}
	sortable := func(t yumen.Type) bool { return t.Numeric() || t == yumen.TypeDate || t == yumen.TypeTimestamp }
	if err := b.takes(sortable); err != nil {
		return nil, err
	}
	return b.permuteEach(func(col arrow.Array, rows int, random *randv2.Rand) []int {
		return swapped(orderOf(col, rows), rows, p.Percent, random)
	})
}

// orderOf returns the rows with a value, by rising value.
func orderOf(col arrow.Array, rows int) []int {
	values := make([]float64, rows)
	for row := range rows {
		values[row] = sortable(col, row)
	}
	order := slices.DeleteFunc(allRows(rows), func(row int) bool { return math.IsNaN(values[row]) })
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return order
}

// sortable returns a number that orders cells as their values do; NaN for a null.
func sortable(col arrow.Array, row int) float64 {
	if col.IsNull(row) {
		return math.NaN()
	}
	switch a := col.(type) {
	case *array.Date32:
		return float64(a.Value(row))
	case *array.Timestamp:
		return float64(a.Value(row))
	}
	return number(col, row)
}

// swapped pairs each rank not yet swapped with a random one of the next ones within reach that is not either.
func swapped(order []int, rows int, percent float64, random *randv2.Rand) []int {
	from := allRows(rows)
	reach := max(1, int(percent/100*float64(len(order))))
	done := make([]bool, len(order))
	var free []int
	for i := range order {
		if done[i] {
			continue
		}
		free = free[:0]
		for j := i + 1; j <= min(i+reach, len(order)-1); j++ {
			if !done[j] {
				free = append(free, j)
			}
		}
		if len(free) == 0 {
			continue
		}
		j := free[random.IntN(len(free))]
		done[i], done[j] = true, true
		from[order[i]], from[order[j]] = order[j], order[i]
	}
	return from
}
