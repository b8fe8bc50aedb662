package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// expandStars writes out * as the columns the contract grants.
func (x *binder) expandStars() {
	for _, item := range x.q.Items {
		s, ok := item.Expr.(ast.Star)
		if !ok || s.All {
			x.items = append(x.items, item)
			continue
		}
		x.items = append(x.items, x.starItems(s)...)
	}
	x.bound, x.busy, x.aliases = make([]*plan.Expr, len(x.items)), make([]bool, len(x.items)), map[string]int{}
	for i, item := range x.items {
		if _, ok := x.aliases[reason.Fold(item.Alias)]; !ok && item.Alias != "" {
			x.aliases[reason.Fold(item.Alias)] = i
		}
	}
}

func (x *binder) starItems(s ast.Star) (out []ast.Item) {
	found := s.Relation == ""
	withheld := []string{}
	for _, r := range x.b.Rels {
		if s.Relation != "" && !reason.Same(r.Alias, s.Relation) {
			continue
		}
		found = true
		for _, c := range r.Cols {
			switch {
			case c.Hidden && s.Relation == "" || excluded(s, r, c):
			case c.Base != nil &&
				(len(r.Table.Uses[c.Base.Name]) == 0 || plan.HasUse(r.Table.Uses[c.Base.Name], yumen.UseDeny)):
				withheld = append(withheld, c.Name)
			default:
				out = append(out, starItem(s, r, c))
			}
		}
	}
	if !found {
		x.Add("table.unknown", s.Pos(),
			yumen.Say("no table in FROM is called %s", "FROM 中没有名为 %s 的表", reason.Printable(s.Relation)))
	} else if len(out) == 0 && len(x.b.Rels) > 0 {
		x.Add("column.not-granted", s.Pos(), yumen.Say("* stands for no column: none is granted", "* 不含任何列：没有授权的列"))
	}
	if len(withheld) > 0 && x.top {
		x.found.Notes = append(x.found.Notes,
			yumen.Say("* stands for the granted columns; withheld: %s", "* 只代表已授权的列；未提供：%s",
				strings.Join(withheld, ", ")))
	}
	return out
}

func excluded(s ast.Star, r *plan.Relation, c *plan.Column) bool {
	return slices.ContainsFunc(s.Exclude, func(n ast.Name) bool {
		return reason.Same(n.Column, c.Name) && (n.Table == "" || reason.Same(n.Table, r.Alias))
	})
}

func starItem(s ast.Star, r *plan.Relation, c *plan.Column) ast.Item {
	name := c.Name
	if to, ok := s.Rename[reason.Fold(c.Name)]; ok {
		name = to
	}
	if e, ok := s.Replace[reason.Fold(c.Name)]; ok {
		return ast.Item{Expr: e, Alias: name}
	}
	return ast.Item{Expr: starColumn{s.At, c}, Alias: name}
}

// starColumn is a column that a star stands for, already resolved.
type starColumn struct {
	ast.At
	col *plan.Column
}
