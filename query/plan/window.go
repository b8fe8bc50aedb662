package plan

import "slices"

// Window is what an OpWindow is beside its arguments, which are those of the function, then the partition, then the
// order.
type Window struct {
	Fn         string
	Args       int
	Partition  int
	Directions []string
	Frame      string
	Ties       []*Expr // of a unit's rows: columns that tell rows at one place apart
}

// WindowFunctions are the functions OVER a window, by name: how many arguments they take at most, and whether ties
// matter to them, which are then broken by the group keys.
var WindowFunctions = map[string]struct {
	Most int
	Ties bool
}{
	"rank": {0, false}, "dense_rank": {0, false}, "percent_rank": {0, false}, "cume_dist": {0, false},
	"row_number": {0, true}, "ntile": {1, true}, "lag": {3, true}, "lead": {3, true}, "first_value": {1, true},
	"last_value": {1, true},
	"nth_value":  {2, true}, "sum": {1, false}, "avg": {1, false}, "count": {1, false}, "min": {1, false},
	"max": {1, false},
}

// UnitWindows reports whether all window functions of the block look at the rows of one unit only.
func (b *Block) UnitWindows() bool {
	return !b.Grouped && !slices.ContainsFunc(b.Windows(), func(e *Expr) bool {
		return !slices.ContainsFunc(e.Partition(), func(p *Expr) bool {
			u := UnitOf(p, nil)
			return u != nil && u.Root().Follows == nil &&
				!slices.ContainsFunc(b.Classes(), func(o *Unit) bool { return !o.DependsOn(u) })
		})
	})
}

// Partition lists what a window function is partitioned by.
func (e *Expr) Partition() []*Expr { return e.Args[e.Window.Args : e.Window.Args+e.Window.Partition] }

// Ordered lists what a window function orders by.
func (e *Expr) Ordered() []*Expr { return e.Args[e.Window.Args+e.Window.Partition:] }

// Placed reports whether the function depends on the order of rows that ORDER BY puts at one place.
func (e *Expr) Placed() bool {
	return WindowFunctions[e.Fn].Ties || len(e.Window.Frame) > 4 && e.Window.Frame[:4] == "ROWS"
}

// SameWindow reports whether two window functions partition and order rows alike.
func (e *Expr) SameWindow(o *Expr) bool {
	of := func(e *Expr) []string { return argumentSignatures(&Expr{Args: e.Args[e.Window.Args:]}) }
	return e.Window.Partition == o.Window.Partition && slices.Equal(e.Window.Directions, o.Window.Directions) &&
		slices.Equal(of(e), of(o))
}
