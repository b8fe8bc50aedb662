package privacy_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// A value between the bounds is counted between what the bounds are counted as, whatever the bounds, and no further
// from itself than half a unit.
func TestCounterKeepsToBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.OneOf(rapid.Float64Range(-1<<53, 1<<53), rapid.Float64Range(-1, 1),
			rapid.Float64Range(-1e-15, 1e-15))
		c := yumen.Coordinate{Type: yumen.TypeDouble, Min: bound.Draw(t, "min"), Max: bound.Draw(t, "max")}
		if c.Min > c.Max {
			c.Min, c.Max = c.Max, c.Min
		}
		n := privacy.NewCounter(c)
		v := rapid.Float64Range(c.Min, c.Max).Draw(t, "value")
		lo, hi, got := n.Count(c.Min), n.Count(c.Max), n.Count(v)
		if got < lo || got > hi {
			t.Fatalf("%v becomes %d, bounds %d and %d", v, got, lo, hi)
		}
		unit := math.Pow10(-n.Scale)
		if off := math.Abs(float64(got)*unit - v); off > unit/2+4e-16*math.Abs(v) {
			t.Fatalf("%v is off by %v of a unit of %v", v, off, unit)
		}
	})
}

func TestOverUnits(t *testing.T) {
	coordinates := []yumen.Coordinate{{Name: "n", Type: yumen.TypeInteger, Min: -3, Max: 20, Default: 1},
		{Name: "x", Type: yumen.TypeDouble, Min: 0.5, Max: 2, Default: 1}}
	module := func(mode yumen.WasmMode, groups, blocks int) task.Module {
		return task.Module{Program: "sha256:00",
			Units: task.UnitsSpec{Mode: mode, Groups: groups, Blocks: blocks, Steps: 9, Coordinates: coordinates}}
	}
	q := privacy.OverUnits("person", nil, module(yumen.ModeMap, 3, 0))
	wantKeys := []task.GroupKey{{Type: yumen.TypeInteger, Domain: []string{"0", "1", "2"}}}
	wantInputs := []task.MeasuredInput{{Type: yumen.TypeInteger, Lo: -3, Hi: 20},
		{Type: yumen.TypeDouble, Scale: 11, Lo: 5e10, Hi: 2e11}}
	wantMeasures := []task.Measure{{Fn: task.MeasureUnits}, {Fn: task.MeasureSum, Input: 1},
		{Fn: task.MeasureSum, Input: 2}}
	if d := cmp.Diff(wantKeys, q.Keys) + cmp.Diff(wantInputs, q.Inputs) + cmp.Diff(wantMeasures, q.Measures); d != "" {
		t.Error(d)
	}
	coordinates[1].Take = yumen.CentralMedian
	q = privacy.OverUnits("person", nil, module(yumen.ModeBlock, 1, 50))
	wantMeasures = []task.Measure{{Fn: task.MeasureAvg, Input: 1}, {Fn: task.MeasureQuantile, Input: 2, Q: 0.5}}
	if d := cmp.Diff(wantInputs, q.Inputs) + cmp.Diff(wantMeasures, q.Measures); d != "" || q.Keys != nil ||
		q.Blocks != 50 || !privacy.Public(&q) {
		t.Error(d)
	}
	// Names and what is the default anyway make no other question.
	coordinates[0].Name, coordinates[0].Take = "another", yumen.CentralMean
	again := privacy.OverUnits("person", nil, module(yumen.ModeBlock, 1, 50))
	if d := cmp.Diff(q, again); d != "" {
		t.Error(d)
	}
}
