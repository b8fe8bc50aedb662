package linear

import (
	"math"
	"math/rand/v2"
	"testing"
)

// nearRows are what rows of units add to figures, scaled.
func nearRows(all [][]float64) (rows []NearRow) {
	for _, of := range all {
		row := NearRow{Units: 1}
		for _, x := range of {
			row.Adds = append(row.Adds, Near{Value: x})
		}
		rows = append(rows, row)
	}
	Scale(rows)
	return rows
}

// TestNearlyAtLeastIsAtLeast compares with what is exact, of small whole numbers.
func TestNearlyAtLeastIsAtLeast(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	seen := map[bool]int{}
	for range 3000 {
		columns, k := 1+r.IntN(4), int64(1+r.IntN(4))
		var exact []Row
		var near [][]float64
		for range 1 + r.IntN(9) {
			row, of := Row{Units: 1}, []float64(nil)
			for range columns {
				x := r.IntN(3)
				row.Adds, of = append(row.Adds, int64(x)), append(of, float64(x))
			}
			exact, near = append(exact, row), append(near, of)
		}
		want := AtLeast(k, columns, exact)
		if got := NearlyAtLeast(k, columns, nearRows(near)); got != want {
			t.Fatalf("k = %d, %v: %v, want %v", k, near, got, want)
		}
		seen[want]++
	}
	if seen[true] < 300 || seen[false] < 300 {
		t.Errorf("%v", seen)
	}
}

// TestNearlyAtLeastOfIdentities holds that what adds up for all but some units, beside what computing rounds, does not
// hide how few they are.
func TestNearlyAtLeastOfIdentities(t *testing.T) {
	const k = 5
	figures := map[string]func(x, y, in float64) []float64{
		"a logarithm of a multiple": func(x, _,
			in float64) []float64 {
			return []float64{math.Log(x), in * math.Log(3*x), in}
		},
		"of a product": func(x, y,
			in float64) []float64 {
			return []float64{math.Log(x), math.Log(y), in * math.Log(x*y)}
		},
		"a quotient of a sum": func(x, y,
			in float64) []float64 {
			return []float64{(x + y) / 20017, x / 20017, in * (y / 20017)}
		},
		"a root of a multiple": func(x, _, in float64) []float64 {
			return []float64{math.Sqrt(x), in * math.Sqrt(x*4.000000476837172)} // the ratio lies between two numbers of single precision
		},
	}
	for name, of := range figures {
		for few := range 2 * k {
			r, rows := rand.New(rand.NewPCG(5, 6)), [][]float64(nil)
			for i := range 60 {
				sum := []float64{0, 0, 0}
				for range 1 + r.IntN(9) {
					in := 1.0
					if i < few {
						in = 0
					}
					added := of(1+float64(r.IntN(9000))/100, float64(1+r.IntN(9)), in)
					for n, x := range added {
						sum[n] += x
					}
					sum = sum[:len(added)]
				}
				rows = append(rows, sum)
			}
			if got := NearlyAtLeast(k, len(rows[0]), nearRows(rows)); got != (few >= k) {
				t.Errorf("%s, but of %d units: %v", name, few, got)
			}
		}
	}
}
