package privacy

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// silent is noise of nothing but zeros.
func silent(t *testing.T, q *task.Question, n task.Noise) *Drawn {
	t.Helper()
	d, err := Draw(q, n, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range d.noises {
		clear(z)
	}
	return d
}

// totalsOf computes the totals of groups of values of one input, each from a unit of its own.
func totalsOf(q *task.Question, keys [][]Value, groups [][]int64) *Totals {
	t := &Totals{Keys: keys}
	for _, c := range Components(q) {
		var sums []Int128
		var trees []map[uint32]int64
		for _, values := range groups {
			sum, leaves := Int128{}, map[uint32]int64{}
			for _, x := range values {
				d := x - q.Inputs[0].Centre()
				sum = sum.Add(Int(map[task.ComponentKind]int64{task.TotalUnits: 1, task.TotalRows: 1, task.TotalSum: x,
					task.TotalCentred: d, task.TotalSquares: d * d}[c.Kind]))
				leaves[Leaf(q.Inputs[0], x)]++
			}
			sums, trees = append(sums, sum), append(trees, leaves)
		}
		if c.Kind == task.TotalTree {
			sums = nil
		} else {
			trees = nil
		}
		t.Sums, t.Trees = append(t.Sums, sums), append(t.Trees, trees)
	}
	return t
}

// Without noise the measures are what they are called.
func TestFinishComputesTheMeasures(t *testing.T) {
	q := everything()
	n := mustPrice(t, q, 1)
	values := []int64{-1000, 250, 250, 1234, 9999, 20000, 3}
	rows, err := Finish(q, n, silent(t, q, n), totalsOf(q, [][]Value{nil}, [][]int64{values}), 10)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	sum, squares, count := 0.0, 0.0, float64(len(values))
	for _, x := range values {
		sum += float64(x) / 100
		squares += float64(x) / 100 * float64(x) / 100
	}
	variance := squares/count - sum/count*sum/count
	want := []float64{count, count, sum * 100, sum / count, variance * count / (count - 1), variance,
		math.Sqrt(variance * count / (count - 1)), math.Sqrt(variance), 2.5} // the median is 250
	for i, c := range rows[0].Cells[:len(q.Measures)] {
		got, m := c.Float+c.Int.Float64(), q.Measures[i]
		if off := math.Abs(got - want[i]); off > 1e-9*math.Abs(want[i]) && m.Fn != task.MeasureQuantile || off > 0.01 {
			t.Errorf("%s is %v, want %v", m.Fn, got, want[i])
		}
	}
}

// Noise never takes a measure out of what it can be, and never makes it NULL or not a number.
func TestFinishHoldsMeasuresToTheirBounds(t *testing.T) {
	q := everything()
	n := mustPrice(t, q, 0.01)
	lo, hi := -10.0, 200.0
	for range 200 {
		d, err := Draw(q, n, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Finish(q, n, d, totalsOf(q, [][]Value{nil}, [][]int64{{5, 7}}), 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range rows[0].Cells[:len(q.Measures)] {
			least, most := math.Inf(-1), math.Inf(1)
			switch q.Measures[i].Fn {
			case task.MeasureAvg, task.MeasureQuantile:
				least, most = lo, hi
			case task.MeasureVarPop:
				least, most = 0, (hi-lo)*(hi-lo)/4
			case task.MeasureVar:
				least, most = 0, (hi-lo)*(hi-lo)/2
			case task.MeasureStddevPop:
				least, most = 0, (hi-lo)/2
			case task.MeasureStddev:
				least, most = 0, (hi-lo)/math.Sqrt2
			}
			if !(c.Float >= least && c.Float <= most*(1+1e-12)) || math.IsInf(c.Float, 0) {
				t.Fatalf("%s is %v", q.Measures[i].Fn, c.Float)
			}
		}
	}
}

func TestFinishTellsOfLargeGroupsOnly(t *testing.T) {
	q := everything(privateKey)
	n := mustPrice(t, q, 1)
	ones := func(n int) []int64 { return make([]int64, n) }
	keys := [][]Value{{{Text: "small"}}, {{Null: true}}, {{Text: "m"}}, {{Text: "just below τ"}}, {{Text: "a"}}}
	totals := totalsOf(q, keys, [][]int64{ones(9), ones(int(n.Tau)), ones(5000), ones(int(n.Tau) - 1), ones(6000)})
	var told []string
	rows, err := Finish(q, n, silent(t, q, n), totals, 10)
	for _, r := range rows {
		told = append(told, r.Keys[0].Text)
	}
	if d := cmp.Diff([]string{"a", "m", ""}, told); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if rows, _ := Finish(q, n, silent(t, q, n), totals, 2); len(rows) != 2 || rows[1].Keys[0].Text != "m" {
		t.Errorf("with a limit of 2: %v", rows)
	}
	// More groups than noise was drawn for beforehand.
	var many [][]Value
	var values [][]int64
	for i := range 700 {
		many, values = append(many, []Value{{Text: string(rune('!' + i))}}), append(values, ones(3000))
	}
	d, err := Draw(q, n, 5)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := Finish(q, n, d, totalsOf(q, many, values), 1000); err != nil || len(rows) < 690 {
		t.Errorf("%d rows of 700, %v", len(rows), err)
	}
}

// Every public group is answered, in the order of Totals, whatever is in it.
func TestFinishAnswersPublicGroups(t *testing.T) {
	q := everything(publicKey)
	n := mustPrice(t, q, 1)
	keys := [][]Value{{{Text: "a"}}, {{Text: "b"}}, {{Text: "c"}}, {{Null: true}}}
	d, err := Draw(q, n, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Finish(q, n, d, totalsOf(q, keys, make([][]int64, 4)), 0)
	var got [][]Value
	for _, r := range rows {
		got = append(got, r.Keys)
	}
	if d := cmp.Diff(keys, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if _, err := Finish(q, n, d, totalsOf(q, keys[:3], make([][]int64, 3)),
		10); yumen.KindOf(err) != yumen.KindInternal {
		t.Errorf("a group is missing: %v", err)
	}
	if _, err := Finish(q, n, d, &Totals{Keys: keys}, 10); yumen.KindOf(err) != yumen.KindInternal {
		t.Errorf("totals are missing: %v", err)
	}
}

func TestDrawChecksTheNoise(t *testing.T) {
	q := everything(privateKey)
	for name, spoil := range map[string]func(*task.Noise){
		"too little noise":     func(n *task.Noise) { n.Components[2].Sigma *= 0.99 },
		"too little claimed":   func(n *task.Noise) { n.Rho *= 0.99 },
		"sensitivity too low":  func(n *task.Noise) { n.Components[1].Sensitivity /= 2; n.Components[1].Sigma /= 2 },
		"τ too low":            func(n *task.Noise) { n.Tau-- },
		"no threshold":         func(n *task.Noise) { n.MinUnits = 0 },
		"δ of nothing":         func(n *task.Noise) { n.Delta = 0 },
		"a component less":     func(n *task.Noise) { n.Components = n.Components[1:] },
		"components swapped":   func(n *task.Noise) { slices.Reverse(n.Components) },
		"no noise":             func(n *task.Noise) { n.Components[0].Sigma = 0 },
		"noise of no number":   func(n *task.Noise) { n.Components[0].Sigma = math.NaN() },
		"noise without bounds": func(n *task.Noise) { n.Components[0].Sigma = math.Inf(1) },
	} {
		n := mustPrice(t, q, 1)
		spoil(&n)
		if _, err := Draw(q, n, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever an enclave is asked, it refuses or answers.
func FuzzDraw(f *testing.F) {
	for _, q := range []*task.Question{everything(), everything(publicKey), everything(privateKey)} {
		n, err := Price(q, 1, budget, 10)
		if err != nil {
			f.Fatal(err)
		}
		b, err := json.Marshal(task.PrivateSpec{Question: *q, Noise: n, MaxRows: 3})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var spec task.PrivateSpec
		if json.Unmarshal(b, &spec) != nil {
			return
		}
		q := &spec.Question
		if groups, public := Groups(q); public && groups > 100 {
			return // would take its time
		}
		d, err := Draw(q, spec.Noise, spec.MaxRows)
		if err != nil {
			return
		}
		groups, _ := Groups(q)
		keys := make([][]Value, groups)
		for i := range keys {
			keys[i] = make([]Value, len(q.Keys))
		}
		rows, err := Finish(q, spec.Noise, d, totalsOf(q, keys, make([][]int64, groups)), spec.MaxRows)
		if err != nil || Public(q) && len(rows) != groups {
			t.Fatalf("%d rows of %d, %v", len(rows), groups, err)
		}
	})
}

// A quantile grows with q, lies within the bounds, and without noise is one of the values next to the true one.
func TestQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "lo")
		in := task.MeasuredInput{Type: "integer", Lo: lo,
			Hi: lo + rapid.OneOf(rapid.Int64Range(0, 300), rapid.Int64Range(0, 1<<41)).Draw(t, "width")}
		values := rapid.SliceOfN(rapid.Int64Range(in.Lo, in.Hi), 1, 100).Draw(t, "values")
		leaves := map[uint32]int64{}
		for _, x := range values {
			leaves[Leaf(in, x)]++
		}
		qs := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 8).Draw(t, "qs")
		slices.Sort(qs)
		noises := make([]int64, len(qs)*treeHeight*treeFanout)
		exact := newNoisyTree(in, leaves, slices.Clone(noises), 0)
		sigma := rapid.IntRange(0, 20).Draw(t, "σ")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range noises {
			noises[i] = int64(r.NormFloat64() * float64(sigma))
		}
		noisy := newNoisyTree(in, leaves, noises, float64(sigma))
		last := math.Inf(-1)
		for _, q := range qs {
			got := noisy.quantile(q)
			if got < last || got < float64(in.Lo) || got > float64(in.Hi) {
				t.Fatalf("the %v-quantile is %v after %v, bounds %d and %d", q, got, last, in.Lo, in.Hi)
			}
			last = got
			checkRank(t, in, values, q, exact.quantile(q))
		}
	})
}

// checkRank allows for the width of a leaf.
func checkRank(t *rapid.T, in task.MeasuredInput, values []int64, q, got float64) {
	leaf := (float64(in.Hi) - float64(in.Lo) + 1) / treeLeaves
	below, upTo := 0, 0
	for _, x := range values {
		if float64(x) <= got-leaf-1e-3 {
			below++
		}
		if float64(x) <= got+leaf+1e-3 {
			upTo++
		}
	}
	n := float64(len(values))
	if float64(below) > q*n+1e-9 || float64(upTo) < q*n-1e-9 {
		t.Fatalf("the %v-quantile of %d values is %v: %d lie below, %d up to it", q, len(values), got, below, upTo)
	}
}

func TestColumns(t *testing.T) {
	q := everything(publicKey, task.GroupKey{Type: yumen.TypeDate})
	q.Inputs = append(q.Inputs, task.MeasuredInput{Type: yumen.TypeBoolean, Hi: 1},
		task.MeasuredInput{Type: "decimal(38,19)", Scale: 19, Hi: 1},
		task.MeasuredInput{Type: yumen.TypeDouble, Scale: 3, Hi: 1})
	for i := range 3 {
		q.Measures = append(q.Measures, task.Measure{Fn: task.MeasureSum, Input: i + 2})
	}
	var got []yumen.Type
	for _, c := range Columns(q) {
		got = append(got, c.Type)
	}
	want := []yumen.Type{"text", "date", "integer", "integer", "decimal(38,2)", "double", "double", "double", "double",
		"double", "double", "integer", "double", "double"}
	for range q.Measures { // and their errors
		want = append(want, "double")
	}
	if d := cmp.Diff(want, got); d != "" || Columns(q)[1].Name != "k2" || Columns(q)[2].Name != "v1" ||
		Columns(q)[2+len(q.Measures)].Name != "e1" {
		t.Error(d)
	}
}

// Large sums are drawn on a coarser grid, and doubles are scaled back.
func TestFinishOnACoarseGrid(t *testing.T) {
	in := task.MeasuredInput{Type: yumen.TypeDouble, Scale: 2, Lo: -1 << 61, Hi: 1 << 61}
	q := &task.Question{RowsPerUnit: 1, GroupsPerUnit: 1, Inputs: []task.MeasuredInput{in},
		Measures: []task.Measure{{Fn: task.MeasureSum, Input: 1}}}
	n := mustPrice(t, q, 1)
	sigma := n.Components[0].Sigma
	if grain(sigma) == 0 {
		t.Fatalf("σ is %v only", sigma)
	}
	total := Int(1 << 62).times(20)
	rows, err := Finish(q, n, silent(t, q, n),
		&Totals{Keys: [][]Value{nil}, Sums: [][]Int128{{total}}, Trees: make([][]map[uint32]int64, 1)}, 1)
	if want := math.Exp2(82) / 100; err != nil || math.Abs(rows[0].Cells[0].Float-want) > 1e-9*want {
		t.Errorf("the sum is %v, want %v, %v", rows, want, err)
	}
}
