package ledger

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// made is a random pair of tables as the oracle sees it: for each unit what it adds to each cell of both, in one list.
type made struct {
	t, s  []Label
	cells [2]int
	units int
}

// randomPair makes units that lie in one cell of each table, or with several in several cells.
func randomPair(r *rand.Rand, severalCells bool) made {
	m := made{cells: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, units: 4 + r.IntN(14)}
	for u := range m.units {
		for table, ls := range []*[]Label{&m.t, &m.s} {
			lies := 1
			if severalCells && r.IntN(3) == 0 {
				lies = 1 + r.IntN(2)
			}
			for range lies {
				if c := r.IntN(m.cells[table] + 1); c > 0 {
					*ls = append(*ls, Label{Unit: u, Cell: c - 1, Adds: 1})
				}
			}
		}
	}
	return m
}

// adds says what each unit adds: to the number of all, where that is public, and to each cell.
func (m made) adds(total bool) [][]int {
	out := make([][]int, m.units)
	for u := range out {
		out[u] = make([]int, 1+m.cells[0]+m.cells[1])
		if total {
			out[u][0] = 1
		}
	}
	for table, ls := range [][]Label{m.t, m.s} {
		for _, l := range ls {
			out[l.Unit][1+table*m.cells[0]+l.Cell] += int(l.Adds)
		}
	}
	return out
}

// eachCombination calls with every list of coefficients from −2 to 2.
func eachCombination(n int, do func([]int)) {
	c := make([]int, n)
	var set func(int)
	set = func(i int) {
		if i == n {
			do(c)
			return
		}
		for x := -2; x <= 2; x++ {
			c[i] = x
			set(i + 1)
		}
	}
	set(0)
}

// leastIsolated enumerates combinations and returns the fewest units that any changes with.
func leastIsolated(adds [][]int) int {
	least := len(adds) + 1
	eachCombination(len(adds[0]), func(c []int) {
		n := 0
		for _, a := range adds {
			sum := 0
			for i, x := range a {
				sum += c[i] * x
			}
			if sum != 0 {
				n++
			}
		}
		if n > 0 && n < least {
			least = n
		}
	})
	return least
}

// rationalRank is the rank of vectors over the rationals.
func rationalRank(vectors [][]int) int {
	var rows [][]*big.Rat
	for _, v := range vectors {
		var row []*big.Rat
		for _, x := range v {
			row = append(row, big.NewRat(int64(x), 1))
		}
		rows = append(rows, row)
	}
	rank := 0
	for col := 0; len(rows) > 0 && col < len(rows[0]); col++ {
		at := -1
		for i := rank; i < len(rows); i++ {
			if rows[i][col].Sign() != 0 {
				at = i
				break
			}
		}
		if at < 0 {
			continue
		}
		rows[rank], rows[at] = rows[at], rows[rank]
		for i := rank + 1; i < len(rows); i++ {
			f := new(big.Rat).Quo(rows[i][col], rows[rank][col])
			for j := range rows[i] {
				rows[i][j] = new(big.Rat).Sub(rows[i][j], new(big.Rat).Mul(f, rows[rank][j]))
			}
		}
		rank++
	}
	return rank
}

// fewestUnits leaves out every set of units: the fewest without which the others span less are what the best
// combination, with whatever coefficients, isolates.
func fewestUnits(adds [][]int, k int) int {
	all := rationalRank(adds)
	if all == 0 {
		return len(adds) + 1
	}
	var leave func(from, n int, rest [][]int) bool
	leave = func(from, n int, rest [][]int) bool {
		if n == 0 {
			return rationalRank(rest) < all
		}
		for i := from; i < len(rest); i++ {
			without := append(append([][]int(nil), rest[:i]...), rest[i+1:]...)
			if leave(i, n-1, without) {
				return true
			}
		}
		return false
	}
	for n := 1; n < k; n++ {
		if leave(0, n, adds) {
			return n
		}
	}
	return k
}

// TestPairsAgainstEnumeration compares 1,000 random pairs with every combination with coefficients from −2 to 2.
//
// Duty 106 (XX38.3): what is about to leave is compared with what left before, whichever cells are combined.
func TestPairsAgainstEnumeration(t *testing.T) {
	seen := map[State]int{}
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 17))
		m, k := randomPair(r, false), 2+r.IntN(3)
		population := m.units + r.IntN(2)*r.IntN(6)
		adds := m.adds(true)
		for range population - m.units {
			adds = append(adds, append([]int{1}, make([]int, m.cells[0]+m.cells[1])...))
		}
		least := leastIsolated(adds)
		got := Pair(NewTable(m.cells[0], m.t), NewTable(m.cells[1], m.s), int64(population), k)
		family := Family([]*Table{NewTable(m.cells[0], m.t), NewTable(m.cells[1], m.s)}, int64(population), k)
		switch {
		case got.State == Open, got.State == Found != (least < k), got.State == Found && int(got.Units) != least:
			t.Errorf("seed %d: %+v, enumeration finds %d units, k = %d", seed, got, least, k)
		case got.State == Found && !isolates(adds, m.cells[0], got, least):
			t.Errorf("seed %d: the cells %v do not isolate %d units", seed, got.Cells, least)
		case family.State != Open && family.State != got.State:
			t.Errorf("seed %d: by atoms %+v, by cuts %+v", seed, family, got)
		}
		seen[got.State]++
	}
	if seen[Found] < 200 || seen[Proved] < 200 {
		t.Errorf("too few of a kind: %v", seen)
	}
}

