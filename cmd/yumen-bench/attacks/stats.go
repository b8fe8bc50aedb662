package attacks

import (
	"cmp"
	"math"
	"slices"
)

// z95 is the normal quantile of two-sided 95 % intervals. zVerdict is that of verdicts: many attacks are judged in one run, so
// each is judged at a chance of 3 in 100,000 of being condemned wrongly.
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

// clopperPearson returns the exact interval of a success rate in which each side errs with probability alpha at most (C. J.
// Clopper, E. S. Pearson, Biometrika 26, 1934).
func clopperPearson(hits, trials int, alpha float64) (low, high float64) {
	k, n := float64(hits), float64(trials)
	low, high = 0, 1
	if hits > 0 {
		low = solve(func(p float64) float64 { return betaInc(k, n-k+1, p) }, alpha)
	}
	if hits < trials {
		high = solve(func(p float64) float64 { return betaInc(k+1, n-k, p) }, 1-alpha)
	}
	return low, high
}

// solve finds p in [0,1] with f(p) = want for a rising f, by bisection.
func solve(f func(float64) float64, want float64) float64 {
	a, b := 0.0, 1.0
	for range 60 {
		if m := (a + b) / 2; f(m) < want {
			a = m
		} else {
			b = m
		}
	}
	return (a + b) / 2
}

// betaInc is the regularised incomplete beta function I_x(a,b) by its continued fraction (Abramowitz and Stegun 26.5.8).
func betaInc(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(1, max(0, x))
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaInc(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	return front / betaFraction(a, b, x)
}

// betaFraction evaluates 1 + d1/(1 + d2/(1 + …)) by the modified method of Lentz.
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	f, c, d := 1.0, 1.0, 0.0
	for m := 1.0; m < 2000; m++ {
		odd := -(a + m - 1) * (a + b + m - 1) * x / ((a + 2*m - 2) * (a + 2*m - 1))
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		last := 0.0
		for _, term := range []float64{odd, even} {
			d = 1 / orTiny(1+term*d, tiny)
			c = orTiny(1+term/c, tiny)
			last = c * d
			f *= last
		}
		if math.Abs(last-1) < 1e-14 {
			break
		}
	}
	return f
}

func orTiny(v, tiny float64) float64 {
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}

// gammaUpper is the regularised upper incomplete gamma function Q(a,x): the tail of a chi-square with 2a degrees of freedom
// beyond 2x (Abramowitz and Stegun 26.4.19).
func gammaUpper(a, x float64) float64 {
	if x <= 0 {
		return 1
	}
	lg, _ := math.Lgamma(a)
	front := math.Exp(a*math.Log(x) - x - lg)
	if x < a+1 { // series of the lower function
		sum, term := 1/a, 1/a
		for n := a + 1; term > sum*1e-15; n++ {
			term *= x / n
			sum += term
		}
		return max(0, 1-front*sum)
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for i := 1.0; i < 10_000; i++ {
		b += 2
		d = 1 / orTiny(b-i*(i-a)*d, tiny)
		c = orTiny(b-i*(i-a)/c, tiny)
		h *= c * d
		if math.Abs(c*d-1) < 1e-14 {
			break
		}
	}
	return front * h
}

// independent tests a table of counts for independence of rows and columns (Pearson's chi-square) and returns how likely
// counts at least as uneven are where they are independent. Empty rows and columns do not count.
func independent(counts [][]float64) float64 {
	var rows, cols []float64
	cols = make([]float64, len(counts[0]))
	total := 0.0
	for _, r := range counts {
		sum := 0.0
		for j, v := range r {
			sum += v
			cols[j] += v
		}
		rows = append(rows, sum)
		total += sum
	}
	chi, full := 0.0, func(vs []float64) (n float64) {
		for _, v := range vs {
			if v > 0 {
				n++
			}
		}
		return n
	}
	for i, r := range counts {
		for j, v := range r {
			if want := rows[i] * cols[j] / total; want > 0 {
				chi += (v - want) * (v - want) / want
			}
		}
	}
	freedom := (full(rows) - 1) * (full(cols) - 1)
	if freedom < 1 {
		return 1
	}
	return gammaUpper(freedom/2, chi/2)
}

// sorted returns both samples together in order.
func sorted(a, b []float64) []float64 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return all
}

// auc is the probability that a value of b exceeds one of a, ties counted half, with its standard error (J. A. Hanley, B. J.
// McNeil, Radiology 143, 1982), which is no less than that of samples of one distribution: theirs is 0 where two small samples
// happen to lie apart. The area is 1/2 for samples of one distribution.
func auc(a, b []float64) (area, err float64) {
	type point struct {
		v float64
		b bool
	}
	var all []point
	for _, v := range a {
		all = append(all, point{v, false})
	}
	for _, v := range b {
		all = append(all, point{v, true})
	}
	slices.SortFunc(all, func(x, y point) int { return cmp.Compare(x.v, y.v) })
	ranks := 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		for k := i; k < j; k++ {
			if all[k].b {
				ranks += float64(i+j+1) / 2
			}
		}
		i = j
	}
	na, nb := float64(len(a)), float64(len(b))
	area = (ranks - nb*(nb+1)/2) / (na * nb)
	q1, q2 := area/(2-area), 2*area*area/(1+area)
	v := (area*(1-area) + (nb-1)*(q1-area*area) + (na-1)*(q2-area*area)) / (na * nb)
	return area, math.Sqrt(max(v, (na+nb+1)/(12*na*nb)))
}

// leastSquares returns the x that minimises |a·x − y|² + ridge·|x − ½|², for rows a of zeros and ones.
func leastSquares(a [][]bool, y []float64, n int, ridge float64) []float64 {
	m, v := make([][]float64, n), make([]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = ridge
		v[i] = ridge / 2
	}
	var in []int
	for q, row := range a {
		in = in[:0]
		for i, b := range row {
			if b {
				in = append(in, i)
			}
		}
		for _, i := range in {
			v[i] += y[q]
			for _, j := range in {
				m[i][j]++
			}
		}
	}
	return cholesky(m, v)
}

// cholesky solves m·x = v for a positive definite m, which it overwrites.
func cholesky(m [][]float64, v []float64) []float64 {
	n := len(v)
	for i := range n {
		for j := range i + 1 {
			s := m[i][j]
			for k := range j {
				s -= m[i][k] * m[j][k]
			}
			if i == j {
				m[i][i] = math.Sqrt(s)
			} else {
				m[i][j] = s / m[j][j]
			}
		}
	}
	x := slices.Clone(v)
	for i := range n {
		for k := range i {
			x[i] -= m[i][k] * x[k]
		}
		x[i] /= m[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= m[k][i] * x[k]
		}
		x[i] /= m[i][i]
	}
	return x
}
