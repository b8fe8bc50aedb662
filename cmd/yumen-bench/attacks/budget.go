package attacks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// private gives noisy counts for true ones, all of them paid from one budget of ε = 1 in equal parts.
func private(counts []float64) ([]cell, error) {
	q := question(task.Measure{Fn: task.MeasureCount}, nil)
	rho := privacy.Rho(attackEpsilon, attackDelta/2) * (1 - 1e-9) / float64(len(counts))
	n, err := privacy.Price(&q, privacy.Epsilon(rho, attackDelta/2), attackBudget, K)
	if err != nil {
		return nil, err
	}
	q.Keys = []task.GroupKey{{Type: yumen.TypeInteger, Domain: numbers(len(counts))}} // one question for each, drawn for at once
	d, err := privacy.Draw(&q, n, int64(len(counts)))
	if err != nil {
		return nil, err
	}
	t := privacy.Totals{Keys: make([][]privacy.Value, len(counts)), Sums: make([][]privacy.Int128, 1),
		Trees: make([][]map[uint32]int64, 1)}
	for _, c := range counts {
		t.Sums[0] = append(t.Sums[0], privacy.Int(int64(c)))
	}
	rows, err := privacy.Finish(&q, n, d, &t, int64(len(counts)))
	out := make([]cell, len(rows))
	for i, r := range rows {
		out[i] = cell{r.Cells[0].Int.Float64(), true}
	}
	return out, err
}

// bitBound is the best rate at which a bit can be told that moves the answers of one budget by one unit: Φ(μ/2), μ² =
// 2ρ.
func bitBound() *float64 {
	mu := math.Sqrt(2 * privacy.Rho(attackEpsilon, attackDelta/2))
	return new(math.Erfc(-mu/2/math.Sqrt2) / 2)
}

// count counts the people with the secret in a subset.
func (c *Crowd) count(in func(p person) bool) (n float64) {
	for _, p := range c.people {
		n += float64(bit(p.secret && in(p)))
	}
	return n
}

// againstBudget repeats the attacks on single bits, and the reconstruction of all, with answers that one budget pays
// for.
func againstBudget(_ context.Context, l *Lab) ([]Result, error) {
	r, n := l.random(31), len(l.Crowd.people)
	pairs, trackers, trials := 0, 0, l.pick(400, 4000)
	for range trials {
		s, seat := newSubset(r, n), 1+r.IntN(n)
		is := func(p person) bool { return p.seat == seat }
		in := func(p person) bool { return s.has(p.seat) }
		two, err := private([]float64{l.Crowd.count(func(p person) bool { return is(p) || in(p) }),
			l.Crowd.count(func(p person) bool { return !is(p) && in(p) })})
		if err != nil {
			return nil, err
		}
		three, err := private([]float64{l.Crowd.count(func(p person) bool { return is(p) || in(p) }),
			l.Crowd.count(func(p person) bool { return is(p) || !in(p) }),
			l.Crowd.count(func(person) bool { return true })})
		if err != nil {
			return nil, err
		}
		secret := l.Crowd.people[seat-1].secret
		pairs += bit((two[0].v-two[1].v > 0.5) == secret)
		trackers += bit((three[0].v+three[1].v-three[2].v > 0.5) == secret)
	}
	out := []Result{rate("differencing pair", DP, "mechanism", pairs, trials, 0.5, bitBound(), learnsBit),
		rate("tracker", DP, "mechanism", trackers, trials, 0.5, bitBound(), learnsBit)}
	for _, m := range l.sizes(n) {
		res, err := l.reconstructedPrivately(r, m)
		if err != nil {
			return nil, err
		}
		out = append(out, res)
	}
	return out, nil
}

func (l *Lab) reconstructedPrivately(r *rand.Rand, m int) (Result, error) {
	n := len(l.Crowd.people)
	var subsets []subset
	var counts []float64
	for range m {
		s := newSubset(r, n)
		subsets = append(subsets, s)
		counts = append(counts, l.Crowd.count(func(p person) bool { return s.has(p.seat) }))
	}
	cells, err := private(counts)
	if err != nil {
		return Result{}, err
	}
	variance := float64(m) / (2 * privacy.Rho(attackEpsilon, attackDelta/2))
	res := l.reconstructed(DP, "mechanism", subsets, cells, variance, m)
	bounded := rate(res.Attack, DP, "mechanism", res.Hits, res.Trials, 0.5, bitBound(), recoversBits)
	return bounded.with(res.Note), nil
}

