package attacks

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// noiseStructure looks in noisy answers for what the true value leaves: in the low bits of sums, in the last bits of
// averages as doubles, and in whether the noise is as wide and as even as it is declared.
func noiseStructure(_ context.Context, l *Lab) ([]Result, error) {
	sums, err := lowBitsOfSums(l.pick(8000, 400_000))
	if err != nil {
		return nil, err
	}
	averages, err := lastBitsOfAverages(l.pick(8000, 400_000))
	if err != nil {
		return nil, err
	}
	fit, err := noiseFit(l.pick(8000, 400_000))
	return []Result{sums, averages, fit}, err
}

// lowBitsOfSums tests the last three bits of noisy sums for independence of those of the true sums.
func lowBitsOfSums(runs int) (Result, error) {
	counts := make([][]float64, 8)
	for r := range counts {
		counts[r] = make([]float64, 8)
		m := mechanism{q: question(task.Measure{Fn: task.MeasureSum, Input: 1}, integers(0, maxIncome)),
			signal: number(0),
			rows:   func(bool) []unitRows { return append(ones(50, 1000), unitRows{values: []int64{int64(r)}}) }}
		got, _, err := m.run(true, runs/8)
		if err != nil {
			return Result{}, err
		}
		for _, v := range got {
			counts[r][int64(v)&7]++
		}
	}
	return fits("noise structure: low bits of sums", DP, "mechanism", runs, independent(counts),
		yumen.Say("the last 3 bits of a noisy sum depend on those of the true one (chi-square)",
			"带噪合计的末 3 位依赖真实值的末 3 位（卡方检验）")), nil
}

// lastBitsOfAverages tests the last four bits of averages, as doubles, for independence of whether the target is in the
// data.
func lastBitsOfAverages(runs int) (Result, error) {
	m := mechanism{q: question(task.Measure{Fn: task.MeasureAvg, Input: 1}, integers(0, 1000)), signal: number(0),
		rows: plus(ones(1000, 400), unitRows{values: []int64{401}})}
	counts := make([][]float64, 2)
	for side := range counts {
		counts[side] = make([]float64, 16)
		got, _, err := m.run(side == 1, runs/2)
		if err != nil {
			return Result{}, err
		}
		for _, v := range got {
			if v > 0 && v < 1000 { // at a bound it is the bound
				counts[side][math.Float64bits(v)&15]++
			}
		}
	}
	return fits("noise structure: last bits of averages", DP, "mechanism", runs, independent(counts),
		yumen.Say("the last 4 bits of an average as a double depend on one person (chi-square)",
			"双精度平均值的末 4 位依赖某一个人（卡方检验）")), nil
}

// noiseFit compares noise with the Gaussian that its price declares, in twenty bins that are equally likely.
func noiseFit(runs int) (Result, error) {
	m := mechanism{q: question(task.Measure{Fn: task.MeasureSum, Input: 1}, integers(0, maxIncome)), signal: number(0),
		rows: func(bool) []unitRows { return nil }}
	got, n, err := m.run(true, runs)
	if err != nil {
		return Result{}, err
	}
	bins := make([]float64, 20)
	for _, v := range got {
		p := math.Erfc(-v/n.Components[0].Sigma/math.Sqrt2) / 2
		bins[min(19, int(20*p))]++
	}
	chi := stat.ChiSquare(bins, slices.Repeat([]float64{float64(runs) / 20}, 20))
	return fits("noise structure: fit", DP, "mechanism", runs, chiSquareTail(19, chi),
		yumen.Say("noise is not Gaussian with the declared width (chi-square, 20 bins)", "噪声并非声明宽度的高斯分布（卡方，20 组）")), nil
}

// textbookLaplace adds noise as textbooks write it, for sensitivity 1 and ε = 1.
const textbookLaplace = "(CASE WHEN random() < 0.5 THEN 1 ELSE -1 END) * ln(random())"

// floatingPoint tells a count of 0 from one of 1 by bits that doubles near 1 do not have (I. Mironov, On Significance
// of the Least Significant Bits for Differential Privacy, CCS 2012, in its simplest form).
func floatingPoint(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("a count of 0 is told from one of 1 by an answer within ±½; chance is what ε = 1 allows",
		"由 ±½ 内的答案区分计数 0 与 1；随机一栏为 ε = 1 所允许的上限")
	hits, trials := 0, 0
	for truth := range 2 {
		t, _, err := l.Plain(ctx, Whole,
			fmt.Sprintf("SELECT %d + %s FROM range(%d)", truth, textbookLaplace, l.pick(4000, 20_000)))
		if err != nil {
			return nil, err
		}
		for i := range t.Rows {
			if y, ok := t.number(i, 0); ok && math.Abs(y) < 0.5 {
				trials++
				hits += bit((math.Ldexp(y, 53) == math.Trunc(math.Ldexp(y, 53))) == (truth == 1))
			}
		}
	}
	return []Result{rate("floating point", Naive, "enclave", hits, trials, guess(1, 0), nil, success)}, nil
}

