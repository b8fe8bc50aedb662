package privacy

import (
	stdcmp "cmp"
	"errors"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen/internal/task"
)

// row is a row of a question with two inputs at most; nil is null.
type row struct {
	unit   int64
	group  int32
	values []*int64
}

var allMeasures = []task.Measure{
	{Fn: task.MeasureCount}, {Fn: task.MeasureUnits}, {Fn: task.MeasureCount, Input: 1},
	{Fn: task.MeasureUnits, Input: 1},
	{Fn: task.MeasureSum, Input: 1}, {Fn: task.MeasureAvg, Input: 2}, {Fn: task.MeasureStddev, Input: 1},
	{Fn: task.MeasureQuantile, Input: 2, Q: 0.5},
	{Fn: task.MeasureDistinct, Input: 1},
}

// drawQuestion draws a question over public groups, or over private ones.
func drawQuestion(t *rapid.T) *task.Question {
	lo := func(label string) int64 {
		return rapid.OneOf(rapid.Int64Range(-20, 20), rapid.Int64Range(-1<<45, 1<<45)).Draw(t, label)
	}
	q := &task.Question{RowsPerUnit: rapid.IntRange(1, 4).Draw(t, "c"),
		GroupsPerUnit: rapid.IntRange(1, 4).Draw(t, "l0"), Measures: allMeasures}
	for i := range 2 {
		l := lo("lo" + strconv.Itoa(i))
		q.Inputs = append(q.Inputs,
			task.MeasuredInput{Type: "integer", Lo: l,
				Hi: l + rapid.OneOf(rapid.Int64Range(0, 50), rapid.Int64Range(0, 1<<45)).Draw(t, "width")})
	}
	key := task.GroupKey{Type: "integer"}
	if rapid.Bool().Draw(t, "public") {
		for i := range groupsDrawn {
			key.Domain = append(key.Domain, strconv.Itoa(i))
		}
	}
	q.Keys = []task.GroupKey{key}
	return q
}

const groupsDrawn = 6

func drawRows(t *rapid.T, q *task.Question) []row {
	value := func(in task.MeasuredInput) *rapid.Generator[*int64] {
		near := rapid.Int64Range(in.Lo-3, in.Hi+3)
		return rapid.Ptr(rapid.OneOf(near, rapid.Int64()), true)
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		return row{unit: rapid.Int64Range(-3, 8).Draw(t, "u"), group: rapid.Int32Range(-1, groupsDrawn-1).Draw(t, "g"),
			values: []*int64{value(q.Inputs[0]).Draw(t, "x"), value(q.Inputs[1]).Draw(t, "y")}}
	}), 0, 80).Draw(t, "rows")
}

// newPass prepares a pass that knows groupsDrawn groups, numbered in the given order.
func newPass(t rapid.TB, q *task.Question, choice Choice, numbers []int) *Pass {
	t.Helper()
	p, err := NewPass(q, choice)
	if err != nil {
		t.Fatal(err)
	}
	p.places = min(p.places, q.GroupsPerUnit+1+int(choice.key%4)) // few groups are drawn, and some must go now and then
	if !Public(q) {
		for _, g := range numbers {
			p.Group(choice.Rank(keyOf(g)))
		}
	}
	return p
}

func keyOf(g int) []Value { return []Value{{Text: strconv.Itoa(g)}} }

// feed adds rows in batches of the given size; numbers[g] is what the pass calls group g.
func feed(p *Pass, rows []row, size int, numbers []int) error {
	for batch := range slices.Chunk(rows, size) {
		units, groups := make([]int64, len(batch)), make([]int32, len(batch))
		inputs := make([]Column, len(p.bounds.inputs))
		for j := range inputs {
			inputs[j] = Column{Values: make([]int64, len(batch)), Valid: make([]uint64, (len(batch)+63)/64)}
		}
		for i, r := range batch {
			units[i], groups[i] = r.unit, r.group
			if r.group >= 0 {
				groups[i] = int32(slices.Index(numbers, int(r.group)))
			}
			for j := range inputs {
				if v := r.values[j]; v != nil {
					inputs[j].Values[i] = *v
					inputs[j].Valid[i/64] |= 1 << (i % 64)
				}
			}
		}
		if err := p.Add(units, groups, inputs); err != nil {
			return err
		}
	}
	return nil
}

