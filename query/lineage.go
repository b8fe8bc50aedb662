package query

import (
	"math/big"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// ColumnLineage is what is known of a result column before anything is run: of the exact value, to which class dp adds noise.
type ColumnLineage struct {
	Name    string            `json:"name"`
	Kind    yumen.ColumnKind  `json:"kind"`
	Sources []yumen.ColumnRef `json:"sources,omitempty"`
	// Units are the kinds of privacy units that the rows behind it depend on; "row:" and a dataset where rows are units.
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

// lineageOf states what is known of each result column. It looks at the block as it was resolved, before it is written.
// Rows is how many rows of one unit count at most, 0 where there is no limit.
func lineageOf(b *block, columns []yumen.ArtifactColumn, rows int) (out []ColumnLineage) {
	b.markOptional()
	sp := newSpanner()
	var units []string
	for _, u := range b.present() {
		if !slices.Contains(units, u.kind) {
			units = append(units, u.kind)
		}
	}
	for i, o := range b.outs {
		c := columns[i]
		l := ColumnLineage{Name: c.Name, Kind: c.Kind, Sources: c.Sources, Units: units, RowsPerUnit: rowsOfUnit(b, o.expr, rows), CanFail: o.expr.fails(map[*column]bool{}, b.keys)}
		s := sp.inner(o.expr, b)
		l.Least, l.Most, l.Nullable = end(s.lo, o.expr.typ), end(s.hi, o.expr.typ), s.null
		out = append(out, l)
	}
	return out
}

func end(r *big.Rat, t sqlType) string {
	if r == nil {
		return ""
	}
	if t.kind == kNull || t.kind == kInterval {
		return ""
	}
	if t.kind == kInt && !r.IsInt() {
		return strings.TrimRight(strings.TrimRight(r.FloatString(6), "0"), ".")
	}
	text, ok := exactPoint(t, r).written()
	if !ok {
		return ""
	}
	return text
}

// rowsOfUnit is how many rows of one unit can count in a value, most at most; 0 for no limit.
func rowsOfUnit(b *block, e *expr, most int) int {
	switch {
	case !b.grouped && e.overAggregates():
		return 0 // all the rows of the unit that a subquery has put together
	case !b.grouped || b.joins.single():
		return 1
	}
	return most
}

// single reports whether each unit has one row at most by construction, as reading.single does for a plan of class dp.
func (j *joinTree) single() bool {
	r := j.rel
	switch {
	case r == nil:
		return j.left.single() && (j.halves() || j.right.single())
	case r.table != nil:
		return r.table.Dataset.Unit.Kind == yumen.UnitKindRow
	case r.inner == nil:
		return false
	case r.inner.grouped:
		return len(r.inner.keys) == 1
	}
	return r.inner.joins.single()
}

// markOptional notes the tables that a left join may find no row of, in all blocks.
func (b *block) markOptional() {
	b.joins.markOptional(false)
}

func (j *joinTree) markOptional(optional bool) {
	r := j.rel
	if r == nil {
		j.left.markOptional(optional)
		j.right.markOptional(optional || j.kind == leftJoin)
		return
	}
	r.optional = r.optional || optional
	if r.inner != nil {
		r.inner.markOptional()
	}
	for _, p := range r.parts {
		p.inner.markOptional()
	}
}

// fails reports whether a part of e, looked at through subqueries, can fail on some value.
func (e *expr) fails(seen map[*column]bool, keys []*expr) (found bool) {
	e.walk(func(x *expr) bool {
		switch {
		case x.op == opCall:
			found = found || x.canFail()
		case x.op == opCast:
			found = found || castFails(x.args[0].typ, x.typ)
		case x.op == opKey:
			found = found || keys[x.key].fails(seen, nil)
		case x.op == opColumn && !seen[x.col]:
			seen[x.col] = true
			for _, s := range x.col.sides() {
				if s.def != nil {
					found = found || s.def.fails(seen, s.rel.inner.keys)
				}
			}
		}
		return !found
	})
	return found
}

// castFails reports whether some value of one type has none in another.
func castFails(from, to sqlType) bool {
	switch {
	case from == to || to.kind == kText || from.kind == kNull:
		return false
	case to == tDouble || to.numeric() && from.kind == kBool || to == tDate && from == tTimestamp:
		return from.kind == kText
	case from.kind == kInt && to.kind == kDecimal:
		return to.width-to.scale < 19
	case from.kind == kDecimal && to.kind == kDecimal:
		return to.width-to.scale < from.width-from.scale
	}
	return true
}