// dp asks class dp under a contract.
func (l *Lab) dp(ctx context.Context, side Side, contract, sql string) (Answer, error) {
	return l.patient(ctx, side, yumen.JobSpec{Contract: contract, Class: yumen.ClassDP, SQL: sql})
}

// patient submits a job again where its run failed: on a busy machine a run can miss its deadline, whatever the data.
func (l *Lab) patient(ctx context.Context, side Side, spec yumen.JobSpec) (ans Answer, err error) {
	spec.Privacy.WideNoise, spec.Privacy.NoErrors = spec.Class == yumen.ClassDP, spec.Class == yumen.ClassDP // an attack takes any answer
	for range 3 {
		if ans, err = l.Submit(ctx, side, spec, nil); err != nil || ans.Job.State != yumen.StateFailed {
			break
		}
	}
	return ans, err
}

// equals are spellings of one question.
var equals = []string{
	"SELECT count(*) AS n FROM crowd WHERE secret = 1 AND seat > 5",
	"SELECT count(*) AS total FROM crowd WHERE seat > 5 AND secret = 1",
	"select COUNT(*) n from crowd c where c.secret = 1 and c.seat > 5",
	"SELECT count(*) + 0 AS n FROM crowd WHERE secret = 1 AND seat > 5",
	"SELECT count(*) AS n FROM crowd WHERE secret = 1 AND seat > 5 ORDER BY n LIMIT 1",
	"WITH t AS (SELECT * FROM crowd) SELECT count(*) AS n FROM t WHERE secret = 1 AND seat > 5",
	"SELECT count(1) AS n FROM crowd WHERE 5 < seat AND 1 = secret",
}

// averagingJobs asks the same again, and in other words, and counts the answers that differ. What differs was paid for.
func averagingJobs(ctx context.Context, l *Lab) ([]Result, error) {
	const contract = "attack-averaging"
	if err := l.Sign(ctx, Contract(contract, "dp", "{epsilon: 1, delta: 0.000001, per_query: 0.1}")); err != nil {
		return nil, err
	}
	same, asked, err := l.distinct(ctx, contract, slices.Repeat(equals[:1], l.pick(5, 30)))
	if err != nil {
		return nil, err
	}
	other, words, err := l.distinct(ctx, contract, equals)
	if err != nil {
		return nil, err
	}
	return []Result{
		rate("averaging: the same text again", DP, "jobs", max(0, same-1), max(0, asked-1), 0, never(),
			yumen.Say("another answer than the first is given", "给出了与首次不同的答案")),
		rate("averaging: equivalent rewrites", DP, "jobs", max(0, other-1), max(0, words-1), 0, nil,
			yumen.Say("a rewrite is answered with noise of its own; each such answer is paid from the budget",
				"改写获得独立噪声的答案；每个此类答案均计入预算")),
	}, nil
}

// distinct asks all statements at once and returns how many are answered, and how many answers are different.
func (l *Lab) distinct(ctx context.Context, contract string, statements []string) (different, answered int, err error) {
	answers, err := l.atOnce(ctx, contract, statements)
	seen := map[string]bool{}
	for _, ans := range answers {
		if len(ans.Table.Rows) == 1 {
			seen[ans.Table.Rows[0][0]] = true
			answered++
		}
	}
	return len(seen), answered, err
}

