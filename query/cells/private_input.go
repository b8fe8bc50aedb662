package cells

import (
	"math/big"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// QuestionInput is a number taken from each row: a value where conditions hold, NULL elsewhere.
type QuestionInput struct {
	Value  *plan.Expr   // of the declared type; nil where only being counted matters
	Filter []*plan.Expr // conjuncts
	Typ    plan.Type
	Bare   bool // value is a column as it is stored
	There  bool // value is never NULL
	Sure   bool // nor is the input, because there are no conditions
	Spec   task.MeasuredInput
	Square bool // a variance is asked for
	Hashed bool // only told apart: a number that stands for the value
	Text   string
}

func (in *QuestionInput) each(visit func(*plan.Expr)) {
	if in.Value != nil {
		visit(in.Value)
	}
	for _, c := range in.Filter {
		visit(c)
	}
}

// maxUnits bounds a measured number, in units of its last digit kept: beyond, noise could not be drawn in whole units.
const maxUnits = 1 << 52

// maxSquared bounds the width of an interval whose squares are summed in 128 bits, over many rows of many units.
const maxSquared = 1 << 38

// numeric makes the input of a measure that depends on how large a value is. It returns nil if how large is not known.
func (p *Question) numeric(g *plan.Aggregate, flat *plan.Aggregate) *QuestionInput {
	e := flat.Arg
	filter := p.filter(flat)
	for e.Op == plan.OpCase && len(e.Args) == 3 && e.Args[2].Type.Kind == plan.KindNull { // CASE WHEN … THEN e END
		filter, e = append(filter, plan.Conjuncts(plan.Plain(e.Args[0]))...), e.Args[1]
	}
	in := &QuestionInput{Value: e, Typ: e.Type, Filter: filter}
	given := p.given
	for _, c := range filter {
		given = given.And(c)
	}
	s, capped := p.known(e, given)
	in.There = !s.Null
	if e.Type.Kind == plan.KindNull {
		in.Typ, s = plan.Int, interval.Exactly(0, 0)
	}
	if !s.Bounded() {
		p.unbounded(g, s.Null)
		return nil
	}
	in.Bare = e.Op == plan.OpColumn && e.Column.Base != nil
	in.Square = g.Fn != "sum" && g.Fn != "avg" && g.Fn != "median" && g.Fn != "quantile"
	if !in.settle(s) {
		in.Typ, in.Bare = plan.Double, false // too many digits for whole numbers: fewer will do
		if !in.settle(s.Double()) {
			p.tooWide(g)
			return nil
		}
	}
	in.There = in.There && !(capped && in.Typ.Kind == plan.KindDecimal) // what has more digits than the type is NULL
	in.Sure = in.There && len(in.Filter) == 0
	if in.Bare {
		held := interval.Declared(e.Column.Base, e.Type)
		in.Spec.Held = held.Bounded() && held.Lo.Cmp(s.Lo) == 0 && held.Hi.Cmp(s.Hi) == 0
	}
	in.Spec.Held = in.Spec.Held || in.Typ == plan.Bool
	return in
}

// known is the span of a measured value. Where the subqueries by units that it is computed from have no end, theirs is
// what the rows of a unit that count can make: as rows beyond those do where rows are measured one by one, what lies
// beyond is clamped. Whether it can be NULL is said of all that is there, since a NULL counts as no value whatever
// counts.
func (p *Question) known(e *plan.Expr, given interval.Assumed) (s interval.Span, capped bool) {
	if s = p.spans.Of(e, given); s.Bounded() {
		return s, false
	}
	p.counted.Against = false
	if c := p.counted.Of(e, given); c.Bounded() && !p.counted.Against {
		p.capped = true
		return interval.Span{Lo: c.Lo, Hi: c.Hi, Null: s.Null}, true
	}
	return s, false
}

// settle fixes the unit that the input is counted in and its interval in these units.
func (in *QuestionInput) settle(s interval.Span) bool {
	scale := in.Typ.Scale
	if in.Typ == plan.Double {
		scale = doubleScale(s, in.Square)
	}
	unit := interval.Pow10(scale)
	lo := interval.HalfAway(new(big.Rat).Mul(s.Lo, unit), plan.Int).Num() // values are clamped to these, so that nearest is near enough
	hi := interval.HalfAway(new(big.Rat).Mul(s.Hi, unit), plan.Int).Num()
	if lo.CmpAbs(big.NewInt(maxUnits)) > 0 || hi.CmpAbs(big.NewInt(maxUnits)) > 0 {
		return false
	}
	if in.Typ.Kind == plan.KindDecimal && !in.Bare && in.Typ.Scale <= plan.MaxSumScale {
		in.Typ.Width = plan.MaxSumScale // 2^52 units need no more digits, and the engine adds up longer ones far slower
	}
	in.Spec = task.MeasuredInput{Type: in.Typ.Name(), Scale: scale, Lo: lo.Int64(), Hi: hi.Int64()}
	if in.Typ.Scale > plan.MaxSumScale || in.Square && in.Spec.Hi-in.Spec.Lo > maxSquared {
		return false
	}
	return true
}

// doubleDigits is how many binary digits of a double are kept: enough that rounding is far below the noise. Squares are
// summed too, and of fewer.
const (
	doubleDigits  = 40
	squaredDigits = 36
)

// doubleScale is how many decimal digits after the point are kept of doubles in s: as many as keep the greatest within
// 2^doubleDigits units. It depends on the declared interval only.
func doubleScale(s interval.Span, square bool) int {
	most := s.Abs().Hi
	if most.Sign() == 0 {
		return 0
	}
	digits := uint(doubleDigits)
	if square {
		digits = squaredDigits
	}
	limit := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), digits))
	scale := 0
	for scale < plan.MaxSumScale && new(big.Rat).Mul(most, interval.Pow10(scale+1)).Cmp(limit) <= 0 {
		scale++
	}
	return scale
}

