package egress

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// suppressedKeys takes out rows that show nothing but their group keys, unless the values of all keys are public:
// that such a row is there discloses that a group exists which is too small to be shown. Rows that have a visible
// cell stay: at least k units lie behind it.
//
// Its fix is due last, when no other check fails, because secondarySuppression has to see the suppressed cells. It
// cannot make a check fail that passed before. Whoever has the table with the rows can take them out and has the
// table without them, so nothing can be computed from the second that could not from the first, with totals or
// without; and every other rule judges each row, or each cell, by itself, or counts against a cap, so that it holds
// for a part of the rows where it holds for all.
func suppressedKeys(s Subject, others []yumen.Finding) yumen.Finding {
	var rows []yumen.Cell
	if !publicKeys(s) {
		rows = emptyRows(s)
	}
	f := yumen.Finding{Rule: yumen.RuleKeysSuppressed,
		Parameter: "no row of keys alone, unless their values are public",
		Evidence:  "empty cells of each row, domains of the catalog",
		Value:     fmt.Sprintf("%d of %d rows", len(rows), s.Evidence.Rows), Verdict: yumen.VerdictPass,
		Msg: yumen.Say("no row shows only that a small group exists", "没有行仅显示某个小分组存在")}
	if len(rows) == 0 {
		return f
	}
	f.Verdict, f.Count, f.Cells = yumen.VerdictFail, len(rows), firstCells(rows)
	f.Msg = yumen.Say(
		"%d rows show nothing but group keys, and so that the group exists: "+
			"drop them once nothing else is to be mended",
		"%d 行仅显示分组键，从而透露该分组存在：待其他问题修复后删除这些行", len(rows))
	if Overall(others) == yumen.VerdictPass || Overall(others) == yumen.VerdictReview {
		f.Fix = &yumen.Fix{Technique: yumen.TechniqueDrop, Params: map[string]string{"rule": string(f.Rule)}}
		for _, o := range others {
			if o.Rule == yumen.RuleSecondarySuppression && o.Count > 0 {
				f.Fix.Params[inDanger] = strconv.Itoa(o.Count)
			}
		}
	}
	return f
}

// inDanger is the parameter of a fix that takes rows out which says how many suppressed cells were in danger with
// them in place.
const inDanger = "in_danger"

// publicKeys reports whether all that rows are grouped by is public.
func publicKeys(s Subject) bool {
	return !slices.ContainsFunc(s.Columns, func(c yumen.ArtifactColumn) bool { return !c.Public })
}

// emptyRows are the rows all of whose aggregate cells are null.
func emptyRows(s Subject) (rows []yumen.Cell) {
	aggregates := 0
	for _, c := range s.Columns {
		if c.Kind == yumen.ColumnAggregate {
			aggregates++
		}
	}
	for i, g := range s.Evidence.Groups {
		if len(g.Empty) == aggregates {
			rows = append(rows, yumen.Cell{Row: i + 1})
		}
	}
	return rows
}

// dropped reports whether rows were taken out before.
func dropped(s Subject) bool {
	return slices.ContainsFunc(s.Fixes, func(x yumen.Fix) bool { return x.Technique == yumen.TechniqueDrop })
}