// races sends many questions at once against one budget that holds ten of them, and the same question many times at
// once.
func races(ctx context.Context, l *Lab) ([]Result, error) {
	const contract = "attack-race"
	if err := l.Sign(ctx, Contract(contract, "dp", "{epsilon: 1, delta: 0.000001, per_query: 0.3}")); err != nil {
		return nil, err
	}
	many := l.pick(24, 1000)
	statements := make([]string, many)
	for i := range statements {
		statements[i] = fmt.Sprintf("SELECT count(*) AS n FROM crowd WHERE seat > %d", -i)
	}
	answers, err := l.atOnce(ctx, contract, statements)
	if err != nil {
		return nil, err
	}
	spent, released := 0.0, 0
	q := question(task.Measure{Fn: task.MeasureCount}, nil)
	n, err := privacy.Price(&q, 0.3, yumen.Budget{Epsilon: 1, Delta: attackDelta, PerQuery: 0.3}, K)
	if err != nil {
		return nil, err
	}
	limit := privacy.Rho(1, attackDelta/2)
	over := 0
	for _, a := range answers {
		if a.Job.State == yumen.StateReleased {
			released++
			if spent += n.Rho; spent > limit*(1+1e-9) {
				over++
			}
		}
	}
	trials := many
	if released == 0 {
		trials = 0
	}
	return []Result{rate("budget race", DP, "jobs", over, trials, 0, never(),
		yumen.Say("an answer is given that the budget does not hold", "给出了预算无法支付的答案")).
		with(yumen.Say("%d questions of ε = 0.3 at once against ε = 1: %d answered, ρ %.4g of %.4g",
			"针对 ε = 1 同时提交 %d 个 ε = 0.3 的查询：回答 %d 个，ρ %.4g / %.4g", many, released, spent, limit))}, nil
}

// atOnce submits all statements at the same time.
func (l *Lab) atOnce(ctx context.Context, contract string, statements []string) ([]Answer, error) {
	answers, errs := make([]Answer, len(statements)), make([]error, len(statements))
	var wg sync.WaitGroup
	for i, sql := range statements {
		wg.Go(func() { answers[i], errs[i] = l.dp(ctx, Whole, contract, sql) })
	}
	wg.Wait()
	return answers, errors.Join(errs...)
}

// unpaid asks for answers whose price or caps make no sense, under a contract that holds one small answer.
func unpaid(ctx context.Context, l *Lab) ([]Result, error) {
	const contract = "attack-unpaid"
	if err := l.Sign(ctx, Contract(contract, "dp", "{epsilon: 0.1, delta: 0.000001, per_query: 0.1}")); err != nil {
		return nil, err
	}
	specs := []yumen.PrivacySpec{{Epsilon: -1}, {Epsilon: -1e-9}, {Epsilon: 0.2}, {Epsilon: 1e9}, {Epsilon: 1e-300},
		{RowsPerUnit: -1}, {RowsPerUnit: math.MaxInt},
		{GroupsPerUnit: -1}, {GroupsPerUnit: math.MaxInt}, {Epsilon: -1, RowsPerUnit: -1, GroupsPerUnit: -1}}
	released := make([]bool, len(specs))
	if err := l.each(len(specs), func(i int) error {
		ans, err := l.patient(ctx, Whole,
			yumen.JobSpec{Contract: contract, Class: yumen.ClassDP, Privacy: specs[i],
				SQL: "SELECT count(*) AS n FROM crowd"})
		released[i] = ans.Job.State == yumen.StateReleased
		return err
	}); err != nil {
		return nil, err
	}
	hits, trials := 0, len(specs)
	for _, r := range released {
		hits += bit(r)
	}
	// Whatever came before, the one answer that the budget holds is still to be had.
	fair, err := l.dp(ctx, Whole, contract, "SELECT count(*) AS n FROM crowd")
	if fair.Job.State != yumen.StateReleased {
		trials = 0
	}
	return []Result{rate("unpaid answers", DP, "jobs", hits, trials, 0, never(),
		yumen.Say("an answer is given for a price or caps that make no sense, or that the budget does not hold",
			"价格或上限无意义、或预算无法支付时仍给出答案"))}, err
}

// dpKeys groups by a column that singles people out, in class dp.
func dpKeys(ctx context.Context, l *Lab) ([]Result, error) {
	const contract = "attack-keys"
	if err := l.Sign(ctx, Contract(contract, "dp", "{epsilon: 40, delta: 0.000001, per_query: 10}")); err != nil {
		return nil, err
	}
	ans, err := l.dp(ctx, Whole, contract, "SELECT job, count(*) AS n FROM crowd GROUP BY job")
	if err != nil {
		return nil, err
	}
	trials := len(l.Crowd.rare)
	if ans.Job.State != yumen.StateReleased {
		trials = 0
	}
	return []Result{rate("unique group keys, existence", DP, "jobs", l.rareShown(ans.Table), trials, 0, never(),
		yumen.Say("that there is a value which only one person has is shown", "显示了仅一人具有的取值存在")).
		with(yumen.Say("ε = 10; %d groups told of", "ε = 10；披露 %d 个分组", len(ans.Table.Rows)))}, nil
}
