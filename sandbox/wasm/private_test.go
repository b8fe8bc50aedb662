package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// testBudget is what the tests of class dp spend from.
var testBudget = yumen.Budget{Epsilon: 10, Delta: 1e-6}

// askFor makes the spec of a private run over tables. A column named "me" shows the unit.
func (j unitsJob) askFor(t testing.TB, epsilon float64) task.WasmSpec {
	t.Helper()
	m := task.Module{Program: yumen.DigestOf(j.module), Units: j.spec}
	var views []task.View
	for i, s := range j.sources {
		v := task.View{Name: fmt.Sprintf("table%d", i+1)}
		for _, c := range s.columns {
			from := c.Name
			if c.Name == "me" {
				from = yumen.UnitColumn
			}
			v.Columns = append(v.Columns, task.ViewColumn{Name: c.Name, From: from, Type: c.Type})
		}
		views = append(views, v)
		m.Files = append(m.Files, task.WasmFile{Name: v.Name + ".arrow", View: v.Name, Format: yumen.FormatArrow})
	}
	q := privacy.OverUnits("person", views, m)
	noise, err := privacy.Price(&q, epsilon, testBudget, 10)
	if err != nil {
		t.Fatal(err)
	}
	return task.WasmSpec{Private: &task.PrivateSpec{Question: q, Noise: noise, MaxRows: 10_000}}
}

// noisy runs the job as class dp and returns the noisy table, names and types first.
func (j unitsJob) noisy(t testing.TB, spec task.WasmSpec) [][]string {
	t.Helper()
	in := j.enclave(t, spec)
	if err := Handler(copyTables)(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(in.Outputs)); !slices.Equal(got, []string{task.OutNoisy}) || in.Steps != 0 {
		t.Errorf("streams %v, %d words on how far it has come; want the noisy table alone", got, in.Steps)
	}
	return sandboxtest.Rows(t, in.Outputs[task.OutNoisy].Bytes(), "∅", true)
}

// totals are what noise would be added to.
func (j unitsJob) totals(t testing.TB, spec task.WasmSpec) *privacy.Totals {
	t.Helper()
	u, err := newUnits(t.Context(), j.enclave(t, spec), spec, copyTables)
	if err != nil {
		t.Fatal(err)
	}
	defer u.close()
	got, err := u.totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What a module misbehaves in, by the first cell of its first row.
const (
	misTrap = iota + 100
	misLoop
	misNaN
	misInf
	misNegInf
	misLength
	misGroup
	misOutside
	misCounter // in memory
	misGrow    // memory, telling how large it was
	misLast
)

// misbehaving builds a module whose result for a unit is a group and a number of its own, unless its first cell asks
// for worse: group cell mod 3, number cell.
func misbehaving() []byte {
	cell := asm().local(0).local(0).op(0x28, 2, 16, 0x6a, 0x29, 3, 0).code
	cell32 := cat(cell, []byte{0xa7})
	give := func(size int64) []byte { return asm().i64(1024<<32 | size).op(0x0f).code }
	store := func(value []byte) []byte { return cat(asm().i32(1032).code, value, []byte{0x39, 3, 0}) }
	bits := func(f float64) []byte { return asm().i64(int64(math.Float64bits(f))).op(0xbf).code }
	when := func(what int64, then ...[]byte) []byte {
		return cat(cell, asm().i64(what).op(0x51, 0x04, 0x40).code, cat(then...), []byte{opEnd})
	}
	body := cat(
		// A module that is given no rows returns 0 in group 0.
		asm().local(0).op(0x28, 2, 8, 0x45, 0x04, 0x40).code, give(16), []byte{opEnd},
		when(misTrap, []byte{0x00}),
		when(misLoop, []byte{0x03, 0x40, 0x0c, 0, opEnd}),
		when(misNaN, store(bits(math.NaN())), give(16)),
		when(misInf, store(bits(math.Inf(1))), give(16)),
		when(misNegInf, store(bits(math.Inf(-1))), give(16)),
		when(misLength, give(24)),
		when(misGroup, asm().i32(1024).i32(3).op(0x36, 2, 0).code, give(16)),
		when(misOutside, asm().i64(-8<<32|16).op(0x0f).code),
		when(misCounter, store(cat(countMemory(8), []byte{0xb9})), give(16)),
		when(misGrow, store(asm().i32(1).op(0x40, 0, 0xb7).code), give(16)),
		asm().i32(1024).code, cell32, asm().i32(3).op(0x6f, 0x36, 2, 0).code,
		store(cat(cell, []byte{0xb9})), asm().i64(1024<<32|16).code)
	return withMap(body)
}

var misSpec = task.UnitsSpec{Mode: yumen.ModeMap, Groups: 3, Steps: 1000,
	Coordinates: []yumen.Coordinate{number64("x", yumen.TypeDouble, -5, 10, 2.5)}}

// misResult is what a unit counts for, by what its first cell is.
func misResult(cell int) (group int, x float64) {
	switch cell {
	case misTrap, misLoop, misNaN, misLength, misGroup, misOutside:
		return 0, 2.5
	case misInf:
		return 0, 10
	case misNegInf:
		return 0, -5
	case misCounter, misGrow:
		return 0, 1
	}
	return cell % 3, float64(min(cell, 10))
}

func cellsOf(cells map[int][]int) source {
	s := source{columns: columns("_unit", "integer", "v", "integer")}
	for _, unit := range slices.Sorted(maps.Keys(cells)) {
		for _, c := range cells[unit] {
			s.rows = append(s.rows, []string{strconv.Itoa(unit), strconv.Itoa(c)})
		}
	}
	return s
}

// drawCells draws units with rows each, among them some that make the module misbehave.
func drawCells(t *rapid.T) map[int][]int {
	cell := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(misTrap, misLast-1))
	return rapid.MapOfN(rapid.IntRange(0, 500), rapid.SliceOfN(cell, 1, 4), 1, 30).Draw(t, "units")
}

