package query

import (
	"math"
	"math/big"
	"slices"
	"time"
)

// assumed is what conditions that every row has met say about expressions, by signature.
type assumed map[string]span

// assume reads conditions of the forms x < constant, x BETWEEN …, x IN (…) and x IS NOT NULL. What they say comes from the
// text, never from data.
func assume(conds []*expr, more ...*expr) assumed {
	out := assumed{}
	for _, c := range conds {
		out.take(c)
	}
	for _, m := range more {
		if m != nil {
			for _, c := range conjuncts(m) {
				out.take(c)
			}
		}
	}
	return out
}

func (as assumed) and(e *expr) assumed {
	out := assumed{}
	for k, v := range as {
		out[k] = v
	}
	for _, c := range conjuncts(e) {
		out.take(c)
	}
	return out
}

func (as assumed) take(c *expr) {
	if c.op == opColumn && c.typ == tBool {
		as.learn(c, exactly(1, 1))
		return
	}
	if c.op != opCall {
		return
	}
	switch c.fn {
	case "=", "<", "<=", ">", ">=":
		as.compare(c.fn, c.args[0], c.args[1])
		as.compare(flipped[c.fn], c.args[1], c.args[0])
	case "between":
		as.compare(">=", c.args[0], c.args[1])
		as.compare("<=", c.args[0], c.args[2])
	case "in":
		as.among(c.args[0], c.args[1:])
	case "is not null":
		as.learn(c.args[0], span{})
	}
}

var flipped = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (as assumed) compare(fn string, x, constant *expr) {
	if _, ok := fixed(x); ok {
		return
	}
	v, ok := fixed(constant)
	switch {
	case !ok:
		return
	case v == nil:
		as.learn(x, span{}) // of texts it is known that they are not NULL
		return
	}
	step := new(big.Rat)
	if x.typ.kind == kInt || x.typ.temporal() {
		step = whole64(1)
	}
	switch fn {
	case "=":
		as.learn(x, span{lo: v, hi: v})
	case "<":
		as.learn(x, span{hi: beyond(v, step, -1)})
	case "<=":
		as.learn(x, span{hi: v})
	case ">":
		as.learn(x, span{lo: beyond(v, step, 1)})
	case ">=":
		as.learn(x, span{lo: v})
	}
}

// fixed returns the number that a constant, its negative or its cast to a wider type stands for, and whether e is such a
// constant. It is nil for a text.
func fixed(e *expr) (*big.Rat, bool) {
	switch {
	case e.op == opConst && e.typ.kind == kText:
		return nil, true
	case e.op == opConst:
		return e.lit.value()
	case e.op == opCall && e.fn == "-" && len(e.args) == 1:
		v, ok := fixed(e.args[0])
		return negate(v), ok && v != nil
	case e.op == opCast && e.typ == tDouble && e.args[0].typ.numeric():
		v, ok := fixed(e.args[0])
		v = nearestDouble(v)
		return v, ok && v != nil
	case e.op == opCast && e.typ == tTimestamp && e.args[0].typ == tDate:
		v, ok := fixed(e.args[0])
		if !ok || v == nil {
			return nil, false
		}
		return new(big.Rat).Mul(v, whole64(dayMicros)), true
	}
	return nil, false
}

// beyond is the end of a strict comparison: for whole numbers the next one.
func beyond(v, step *big.Rat, direction int64) *big.Rat {
	if step.Sign() == 0 || !v.IsInt() {
		return v
	}
	return new(big.Rat).Add(v, new(big.Rat).Mul(step, whole64(direction)))
}

func (as assumed) among(x *expr, list []*expr) {
	s := span{}
	for i, e := range list {
		v, ok := fixed(e)
		switch {
		case !ok:
			return
		case v == nil || i > 0 && s.lo == nil:
			s = span{}
		case i == 0:
			s = span{lo: v, hi: v}
		default:
			s = s.join(span{lo: v, hi: v})
		}
	}
	as.learn(x, s)
}