func (p *Question) unbounded(g *plan.Aggregate, null bool) {
	if p.counted.Against {
		p.AddFix("dp.bounds", g.At,
			yumen.Say("the conditions leave units only with more rows than the %d of one unit that count",
				"条件只留下行数超过每单元计数上限 %d 行的单元", p.counted.Rows),
			yumen.Say("ask for more rows of a unit, or hold the argument to an interval: least(greatest(x, lo), hi)",
				"请提高每单元行数上限，或将参数限定在区间内：least(greatest(x, lo), hi)"))
		return
	}
	clamp := "least(greatest(x, lo), hi)"
	if null {
		clamp = "CASE WHEN x IS NOT NULL THEN " + clamp + " END"
	}
	p.AddFix("dp.bounds", g.At,
		yumen.Say("how large the argument x of %s can be is not known from the catalog and the text, so that no noise would hide one row of it", "无法由目录和语句得知 %s 的参数 x 的取值范围，因此没有噪声能掩盖其中一行", g.Fn),
		yumen.Say("hold it to an interval: %s", "请将其限定在区间内：%s", clamp))
}

func (p *Question) tooWide(g *plan.Aggregate) {
	p.AddFix("dp.bounds", g.At,
		yumen.Say("the interval of the argument of %s is too wide for exact sums", "%s 的参数区间过宽，无法精确求和", g.Fn),
		yumen.Say("hold it to a narrower interval: least(greatest(x, lo), hi)", "请限定在更窄的区间：least(greatest(x, lo), hi)"))
}

// filter lists the conditions of an aggregate's FILTER.
func (p *Question) filter(flat *plan.Aggregate) []*plan.Expr {
	if flat.Filter == nil {
		return nil
	}
	return plan.Conjuncts(plan.Plain(flat.Filter))
}

// distinct makes the input that tells values apart: a number for each, which two values share with a chance of 2^-52.
// Which number it is follows from the value, so that a unit's numbers are a function of its rows.
func (p *Question) distinct(flat *plan.Aggregate) *QuestionInput {
	filter := append(p.filter(flat), p.present(flat.Arg)...)
	return &QuestionInput{Value: flat.Arg, Hashed: true, Typ: plan.Int, There: true, Filter: filter,
		Sure: len(filter) == 0,
		Spec: task.MeasuredInput{Type: yumen.TypeInteger, Hi: maxUnits - 1}}
}

// presence makes the input that is there where the argument is not NULL and the filter holds; nil where that is every
// row.
func (p *Question) presence(flat *plan.Aggregate) *QuestionInput {
	in := &QuestionInput{Typ: plan.Bool, Filter: p.filter(flat),
		Spec: task.MeasuredInput{Type: yumen.TypeBoolean, Hi: 1, Held: true}}
	if flat.Arg != nil {
		in.Filter = append(in.Filter, p.present(flat.Arg)...)
	}
	if len(in.Filter) == 0 {
		return nil
	}
	return in
}

// present lists conditions which together say that e is not NULL.
func (p *Question) present(e *plan.Expr) []*plan.Expr {
	switch {
	case !p.spans.Of(e, p.given).Null:
		return nil
	case e.Op == plan.OpCase && len(e.Args) == 3 && e.Args[2].Type.Kind == plan.KindNull:
		return append(plan.Conjuncts(plan.Plain(e.Args[0])), p.present(e.Args[1])...)
	case e.Op == plan.OpCast && e.Args[0].Type == e.Type:
		return p.present(e.Args[0])
	}
	return []*plan.Expr{plan.Call("is not null", e, e)}
}

// measure finds what an aggregate measures.
func (p *Question) measure(g, flat *plan.Aggregate) {
	m := &QuestionMeasure{}
	switch g.Fn {
	case "count":
		m.Fn, m.Input = task.MeasureCount, p.presence(flat)
	case "count_units":
		m.Fn, m.Input = task.MeasureUnits, p.presence(flat)
	case "count_distinct":
		m.Fn, m.Input = task.MeasureDistinct, p.distinct(flat)
	default:
		if m.Input = p.numeric(g, flat); m.Input == nil {
			return
		}
		m.Fn, m.Quantile = measureOf[g.Fn], g.Quantile
	}
	p.Of[g], p.Measures = m, append(p.Measures, m)
}

var measureOf = map[string]task.MeasureFn{"sum": task.MeasureSum, "avg": task.MeasureAvg, "var": task.MeasureVar,
	"var_pop": task.MeasureVarPop,
	"stddev":  task.MeasureStddev, "stddev_pop": task.MeasureStddevPop, "median": task.MeasureQuantile,
	"quantile": task.MeasureQuantile}
