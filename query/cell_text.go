package query

import "github.com/yumen-data/yumen"

// ExplainedCell is a column of the table of cells as people read it. It quotes the analyst's text, so it is for the
// analyst.
type ExplainedCell struct {
	yumen.ArtifactColumn
	Expression string `json:"expression"`      // a group key or a plain aggregate, such as sum(fee)
	Where      string `json:"where,omitempty"` // which rows of a group the aggregate is over; "" for all
}

// explainedCells states each column of the table of cells.
func (b *block) explainedCells(cells []yumen.ArtifactColumn) (out []ExplainedCell) {
	for i, k := range b.keys {
		out = append(out, ExplainedCell{ArtifactColumn: cells[i], Expression: k.readable()})
	}
	for i, g := range b.aggs {
		c := ExplainedCell{ArtifactColumn: cells[len(b.keys)+i], Expression: g.readable()}
		if g.filter != nil {
			c.Where = g.filter.readable()
		}
		out = append(out, c)
	}
	for i, g := range b.derived {
		out = append(out, ExplainedCell{ArtifactColumn: cells[len(b.keys)+len(b.aggs)+i], Expression: g.readable()})
	}
	return out
}

func (g *aggregate) readable() string {
	switch {
	case g.lower != nil:
		return g.upper.filtered() + " / " + g.lower.filtered()
	case g.fn == "count_units":
		return "count(DISTINCT " + g.unit.kind + ")"
	case g.arg == nil:
		return g.fn + "(*)"
	case g.fn == "count_distinct":
		return "count(DISTINCT " + g.arg.readable() + ")"
	}
	return g.fn + "(" + g.arg.readable() + ")"
}

// filtered is what people read of an aggregate with its filter.
func (g *aggregate) filtered() string {
	if g.filter == nil {
		return g.readable()
	}
	return g.readable() + " FILTER (WHERE " + g.filter.readable() + ")"
}
