package ledger

import (
	"math/rand/v2"
	"testing"
)

// byCell makes a table in which each unit lies in the cell that f says, none where below 0.
func byCell(units, cells int, f func(u int) int) *Table {
	var ls []Label
	for u := range units {
		if c := f(u); c >= 0 {
			ls = append(ls, Label{Unit: u, Cell: c, Adds: 1})
		}
	}
	return NewTable(cells, ls)
}

// TestPlantedDifferences leaves out so many units from one cell of a table that is otherwise the same.
//
// Duty 106 (XX38.3): differences of fewer people than the threshold are found, of as many they are not.
func TestPlantedDifferences(t *testing.T) {
	const units, cells, k = 20000, 12, 10
	for _, planted := range []int{1, 3, 4, 9, 10, 12, 25} {
		r := rand.New(rand.NewPCG(uint64(planted), 1))
		of := make([]int, units)
		for u := range of {
			of[u] = r.IntN(cells)
		}
		out := map[int]bool{}
		for u := 0; len(out) < planted; u++ {
			if of[u] == 7 {
				out[u] = true
			}
		}
		a := byCell(units, cells, func(u int) int { return of[u] })
		b := byCell(units, 3, func(u int) int {
			if out[u] {
				return -1
			}
			return of[u] % 3
		})
		got := Pair(b, a, units, k)
		if got.State == Found != (planted < k) || got.State == Found && got.Units != int64(planted) {
			t.Errorf("%d people: %+v", planted, got)
		}
	}
}

// TestLaterVersion finds people who moved between two versions of one table.
func TestLaterVersion(t *testing.T) {
	const units, cells, k = 5000, 8, 10
	before := byCell(units, cells, func(u int) int { return u % cells })
	for moved, want := range map[int]State{3: Found, 9: Found, 10: Proved, 40: Proved} {
		after := byCell(units, cells, func(u int) int {
			if u%cells == 2 && u/cells < moved {
				return 5
			}
			return u % cells
		})
		if got := Pair(after, before, units, k); got.State != want || want == Found && got.Units != int64(moved) {
			t.Errorf("%d moved: %+v", moved, got)
		}
	}
}

// TestPublicNumber finds that a table of all but one differs from the number of everybody.
func TestPublicNumber(t *testing.T) {
	all := byCell(100, 1, func(u int) int {
		if u == 41 {
			return -1
		}
		return 0
	})
	other := byCell(100, 2, func(u int) int { return u % 2 })
	for _, got := range []Outcome{Pair(all, other, 100, 10), Pair(other, all, 100, 10)} {
		if got.State != Found || got.Units != 1 {
			t.Errorf("%+v", got)
		}
	}
}

// TestThreeTables finds three people whom no two of three tables isolate: two flags, and the number of flags with a
// further condition on three of those who have both.
func TestThreeTables(t *testing.T) {
	const units, k = 4000, 10
	flags := func(u int) (x, y bool) { return u%2 == 0, u%5 < 2 }
	special := func(u int) bool { return u == 0 || u == 10 || u == 20 } // both flags
	x := byCell(units, 1, func(u int) int {
		if a, _ := flags(u); a {
			return 0
		}
		return -1
	})
	y := byCell(units, 1, func(u int) int {
		if _, b := flags(u); b {
			return 0
		}
		return -1
	})
	z := byCell(units, 3, func(u int) int {
		a, b := flags(u)
		switch {
		case special(u), !a && !b:
			return 0
		case a && b:
			return 2
		}
		return 1
	})
	tables := []*Table{x, y, z}
	for i, a := range tables {
		for _, b := range tables[:i] {
			if got := Pair(a, b, units, k); got.State != Proved {
				t.Errorf("a pair: %+v", got)
			}
		}
	}
	if got := Family(tables, units, k); got.State != Found || got.Units != 3 {
		t.Errorf("three tables: %+v", got)
	}
	if got := Family([]*Table{x, y, byCell(units, 4, func(u int) int { return u % 4 })}, units, k); got.State != Proved {
		t.Errorf("three other tables: %+v", got)
	}
}

// TestDominatedCut finds a cut of twelve people of whom one has nearly all.
func TestDominatedCut(t *testing.T) {
	var all, without []Label
	for u := range 500 {
		value := 100.0
		if u == 3 {
			value = 20900
		}
		l := Label{Unit: u, Cell: u % 4, Value: value}
		all = append(all, l)
		if u%4 != 3 || u >= 48 {
			without = append(without, l)
		}
	}
	a, b := NewSums(4, all), NewSums(4, without)
	if got := Sums(b, a, 0.1, 10); got.State != Found || got.Units != 12 {
		t.Errorf("dominated: %+v", got)
	}
	all[3].Value = 100
	if got := Sums(NewSums(4, without), NewSums(4, all), 0.1, 10); got.State != Proved {
		t.Errorf("even: %+v", got)
	}
}

// TestFullCells finds that everybody in a cell is in one cell of a refinement, where the plans say that it is one.
func TestFullCells(t *testing.T) {
	coarse := byCell(400, 4, func(u int) int { return u % 4 })
	fine := byCell(400, 8, func(u int) int {
		if u%4 == 2 {
			return 2 // all of them
		}
		return u % 8
	})
	if got := Full(coarse, fine); len(got) != 1 || got[0] != 2 {
		t.Errorf("full cells: %v", got)
	}
	district, both := Shape{Keys: []string{"district"}}, Shape{Keys: []string{"district", "illness"}}
	women := Shape{Keys: []string{"district"}, Conditions: []string{"sex = F"}}
	if !both.Within(district) || !women.Within(district) || district.Within(both) || both.Within(women) ||
		district.Within(district) || !district.Same(district) {
		t.Error("which cells lie within which")
	}
}

// TestReadable weighs findings by how many rounded cells they combine.
func TestReadable(t *testing.T) {
	five := []float64{5, 5}
	if !Readable(five, 10) || !Readable([]float64{1}, 10) {
		t.Error("two cells rounded to 5 hide nine people")
	}
	var many []float64
	for range 12 {
		many = append(many, 5)
	}
	if Readable(many, 10) || !Readable(many[:11], 10) {
		t.Error("from twelve cells on rounding to 5 hides half of ten people")
	}
	if n := len((Outcome{Cells: [][]int{{1, 2}, {3}}}).Bases(5, 10)); n != 3 {
		t.Errorf("%d bases", n)
	}
}

func BenchmarkPair(b *testing.B) {
	const units = 1 << 20
	r := rand.New(rand.NewPCG(1, 1))
	of := make([]uint32, units)
	for u := range of {
		of[u] = r.Uint32()
	}
	t := byCell(units, 110, func(u int) int { return int(of[u] % 110) })
	s := byCell(units, 60, func(u int) int { return int(of[u] / 7 % 60) })
	for b.Loop() {
		if Pair(t, s, units, 10).State != Proved {
			b.Fatal("a finding")
		}
	}
}

// The same question asked again tells nothing new, though what a unit adds to a cell may differ in its last digits, which
// depend on the order in which it was added up.
func TestSameSumsInAnotherOrder(t *testing.T) {
	var first, again []Label
	for u := range 400 {
		for i := range 1 + u%3 {
			x := float64(1+(u*7919+i*104729)%100_000) / 100
			first = append(first, Label{Unit: u, Cell: (u + i) % 6, Value: x})
			if u == 7 {
				x += 1e-11
			}
			again = append(again, Label{Unit: u, Cell: (u + i) % 6, Value: x})
		}
	}
	if o := Sums(NewSums(6, first), NewSums(6, again), 0.1, 10); o.State != Proved {
		t.Errorf("%+v", o)
	}
}