// byHand computes the totals from the definition of each component, with a map for everything and numbers without
// bounds.
func byHand(q *task.Question, choice Choice, rows []row) ([][]*big.Int, [][]map[uint32]int64) {
	byUnit := map[int64]map[int32][]row{}
	for _, r := range rows {
		if r.group < 0 {
			continue
		}
		if byUnit[r.unit] == nil {
			byUnit[r.unit] = map[int32][]row{}
		}
		byUnit[r.unit][r.group] = append(byUnit[r.unit][r.group], r)
	}
	components := Components(q)
	sums, trees := make([][]*big.Int, len(components)), make([][]map[uint32]int64, len(components))
	for i := range components {
		sums[i], trees[i] = make([]*big.Int, groupsDrawn), make([]map[uint32]int64, groupsDrawn)
		for g := range groupsDrawn {
			sums[i][g], trees[i][g] = new(big.Int), map[uint32]int64{}
		}
	}
	group := func(g int32) uint64 {
		if !Public(q) {
			return choice.Rank(keyOf(int(g)))
		}
		return mix(uint64(g))
	}
	rank := func(u int64, g int32) uint64 { return (group(g) ^ choice.unit(u)) * golden }
	held := make([][groupsDrawn]map[int64]bool, len(components))
	for u, groups := range byUnit {
		var order []int32
		for g := range groups {
			order = append(order, g)
		}
		slices.SortFunc(order, func(a, b int32) int {
			if rank(u, a) < rank(u, b) {
				return -1
			}
			return 1
		})
		for _, g := range order[:min(len(order), q.GroupsPerUnit)] {
			for i, c := range components {
				if c.Kind == task.TotalDistinct {
					hold(&held[i][g], q, c, groups[g], choice.unit(u)^mix(group(g)))
					sums[i][g].SetInt64(int64(len(held[i][g])))
					continue
				}
				share(q, c, groups[g], sums[i][g], trees[i][g])
			}
		}
	}
	return sums, trees
}

// hold adds the distinct values of one unit's rows in one group, as many as rows count: those of least rank.
func hold(set *map[int64]bool, q *task.Question, c task.Component, rows []row, of uint64) {
	own, in := map[int64]bool{}, q.Inputs[c.Input-1]
	for _, r := range rows {
		if v := r.values[c.Input-1]; v != nil {
			own[min(max(*v, in.Lo), in.Hi)] = true
		}
	}
	values := slices.SortedFunc(maps.Keys(own),
		func(a, b int64) int { return stdcmp.Compare(mix(mix(of^uint64(a))), mix(mix(of^uint64(b)))) })
	if *set == nil {
		*set = map[int64]bool{}
	}
	for _, v := range values[:min(len(values), q.RowsPerUnit)] {
		(*set)[v] = true
	}
}

// share adds what one unit's rows in one group are worth; a tree gets the number of values under leaf 0.
func share(q *task.Question, c task.Component, rows []row, sum *big.Int, tree map[uint32]int64) {
	var values []int64
	for _, r := range rows {
		if c.Input == 0 {
			values = append(values, 0)
		} else if v := r.values[c.Input-1]; v != nil {
			in := q.Inputs[c.Input-1]
			values = append(values, min(max(*v, in.Lo), in.Hi))
		}
	}
	n, limit := int64(len(values)), int64(q.RowsPerUnit)
	if n == 0 {
		return
	}
	var in task.MeasuredInput
	if c.Input > 0 {
		in = q.Inputs[c.Input-1]
	}
	times := func(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }
	own := new(big.Int)
	switch c.Kind {
	case task.TotalUnits:
		own.SetInt64(1)
	case task.TotalRows:
		own.SetInt64(min(n, limit))
	case task.TotalTree:
		tree[0] += min(n, limit)
	case task.TotalSum:
		for _, v := range values {
			own.Add(own, big.NewInt(v))
		}
		if lo := times(limit, min(in.Lo, 0)); own.Cmp(lo) < 0 {
			own = lo
		}
		if hi := times(limit, max(in.Hi, 0)); own.Cmp(hi) > 0 {
			own = hi
		}
	case task.TotalCentred, task.TotalSquares:
		for _, v := range values {
			d := v - in.Centre()
			if c.Kind == task.TotalSquares {
				own.Add(own, times(d, d))
			} else {
				own.Add(own, big.NewInt(d))
			}
		}
		if n > limit {
			own.Mul(own, big.NewInt(limit)).Quo(own, big.NewInt(n))
		}
	}
	sum.Add(sum, own)
}

