package attacks

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// The budget that mechanisms are attacked under: all of it is spent on one answer.
const (
	attackEpsilon = 1.0
	attackDelta   = 1e-6
)

var attackBudget = yumen.Budget{Epsilon: attackEpsilon, Delta: attackDelta, PerQuery: attackEpsilon, RowsPerUnit: 1, GroupsPerUnit: 1}

// mechanism is a question with two neighbouring datasets that are as far apart for it as any, and what an attacker who knows
// both computes from an answer. The code under attack is that of package privacy from rows to noisy table: Pass, Draw, Finish.
type mechanism struct {
	name string
	q    task.Question // its keys, if any, are the attacker's concern: groups of one answer
	// rows are the values of each unit, one for each row, of both datasets; groups are those of the rows.
	rows func(with bool) []unitRows
	// signal is what the attacker makes of one answer: of its rows, which are the groups.
	signal func(q *task.Question, n task.Noise, answer []privacy.Row) float64
	draws  int // noises of one answer, which cost the time
	// chooses is set where more of a unit's rows or groups are there than count, so that every run chooses anew.
	chooses bool
}

// unitRows are the rows of one unit.
type unitRows struct {
	values []int64
	groups []int32 // nil: all in group 0
}

func ones(units int, value int64) []unitRows {
	out := make([]unitRows, units)
	for i := range out {
		out[i] = unitRows{values: []int64{value}}
	}
	return out
}

// plus is a base with the target at its end, or without.
func plus(base []unitRows, target unitRows) func(bool) []unitRows {
	return func(with bool) []unitRows {
		if with {
			return append(base[:len(base):len(base)], target)
		}
		return base
	}
}

func number(i int) func(*task.Question, task.Noise, []privacy.Row) float64 {
	return func(q *task.Question, _ task.Noise, answer []privacy.Row) float64 {
		return value(privacy.Columns(q)[len(q.Keys)+i].Type, answer[0].Cells[i])
	}
}

func value(t yumen.Type, c privacy.Cell) float64 {
	if t == yumen.Double {
		return c.Float
	}
	return c.Int.Float64()
}

func integers(lo, hi int64) []task.MeasuredInput {
	return []task.MeasuredInput{{Type: yumen.Integer, Lo: lo, Hi: hi}}
}

func question(m task.Measure, inputs []task.MeasuredInput) task.Question {
	return task.Question{Unit: "person", Form: task.Clustered, Inputs: inputs, Measures: []task.Measure{m}, RowsPerUnit: 1, GroupsPerUnit: 1}
}

// mechanisms lists every one that an answer of class dp can be made of.
func mechanisms() []mechanism {
	one := func(fn task.MeasureFn) task.Measure { return task.Measure{Fn: fn, Input: 1} }
	many := question(task.Measure{Fn: task.MeasureCount}, nil)
	many.RowsPerUnit = 5
	return []mechanism{
		{name: "count", q: question(task.Measure{Fn: task.MeasureCount}, nil), rows: plus(ones(400, 0), unitRows{values: []int64{0}}), signal: number(0), draws: 1},
		{name: "count, 100 rows of 5 counted", q: many, rows: plus(ones(400, 0), unitRows{values: make([]int64, 100)}), signal: number(0), draws: 1, chooses: true},
		{name: "distinct units", q: question(task.Measure{Fn: task.MeasureUnits}, nil), rows: plus(ones(400, 0), unitRows{values: []int64{0}}), signal: number(0), draws: 1},
		{name: "sum", q: question(one(task.MeasureSum), integers(0, maxIncome)), rows: plus(ones(400, 1000), unitRows{values: []int64{maxIncome}}), signal: number(0), draws: 1},
		{name: "sum, a value far out of bounds", q: question(one(task.MeasureSum), integers(0, maxIncome)), rows: plus(ones(400, 1000), unitRows{values: []int64{math.MaxInt64}}), signal: number(0), draws: 1},
		{name: "avg", q: question(one(task.MeasureAvg), integers(0, 1000)), rows: plus(ones(20, 500), unitRows{values: []int64{1000}}), signal: number(0), draws: 2},
		{name: "var", q: question(one(task.MeasureVar), integers(0, 1000)), rows: plus(ones(20, 500), unitRows{values: []int64{1000}}), signal: number(0), draws: 3},
		{name: "stddev", q: question(one(task.MeasureStddevPop), integers(0, 1000)), rows: plus(ones(20, 500), unitRows{values: []int64{1000}}), signal: number(0), draws: 3},
		{name: "median", q: question(task.Measure{Fn: task.MeasureQuantile, Input: 1, Q: 0.5}, integers(0, 1000)),
			rows: plus(append(ones(10, 0), ones(10, 1000)...), unitRows{values: []int64{1000}}), signal: number(0), draws: 64},
		severalGroups(), wasmMap(), wasmBlock(yumen.Mean), wasmBlock(yumen.Median),
	}
}