func (as assumed) learn(x *expr, s span) {
	if known, ok := as[x.signature()]; ok {
		s = known.within(s)
	}
	as[x.signature()] = s
}

// spanner finds spans. Columns of subqueries are looked through with what the subquery's own conditions say.
type spanner struct {
	columns map[*column]span
	visits  int
	// rows is set where spans are to say what counts, not what is there: a count or sum of a subquery by units is then what as
	// many rows make it at most. 0 leaves it without an end.
	rows int64
	// against is set once a condition holds only of what does not count.
	against bool
}

func newSpanner() *spanner { return &spanner{columns: map[*column]span{}} }

// maxVisits bounds the work on one statement; beyond it nothing is known of values.
const maxVisits = 200_000

// of returns the span of e where the conditions in as hold.
func (sp *spanner) of(e *expr, as assumed) span {
	if sp.visits++; sp.visits > maxVisits {
		return span{null: true}
	}
	s := sp.computed(e, as)
	if len(as) > 0 && e.op != opConst {
		if known, ok := as[e.signature()]; ok {
			sp.against = sp.against || s.apart(known)
			s = s.within(known)
		}
	}
	return s
}

func (sp *spanner) computed(e *expr, as assumed) span {
	switch e.op {
	case opColumn:
		return sp.column(e.col)
	case opConst:
		v, ok := e.lit.value()
		if !ok {
			return span{null: e.typ.kind == kNull}
		}
		return span{lo: v, hi: v}
	case opCast:
		return sp.cast(e, as)
	case opCase:
		return sp.caseOf(e, as)
	case opCall:
		return sp.call(e, as)
	}
	return span{null: true}
}

func (sp *spanner) column(c *column) span {
	if s, ok := sp.columns[c]; ok {
		return s
	}
	s := span{null: true}
	switch {
	case c.unit != nil && c.base != nil:
		s = span{}
	case c.base != nil:
		s = stored(c.base, c.typ)
	case c.def != nil:
		s = sp.inner(c.def, c.rel.inner)
	default:
		s = sp.sides(c)
	}
	s.null = s.null || c.rel.optional
	sp.columns[c] = s
	return s
}

// sides is the span of a column of a union: what it is on any side.
func (sp *spanner) sides(c *column) span {
	var all []span
	for _, alt := range c.alts {
		all = append(all, sp.inner(alt.def, alt.rel.inner))
	}
	if c.rel.union != nil {
		for _, side := range c.rel.union.sides {
			e := side.cols[c.n]
			all = append(all, sp.of(e, assume(side.src.conds)).as(e.typ, c.typ))
		}
	}
	if len(all) == 0 {
		return span{null: true}
	}
	out := all[0]
	for _, s := range all[1:] {
		out = out.join(s)
	}
	return out
}

// inner is the span of an expression inside a block: over its keys and aggregates, or over its rows.
func (sp *spanner) inner(e *expr, b *block) span {
	switch e.op {
	case opKey:
		return sp.inner(b.keys[e.key], b)
	case opAgg:
		s := sp.aggregate(e.agg, assume(b.where, e.agg.filter))
		if e.agg.fn == "count" && e.agg.arg == nil && e.agg.filter == nil && len(b.keys) > 0 {
			s.lo = whole64(1) // a group has a row
		}
		return s
	}
	if e.op == opWindow {
		return sp.window(e, assume(b.where))
	}
	// What is computed from keys and aggregates is computed from columns as far as spans go.
	return sp.of(sp.unfold(e, b), assume(b.where))
}

// unfold puts columns of a kind of their own in place of keys and aggregates.
func (sp *spanner) unfold(e *expr, b *block) *expr {
	if e.op == opKey || e.op == opAgg || e.op == opWindow {
		c := &column{rel: &relation{id: -1}, n: len(sp.columns), typ: e.typ}
		sp.columns[c] = sp.inner(e, b)
		return &expr{op: opColumn, typ: e.typ, col: c, at: e.at}
	}
	return mapped(e, func(a *expr) *expr { return sp.unfold(a, b) })
}

