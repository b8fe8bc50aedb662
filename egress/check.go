package egress

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// Subject is what is judged.
type Subject struct {
	Class    yumen.ReleaseClass
	Columns  []yumen.ArtifactColumn
	Risk     yumen.Risk
	K        int // the strictest threshold of contract and columns; Risk.K counts where it is higher
	Evidence yumen.Evidence
	Round    int         // fixes applied so far
	Fixes    []yumen.Fix // all of them, as applied, with the cells that were suppressed
	// Noised says, for class dp, that the result was made from a noisy table alone.
	Noised bool
	// Cells says that this is the table of cells of class aggregate, and Possible in which combinations of parts its
	// rows can be, nil for any. Protected is, of a result made of such a table alone, what was concluded about it.
	Cells     bool
	Possible  []uint64
	Protected yumen.Verdict
}

// maxRounds is how often a result is fixed before it is blocked.
const maxRounds = 3

// maxListed is how many cells a finding lists; its fix lists them all.
const maxListed = 50

// Check applies every rule that the class asks for and returns one finding for each, those that pass included, in a
// fixed order. Where the evidence does not fit the result, or a parameter is missing, nothing can be judged and that is
// a block.
func Check(s Subject) []yumen.Finding {
	s.K = max(s.K, s.Risk.K)
	fs := []yumen.Finding{class(s), parameters(s), evidence(s), capRows(s), capBytes(s)}
	if Overall(fs[1:3]) == yumen.VerdictBlock {
		return fs
	}
	if s.Protected != "" {
		fs = append(fs, protectedCells(s))
	}
	if s.Class == yumen.ClassDP || s.Protected != "" { // nothing may depend on data here, so nothing is compared with it
		return settle(s, append(fs, identifiers(s)...))
	}
	if s.Class == yumen.ClassAggregate {
		fs = append(fs, aggregateRules(s)...)
	}
	if s.Class == yumen.ClassOpaque && len(s.Evidence.Groups) > 0 {
		fs = append(fs, opaqueThreshold(s))
	}
	fs = append(fs, equalInput(s)...)
	fs = append(fs, extract(s))
	fs = append(fs, identifiers(s)...)
	fs = append(fs, maskPending(s)...)
	if s.Class == yumen.ClassRows || s.Class == yumen.ClassOpaque {
		fs = append(fs, invisibleContent(s))
	}
	if s.Class == yumen.ClassOpaque {
		fs = append(fs, capacity(s))
	}
	if s.Class == yumen.ClassAggregate {
		fs = append(fs, suppressedKeys(s, fs))
	}
	return settle(s, fs)
}

// aggregateRules are those about the units behind each row. Primary suppression comes first: what it would hide is what
// secondarySuppression protects.
func aggregateRules(s Subject) []yumen.Finding {
	t := newTable(s)
	fs := []yumen.Finding{threshold(t), dominanceNK(t), dominanceP(t)}
	for _, f := range fs {
		if f.Fix != nil {
			t.hide(f.Fix.Cells)
		}
	}
	fs = append(fs, parts(t))
	switch {
	case s.Evidence.Rows > s.maxRows(): // a result beyond the cap is blocked anyway
	case dropped(s):
		fs = append(fs, secondaryAfterDrop(s, fs))
	default:
		fs = append(fs, secondarySuppression(t))
	}
	return append(fs, derived(t), rounding(s), magnitudes(s))
}

// settle makes the loop of check and fix end: what still fails after maxRounds fixes, or fails without any fix in
// sight, is blocked. Dropping rows may follow after that many, for it leaves none to drop.
func settle(s Subject, fs []yumen.Finding) []yumen.Finding {
	fixable := slices.ContainsFunc(fs,
		func(f yumen.Finding) bool { return f.Verdict == yumen.VerdictFail && f.Fix != nil })
	most := maxRounds
	if due := Remedy(fs); len(due) == 1 && due[0].Technique == yumen.TechniqueDrop {
		most++
	}
	if Overall(fs) != yumen.VerdictFail || fixable && s.Round < most {
		return fs
	}
	for i, f := range fs {
		if f.Verdict == yumen.VerdictFail {
			fs[i].Verdict, fs[i].Fix = yumen.VerdictBlock, nil
			fs[i].Msg = yumen.Say("%s. It cannot be mended any further (%d fixes so far): ask for a coarser result",
				"%s。已无法再修复（已修复 %d 次）：请申请更粗粒度的结果", f.Msg, s.Round)
		}
	}
	return fs
}

// Overall returns the worst verdict; of no findings at all it is block.
func Overall(fs []yumen.Finding) yumen.Verdict {
	if len(fs) == 0 {
		return yumen.VerdictBlock
	}
	v := yumen.VerdictPass
	for _, f := range fs {
		v = v.Worse(f.Verdict)
	}
	return v
}

// The techniques of fixes, in the order in which they are applied: what is suppressed need not be masked or rounded.
// Rows are dropped when nothing else is due.
var techniques = []yumen.Technique{yumen.TechniqueSuppress, yumen.TechniqueMask, yumen.TechniqueRound,
	yumen.TechniqueDrop}

// Remedy returns the fixes that would repair what fails, in the order to apply them; none where something is blocked.
func Remedy(fs []yumen.Finding) []yumen.Fix {
	var out []yumen.Fix
	if Overall(fs) == yumen.VerdictBlock {
		return nil
	}
	for _, technique := range techniques {
		for _, f := range fs {
			if f.Verdict == yumen.VerdictFail && f.Fix != nil && f.Fix.Technique == technique {
				out = append(out, *f.Fix)
			}
		}
	}
	return out
}

// firstCells returns as many cells as a finding lists.
func firstCells(cells []yumen.Cell) []yumen.Cell { return cells[:min(len(cells), maxListed)] }