// severalGroups counts in eight groups, of which a unit that has rows in all counts in four.
func severalGroups() mechanism {
	m := mechanism{name: "count, 4 of 8 groups of a unit", q: question(task.Measure{Fn: task.MeasureCount}, nil), draws: 8, chooses: true}
	m.q.GroupsPerUnit = 4
	m.q.Keys = []task.GroupKey{{Type: yumen.Integer, Domain: numbers(8)}}
	var base []unitRows
	for i := range 400 {
		base = append(base, unitRows{[]int64{0}, []int32{int32(i % 8)}})
	}
	m.rows = plus(base, unitRows{make([]int64, 8), []int32{0, 1, 2, 3, 4, 5, 6, 7}})
	m.signal = func(_ *task.Question, _ task.Noise, answer []privacy.Row) (sum float64) {
		for _, r := range answer {
			sum += r.Cells[0].Int.Float64()
		}
		return sum
	}
	return m
}

// wasmMap is the answer of a module in mode map: units and the sum of a coordinate. The two are weighted as tells most.
func wasmMap() mechanism {
	q := privacy.OverUnits("person", nil, task.Module{Units: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1,
		Coordinates: []yumen.Coordinate{{Name: "x", Type: yumen.Integer, Max: 100}}}})
	return mechanism{name: "wasm map", q: q, rows: plus(ones(400, 10), unitRows{values: []int64{100}}), draws: 2,
		signal: func(_ *task.Question, n task.Noise, answer []privacy.Row) (sum float64) {
			for i, c := range answer[0].Cells {
				by := n.Components[i]
				sum += c.Int.Float64() * by.Sensitivity / (by.Sigma * by.Sigma)
			}
			return sum
		}}
}

// wasmBlock is the answer of a module in mode block. A unit decides about the output of its block alone.
func wasmBlock(take yumen.Middle) mechanism {
	q := privacy.OverUnits("person", nil, task.Module{Units: task.UnitsSpec{Mode: yumen.ModeBlock, Blocks: 21,
		Coordinates: []yumen.Coordinate{{Name: "x", Type: yumen.Integer, Max: 1000, Take: take}}}})
	base := append(ones(10, 0), ones(10, 1000)...)
	m := mechanism{name: "wasm block, " + string(take), q: q, draws: 1, signal: number(0), rows: func(with bool) []unitRows {
		return append(base[:len(base):len(base)], unitRows{values: []int64{1000 * int64(bit(with))}})
	}}
	if take == yumen.Median {
		m.draws = 64
	}
	return m
}

func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

// totals are those of a dataset, of each group.
func (m *mechanism) totals(with bool) (privacy.Totals, error) {
	p, err := privacy.NewPass(&m.q, privacy.NewChoice())
	if err != nil {
		return privacy.Totals{}, err
	}
	for u, rows := range m.rows(with) {
		n := len(rows.values)
		units, groups := make([]int64, n), rows.groups
		for i := range units {
			units[i] = int64(u)
		}
		if groups == nil {
			groups = make([]int32, n)
		}
		valid := make([]uint64, n/64+1)
		for i := range valid {
			valid[i] = math.MaxUint64
		}
		inputs := make([]privacy.Column, len(m.q.Inputs))
		for i := range inputs {
			inputs[i] = privacy.Column{Values: rows.values, Valid: valid}
		}
		if err := p.Add(units, groups, inputs); err != nil {
			return privacy.Totals{}, err
		}
	}
	return p.Totals(make([][]privacy.Value, p.Groups())), nil
}

