package linear_test

import (
	"math/rand/v2"
	"testing"

	"github.com/yumen-data/yumen/internal/linear"
)

// So many bases without a common unit say that every combination changes with so many units, and one says that the
// vectors span everything.
func TestBases(t *testing.T) {
	found, missing := 0, 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 3))
		dim, units, k := 1+r.IntN(4), r.IntN(14), 1+r.IntN(4)
		var list []int32
		var rows []linear.Row
		var span linear.Span
		for range units {
			var adds []int64
			for range dim {
				x := int64(r.IntN(3) - 1)
				list = append(list, int32(x))
				adds = append(adds, (x+linear.Prime)%linear.Prime)
			}
			rows = append(rows, linear.Row{Adds: adds, Units: 1})
			span.Add(adds)
		}
		b := linear.NewBases(dim)
		b.Count(list, k) // leaves nothing behind
		n := b.Count(list, k)
		if n > 0 != (len(span) == dim) {
			t.Errorf("seed %d: %d bases of vectors that span %d of %d dimensions", seed, n, len(span), dim)
		}
		if n > k || !linear.AtLeast(int64(n), dim, rows) {
			t.Errorf("seed %d: %d bases, but not so many units for each combination", seed, n)
		}
		if n == k {
			found++
		} else {
			missing++
		}
	}
	if found < 300 || missing < 300 {
		t.Errorf("all bases were found %d times, fewer %d times: too few to tell", found, missing)
	}
}
