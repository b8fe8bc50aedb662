package privacy

import (
	"cmp"
	"slices"

	"github.com/yumen-data/yumen/internal/task"
)

// This file holds what a Pass keeps of single values: the leaves of trees, and the distinct values of a group.

// grow adds the leaves that count of a unit to a tree.
func (p *Pass) grow(at int, leaves []uint64, rank uint64) {
	if len(leaves) == 0 {
		return
	}
	if p.trees[at] == nil {
		p.trees[at] = map[uint32]int64{}
	}
	if int64(len(leaves)) <= p.bounds.rows {
		for _, l := range leaves {
			p.trees[at][uint32(l)]++
		}
		return
	}
	for _, r := range p.sample(leaves, p.of^mix(rank)) {
		p.trees[at][uint32(r.at)]++
	}
}

// hold adds the values that count of a unit to those that a group has. A value that other units have too is there
// without it, so that the number of values falls by as many as count of a unit at most when it is taken away.
func (p *Pass) hold(at int, values []uint64, rank uint64) {
	if len(values) == 0 {
		return
	}
	if p.held[at] == nil {
		p.held[at] = map[uint64]struct{}{}
	}
	slices.Sort(values)
	if values = slices.Compact(values); int64(len(values)) <= p.bounds.rows {
		for _, v := range values {
			p.held[at][v] = struct{}{}
		}
		return
	}
	for _, r := range p.sample(values, p.of^mix(rank)) {
		p.held[at][uint64(r.at)] = struct{}{}
	}
}

// sample returns as many values of a unit as may count, as ranked.at. Equal ones are told apart by a number, so that
// every value has the same chance; which ones are taken does not depend on the order in which they came.
func (p *Pass) sample(values []uint64, of uint64) []ranked {
	slices.Sort(values)
	p.order = p.order[:0]
	nth := uint64(0)
	for i, v := range values {
		if i > 0 && v == values[i-1] {
			nth++
		} else {
			nth = 0
		}
		p.order = append(p.order, ranked{mix(mix(of^v) + nth), int64(v)})
	}
	slices.SortFunc(p.order, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	return p.order[:p.bounds.rows]
}

// Merge adds the totals of another pass over other units. Its group g is here called groups[g].
func (p *Pass) Merge(o *Pass, groups []int32) {
	o.flush()
	for from, to := range groups {
		for i := range p.distinct {
			at, of := int(to)*p.distinct+i, from*p.distinct+i
			p.sums[at] = p.sums[at].Add(o.sums[of])
			for leaf, n := range o.trees[of] {
				if p.trees[at] == nil {
					p.trees[at] = map[uint32]int64{}
				}
				p.trees[at][leaf] += n
			}
			if p.held[at] == nil {
				p.held[at] = o.held[of]
				continue
			}
			for v := range o.held[of] {
				p.held[at][v] = struct{}{}
			}
		}
	}
}

// Totals returns the totals, with the keys of each group, which are the caller's to know.
func (p *Pass) Totals(keys [][]Value) Totals {
	p.flush()
	t := Totals{Keys: keys, Sums: make([][]Int128, p.distinct), Trees: make([][]map[uint32]int64, p.distinct)}
	for i, c := range p.bounds.components {
		if c.kind == task.TotalTree {
			t.Trees[i] = make([]map[uint32]int64, p.Groups())
			for g := range t.Trees[i] {
				t.Trees[i][g] = p.trees[g*p.distinct+i]
			}
			continue
		}
		t.Sums[i] = make([]Int128, p.Groups())
		for g := range t.Sums[i] {
			t.Sums[i][g] = p.sums[g*p.distinct+i]
			if c.kind == task.TotalDistinct {
				t.Sums[i][g] = Int(int64(len(p.held[g*p.distinct+i])))
			}
		}
	}
	return t
}
