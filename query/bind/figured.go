package bind

import (
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// An answer of one row beside rows of people, as in FROM visits, (SELECT avg(fee) AS mean FROM visits) m, is the same
// as scalar subqueries in the place of its columns: figures that the rows are compared with, and values beside the
// groups.

// figured is such an answer: what its columns are as figures and as values, by their number. These are two questions,
// so the figures are of a block of their own.
type figured struct {
	again           *plan.Relation
	figures, values map[int]*plan.Relation
}

// takeFigures takes such answers out of FROM.
func (x *binder) takeFigures(j *plan.JoinTree) *plan.JoinTree {
	if j.Rel != nil || j.Kind != plan.CrossJoin {
		return j
	}
	j.Left, j.Right = x.takeFigures(j.Left), x.takeFigures(j.Right)
	for _, side := range []struct{ answer, rest *plan.JoinTree }{{j.Left, j.Right}, {j.Right, j.Left}} {
		if r := side.answer.Rel; r != nil && r.List == nil && r.Answer() && r.OneRow() {
			if x.figured == nil {
				x.figured = map[*plan.Relation]*figured{}
			}
			x.figured[r] = &figured{figures: map[int]*plan.Relation{}, values: map[int]*plan.Relation{}}
			return side.rest
		}
	}
	return j
}

// isFigured reports whether a name is that of a column of such an answer.
func (x *binder) isFigured(v ast.Expr) bool {
	c, ok := v.(ast.Column)
	if !ok || len(x.figured) == 0 {
		return false
	}
	table, name, ok := split(c.Names)
	found := x.candidates(table, name)
	return ok && len(found) == 1 && x.figured[found[0].Relation] != nil
}

// figuredColumn is what a column of such an answer means where it stands.
func (x *binder) figuredColumn(col *plan.Column, c clause, pos int) *plan.Expr {
	f := x.figured[col.Relation]
	if !x.choosesPeople(c) {
		if f.values[col.Number] == nil {
			f.values[col.Number] = x.alone(col, pos)
			x.b.Scalars = append(x.b.Scalars, f.values[col.Number])
		}
		return plan.ColumnExpr(f.values[col.Number].Cols[0], pos)
	}
	if f.figures[col.Number] == nil {
		if f.again == nil {
			known := x.answers
			x.answers = map[*ast.Select]*plan.Block{}
			f.again = x.table(x.tables[col.Relation]).Rel
			x.answers = known
		}
		f.figures[col.Number] = x.alone(f.again.Cols[col.Number], pos)
	}
	return x.figure(f.figures[col.Number], pos)
}

// alone is an answer with one column of another.
func (x *binder) alone(col *plan.Column, pos int) *plan.Relation {
	b := &plan.Block{Post: true, Loose: true, Joins: &plan.JoinTree{Rel: col.Relation},
		Rels: []*plan.Relation{col.Relation}, At: pos}
	b.Outs = []*plan.Output{{Name: col.Name, Expr: plan.ColumnExpr(col, pos), At: pos}}
	b.Link()
	one := x.relation("", pos)
	one.Inner, one.Cols = b, []*plan.Column{{Relation: one, Name: col.Name, Type: col.Type, Def: b.Outs[0].Expr}}
	return one
}
