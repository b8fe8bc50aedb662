package egress

import (
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// What the ledger finds is weighed: lost labels block, a difference that rounding does not hide fails, one that it
// hides, full cells and what was not compared are for people, and nothing else is.
//
// Duty 106 (XX38.3): each rule about what left before has a case that triggers it and one that does not.
func TestHistory(t *testing.T) {
	cells := func(n int) (out []yumen.Cell) {
		for i := range n {
			out = append(out, yumen.Cell{Row: i + 1, Column: "n"})
		}
		return out
	}
	base := Compared{K: 10, Rounding: 5, Releases: []string{"r-1", "r-2"}, Roundings: []int{5, 1}}
	for name, c := range map[string]struct {
		change func(*Compared)
		rule   yumen.Rule
		want   yumen.Verdict
	}{
		"nothing":           {func(*Compared) {}, yumen.RuleLedgerDifference, yumen.VerdictPass},
		"labels there":      {func(*Compared) {}, yumen.RuleLedgerMissing, yumen.VerdictPass},
		"earlier lost":      {func(c *Compared) { c.Missing = []string{"r-1"} }, yumen.RuleLedgerMissing, yumen.VerdictBlock},
		"own lost":          {func(c *Compared) { c.Unlabeled = true }, yumen.RuleLedgerMissing, yumen.VerdictBlock},
		"an old release":    {func(c *Compared) { c.Unexamined = []string{"r-0"} }, yumen.RuleLedgerUnexamined, yumen.VerdictReview},
		"a few people":      {found(task.Difference{What: task.FewUnits, With: []int{0}, Units: 3, Cells: cells(2), Earlier: []int{2}}), yumen.RuleLedgerDifference, yumen.VerdictFail},
		"under rounding":    {found(task.Difference{What: task.FewUnits, With: []int{0}, Units: 3, Cells: cells(6), Earlier: []int{6}}), yumen.RuleLedgerDifference, yumen.VerdictReview},
		"half unrounded":    {found(task.Difference{What: task.FewUnits, With: []int{1}, Units: 3, Cells: cells(6), Earlier: []int{6}}), yumen.RuleLedgerDifference, yumen.VerdictFail},
		"a full cell":       {found(task.Difference{What: task.FullCells, With: []int{0}, Cells: cells(1), Earlier: []int{1}}), yumen.RuleLedgerDifference, yumen.VerdictReview},
		"the public number": {found(task.Difference{What: task.FewUnits, Units: 1, Cells: cells(1), Total: true}), yumen.RuleLedgerDifference, yumen.VerdictFail},
		"undecided":         {func(c *Compared) { c.Answer.Open = []task.Difference{{With: []int{1}}} }, yumen.RuleLedgerUnexamined, yumen.VerdictReview},
	} {
		compared := base
		c.change(&compared)
		fs := History(compared)
		got := yumen.Verdict("")
		for _, f := range fs {
			if !OfLedger(f) || f.Msg.IsZero() && f.Verdict != yumen.VerdictPass {
				t.Errorf("%s: %+v", name, f)
			}
			if f.Rule == c.rule {
				got = f.Verdict
			}
		}
		if got != c.want || Overall(fs) != c.want && c.want != yumen.VerdictPass {
			t.Errorf("%s: %s, %+v", name, got, fs)
		}
	}
}

func found(d task.Difference) func(*Compared) {
	return func(c *Compared) { c.Answer.Found = []task.Difference{d} }
}
