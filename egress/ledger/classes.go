package ledger

import (
	"fmt"
	"slices"
	"strings"
)

// The search for a combination that few units change with is the search for a code word of least weight, which is hard
// in general (Vardy 1997): it is bounded, and what is not decided is Open.
const (
	maxSteps   = 2048 // of one search
	maxRank    = 64   // dimensions in which one is begun
	maxClasses = 4096 // classes of units, likewise
)

// decision is what came of a search: units of one that is Found, and which entries its combination is not 0 on.
type decision struct {
	state State
	units int64
	in    []bool
}

// decideClasses decides whether a combination changes with fewer than k units, of classes of units that add the same.
// Such a one changes with no class of k units, so it is a function on what is left of all others modulo these.
func decideClasses(classes []class, dim int, k int64) decision {
	big, small := newSpan(dim), []class(nil)
	full := rankBound(classes, dim)
	for _, c := range classes {
		if c.units < k {
			small = append(small, c)
		} else if big.n < full {
			big.add(terms(c))
		}
	}
	if big.n == full {
		return decision{state: Proved}
	}
	rows := quotientRows(big, small)
	for {
		at := slices.IndexFunc(rows, func(r row) bool { return r.units >= k })
		if at < 0 {
			break
		}
		big.add(sparse(rows[at].adds))
		rows = quotientRows(big, small)
	}
	if len(rows) == 0 {
		return decision{state: Proved}
	}
	basis := newSpan(dim)
	for _, r := range rows {
		if basis.n > maxRank {
			break
		}
		basis.add(sparse(r.adds))
	}
	if basis.n > maxRank || len(rows) > maxClasses {
		return decision{state: Open}
	}
	s := &finder{steps: maxSteps, big: big}
	state, units := s.search(coordinates(basis, rows), k, 0)
	return decision{state, units, s.touched(basis, dim)}
}

// rankBound is how many dimensions the classes can span at most: those that any of them touches.
func rankBound(classes []class, dim int) int {
	seen, n := make([]bool, dim), 0
	for _, c := range classes {
		for _, e := range c.adds {
			if !seen[e.at] {
				seen[e.at], n = true, n+1
			}
		}
	}
	return n
}

func terms(c class) (out []term) {
	for _, e := range c.adds {
		out = append(out, term{e.at, modOf(e.of)})
	}
	return out
}

func sparse(v []uint64) (out []term) {
	for i, x := range v {
		if x != 0 {
			out = append(out, term{i, x})
		}
	}
	return out
}

// row is what some units add modulo what larger classes add, brought to 1 in its first entry: a combination changes
// with all multiples of it or with none.
type row struct {
	adds  []uint64
	units int64
}

func quotientRows(big *span, small []class) []row {
	var rows []row
	at := map[string]int{}
	for _, c := range small {
		rows = addRow(rows, at, row{big.reduced(terms(c)), c.units})
	}
	return rows
}

// addRow adds a row to those that are a multiple of it; at says where they are.
func addRow(rows []row, at map[string]int, r row) []row {
	lead := leading(r.adds)
	if lead < 0 {
		return rows
	}
	inverse := invMod(r.adds[lead])
	var key strings.Builder
	scaled := make([]uint64, len(r.adds))
	for i, x := range r.adds {
		if x != 0 {
			scaled[i] = mulMod(x, inverse)
			fmt.Fprintf(&key, "%d:%x ", i, scaled[i])
		}
	}
	i, ok := at[key.String()]
	if !ok {
		i = len(rows)
		at[key.String()] = i
		rows = append(rows, row{adds: scaled})
	}
	rows[i].units += r.units
	return rows
}

// coordinates writes rows in a basis in reduced echelon form: its own columns are the coordinates.
func coordinates(basis *span, rows []row) []row {
	var pivots []int
	for c, r := range basis.row {
		if r != nil {
			pivots = append(pivots, c)
		}
	}
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = row{make([]uint64, len(pivots)), r.units}
		for j, c := range pivots {
			out[i].adds[j] = r.adds[c]
		}
	}
	return out
}

// finder looks for a function that is not 0 on fewer than k units.
type finder struct {
	steps int
	big   *span
	zero  [][]uint64 // rows on which the function that was found is 0, in coordinates
}

// search branches on the row with most units: the function is 0 on it, which leaves one dimension less, or these units
// change. Spent are the units that were taken to change before. It returns how many units change at most.
func (f *finder) search(rows []row, k, spent int64) (State, int64) {
	if len(rows) == 0 {
		return Proved, 0
	}
	if f.steps--; f.steps < 0 {
		return Open, 0
	}
	dim := len(rows[0].adds)
	rank := rankOf(rows, dim)
	if rank == 1 {
		if rows[0].units < k {
			return Found, spent + rows[0].units
		}
		return Proved, 0
	}
	if disjointBases(rows, dim, rank, k) {
		return Proved, 0
	}
	most := 0
	for i, r := range rows {
		if r.units > rows[most].units {
			most = i
		}
	}
	chosen := rows[most]
	state, units := f.without(rows, most, k, spent)
	if state == Found {
		f.zero = append(f.zero, chosen.adds)
		return state, units
	}
	if chosen.units >= k {
		return state, 0
	}
	rest := slices.Delete(slices.Clone(rows), most, most+1)
	if rankOf(rest, dim) < rank {
		f.zero = nil
		for _, r := range rest {
			f.zero = append(f.zero, r.adds)
		}
		return Found, spent + chosen.units
	}
	other, units := f.search(rest, k-chosen.units, spent+chosen.units)
	if other == Found || state == Proved {
		return other, units
	}
	return Open, 0
}

// without searches among functions that are 0 on a row.
func (f *finder) without(rows []row, at int, k, spent int64) (State, int64) {
	zero := newSpan(len(rows[at].adds))
	zero.add(sparse(rows[at].adds))
	var rest []row
	seen := map[string]int{}
	for i, r := range rows {
		if i != at {
			rest = addRow(rest, seen, row{zero.reduced(sparse(r.adds)), r.units})
		}
	}
	return f.search(rest, k, spent)
}

func rankOf(rows []row, dim int) int {
	s := newSpan(dim)
	for _, r := range rows {
		if s.n == dim {
			break
		}
		s.add(sparse(r.adds))
	}
	return s.n
}

// disjointBases reports whether there are k bases of which no two share a unit: then each function is not 0 on a unit
// of each.
func disjointBases(rows []row, dim, rank int, k int64) bool {
	left := make([]int64, len(rows))
	for i, r := range rows {
		left[i] = r.units
	}
	for range k {
		s := newSpan(dim)
		for i, r := range rows {
			if left[i] > 0 && s.n < rank && s.add(sparse(r.adds)) {
				left[i]--
			}
		}
		if s.n < rank {
			return false
		}
	}
	return true
}

// touched says which entries take part in the function that was found: those that it is not 0 on.
func (f *finder) touched(basis *span, dim int) []bool {
	out := make([]bool, dim)
	var pivots []int
	for c, r := range basis.row {
		if r != nil {
			pivots = append(pivots, c)
		}
	}
	zero := newSpan(len(pivots))
	for _, z := range f.zero {
		zero.add(sparse(z))
	}
	for i := range out {
		r := f.big.reduced([]term{{i, 1}})
		at := make([]uint64, len(pivots))
		for j, c := range pivots {
			at[j] = r[c]
		}
		out[i] = leading(zero.reduced(sparse(at))) >= 0
	}
	return out
}
