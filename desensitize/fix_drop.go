package desensitize

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/technique"
)

// Kept returns which rows of a held result stay where the fix drop is applied to it, counted from 0, in order: those
// with a value in some aggregate column. The rows are found here and not named by the fix, so that its record tells
// how many they were but not where; how many suppressed cells were in danger, it only carries on. Without an
// aggregate column, or with parameters that drop does not have, it fails with kind invalid.
func Kept(rec arrow.RecordBatch, cols []yumen.ArtifactColumn, fix yumen.Fix) ([]int, error) {
	if err := sameColumns(rec.Schema(), cols); err != nil {
		return nil, err
	}
	var bad technique.Reasons
	checkParams(fix, &bad, "in_danger")
	if fix.Technique != yumen.TechniqueDrop || len(fix.Cells)+len(fix.Columns) > 0 {
		bad.Add("fix.technique", string(fix.Technique), "drop finds its rows by itself and names none",
			"drop 自行确定要删除的行，不得指明行列")
	}
	var aggregates []arrow.Array
	for i, c := range cols {
		if c.Kind == yumen.ColumnAggregate {
			aggregates = append(aggregates, rec.Column(i))
		}
	}
	if len(aggregates) == 0 {
		bad.Add("fix.drop", "", "a result without aggregates has no row to drop", "没有聚合列的结果无行可删")
	}
	kept := []int{}
	for row := range int(rec.NumRows()) {
		if slices.ContainsFunc(aggregates, func(a arrow.Array) bool { return a.IsValid(row) }) {
			kept = append(kept, row)
		}
	}
	return kept, bad.Refuse("the fix does not fit the result", "修复与结果不符")
}
