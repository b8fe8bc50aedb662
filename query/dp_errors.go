package query

import (
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// errorColumn is a column of the result that says how far another may be off.
type errorColumn struct {
	yumen.ArtifactColumn
	sql string
}

// errorColumns says, for each output that is computed from measures in a way that errors can be followed through, half the width of
// the 95 % interval that noise alone causes. They read the noisy table only, which has that of each measure as e1, e2 ….
func (p *questionEmitter) errorColumns(at posting) (out []errorColumn) {
	if p.scope.Privacy.NoErrors {
		return nil
	}
	taken := map[string]bool{}
	for _, o := range p.b.outs {
		taken[fold(o.name)] = true
	}
	for _, o := range p.b.outs {
		suffix := "_error"
		half, ok := p.half(o.expr, at)
		if o.expr.op == opAgg && p.of[o.expr.agg].fn == task.MeasureQuantile {
			half, ok, suffix = p.errorOf(o.expr.agg), true, "_rank_error" // as a part of the group
		}
		if !ok || !o.expr.aggregates() || o.expr.windowed() {
			continue
		}
		c := yumen.ArtifactColumn{Name: free(o.name+suffix, taken), Type: yumen.TypeDouble, Kind: yumen.ColumnAggregate, Function: "error", Of: o.name}
		out = append(out, errorColumn{c, fmt.Sprintf("TRY_CAST(%s AS DOUBLE) AS %s", half, quote(c.Name))})
	}
	return out
}

func (p *questionEmitter) errorOf(g *aggregate) string { return fmt.Sprintf("r.e%d", p.of[g].at+1) }

// half is half the width of an expression's interval, from those of the measures in it: at most their sum for sums and differences, and
// to first order for a ratio, |Δa| + |a/b|·|Δb| over |b|. Errors that share noise are not told apart, which errs to the wide side.
func (p *questionEmitter) half(e *expr, at posting) (string, bool) {
	switch {
	case e.op == opConst || e.op == opKey:
		return "0", true
	case e.op == opAgg:
		return p.errorOf(e.agg), p.of[e.agg].fn != task.MeasureQuantile
	case !e.typ.numeric() || e.op != opCall && e.op != opCast || len(e.args) == 0 || !e.args[0].typ.numeric():
		return "", false
	}
	a, ok := p.half(e.args[0], at)
	if len(e.args) == 1 || e.fn == "round" || e.fn == "nullif" {
		return a, ok && (e.op == opCast || e.fn == "-" || e.fn == "+" || e.fn == "round" || e.fn == "nullif" || e.fn == "try")
	}
	b, okB := p.half(e.args[1], at)
	x, y := at.over(e.args[0]).sql(nil), at.over(e.args[1]).sql(nil)
	switch ok = ok && okB && len(e.args) == 2; {
	case e.fn == "+" || e.fn == "-":
		return "(" + a + " + " + b + ")", ok
	case e.fn == "*" && a == "0":
		return "abs(" + x + ") * " + b, ok
	case e.fn == "*" && b == "0":
		return "abs(" + y + ") * " + a, ok
	case e.fn == "/":
		return fmt.Sprintf("(%s + abs(%s / nullif(%s, 0)) * %s) / abs(nullif(%s, 0))", a, x, y, b, y), ok && !divides(e.args[1])
	}
	return "", false
}

// divides reports whether there is a division in e.
func divides(e *expr) (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opCall && x.fn == "/"
		return !found
	})
	return found
}
