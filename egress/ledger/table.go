package ledger

import "cmp"

// Label says that a unit counts in a cell: Adds times, its rows there (1 where a unit counts once), and by Value in a
// sum. Units and cells are numbered from 0.
type Label struct {
	Unit  int
	Cell  int
	Adds  int64
	Value float64
}

// Table is one measure of a result as the ledger sees it: which units count in which of its visible cells.
type Table struct {
	cells int
	of    []int32         // by unit: its only cell from 1, where it adds 1; 0 for none, several
	more  map[int][]Label // of the other units
	value []float64       // by unit with one cell, where the table is of sums
	sums  bool
	units int64
}

// several marks a unit that lies in several cells, or adds several times to one.
const several = -1

// Units is how many units count in the table.
func (t *Table) Units() int64 { return t.units }

// labelsOf returns the labels of a unit that lies in several cells or in one.
func (t *Table) labelsOf(u int) []Label {
	switch n := t.at(u); n {
	case 0:
		return nil
	case several:
		return t.more[u]
	default:
		l := Label{Unit: u, Cell: int(n) - 1, Adds: 1}
		if t.sums {
			l.Value = t.value[u]
		}
		return []Label{l}
	}
}

func (t *Table) at(u int) int32 {
	if u >= len(t.of) {
		return 0
	}
	return t.of[u]
}

// CellUnits counts the units in each cell.
func (t *Table) CellUnits() []int64 {
	out := make([]int64, t.cells)
	for u, n := range t.of {
		if n > 0 {
			out[n-1]++
		} else if n == several {
			for _, l := range t.more[u] {
				out[l.Cell]++
			}
		}
	}
	return out
}

// State is what is known of a comparison.
type State uint8

// The states.
const (
	Proved State = iota // no combination isolates fewer than k units
	Found               // one does: Units of them
	Open                // neither could be shown
)

// Outcome is what came of a comparison. Of one that is Found, Units says how many units can be isolated, at most where
// units lie in several cells, and Cells which cells of each table the combination takes together.
type Outcome struct {
	State State
	Units int64
	Cells [][]int
	// Total says that the public number of units is part of the combination.
	Total bool
}

// worse is the more serious of two outcomes.
func worse(a, b Outcome) Outcome {
	rank := func(o Outcome) int { return []int{Proved: 0, Found: 2, Open: 1}[o.State] }
	if c := cmp.Compare(rank(a), rank(b)); c > 0 || c == 0 && (a.State != Found || a.Units <= b.Units) {
		return a
	}
	return b
}

// Each calls with every label, unit by unit.
func (t *Table) Each(do func(Label)) {
	for u := range t.of {
		for _, l := range t.labelsOf(u) {
			do(l)
		}
	}
}
