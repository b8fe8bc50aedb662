package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// The typed relational plan: what a statement means once every name is resolved. It holds no dialect; emit writes it for
// one engine.

// block is one SELECT.
type block struct {
	rels    []*relation // in the order written
	joins   *joinTree
	where   []*expr // conjuncts
	grouped bool    // it has group keys or aggregates
	keys    []*expr
	aggs    []*aggregate
	derived []*aggregate // cells computed from aggs
	having  *expr
	qualify *expr // over the answer, window functions included
	outs    []*output
	order   []ordering
	limit   *int64
	offset  *int64
	// distinct is set for row-level output only; elsewhere DISTINCT is a GROUP BY of all outputs.
	distinct bool
	units    []*unit // one for each privacy-unit key in FROM
	carried  []*unit // of these, the ones its rows still depend on: one for each class, or those grouped by
	// loose is set where groups of people lost their units: such a block can only be an answer, or what is made of answers.
	loose bool
	post  bool // it reads nothing but answers, so that all of it belongs to the post statement
	// scalars are the answers of one row that subqueries in its expressions are.
	scalars []*relation
	at      int
}

type output struct {
	name string
	expr *expr
	at   int
}

type ordering struct {
	expr       *expr
	descending bool
	nullsFirst bool
}

// joinTree is FROM. A leaf has rel set.
type joinTree struct {
	rel         *relation
	kind        joinKind
	left, right *joinTree
	on          []*expr // conjuncts
	at          int
	swapped     bool // its right side was written first
}

// rels lists the tables whose columns can be seen, in the order written.
func (j *joinTree) rels() []*relation {
	if j == nil {
		return nil
	}
	if j.rel != nil {
		return []*relation{j.rel}
	}
	if j.halves() {
		return j.left.rels()
	}
	if j.swapped {
		return append(j.right.rels(), j.left.rels()...)
	}
	return append(j.left.rels(), j.right.rels()...)
}

// halves reports whether only the left side's rows come out.
func (j *joinTree) halves() bool { return j.kind == semiJoin || j.kind == antiJoin }

// leaves lists all tables.
func (j *joinTree) leaves() []*relation {
	if j.rel != nil {
		return []*relation{j.rel}
	}
	return append(j.left.leaves(), j.right.leaves()...)
}

// relation is one table instance in FROM: a dataset, a block under a name, or a union of blocks.
type relation struct {
	id    int
	alias string
	table *Table
	inner *block
	parts []*relation // of UNION ALL: its sides, each a block, with the same columns in the same places
	apart bool        // of a union: each group of the block that reads it is of one side
	slots []int       // of a side: the numbers of its units that are those of the union, in their order
	cols  []*column
	units []*unit
	links []*expr // of reference data: conditions that bring it to other tables
	// Of a plan of class dp: the subquery by units or the union that the rows come from, and whether a left join may find none.
	groups   *unitGroups
	union    *unionRows
	optional bool
}

// column is a column of a relation.
type column struct {
	rel    *relation
	n      int // its number in rel; names need not be unique
	name   string
	typ    sqlType
	base   *yumen.Column // of a dataset
	def    *expr         // of a block: what it is there
	alts   []*column     // of a union: what it is on each side
	unit   *unit         // it is the key of this unit, unchanged
	hidden bool          // the second copy of a USING column
	used   bool          // emitted SQL reads it
	wanted bool          // of a plan of class dp: what is asked depends on it
	cell   string        // its name in the table of cells

	perUnit *bool // whether it depends on aggregates, found once and kept
}

// unit is a privacy unit that rows of a block depend on.
type unit struct {
	kind string // of the dictionary its numbers come from
	rel  *relation
	n    int // its number among the units of rel
	// same is set when an inner join makes it equal to another unit; follows, when a left join makes it equal or NULL.
	same, follows *unit
	absent        bool // WHERE keeps only the rows that a left join found no such unit for
}

// root returns the unit that stands for all those equal to u.
func (u *unit) root() *unit {
	for u.same != nil {
		u = u.same
	}
	return u
}

// dependsOn reports whether u is always NULL or equal to v.
func (u *unit) dependsOn(v *unit) bool {
	for u = u.root(); u != v.root(); u = u.follows.root() {
		if u.follows == nil {
			return false
		}
	}
	return true
}

