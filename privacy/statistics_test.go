package privacy

import (
	"flag"
	"math"
	"slices"
	"testing"

	"github.com/google/differential-privacy/go/v3/noise"

	"github.com/yumen-data/yumen/internal/task"
)

var nightly = flag.Bool("nightly", false, "draw fifty times as many samples in statistical tests")

// samples is how many to draw.
func samples(short int) int {
	if *nightly {
		return 50 * short
	}
	return short
}

// falseAlarm is the chance that a statistical test fails though nothing is wrong; all bounds below hold for every
// sample size.
const falseAlarm = 1e-9

// dkw bounds how far an empirical distribution function of n samples strays from the true one (Dvoretzky, Kiefer and
// Wolfowitz; Massart 1990), and how far a relative frequency strays from its probability (Hoeffding).
func dkw(n int) float64 { return math.Sqrt(math.Log(2/falseAlarm) / (2 * float64(n))) }

func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func drawn(t *testing.T, sigma float64, n int) []int64 {
	t.Helper()
	s, err := newSampler(sigma)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int64, n)
	for i := range out {
		if out[i], err = s.draw(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

var sigmas = []float64{0.3, 1, 7.5, 1000, 1 << 30, 1.9 * (1 << 46), 1 << 47, 1.99 * (1 << 47), 1 << 60, 3e30}

// Kolmogorov and Smirnov's test: noise, counted in its grain, is a Gaussian of the given σ rounded to integers.
func TestNoiseIsGaussian(t *testing.T) {
	n := samples(20_000)
	for _, sigma := range sigmas {
		scaled := math.Ldexp(sigma, -int(grain(sigma)))
		z := drawn(t, sigma, n)
		slices.Sort(z)
		worst, sum, squares := 0.0, 0.0, 0.0
		for i, x := range z {
			if i+1 == n || z[i+1] != x {
				worst = max(worst, math.Abs(float64(i+1)/float64(n)-normal((float64(x)+0.5)/scaled)))
			}
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
		if worst > dkw(n) {
			t.Errorf("σ %g: the distribution is off by %.4f", sigma, worst)
		}
		// Rounding adds a variance of 1/12 at most. 6.5 standard errors are passed with a chance of 10^-10.
		sd := math.Hypot(scaled, math.Sqrt(1.0/12))
		if mean := sum / float64(n); math.Abs(mean) > 6.5*sd/math.Sqrt(float64(n)) {
			t.Errorf("σ %g: the mean is %g", sigma, mean)
		}
		if v := squares / float64(n) / (sd * sd); math.Abs(v-1) > 6.5*math.Sqrt(2/float64(n)) && sigma > 1 {
			t.Errorf("σ %g: the variance is %g times what it should be", sigma, v)
		}
	}
}

func TestNoiseTestCatches(t *testing.T) {
	n := 20_000
	z := drawn(t, 1.05*1000, n)
	slices.Sort(z)
	worst := 0.0
	for i, x := range z {
		worst = max(worst, math.Abs(float64(i+1)/float64(n)-normal((float64(x)+0.5)/1000)))
	}
	if worst < dkw(n)/4 {
		t.Errorf("a σ that is 5 %% too large is off by %.4f only", worst)
	}
}

// lowBits returns how far the last four bits are from uniform.
func lowBits(z []int64) float64 {
	var counts [16]float64
	for _, x := range z {
		counts[x&15]++
	}
	worst := 0.0
	for _, c := range counts {
		worst = max(worst, math.Abs(c/float64(len(z))-1.0/16))
	}
	return worst
}

// The low bits of noise hide those of a total.
func TestLowBitsAreUniform(t *testing.T) {
	n := samples(20_000)
	bound := math.Sqrt(math.Log(2*16/falseAlarm) / (2 * float64(n)))
	for _, sigma := range sigmas {
		if sigma < 1000 {
			continue // too narrow to be uniform
		}
		if off := lowBits(drawn(t, sigma, n)); off > bound {
			t.Errorf("σ %g: the last bits are off by %.4f", sigma, off)
		}
	}
	// Why there is a grain: what the library gives for σ = 2^54 is even.
	raw := make([]int64, n)
	for i := range raw {
		z, err := noise.Gaussian().AddNoiseFloat64(0, 1, math.Exp2(54), libraryEpsilon, libraryDelta)
		if err != nil {
			t.Fatal(err)
		}
		raw[i] = int64(z)
	}
	if off := lowBits(raw); off < bound {
		t.Errorf("without a grain the last bits are off by %.4f only", off)
	}
}

func TestSamplerNeverFallsShort(t *testing.T) {
	for _, sigma := range sigmas {
		s, err := newSampler(sigma)
		if err != nil {
			t.Fatal(err)
		}
		want := math.Ldexp(sigma, -int(grain(sigma)))
		if got := noise.SigmaForGaussian(1, s.sensitivity, libraryEpsilon, libraryDelta); got < want ||
			got > want*(1+1e-9) {
			t.Errorf("σ %g: the library is asked for %g, want %g", sigma, got, want)
		}
		if want >= 1<<sigmaBits {
			t.Errorf("σ %g is drawn at %g", sigma, want)
		}
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1), 5e-324, 1e300} {
		if _, err := newSampler(bad); err == nil {
			t.Errorf("σ %v: no error", bad)
		}
	}
}

// answers asks a question of the same totals n times, with new noise each time, and returns the first cell of the first
// row; NaN where there is no row.
func answers(t *testing.T, q *task.Question, n task.Noise, totals *Totals, times int) []float64 {
	t.Helper()
	out := make([]float64, times)
	for i := range out {
		d, err := Draw(q, n, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Finish(q, n, d, totals, 10)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = math.NaN()
		if len(rows) > 0 {
			c := rows[0].Cells[0]
			out[i] = c.Float + c.Int.Float64()
		}
	}
	return out
}

// epsilonShown returns an ε that two sets of answers prove a mechanism to exceed, at a δ and but for a chance of
// falseAlarm: the best event of the form "at most x" or "at least x" is chosen on one half and measured on the other.
func epsilonShown(a, b []float64, delta float64) float64 {
	half := len(a) / 2
	shown := func(a, b []float64, x, sign, slack float64) float64 {
		share := func(v []float64) float64 {
			k := 0
			for _, y := range v {
				if sign*y <= sign*x {
					k++
				}
			}
			return float64(k) / float64(len(v))
		}
		p, r := share(a), share(b)
		return math.Log((bernoulli(p, len(a), -slack) - delta) / bernoulli(r, len(b), slack))
	}
	best := 0.0
	for _, pair := range [][2][]float64{{a, b}, {b, a}} {
		sorted := slices.Clone(pair[0][:half])
		slices.Sort(sorted)
		for _, sign := range []float64{1, -1} {
			at, most := 0.0, math.Inf(-1)
			for i := 1; i < 40; i++ {
				x := sorted[i*half/40]
				if e := shown(pair[0][:half], pair[1][:half], x, sign, 1); e > most {
					at, most = x, e
				}
			}
			if e := shown(pair[0][half:], pair[1][half:], at, sign, math.Log(8/falseAlarm)); e > best {
				best = e
			}
		}
	}
	return best
}

// bernoulli bounds a probability from a relative frequency p of n: from above for positive s, from below for negative,
// each
// but for a chance of e^-|s| (Chernoff's bound with the relative entropy).
func bernoulli(p float64, n int, s float64) float64 {
	entropy := func(q float64) float64 {
		e := 0.0
		if p > 0 {
			e += p * math.Log(p/q)
		}
		if p < 1 {
			e += (1 - p) * math.Log((1-p)/(1-q))
		}
		return e * float64(n)
	}
	if s > 0 {
		return bisect(p, 1, func(q float64) bool { return entropy(q) < s }).hi
	}
	return bisect(0, p, func(q float64) bool { return entropy(q) > -s }).lo
}

// neighbours are two datasets that differ in one unit, as totals: the unit does all that it may.
type neighbours struct {
	name          string
	q             *task.Question
	with, without *Totals
}

func single(components ...int64) *Totals {
	t := &Totals{Keys: [][]Value{nil}}
	for _, x := range components {
		t.Sums, t.Trees = append(t.Sums, []Int128{Int(x)}), append(t.Trees, nil)
	}
	return t
}

func tree(leaves map[uint32]int64) *Totals {
	return &Totals{Keys: [][]Value{nil}, Sums: make([][]Int128, 1), Trees: [][]map[uint32]int64{{leaves}}}
}

func worstCases() []neighbours {
	in := task.MeasuredInput{Type: "integer", Lo: -10, Hi: 100}
	ask := func(rows, blocks int, m task.Measure) *task.Question {
		return &task.Question{Unit: "person", RowsPerUnit: rows, GroupsPerUnit: 1, Blocks: blocks,
			Inputs: []task.MeasuredInput{in}, Measures: []task.Measure{m}}
	}
	median := task.Measure{Fn: task.MeasureQuantile, Input: 1, Q: 0.5}
	low, high := Leaf(in, -10), Leaf(in, 100)
	return []neighbours{
		{"count", ask(4, 0, task.Measure{Fn: task.MeasureCount}), single(50), single(46)},
		{"sum", ask(2, 0, task.Measure{Fn: task.MeasureSum, Input: 1}), single(1200), single(1000)},
		{"avg", ask(1, 0, task.Measure{Fn: task.MeasureAvg, Input: 1}), single(8, 55), single(7, 0)},
		{"median", ask(3, 0, median), tree(map[uint32]int64{low: 6, high: 8}), tree(map[uint32]int64{low: 6, high: 5})},
		{"mean of blocks", ask(1, 20, task.Measure{Fn: task.MeasureAvg, Input: 1}), single(110), single(0)},
		{"median of blocks", ask(1, 20, median), tree(map[uint32]int64{low: 10, high: 10}),
			tree(map[uint32]int64{low: 9, high: 11})},
	}
}

// No event tells neighbouring datasets apart by more than the declared ε; a hundredth of the noise is found out.
func TestEpsilonShownIsWithinTheDeclared(t *testing.T) {
	const epsilon = 1
	for _, c := range worstCases() {
		times := samples(8_000)
		if c.q.Measures[0].Fn == task.MeasureQuantile {
			times = samples(1_000) // each takes 64 noises
		}
		n := mustPrice(t, c.q, epsilon)
		shown := epsilonShown(answers(t, c.q, n, c.with, times), answers(t, c.q, n, c.without, times), budget.Delta)
		if shown > epsilon {
			t.Errorf("%s: ε %v shown, %v declared", c.name, shown, epsilon)
		}
		for i := range n.Components {
			n.Components[i].Sigma /= 100
		}
		n.Rho *= 10_000.1
		weak := epsilonShown(answers(t, c.q, n, c.with, 1_000), answers(t, c.q, n, c.without, 1_000), budget.Delta)
		if weak <= epsilon {
			t.Errorf("%s: with a hundredth of the noise ε %v shown only", c.name, weak)
		}
		t.Logf("%s: ε %.3f shown, %v declared; %.3f with a hundredth of the noise", c.name, shown, epsilon, weak)
	}
}

// A group that one unit lifts to k is told of with the declared probability at most, and not with much less.
func TestThresholdLetsFewThrough(t *testing.T) {
	const l0, k = 3, 10
	q := &task.Question{Unit: "person", RowsPerUnit: 1, GroupsPerUnit: l0, Keys: []task.GroupKey{privateKey},
		Measures: []task.Measure{{Fn: task.MeasureUnits}}}
	n := mustPrice(t, q, 0.05)
	n.Delta = 0.05
	n.Tau = threshold(k, n.Components[0].Sigma, n.Delta, l0)
	totals := &Totals{Trees: make([][]map[uint32]int64, 1), Sums: make([][]Int128, 1)}
	for g := range l0 + 1 {
		units := int64(k)
		if g == l0 {
			units = k - 1 // never told of
		}
		totals.Keys = append(totals.Keys, []Value{{Text: string(rune('a' + g))}})
		totals.Sums[0] = append(totals.Sums[0], Int(units))
	}
	times, told := samples(20_000), 0
	for range times {
		d, err := Draw(q, n, l0)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Finish(q, n, d, totals, 100)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(rows, func(r Row) bool { return r.Keys[0].Text == "d" }) {
			t.Fatal("a group of fewer than k units was told of")
		}
		told += min(len(rows), 1)
	}
	if rate := float64(told) / float64(times); rate > n.Delta+dkw(times) || rate < n.Delta/2-dkw(times) {
		t.Errorf("told of in %.4f of the runs, want %v", rate, n.Delta)
	}
}
