package cells

import (
	"math/big"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// ColumnLineage is what is known of a result column before anything is run: of the exact value, to which class dp adds
// noise.
type ColumnLineage struct {
	Name    string            `json:"name"`
	Kind    yumen.ColumnKind  `json:"kind"`
	Sources []yumen.ColumnRef `json:"sources,omitempty"`
	// Units are the kinds of privacy units that the rows behind it depend on; "row:" and a dataset where rows are
	// units.
	Units []string `json:"units"`
	// RowsPerUnit is how many rows of one unit can count in a value at most; 0 where there is no limit.
	RowsPerUnit int `json:"rows_per_unit,omitempty"`
	// Least and Most enclose the value, written as the catalog writes it; "" where that end is not known.
	Least    string `json:"least,omitempty"`
	Most     string `json:"most,omitempty"`
	Nullable bool   `json:"nullable,omitempty"`
	// CanFail is set where some part could fail on data; it gives NULL instead.
	CanFail bool `json:"can_fail,omitempty"`
}

// LineageOf states what is known of each result column. It looks at the block as it was resolved, before it is written.
// Rows is how many rows of one unit count at most, 0 where there is no limit.
func LineageOf(b *plan.Block, columns []yumen.ArtifactColumn, rows int) (out []ColumnLineage) {
	b.MarkOptional()
	sp := interval.NewFinder()
	var units []string
	for _, u := range b.Present() {
		if !slices.Contains(units, u.Kind) {
			units = append(units, u.Kind)
		}
	}
	for i, o := range b.Outs {
		c := columns[i]
		l := ColumnLineage{Name: c.Name, Kind: c.Kind, Sources: c.Sources, Units: units,
			RowsPerUnit: rowsOfUnit(b, o.Expr, rows), CanFail: fails(o.Expr, map[*plan.Column]bool{}, b.Keys)}
		s := sp.Inner(o.Expr, b)
		l.Least, l.Most, l.Nullable = end(s.Lo, o.Expr.Type), end(s.Hi, o.Expr.Type), s.Null
		out = append(out, l)
	}
	return out
}

func end(r *big.Rat, t plan.Type) string {
	if r == nil {
		return ""
	}
	if t.Kind == plan.KindNull || t.Kind == plan.KindInterval {
		return ""
	}
	if t.Kind == plan.KindInt && !r.IsInt() {
		return strings.TrimRight(strings.TrimRight(r.FloatString(6), "0"), ".")
	}
	text, ok := interval.ExactPoint(t, r).Written()
	if !ok {
		return ""
	}
	return text
}

// rowsOfUnit is how many rows of one unit can count in a value, most at most; 0 for no limit.
func rowsOfUnit(b *plan.Block, e *plan.Expr, most int) int {
	switch {
	case !b.Grouped && e.OverAggregates():
		return 0 // all the rows of the unit that a subquery has put together
	case !b.Grouped || b.Joins.Single():
		return 1
	}
	return most
}

// fails reports whether a part of e, looked at through subqueries, can fail on some value.
func fails(e *plan.Expr, seen map[*plan.Column]bool, keys []*plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		switch {
		case x.Op == plan.OpCall:
			found = found || x.CanFail()
		case x.Op == plan.OpCast:
			found = found || plan.CastFails(x.Args[0].Type, x.Type)
		case x.Op == plan.OpKey:
			found = found || fails(keys[x.Key], seen, nil)
		case x.Op == plan.OpColumn && !seen[x.Column]:
			seen[x.Column] = true
			for _, s := range x.Column.Sides() {
				if s.Def != nil {
					found = found || fails(s.Def, seen, s.Relation.Inner.Keys)
				}
			}
		}
		return !found
	})
	return found
}

// LineageOfAnswers states what is known of the columns that are made of answers: whose they are, and from what.
func LineageOfAnswers(b *plan.Block, columns []yumen.ArtifactColumn) (out []ColumnLineage) {
	var units []string
	for _, t := range b.Tables() {
		t.MarkOptional()
		for _, u := range t.Present() {
			if !slices.Contains(units, u.Kind) {
				units = append(units, u.Kind)
			}
		}
	}
	for _, c := range columns {
		out = append(out, ColumnLineage{Name: c.Name, Kind: c.Kind, Sources: c.Sources, Units: units, Nullable: true})
	}
	return out
}
