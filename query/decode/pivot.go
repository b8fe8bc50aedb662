package decode

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
)

// pivot decodes PIVOT of one column over constants as what it means: a GROUP BY of the other columns, or of those
// named, with one aggregate with FILTER for each value, named after it.
func (d *decoder) pivot(o object, pos ast.At) ast.Table {
	d.known(o, int(pos), "type", "alias", "sample", "query_location", "source", "aggregates", "unpivot_names", "pivots",
		"groups",
		"column_name_alias", "include_nulls")
	pivots, aggregates := list(o, "pivots"), list(o, "aggregates")
	if len(list(o, "unpivot_names")) > 0 || len(pivots) != 1 || len(aggregates) == 0 || isSet(o, "include_nulls") {
		return d.refusePivot(pos)
	}
	p, _ := pivots[0].(object)
	d.known(p, int(pos), "pivot_expressions", "unpivot_names", "entries", "pivot_enum", "subquery")
	on := list(p, "pivot_expressions")
	if len(on) != 1 || len(list(p, "unpivot_names")) > 0 || str(p, "pivot_enum") != "" || p["subquery"] != nil {
		return d.refusePivot(pos)
	}
	column, ok := d.expr(on[0]).(ast.Column)
	if !ok {
		return d.refusePivot(pos)
	}
	q := &ast.Select{LimitAt: -1, GroupAll: true, From: d.table(o["source"])}
	q.Broken = q.From == nil
	others := ast.Star{At: pos, Exclude: []ast.Name{nameOf(column)}}
	var calls []ast.Call
	var aliases []string
	for _, v := range aggregates {
		a, _ := v.(object)
		call, ok := d.expr(v).(ast.Call)
		// The engine leaves FILTER out.
		if !ok || call.Filter != nil || isSet(a, "is_operator") || len(aggregates) > 1 && str(a, "alias") == "" {
			return d.refusePivot(pos)
		}
		for _, arg := range call.Args {
			c, ok := arg.(ast.Column)
			if !ok {
				return d.refusePivot(pos)
			}
			others.Exclude = append(others.Exclude, nameOf(c))
		}
		calls, aliases = append(calls, call), append(aliases, str(a, "alias"))
	}
	if groups := stringsOf(o, "groups"); len(groups) > 0 {
		for _, g := range groups {
			q.Items = append(q.Items, ast.Item{Expr: ast.Column{At: pos, Names: []string{g}}})
		}
	} else {
		q.Items = []ast.Item{{Expr: others}}
	}
	for _, v := range list(p, "entries") {
		e, _ := v.(object)
		value, name, ok := d.entry(e, pos)
		if !ok {
			return d.refusePivot(pos)
		}
		for i, call := range calls {
			call.Filter = ast.Call{At: pos, Name: "#=", Args: []ast.Expr{column, value}}
			item := ast.Item{Expr: call, Alias: name}
			if aliases[i] != "" {
				item.Alias += "_" + aliases[i]
			}
			q.Items = append(q.Items, item)
		}
	}
	return ast.Derived{At: pos, Query: q, Alias: str(o, "alias"), Columns: stringsOf(o, "column_name_alias")}
}

// entry is a constant of a PIVOT, and what its columns are called.
func (d *decoder) entry(e object, pos ast.At) (value ast.Expr, name string, ok bool) {
	d.known(e, int(pos), "values", "star_expr", "alias")
	values := list(e, "values")
	if len(values) != 1 || e["star_expr"] != nil {
		return nil, "", false
	}
	c, ok := d.constant(object{"value": values[0]}, pos).(ast.Const)
	if !ok || c.Lit.Text == "" {
		return nil, "", false
	}
	if name = str(e, "alias"); name == "" {
		name = c.Lit.Text
	}
	return c, name, true
}

func nameOf(c ast.Column) ast.Name {
	n := ast.Name{Column: c.Names[len(c.Names)-1]}
	if len(c.Names) > 1 {
		n.Table = c.Names[len(c.Names)-2]
	}
	return n
}

func (d *decoder) refusePivot(pos ast.At) ast.Table {
	d.AddFix("clause.pivot", int(pos),
		yumen.Say("only PIVOT of one column over constants, by aggregates of columns with names of their own, is answered", "只支持对一个列按常量列表做 PIVOT，且聚合作用于列；多个聚合须各有名称"),
		yumen.Say("write one aggregate with FILTER for each value", "请为每个值写一个带 FILTER 的聚合"))
	return nil
}
