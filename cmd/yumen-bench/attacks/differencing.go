package attacks

import (
	"context"
	"fmt"
	"strings"

	"github.com/yumen-data/yumen"
)

var learnsBit = yumen.Say("a person's secret bit is learnt", "得知某人的敏感比特")

// pair is a differencing pair: a crowd of people with the secret, and the same crowd without one of them.
type pair struct {
	target int
	crowd  subset
}

func (p pair) with() string {
	return fmt.Sprintf("secret = 1 AND (%s OR seat = %d)", p.crowd.sql(), p.target)
}

func (p pair) without() string {
	return fmt.Sprintf("secret = 1 AND %s AND seat <> %d", p.crowd.sql(), p.target)
}

// repeats is how many pairs or trackers are asked for one person; what is learnt is their mean.
const repeats = 5

// differencing asks for two large groups that differ by one person (D. E. Denning, P. J. Denning, M. D. Schwartz, ACM
// TODS 4, 1979; the pair is its simplest case).
func differencing(ctx context.Context, l *Lab) ([]Result, error) {
	r := l.random(11)
	var pairs []pair
	var conditions []string
	for range l.pick(16, 100) {
		target := 1 + r.IntN(len(l.Crowd.people))
		for range repeats {
			p := pair{target, newSubset(r, len(l.Crowd.people))}
			pairs = append(pairs, p)
			conditions = append(conditions, p.with(), p.without())
		}
	}
	weak, err := l.weakCounts(ctx, conditions)
	if err != nil {
		return nil, err
	}
	estimates := make([]cell, len(pairs))
	for i := range pairs {
		a, b := weak[2*i], weak[2*i+1]
		estimates[i] = cell{a.v - b.v, a.known && b.known}
	}
	out := []Result{rate("differencing pair", Threshold, "enclave",
		l.learnt(estimates, func(i int) int { return pairs[i].target }), len(pairs)/repeats, 0.5, nil, learnsBit)}
	ours, err := differencingAggregate(ctx, l, pairs)
	return append(out, ours), err
}

// learnt counts the people whose secret the mean of their estimates tells.
func (l *Lab) learnt(estimates []cell, seat func(int) int) (hits int) {
	for i := 0; i < len(estimates); i += repeats {
		sum, n := 0.0, 0.0
		for _, e := range estimates[i : i+repeats] {
			if e.known {
				sum, n = sum+e.v, n+1
			}
		}
		hits += bit((n > 0 && sum/n > 0.5) == l.Crowd.people[seat(i)-1].secret)
	}
	return hits
}

// perTable is how many conditions an attacker puts into one statement of class aggregate; analysis allows 24.
const perTable = 20

// differencingAggregate puts the halves of the pairs into different statements, so that none shows a pair.
func differencingAggregate(ctx context.Context, l *Lab, pairs []pair) (Result, error) {
	var with, without []string
	for _, p := range pairs {
		with, without = append(with, p.with()), append(without, p.without())
	}
	a, _, err := l.counts(ctx, with)
	if err != nil {
		return Result{}, err
	}
	b, jobs, err := l.counts(ctx, without)
	if err != nil {
		return Result{}, err
	}
	estimates := make([]cell, len(pairs))
	for i := range pairs {
		estimates[i] = cell{a[i].v - b[i].v, a[i].known && b[i].known}
	}
	hits := l.learnt(estimates, func(i int) int { return pairs[i].target })
	return rate("differencing pair", Aggregate, "jobs", hits, len(pairs)/repeats, 0.5, nil, learnsBit).
		with(yumen.Say("%d pairs for each person, %d tables of %d rounded counts, all approved",
			"每人 %d 对，%d 张各含 %d 个取整计数的表，假定全部获批", repeats, 2*jobs, perTable)), nil
}

// cell is a number of a released table, where it was shown.
type cell struct {
	v     float64
	known bool
}

// weakCounts asks the k-threshold how many people meet each condition.
func (l *Lab) weakCounts(ctx context.Context, conditions []string) ([]cell, error) {
	asks := make([]Ask, len(conditions))
	for i, c := range conditions {
		asks[i] = Ask{Select: []string{"count(*)"}, Where: c}
	}
	tables, err := l.Weak(ctx, Whole, asks)
	out := make([]cell, len(tables))
	for i, t := range tables {
		out[i].v, out[i].known = t.number(0, 0)
	}
	return out, err
}

// counts asks class aggregate how many people meet each condition, many in one statement, and returns the cells as they
// would leave and the number of jobs.
func (l *Lab) counts(ctx context.Context, conditions []string) ([]cell, int, error) {
	out := make([]cell, len(conditions))
	jobs := (len(conditions) + perTable - 1) / perTable
	return out, jobs, l.each(jobs, func(job int) error {
		from := job * perTable
		part := conditions[from:min(from+perTable, len(conditions))]
		cols := make([]string, len(part))
		for i, c := range part {
			cols[i] = fmt.Sprintf("count(*) FILTER (WHERE %s) AS c%d", c, i)
		}
		ans, err := l.aggregate(ctx, Whole, "SELECT "+strings.Join(cols, ", ")+" FROM crowd")
		for i := range part {
			out[from+i].v, out[from+i].known = ans.Table.number(0, i)
		}
		return err
	})
}

// trackers learns about a group of one from groups that are large enough (Denning, Denning and Schwartz 1979): with a
// tracker
// T of about half the people, |C| = |C or T| + |C or not T| − |all|.
func trackers(ctx context.Context, l *Lab) ([]Result, error) {
	r := l.random(12)
	var targets []int
	var conditions []string
	for range l.pick(10, 60) {
		seat := 1 + r.IntN(len(l.Crowd.people))
		for range repeats {
			t := newSubset(r, len(l.Crowd.people))
			c := fmt.Sprintf("(seat = %d AND secret = 1)", seat)
			targets = append(targets, seat)
			conditions = append(conditions, c+" OR "+t.sql(), c+" OR NOT ("+t.sql()+")")
		}
	}
	conditions = append(conditions, "seat > 0")
	weak, err := l.weakCounts(ctx, conditions)
	if err != nil {
		return nil, err
	}
	ours, jobs, err := l.counts(ctx, conditions)
	if err != nil {
		return nil, err
	}
	seat := func(i int) int { return targets[i] }
	n := len(targets) / repeats
	return []Result{
		rate("tracker", Threshold, "enclave", l.learnt(tracked(weak), seat), n, 0.5, nil, learnsBit),
		rate("tracker", Aggregate, "jobs", l.learnt(tracked(ours), seat), n, 0.5, nil, learnsBit).
			with(yumen.Say("%d trackers for each person, %d tables of rounded counts, all approved",
				"每人 %d 个追踪器，%d 张取整计数表，假定全部获批", repeats, jobs)),
	}, nil
}

// tracked solves each tracker for the group of one.
func tracked(cells []cell) []cell {
	all := cells[len(cells)-1]
	out := make([]cell, len(cells)/2)
	for i := range out {
		a, b := cells[2*i], cells[2*i+1]
		out[i] = cell{a.v + b.v - all.v, a.known && b.known && all.known}
	}
	return out
}
