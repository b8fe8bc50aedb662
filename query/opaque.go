package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// What is added up may be any function of a column that its grant lets rows be filtered by, but not one that an analyst can shape:
// avg(length(replace(key, 'hers', 'a very long text'))) is the same for everybody else, and sums of such functions can be made to differ for
// one person alone, while each two of them differ for many.

// smooth are the functions that may be added up besides columns and their products, of a column or, the first, of what is linear in columns.
var smooth = map[string]bool{"sqrt": true, "ln": true, "log10": true, "log2": true, "power": true, "/": true,
	"round": false, "floor": false, "ceil": false, "trunc": false, "//": false, "length": false, "strlen": false, "epoch": false, "date_part": false, "date_diff": false, "date_sub": false}

// shaped returns a part of e, a value without conditions, that is no such function; nil where there is none.
func shaped(e *expr) *expr {
	switch {
	case bare(e):
		return nil
	case linearUse(e) || e.op == opCast && bare(e.args[0]):
		return firstOf(e.args, shaped)
	case e.op != opCall:
		return e
	}
	of, listed := smooth[e.fn]
	switch {
	case !listed:
		return e
	case e.fn == "/" && !bare(e.args[1]): // 1 / (x - c) stands out where x is c
		return e
	case of:
		return firstOf(e.args, func(a *expr) *expr {
			if shaped(a) != nil || !polynomialOf(a) {
				return e
			}
			return nil
		})
	}
	if slices.ContainsFunc(e.args, func(a *expr) bool { return !bare(a) && !scaledColumn(a) }) {
		return e
	}
	return nil
}

func firstOf(args []*expr, of func(*expr) *expr) *expr {
	for _, a := range args {
		if found := of(a); found != nil {
			return found
		}
	}
	return nil
}

// bare reports whether e is a column or a constant.
func bare(e *expr) bool {
	e = uncast(e)
	return e.op == opColumn || e.op == opConst || e.op == opCall && e.fn == "-" && len(e.args) == 1 && bare(e.args[0])
}

// polynomialOf reports whether e is made of columns and constants by + − and products.
func polynomialOf(e *expr) bool {
	return bare(e) || linearUse(e) && !slices.ContainsFunc(e.args, func(a *expr) bool { return !polynomialOf(a) })
}

// scaledColumn reports whether e is a column times or through a constant, or plus one.
func scaledColumn(e *expr) bool {
	return polynomialOf(e) && len(e.args) == 2 && bare(e.args[0]) && bare(e.args[1]) && (e.args[0].op == opConst || e.args[1].op == opConst || e.fn == "-")
}

// refuseShaped refuses an aggregate over values that an analyst can shape.
func (n *normal) refuseShaped(g *aggregate) *expr {
	n.addFix("aggregate.shaped", g.at, yumen.Say("%s runs over a value that is computed in several steps, from text, or too large or NULL for some: it could be made to differ for one person alone", "%s 作用于经多步计算、由文本得出、或对部分行过大或为 NULL 的值：它可能只对一个人不同", g.fn),
		yumen.Say("write the condition out, as %s(x) FILTER (WHERE …), and compute with the aggregates", "请写明条件，如 %s(x) FILTER (WHERE …)，并用聚合结果计算", g.fn))
	return bad(g.at)
}

// maxMagnitude bounds what arithmetic on a person's rows may make: beyond it whole numbers overflow and doubles swallow digits, and
// both tell values apart.
var maxMagnitude = pow10(15)

// deep looks for shaped values below e: in what subqueries by units add up or group by, and in the sides of unions. There nothing is taken apart by its
// conditions, so only CASE and truth values may hold any, whose branches are counted.
func (n *normal) deep(e *expr, keys []*expr, seen map[*column]bool) (found *expr) {
	e.walk(func(x *expr) bool {
		switch {
		case found != nil:
		case x.op == opKey:
			found = n.inner(keys[x.key])
			if found == nil {
				found = n.deep(keys[x.key], nil, seen)
			}
		case x.op == opAgg && x.agg.arg != nil:
			found = n.inner(x.agg.arg)
		case x.op == opWindow:
			found = firstOf(x.args[:x.win.args], n.inner)
		case x.op == opColumn && !seen[x.col]:
			seen[x.col] = true
			for _, s := range x.col.sides() {
				if s.def == nil {
					continue
				}
				if x.col.alts != nil {
					found = n.inner(s.def)
				}
				if found == nil {
					found = n.deep(s.def, s.rel.inner.keys, seen)
				}
				if found != nil {
					break
				}
			}
		}
		return found == nil
	})
	return found
}

// inner returns a part of what is added up person by person that is shaped, or that may be too large or NULL where another part is not.
func (n *normal) inner(e *expr) *expr {
	switch {
	case bare(e), e.op == opKey, e.op == opAgg, e.typ == tBool, !e.typ.numeric():
		return nil
	case e.op == opCase:
		for i, a := range e.args {
			if i%2 == 1 || i == len(e.args)-1 {
				if found := n.inner(a); found != nil {
					return found
				}
			}
		}
		return nil
	case e.op == opCall && e.fn == "coalesce" && len(e.args) == 2 && e.args[1].zero():
		return n.inner(e.args[0])
	case linearUse(e):
		s := n.spans.of(e, nil)
		if s.bounded() && s.abs().hi.Cmp(maxMagnitude) > 0 || !s.bounded() && weighty(e) || s.null && severalColumns(e) {
			return e
		}
		return firstOf(e.args, n.inner)
	}
	return shaped(e)
}

// severalColumns reports whether e reads more than one value of a row: where one is NULL, so is what is made of all.
func severalColumns(e *expr) bool {
	read := map[string]bool{}
	e.walk(func(x *expr) bool {
		if x.op == opColumn || x.op == opKey {
			read[x.signature()] = true
		}
		return true
	})
	return len(read) > 1
}

// weighty reports whether a constant of more than a million stands beside values of which no bounds are known.
func weighty(e *expr) (found bool) {
	e.walk(func(x *expr) bool {
		if l, ok := x.constant(); ok {
			v, known := l.value()
			found = found || known && v.Abs(v).Cmp(pow10(6)) > 0
		}
		return !found
	})
	return found
}
