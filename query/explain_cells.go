package query

import (
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/emit"
	"github.com/yumen-data/yumen/query/plan"
)

// ExplainedCell is a column of the table of cells as people read it. It quotes the analyst's text, so it is for the
// analyst.
type ExplainedCell struct {
	yumen.ArtifactColumn
	Expression string `json:"expression"`      // a group key or a plain aggregate, such as sum(fee)
	Where      string `json:"where,omitempty"` // which rows of a group the aggregate is over; "" for all
}

// explainedCells states each column of the table of cells.
func explainedCells(b *plan.Block, cells []yumen.ArtifactColumn) (out []ExplainedCell) {
	for i, k := range b.Keys {
		out = append(out, ExplainedCell{ArtifactColumn: cells[i], Expression: emit.Readable(k)})
	}
	for i, g := range b.Aggs {
		c := ExplainedCell{ArtifactColumn: cells[len(b.Keys)+i], Expression: readable(g)}
		if g.Filter != nil {
			c.Where = emit.Readable(g.Filter)
		}
		out = append(out, c)
	}
	for i, g := range b.Derived {
		out = append(out, ExplainedCell{ArtifactColumn: cells[len(b.Keys)+len(b.Aggs)+i], Expression: readable(g)})
	}
	for _, c := range cells {
		if c.Kind == yumen.ColumnLevel {
			out = append(out, ExplainedCell{ArtifactColumn: c, Expression: levelNames(c)})
		}
	}
	return out
}

// levelNames lists the levels of a table of cells, in parentheses those that the statement does not show.
func levelNames(c yumen.ArtifactColumn) string {
	var names []string
	for _, l := range c.Levels {
		if l.Shown {
			names = append(names, l.Name)
		} else {
			names = append(names, "("+l.Name+")")
		}
	}
	return strings.Join(names, " / ")
}

func readable(g *plan.Aggregate) string {
	switch {
	case g.Lower != nil:
		return filteredText(g.Upper) + " / " + filteredText(g.Lower)
	case g.Fn == "count_units":
		return "count(DISTINCT " + g.Unit.Kind + ")"
	case g.Fn == "quantile":
		return filteredText(&plan.Aggregate{Fn: "quantile_cont", Arg: g.Arg, Quantile: g.Quantile, Filter: g.Filter})
	case g.Fn == "quantile_cont":
		return "quantile_cont(" + emit.Readable(g.Arg) + ", " + plan.FormatFloat(g.Quantile) + ")"
	case g.Arg == nil:
		return g.Fn + "(*)"
	case g.Fn == "count_distinct":
		return "count(DISTINCT " + emit.Readable(g.Arg) + ")"
	}
	return g.Fn + "(" + emit.Readable(g.Arg) + ")"
}

// filteredText is what people read of an aggregate with its filter.
func filteredText(g *plan.Aggregate) string {
	if g.Filter == nil {
		return readable(g)
	}
	return readable(g) + " FILTER (WHERE " + emit.Readable(g.Filter) + ")"
}
