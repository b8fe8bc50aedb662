package technique

import (
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// PRAM replaces each category, with a probability, by one drawn from the column as a whole (post-randomization method;
// Gouweleeuw et al. 1998). Drawing from the column's own frequencies keeps them in expectation.
type PRAM struct {
	Retain float64 `yaml:"retain" en:"the probability that a cell is left as it is, from 0 up to, not including, 1" zh:"保持原值的概率，0 起、小于 1"`
}

func (*PRAM) about() About {
	return About{
		Title: yumen.Text{EN: "post-randomization (PRAM)", ZH: "后随机化（PRAM）"},
		Term:  yumen.Text{EN: "randomization: PRAM", ZH: "随机化技术：后随机化"},
		Types: "all, meant for categories", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the column's frequencies in expectation", ZH: "列频数的期望"},
		Leaks: yumen.Text{EN: "the true value with probability of at least retain; rare values still occur",
			ZH: "以不低于 retain 的概率为真值；稀有值仍会出现"},
	}
}

func (p *PRAM) bind(b *Binding) (Stage, error) {
	if !(p.Retain >= 0 && p.Retain < 1) || len(b.Columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "name columns, and retain from 0 to below 1",
			"请列出列，retain 不小于 0 且小于 1")
	}
	return b.permuteEach(p.draw)
}

func (p *PRAM) draw(col arrow.Array, rows int, random *randv2.Rand) []int {
	from := allRows(rows)
	valid := slices.DeleteFunc(allRows(rows), func(row int) bool { return col.IsNull(row) })
	for _, row := range valid {
		if random.Float64() >= p.Retain {
			from[row] = valid[random.IntN(len(valid))]
		}
	}
	return from
}
