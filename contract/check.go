package contract

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	"github.com/yumen-data/yumen/internal/uses"
)

// Check compares a contract with the catalog entries of the datasets it names and returns every reason not to sign it:
// datasets and columns that do not exist, providers that are no party, and uses the catalog does not allow or allows
// only with stricter parameters. A place is a path of names, such as datasets.visits.columns.cost.uses.aggregate.
func Check(c *yumen.Contract, datasets map[string]yumen.Dataset) []yumen.Reason {
	var k checker
	for i := range c.Datasets {
		granted := &c.Datasets[i]
		place := "datasets." + granted.Dataset
		d, ok := datasets[granted.Dataset]
		if !ok {
			k.add("dataset.unknown", place,
				yumen.Say("there is no dataset %q in the catalog", "目录中没有数据集 %q", granted.Dataset),
				suggest.Fix(granted.Dataset, slices.Sorted(maps.Keys(datasets))))
			continue
		}
		if !slices.Contains(c.Parties.Providers, d.Provider) {
			k.add("provider.not-party", place,
				yumen.Say("its provider, %s, is not a party to the contract", "其提供方 %s 不是合同当事方", d.Provider),
				yumen.Say("add it to parties.providers", "请加入 parties.providers"))
		}
		for j := range granted.Columns {
			k.column(&granted.Columns[j], &d, place)
		}
	}
	return k.reasons
}

type checker struct{ reasons []yumen.Reason }

func (k *checker) add(rule, place string, msg, fix yumen.Text) {
	k.reasons = append(k.reasons, yumen.Reason{Rule: rule, Place: place, Msg: msg, Fix: fix})
}

func (k *checker) column(g *yumen.GrantedColumn, d *yumen.Dataset, place string) {
	place += ".columns." + g.Name
	column, ok := d.Column(g.Name)
	if !ok {
		k.add("column.unknown", place, yumen.Say("dataset %q has no column %q", "数据集 %q 没有列 %q", d.Name, g.Name),
			suggest.Fix(g.Name, columnNames(d)))
		return
	}
	for _, u := range g.Uses {
		if u.Use != yumen.UseDeny {
			k.use(u, column, place+".uses."+string(u.Use))
		}
	}
}

func (k *checker) use(u yumen.Constraint, column *yumen.Column, place string) {
	i := slices.IndexFunc(column.Constraints, func(c yumen.Constraint) bool { return c.Use == u.Use })
	denied := slices.ContainsFunc(column.Constraints, func(c yumen.Constraint) bool { return c.Use == yumen.UseDeny })
	switch {
	case len(column.Constraints) == 0 || denied:
		k.add("use.not-in-catalog", place,
			yumen.Say("the catalog allows no use of column %q", "目录不允许使用列 %q", column.Name), yumen.Text{})
	case i < 0:
		k.add("use.not-in-catalog", place,
			yumen.Say("the catalog does not allow %s on column %q", "目录不允许对列 %[2]q 作 %[1]s", u.Use, column.Name),
			yumen.Say("allowed are %s", "允许的有 %s", useNames(column.Constraints)))
	default:
		k.params(u, column.Constraints[i], place)
	}
}

// params refuses parameters laxer than the catalog's. The stricter one would count anyway; but who signs must not read
// a contract that promises more than it gives.
func (k *checker) params(u, ceiling yumen.Constraint, place string) {
	lax := func(key string, msg, fix yumen.Text) { k.add("use.more-permissive", place+"."+key, msg, fix) }
	if u.MinK > 0 && u.MinK < ceiling.MinK {
		lax("min_k", yumen.Say("min_k is %d, the catalog asks for %d", "min_k 为 %d，目录要求 %d", u.MinK, ceiling.MinK),
			atLeast(ceiling.MinK))
	}
	if u.MaxDominance > 0 && ceiling.MaxDominance > 0 && u.MaxDominance > ceiling.MaxDominance {
		lax("max_dominance", yumen.Say("max_dominance is %v, the catalog allows %v", "max_dominance 为 %v，目录至多允许 %v",
			u.MaxDominance, ceiling.MaxDominance), yumen.Text{})
	}
	for _, f := range u.Functions {
		if !slices.Contains(ceiling.Functions, f) {
			lax("functions", yumen.Say("the catalog does not allow %s", "目录不允许 %s", f),
				yumen.Say("allowed are %s", "允许的有 %s", strings.Join(ceiling.Functions, ", ")))
		}
	}
	if u.Width > 0 && ceiling.Width > 0 {
		k.width(u.Width, ceiling.Width, place+".width")
	}
	for _, p := range u.Parts {
		if asked, ok := uses.PartsOf(p); ok && !uses.Covers(ceiling.Parts, asked) {
			lax("parts", yumen.Say("the catalog does not allow %s", "目录不允许 %s", p),
				yumen.Say("allowed are %s, and what follows from one of them", "允许的有 %s，以及由其一推得的部分",
					strings.Join(ceiling.Parts, ", ")))
		}
	}
	if u.Technique != "" && u.Technique != ceiling.Technique {
		lax("technique", yumen.Say("the catalog asks for the mask %s, not %s", "目录要求的掩码是 %s，而非 %s", ceiling.Technique,
			u.Technique), yumen.Text{})
	}
}

// width asks for whole multiples of the catalog's width, so that the intervals of all contracts nest. Intervals of 10
// and of 15 side by side would give away intervals of 5.
func (k *checker) width(w, least float64, place string) {
	ratio := w / least
	switch {
	case w < least:
		k.add("use.more-permissive", place,
			yumen.Say("width is %v, the catalog asks for at least %v", "width 为 %v，目录要求至少 %v", w, least), yumen.Text{})
	case math.Abs(ratio-math.Round(ratio)) > 1e-9*ratio:
		k.add("width.multiple", place,
			yumen.Say("width is %v, which is not a whole multiple of the catalog's %v", "width 为 %v，不是目录所定 %v 的整数倍", w,
				least), yumen.Say("such as %v", "如 %v", math.Ceil(ratio)*least))
	}
}

func atLeast(n int) yumen.Text { return yumen.Say("write at least %d", "请写至少 %d", n) }

func useNames(list []yumen.Constraint) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c.Use)
	}
	return strings.Join(names, ", ")
}

func columnNames(d *yumen.Dataset) []string {
	names := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		names[i] = c.Name
	}
	return names
}