// seedControl has the same noise come twice by a seed of the attacker's, and takes it away.
func seedControl(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("noise that came before comes again and is taken away", "噪声重现并被消去")
	hits, trials := 0, l.pick(5, 20)
	for i := range trials {
		truth := float64(l.Crowd.people[i].income)
		noise := fmt.Sprintf("WITH s AS MATERIALIZED (SELECT setseed(0.%d) AS x) SELECT %%s + %s FROM s", i+1,
			textbookLaplace)
		a, _, err := l.Plain(ctx, Whole,
			fmt.Sprintf(noise, "(SELECT income FROM crowd WHERE seat = "+fmt.Sprint(i+1)+")"))
		if err != nil {
			return nil, err
		}
		b, _, err := l.Plain(ctx, Whole, fmt.Sprintf(noise, "0"))
		if err != nil {
			return nil, err
		}
		y, _ := a.number(0, 0)
		z, _ := b.number(0, 0)
		hits += bit(math.Abs(y-z-truth) < 1e-6)
	}
	out := []Result{rate("seed control", Naive, "enclave", hits, trials, 0, nil, success)}
	refused, err := seedsRefused(ctx, l)
	if err != nil {
		return out, err
	}
	again, err := noiseAgain(l.pick(2000, 20_000))
	return append(out, refused, again), err
}

// seedsRefused tries the ways to set a seed, or to bring randomness in, through analysis.
func seedsRefused(ctx context.Context, l *Lab) (Result, error) {
	tries := []string{"SELECT setseed(0.5), count(*) FROM crowd", "SET seed = 1; SELECT count(*) FROM crowd",
		"SELECT count(*) FROM crowd WHERE random() < 0.5",
		"SELECT count(*) FROM crowd USING SAMPLE 50%", "SELECT count(*) + random() AS n FROM crowd",
		"WITH s AS (SELECT setseed(0.5)) SELECT count(*) FROM crowd, s",
		"SELECT count(*) FROM crowd TABLESAMPLE reservoir(10%) REPEATABLE (1)"}
	accepted := 0
	for _, sql := range tries {
		ans, err := l.aggregate(ctx, Whole, sql)
		if err != nil {
			return Result{}, err
		}
		accepted += bit(ans.Job.State != yumen.StateRejected)
	}
	return rate("seed control: statements", Aggregate, "analysis", accepted, len(tries), 0, never(),
		yumen.Say("a statement that sets a seed or draws randomness is accepted", "设置种子或引入随机性的语句被接受")), nil
}

// noiseAgain draws the noise of the same question again and again. It is so wide that it hardly ever comes twice by
// chance.
func noiseAgain(runs int) (Result, error) {
	m := mechanism{q: question(task.Measure{Fn: task.MeasureSum, Input: 1}, integers(0, 1<<40)), signal: number(0),
		rows: func(bool) []unitRows { return nil }}
	got, _, err := m.run(true, runs)
	if err != nil {
		return Result{}, err
	}
	seen, again := map[float64]bool{}, 0
	for _, v := range got {
		again += bit(seen[v])
		seen[v] = true
	}
	return rate("seed control: noise that repeats", DP, "mechanism", again, runs, 0, never(),
		yumen.Say("a noise comes twice", "噪声重复出现")), nil
}

// averaging asks the same again and takes the mean. The baseline adds noise of ε = 1 to every answer and keeps no
// account.
func averaging(ctx context.Context, l *Lab) ([]Result, error) {
	hits, trials := 0, l.pick(10, 40)
	for seat := range trials {
		t, _, err := l.Plain(ctx, Whole,
			fmt.Sprintf("SELECT avg(c + %s) FROM (SELECT count(*) AS c FROM crowd WHERE secret = 1 AND seat = %d), range(1000)",
				textbookLaplace, seat+1))
		if err != nil {
			return nil, err
		}
		v, _ := t.number(0, 0)
		hits += bit((v > 0.5) == l.Crowd.people[seat].secret)
	}
	return []Result{rate("averaging", Naive, "enclave", hits, trials, 0.5, nil, learnsBit).
		with(yumen.Say("1,000 answers of ε = 1 each, averaged", "对 1000 个 ε = 1 的答案取平均"))}, nil
}

// noiseTiming compares how long it takes to draw large noise and small noise. Noise is drawn before data is touched and
// the answer is given at a deadline, so nobody sees this time; it is told so that one knows what the deadline hides.
func noiseTiming(_ context.Context, l *Lab) ([]Result, error) {
	q := question(task.Measure{Fn: task.MeasureSum, Input: 1}, integers(0, maxIncome))
	n, err := privacy.Price(&q, attackEpsilon, attackBudget, K)
	if err != nil {
		return nil, err
	}
	empty, err := privacy.NewPass(&q, privacy.NewChoice())
	if err != nil {
		return nil, err
	}
	t := empty.Totals(make([][]privacy.Value, 1))
	var small, large []float64
	for range l.pick(4000, 100_000) {
		begun := time.Now()
		d, err := privacy.Draw(&q, n, 1)
		took := float64(time.Since(begun))
		if err != nil {
			return nil, err
		}
		rows, err := privacy.Finish(&q, n, d, &t, 1)
		if err != nil {
			return nil, err
		}
		if z := math.Abs(rows[0].Cells[0].Int.Float64()); z > 0.6745*n.Components[0].Sigma {
			large = append(large, took)
		} else {
			small = append(small, took)
		}
	}
	return []Result{area("noise timing: sampler", DP, "mechanism", small, large, nil,
		yumen.Say("drawing large noise takes longer than small noise (area under the curve)", "生成大噪声比小噪声耗时更长（AUC）")).
		with(yumen.Say("not seen from outside: noise is drawn before data is touched, and the answer comes at a deadline", "外部不可见：噪声在接触数据之前生成，答案在时限到达时给出"))}, nil
}
