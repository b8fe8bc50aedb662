package bind

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// This file proves that the conditions of a list's rows exclude each other, and writes that one of them holds.

// band is what a condition holds an expression to: values from lo to hi, nil for without end.
type band struct {
	lo, hi *end
}

type end struct {
	value interval.Point
	expr  *plan.Expr
	open  bool // the value itself is left out
}

// bandsOf reads what a condition says of each expression that it compares with constants; whole is false where it says
// more.
func bandsOf(cond *plan.Expr) (of map[string]*band, subjects map[string]*plan.Expr, whole bool) {
	of, subjects, whole = map[string]*band{}, map[string]*plan.Expr{}, true
	if cond == nil {
		return of, subjects, true
	}
	for _, c := range plan.Conjuncts(plan.Plain(cond)) {
		fn, x, value, ok := comparison(c)
		if !ok {
			whole = false
			continue
		}
		s := x.Signature()
		b := of[s]
		if b == nil {
			b = &band{}
			of[s], subjects[s] = b, x
		}
		b.hold(fn, value)
	}
	return of, subjects, whole
}

var turned = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// comparison reads a comparison of an expression with a constant.
func comparison(c *plan.Expr) (fn string, x *plan.Expr, value *end, ok bool) {
	if c.Type == plan.Bool && c.Op == plan.OpColumn {
		v, ok := endOf(plan.ConstantOf(plan.Bool, "true"), c)
		return "=", c, v, ok
	}
	if c.Op == plan.OpCall && c.Fn == "not" && c.Args[0].Op == plan.OpColumn {
		v, ok := endOf(plan.ConstantOf(plan.Bool, "false"), c.Args[0])
		return "=", c.Args[0], v, ok
	}
	if c.Op != plan.OpCall || turned[c.Fn] == "" || len(c.Args) != 2 {
		return "", nil, nil, false
	}
	fn, x, constant := c.Fn, c.Args[0], c.Args[1]
	if x.Op == plan.OpConst {
		fn, x, constant = turned[fn], constant, x
	}
	value, ok = endOf(constant, x)
	return fn, x, value, ok && x.Reads()
}

// endOf is a constant as a value that x is compared with.
func endOf(constant, x *plan.Expr) (*end, bool) {
	if constant.Op != plan.OpConst || constant.Type.Kind == plan.KindNull {
		return nil, false
	}
	t := constant.Type
	switch {
	case x.Type == plan.Double && t.Numeric():
		t = plan.Double
	case t.Numeric() != x.Type.Numeric(), t.Kind == plan.KindDouble, !t.Numeric() && t != x.Type:
		return nil, false
	}
	v, ok := interval.PointOf(constant.Literal, t)
	return &end{value: v, expr: constant}, ok
}

// hold narrows the band.
func (b *band) hold(fn string, v *end) {
	v = &end{value: v.value, expr: v.expr, open: fn == "<" || fn == ">"}
	if fn != "<" && fn != "<=" && (b.lo == nil || v.above(b.lo)) {
		b.lo = v
	}
	if fn != ">" && fn != ">=" && (b.hi == nil || v.below(b.hi)) {
		b.hi = v
	}
}

// above reports whether a lower end is higher than another.
func (e *end) above(o *end) bool {
	c := e.value.Compare(o.value)
	return c > 0 || c == 0 && e.open && !o.open
}

// below reports whether an upper end is lower than another.
func (e *end) below(o *end) bool {
	c := e.value.Compare(o.value)
	return c < 0 || c == 0 && e.open && !o.open
}

// before reports whether all of b lies below all of o.
func (b *band) before(o *band) bool {
	if b.hi == nil || o.lo == nil {
		return false
	}
	c := b.hi.value.Compare(o.lo.value)
	return c < 0 || c == 0 && (b.hi.open || o.lo.open)
}

// apart reports whether no row of people can meet the conditions of two rows of a list.
func apart(rows []plan.ListedRow) bool {
	all := make([]map[string]*band, len(rows))
	var subjects []string
	for i, row := range rows {
		of, xs, _ := bandsOf(row.If)
		all[i] = of
		for s := range xs {
			if !slices.Contains(subjects, s) {
				subjects = append(subjects, s)
			}
		}
	}
	slices.Sort(subjects)
	return apartBy(all, subjects)
}

func apartBy(all []map[string]*band, subjects []string) bool {
	if len(all) <= 1 {
		return true
	}
	for i, s := range subjects {
		clusters := clustered(all, s)
		if len(clusters) == 1 {
			continue
		}
		return !slices.ContainsFunc(clusters, func(c []map[string]*band) bool { return !apartBy(c, subjects[i+1:]) })
	}
	return false
}

