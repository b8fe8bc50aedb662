package privacy

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen/internal/task"
)

// record is a row of one unit: its group and a value, nil for NULL.
type record struct {
	group int
	value *int64
}

// reference computes what one unit adds to a component, group by group and node by node, as the comments of
// ComponentKind define it: the simplest program that does, with rational numbers.
func reference(q *task.Question, c task.Component, records []record) map[[3]int]float64 {
	out := map[[3]int]float64{}
	var kept []int
	for _, r := range records {
		if !slices.Contains(kept, r.group) && len(kept) < q.GroupsPerUnit {
			kept = append(kept, r.group)
		}
	}
	for _, g := range kept {
		var values []int64
		for _, r := range records {
			switch {
			case r.group != g:
			case c.Input == 0:
				values = append(values, 0)
			case r.value != nil:
				in := q.Inputs[c.Input-1]
				values = append(values, min(max(*r.value, in.Lo), in.Hi))
			}
		}
		for at, x := range referenceGroup(q, c, values) {
			out[[3]int{g, at.level, int(at.index)}] = x
		}
	}
	return out
}

func referenceGroup(q *task.Question, c task.Component, values []int64) map[treeNode]float64 {
	n, limit := len(values), q.RowsPerUnit
	if n == 0 {
		return nil
	}
	one := func(x float64) map[treeNode]float64 { return map[treeNode]float64{{}: x} }
	switch c.Kind {
	case task.TotalUnits:
		return one(1)
	case task.TotalRows:
		return one(float64(min(n, limit)))
	}
	in := q.Inputs[c.Input-1]
	if c.Kind == task.TotalTree {
		out := map[treeNode]float64{}
		for _, x := range values[:min(n, limit)] {
			for level, leaf := treeHeight, Leaf(in, x); level > 0; level, leaf = level-1, leaf/treeFanout {
				out[treeNode{level, leaf}]++
			}
		}
		return out
	}
	sum := new(big.Rat)
	for _, x := range values {
		v := new(big.Rat).SetInt64(x)
		if c.Kind != task.TotalSum {
			v.Sub(v, new(big.Rat).SetInt64(in.Centre()))
		}
		if c.Kind == task.TotalSquares {
			v.Mul(v, v)
		}
		sum.Add(sum, v)
	}
	if c.Kind != task.TotalSum {
		sum.Mul(sum, big.NewRat(int64(min(n, limit)), int64(n)))
		x, _ := sum.Float64()
		return one(x)
	}
	x, _ := sum.Float64()
	return one(min(max(x, float64(limit)*float64(min(in.Lo, 0))), float64(limit)*float64(max(in.Hi, 0))))
}

// Removing any unit moves the totals of a component by its sensitivity at most. A unit's totals are its own, so that
// removing it moves them by what it adds.
func TestSensitivityBoundsEveryUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Int64Range(-1000, 1000).Draw(t, "lo")
		q := everything(publicKey)
		q.Inputs[0].Lo, q.Inputs[0].Hi = lo, lo+rapid.Int64Range(0, 1000).Draw(t, "width")
		q.RowsPerUnit, q.GroupsPerUnit = rapid.IntRange(1, 4).Draw(t, "c"), rapid.IntRange(1, 5).Draw(t, "l0")
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record {
			r := record{group: rapid.IntRange(0, 3).Draw(t, "group")}
			if rapid.IntRange(0, 9).Draw(t, "null") > 0 {
				x := rapid.SampledFrom([]int64{q.Inputs[0].Lo - 5, q.Inputs[0].Lo, q.Inputs[0].Centre(), q.Inputs[0].Hi,
					q.Inputs[0].Hi + 5}).Draw(t, "value")
				r.value = &x
			}
			return r
		}), 0, 20).Draw(t, "records")
		for _, c := range allComponents(q) {
			if moved, most := norm(reference(q, c, records)), Sensitivity(q, c); moved > most*(1+1e-12) {
				t.Fatalf("%s: one unit moves the totals by %v, sensitivity %v", c.Kind, moved, most)
			}
		}
	})
}

// allComponents are those of a question with every measure, and the sum, which it computes from others.
func allComponents(q *task.Question) []task.Component {
	return append(Components(q), task.Component{Kind: task.TotalSum, Input: 1})
}

func norm(totals map[[3]int]float64) float64 {
	squares := 0.0
	for _, x := range totals {
		squares += x * x
	}
	return math.Sqrt(squares)
}

