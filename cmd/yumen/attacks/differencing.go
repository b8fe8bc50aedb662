package attacks

import (
	"context"
	"fmt"
	"math/rand/v2"

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

// differencing asks for two large groups that differ by one person (D. E. Denning, P. J. Denning, M. D. Schwartz, ACM TODS 4,
// 1979; the pair is its simplest case).
func differencing(ctx context.Context, l *Lab) ([]Result, error) {
	r := l.random(11)
	var pairs []pair
	var asks []Ask
	for range l.pick(20, 100) {
		p := pair{1 + r.IntN(len(l.Crowd.people)), newSubset(r, len(l.Crowd.people))}
		pairs = append(pairs, p)
		asks = append(asks, Ask{Select: []string{"count(*)"}, Where: p.with()}, Ask{Select: []string{"count(*)"}, Where: p.without()})
	}
	tables, err := l.Weak(ctx, Whole, asks)
	if err != nil {
		return nil, err
	}
	hits := 0
	for i, p := range pairs {
		a, _ := tables[2*i].number(0, 0)
		b, _ := tables[2*i+1].number(0, 0)
		hits += bit((a-b > 0.5) == l.Crowd.people[p.target-1].secret)
	}
	out := []Result{rate("differencing pair", Threshold, "enclave", hits, len(pairs), 0.5, nil, learnsBit)}
	ours, err := differencingAggregate(ctx, l, pairs, r)
	return append(out, ours), err
}

// perTable is how many conditions an attacker puts into one statement of class aggregate; analysis allows 24.
const perTable = 20

// differencingAggregate puts the halves of the pairs into two statements, so that neither shows a pair.
func differencingAggregate(ctx context.Context, l *Lab, pairs []pair, r *rand.Rand) (Result, error) {
	hits := 0
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
	for i, p := range pairs {
		hits += bit((a[i].known && b[i].known && a[i].v-b[i].v > 0.5) == l.Crowd.people[p.target-1].secret)
	}
	return rate("differencing pair", Aggregate, "jobs", hits, len(pairs), 0.5, nil, learnsBit).
		with(yumen.Say("one pair in two tables of %d counts, all approved (%d jobs)", "每对分置于两张表（每表 %d 个计数），假定全部获批（%d 个任务）", perTable, 2*jobs)), nil
}

// cell is a number of a released table, where it was shown.
type cell struct {
	v     float64
	known bool
}

// counts asks class aggregate how many people meet each condition, many in one statement, and returns the cells as they would
// leave and the number of jobs.
func (l *Lab) counts(ctx context.Context, conditions []string) ([]cell, int, error) {
	var out []cell
	jobs := 0
	for len(out) < len(conditions) {
		part := conditions[len(out):min(len(out)+perTable, len(conditions))]
		cols := make([]string, len(part))
		for i, c := range part {
			cols[i] = fmt.Sprintf("count(*) FILTER (WHERE %s) AS c%d", c, i)
		}
		ans, err := l.aggregate(ctx, Whole, "SELECT "+join(cols)+" FROM crowd")
		if err != nil {
			return nil, jobs, err
		}
		jobs++
		for i := range part {
			v, ok := ans.Table.number(0, i)
			out = append(out, cell{v, ok})
		}
		l.tell(len(out), len(conditions))
	}
	return out, jobs, nil
}

// trackers learns about a group of one from groups that are large enough (Denning, Denning and Schwartz 1979): with a tracker
// T of about half the people, |C| = |C or T| + |C or not T| − |all|.
func trackers(ctx context.Context, l *Lab) ([]Result, error) {
	r := l.random(12)
	var targets []int
	var conditions []string
	for range l.pick(15, 60) {
		t := newSubset(r, len(l.Crowd.people))
		seat := 1 + r.IntN(len(l.Crowd.people))
		c := fmt.Sprintf("(seat = %d AND secret = 1)", seat)
		targets = append(targets, seat)
		conditions = append(conditions, c+" OR "+t.sql(), c+" OR NOT ("+t.sql()+")")
	}
	conditions = append(conditions, "seat > 0")
	asks := make([]Ask, len(conditions))
	for i, c := range conditions {
		asks[i] = Ask{Select: []string{"count(*)"}, Where: c}
	}
	tables, err := l.Weak(ctx, Whole, asks)
	if err != nil {
		return nil, err
	}
	weak := make([]cell, len(tables))
	for i, t := range tables {
		weak[i].v, weak[i].known = t.number(0, 0)
	}
	ours, jobs, err := l.counts(ctx, conditions)
	if err != nil {
		return nil, err
	}
	return []Result{
		rate("tracker", Threshold, "enclave", tracked(l.Crowd, targets, weak), len(targets), 0.5, nil, learnsBit),
		rate("tracker", Aggregate, "jobs", tracked(l.Crowd, targets, ours), len(targets), 0.5, nil, learnsBit).
			with(yumen.Say("%d jobs, all approved", "%d 个任务，假定全部获批", jobs)),
	}, nil
}

func tracked(c *Crowd, targets []int, cells []cell) (hits int) {
	all := cells[len(cells)-1]
	for i, seat := range targets {
		a, b := cells[2*i], cells[2*i+1]
		hits += bit((a.known && b.known && all.known && a.v+b.v-all.v > 0.5) == c.people[seat-1].secret)
	}
	return hits
}
