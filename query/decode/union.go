package decode

import (
	"slices"

	"github.com/yumen-data/yumen/query/ast"
)

// setOperation decodes UNION as a SELECT over both sides, which ORDER BY and LIMIT then belong to. UNION without ALL is
// a SELECT DISTINCT.
func (d *decoder) setOperation(o object) *ast.Select {
	place := d.firstPlace(o)
	d.known(o, place, "type", "modifiers", "cte_map", "setop_type", "setop_all", "left", "right", "children")
	q := &ast.Select{LimitAt: -1, CTEs: d.ctes(sub(o, "cte_map")), Distinct: !isSet(o, "setop_all")}
	u := ast.Union{At: ast.At(place)}
	for _, side := range slices.Concat([]any{o["left"], o["right"]}, list(o, "children")) {
		if side == nil {
			continue
		}
		// A UNION ALL of a UNION ALL is one of more sides.
		s := d.query(side)
		if inner, ok := s.From.(ast.Union); ok && !q.Distinct && s.Plain() && len(s.CTEs) == 0 {
			u.Sides = append(u.Sides, inner.Sides...)
		} else {
			u.Sides = append(u.Sides, s)
		}
	}
	if kind := str(o, "setop_type"); kind != "UNION" {
		if name := u.Sides[0].SoleName(); name != "" && len(u.Sides) == 2 && q.Distinct && kind != "UNION_BY_NAME" {
			q.Among(u, name, kind)
			d.modifiers(list(o, "modifiers"), q)
			return q
		}
		d.RefuseSetOperation(kind, place)
		q.Broken = true
		return q
	}
	q.Items = []ast.Item{{Expr: ast.Star{At: u.At}}}
	q.From = u
	d.modifiers(list(o, "modifiers"), q)
	return q
}
