package desensitize

import (
	"math"
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
)

// Permute shuffles the columns of the step together: their cells of one row stay in one row, but another's.
type Permute struct {
	Within []string `yaml:"within" en:"shuffle only among rows equal in these columns" zh:"仅在这些列取值相同的行之间置换"`
}

func (*Permute) about() About {
	return About{
		Title: yumen.Text{EN: "permutation", ZH: "置换"}, Term: yumen.Text{EN: "randomization: permutation", ZH: "随机化技术：置换"},
		Types: "all", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "all values and their frequencies, within groups too", ZH: "全部取值及其频数（含组内频数）"},
		Leaks:     yumen.Text{EN: "every value occurs as it was; a unique or telling value gives its owner away", ZH: "取值原样存在；独有或有指向性的值会暴露其主体"},
	}
}

func (p *Permute) bind(b *binding) (stage, error) {
	if len(b.columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the step names no columns", "该步骤没有列出列")
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	all := slices.Clone(b.columns)
	for _, name := range p.Within {
		i, err := b.column(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(all, i) {
			return nil, yumen.Errorf(yumen.KindInvalid, "a column is to be shuffled within itself", "不能在自身之内置换该列").At(name)
		}
		all = append(all, i)
	}
	own := len(b.columns)
	return newPermuteStage(b, all, func(cols []arrow.Array, rows int) ([][]int, error) {
		from := shuffled(groupsOf(cols[own:], rows), rows, random)
		plan := make([][]int, len(cols))
		for c := range own {
			plan[c] = from
		}
		return plan, nil
	}), nil
}

// groupsOf returns the rows of each combination of values of the columns; without columns, all rows.
func groupsOf(cols []arrow.Array, rows int) [][]int {
	if len(cols) == 0 {
		return [][]int{allRows(rows)}
	}
	index := map[string]int{}
	var groups [][]int
	var key []byte
	for row := range rows {
		key = key[:0]
		for _, c := range cols {
			key = appendKeyCell(key, c, row)
		}
		g, ok := index[string(key)]
		if !ok {
			g = len(groups)
			index[string(key)] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], row)
	}
	return groups
}

// shuffled draws a permutation that keeps each group (Fisher and Yates).
func shuffled(groups [][]int, rows int, random *randv2.Rand) []int {
	from := make([]int, rows)
	for _, g := range groups {
		to := slices.Clone(g)
		random.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
		for k, row := range g {
			from[row] = to[k]
		}
	}
	return from
}

// RankSwap swaps the cells of a column pairwise between rows whose values are near in rank (Moore 1996), each column on
// its own. Nulls and NaN stay.
type RankSwap struct {
	Percent float64 `yaml:"percent" en:"the greatest distance in rank, in percent of the rows, above 0 up to 100" zh:"名次最大相差，占行数的百分比，大于 0 至 100"`
}

func (*RankSwap) about() About {
	return About{
		Title: yumen.Text{EN: "rank swapping", ZH: "秩交换"}, Term: yumen.Text{EN: "randomization: permutation, bounded in rank", ZH: "随机化技术：置换（秩距受限）"},
		Types: "integer, double, decimal, date, timestamp", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the column's distribution exactly, relations between columns roughly", ZH: "列分布完全保持，列间关系大致保持"},
		Leaks:     yumen.Text{EN: "a value near the true one in rank", ZH: "名次相近的值"},
	}
}

func (p *RankSwap) bind(b *binding) (stage, error) {
	if !(p.Percent > 0 && p.Percent <= 100) || len(b.columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "name columns, and percent above 0 up to 100", "请列出列，percent 大于 0 且不超过 100")
	}
	for _, i := range b.columns {
		if k := b.kind(i); !k.Numeric() && k != yumen.TypeDate && k != yumen.TypeTimestamp {
			return nil, yumen.AsError(wrongType(k)).At(b.name(i))
		}
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	return newPermuteStage(b, b.columns, func(cols []arrow.Array, rows int) ([][]int, error) {
		plan := make([][]int, len(cols))
		for c, col := range cols {
			plan[c] = swapped(orderOf(col, rows), rows, p.Percent, random)
		}
		return plan, nil
	}), nil
}

// orderOf returns the rows with a value, by rising value.
func orderOf(col arrow.Array, rows int) []int {
	var order []int
	values := make([]float64, rows)
	for row := range rows {
		values[row] = sortable(col, row)
		if !math.IsNaN(values[row]) {
			order = append(order, row)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
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

// PRAM replaces each category, with a probability, by one drawn from the column as a whole (post-randomization method; Gouweleeuw
// et al. 1998). Drawing from the column's own frequencies keeps them in expectation.
type PRAM struct {
	Retain float64 `yaml:"retain" en:"the probability that a cell is left as it is, from 0 up to, not including, 1" zh:"保持原值的概率，0 起、小于 1"`
}

func (*PRAM) about() About {
	return About{
		Title: yumen.Text{EN: "post-randomization (PRAM)", ZH: "后随机化（PRAM）"}, Term: yumen.Text{EN: "randomization: PRAM", ZH: "随机化技术：后随机化"},
		Types: "all, meant for categories", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the column's frequencies in expectation", ZH: "列频数的期望"},
		Leaks:     yumen.Text{EN: "the true value with probability of at least retain; rare values still occur", ZH: "以不低于 retain 的概率为真值；稀有值仍会出现"},
	}
}

func (p *PRAM) bind(b *binding) (stage, error) {
	if !(p.Retain >= 0 && p.Retain < 1) || len(b.columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "name columns, and retain from 0 to below 1", "请列出列，retain 不小于 0 且小于 1")
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	return newPermuteStage(b, b.columns, func(cols []arrow.Array, rows int) ([][]int, error) {
		plan := make([][]int, len(cols))
		for c, col := range cols {
			plan[c] = p.draw(col, rows, random)
		}
		return plan, nil
	}), nil
}

func (p *PRAM) draw(col arrow.Array, rows int, random *randv2.Rand) []int {
	from := allRows(rows)
	var valid []int
	for row := range from {
		if col.IsValid(row) {
			valid = append(valid, row)
		}
	}
	for _, row := range valid {
		if random.Float64() >= p.Retain {
			from[row] = valid[random.IntN(len(valid))]
		}
	}
	return from
}
