package query

import (
	"math/big"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// privateInput is a number taken from each row: a value where conditions hold, NULL elsewhere.
type privateInput struct {
	value  *expr   // of the declared type; nil where only being counted matters
	filter []*expr // conjuncts
	typ    sqlType
	bare   bool // value is a column as it is stored
	there  bool // value is never NULL
	sure   bool // nor is the input, because there are no conditions
	spec   task.MeasuredInput
	square bool // a variance is asked for
	hashed bool // only told apart: a number that stands for the value
	text   string
}

func (in *privateInput) each(visit func(*expr)) {
	if in.value != nil {
		visit(in.value)
	}
	for _, c := range in.filter {
		visit(c)
	}
}

// maxUnits bounds a measured number, in units of its last digit kept: beyond, noise could not be drawn in whole units.
const maxUnits = 1 << 52

// maxSquared bounds the width of an interval whose squares are summed in 128 bits, over many rows of many units.
const maxSquared = 1 << 38

// numeric makes the input of a measure that depends on how large a value is. It returns nil if how large is not known.
func (p *private) numeric(g *aggregate, flat *aggregate) *privateInput {
	e := flat.arg
	filter := p.filter(flat)
	for e.op == opCase && len(e.args) == 3 && e.args[2].typ.kind == kNull { // CASE WHEN … THEN e END
		filter, e = append(filter, conjuncts(plain(e.args[0]))...), e.args[1]
	}
	in := &privateInput{value: e, typ: e.typ, filter: filter}
	given := p.given
	for _, c := range filter {
		given = given.and(c)
	}
	s, capped := p.known(e, given)
	in.there = !s.null
	if e.typ.kind == kNull {
		in.typ, s = tInt, exactly(0, 0)
	}
	if !s.bounded() {
		p.unbounded(g, s.null)
		return nil
	}
	in.bare = e.op == opColumn && e.col.base != nil
	in.square = g.fn != "sum" && g.fn != "avg" && g.fn != "median" && g.fn != "quantile"
	if !in.settle(s) {
		in.typ, in.bare = tDouble, false // too many digits for whole numbers: fewer will do
		if !in.settle(s.double()) {
			p.tooWide(g)
			return nil
		}
	}
	in.there = in.there && !(capped && in.typ.kind == kDecimal) // what has more digits than the type is NULL
	in.sure = in.there && len(in.filter) == 0
	if in.bare {
		held := stored(e.col.base, e.typ)
		in.spec.Held = held.bounded() && held.lo.Cmp(s.lo) == 0 && held.hi.Cmp(s.hi) == 0
	}
	in.spec.Held = in.spec.Held || in.typ == tBool
	return in
}

// known is the span of a measured value. Where the subqueries by units that it is computed from have no end, theirs is what the rows
// of a unit that count can make: as rows beyond those do where rows are measured one by one, what lies beyond is clamped. Whether
// it can be NULL is said of all that is there, since a NULL counts as no value whatever counts.
func (p *private) known(e *expr, given assumed) (s span, capped bool) {
	if s = p.spans.of(e, given); s.bounded() {
		return s, false
	}
	p.counted.against = false
	if c := p.counted.of(e, given); c.bounded() && !p.counted.against {
		p.capped = true
		return span{c.lo, c.hi, s.null}, true
	}
	return s, false
}

// settle fixes the unit that the input is counted in and its interval in these units.
func (in *privateInput) settle(s span) bool {
	scale := in.typ.scale
	if in.typ == tDouble {
		scale = doubleScale(s, in.square)
	}
	unit := pow10(scale)
	lo := halfAway(new(big.Rat).Mul(s.lo, unit), tInt).Num() // values are clamped to these, so that nearest is near enough
	hi := halfAway(new(big.Rat).Mul(s.hi, unit), tInt).Num()
	if lo.CmpAbs(big.NewInt(maxUnits)) > 0 || hi.CmpAbs(big.NewInt(maxUnits)) > 0 {
		return false
	}
	if in.typ.kind == kDecimal && !in.bare && in.typ.scale <= maxSumScale {
		in.typ.width = maxSumScale // 2^52 units need no more digits, and the engine adds up longer ones far slower
	}
	in.spec = task.MeasuredInput{Type: in.typ.name(), Scale: scale, Lo: lo.Int64(), Hi: hi.Int64()}
	if in.typ.scale > maxSumScale || in.square && in.spec.Hi-in.spec.Lo > maxSquared {
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
func doubleScale(s span, square bool) int {
	most := s.abs().hi
	if most.Sign() == 0 {
		return 0
	}
	digits := uint(doubleDigits)
	if square {
		digits = squaredDigits
	}
	limit := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), digits))
	scale := 0
	for scale < maxSumScale && new(big.Rat).Mul(most, pow10(scale+1)).Cmp(limit) <= 0 {
		scale++
	}
	return scale
}

