package plan

// UnitAggregates are these aggregates by name; TruthAggregates ask whether a condition holds in some row or in all.
var (
	UnitAggregates = map[string]string{"min": "min", "max": "max", "any_value": "min", "arbitrary": "min",
		"first": "first", "last": "last",
		"arg_min": "arg_min", "argmin": "arg_min", "min_by": "arg_min", "arg_max": "arg_max", "argmax": "arg_max",
		"max_by": "arg_max"}
	TruthAggregates = map[string]string{"bool_or": "max", "bool_and": "min", "every": "min"}
)

// Picks reports whether the aggregate gives the value of one row.
func (g *Aggregate) Picks() bool { return g.Fn == "min" || g.Fn == "max" || g.Fn == "first" }

// Chooses lists what decides which row's value the aggregate gives. Rows that come first together are told apart by the
// value.
func (g *Aggregate) Chooses() []*Expr {
	out := []*Expr{g.Arg, g.Filter}
	for _, o := range g.Order {
		out = append(out, o.Expr)
	}
	return out
}

// Picked returns the dataset columns one of whose values e is: itself, or of a unit the least, the first and the like.
func (e *Expr) Picked(keys []*Expr) []*Column {
	switch {
	case e.Op == OpAgg && e.Aggregate.Picks():
		return e.Aggregate.Arg.Picked(nil)
	case e.Op == OpColumn && e.Column.Def != nil && e.Column.Relation.Inner != nil:
		return e.Column.Def.Picked(e.Column.Relation.Inner.Keys)
	}
	return e.Directs(keys)
}
