package technique

import (
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// Permute shuffles the columns of the step together: their cells of one row stay in one row, but another's.
type Permute struct {
	Within []string `yaml:"within" en:"shuffle only among rows equal in these columns" zh:"仅在这些列取值相同的行之间置换"`
}

func (*Permute) about() About {
	return About{
		Title: yumen.Text{EN: "permutation", ZH: "置换"},
		Term:  yumen.Text{EN: "randomization: permutation", ZH: "随机化技术：置换"},
		Types: "all", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "all values and their frequencies, within groups too", ZH: "全部取值及其频数（含组内频数）"},
		Leaks: yumen.Text{EN: "every value occurs as it was; a unique or telling value gives its owner away",
			ZH: "取值原样存在；独有或有指向性的值会暴露其主体"},
	}
}

func (p *Permute) bind(b *Binding) (Stage, error) {
	if len(b.Columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the step names no columns", "该步骤没有列出列")
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	all := slices.Clone(b.Columns)
	for _, name := range p.Within {
		i, err := b.Column(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(all, i) {
			return nil, yumen.Errorf(yumen.KindInvalid, "a column is to be shuffled within itself",
				"不能在自身之内置换该列").At(name)
		}
		all = append(all, i)
	}
	own := len(b.Columns)
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
	index := numbering{}
	var groups [][]int
	var key []byte
	for row := range rows {
		key = key[:0]
		for _, c := range cols {
			key = appendKeyCell(key, c, row)
		}
		g := index.of(string(key))
		if g == len(groups) {
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], row)
	}
	return groups
}

// permuteEach makes the stage of a technique that permutes each column on its own: draw says where each row's cell
// comes from.
func (b *Binding) permuteEach(draw func(col arrow.Array, rows int, random *randv2.Rand) []int) (Stage, error) {
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	return newPermuteStage(b, b.Columns, func(cols []arrow.Array, rows int) ([][]int, error) {
		plan := make([][]int, len(cols))
		for c, col := range cols {
			plan[c] = draw(col, rows, random)
		}
		return plan, nil
	}), nil
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