func (sp *spanner) cast(e *expr, as assumed) span {
	from := e.args[0].typ
	x := sp.of(e.args[0], as)
	switch to := e.typ; {
	case to.kind == kText:
		return span{null: x.null}
	case from.kind == kText || from.kind == kNull:
		return span{null: true}.inType(to)
	case to.kind == kBool:
		return span{new(big.Rat), whole64(1), x.null}
	case to == tDouble:
		return x.double()
	case to.numeric():
		return x.coarse(to.scale).inType(to)
	case to == tTimestamp && from == tDate:
		return x.times(exactly(dayMicros, dayMicros))
	case to == tDate && from == tTimestamp:
		return x.times(span{lo: big.NewRat(1, dayMicros), hi: big.NewRat(1, dayMicros)}).coarse(0)
	default:
		return x
	}
}

const dayMicros = 86400 * 1_000_000

func (sp *spanner) caseOf(e *expr, as assumed) span {
	var out span
	some := false
	branch := func(b *expr, given assumed) {
		if b.typ.kind == kNull {
			out.null = true // it has no value to widen the others by
			return
		}
		s := sp.of(b, given).as(b.typ, e.typ)
		if some {
			s = s.join(out)
		}
		s.null = s.null || out.null
		out, some = s, true
	}
	last := len(e.args) - 1
	for i := 0; i < last; i += 2 {
		branch(e.args[i+1], as.and(e.args[i]))
	}
	branch(e.args[last], as)
	return out
}

// as is the span of a value read as another type, without a cast in the text.
func (s span) as(from, to sqlType) span {
	switch {
	case to == tDouble && from != tDouble:
		return s.double()
	case to == tTimestamp && from == tDate:
		return s.times(exactly(dayMicros, dayMicros))
	}
	return s
}

func (sp *spanner) args(e *expr, as assumed) []span {
	out := make([]span, len(e.args))
	for i, a := range e.args {
		out[i] = sp.of(a, as)
		if e.typ.kind == kDouble || e.typ.kind == kTimestamp {
			out[i] = out[i].as(a.typ, e.typ)
		}
	}
	return out
}

func (sp *spanner) call(e *expr, as assumed) span {
	x := sp.args(e, as)
	null := slices.ContainsFunc(x, func(s span) bool { return s.null })
	switch e.fn {
	case "+", "-", "*", "/", "//", "%":
		return sp.arithmetic(e, x)
	case "abs":
		return x[0].abs().inType(e.typ)
	case "sign":
		return span{whole64(-1), whole64(1), null}.within(signs(x[0]))
	case "floor", "ceil", "trunc":
		return x[0].coarse(0).inType(e.typ)
	case "round":
		return sp.round(e, x[0])
	case "greatest":
		return extreme(x)
	case "least":
		return negatedAll(extreme(negatedEach(x)))
	case "coalesce":
		return firstPresent(x)
	case "nullif":
		return span{x[0].lo, x[0].hi, true}
	case "try":
		return x[0]
	case "sqrt", "ln", "log10", "log2":
		return monotone(e.fn, x[0], smallest(e.args[0].typ))
	case "exp":
		return rising(math.Exp, x[0])
	case "power":
		return power(x[0], e.args[1])
	case "date_part":
		return datePart(e, x[1])
	case "date_trunc":
		return dateTrunc(e, x[1])
	case "date_diff", "date_sub":
		return dateDiff(e, x[1], x[2])
	case "epoch":
		return epoch(e.args[0].typ, x[0])
	case "length", "strlen", "strpos":
		return span{lo: new(big.Rat), null: null}
	case "is null", "is not null", "is distinct from", "is not distinct from":
		return exactly(0, 1)
	}
	if e.typ == tBool {
		return span{new(big.Rat), whole64(1), null}
	}
	return span{null: null || functions[e.fn].fails}
}

