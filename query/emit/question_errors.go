package emit

import (
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// errorColumn is a column of the result that says how far another may be off.
type errorColumn struct {
	yumen.ArtifactColumn
	sql string
}

// errorColumns says, for each output that is computed from measures in a way that errors can be followed through, half
// the width of the 95 % interval that noise alone causes. They read the noisy table only, which has that of each
// measure as e1, e2 ….
func (p *questionEmitter) errorColumns(at Posting) (out []errorColumn) {
	if p.Scope.Privacy.NoErrors {
		return nil
	}
	taken := map[string]bool{}
	for _, o := range p.Block.Outs {
		taken[reason.Fold(o.Name)] = true
	}
	for _, o := range p.Block.Outs {
		suffix := "_error"
		half, ok := p.half(o.Expr, at)
		if o.Expr.Op == plan.OpAgg && p.Of[o.Expr.Aggregate].Fn == task.MeasureQuantile {
			half, ok, suffix = p.errorOf(o.Expr.Aggregate), true, "_rank_error" // as a part of the group
		}
		if !ok || !o.Expr.Aggregates() || o.Expr.Windowed() {
			continue
		}
		c := yumen.ArtifactColumn{Name: cells.Free(o.Name+suffix, taken), Type: yumen.TypeDouble,
			Kind: yumen.ColumnAggregate, Function: "error", Of: o.Name}
		out = append(out, errorColumn{c, fmt.Sprintf("TRY_CAST(%s AS DOUBLE) AS %s", half, Quote(c.Name))})
	}
	return out
}

func (p *questionEmitter) errorOf(g *plan.Aggregate) string {
	return fmt.Sprintf("r.e%d", p.Of[g].At+1)
}

// half is half the width of an expression's interval, from those of the measures in it: at most their sum for sums and
// differences, and
// to first order for a ratio, |Δa| + |a/b|·|Δb| over |b|. Errors that share noise are not told apart, which errs to the wide side.
func (p *questionEmitter) half(e *plan.Expr, at Posting) (string, bool) {
	switch {
	case e.Op == plan.OpConst || e.Op == plan.OpKey:
		return "0", true
	case e.Op == plan.OpAgg:
		return p.errorOf(e.Aggregate), p.Of[e.Aggregate].Fn != task.MeasureQuantile
	case !e.Type.Numeric() || e.Op != plan.OpCall && e.Op != plan.OpCast || len(e.Args) == 0 ||
		!e.Args[0].Type.Numeric():
		return "", false
	}
	a, ok := p.half(e.Args[0], at)
	if len(e.Args) == 1 || e.Fn == "round" || e.Fn == "nullif" {
		return a, ok && (e.Op == plan.OpCast || e.Fn == "-" || e.Fn == "+" || e.Fn == "round" || e.Fn == "nullif" ||
			e.Fn == "try")
	}
	b, okB := p.half(e.Args[1], at)
	x, y := ExprSQL(at.over(e.Args[0]), nil), ExprSQL(at.over(e.Args[1]), nil)
	switch ok = ok && okB && len(e.Args) == 2; {
	case e.Fn == "+" || e.Fn == "-":
		return "(" + a + " + " + b + ")", ok
	case e.Fn == "*" && a == "0":
		return "abs(" + x + ") * " + b, ok
	case e.Fn == "*" && b == "0":
		return "abs(" + y + ") * " + a, ok
	case e.Fn == "/":
		return fmt.Sprintf("(%s + abs(%s / nullif(%s, 0)) * %s) / abs(nullif(%s, 0))", a, x, y, b, y),
			ok && !divides(e.Args[1])
	}
	return "", false
}

// divides reports whether there is a division in e.
func divides(e *plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		found = found || x.Op == plan.OpCall && x.Fn == "/"
		return !found
	})
	return found
}
