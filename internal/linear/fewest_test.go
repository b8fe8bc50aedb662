package linear

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAtLeast compares with leaving out every set of fewer than k units: what is left has to span as much.
func TestAtLeast(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[bool]int{}
	for range 3000 {
		columns, n, k := 1+r.IntN(4), 1+r.IntN(9), int64(1+r.IntN(4))
		var rows []Row
		for range n {
			row := Row{Units: int64(1 + r.IntN(2))}
			for range columns {
				row.Adds = append(row.Adds, int64(r.IntN(3)))
			}
			rows = append(rows, row)
		}
		var all Span
		for _, row := range rows {
			all.Add(row.Adds)
		}
		rank := len(all) + r.IntN(8)/7
		want := true
		for out := range 1 << n {
			var units int64
			var rest Span
			for i, row := range rows {
				if out>>i&1 == 1 {
					units += row.Units
				} else {
					rest.Add(row.Adds)
				}
			}
			want = want && (units >= k || len(rest) >= rank)
		}
		before := slices.Clone(rows)
		if got := AtLeast(k, rank, rows); got != want {
			t.Fatalf("k = %d, rank %d, %v: %v, want %v", k, rank, rows, got, want)
		}
		if !slices.EqualFunc(before, rows,
			func(a, b Row) bool { return a.Units == b.Units && slices.Equal(a.Adds, b.Adds) }) {
			t.Fatal("rows were changed")
		}
		seen[want]++
	}
	if seen[true] < 300 || seen[false] < 300 {
		t.Errorf("%v", seen)
	}
}

// TestAtLeastOfGeneric holds that units of which any as many as there are figures are independent need be no more than
// k and the figures less one, and that the search for it ends.
func TestAtLeastOfGeneric(t *testing.T) {
	for _, c := range []struct{ figures, k int }{{3, 5}, {3, 10}, {4, 10}, {6, 5}, {6, 10}} {
		var rows []Row
		for x := range int64(c.k + c.figures - 1) { // of a Vandermonde matrix
			power, adds := int64(1), []int64(nil)
			for range c.figures {
				adds, power = append(adds, power), power*(x+2)%Prime
			}
			rows = append(rows, Row{adds, 1})
		}
		if !AtLeast(int64(c.k), c.figures, rows) {
			t.Errorf("%d figures, k = %d: too few steps", c.figures, c.k)
		}
		if AtLeast(int64(c.k), c.figures, rows[1:]) {
			t.Errorf("%d figures, k = %d: one unit fewer is enough", c.figures, c.k)
		}
	}
}

func BenchmarkAtLeast(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []Row
	for range 160 {
		rows = append(rows, Row{[]int64{1, r.Int64N(9), r.Int64N(Prime), r.Int64N(Prime)}, 1})
	}
	for b.Loop() {
		if !AtLeast(10, 4, rows) {
			b.Fatal("too few")
		}
	}
}