func signs(s span) span {
	out := exactly(-1, 1)
	out.null = s.null
	if s.positive() {
		out.lo = new(big.Rat)
	}
	if s.hi != nil && s.hi.Sign() <= 0 {
		out.hi = new(big.Rat)
	}
	return out
}

func (sp *spanner) arithmetic(e *expr, x []span) span {
	if e.typ.temporal() || e.typ.kind == kInt && e.args[0].typ.temporal() {
		return dateArithmetic(e, x)
	}
	if len(x) == 1 {
		if e.fn == "-" {
			return x[0].negated().inType(e.typ)
		}
		return x[0]
	}
	var out span
	switch e.fn {
	case "+":
		out = x[0].plus(x[1])
	case "-":
		out = x[0].plus(x[1].negated())
	case "*":
		out = x[0].times(x[1])
		if e.args[0].signature() == e.args[1].signature() { // a square is not below 0
			out = x[0].abs().times(x[0].abs())
		}
	case "/":
		out = x[0].over(x[1], smallest(e.args[1].typ))
		if mean, ok := sp.mean(e); ok {
			out = out.within(mean)
		}
	case "//":
		out = x[0].over(x[1], whole64(1)).coarse(0)
	case "%":
		out = remainder(x[0], x[1])
	}
	if e.typ == tDouble {
		return out.double()
	}
	return out.inType(e.typ)
}

// smallest is the least number above 0 of an exact type.
func smallest(t sqlType) *big.Rat {
	switch t.kind {
	case kInt:
		return whole64(1)
	case kDecimal:
		return pow10(-t.scale)
	}
	return nil
}

// remainder has the sign of the dividend and is less than the divisor.
func remainder(a, b span) span {
	out := span{null: true}
	if b.lo != nil && b.lo.Sign() > 0 || b.hi != nil && b.hi.Sign() < 0 {
		out.null = a.null || b.null
	}
	most := b.abs().hi
	if most != nil {
		most = new(big.Rat).Sub(most, whole64(1))
		if most.Sign() < 0 {
			most = new(big.Rat)
		}
	}
	most = leastKnown(most, a.abs().hi)
	out.lo, out.hi = negate(most), most
	if a.positive() {
		out.lo = new(big.Rat)
	}
	if a.hi != nil && a.hi.Sign() <= 0 {
		out.hi = new(big.Rat)
	}
	return out
}

// dateArithmetic knows days added to dates and the days between two.
func dateArithmetic(e *expr, x []span) span {
	a, b := e.args[0].typ, e.args[len(e.args)-1].typ
	if a.kind == kInterval || b.kind == kInterval {
		return span{null: true}
	}
	out := x[0].plus(x[1])
	if e.fn == "-" {
		out = x[0].plus(x[1].negated())
	}
	out.null = true
	return out
}

func (sp *spanner) round(e *expr, x span) span {
	digits := 0
	if len(e.args) > 1 {
		v, ok := e.args[1].lit.value()
		if !ok || !v.IsInt() || v.Num().BitLen() > 8 {
			return span{null: true}
		}
		digits = int(v.Num().Int64())
	}
	out := x.coarse(digits)
	if e.typ == tDouble {
		return out.double()
	}
	return out.inType(e.typ)
}

// extreme is the span of greatest, which leaves NULL arguments out: an argument that may be NULL raises the result's upper
// end, but holds up its lower end only if there is no other.
func extreme(x []span) span {
	out := x[0]
	for _, s := range x[1:] {
		hi := greatest(out.hi, s.hi)
		switch {
		case !out.null && !s.null:
			out = span{lo: greatestKnown(out.lo, s.lo)}
		case !out.null:
			out = span{lo: out.lo}
		case !s.null:
			out = span{lo: s.lo}
		default:
			out = span{lo: least(out.lo, s.lo), null: true}
		}
		out.hi = hi
	}
	return out
}

func negatedEach(x []span) []span {
	out := make([]span, len(x))
	for i, s := range x {
		out[i] = s.negated()
	}
	return out
}

