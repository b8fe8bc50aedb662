package attacks

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// ofTheJob are what the submitter is told that differs from job to job whatever the data: its name and text, and when
// it was made.
var ofTheJob = []string{"id", "spec", "program", "plan", "created", "updated"}

// leaves is all that the submitter of a job is told before a reviewer looked, value by value, without what differs
// anyway.
func leaves(a Answer) (map[string]string, error) {
	seen := map[string]any{}
	if err := json.Unmarshal(a.Told, &seen); err != nil {
		return nil, err
	}
	for _, name := range ofTheJob {
		delete(seen, name)
	}
	out := map[string]string{}
	spread(out, "", seen)
	return out, nil
}

// spread writes each value that v holds under the way to it.
func spread(out map[string]string, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			spread(out, at+"."+k, x)
		}
	case []any:
		out[at+".length"] = fmt.Sprint(len(v))
		for i, x := range v {
			spread(out, at+"."+fmt.Sprint(i), x)
		}
	default:
		out[at] = fmt.Sprint(v)
	}
}

// telling keeps what was one thing for everybody with the secret and another for everybody without it, people in turns.
func telling(known []map[string]string) map[string][2]string {
	out := map[string][2]string{}
	for _, way := range ways(known) {
		with, without, same := known[0][way], known[1][way], true
		for i, k := range known {
			same = same && k[way] == [2]string{with, without}[i%2]
		}
		if same && with != without {
			out[way] = [2]string{with, without}
		}
	}
	return out
}

