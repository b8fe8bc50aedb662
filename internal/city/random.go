package city

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// picker draws indices with given weights.
type picker struct{ upTo []float64 }

func newPicker(weights ...float64) picker {
	p := picker{make([]float64, len(weights))}
	sum := 0.0
	for i, w := range weights {
		sum += w
		p.upTo[i] = sum
	}
	return p
}

func (p picker) draw(r *rand.Rand) int {
	last := len(p.upTo) - 1
	x := r.Float64() * p.upTo[last]
	return min(sort.Search(last, func(i int) bool { return x < p.upTo[i] }), last)
}

// weightsOf takes the weights out of a list of things.
func weightsOf[T any](things []T, weight func(T) float64) []float64 {
	out := make([]float64, len(things))
	for i, t := range things {
		out[i] = weight(t)
	}
	return out
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// logNormal draws with the given median.
func logNormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

// pareto draws from a power law with exponent alpha that starts at least.
func pareto(r *rand.Rand, least, alpha float64) float64 {
	return least / math.Pow(1-r.Float64(), 1/alpha)
}

// poisson draws a count: by Knuth's product method, and where the mean is large from the normal approximation.
func poisson(r *rand.Rand, mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	limit, n := math.Exp(-mean), 0
	for p := r.Float64(); p > limit; p *= r.Float64() {
		n++
	}
	return n
}

// date counts days from 1900-01-01.
type date int32

var firstDay = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

func dayOf(year int, month time.Month, day int) date {
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(firstDay) / (24 * time.Hour))
}

func (d date) time() time.Time { return firstDay.AddDate(0, 0, int(d)) }

// append writes year, month and day with a separator between them.
func (d date) append(b []byte, sep string) []byte {
	y, m, n := d.time().Date()
	b = append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
	b = append(b, sep...)
	b = append(b, byte('0'+m/10), byte('0'+m%10))
	b = append(b, sep...)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}
