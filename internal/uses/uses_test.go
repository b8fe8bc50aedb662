package uses

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yumen-data/yumen"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		in   yumen.Constraint
		want []string // rule and path
	}{
		{yumen.Constraint{Use: "group", MinK: 10}, nil},
		{yumen.Constraint{Use: "aggregate"}, nil},
		{yumen.Constraint{Use: "aggregate", Functions: Functions, MaxDominance: 1}, nil},
		{yumen.Constraint{Use: "group", MinK: -1}, []string{"constraint.min-k [min_k]"}},
		{yumen.Constraint{Use: "aggregate", MaxDominance: 1.01}, []string{"constraint.max-dominance [max_dominance]"}},
		{yumen.Constraint{Use: "bucket", Width: -1}, []string{"constraint.width [width]"}},
		{yumen.Constraint{Use: "aggregate", Functions: []string{"sum", "min", "sum"}},
			[]string{"constraint.function [functions 1]", "duplicate [functions 2]"}},
		{yumen.Constraint{Use: "mask", Technique: "mobil"}, []string{"constraint.technique [technique]"}},
	} {
		var got []string
		for _, p := range Check(c.in) {
			got = append(got, p.Rule+" "+fmt.Sprint(p.Path()))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.in, diff)
		}
	}
}

func TestLists(t *testing.T) {
	for _, f := range Magnitudes {
		if !slices.Contains(Functions, f) {
			t.Errorf("%s cannot be granted", f)
		}
	}
	for i, use := range All {
		if slices.Index(All, use) != i {
			t.Errorf("%d: %s", i, use)
		}
	}
}