func asBig(x Int128) *big.Int {
	return new(big.Int).Or(new(big.Int).Lsh(big.NewInt(x.Hi), 64), new(big.Int).SetUint64(x.Lo))
}

// A pass over rows sorted by unit gives the totals of the definition, in whatever batches they come, over however many
// passes the units are spread, in whatever order the rows of a unit come, and however the groups are numbered.
func TestPassIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, choice := drawQuestion(t), NewChoice()
		rows := drawRows(t, q)
		slices.SortStableFunc(rows, func(a, b row) int { return int(a.unit - b.unit) })
		numbers := [][]int{{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}}
		if !Public(q) {
			numbers[1] = rapid.Permutation(numbers[0]).Draw(t, "numbers")
		}
		cut := rapid.Int64Range(-4, 9).Draw(t, "cut")
		at, _ := slices.BinarySearchFunc(rows, cut, func(r row, u int64) int { return int(r.unit - u) })
		p, o := newPass(t, q, choice, numbers[0]), newPass(t, q, choice, numbers[1])
		size := rapid.IntRange(1, 90).Draw(t, "size")
		if err := errors.Join(feed(p, rows[:at], size, numbers[0]), feed(o, rows[at:], size, numbers[1])); err != nil {
			t.Fatal(err)
		}
		to := make([]int32, groupsDrawn)
		for from, g := range numbers[1] {
			to[from] = int32(g)
		}
		p.Merge(o, to)
		compare(t, q, p.Totals(nil), choice, rows)
	})
}

func compare(t rapid.TB, q *task.Question, got Totals, choice Choice, rows []row) {
	t.Helper()
	sums, trees := byHand(q, choice, rows)
	for i, c := range Components(q) {
		for g := range groupsDrawn {
			if c.Kind == task.TotalTree {
				values := int64(0)
				for _, n := range got.Trees[i][g] {
					values += n
				}
				if values != trees[i][g][0] {
					t.Fatalf("tree of group %d holds %d values, want %d", g, values, trees[i][g][0])
				}
			} else if x := asBig(got.Sums[i][g]); x.Cmp(sums[i][g]) != 0 {
				t.Fatalf("%s of input %d in group %d is %s, want %s", c.Kind, c.Input, g, x, sums[i][g])
			}
		}
	}
}

// The order in which a unit's rows come decides nothing, trees included.
func TestOrderWithinAUnitDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, choice := drawQuestion(t), NewChoice()
		rows := drawRows(t, q)
		shuffled := rapid.Permutation(rows).Draw(t, "shuffled")
		numbers := []int{0, 1, 2, 3, 4, 5}
		var totals []Totals
		for _, rs := range [][]row{rows, shuffled} {
			rs = slices.Clone(rs)
			slices.SortStableFunc(rs, func(a, b row) int { return int(a.unit - b.unit) })
			p := newPass(t, q, choice, numbers)
			if err := feed(p, rs, 7, numbers); err != nil {
				t.Fatal(err)
			}
			totals = append(totals, p.Totals(nil))
		}
		if d := cmp.Diff(totals[0], totals[1]); d != "" {
			t.Fatal(d)
		}
	})
}

// One unit more moves the totals by no more than sensitivity says: in at most GroupsPerUnit groups, by at most what
// RowsPerUnit rows are worth in each.
func TestOneUnitMovesLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, choice := drawQuestion(t), NewChoice()
		rows := drawRows(t, q)
		slices.SortStableFunc(rows, func(a, b row) int { return int(a.unit - b.unit) })
		without := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.unit == 3 })
		numbers := []int{0, 1, 2, 3, 4, 5}
		with, less := newPass(t, q, choice, numbers), newPass(t, q, choice, numbers)
		if err := errors.Join(feed(with, rows, 9, numbers), feed(less, without, 9, numbers)); err != nil {
			t.Fatal(err)
		}
		a, b := with.Totals(nil), less.Totals(nil)
		for i, c := range Components(q) {
			moved := 0
			for g := range groupsDrawn {
				by := moves(a, b, i, g, c.Kind)
				if by.Sign() != 0 {
					moved++
				}
				if by.CmpAbs(worth(q, c)) > 0 {
					t.Fatalf("%s of input %d moved by %s, more than %s", c.Kind, c.Input, by, worth(q, c))
				}
			}
			if moved > q.GroupsPerUnit {
				t.Fatalf("%s of input %d moved in %d groups", c.Kind, c.Input, moved)
			}
		}
	})
}