// classes returns one unit for each set of equal units, in order of appearance.
func (b *block) classes() (out []*unit) {
	for _, u := range b.units {
		if r := u.root(); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

type op int

const (
	opBad op = iota
	opColumn
	opConst
	opCall
	opCast
	opCase   // args are when, then, when, then, …, otherwise
	opAgg    // an aggregate of the block
	opKey    // a group key of the block
	opWindow // a function over the rows of the answer
)

// expr is a typed expression.
type expr struct {
	op   op
	typ  sqlType
	fn   string // of opCall: a name in functions
	args []*expr
	col  *column
	lit  literal
	agg  *aggregate
	win  *window
	key  int
	at   int
	sig  string
	size int // nodes below and including it, shared ones counted each time
}

// aggregate is an aggregate of a block. Its argument is nil for COUNT(*). One that is derived is computed from others.
type aggregate struct {
	fn     string // count, sum, avg, stddev, stddev_pop, var, var_pop, count_distinct, count_units; over rows of one unit min, max, first
	arg    *expr
	filter *expr
	order  []ordering // of first; where rows come first together, the least value is it
	as     string     // of min, max, first: the name it was written with
	unit   *unit      // of count_units
	q      float64    // of quantile and median
	of     *expr      // of a derived one: what it is, over others
	upper  *aggregate
	lower  *aggregate // of a ratio, what is divided by what
	at     int
	typ    sqlType
}

func bad(pos int) *expr { return &expr{op: opBad, typ: tBad, at: pos} }

// with is e with other arguments.
func (e *expr) with(args []*expr) *expr {
	c := *e
	c.sig, c.args = "", args
	return &c
}

// signature is equal for expressions that mean the same by construction.
func (e *expr) signature() string {
	if e.sig == "" {
		e.sig = e.sign()
	}
	return e.sig
}

func (e *expr) sign() string {
	switch e.op {
	case opColumn:
		return fmt.Sprintf("t%d.%d", e.col.rel.id, e.col.n)
	case opConst:
		return fmt.Sprintf("%d:%q", e.lit.typ.kind, e.lit.text)
	case opAgg:
		return e.agg.signature()
	case opKey:
		return fmt.Sprintf("key%d", e.key)
	case opWindow:
		w := e.win
		return fmt.Sprintf("%s %d %d %q %q %q", w.fn, w.args, w.partition, w.directions, w.frame, argumentSignatures(e))
	}
	return fmt.Sprintf("%d:%s:%v(%s)", e.op, e.fn, e.typ, strings.Join(argumentSignatures(e), ","))
}

func argumentSignatures(e *expr) []string {
	parts := make([]string, len(e.args))
	for i, a := range e.args {
		parts[i] = a.signature()
	}
	return parts
}

func (g *aggregate) signature() string {
	s := g.fn
	if g.fn == "quantile" {
		s += float(g.q)
	}
	if g.of != nil {
		s += "(" + g.of.signature() + ")"
	}
	if g.arg != nil {
		s += "(" + g.arg.signature() + ")"
	}
	if g.filter != nil {
		s += "?" + g.filter.signature()
	}
	for _, o := range g.order {
		s += " by " + o.expr.signature() + o.direction()
	}
	return s
}

// walk visits e and everything below it, aggregates' arguments included, until visit returns false.
func (e *expr) walk(visit func(*expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, a := range e.args {
		a.walk(visit)
	}
	if e.op == opAgg {
		e.agg.arg.walk(visit)
		e.agg.filter.walk(visit)
		for _, o := range e.agg.order {
			o.expr.walk(visit)
		}
	}
}

// bases lists the dataset columns e is computed from, through blocks, each once.
func (e *expr) bases(keys []*expr) []*column {
	var out []*column
	e.gather(keys, map[*column]bool{}, &out)
	return out
}

func (e *expr) gather(keys []*expr, seen map[*column]bool, out *[]*column) {
	e.walk(func(x *expr) bool {
		switch {
		case x.op == opKey:
			keys[x.key].gather(nil, seen, out)
		case x.op != opColumn || seen[x.col]:
		case x.col.alts != nil:
			seen[x.col] = true
			for _, alt := range x.col.alts {
				alt.def.gather(alt.rel.inner.keys, seen, out)
			}
		case x.col.def != nil:
			seen[x.col] = true
			x.col.def.gather(x.col.rel.inner.keys, seen, out)
		default:
			seen[x.col] = true
			if !slices.ContainsFunc(*out, func(o *column) bool { return o.ref() == x.col.ref() }) {
				*out = append(*out, x.col)
			}
		}
		return true
	})
}

func (c *column) ref() yumen.ColumnRef {
	return yumen.ColumnRef{Dataset: c.rel.table.Dataset.Name, Column: c.base.Name}
}

// directs returns the dataset columns that e is, unchanged: one, or of a union one for each side. It is empty where anything
// is computed.
func (e *expr) directs(keys []*expr) []*column {
	switch {
	case e.op == opKey:
		return keys[e.key].directs(nil)
	case e.op != opColumn:
		return nil
	case e.col.base != nil:
		return []*column{e.col}
	case e.col.def != nil:
		return e.col.def.directs(e.col.rel.inner.keys)
	}
	var all []*column
	for _, alt := range e.col.alts {
		of := alt.def.directs(alt.rel.inner.keys)
		if of == nil {
			return nil
		}
		all = append(all, of...)
	}
	return all
}

// constant returns the value of a constant.
func (e *expr) constant() (literal, bool) { return e.lit, e.op == opConst }
