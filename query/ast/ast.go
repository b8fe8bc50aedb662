package ast

import "github.com/yumen-data/yumen/query/plan"

// Expr is an expression.
type Expr interface{ Pos() int }

// At is the place of a node.
type At int // byte offset in the submitted text, −1 where the parser gives none

// Pos returns the place of what a node was read from.
func (a At) Pos() int { return int(a) }

// Column is a column called by its name, after those of its table and schema where these are written.
type Column struct {
	At
	Names []string
}

// Const is a constant.
type Const struct {
	At
	Lit   plan.Literal
	Given bool // it stands for a parameter, and so for no column of the select list
}

// Call is a function or an operator. Operators that are no functions in DuckDB carry a name that starts with '#', which
// no function name written by a person is mistaken for.
type Call struct {
	At
	Name     string
	Args     []Expr
	Filter   Expr
	Order    []Order // ORDER BY inside it
	Distinct bool
}

// Cast is a cast to a type of the list.
type Cast struct {
	At
	Arg Expr
	To  plan.Type
}

// Case holds its conditions and results in pairs; otherwise is never nil.
type Case struct {
	At
	Whens, Thens []Expr
	Otherwise    Expr
}

// Star is * or t.*, with what is left out, replaced and renamed.
type Star struct {
	At
	Relation string
	Exclude  []Name
	Replace  map[string]Expr
	Rename   map[string]string
	All      bool // ORDER BY ALL
}

// Name is the name of a column, with that of its table where it is written.
type Name struct{ Table, Column string }

// Subquery is x IN (SELECT …), or EXISTS (SELECT …) where child is nil.
type Subquery struct {
	At
	Child Expr
	Query *Select
	Set   string // INTERSECT or EXCEPT, which it was written as
}

// Bad stands for what was refused.
type Bad struct{ At }

// Item is an item of the select list.
type Item struct {
	Expr  Expr
	Alias string
}

// Select is a SELECT.
type Select struct {
	CTEs     []CTE
	Items    []Item
	From     Table // nil without FROM
	Where    Expr
	Groups   []Expr
	Sets     [][]int // of GROUPING SETS, ROLLUP and CUBE, which groups each has by number; none for all
	Grouped  bool    // GROUP BY is written, if only as ()
	GroupAll bool
	Having   Expr
	Qualify  Expr
	Distinct bool
	Firsts   []Expr // of DISTINCT ON, which QUALIFY says too
	Order    []Order
	Limit    *int64
	Offset   *int64
	LimitAt  int
	Broken   bool // a part that gives it data was refused
}

// CTE is a query of WITH.
type CTE struct {
	Name    string
	Columns []string
	Query   *Select
}

// Order is an element of ORDER BY.
type Order struct {
	Expr       Expr
	Descending bool
	NullsFirst bool
}

// Table is a table in FROM: a dataset or WITH query, a subquery, a union or a join.
type Table interface{ Pos() int }

// Base is a table called by its name.
type Base struct {
	At
	Name      string
	Alias     string
	Columns   []string
	Qualified bool // written main.name or public.name, which no WITH query is
}

// Derived is a subquery in FROM.
type Derived struct {
	At
	Query   *Select
	Alias   string
	Columns []string
}

// Values is VALUES: rows of constants.
type Values struct {
	At
	Rows    [][]Expr
	Alias   string
	Columns []string
}

// Series is generate_series or range, or unnest of a list, of constants.
type Series struct {
	At
	Call    Call
	Alias   string
	Columns []string
}

// Union is UNION ALL of two or more queries.
type Union struct {
	At
	Sides []*Select
}

// Join is a join, by a condition or by the columns that USING names.
type Join struct {
	At
	Kind        plan.JoinKind
	Left, Right Table
	On          Expr
	Using       []string
	Swapped     bool // a right join, written the other way round
	Natural     bool // by all columns of one name
}

// Window is a function OVER a window. Frame is written as the engine reads it.
type Window struct {
	At
	Name      string
	Args      []Expr
	Partition []Expr
	Order     []Order
	Frame     string
}

// Plain reports whether a query is nothing but its FROM and select list.
func (q *Select) Plain() bool {
	return q.Where == nil && q.Having == nil && !q.Grouped && !q.GroupAll && !q.Distinct && len(q.Order) == 0 &&
		q.Limit == nil && q.Offset == nil
}

// Scalar is a subquery that stands for a value.
type Scalar struct {
	At
	Query *Select
}

// SoleName is the name of a query's only column, "" where it has none or several.
func (q *Select) SoleName() string {
	if len(q.Items) != 1 {
		return ""
	}
	if c, ok := q.Items[0].Expr.(Column); ok && q.Items[0].Alias == "" {
		return c.Names[len(c.Names)-1]
	}
	return q.Items[0].Alias
}

// Among makes INTERSECT and EXCEPT of one column what they mean: its values on the left that are, or are not, on the
// right.
func (q *Select) Among(u Union, name, kind string) {
	of := Column{At: u.At, Names: []string{name}}
	q.Items, q.From = []Item{{Expr: of}}, Derived{At: u.At, Query: u.Sides[0]}
	in := Subquery{At: u.At, Child: of, Query: u.Sides[1], Set: kind}
	if q.Where = in; kind == "EXCEPT" {
		q.Where = Call{At: u.At, Name: "#not", Args: []Expr{in}}
	}
}
