package attacks

import (
	"context"
	"fmt"
	"math"

	"github.com/yumen-data/yumen"
)

// uniqueKeys groups by a column whose values single people out, and reads off the table how many people have a rare
// value, or that there is such a value at all.
func uniqueKeys(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("a number is shown about a value that only one person has", "显示了仅一人具有的取值的数字")
	exists := yumen.Say("that there is a value which only one person has is shown", "显示了仅一人具有的取值存在")
	weak, err := l.Weak(ctx, Whole, []Ask{{Select: []string{"count(*)"}, Keys: []string{"job"}}})
	if err != nil {
		return nil, err
	}
	ours, err := l.aggregate(ctx, Whole, "SELECT job, count(*) AS n FROM crowd GROUP BY job")
	if err != nil {
		return nil, err
	}
	n := len(l.Crowd.rare)
	return []Result{
		rate("unique group keys, cells", Threshold, "enclave", l.rareCells(weak[0]), n, 0, nil, success),
		rate("unique group keys, cells", Aggregate, "jobs", l.rareCells(ours.Table), n, 0, never(), success),
		rate("unique group keys, existence", Threshold, "enclave", l.rareShown(weak[0]), n, 0, nil, exists),
		rate("unique group keys, existence", Aggregate, "jobs", l.rareShown(ours.Table), n, 0, never(), exists),
	}, nil
}

// rareShown counts the rare jobs that appear in a table, and rareCells those that appear beside a number.
func (l *Lab) rareShown(t Table) int { return l.rareIn(t, false) }

func (l *Lab) rareCells(t Table) int { return l.rareIn(t, true) }

func (l *Lab) rareIn(t Table, number bool) (hits int) {
	shown := map[string]bool{}
	for i, row := range t.Rows {
		numbers := 0
		for c := range row {
			_, ok := t.number(i, c)
			numbers += bit(ok)
		}
		for _, c := range row {
			shown[c] = shown[c] || !number || numbers > 0
		}
	}
	for _, seat := range l.Crowd.rare {
		hits += bit(shown[l.Crowd.people[seat-1].job])
	}
	return hits
}

// outliers reads a giant's income off the sum of a group that is nearly all the giant's, in the sum itself and in what
// is left of the sum of everybody when the giant is taken out.
func outliers(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("a giant's income is estimated within 10 %", "对巨头收入的估计误差在 10 % 以内")
	weak, err := l.Weak(ctx, Whole, []Ask{{Select: []string{"sum(income)"}, Keys: []string{"sector"}}})
	if err != nil {
		return nil, err
	}
	ours, err := l.aggregate(ctx, Whole, "SELECT sector, sum(income) AS total FROM crowd GROUP BY sector")
	if err != nil {
		return nil, err
	}
	n := len(l.Crowd.giants)
	out := []Result{
		rate("outlier aggregates", Threshold, "enclave", l.giantsHit(weak[0]), n, 0, nil, success),
		rate("outlier aggregates", Aggregate, "jobs", l.giantsHit(ours.Table), n, 0, never(), success),
	}
	pairs, err := l.giantsByDifference(ctx)
	return append(out, pairs...), err
}

// giantsByDifference takes the income of each giant as what the sum of everybody loses when the giant is left out.
func (l *Lab) giantsByDifference(ctx context.Context) ([]Result, error) {
	success := yumen.Say("a giant's income is the difference of two sums, within 10 %", "两个合计之差给出巨头收入，误差在 10 % 以内")
	total := Ask{Select: []string{"sum(income)"}}
	asks := []Ask{total}
	for _, seat := range l.Crowd.giants {
		asks = append(asks, Ask{Select: total.Select, Where: fmt.Sprintf("seat <> %d", seat)})
	}
	weak, err := l.Weak(ctx, Whole, asks)
	if err != nil {
		return nil, err
	}
	ours := make([]Table, len(asks))
	if err := l.each(len(asks), func(i int) error {
		sql := "SELECT sum(income) AS total FROM crowd"
		if asks[i].Where != "" {
			sql += " WHERE " + asks[i].Where
		}
		ans, err := l.aggregate(ctx, Whole, sql)
		ours[i] = ans.Table
		return err
	}); err != nil {
		return nil, err
	}
	n := len(l.Crowd.giants)
	return []Result{
		rate("outlier by difference", Threshold, "enclave", l.differences(weak), n, 0, nil, success),
		rate("outlier by difference", Aggregate, "jobs", l.differences(ours), n, 0, nil, success).
			with(yumen.Say("%d tables of one sum each, all approved", "%d 张各含一个合计的表，假定全部获批", len(asks))),
	}, nil
}

// differences counts the giants whose income is what the first table has more than theirs.
func (l *Lab) differences(tables []Table) (hits int) {
	all, shown := tables[0].number(0, 0)
	for i, seat := range l.Crowd.giants {
		part, ok := tables[i+1].number(0, 0)
		hits += bit(shown && ok && l.isGiant(seat, all-part))
	}
	return hits
}

func (l *Lab) isGiant(seat int, estimate float64) bool {
	income := float64(l.Crowd.people[seat-1].income)
	return math.Abs(estimate-income) <= income/10
}

// giantsHit counts the sectors whose sum is within 10 % of their giant's income.
func (l *Lab) giantsHit(t Table) (hits int) {
	for i, row := range t.Rows {
		total, ok := t.number(i, len(row)-1)
		hits += bit(ok && l.isGiant(l.Crowd.giant(row[0]), total))
	}
	return hits
}