// TestNeighboursInMapMode holds, of a module that does all it can to make others' results depend on one unit, that
// totals are the sum of what each unit counts for alone, and that without a unit they move by no more than the noise
// hides.
func TestNeighboursInMapMode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cells := drawCells(rt)
		job := unitsJob{module: misbehaving(), sources: []source{cellsOf(cells)}, spec: misSpec}
		spec := job.askFor(t, 1)
		with := job.totals(t, spec)
		scale := math.Pow10(spec.Private.Question.Inputs[0].Scale)
		var units, sums [3]int64
		for _, c := range cells {
			g, x := misResult(c[0])
			units[g]++
			sums[g] += int64(x * scale)
		}
		for g := range units {
			if with.Sums[0][g] != privacy.Int(units[g]) || with.Sums[1][g] != privacy.Int(sums[g]) {
				rt.Fatalf("group %d: %v units and a sum of %v, want %d and %d", g, with.Sums[0][g], with.Sums[1][g],
					units[g], sums[g])
			}
		}
		delete(cells, rapid.SampledFrom(slices.Sorted(maps.Keys(cells))).Draw(rt, "who leaves"))
		job.sources = []source{cellsOf(cells)}
		within(rt, spec.Private, with, job.totals(t, spec))
	})
}

// TestNeighboursInBlockMode holds the same of blocks: one unit may change what its block gives to anything, and no
// other.
func TestNeighboursInBlockMode(t *testing.T) {
	block := misSpec
	block.Mode, block.Groups, block.Blocks = yumen.ModeBlock, 1, 7
	block.Coordinates = []yumen.Coordinate{number64("mean", yumen.TypeDouble, -5, 10, 2.5)}
	rapid.Check(t, func(rt *rapid.T) {
		cells := drawCells(rt)
		job := unitsJob{module: misbehaving(), sources: []source{cellsOf(cells)}, spec: block, key: testKey}
		job.spec.Coordinates = slices.Clone(block.Coordinates)
		if rapid.Bool().Draw(rt, "median") {
			job.spec.Coordinates[0].Take = yumen.CentralMedian
		}
		spec := job.askFor(t, 1)
		with := job.totals(t, spec)
		delete(cells, rapid.SampledFrom(slices.Sorted(maps.Keys(cells))).Draw(rt, "who leaves"))
		job.sources = []source{cellsOf(cells)}
		without := job.totals(t, spec)
		within(rt, spec.Private, with, without)
		if spec.Private.Noise.Components[0].Kind != task.TotalTree {
			return
		}
		for _, totals := range []*privacy.Totals{with, without} {
			n := int64(0)
			for _, c := range totals.Trees[0][0] {
				n += c
			}
			if n != int64(block.Blocks) {
				rt.Fatalf("%d blocks counted, want %d whatever the data", n, block.Blocks)
			}
		}
	})
}

