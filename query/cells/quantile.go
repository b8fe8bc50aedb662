package cells

import (
	"math"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// A median or quantile of class aggregate is read from a histogram that could be shown: its edges are public places
// between which each combination of parts has k units or more, and the counts below the edges are rounded as counts are
// (see emit/histogram.go), or further where they must not be told (Histogram). It is a cell derived from the count of
// the values, and is suppressed with it.

// quantile writes a quantile of a·x + b as that of the column x, so that no constant of the analyst's moves an edge.
func (n *normal) quantile(g *plan.Aggregate) *plan.Expr {
	valued := slices.DeleteFunc(n.pieces(g.Arg), func(p piece) bool { return p.value == nil })
	var m measured
	var poly polynomial
	if len(valued) == 1 {
		poly = n.polynomial(valued[0].value)
		if of := poly.measures(); len(of) == 1 {
			m = of[0]
		}
	}
	if of := m.bare(); of == nil || of.Op != plan.OpColumn || of.Column.Alts != nil {
		n.AddFix("aggregate.quantile", g.At,
			yumen.Say("a median or quantile is taken of one column, times or plus constants: its buckets must be at public places, and values of a UNION or computed from several columns have none", "中位数或分位数只能对一个列（可乘、加常量）求取：其分桶须位于公开位置，而 UNION 的取值或由多列计算的值没有这样的位置"),
			yumen.Say("write median(x) FILTER (WHERE …) of a column x", "请对列 x 写 median(x) FILTER (WHERE …)"))
		return plan.BadExpr(g.At)
	}
	if g.Quantile <= 0 || g.Quantile >= 1 {
		n.AddFix("function.single-value", g.At,
			yumen.Say("a quantile of 0 or 1 is refused: it is the least or largest value, one row's",
				"不允许 0 或 1 的分位数：它是最小值或最大值，即某一行的值"),
			yumen.Say("write quantile_cont(x, 0.9)", "请写 quantile_cont(x, 0.9)"))
		return plan.BadExpr(g.At)
	}
	x, q := m.bare(), g.Quantile
	if m.factor.Sign() < 0 {
		q = 1 - q
	}
	filter := n.where(g, append(slices.Clone(valued[0].conds), n.present(x, valued[0].conds...)...))
	count := n.register(&plan.Aggregate{Fn: "count", Filter: filter, Type: plan.Int, At: g.At})
	out := derive(n.b, &plan.Aggregate{Fn: "quantile", Quantile: q, Arg: x, Filter: filter, Of: count,
		Upper: count.Aggregate, Type: plan.Double, At: g.At})
	out = scaled(m.factor, out)
	if poly.constant.Sign() != 0 {
		out = plan.Arithmetic("+", out, rational(poly.constant))
	}
	if out.Type != g.Type {
		out = plan.CastTo(out, g.Type)
	}
	return out
}

// quantilesOf lists the derived cells that are quantiles.
func quantilesOf(b *plan.Block) []*plan.Aggregate {
	return slices.DeleteFunc(slices.Clone(b.Derived), func(g *plan.Aggregate) bool { return g.Fn != "quantile" })
}

// judgeQuantiles refuses quantiles of several columns: the same people in the buckets of two columns are a table of
// both that no rule judges. And conditions on the column elsewhere, which cut buckets in two.
func judgeQuantiles(b *plan.Block, rs *reason.List) {
	of := quantilesOf(b)
	if len(of) > 0 && len(b.Levels) > 0 {
		rs.AddFix("aggregate.quantile", of[0].At,
			yumen.Say("a quantile stands in totals beside their parts: what the buckets of both tell together is not judged", "分位数出现在合计与分项并列的表中：两者的分桶合在一起会泄露什么，尚不能判定"),
			yumen.Say("write one GROUP BY; submit the totals as a job of their own", "请只写一个 GROUP BY；合计另作一个任务提交"))
		return
	}
	for _, g := range of {
		if !plan.SameExpr(g.Arg, of[0].Arg) {
			rs.AddFix("aggregate.quantile", g.At,
				yumen.Say("the statement has quantiles of several columns: what the buckets of both tell of the same people is not judged", "该语句对多个列求分位数：两列的分桶合在一起会泄露同一批人的什么，尚不能判定"),
				yumen.Say("submit one job for each column", "请每列各提交一个任务"))
			return
		}
	}
	if i := slices.IndexFunc(b.Aggs, func(g *plan.Aggregate) bool { return g.Fn != "count" }); i >= 0 &&
		len(of) > maxBesideSums {
		rs.AddFix("aggregate.quantile", b.Aggs[i].At,
			yumen.Say("a sum, mean, deviation or count(DISTINCT …) stands beside more than %d quantiles: these tell the histogram, and what the histogram does not explain of the sum may be one person's", "合计、平均、离差或 count(DISTINCT …) 与超过 %d 个分位数并列：后者已给出直方图，合计中直方图不能解释的部分可能属于某一个人", maxBesideSums),
			yumen.Say("leave quantiles out, or submit them as a job of their own", "请减少分位数，或将其作为单独的任务提交"))
		return
	}
	for _, g := range b.Aggs {
		if i := slices.IndexFunc(conjunctsOf(g.Filter), func(c *plan.Expr) bool { return cutsBuckets(c, of) }); i >= 0 {
			rs.AddFix("aggregate.quantile", g.At,
				yumen.Say("a condition on the column stands beside its quantile: it would cut the buckets in two",
					"分位数所依据的列另有条件：这会把分桶一分为二"),
				yumen.Say("write the condition into WHERE, or submit two jobs", "请把条件写入 WHERE，或分为两个任务"))
			return
		}
	}
}

// maxBesideSums bounds the quantiles beside what adds up other than rows. A quantile tells of the counts below two
// edges that its share lies between them, so many quantiles tell about how many rows are in each bucket. Where a bucket
// is one value, or nearly, a sum less what the histogram says of it is then about what one outlier has beyond the last
// edge.
const maxBesideSums = 3

// cutsBuckets reports whether a condition chooses by the value of the column and is not one of all quantiles.
func cutsBuckets(c *plan.Expr, of []*plan.Aggregate) (found bool) {
	if len(of) == 0 || c.Op == plan.OpCall && c.Fn == "is not null" && plan.SameExpr(c.Args[0], of[0].Arg) {
		return false
	}
	c.Walk(func(x *plan.Expr) bool {
		found = found || x.Op == plan.OpColumn && plan.SameExpr(x, of[0].Arg)
		return !found
	})
	return found && slices.ContainsFunc(of, func(g *plan.Aggregate) bool {
		return !slices.ContainsFunc(conjunctsOf(g.Filter), func(o *plan.Expr) bool { return plan.SameExpr(o, c) })
	})
}

// Histogram says how the buckets of a block's quantiles are counted.
type Histogram struct {
	Column *plan.Expr
	Of     []*plan.Aggregate
	Grid   Grid

	// Counted says that quantiles may tell how many rows lie below their edges. Where each unit has one row and all other
	// figures count, each row is in one bucket and one combination of parts, and k units are in both: what counts of
	// buckets and of parts tell together rests on so many. Where units have several rows it may rest on the few whose rows
	// are spread over buckets in another way than those of all others, and beside a sum on the few who have another value
	// than most in their bucket.
	Counted bool
}

// HistogramOf is nil where a block has no quantiles.
func HistogramOf(b *plan.Block) *Histogram {
	of := quantilesOf(b)
	if len(of) == 0 {
		return nil
	}
	counted := !slices.ContainsFunc(b.Joins.Rels(), func(r *plan.Relation) bool { return !r.Reference() && !oneRow(r) }) &&
		!slices.ContainsFunc(b.Aggs, func(g *plan.Aggregate) bool { return g.Fn != "count" && g.Fn != "count_units" })
	return &Histogram{of[0].Arg, of, gridOf(of[0].Arg), counted}
}

// Grid is the finest buckets, numbered from 0. It follows from the catalog alone: bounds, type and what the grant
// allows.
//
// Where Width is not 0 they are intervals of this width that start at its multiples, from First on. Otherwise they are
// values of the same sign and the same two leading digits, in steps of 10^Exp at least; the buckets of positive values
// start at number Zero.
type Grid struct {
	Width  float64
	First  int64
	Exp    int
	Step   float64  // of the values; 0 where they have none
	Lo, Hi *float64 // the bounds, where Width is not 0 and they are known
	Bits   int      // buckets have numbers of so many bits
}

// Limits of grids.
const (
	Zero        = 2048  // of 12 bits
	maxBuckets  = 500   // of equal width
	maxValues   = 1000  // whole numbers, or values of another step, that are buckets each
	maxOrders   = 100.0 // between positive bounds: above, leading digits are of more use than equal widths
	openBits    = 20    // of buckets without bounds
	doubleExp   = -6    // of doubles, what lies below 10⁻⁵ is told apart no finer than by 10⁻⁶
	maxMantissa = 22    // decades told apart
)

// MaxDecade is the highest exponent of a grid of leading digits.
func (g Grid) MaxDecade() int { return g.Exp + maxMantissa }

func gridOf(x *plan.Expr) Grid {
	g := Grid{Exp: doubleExp, Step: x.Type.Step(), Bits: 12}
	if g.Step > 0 {
		g.Exp = int(math.Round(math.Log10(g.Step)))
	}
	least, coarse := leastWidth(x.Column)
	var lo, hi float64
	s := interval.Span{}
	if x.Column.Base != nil {
		if s = interval.Declared(x.Column.Base, x.Type); s.Bounded() {
			lo, _ = s.Lo.Float64()
			hi, _ = s.Hi.Float64()
		}
	}
	few := g.Step > 0 && hi-lo <= maxValues*g.Step
	switch {
	case s.Bounded() && hi > lo && (few || lo > 0 && hi <= maxOrders*lo || coarse && (hi-lo)/least < 1<<openBits):
		g.Width = g.Step
		if !few {
			g.Width = max(g.Step, stepAbove((hi-lo)/maxBuckets))
		}
		if coarse {
			g.Width = least * math.Ceil(g.Width/least-1e-9)
		}
		g.First, g.Lo, g.Hi = int64(math.Floor(lo/g.Width)), &lo, &hi
		for g.Bits = 1; float64(int64(1)<<g.Bits) <= (hi-lo)/g.Width+2; g.Bits++ {
		}
	case coarse:
		g.Width, g.Bits, g.First = least, openBits, -1<<(openBits-1)
	}
	return g
}

// leastWidth is the width of the intervals that a column may be seen in only.
func leastWidth(c *plan.Column) (float64, bool) {
	for c.Base == nil && c.Def != nil && c.Def.Op == plan.OpColumn {
		c = c.Def.Column
	}
	if c.Base == nil || c.Relation.Table == nil {
		return 0, false
	}
	uses := c.Relation.Table.Uses[c.Base.Name]
	i := slices.IndexFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UseBucket && u.Width > 0 })
	if i < 0 || plan.HasUse(uses, yumen.UseGroup) || plan.HasUse(uses, yumen.UseFilter) {
		return 0, false
	}
	return uses[i].Width, true
}

// stepAbove is the smallest of 1, 2 and 5 times a power of ten that is at least least.
func stepAbove(least float64) float64 {
	unit := math.Pow10(int(math.Floor(math.Log10(least) + 1e-12)))
	for _, d := range []float64{1, 2, 5} {
		if d*unit >= least*(1-1e-12) {
			return d * unit
		}
	}
	return 10 * unit
}