func moves(a, b Totals, i, g int, kind task.ComponentKind) *big.Int {
	if kind != task.TotalTree {
		return new(big.Int).Sub(asBig(a.Sums[i][g]), asBig(b.Sums[i][g]))
	}
	n := int64(0)
	for leaf, x := range a.Trees[i][g] {
		n += max(x-b.Trees[i][g][leaf], b.Trees[i][g][leaf]-x)
	}
	return big.NewInt(n)
}

// worth is the most that one unit adds to a component in one group.
func worth(q *task.Question, c task.Component) *big.Int {
	most := int64(1)
	if c.Input > 0 {
		in := q.Inputs[c.Input-1]
		switch c.Kind {
		case task.TotalSum:
			most = max(-min(in.Lo, 0), max(in.Hi, 0))
		case task.TotalCentred, task.TotalSquares:
			most = max(in.Hi-in.Centre(), in.Centre()-in.Lo)
		}
	}
	w := big.NewInt(most)
	if c.Kind == task.TotalSquares {
		w.Mul(w, w)
	}
	if c.Kind != task.TotalUnits {
		w.Mul(w, big.NewInt(int64(q.RowsPerUnit)))
	}
	return w
}

// However many places there are, those chosen are the ones that sorting by rank puts first.
func TestChosenAreLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 2, 10, 16, maxCompared, maxCompared + 1, 70}).Draw(t, "places")
		p := &Pass{bounds: bounds{groups: rapid.IntRange(1, 45).Draw(t, "l0")}}
		p.priority = rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 9), rapid.Uint64()), n, n).Draw(t, "ranks")
		want := make([]int32, len(p.priority))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return stdcmp.Compare(p.priority[a], p.priority[b]) })
		want = want[:min(len(want), p.bounds.groups)]
		slices.Sort(want)
		if got := p.choose(); !slices.Equal(got, want) {
			t.Fatalf("places %v, want %v", got, want)
		}
	})
}

func TestPassSeesThatAUnitComesBack(t *testing.T) {
	q := &task.Question{RowsPerUnit: 1, GroupsPerUnit: 1, Measures: []task.Measure{{Fn: task.MeasureCount}}}
	p := newPass(t, q, NewChoice(), nil)
	if err := p.Add([]int64{1, 2, 2}, []int32{0, 0, 0}, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Add([]int64{1}, []int32{0}, nil); !errors.Is(err, ErrNotClustered) {
		t.Errorf("error %v, want ErrNotClustered", err)
	}
}

func TestPassRefuses(t *testing.T) {
	measure := []task.Measure{{Fn: task.MeasureVar, Input: 1}}
	for name, q := range map[string]task.Question{
		"no rows":        {GroupsPerUnit: 1},
		"no groups":      {RowsPerUnit: 1},
		"empty interval": {RowsPerUnit: 1, GroupsPerUnit: 1, Inputs: []task.MeasuredInput{{Lo: 1}}},
		"squares overflow": {RowsPerUnit: 1, GroupsPerUnit: 1,
			Inputs: []task.MeasuredInput{{Lo: -1 << 62, Hi: 1 << 62}}, Measures: measure},
	} {
		if _, err := NewPass(&q, NewChoice()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	p := newPass(t, &task.Question{RowsPerUnit: 1, GroupsPerUnit: 1}, NewChoice(), nil)
	if p.Add([]int64{1}, []int32{0}, make([]Column, 1)) == nil {
		t.Error("an input too many: no error")
	}
}

func TestProductAndScaled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		c, n := rapid.Int64Range(1, 1<<31).Draw(t, "c"), rapid.Int64Range(1, 1<<40).Draw(t, "n")
		x := product(a, b)
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		if asBig(x).Cmp(want) != 0 {
			t.Fatalf("product %s, want %s", asBig(x), want)
		}
		if n > c {
			want.Mul(want, big.NewInt(c)).Quo(want, big.NewInt(n))
		}
		if got := asBig(scaled(x, c, n)); got.Cmp(want) != 0 {
			t.Fatalf("scaled %s, want %s", got, want)
		}
	})
}