func negatedAll(s span) span { return s.negated() }

func firstPresent(x []span) span {
	out := x[0]
	for _, s := range x[1:] {
		if !out.null {
			return out
		}
		out.null = false
		out = out.join(s)
	}
	return out
}

// monotone is the span of a rising function that fails, and so is NULL, outside its domain. Step is the least number above 0 that
// the argument can be, nil where there is none: the logarithm of 0 is NULL, that of the next number is the least.
func monotone(fn string, x span, step *big.Rat) span {
	f := map[string]func(float64) float64{"sqrt": math.Sqrt, "ln": math.Log, "log10": math.Log10, "log2": math.Log2}[fn]
	lo, hi := math.Inf(-1), math.Inf(1)
	if x.lo != nil {
		lo, _ = x.lo.Float64()
	}
	if x.hi != nil {
		hi, _ = x.hi.Float64()
	}
	null := x.null || lo < 0 || lo == 0 && fn != "sqrt"
	if step != nil && fn != "sqrt" {
		least, _ := step.Float64()
		lo, hi = math.Max(lo, least), math.Max(hi, least)
	}
	a, b := f(math.Max(lo, 0)), f(math.Max(hi, 0))
	slack := 1e-12 * (1 + math.Abs(a))
	return outward(a-slack, b+1e-12*(1+math.Abs(b)), null)
}

var partSpans = map[string][2]int64{"quarter": {1, 4}, "month": {1, 12}, "week": {1, 53}, "day": {1, 31}, "hour": {0, 23}, "minute": {0, 59}, "second": {0, 59},
	"dayofweek": {0, 6}, "dow": {0, 6}, "isodow": {1, 7}, "dayofyear": {1, 366}, "doy": {1, 366}}

// timeOf is the moment that an end of a span of dates or timestamps stands for.
func timeOf(r *big.Rat, t sqlType) (time.Time, bool) {
	if r == nil || floorOf(r).Num().BitLen() > 60 {
		return time.Time{}, false
	}
	n := floorOf(r).Num().Int64()
	if t == tTimestamp {
		return time.UnixMicro(n).UTC(), true
	}
	if n > 1<<32 || n < -1<<32 {
		return time.Time{}, false
	}
	return time.Unix(n*86400, 0).UTC(), true
}

func datePart(e *expr, x span) span {
	part := e.args[0].lit.text
	if r, ok := partSpans[part]; ok {
		s := exactly(r[0], r[1])
		s.null = x.null || !slices.Contains(safeParts, part)
		return s
	}
	years := map[string]int64{"year": 1, "isoyear": 1, "decade": 10, "century": 100}[part]
	lo, okLo := timeOf(x.lo, e.args[1].typ)
	hi, okHi := timeOf(x.hi, e.args[1].typ)
	s := span{null: x.null || !slices.Contains(safeParts, part)}
	if years == 0 || !okLo || !okHi || lo.Year() < 1 {
		return s
	}
	from, to := int64(lo.Year()), int64(hi.Year())
	switch part {
	case "isoyear":
		from, to = from-1, to+1
	case "decade":
		from, to = from/10, to/10
	case "century":
		from, to = (from-1)/100+1, (to-1)/100+1
	}
	s.lo, s.hi = whole64(from), whole64(to)
	return s
}

// dateTrunc cannot fail on dates of our era.
func dateTrunc(e *expr, x span) span {
	lo, ok1 := timeOf(x.lo, e.args[1].typ)
	hi, ok2 := timeOf(x.hi, e.args[1].typ)
	if !ok1 || !ok2 || lo.Year() < 1 || hi.Year() > 9999 {
		return span{null: true}
	}
	from, ok1 := beginning(e.args[0].lit.text, lo)
	to, ok2 := beginning(e.args[0].lit.text, hi)
	if !ok1 || !ok2 {
		return span{null: x.null}
	}
	return span{whole64(from.UnixMicro()), whole64(to.UnixMicro()), x.null}
}
