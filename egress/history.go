package egress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress/ledger"
	"github.com/yumen-data/yumen/internal/task"
)

// Compared is what came of comparing a table of class aggregate with what left before it.
type Compared struct {
	K, Rounding int
	// Releases are the names of the earlier releases that it was compared with, Roundings the base of each. The answer
	// names them by number.
	Releases  []string
	Roundings []int
	Answer    task.LedgerAnswer
	// Unexamined are releases that no labels were kept of.
	Unexamined []string
	// Missing are releases whose labels are lost, Unlabeled that there are none of the table itself: nothing can be
	// judged.
	Missing   []string
	Unlabeled bool
}

// ledgerRules are the rules about what left before. Whoever submitted a result is shown nothing of them.
var ledgerRules = []yumen.Rule{yumen.RuleLedgerDifference, yumen.RuleLedgerUnexamined, yumen.RuleLedgerMissing}

// OfLedger reports whether a finding is about what left before.
func OfLedger(f yumen.Finding) bool { return slices.Contains(ledgerRules, f.Rule) }

// History judges a comparison. What it finds is for people to decide: a difference never makes the machine fix or
// reject the result, which would answer the question whether there is one. Labels that are lost do.
func History(c Compared) []yumen.Finding {
	fs := []yumen.Finding{missingLabels(c)}
	if fs[0].Verdict == yumen.VerdictBlock {
		return fs
	}
	fs = append(fs, differences(c))
	if f := unexamined(c); f.Verdict != yumen.VerdictPass {
		fs = append(fs, f)
	}
	return fs
}

func missingLabels(c Compared) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleLedgerMissing, Parameter: "labels of every release", Verdict: yumen.VerdictPass,
		Value: fmt.Sprintf("%d releases", len(c.Releases)), Evidence: "labels on record",
		Msg: yumen.Say("the labels of the result and of %d earlier releases are there", "结果及此前 %d 次放行的标签齐全",
			len(c.Releases))}
	switch {
	case c.Unlabeled:
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("there are no labels of this result, so it cannot be compared with what left before",
			"该结果没有标签，无法与此前放行的结果比对")
	case len(c.Missing) > 0:
		f.Verdict, f.Count = yumen.VerdictBlock, len(c.Missing)
		f.Msg = yumen.Say("labels of earlier releases are lost (%s), so nothing can be compared with them",
			"此前放行的标签已丢失（%s），无法比对", listed(c.Missing))
	}
	return f
}

// differences lists combinations of cells that tell of few units. Where rounding hides less than half of k it fails.
func differences(c Compared) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleLedgerDifference, Parameter: fmt.Sprintf("k = %d", c.K),
		Verdict: yumen.VerdictPass, Value: fmt.Sprintf("%d cells, %d releases", c.Answer.Visible, len(c.Releases)),
		Evidence: "labels of units, compared in the enclave: each pair of tables, and families of up to five",
		Msg: yumen.Say("no sum or difference of its cells and those of another of %d releases tells of fewer than %d units",
			"其单元格与其他 %d 次放行的单元格加减，均不涉及不足 %d 个主体", len(c.Releases), c.K)}
	var of []string
	for _, d := range c.Answer.Found {
		readable := d.What == task.FewUnits && c.readable(d)
		if f.Verdict = f.Verdict.Worse(yumen.VerdictReview); readable {
			f.Verdict = yumen.VerdictFail
		}
		of = append(of, c.describe(d))
		for _, cell := range d.Cells {
			if !slices.Contains(f.Cells, cell) {
				f.Cells = append(f.Cells, cell)
			}
		}
	}
	if len(of) == 0 {
		return f
	}
	f.Count, f.Cells = len(f.Cells), firstCells(f.Cells)
	f.Value = strings.Join(of[:min(len(of), 5)], "; ")
	f.Msg = yumen.Say("%d combinations of its cells with releases before it tell of fewer than %d units, mostly of one, or "+
		"of everybody in a cell: return it, asking for the population of the earlier release or for coarser groups",
		"其单元格与此前放行结果的 %d 种组合涉及不足 %d 个主体、主要涉及一个主体，或涉及某单元格的全体：请退回，要求沿用此前放行的总体或采用更粗的分组",
		len(of), c.K)
	return f
}

// readable reports whether few units can be read from a combination in spite of rounding.
func (c Compared) readable(d task.Difference) bool {
	var bases []float64
	for range d.Cells {
		bases = append(bases, float64(c.Rounding))
	}
	for i, n := range d.Earlier {
		for range n {
			bases = append(bases, float64(c.Roundings[d.With[i]]))
		}
	}
	return ledger.Readable(bases, c.K)
}

// describe says with which releases, and of how many units.
func (c Compared) describe(d task.Difference) string {
	with := []string{}
	for _, n := range d.With {
		with = append(with, c.Releases[n])
	}
	if d.Total {
		with = append(with, "the number of all units")
	}
	what := fmt.Sprintf("%d units", d.Units)
	switch {
	case d.What == task.FullCells:
		what = "full cells"
	case d.Sum:
		what += " of a sum"
	}
	return what + " with " + strings.Join(with, ", ")
}

// unexamined says what was not compared.
func unexamined(c Compared) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleLedgerUnexamined, Parameter: "every release compared", Verdict: yumen.VerdictPass,
		Evidence: "releases on record"}
	var why []string
	if n := len(c.Unexamined); n > 0 {
		why = append(why, fmt.Sprintf("no labels were kept of %s", listed(c.Unexamined)))
	}
	if n := len(c.Answer.Open); n > 0 {
		why = append(why, fmt.Sprintf("%d comparisons could not be decided, with %s", n, listed(c.openWith())))
	}
	if len(why) == 0 {
		return f
	}
	f.Verdict, f.Value, f.Count = yumen.VerdictReview, strings.Join(why, "; "), len(c.Unexamined)+len(c.Answer.Open)
	f.Msg = yumen.Say("not compared with all that left before: %d releases without labels, %d comparisons that could not be decided",
		"未能与此前放行的全部结果比对：%d 次放行没有标签，%d 项比对无法判定", len(c.Unexamined), len(c.Answer.Open))
	return f
}

// openWith are the releases that comparisons were not decided with.
func (c Compared) openWith() (out []string) {
	for _, d := range c.Answer.Open {
		for _, n := range d.With {
			if name := c.Releases[n]; !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// listed names the first of a list.
func listed(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + fmt.Sprintf(" and %d more", len(names)-5)
	}
	return strings.Join(names, ", ")
}