// within fails if totals are further apart than the sensitivity that the noise was made for.
func within(t rapid.TB, p *task.PrivateSpec, a, b *privacy.Totals) {
	t.Helper()
	for i, c := range p.Noise.Components {
		square := new(big.Int)
		for g := range a.Sums[i] {
			d := new(big.Int).Sub(bigOf(a.Sums[i][g]), bigOf(b.Sums[i][g]))
			square.Add(square, d.Mul(d, d))
		}
		for g := range a.Trees[i] {
			square.Add(square, treeDistance(a.Trees[i][g], b.Trees[i][g]))
		}
		moved, _ := new(big.Float).SetInt(square).Float64()
		if s := privacy.Sensitivity(&p.Question, c); math.Sqrt(moved) > s*(1+1e-12) || c.Sensitivity < s {
			t.Fatalf("%s moved by %v, the sensitivity is %v, the noise was made for %v", c.Kind, math.Sqrt(moved), s,
				c.Sensitivity)
		}
	}
}

// treeDistance is the squared distance over all nodes of the four levels of sixteen children.
func treeDistance(a, b map[uint32]int64) *big.Int {
	square := int64(0)
	for level := range 4 {
		nodes := map[uint32]int64{}
		for leaf, n := range a {
			nodes[leaf>>(4*level)] += n
		}
		for leaf, n := range b {
			nodes[leaf>>(4*level)] -= n
		}
		for _, n := range nodes {
			square += n * n
		}
	}
	return big.NewInt(square)
}

// TestPrivateSumsAreExact holds that the sum of doubles is that of their whole numbers, whatever the order of the
// units.
func TestPrivateSumsAreExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-2000, 2000), 1, 40).Draw(rt, "values")
		c := number64("x", yumen.TypeDouble, -1000, 900.5, 0)
		want := new(big.Int)
		for _, v := range values {
			clamped := new(big.Float).SetFloat64(min(max(v, c.Min), c.Max))
			units, _ := clamped.Mul(clamped, big.NewFloat(1e9)).Float64() // 9 digits keep 1000 below 2^40
			n, _ := big.NewFloat(math.RoundToEven(units)).Int(nil)
			want.Add(want, n)
		}
		for range 2 {
			s := source{columns: columns("_unit", "integer", "v", "double")}
			for i, v := range values {
				s.rows = append(s.rows, []string{strconv.Itoa(i), formatDouble(v)})
			}
			job := unitsJob{module: returning(0, 16), sources: []source{s},
				spec: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1, Steps: 1000, Coordinates: []yumen.Coordinate{c}}}
			spec := job.askFor(t, 1)
			if in := spec.Private.Question.Inputs[0]; in.Scale != 9 {
				rt.Fatalf("scale %d", in.Scale)
			}
			got := job.totals(t, spec)
			if bigOf(got.Sums[1][0]).Cmp(want) != 0 {
				rt.Fatalf("%v, want %v", bigOf(got.Sums[1][0]), want)
			}
			slices.Reverse(values)
		}
	})
}

// noiseAtMost is how far the library's noise goes, in standard deviations, and one for rounding.
func noiseAtMost(c task.Component) float64 { return 9*c.Sigma + 1 }

