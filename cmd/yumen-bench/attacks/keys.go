package attacks

import (
	"context"
	"fmt"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// keyDisclosure asks by a key that is not public, where one person lifts groups to the threshold: with the probability
// δ at most one of them is told of, and a group that is one person short, never. A large δ stands in for the small ones
// of real budgets, so that the tail of the noise is seen.
func keyDisclosure(_ context.Context, l *Lab) ([]Result, error) {
	var out []Result
	for _, c := range []struct {
		units  int64
		groups int // in which the person counts
		delta  float64
	}{{1, 1, attackDelta}, {K - 1, 1, 0.02}, {K, 1, attackDelta}, {K, 1, 0.02}, {K, 4, 0.02}} {
		q := question(task.Measure{Fn: task.MeasureCount}, nil)
		q.Keys, q.GroupsPerUnit = []task.GroupKey{{Type: yumen.TypeText}}, c.groups
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
		bound := new(n.Delta)
		if c.units < K {
			bound = never()
		}
		out = append(out, rate(fmt.Sprintf("group-key disclosure: %d × %d units, δ %g", c.groups, c.units, c.delta), DP,
			"mechanism", hits, trials, 0, bound,
			yumen.Say("one of a person's groups is told of, of a size that ends at k or below it; noisy counts from %g on are", "某人所在的不超过 k 人的分组之一被披露；带噪计数达到 %g 才披露", n.Tau)))
	}
	return out, nil
}

// keysTold counts the trials in which any of a person's groups is told of.
func keysTold(q *task.Question, n task.Noise, units int64, trials, groups int) (int, error) {
	t := privacy.Totals{Sums: make([][]privacy.Int128, len(n.Components)),
		Trees: make([][]map[uint32]int64, len(n.Components))}
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