// FuzzPass: in any order of units, a pass either gives the totals that it gives over the sorted rows or says that a
// unit came back.
func FuzzPass(f *testing.F) {
	f.Add([]byte{1, 0, 2, 1, 1, 0, 3, 1, 2})
	f.Add([]byte{5, 3, 200, 4, 3, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		q := &task.Question{RowsPerUnit: 2, GroupsPerUnit: 1, Measures: allMeasures[:7],
			Keys:   []task.GroupKey{{Domain: []string{"0", "1", "2", "3", "4", "5"}}},
			Inputs: []task.MeasuredInput{{Lo: -5, Hi: 9}, {Lo: 0, Hi: 100}}}
		var rows []row
		for r := range slices.Chunk(data, 3) {
			if len(r) == 3 {
				v := int64(int8(r[2]))
				rows = append(rows, row{unit: int64(r[0] % 8), group: int32(r[1]%7) - 1, values: []*int64{&v, nil}})
			}
		}
		choice, numbers := NewChoice(), []int{0, 1, 2, 3, 4, 5}
		p := newPass(t, q, choice, numbers)
		sorted := slices.IsSortedFunc(rows, func(a, b row) int { return int(a.unit - b.unit) })
		err := feed(p, rows, 5, numbers)
		if sorted != (err == nil) || err != nil && !errors.Is(err, ErrNotClustered) {
			t.Fatalf("sorted %v, error %v", sorted, err)
		}
		if err == nil {
			compare(t, q, p.Totals(nil), choice, rows)
		}
	})
}

// BenchmarkPass reads rows of units with ten rows each in 500 groups, of which five count.
func BenchmarkPass(b *testing.B) {
	q := &task.Question{RowsPerUnit: 5, GroupsPerUnit: 5, Inputs: []task.MeasuredInput{{Hi: 1 << 20}},
		Keys:     []task.GroupKey{{Domain: make([]string, 500)}},
		Measures: []task.Measure{{Fn: task.MeasureCount}, {Fn: task.MeasureSum, Input: 1}}}
	const n = 2048
	units, groups, values := make([]int64, n), make([]int32, n), make([]int64, n)
	for i := range n {
		groups[i], values[i] = rand.Int32N(500), rand.Int64N(1<<20)
	}
	p, err := NewPass(q, NewChoice())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(n)
	for k := 0; b.Loop(); k++ {
		for i := range n {
			units[i] = int64(k*n+i) / 10
		}
		if err := p.Add(units, groups, []Column{{Values: values}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
}

// Where every row is a unit of its own, totals of the rows are worth what the rows are.
func TestSummedIsThePassOverRowUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, choice := drawQuestion(t), NewChoice()
		q.RowsPerUnit, q.GroupsPerUnit, q.Measures = 1, 1, allMeasures[:7] // without the quantile
		rows := drawRows(t, q)
		numbers := []int{0, 1, 2, 3, 4, 5}
		lines := make([]int64, groupsDrawn)
		inputs := make([]Summed, len(q.Inputs))
		for j := range inputs {
			inputs[j] = Summed{make([]int64, groupsDrawn), make([]Int128, groupsDrawn), make([]Int128, groupsDrawn)}
		}
		for i := range rows {
			r := &rows[i]
			r.unit = int64(i)
			if r.group < 0 {
				continue
			}
			lines[r.group]++
			for j, v := range r.values {
				if v == nil {
					continue
				}
				x := min(max(*v, q.Inputs[j].Lo), q.Inputs[j].Hi)
				inputs[j].Count[r.group]++
				inputs[j].Sum[r.group] = inputs[j].Sum[r.group].Add(Int(x))
				inputs[j].Squares[r.group] = inputs[j].Squares[r.group].Add(square(x - q.Inputs[j].Centre()))
			}
		}
		p := newPass(t, q, choice, numbers)
		if err := p.AddSummed([]int32{0, 1, 2, 3, 4, 5, -1}, append(lines, 9),
			append([]Summed{}, inputs...)); err != nil {
			t.Fatal(err)
		}
		compare(t, q, p.Totals(nil), choice, rows)
	})
}
