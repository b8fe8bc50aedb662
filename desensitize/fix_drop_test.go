package desensitize

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
)

func TestKept(t *testing.T) {
	drop := yumen.Fix{Technique: yumen.TechniqueDrop, Params: map[string]string{"rule": "keys.suppressed"}}
	for _, c := range []struct {
		name string
		rows []string
		want []int
	}{
		{"none empty", []string{"东|1|1.00|1", "西|2|2.00|2"}, []int{0, 1}},
		{"some empty", []string{"东|∅|∅|∅", "西|2|2.00|2", "南|∅|∅|∅", "∅|3|3.00|3"}, []int{1, 3}},
		{"partly empty stay", []string{"东|∅|∅|1", "西|∅|2.00|∅", "南|3|∅|∅", "∅|∅|∅|∅"}, []int{0, 1, 2}},
		{"zero is a value", []string{"东|0|∅|∅"}, []int{0}},
		{"all empty", []string{"东|∅|∅|∅", "∅|∅|∅|∅"}, []int{}},
		{"no rows", nil, []int{}},
	} {
		got, err := Kept(table(t, stays, c.rows...), stays, drop)
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", c.name, err, d)
		}
	}
}

func TestKeptRefuses(t *testing.T) {
	rec := table(t, stays, "东|∅|∅|∅")
	for name, c := range map[string]struct {
		cols []yumen.ArtifactColumn
		fix  yumen.Fix
	}{
		"other columns":  {stays[:3], yumen.Fix{Technique: yumen.TechniqueDrop}},
		"rows named":     {stays, yumen.Fix{Technique: yumen.TechniqueDrop, Cells: []yumen.Cell{{Row: 1}}}},
		"columns named":  {stays, yumen.Fix{Technique: yumen.TechniqueDrop, Columns: []string{"n"}}},
		"a parameter":    {stays, yumen.Fix{Technique: yumen.TechniqueDrop, Params: map[string]string{"base": "5"}}},
		"something else": {stays, yumen.Fix{Technique: yumen.TechniqueRound}},
	} {
		if _, err := Kept(rec, c.cols, c.fix); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	keys := []yumen.ArtifactColumn{stays[0]}
	if _, err := Kept(table(t, keys, "东"), keys,
		yumen.Fix{Technique: yumen.TechniqueDrop}); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("keys alone: %v", err)
	}
	if _, _, err := Apply(rec, stays, []yumen.Fix{{Technique: yumen.TechniqueDrop}},
		1); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("among fixes of cells: %v", err)
	}
}
