package attacks

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// z95 is the normal quantile of two-sided 95 % intervals. zVerdict is that of verdicts: many attacks are judged in one
// run, so each is judged at a chance of 3 in 100,000 of being condemned wrongly.
const (
	z95      = 1.959963984540054
	zVerdict = 4.0
)

// wilson returns the score interval of a success rate (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927).
func wilson(hits, trials int, z float64) (low, high float64) {
	if trials == 0 {
		return 0, 1
	}
	n, p := float64(trials), float64(hits)/float64(trials)
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = max(0, mid-half), min(1, mid+half)
	if hits == 0 {
		low = 0
	}
	if hits == trials {
		high = 1
	}
	return low, high
}

// clopperPearson returns the exact interval of a success rate in which each side errs with probability alpha at most
// (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934).
func clopperPearson(hits, trials int, alpha float64) (low, high float64) {
	k, n := float64(hits), float64(trials)
	low, high = 0, 1
	if hits > 0 {
		low = mathext.InvRegIncBeta(k, n-k+1, alpha)
	}
	if hits < trials {
		high = mathext.InvRegIncBeta(k+1, n-k, 1-alpha)
	}
	return low, high
}

// chiSquareTail is how likely a chi-square with so many degrees of freedom exceeds x.
func chiSquareTail(freedom, x float64) float64 {
	if freedom < 1 {
		return 1
	}
	return distuv.ChiSquared{K: freedom}.Survival(x)
}

// independent tests a table of counts for independence of rows and columns (Pearson's chi-square) and returns how
// likely counts at least as uneven are where they are independent. Empty rows and columns do not count.
func independent(counts [][]float64) float64 {
	rows, cols := make([]float64, len(counts)), make([]float64, len(counts[0]))
	for i, r := range counts {
		rows[i] = floats.Sum(r)
		floats.Add(cols, r)
	}
	var expected []float64
	total := max(1, floats.Sum(rows))
	for _, n := range rows {
		expected = append(expected, floats.ScaleTo(make([]float64, len(cols)), n/total, cols)...)
	}
	full := func(v float64) bool { return v > 0 }
	freedom := (floats.Count(full, rows) - 1) * (floats.Count(full, cols) - 1)
	return chiSquareTail(float64(freedom), stat.ChiSquare(slices.Concat(counts...), expected))
}

// auc is the probability that a value of b exceeds one of a, ties counted half, with its standard error (J. A. Hanley,
// B. J. McNeil, Radiology 143, 1982), which is no less than that of samples of one distribution: theirs is 0 where two
// small samples happen to lie apart. The area is 1/2 for samples of one distribution.
func auc(a, b []float64) (area, err float64) {
	a = slices.Sorted(slices.Values(a))
	wins := 0
	for _, v := range b {
		below, _ := slices.BinarySearch(a, v)
		upTo, _ := slices.BinarySearch(a, math.Nextafter(v, math.Inf(1)))
		wins += below + upTo
	}
	na, nb := float64(len(a)), float64(len(b))
	area = float64(wins) / 2 / (na * nb)
	q1, q2 := area/(2-area), 2*area*area/(1+area)
	v := (area*(1-area) + (nb-1)*(q1-area*area) + (na-1)*(q2-area*area)) / (na * nb)
	return area, math.Sqrt(max(v, (na+nb+1)/(12*na*nb)))
}

// leastSquares returns the x that minimises |a·x − y|² + ridge·|x − ½|², for rows a of zeros and ones.
func leastSquares(a [][]bool, y []float64, n int, ridge float64) []float64 {
	m, v := mat.NewSymDense(n, nil), mat.NewVecDense(n, slices.Repeat([]float64{ridge / 2}, n))
	for i := range n {
		m.SetSym(i, i, ridge)
	}
	for q, row := range a {
		for i := range row {
			if !row[i] {
				continue
			}
			v.SetVec(i, v.AtVec(i)+y[q])
			for j := range i + 1 {
				if row[j] {
					m.SetSym(i, j, m.At(i, j)+1)
				}
			}
		}
	}
	var solver mat.Cholesky
	solver.Factorize(m)         // positive definite, by the ridge
	_ = solver.SolveVecTo(v, v) // the error would be that it is nearly singular
	return v.RawVector().Data
}