func (p *private) unbounded(g *aggregate, null bool) {
	if p.counted.against {
		p.addFix("dp.bounds", g.at, yumen.Say("the conditions leave units only with more rows than the %d of one unit that count", "条件只留下行数超过每单元计数上限 %d 行的单元", p.counted.rows),
			yumen.Say("ask for more rows of a unit, or hold the argument to an interval: least(greatest(x, lo), hi)", "请提高每单元行数上限，或将参数限定在区间内：least(greatest(x, lo), hi)"))
		return
	}
	clamp := "least(greatest(x, lo), hi)"
	if null {
		clamp = "CASE WHEN x IS NOT NULL THEN " + clamp + " END"
	}
	p.addFix("dp.bounds", g.at, yumen.Say("how large the argument x of %s can be is not known from the catalog and the text, so that no noise would hide one row of it", "无法由目录和语句得知 %s 的参数 x 的取值范围，因此没有噪声能掩盖其中一行", g.fn),
		yumen.Say("hold it to an interval: %s", "请将其限定在区间内：%s", clamp))
}

func (p *private) tooWide(g *aggregate) {
	p.addFix("dp.bounds", g.at, yumen.Say("the interval of the argument of %s is too wide for exact sums", "%s 的参数区间过宽，无法精确求和", g.fn),
		yumen.Say("hold it to a narrower interval: least(greatest(x, lo), hi)", "请限定在更窄的区间：least(greatest(x, lo), hi)"))
}

// filter lists the conditions of an aggregate's FILTER.
func (p *private) filter(flat *aggregate) []*expr {
	if flat.filter == nil {
		return nil
	}
	return conjuncts(plain(flat.filter))
}

// distinct makes the input that tells values apart: a number for each, which two values share with a chance of 2^-52. Which number
// it is follows from the value, so that a unit's numbers are a function of its rows.
func (p *private) distinct(flat *aggregate) *privateInput {
	filter := append(p.filter(flat), p.present(flat.arg)...)
	return &privateInput{value: flat.arg, hashed: true, typ: tInt, there: true, filter: filter, sure: len(filter) == 0,
		spec: task.MeasuredInput{Type: yumen.TypeInteger, Hi: maxUnits - 1}}
}

// presence makes the input that is there where the argument is not NULL and the filter holds; nil where that is every row.
func (p *private) presence(flat *aggregate) *privateInput {
	in := &privateInput{typ: tBool, filter: p.filter(flat), spec: task.MeasuredInput{Type: yumen.TypeBoolean, Hi: 1, Held: true}}
	if flat.arg != nil {
		in.filter = append(in.filter, p.present(flat.arg)...)
	}
	if len(in.filter) == 0 {
		return nil
	}
	return in
}

// present lists conditions which together say that e is not NULL.
func (p *private) present(e *expr) []*expr {
	switch {
	case !p.spans.of(e, p.given).null:
		return nil
	case e.op == opCase && len(e.args) == 3 && e.args[2].typ.kind == kNull:
		return append(conjuncts(plain(e.args[0])), p.present(e.args[1])...)
	case e.op == opCast && e.args[0].typ == e.typ:
		return p.present(e.args[0])
	}
	return []*expr{call("is not null", e, e)}
}

// measure finds what an aggregate measures.
func (p *private) measure(g, flat *aggregate) {
	m := &privateMeasure{}
	switch g.fn {
	case "count":
		m.fn, m.input = task.MeasureCount, p.presence(flat)
	case "count_units":
		m.fn, m.input = task.MeasureUnits, p.presence(flat)
	case "count_distinct":
		m.fn, m.input = task.MeasureDistinct, p.distinct(flat)
	default:
		if m.input = p.numeric(g, flat); m.input == nil {
			return
		}
		m.fn, m.q = measureOf[g.fn], g.q
	}
	p.of[g], p.measures = m, append(p.measures, m)
}

var measureOf = map[string]task.MeasureFn{"sum": task.MeasureSum, "avg": task.MeasureAvg, "var": task.MeasureVar, "var_pop": task.MeasureVarPop,
	"stddev": task.MeasureStddev, "stddev_pop": task.MeasureStddevPop, "median": task.MeasureQuantile, "quantile": task.MeasureQuantile}