func ways(known []map[string]string) []string {
	all := map[string]bool{}
	for _, k := range known {
		for way := range k {
			all[way] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// findings tries to read a secret off what the submitter is told of a held result before anybody has looked at it: the
// checks count the units behind the one cell that is asked for, and one that nobody is behind looks otherwise than one
// of a single person. As many people with the secret are asked about as without, so that guessing is right half of the
// time.
func findings(ctx context.Context, l *Lab) ([]Result, error) {
	seats := l.balanced(l.pick(12, 30)) // with fewer, no number of hits would prove anything
	answers := make([]Answer, len(seats))
	if err := l.each(len(seats), func(i int) (err error) {
		answers[i], err = l.aggregate(ctx, Whole,
			fmt.Sprintf("SELECT count(*) AS n FROM crowd WHERE seat = %d AND secret = 1", seats[i]))
		return err
	}); err != nil {
		return nil, err
	}
	seen := make([]map[string]string, len(answers))
	for i, ans := range answers {
		var err error
		if seen[i], err = leaves(ans); err != nil {
			return nil, err
		}
	}
	signs, hits := telling(seen[:calibration]), 0
	for i := calibration; i < len(seen); i++ {
		votes := 0
		for way, says := range signs {
			votes += bit(seen[i][way] == says[0]) - bit(seen[i][way] == says[1])
		}
		hits += bit((votes > 0) == l.Crowd.people[seats[i]-1].secret)
	}
	return []Result{rate("findings before review", Aggregate, "jobs", hits, len(seats)-calibration, 0.5, new(0.5),
		yumen.Say("a person's secret bit is read off what the submitter is told before review",
			"提交者在审核之前由所获信息读出某人的敏感比特")).
		with(yumen.Say("one statement for each person, every cell suppressed; four people serve to calibrate, by whom %d of the values told seem to tell the secret",
			"每人一条语句，单元格均被抑制；以四人作校准，所获信息中有 %d 个值看似透露敏感比特", len(signs)))}, nil
}

// calibration is how many people the attacker knows already, half of them with the secret.
const calibration = 4

// balanced returns the seats of n people with the secret and n without, in turns.
func (l *Lab) balanced(n int) []int {
	of := map[bool][]int{}
	for _, p := range l.Crowd.people {
		of[p.secret] = append(of[p.secret], p.seat)
	}
	var out []int
	for i := range min(n, len(of[true]), len(of[false])) {
		out = append(out, of[true][i], of[false][i])
	}
	return out
}

// digests compares the digests of held results, which stand in the log: of a count over a crowd, and of the same count
// with one more person. The counts are equal where that person does not have the secret; if equal tables had equal
// digests, that would tell it. As many of the people have the secret as not, so that who always sees a difference is
// right half the time.
func digests(ctx context.Context, l *Lab) ([]Result, error) {
	crowd := newSubset(l.random(23), len(l.Crowd.people))
	of := map[bool][]int{}
	for _, p := range l.Crowd.people {
		if !crowd.has(p.seat) {
			of[p.secret] = append(of[p.secret], p.seat)
		}
	}
	each := min(l.pick(10, 20), len(of[true]), len(of[false]))
	seats := slices.Concat(of[true][:each], of[false][:each])
	answers := make([]Answer, len(seats)+1)
	if err := l.each(len(answers), func(i int) (err error) {
		also := 0 // nobody's seat
		if i > 0 {
			also = seats[i-1]
		}
		answers[i], err = l.aggregate(ctx, Whole,
			fmt.Sprintf("SELECT count(*) AS n FROM crowd WHERE secret = 1 AND (%s OR seat = %d)", crowd.sql(), also))
		return err
	}); err != nil {
		return nil, err
	}
	hits, trials := 0, 0
	for i, seat := range seats {
		a, b := answers[0].Artifacts, answers[i+1].Artifacts
		if len(a) > 0 && len(b) > 0 {
			trials++
			hits += bit((a[0].Digest != b[0].Digest) == l.Crowd.people[seat-1].secret)
		}
	}
	return []Result{rate("digests before review", Aggregate, "jobs", hits, trials, 0.5, new(0.5),
		yumen.Say("a person's secret bit is read off the digests of two held results before review",
			"在审核之前由两个暂存结果的摘要读出某人的敏感比特")).
		with(yumen.Say("the digest is that of the exact result, before it is rounded, under a salt that is held with it", "摘要取自取整之前的精确结果，其中含随之暂存的随机盐"))}, nil
}

// askedOfBoth are statements of which some are answered and some are refused, whatever the data. None leaves out rows
// by noisy values: how many are left is then noise, and is meant to be seen.
var askedOfBoth = []string{
	"SELECT count(*) AS n FROM crowd",
	"SELECT area, count(*) AS n, sum(income) AS s, avg(income) AS m FROM crowd GROUP BY area",
	"SELECT count(*) AS n FROM crowd WHERE seat = 17",
	"SELECT count(*) AS n FROM crowd WHERE seat = 17 AND 1 / (secret - 1) > 0",
	"SELECT sum(income) AS s FROM crowd WHERE seat <> 17",
	"SELECT area, count(*) AS n FROM crowd WHERE seat >= 17 AND secret = 1 GROUP BY area HAVING count(*) > -1000",
	"SELECT sum(CASE WHEN seat = 17 THEN income ELSE 0 END) AS s FROM crowd",
	"SELECT max(income) FROM crowd",
	"SELECT count(*) AS n, (SELECT income FROM crowd WHERE seat = 17) AS x FROM crowd",
	"SELECT avg(ln(income - 1)) AS x FROM crowd WHERE seat = 17",
}

// refusals asks the same of neighbouring datasets and compares how it ended: refused or not, for which reasons, with
// which columns and, for class dp, how many rows.
func refusals(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("a statement ends otherwise on a neighbouring dataset", "同一语句在相邻数据集上的结局不同")
	weak, trials := 0, 0
	for _, sql := range []string{"SELECT 1 / (1 - (SELECT count(*) FROM crowd WHERE seat = 17)) FROM crowd",
		"SELECT CASE WHEN seat = 17 THEN error('x') END FROM crowd",
		"SELECT CAST(CASE WHEN seat = 17 THEN 'u' ELSE '1' END AS INTEGER) FROM crowd",
		"SELECT ln(CASE WHEN seat = 17 THEN 0 ELSE 1 END) FROM crowd"} {
		_, _, a := l.Plain(ctx, Whole, sql)
		_, _, b := l.Plain(ctx, Without, sql)
		weak += bit((a == nil) != (b == nil))
		trials++
	}
	out := []Result{rate("refusal channel", Threshold, "enclave", weak, trials, 0, nil, success)}
	ours, err := l.refused(ctx,
		func(sql string) yumen.JobSpec { return yumen.JobSpec{Contract: AggregateContract, SQL: sql} }, refusalOf)
	if err != nil {
		return nil, err
	}
	out = append(out, rate("refusal channel", Aggregate, "jobs", ours, len(askedOfBoth), 0, nil, success).
		with(yumen.Say("checks of a held result depend on data; reviewers see the result before its submitter does",
			"对暂存结果的检查取决于数据；审核员先于提交者看到结果")))
	if err := l.Sign(ctx, Contract("attack-refusal", "dp",
		"{epsilon: 100, delta: 0.000001, per_query: 1}")); err != nil {
		return nil, err
	}
	released := 0
	dp, err := l.refused(ctx, func(sql string) yumen.JobSpec {
		return yumen.JobSpec{Contract: "attack-refusal", SQL: sql, Class: yumen.ClassDP,
			Privacy: yumen.PrivacySpec{WideNoise: true, NoErrors: true}}
	}, func(a Answer) string { released += bit(a.Job.State == yumen.StateReleased); return shape(a) })
	trials = len(askedOfBoth)
	if released == 0 {
		trials = 0
	}
	return append(out, rate("refusal channel", DP, "jobs", dp, trials, 0, never(), success).
		with(yumen.Say("%d statements on both sides, %d of the %d answered; compared are end, reasons, columns, number of rows, width of the noise and deadline", "两侧各 %d 条语句，共 %[3]d 次提交中 %[2]d 次得到回答；比较结局、理由、列、行数、噪声幅度与时限",
			len(askedOfBoth), released, 2*len(askedOfBoth)))), err
}

// refused counts the statements that end otherwise on the other side.
func (l *Lab) refused(ctx context.Context, spec func(string) yumen.JobSpec, seen func(Answer) string) (int, error) {
	ends := make([]string, 2*len(askedOfBoth))
	answers := make([]Answer, len(ends))
	err := l.each(len(ends), func(i int) (err error) {
		answers[i], err = l.patient(ctx, Side(i%2), spec(askedOfBoth[i/2]))
		return err
	})
	hits := 0
	for i, a := range answers {
		if ends[i] = seen(a); i%2 == 1 {
			hits += bit(ends[i-1] != ends[i])
		}
	}
	return hits, err
}

// refusalOf is the end of a job and its reasons.
func refusalOf(a Answer) string {
	s := string(a.Job.State)
	if a.Job.Error != nil {
		s += a.Job.Error.In(yumen.LangEnglish)
	}
	return s
}

// shape is all of an answer but its numbers, and the width of its noise, which must not come from the data.
func shape(a Answer) string {
	s := refusalOf(a) + fmt.Sprint(a.Table.Columns, len(a.Table.Rows))
	var plan struct {
		Private struct {
			Noise    json.RawMessage
			Deadline yumen.Duration
		}
	}
	if len(a.Job.Plan) > 0 {
		if err := json.Unmarshal(a.Job.Plan, &plan); err != nil {
			return err.Error()
		}
	}
	s += fmt.Sprint(string(plan.Private.Noise), plan.Private.Deadline)
	for _, art := range a.Artifacts {
		s += fmt.Sprint(art.Rows, art.Columns, art.Verdict)
	}
	return s
}

// timing asks the same of neighbouring datasets and compares how long it takes. It comes first, while both homes are as
// young.
func timing(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("the time an answer takes tells whether a person is in the data (area under the curve)",
		"由应答时间判断某人是否在数据中（AUC）")
	var weak, ours, private [2][]float64
	slow := "SELECT sum(i) FROM (SELECT CASE WHEN seat = 17 THEN 20000000 ELSE 1 END AS n FROM crowd), LATERAL range(n) t(i)"
	for _, side := range shuffled(l.random(21), l.pick(6, 30)) {
		_, took, err := l.Plain(ctx, side, slow)
		if err != nil {
			return nil, err
		}
		weak[side] = append(weak[side], took.Seconds())
	}
	if err := l.Sign(ctx, Contract("attack-timing", "dp",
		"{epsilon: 100, delta: 0.000001, per_query: 0.01}")); err != nil {
		return nil, err
	}
	asked, noises := [2]int{}, []float64(nil)
	for _, side := range shuffled(l.random(22), l.pick(4, 40)) {
		a, err := l.aggregate(ctx, side, "SELECT area, count(*) AS n, sum(income) AS s FROM crowd GROUP BY area")
		if err != nil {
			return nil, err
		}
		ours[side] = append(ours[side], a.Ran.Seconds())
		asked[side]++ // another question each time, the same on both sides
		p, err := l.Submit(ctx, side,
			yumen.JobSpec{Contract: "attack-timing", Class: yumen.ClassDP,
				Privacy: yumen.PrivacySpec{WideNoise: true, NoErrors: true},
				SQL:     fmt.Sprintf("SELECT count(*) AS n FROM crowd WHERE seat > %d", -asked[side])}, nil)
		if err != nil {
			return nil, err
		}
		if p.Job.State == yumen.StateReleased {
			private[side] = append(private[side], p.Ran.Seconds())
			if v, ok := p.Table.number(0, 0); ok {
				noises = append(noises, v-float64(len(l.Crowd.people)-int(side)))
			}
		}
		l.tell(len(ours[0])+len(ours[1]), 2*l.pick(4, 40))
	}
	out := []Result{
		area("data timing", Threshold, "enclave", weak[Without], weak[Whole], nil, success),
		area("data timing", Aggregate, "jobs", ours[Without], ours[Whole], nil, success).
			with(yumen.Say("statements whose time depends on values are refused; the rest is not hidden (docs/threat-model.md)", "耗时取决于取值的语句被拒绝；其余未作隐藏（docs/threat-model.md）")),
	}
	if len(private[0]) == 0 || len(private[1]) == 0 {
		return append(out, rate("data timing", DP, "jobs", 0, 0, 0.5, new(0.5), success)), nil
	}
	fit, err := routeFit(noises)
	if err != nil {
		return nil, err
	}
	return append(out, fit, area("data timing", DP, "jobs", private[Without], private[Whole], new(0.5), success).
		with(yumen.Say("submission to release; medians %.3f s and %.3f s", "自提交至放行；中位数 %.3f 秒与 %.3f 秒",
			median(private[Without]), median(private[Whole])))), nil
}

// routeFit tests the noise of released counts against the width that their price declares: the sum of squares is a
// chi-square.
func routeFit(noises []float64) (Result, error) {
	q := question(task.Measure{Fn: task.MeasureCount}, nil)
	n, err := privacy.Price(&q, 0.01, yumen.Budget{Epsilon: 100, Delta: attackDelta, PerQuery: 0.01}, K)
	if err != nil {
		return Result{}, err
	}
	chi := 0.0
	for _, z := range noises {
		chi += z / n.Components[0].Sigma * z / n.Components[0].Sigma
	}
	tail := chiSquareTail(float64(len(noises)), chi)
	return fits("noise structure: width, through jobs", DP, "jobs", len(noises), 2*min(tail, 1-tail),
		yumen.Say("noise of released answers is wider or narrower than declared (chi-square)",
			"放行答案的噪声比声明的更宽或更窄（卡方检验）")), nil
}

func median(vs []float64) float64 {
	s := slices.Sorted(slices.Values(vs))
	return s[len(s)/2]
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
