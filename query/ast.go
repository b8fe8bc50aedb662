package query

// The parse tree as this package understands it: what decode keeps of DuckDB's JSON. Kinds that are always refused have
// no type here; decode records the refusal and leaves an astBad in their place, so that the rest is still examined.

type astExpr interface{ pos() int }

type at int // byte offset in the submitted text, −1 where the parser gives none

func (a at) pos() int { return int(a) }

type astColumn struct {
	at
	names []string
}

type astConst struct {
	at
	lit literal
}

// astCall is a function or an operator. Operators that are no functions in DuckDB carry a name that starts with '#', which
// no function name written by a person is mistaken for.
type astCall struct {
	at
	name     string
	args     []astExpr
	filter   astExpr
	order    []astOrder // ORDER BY inside it
	distinct bool
}

type astCast struct {
	at
	arg astExpr
	to  sqlType
}

// astCase holds its conditions and results in pairs; otherwise is never nil.
type astCase struct {
	at
	whens, thens []astExpr
	otherwise    astExpr
}

type astStar struct {
	at
	relation string
	exclude  []astName
	replace  map[string]astExpr
	rename   map[string]string
	all      bool // ORDER BY ALL
}

type astName struct{ table, column string }

// astSubquery is x IN (SELECT …), or EXISTS (SELECT …) where child is nil.
type astSubquery struct {
	at
	child astExpr
	query *astSelect
	set   string // INTERSECT or EXCEPT, which it was written as
}

type astBad struct{ at }

type astItem struct {
	expr  astExpr
	alias string
}

type astSelect struct {
	ctes     []astCTE
	items    []astItem
	from     astTable // nil without FROM
	where    astExpr
	groups   []astExpr
	grouped  bool // GROUP BY is written, if only as ()
	groupAll bool
	having   astExpr
	qualify  astExpr
	distinct bool
	order    []astOrder
	limit    *int64
	offset   *int64
	limitAt  int
	broken   bool // a part that gives it data was refused
}

type astCTE struct {
	name    string
	columns []string
	query   *astSelect
}

type astOrder struct {
	expr       astExpr
	descending bool
	nullsFirst bool
}

type astTable interface{ pos() int }

type astBase struct {
	at
	name      string
	alias     string
	columns   []string
	qualified bool // written main.name or public.name, which no WITH query is
}

type astDerived struct {
	at
	query   *astSelect
	alias   string
	columns []string
}

type joinKind int

const (
	innerJoin joinKind = iota
	leftJoin
	crossJoin
	semiJoin // rows of the left side that have a partner
	antiJoin // rows of the left side that have none
)

// astUnion is UNION ALL of two or more queries.
type astUnion struct {
	at
	sides []*astSelect
}

type astJoin struct {
	at
	kind        joinKind
	left, right astTable
	on          astExpr
	using       []string
	swapped     bool // a right join, written the other way round
	natural     bool // by all columns of one name
}