// isolates reports whether the cells that an outcome names, the first table's less the second's or with the total less
// both, tell of so many units.
func isolates(adds [][]int, left int, o Outcome, want int) bool {
	n := 0
	for _, a := range adds {
		x, y := 0, 0
		for _, c := range o.Cells[0] {
			x += a[1+c]
		}
		for _, c := range o.Cells[1] {
			y += a[1+left+c]
		}
		if !o.Total && x != y || o.Total && x+y != a[0] {
			n++
		}
	}
	return n == want
}

// TestPairsOfSeveralCells compares pairs in which units lie in several cells or several times in one, as rows of
// persons do, with leaving out every set of units.
func TestPairsOfSeveralCells(t *testing.T) {
	seen := map[State]int{}
	for seed := range uint64(700) {
		r := rand.New(rand.NewPCG(seed, 18))
		m, k := randomPair(r, true), 2+r.IntN(2)
		if seed%3 == 0 { // of count(DISTINCT unit)
			m.t, m.s = once(m.t), once(m.s)
		}
		adds := m.adds(true)
		least := fewestUnits(adds, k)
		got := Pair(NewTable(m.cells[0], m.t), NewTable(m.cells[1], m.s), int64(m.units), k)
		family := Family([]*Table{NewTable(m.cells[0], m.t), NewTable(m.cells[1], m.s)}, int64(m.units), k)
		for _, o := range []Outcome{got, family} {
			if o.State == Open || o.State == Found != (least < k) || o.State == Found && int(o.Units) < least {
				t.Errorf("seed %d: %+v, without units %d, k = %d", seed, o, least, k)
			}
		}
		if enumerated := leastIsolated(adds); got.State == Proved && enumerated < k {
			t.Errorf("seed %d: proved, but a combination isolates %d", seed, enumerated)
		}
		seen[got.State]++
	}
	if seen[Found] < 150 || seen[Proved] < 150 {
		t.Errorf("too few of a kind: %v", seen)
	}
}

// once keeps one label of a unit and cell.
func once(ls []Label) (out []Label) {
	seen := map[string]bool{}
	for _, l := range ls {
		key := fmt.Sprint(l.Unit, l.Cell)
		if !seen[key] {
			seen[key] = true
			out = append(out, l)
		}
	}
	return out
}

// TestSumsAgainstEnumeration compares pairs of skewed sums with every combination: none that is proved safe tells of
// fewer than k units or breaks the p-percent rule, and one that is found does.
func TestSumsAgainstEnumeration(t *testing.T) {
	const p = 0.1
	seen := map[State]int{}
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 19))
		m, k := randomPair(r, false), 2
		m.units += 6
		values := make([]float64, m.units)
		for u := range values {
			values[u] = 10 + 10*r.Float64()
			if r.IntN(12) == 0 {
				values[u] *= math.Exp(3 * r.Float64())
			}
		}
		for u := m.units - 6; u < m.units; u++ {
			m.t = append(m.t, Label{Unit: u, Cell: u % m.cells[0]})
			m.s = append(m.s, Label{Unit: u, Cell: u % m.cells[1]})
		}
		for _, ls := range [][]Label{m.t, m.s} {
			for i, l := range ls {
				ls[i].Adds, ls[i].Value = 1, values[l.Unit]
			}
		}
		broken := breaks(m.adds(false), values, p, k)
		got := Sums(NewSums(m.cells[0], m.t), NewSums(m.cells[1], m.s), p, k)
		if got.State == Proved && broken || got.State == Found && !broken {
			t.Errorf("seed %d: %+v, enumeration breaks a rule: %v", seed, got, broken)
		}
		seen[got.State]++
	}
	if seen[Found] < 100 || seen[Proved] < 100 || seen[Open] > 60 {
		t.Errorf("too few or too many of a kind: %v", seen)
	}
}

// breaks reports whether a combination of sums tells of fewer than k units or mostly of one.
func breaks(adds [][]int, values []float64, p float64, k int) (broken bool) {
	eachCombination(len(adds[0])-1, func(c []int) {
		var all load
		for u, a := range adds {
			sum := 0
			for i, x := range a[1:] {
				sum += c[i] * x
			}
			if sum != 0 {
				all.add(math.Abs(float64(sum)) * values[u])
			}
		}
		if all.units > 0 && (all.units < int64(k) || all.sum*(1+1e-9) < (1+p)*all.largest+all.second) {
			broken = true
		}
	})
	return broken
}

// TestMoreTablesHideNothing holds a law: what a pair discloses, it discloses beside any third table.
func TestMoreTablesHideNothing(t *testing.T) {
	n := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 20))
		m, other := randomPair(r, seed%2 == 0), randomPair(r, seed%2 == 0)
		k := 2 + r.IntN(3)
		a, b, c := NewTable(m.cells[0], m.t), NewTable(m.cells[1], m.s), NewTable(other.cells[0], other.t)
		population := int64(max(m.units, other.units))
		two := Pair(a, b, population, k)
		three := Family([]*Table{a, b, c}, population, k)
		if two.State == Found {
			n++
			if three.State == Proved {
				t.Errorf("seed %d: %+v of two, %+v of three", seed, two, three)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d findings of pairs", n)
	}
}