// TestPrivateMap runs the shipped module: every group is answered, each figure as near as its noise says, and nothing
// else.
func TestPrivateMap(t *testing.T) {
	list := people(3000)
	job := unitsJob{module: guest(t, "care"), sources: careSources(list), spec: careSpec}
	spec := job.askFor(t, 8)
	got := job.noisy(t, spec)
	columns := []string{"k1 integer", "v1 integer", "v2 integer", "v3 integer", "v4 integer", "v5 double",
		"e1 double", "e2 double", "e3 double", "e4 double", "e5 double"}
	if d := cmp.Diff(columns, got[0]); d != "" {
		t.Error(d)
	}
	exact := job.totals(t, spec)
	same := 0
	for g, row := range got[1:] {
		if row[0] != strconv.Itoa(g) {
			t.Errorf("group %s in place of %d", row[0], g)
		}
		for i, c := range spec.Private.Noise.Components {
			scale := 1.0
			if c.Input > 0 {
				scale = math.Pow10(spec.Private.Question.Inputs[c.Input-1].Scale)
			}
			v, err := strconv.ParseFloat(row[i+1], 64)
			if err != nil {
				t.Fatal(err)
			}
			off := math.Abs(v*scale - exact.Sums[i][g].Float64())
			if off > noiseAtMost(c) {
				t.Errorf("group %d, %s: off by %v, sigma %v", g, got[0][i+1], off, c.Sigma)
			}
			if off == 0 {
				same++
			}
		}
	}
	if len(got) != 1+careSpec.Groups || same > careSpec.Groups*5/2 {
		t.Errorf("%d rows, %d exact cells", len(got), same)
	}
	want := care(list)
	for g, n := range exact.Sums[0] {
		if fmt.Sprint(n.Lo) != want[g+1][1] {
			t.Errorf("group %d: %d units, want %s", g, n.Lo, want[g+1][1])
		}
	}
}

// TestPrivateBlocks holds mean and median of blocks against those without noise.
func TestPrivateBlocks(t *testing.T) {
	s := source{columns: columns("_unit", "integer", "me", "integer", "fee_total", "decimal(10,2)")}
	for unit := range 4000 {
		s.rows = append(s.rows, []string{strconv.Itoa(unit), strconv.Itoa(unit), fmt.Sprintf("%d.50", unit*unit%977)})
	}
	job := unitsJob{module: guest(t, "inequality"), sources: []source{s}, spec: inequalitySpec(200), key: testKey}
	without, _, err := job.run(t)
	if err != nil {
		t.Fatal(err)
	}
	job.spec.Coordinates = slices.Clone(job.spec.Coordinates)
	job.spec.Coordinates[1].Take = yumen.CentralMedian
	spec := job.askFor(t, 10)
	got := job.noisy(t, spec)
	if d := cmp.Diff([]string{"v1 double", "v2 double", "v3 double", "e1 double", "e2 double", "e3 double"},
		got[0]); d != "" || len(got) != 2 {
		t.Fatal(d, got)
	}
	for i, c := range spec.Private.Noise.Components {
		v, _ := strconv.ParseFloat(got[1][i], 64)
		column, near := 1, noiseAtMost(c)/200/math.Pow10(spec.Private.Question.Inputs[i].Scale)
		if c.Kind == task.TotalTree {
			column, near = 2, 0.1
		}
		want, _ := strconv.ParseFloat(without[i+1][column], 64)
		if math.Abs(v-want) > near {
			t.Errorf("%s: %v, without noise %v", without[i+1][0], v, want)
		}
	}
}

// TestUnitsAreHidden holds that a module of class dp does not see the number of a unit, which depends on which other
// units there are, but its place in the record.
func TestUnitsAreHidden(t *testing.T) {
	s := source{columns: columns("_unit", "integer", "me", "integer")}
	for _, unit := range []string{"7", "7", "12", "900"} {
		s.rows = append(s.rows, []string{unit, unit})
	}
	job := unitsJob{module: returning(0, 16), sources: []source{s}, key: testKey,
		spec: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1, Steps: 1000,
			Coordinates: []yumen.Coordinate{number64("x", yumen.TypeInteger, 0, 1000, 0)}}}
	if got := job.totals(t, job.askFor(t, 1)).Sums[1][0]; got != (privacy.Int128{}) {
		t.Errorf("map: the numbers add up to %v", got)
	}
	job.spec.Mode, job.spec.Blocks = yumen.ModeBlock, 1
	spec := job.askFor(t, 1)
	u, err := newUnits(t.Context(), job.enclave(t, spec), spec, copyTables)
	if err != nil {
		t.Fatal(err)
	}
	defer u.close()
	in, err := openRows(u.paths)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	rec, err := u.record(in)
	if err != nil {
		t.Fatal(err)
	}
	for unit, any := in.next(); any; unit, any = in.next() {
		if err := in.take(unit, rec); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([][]string{{"5", "0"}, {"5", "0"}, {"5", "1"}, {"5", "2"}},
		readBack(rec.bytes(), 0, "n")); d != "" {
		t.Error(d)
	}
}

