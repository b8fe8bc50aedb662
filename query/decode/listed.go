package decode

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/reason"
)

// This file decodes rows that the text itself writes out: VALUES, generate_series, range and unnest.

func (d *decoder) values(o object, pos ast.At) ast.Table {
	d.known(o, int(pos), "type", "alias", "sample", "query_location", "expected_names", "expected_types", "values")
	t := ast.Values{At: pos, Alias: str(o, "alias"), Columns: stringsOf(o, "expected_names")}
	for _, v := range list(o, "values") {
		row, _ := v.([]any)
		var cells []ast.Expr
		for _, c := range row {
			cells = append(cells, d.expr(c))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// series decodes a function in FROM that makes rows of constants; nil for any other.
func (d *decoder) series(o object, pos ast.At) ast.Table {
	f := sub(o, "function")
	if !isSeries(reason.Fold(str(f, "function_name"))) {
		return nil
	}
	d.known(o, int(pos), "type", "alias", "sample", "query_location", "function", "column_name_alias",
		"with_ordinality")
	if o := str(o, "with_ordinality"); o != "" && o != "WITHOUT_ORDINALITY" {
		d.AddFix("clause.table-function", int(pos),
			yumen.Say("WITH ORDINALITY is refused: rows of a series are numbered by nothing else",
				"不允许 WITH ORDINALITY：序列的行没有其他编号"),
			yumen.Say("write generate_series(1, 12)", "请写 generate_series(1, 12)"))
		return nil
	}
	call, ok := d.function(f, ast.At(position(f))).(ast.Call)
	if !ok {
		return nil
	}
	return ast.Series{At: pos, Call: call, Alias: str(o, "alias"), Columns: stringsOf(o, "column_name_alias")}
}

func isSeries(name string) bool {
	return name == "generate_series" || name == "range" || name == "unnest"
}

// unnested reads SELECT f(unnest(…)) without FROM as SELECT f(x) FROM unnest(…) AS t(x).
func unnested(q *ast.Select) {
	if q.From != nil || q.Broken {
		return
	}
	for i, item := range q.Items {
		var of *ast.Call
		e := within(item.Expr, func(v ast.Expr) ast.Expr {
			c, ok := v.(ast.Call)
			if !ok || c.Name != "unnest" || of != nil {
				return nil
			}
			of = &c
			return ast.Column{At: c.At, Names: []string{"unnest"}}
		})
		if of == nil {
			continue
		}
		q.Items = slices.Clone(q.Items)
		q.Items[i].Expr, q.From = e, ast.Series{At: of.At, Call: *of, Columns: []string{"unnest"}}
		return
	}
}

// within is e with what put gives in the place of parts for which it gives anything.
func within(e ast.Expr, put func(ast.Expr) ast.Expr) ast.Expr {
	if to := put(e); to != nil {
		return to
	}
	switch v := e.(type) {
	case ast.Cast:
		v.Arg = within(v.Arg, put)
		return v
	case ast.Call:
		v.Args = slices.Clone(v.Args)
		for i, a := range v.Args {
			v.Args[i] = within(a, put)
		}
		return v
	}
	return e
}