// clustered parts rows into those whose bands of an expression overlap, one with the next.
func clustered(all []map[string]*band, s string) (out [][]map[string]*band) {
	if slices.ContainsFunc(all, func(of map[string]*band) bool { return of[s] == nil }) {
		return [][]map[string]*band{all}
	}
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b map[string]*band) int { return lower(a[s], b[s]) })
	var most *band // of the cluster, with the highest end
	for _, of := range sorted {
		if most == nil || most.before(of[s]) {
			out = append(out, nil)
			most = nil
		}
		out[len(out)-1] = append(out[len(out)-1], of)
		if most == nil || most.hi != nil && (of[s].hi == nil || most.hi.below(of[s].hi)) {
			most = of[s]
		}
	}
	return out
}

// lower puts bands in the order of their lower ends.
func lower(a, b *band) int {
	switch {
	case a.lo == nil && b.lo == nil:
		return 0
	case a.lo == nil:
		return -1
	case b.lo == nil:
		return 1
	case b.lo.above(a.lo):
		return -1
	case a.lo.above(b.lo):
		return 1
	}
	return 0
}

// union is the condition that some row is found, nil for always. Bands of one expression that follow one another are
// written as one.
func union(rows []plan.ListedRow) *plan.Expr {
	if slices.ContainsFunc(rows, func(r plan.ListedRow) bool { return r.If == nil }) {
		return nil
	}
	if e := oneSubject(rows); e != nil {
		return e
	}
	return orOf(rows)
}

func orOf(rows []plan.ListedRow) *plan.Expr {
	var all []*plan.Expr
	for _, r := range rows {
		all = append(all, r.If)
	}
	return anyOf(all)
}

func anyOf(all []*plan.Expr) *plan.Expr {
	if len(all) == 1 {
		return all[0]
	}
	return plan.Call("or", all[0], all...)
}

// oneSubject writes bands of one expression, nil where there are several.
func oneSubject(rows []plan.ListedRow) *plan.Expr {
	var x *plan.Expr
	var bands []*band
	for _, r := range rows {
		of, subjects, whole := bandsOf(r.If)
		if !whole || len(of) != 1 {
			return nil
		}
		for s, b := range of {
			if x != nil && x.Signature() != s {
				return nil
			}
			x, bands = subjects[s], append(bands, b)
		}
	}
	slices.SortStableFunc(bands, lower)
	var out []*plan.Expr
	in := []*plan.Expr{x}
	for i := 0; i < len(bands); {
		from := bands[i]
		to := from
		for i++; i < len(bands) && follows(x, to, bands[i]); i++ {
			to = bands[i]
		}
		if e := from.single(to); e != nil {
			in = append(in, e)
		} else {
			out = append(out, within(x, from.lo, to.hi))
		}
	}
	switch len(in) {
	case 1:
	case 2:
		out = append(out, plan.Call("=", x, in...))
	default:
		out = append(out, plan.Call("in", x, in...))
	}
	return anyOf(out)
}

// single is the value that a band from one to another is, nil where it is more.
func (b *band) single(to *band) *plan.Expr {
	if b.lo == nil || to.hi == nil || b.lo.open || to.hi.open || b.lo.value.Compare(to.hi.value) != 0 {
		return nil
	}
	return b.lo.expr
}

func within(x *plan.Expr, lo, hi *end) *plan.Expr {
	if lo == nil && hi == nil {
		return plan.Call("is not null", x, x)
	}
	var all []*plan.Expr
	if lo != nil {
		all = append(all, plan.Call(map[bool]string{true: ">", false: ">="}[lo.open], x, x, lo.expr))
	}
	if hi != nil {
		all = append(all, plan.Call(map[bool]string{true: "<", false: "<="}[hi.open], x, x, hi.expr))
	}
	return plan.And(all...)
}

// follows reports whether no value of x lies between two bands.
func follows(x *plan.Expr, a, b *band) bool {
	if a.hi == nil || b.lo == nil {
		return false
	}
	if c := a.hi.value.Compare(b.lo.value); c == 0 {
		return a.hi.open != b.lo.open
	}
	for x.Op == plan.OpCast && x.Type.Numeric() && x.Type != plan.Double && x.Args[0].Type.Numeric() &&
		x.Args[0].Type != plan.Double {
		x = x.Args[0]
	}
	from, to := a.hi.value.Number, b.lo.value.Number
	if a.hi.open || b.lo.open || from == nil || to == nil {
		return false
	}
	digits := interval.Pow10(x.Type.Scale)
	if x.Type.Kind != plan.KindInt && x.Type.Kind != plan.KindDate && x.Type.Kind != plan.KindDecimal {
		return false
	}
	step := new(big.Rat).Mul(new(big.Rat).Sub(to, from), digits)
	return new(big.Rat).Mul(from, digits).IsInt() && step.Cmp(plan.Whole(1)) <= 0
}