// TestTooLargeRecords holds that a record which has no room counts with the default, in every class.
func TestTooLargeRecords(t *testing.T) {
	s := source{columns: columns("_unit", "integer", "v", "integer")}
	for range 3000 {
		s.rows = append(s.rows, []string{"1", "3"})
	}
	s.rows = append(s.rows, []string{"2", "3"})
	spec := task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1, Steps: 1000,
		Coordinates: []yumen.Coordinate{number64("x", yumen.TypeInteger, -9, 9, -2)}}
	job := unitsJob{module: returning(0, 16), sources: []source{s}, spec: spec, key: testKey}
	for _, mode := range []yumen.WasmMode{yumen.ModeMap, yumen.ModeBlock} {
		job.spec.Mode, job.spec.Blocks = mode, 1
		u, err := newUnits(t.Context(), job.enclave(t, job.askFor(t, 1)), job.askFor(t, 1), copyTables)
		if err != nil {
			t.Fatal(err)
		}
		defer u.close()
		u.room = 20_000
		totals, err := u.totals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, want := totals.Sums[len(totals.Sums)-1][0], privacy.Int(3-2)
		if mode == yumen.ModeBlock {
			want = privacy.Int(-2)
		}
		if got != want {
			t.Errorf("%s: %v", mode, got)
		}
	}
}

// TestUnsoundPrivateSpecs are refused before the tables are handed over.
func TestUnsoundPrivateSpecs(t *testing.T) {
	sound := unitsJob{module: returning(0, 16), sources: []source{cellsOf(map[int][]int{1: {1}})}, spec: misSpec}
	handed := errors.New("the tables were handed over")
	refuse := func(context.Context, sandbox.Env, task.WasmSpec, string) error { return handed }
	if err := Handler(refuse)(t.Context(), sound.enclave(t, sound.askFor(t, 1))); !errors.Is(err, handed) {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*task.PrivateSpec){
		"too little noise":  func(p *task.PrivateSpec) { p.Noise.Components[1].Sigma /= 2 },
		"no noise":          func(p *task.PrivateSpec) { p.Noise.Components[1].Sigma = 0 },
		"too sensitive":     func(p *task.PrivateSpec) { p.Noise.Components[1].Sensitivity /= 2 },
		"a total less":      func(p *task.PrivateSpec) { p.Noise.Components = p.Noise.Components[:1] },
		"other bounds":      func(p *task.PrivateSpec) { p.Question.Inputs[0].Hi /= 2 },
		"bounds of its own": func(p *task.PrivateSpec) { p.Question.Module.Units.Coordinates[0].Max = 1e9 },
		"more groups":       func(p *task.PrivateSpec) { p.Question.Module.Units.Groups++ },
		"another module":    func(p *task.PrivateSpec) { p.Question.Module.Program = yumen.DigestOf([]byte("x")) },
		"no module":         func(p *task.PrivateSpec) { p.Question.Module = nil },
		"too many rows":     func(p *task.PrivateSpec) { p.MaxRows = 2 },
		"another mode":      func(p *task.PrivateSpec) { p.Question.Module.Units.Mode = yumen.ModeCommand },
	} {
		spec := sound.askFor(t, 1)
		change(spec.Private)
		if err := Handler(refuse)(t.Context(), sound.enclave(t, spec)); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	spec := sound.askFor(t, 1)
	spec.Units = &sound.spec
	if err := Handler(refuse)(t.Context(), sound.enclave(t, spec)); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("two specs: %v", err)
	}
}

// TestPrivateInEnclave runs the same behind the real walls.
func TestPrivateInEnclave(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	job := unitsJob{module: guest(t, "care"), sources: careSources(people(300)), spec: careSpec}
	var out bytes.Buffer
	if _, err := host.Run(t.Context(), job.confined(t, job.askFor(t, 1)),
		map[string]io.Writer{task.OutNoisy: &out}); err != nil {
		t.Fatal(err)
	}
	if got := rowsOf(t, out.Bytes()); len(got) != 10 {
		t.Errorf("%v", got)
	}
}
