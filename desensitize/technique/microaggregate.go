package technique

import (
	"cmp"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// Microaggregate replaces numbers by the mean of a group of at least k records alike.
type Microaggregate struct {
	K      int    `yaml:"k" en:"least size of a group, from 2" zh:"组的最小规模，不小于 2"`
	Method string `yaml:"method" en:"univariate (each column on its own, with the least possible loss; the default for one column) or mdav (all columns together; the default for several)" zh:"univariate（逐列，损失最小；单列缺省）或 mdav（多列联合；多列缺省）"`
}

// mdavLimit bounds the records of MDAV, whose time grows with their square.
const mdavLimit = 100_000

func (*Microaggregate) about() About {
	return About{
		Title: yumen.Text{EN: "microaggregation", ZH: "微聚集"},
		Term:  yumen.Text{EN: "randomization: microaggregation", ZH: "随机化技术：微聚集"},
		Types: "integer, double, decimal", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the mean of each column, most of its variance", ZH: "各列均值与大部分方差"},
		Leaks:     yumen.Text{EN: "the mean of the group; with several columns treated each on its own, their combination may stay unique", ZH: "组均值；多列逐列处理时其组合可能仍唯一"},
	}
}

func (p *Microaggregate) bind(b *Binding) (Stage, error) {
	method := p.Method
	if method == "" {
		method = map[bool]string{true: "univariate", false: "mdav"}[len(b.Columns) == 1]
	}
	if p.K < 2 || method != "univariate" && method != "mdav" {
		return nil, yumen.Errorf(yumen.KindInvalid, "k is a number from 2, method univariate or mdav",
			"k 为不小于 2 的整数，method 为 univariate 或 mdav")
	}
	return newNumberStage(b, func(cols [][]float64) ([][]float64, error) {
		if method == "mdav" {
			return p.mdav(cols)
		}
		return p.univariate(cols)
	})
}

func tooFew(k int) error {
	return yumen.Errorf(yumen.KindFailed, "the table has fewer than %d records with values in these columns",
		"这些列有取值的记录不足 %d 条", k).
		ToFix("choose a smaller k, or suppress the columns", "请减小 k，或抑制这些列")
}

// univariate groups each column on its own. NaN and nulls stay as they are.
func (p *Microaggregate) univariate(cols [][]float64) ([][]float64, error) {
	for _, col := range cols {
		order := slices.DeleteFunc(allRows(len(col)), func(r int) bool { return !finite(col[r]) })
		if len(order) == 0 {
			continue
		}
		if len(order) < p.K {
			return nil, tooFew(p.K)
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(col[a], col[b]) })
		for _, g := range optimalGroups(col, order, p.K) {
			mean := 0.0
			for i, r := range g {
				mean += (col[r] - mean) / float64(i+1)
			}
			for _, r := range g {
				col[r] = mean
			}
		}
	}
	return cols, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// optimalGroups cuts the rows, ordered by value, into groups of k to 2k−1 with the least sum of squared distances to
// the means: a shortest path over the cuts (Hansen and Mukherjee 2003).
func optimalGroups(col []float64, order []int, k int) [][]int {
	n := len(order)
	// Sums of values, relative to the middle one so that squares stay exact, up to each cut.
	sum, square := make([]float64, n+1), make([]float64, n+1)
	middle := col[order[n/2]]
	for i, r := range order {
		v := col[r] - middle
		sum[i+1], square[i+1] = sum[i]+v, square[i]+v*v
	}
	cost, cut := make([]float64, n+1), make([]int, n+1)
	for i := 1; i <= n; i++ {
		cost[i] = math.Inf(1)
		for j := max(0, i-2*k+1); j <= i-k; j++ {
			s := sum[i] - sum[j]
			if c := cost[j] + square[i] - square[j] - s*s/float64(i-j); c < cost[i] {
				cost[i], cut[i] = c, j
			}
		}
	}
	var groups [][]int
	for i := n; i > 0; i = cut[i] {
		groups = append(groups, order[cut[i]:i])
	}
	return groups
}

// mdav groups records by all columns, standardized: the maximum distance to average vector method (Domingo-Ferrer and
// Mateo-Sanz 2002; MDAV-generic of Domingo-Ferrer and Torra 2005). A record with a gap in any of the columns
// has them all suppressed, for what is left of it would stay unprotected.
func (p *Microaggregate) mdav(cols [][]float64) ([][]float64, error) {
	var complete []int
	for row := range cols[0] {
		if slices.ContainsFunc(cols, func(c []float64) bool { return !finite(c[row]) }) {
			for _, c := range cols {
				c[row] = math.Inf(1)
			}
			continue
		}
		complete = append(complete, row)
	}
	switch {
	case len(complete) == 0:
		return cols, nil
	case len(complete) < p.K:
		return nil, tooFew(p.K)
	case len(complete) > mdavLimit:
		return nil, yumen.Errorf(yumen.KindLimit, "MDAV takes up to %d records", "MDAV 最多处理 %d 条记录", mdavLimit).
			ToFix("use method: univariate", "请用 method: univariate")
	}
	m := &mdav{points: standardized(cols, complete), dims: len(cols), k: p.K}
	for _, g := range m.groups() {
		for _, c := range cols {
			mean := 0.0
			for i, r := range g {
				mean += (c[complete[r]] - mean) / float64(i+1)
			}
			for _, r := range g {
				c[complete[r]] = mean
			}
		}
	}
	return cols, nil
}
