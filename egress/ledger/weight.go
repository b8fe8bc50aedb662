package ledger

import "math"

// Readable reports whether fewer than k units can be read from a combination of cells, given the base to which each is
// rounded (1 where it is not): rounding to base b has a standard deviation of b/√12, and errors of several cells add up
// in squares. What is hidden by half of k or more is for people to weigh.
func Readable(bases []float64, k int) bool {
	variance := 0.0
	for _, b := range bases {
		if b > 1 {
			variance += b * b / 12
		}
	}
	return math.Sqrt(variance) < float64(k)/2
}

// Bases lists the base of each cell that takes part in an outcome, given that of each table.
func (o Outcome) Bases(of ...float64) (out []float64) {
	for i, cells := range o.Cells {
		for range cells {
			out = append(out, of[i])
		}
	}
	return out
}