// There is a unit that moves the totals that far: no noise is wasted.
func TestSensitivityIsReached(t *testing.T) {
	q := everything(publicKey)
	for _, c := range allComponents(q) {
		most := 0.0
		for _, x := range []int64{q.Inputs[0].Lo, q.Inputs[0].Hi} {
			var records []record
			for i := range q.GroupsPerUnit * q.RowsPerUnit {
				records = append(records, record{group: i % q.GroupsPerUnit, value: &x})
			}
			most = max(most, norm(reference(q, c, records)))
		}
		if want := Sensitivity(q, c); math.Abs(most-want) > 1e-12*want {
			t.Errorf("%s: no unit moves the totals by more than %v, sensitivity %v", c.Kind, most, want)
		}
	}
}

// The same of the pass that runs in an enclave.
func TestSensitivityBoundsThePass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuestion(t)
		if !Public(q) {
			q.Keys[0].Domain = []string{"0", "1", "2", "3", "4", "5"}
		}
		rows, choice := drawRows(t, q), NewChoice()
		slices.SortStableFunc(rows, func(a, b row) int { return int(a.unit - b.unit) })
		all := passed(t, q, choice, rows)
		for unit := int64(-3); unit <= 8; unit++ {
			rest := passed(t, q, choice,
				slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.unit == unit }))
			for i, c := range Components(q) {
				if moved, most := distance(all, rest, i, c.Kind), Sensitivity(q, c); moved > most*(1+1e-12) {
					t.Fatalf("%s: unit %d moves the totals by %v, sensitivity %v", c.Kind, unit, moved, most)
				}
			}
		}
	})
}

func passed(t *rapid.T, q *task.Question, choice Choice, rows []row) Totals {
	numbers := []int{0, 1, 2, 3, 4, 5}
	p := newPass(t, q, choice, numbers)
	if err := feed(p, rows, 7, numbers); err != nil {
		t.Fatal(err)
	}
	keys := make([][]Value, p.Groups())
	for g := range keys {
		keys[g] = []Value{{Text: strconv.Itoa(g)}}
	}
	return p.Totals(keys)
}

// distance is the Euclidean distance of two totals of a component.
func distance(a, b Totals, component int, kind task.ComponentKind) float64 {
	squares := 0.0
	add := func(x float64) { squares += x * x }
	for g := range a.Keys {
		if kind != task.TotalTree {
			add(a.Sums[component][g].Add(b.Sums[component][g].Neg()).Float64())
			continue
		}
		x, y := newNoisyTree(task.MeasuredInput{}, a.Trees[component][g], nil, 0),
			newNoisyTree(task.MeasuredInput{}, b.Trees[component][g], nil, 0)
		for level := 1; level <= treeHeight; level++ {
			for leaf := range x.counts[level] {
				add(float64(x.counts[level][leaf] - y.counts[level][leaf]))
			}
			for leaf, n := range y.counts[level] {
				if _, ok := x.counts[level][leaf]; !ok {
					add(float64(n))
				}
			}
		}
	}
	return math.Sqrt(squares)
}

// One unit changes what one block gives, from any value in the bounds to any other.
func TestSensitivityOfBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(math.MinInt64, 1<<60)).Draw(t, "lo")
		in := task.MeasuredInput{Type: "integer", Lo: lo, Hi: lo + rapid.Int64Range(0, 1<<40).Draw(t, "width")}
		q := &task.Question{RowsPerUnit: 1, GroupsPerUnit: 1, Blocks: 9, Inputs: []task.MeasuredInput{in},
			Measures: []task.Measure{{Fn: task.MeasureAvg, Input: 1}, {Fn: task.MeasureQuantile, Input: 1, Q: 0.5}}}
		value := rapid.Int64Range(in.Lo, in.Hi)
		from, to := value.Draw(t, "from"), value.Draw(t, "to")
		if moved, most := math.Abs(float64(to-from)),
			1e-9+Sensitivity(q, task.Component{Kind: task.TotalCentred, Input: 1}); moved > most {
			t.Fatalf("a block moves the sum by %v, sensitivity %v", moved, most)
		}
		a := Totals{Keys: make([][]Value, 1), Trees: [][]map[uint32]int64{{{Leaf(in, from): 1}}}}
		b := Totals{Keys: a.Keys, Trees: [][]map[uint32]int64{{{Leaf(in, to): 1}}}}
		if moved, most := distance(a, b, 0, task.TotalTree),
			Sensitivity(q, task.Component{Kind: task.TotalTree, Input: 1}); moved > most {
			t.Fatalf("a block moves the tree by %v, sensitivity %v", moved, most)
		}
	})
}
