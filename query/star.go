package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// expandStars writes out * as the columns the contract grants.
func (x *binder) expandStars() {
	for _, item := range x.q.items {
		s, ok := item.expr.(astStar)
		if !ok || s.all {
			x.items = append(x.items, item)
			continue
		}
		x.items = append(x.items, x.starItems(s)...)
	}
	x.bound, x.busy, x.aliases = make([]*expr, len(x.items)), make([]bool, len(x.items)), map[string]int{}
	for i, item := range x.items {
		if _, ok := x.aliases[fold(item.alias)]; !ok && item.alias != "" {
			x.aliases[fold(item.alias)] = i
		}
	}
}

func (x *binder) starItems(s astStar) (out []astItem) {
	found := s.relation == ""
	withheld := []string{}
	for _, r := range x.b.rels {
		if s.relation != "" && !same(r.alias, s.relation) {
			continue
		}
		found = true
		for _, c := range r.cols {
			switch {
			case c.hidden && s.relation == "" || excluded(s, r, c):
			case c.base != nil && (len(r.table.Uses[c.base.Name]) == 0 || hasUse(r.table.Uses[c.base.Name], yumen.UseDeny)):
				withheld = append(withheld, c.name)
			default:
				out = append(out, starItem(s, r, c))
			}
		}
	}
	if !found {
		x.add("table.unknown", s.pos(), yumen.Say("no table in FROM is called %s", "FROM 中没有名为 %s 的表", printable(s.relation)))
	} else if len(out) == 0 && len(x.b.rels) > 0 {
		x.add("column.not-granted", s.pos(), yumen.Say("* stands for no column: none is granted", "* 不含任何列：没有授权的列"))
	}
	if len(withheld) > 0 && x.top {
		x.found.notes = append(x.found.notes, yumen.Say("* stands for the granted columns; withheld: %s", "* 只代表已授权的列；未提供：%s", strings.Join(withheld, ", ")))
	}
	return out
}

func excluded(s astStar, r *relation, c *column) bool {
	return slices.ContainsFunc(s.exclude, func(n astName) bool {
		return same(n.column, c.name) && (n.table == "" || same(n.table, r.alias))
	})
}

func starItem(s astStar, r *relation, c *column) astItem {
	name := c.name
	if to, ok := s.rename[fold(c.name)]; ok {
		name = to
	}
	if e, ok := s.replace[fold(c.name)]; ok {
		return astItem{e, name}
	}
	return astItem{astBound{s.at, c}, name}
}

// astBound is a column that a star stands for, already resolved.
type astBound struct {
	at
	col *column
}
