package egress

import (
	"testing"

	"github.com/yumen-data/yumen"
)

// TestDerived holds that a cell computed from others shows only where all of these do, whatever suppressed them.
func TestDerived(t *testing.T) {
	ratio := yumen.ArtifactColumn{Name: "mean", Type: yumen.TypeDouble, Kind: yumen.ColumnAggregate, Function: "ratio",
		Measure: 2,
		From:    []string{"cost", "n"}, Over: &yumen.Divisor{Measure: 1, Counts: true}}
	for _, c := range []struct {
		name   string
		change func(*Subject)
		want   string
	}{
		{"all parts show", func(*Subject) {}, ""},
		{"a group below the threshold", func(s *Subject) { s.Evidence.Groups[1].Units = 3 }, "1mean 2mean"},
		{"a part that one unit dominates", func(s *Subject) { s.Evidence.Groups[0].Measures[1].Share = 0.95 },
			"1mean 2mean"},
		{"a part without value", func(s *Subject) { s.Evidence.Groups[2].Empty = []string{"cost"} },
			"1mean 3mean"}, // whose sum is suppressed, so that the other is not alone
		{"a part that a fix suppressed, and the rest of its line", func(s *Subject) {
			s.Fixes = []yumen.Fix{{Technique: yumen.TechniqueSuppress, Changed: 1,
				Cells: []yumen.Cell{{Row: 1, Column: "n"}}}}
			s.Evidence.Groups[0].Empty = []string{"n"}
		}, "1mean 2mean"},
		{"a part that is not there", func(s *Subject) { s.Columns[3].From = []string{"gone"} },
			"1mean 2mean 3mean 4mean"},
		{"a derived cell without value", func(s *Subject) {
			s.Evidence.Groups[1].Units = 3
			s.Evidence.Groups[1].Empty = []string{"mean"}
		}, "1mean"}, // whose count is suppressed, so that the other is not alone
		{"a correlation of 25 units", func(s *Subject) {
			s.Columns[3].Function = "corr"
			s.Evidence.Groups[3].Units = 25
		}, "4mean"},
	} {
		s := visits(units(50, 60, 70, 80)...)
		s.Columns = append(s.Columns, ratio)
		c.change(&s)
		f := finding(t, Check(s), yumen.RuleThresholdDerived)
		if got := places(f.Cells); got != c.want {
			t.Errorf("%s: suppresses %q, want %q", c.name, got, c.want)
		}
	}
}