// run answers the question again and again about one dataset and returns what the attacker makes of each answer.
func (m *mechanism) run(with bool, runs int) ([]float64, task.Noise, error) {
	n, err := privacy.Price(&m.q, attackEpsilon, attackBudget, K)
	if err != nil {
		return nil, n, err
	}
	t, err := m.totals(with)
	out := make([]float64, 0, runs)
	for err == nil && len(out) < runs {
		var rows []privacy.Row
		if rows, err = answer(&m.q, n, &t); err == nil {
			out = append(out, m.signal(&m.q, n, rows))
		}
		if err == nil && m.chooses {
			t, err = m.totals(with)
		}
	}
	return out, n, err
}

// answer adds new noise to totals.
func answer(q *task.Question, n task.Noise, t *privacy.Totals) ([]privacy.Row, error) {
	d, err := privacy.Draw(q, n, 1)
	if err != nil {
		return nil, err
	}
	return privacy.Finish(q, n, d, t, 1000)
}

// membership tells, from one answer of each mechanism, whether the target is in the data, and bounds ε from below by how well
// that works.
func membership(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("one answer tells whether a person is in the data", "由一个答案判断某人是否在数据中")
	var out []Result
	all := mechanisms()
	for i, m := range all {
		l.tell(i, len(all))
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		runs := l.pick(4000, 200_000)
		if m.draws > 8 {
			runs = l.pick(1000, 20_000)
		}
		with, n, err := m.run(true, runs)
		if err != nil {
			return out, err
		}
		without, _, err := m.run(false, runs)
		if err != nil {
			return out, err
		}
		out = append(out, distinguish(m.name, with, without, n.Rho, success)...)
	}
	return out, nil
}

// distinguish chooses the best threshold on the first halves of two samples and tries it on the second halves.
func distinguish(name string, with, without []float64, rho float64, success yumen.Text) []Result {
	h := len(with) / 2
	cut := bestCut(with[:h], without[:h])
	hits := cut.above(with[h:]) + len(without[h:]) - cut.above(without[h:])
	// The noise of an answer is Gaussian with ρ = μ²/2, so no test is right more often than Φ(μ/2) (J. Dong, A. Roth, W. J. Su,
	// Gaussian Differential Privacy, 2022, section 2.2).
	bound := math.Erfc(-math.Sqrt(2*rho)/2/math.Sqrt2) / 2
	r := rate("membership: "+name, DP, "mechanism", hits, 2*len(with[h:]), 0.5, upTo(bound), success)
	return []Result{r, lowerBound(name, with, without)}
}

// cut is a threshold: what lies above it, or below where it is turned, is taken for the dataset with the target.
type cut struct {
	at     float64
	turned bool
}

func (c cut) above(vs []float64) (n int) {
	for _, v := range vs {
		n += bit((v > c.at) != c.turned)
	}
	return n
}

// cuts are the thresholds that are tried: quantiles of both samples together.
func cuts(a, b []float64) []cut {
	all := sorted(a, b)
	var out []cut
	for _, q := range []float64{0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.97, 0.99, 0.997, 0.999} {
		at := all[int(q*float64(len(all)-1))]
		out = append(out, cut{at, false}, cut{at, true})
	}
	return out
}

func bestCut(with, without []float64) (best cut) {
	most := -1
	for _, c := range cuts(with, without) {
		if n := c.above(with) + len(without) - c.above(without); n > most {
			best, most = c, n
		}
	}
	return best
}

// lowerBound bounds ε from below: an (ε, δ)-private answer meets every test with P ≤ e^ε·P' + δ for neighbouring datasets. The
// test is chosen on the first half of the runs and its probabilities are bounded on the second half (M. Jagielski, J. Ullman,
// A. Oprea, Auditing Differentially Private Machine Learning, NeurIPS 2020).
func lowerBound(name string, with, without []float64) Result {
	h := len(with) / 2
	best, most := cut{}, math.Inf(-1)
	for _, c := range cuts(with[:h], without[:h]) {
		if e := epsilonFrom(c.above(with[:h]), h, c.above(without[:h]), h, 0.025); e > most {
			best, most = c, e
		}
	}
	rest := len(with) - h
	a, b := best.above(with[h:]), best.above(without[h:])
	e := Epsilon{Low: epsilonFrom(a, rest, b, rest, 0.025), Strict: epsilonFrom(a, rest, b, rest, 0.00005), Declared: attackEpsilon, Delta: attackDelta}
	r := Result{Attack: "empirical ε: " + name, System: DP, Through: "mechanism", Trials: 2 * rest, Epsilon: &e, Verdict: Holds,
		Success: yumen.Say("ε that follows from how often the best test tells neighbouring datasets apart", "由最佳检验区分相邻数据集的频率推得的 ε 下界")}
	if e.Strict > e.Declared {
		r.Verdict = Broken
	}
	return r
}

