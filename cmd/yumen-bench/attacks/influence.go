package attacks

import (
	"context"
	"fmt"
	"math"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// copies is how often a person's rows are repeated where a statement repeats them.
const copies = 30

func copied(from string) string { return times("SELECT "+from, " UNION ALL ", copies) }

// reaching are statements by which the person on seat 17 would move a count by many: by rows that are multiplied, by
// another identity, or by deciding about the rows of others.
var reaching = []string{
	"SELECT count(*) AS n FROM crowd",
	"SELECT count(*) AS n FROM (" + copied("person, seat FROM crowd") + ") t",
	"SELECT count(*) AS n FROM (" + copied("person, seat FROM crowd") + ") t JOIN crowd q ON t.person = q.person",
	"SELECT count(*) AS n FROM crowd p JOIN crowd q ON p.person = q.person",
	"SELECT count(*) AS n FROM crowd p JOIN crowd q ON p.area = q.area",
	"SELECT count(*) AS n FROM crowd p CROSS JOIN crowd q",
	"SELECT count(*) AS n FROM crowd p JOIN crowd q ON p.seat <= q.seat",
	"SELECT count(*) AS n FROM crowd p LEFT JOIN crowd q ON p.person = q.person AND q.seat < 0",
	"SELECT count(*) AS n FROM crowd p RIGHT JOIN crowd q ON p.person = q.person AND p.seat < 0",
	"SELECT count(*) AS n FROM crowd p FULL JOIN crowd q ON p.area = q.area",
	"SELECT count(*) AS n FROM crowd p JOIN (SELECT area FROM crowd WHERE seat = 17) q ON p.area = q.area",
	"SELECT count(*) AS n FROM crowd WHERE area IN (SELECT area FROM crowd WHERE seat = 17)",
	"SELECT count(*) AS n FROM crowd WHERE area NOT IN (SELECT area FROM crowd WHERE seat = 17)",
	"SELECT count(*) AS n FROM crowd p WHERE EXISTS (SELECT 1 FROM crowd q WHERE q.seat = 17)",
	"SELECT count(*) AS n FROM crowd p WHERE NOT EXISTS (SELECT 1 FROM crowd q WHERE q.seat = 17 AND q.area = p.area)",
	"SELECT count(*) AS n FROM crowd p SEMI JOIN crowd q ON q.seat = 17",
	"SELECT count(*) AS n FROM crowd p ANTI JOIN crowd q ON q.seat = 17",
	"SELECT count(*) AS n FROM crowd WHERE 1 = (SELECT count(*) FROM crowd WHERE seat = 17)",
	"SELECT count(*) AS n FROM crowd WHERE income > 0 * (SELECT sum(income) FROM crowd WHERE seat = 17)",
	"SELECT sum(c) AS n FROM (SELECT area, count(*) AS c FROM crowd GROUP BY area) t",
	"SELECT count(*) * 1000 AS n FROM (SELECT area FROM crowd EXCEPT SELECT area FROM crowd WHERE seat = 17) t",
	"SELECT count(*) * 1000 AS n FROM (SELECT area, secret FROM crowd INTERSECT SELECT area, secret FROM crowd WHERE seat = 17) t",
	"SELECT sum(seat % 2) AS n FROM (SELECT seat + row_number() OVER (ORDER BY seat) AS seat FROM crowd) t",
	"SELECT count(*) AS n FROM (SELECT seat FROM crowd ORDER BY seat = 17 DESC, seat LIMIT 40) t WHERE seat = 17 OR seat > 39",
	"SELECT area, count(*) AS n FROM (" + copied("person, area FROM crowd") + ") t GROUP BY area",
	"SELECT area, sec, count(*) AS n FROM (SELECT p.area, q.secret AS sec FROM crowd p JOIN crowd q ON p.area = q.area) t GROUP BY area, sec",
	"SELECT count(*) AS n FROM (SELECT person, unnest(range(30)) AS i FROM crowd) t",
	"SELECT count(*) AS n FROM (SELECT person + 0 AS person FROM crowd UNION ALL " +
		copied("person + 1000 AS person FROM crowd") + ") t",
	"SELECT sum(c) AS n FROM (SELECT person, count(*) AS c FROM (" + copied("person FROM crowd") +
		") u GROUP BY person) t",
	"SELECT count(DISTINCT person) AS n FROM (" + copied("person FROM crowd") + ") t",
	"SELECT count(DISTINCT md5(CAST(person AS VARCHAR) || seat)) AS n FROM (" + copied("person, seat FROM crowd") +
		") t",
}

// influence asks neighbouring datasets with as little noise as one answer may have, and looks by how much they differ.
// One person counts with one row, so the true answers may differ by one.
func influence(ctx context.Context, l *Lab) ([]Result, error) {
	const epsilon = 11 // close to the most that one answer may cost at this δ
	q := question(task.Measure{Fn: task.MeasureCount}, nil)
	b := yumen.Budget{Epsilon: 40, Delta: attackDelta, PerQuery: epsilon}
	n, err := privacy.Price(&q, epsilon, b, K)
	if err != nil {
		return nil, err
	}
	contract := func(i int) string { return fmt.Sprintf("attack-influence-%d", i) } // few answers use up a budget
	for i := range reaching {
		if err := l.Sign(ctx, Contract(contract(i), "dp",
			fmt.Sprintf("{epsilon: 40, delta: %g, per_query: %d}", attackDelta, epsilon))); err != nil {
			return nil, err
		}
	}
	answers := make([]Answer, 2*len(reaching))
	if err := l.each(len(answers), func(i int) (err error) {
		answers[i], err = l.dp(ctx, Side(i%2), contract(i/2), reaching[i/2])
		return err
	}); err != nil {
		return nil, err
	}
	hits, answered, most := 0, 0, 0.0
	for i := 0; i < len(answers); i += 2 {
		if answers[i].Job.State != yumen.StateReleased || answers[i+1].Job.State != yumen.StateReleased {
			continue
		}
		answered++
		moved := math.Abs(total(answers[i].Table) - total(answers[i+1].Table))
		most = max(most, moved)
		noise := n.Components[0].Sigma * math.Sqrt(float64(len(answers[i].Table.Rows)+len(answers[i+1].Table.Rows)))
		hits += bit(moved > 1+6*noise)
	}
	trials := len(reaching)
	if answered == 0 {
		trials = 0
	}
	return []Result{rate("influence of one person", DP, "jobs", hits, trials, 0, never(),
		yumen.Say("a person who counts once moves a count by more than one, and more than noise explains",
			"计为一次的某人使计数变化超过一且超出噪声所能解释")).
		with(yumen.Say("%d statements at ε = %d, σ = %.2g; %d answered, the others refused; moved by %g at most",
			"ε = %[2]d、σ = %[3].2g 下 %[1]d 条语句；%[4]d 条得到回答，其余被拒；最大变化 %[5]g",
			len(reaching), epsilon, n.Components[0].Sigma, answered, most))}, nil
}

// total adds up the last column.
func total(t Table) (sum float64) {
	for i, row := range t.Rows {
		v, _ := t.number(i, len(row)-1)
		sum += v
	}
	return sum
}

// dpOutliers estimates a giant's income by the noisy sum of the giant's sector. What is bounded is how much oftener the
// estimate is right than it would be without the giant in the data.
func dpOutliers(_ context.Context, l *Lab) ([]Result, error) {
	giant := l.Crowd.people[l.Crowd.giants[0]-1]
	m := mechanism{q: question(task.Measure{Fn: task.MeasureSum, Input: 1}, integers(0, maxIncome)), signal: number(0),
		rows: func(with bool) (out []unitRows) {
			for i, p := range l.Crowd.people {
				if p.sector == giant.sector && (with || i != giant.seat-1) {
					out = append(out, unitRows{values: []int64{int64(p.income)}})
				}
			}
			return out
		}}
	runs, near := l.pick(4000, 100_000), [2]int{}
	for side := range near {
		got, _, err := m.run(side == 0, runs)
		if err != nil {
			return nil, err
		}
		for _, v := range got {
			near[side] += bit(l.isGiant(giant.seat, v))
		}
	}
	_, absent := wilson(near[1], runs, z95)
	return []Result{rate("outlier aggregates", DP, "mechanism", near[0], runs, float64(near[1])/float64(runs),
		new(math.Exp(attackEpsilon)*absent+attackDelta),
		yumen.Say("a giant's income is estimated within 10 %; chance is how often it would be without the giant in the data", "对巨头收入的估计误差在 10 % 以内；随机一栏为巨头不在数据中时的比例"))}, nil
}