// epsilonFrom bounds ε by one test that is positive on a of n answers with the target and b of m without; by the test and by
// its negation, each error bounded exactly.
func epsilonFrom(a, n, b, m int, alpha float64) float64 {
	aLow, aHigh := clopperPearson(a, n, alpha)
	bLow, bHigh := clopperPearson(b, m, alpha)
	of := func(p, q float64) float64 {
		if p <= attackDelta || q <= 0 {
			return 0
		}
		return max(0, math.Log((p-attackDelta)/q))
	}
	return max(of(aLow, bHigh), of(1-bHigh, 1-aLow), of(bLow, aHigh), of(1-aHigh, 1-bLow))
}

// keyDisclosure asks by a key that is not public, where one person lifts groups to the threshold: with the probability δ at most
// one of them is told of, and a group that is one person short, never. A large δ stands in for the small ones of real budgets,
// so that the tail of the noise is seen.
func keyDisclosure(_ context.Context, l *Lab) ([]Result, error) {
	var out []Result
	for _, c := range []struct {
		units  int64
		groups int // in which the person counts
		delta  float64
	}{{1, 1, attackDelta}, {K - 1, 1, 0.02}, {K, 1, attackDelta}, {K, 1, 0.02}, {K, 4, 0.02}} {
		q := question(task.Measure{Fn: task.MeasureCount}, nil)
		q.Keys, q.GroupsPerUnit = []task.GroupKey{{Type: yumen.String}}, c.groups
		b := attackBudget
		b.Delta = c.delta
		n, err := privacy.Price(&q, attackEpsilon, b, K)
		if err != nil {
			return nil, err
		}
		trials := l.pick(10_000, 500_000)
		hits, err := keysTold(&q, n, c.units, trials, c.groups)
		if err != nil {
			return nil, err
		}
		bound := upTo(n.Delta)
		if c.units < K {
			bound = never()
		}
		out = append(out, rate(fmt.Sprintf("group-key disclosure: %d × %d units, δ %g", c.groups, c.units, c.delta), DP, "mechanism", hits, trials, 0, bound,
			yumen.Say("one of a person's groups is told of, of a size that ends at k or below it; noisy counts from %g on are", "某人所在的不超过 k 人的分组之一被披露；带噪计数达到 %g 才披露", n.Tau)))
	}
	return out, nil
}

// keysTold counts the trials in which any of a person's groups is told of.
func keysTold(q *task.Question, n task.Noise, units int64, trials, groups int) (int, error) {
	t := privacy.Totals{Sums: make([][]privacy.Int128, len(n.Components)), Trees: make([][]map[uint32]int64, len(n.Components))}
	for g := range trials * groups {
		t.Keys = append(t.Keys, []privacy.Value{{Text: strconv.Itoa(g)}})
		for i := range t.Sums {
			t.Sums[i] = append(t.Sums[i], privacy.Int(units))
		}
	}
	d, err := privacy.Draw(q, n, int64(trials*groups))
	if err != nil {
		return 0, err
	}
	rows, err := privacy.Finish(q, n, d, &t, int64(trials*groups))
	if err != nil {
		return 0, err
	}
	told := map[int]bool{}
	for _, r := range rows {
		g, err := strconv.Atoi(r.Keys[0].Text)
		if err != nil {
			return 0, err
		}
		told[g/groups] = true
	}
	return len(told), nil
}

// shuffled is the order in which neighbours are asked about, so that drifts of the machine fall on both alike.
func shuffled(r *rand.Rand, each int) []Side {
	var out []Side
	for range each {
		out = append(out, Whole, Without)
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
