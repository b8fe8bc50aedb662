package egress

import (
	"fmt"
	"maps"
	"slices"

	"github.com/yumen-data/yumen"
)

// maskPending holds back columns that the contract gives out masked only: one finding for each mask that is still to
// come.
func maskPending(s Subject) []yumen.Finding {
	base := yumen.Finding{Rule: yumen.RuleMaskPending, Parameter: "masks that the contract asks for",
		Evidence: "columns as analysed, fixes as applied"}
	columns := map[string][]string{}
	for _, c := range s.Columns {
		if technique := pendingMask(s, c.Name); technique != "" {
			columns[technique] = append(columns[technique], c.Name)
		}
	}
	if len(columns) == 0 {
		base.Value, base.Verdict = "0 columns to mask", yumen.VerdictPass
		base.Msg = yumen.Say("every mask that the contract asks for is applied", "合同要求的掩码均已施加")
		return []yumen.Finding{base}
	}
	var out []yumen.Finding
	for _, technique := range slices.Sorted(maps.Keys(columns)) {
		f, names := base, columns[technique]
		f.Value, f.Count, f.Verdict = fmt.Sprintf("%d columns to mask", len(names)), len(names), yumen.VerdictFail
		f.Msg = yumen.Say("%d columns may leave only under the mask %s: mask them", "有 %d 列须以 %s 掩码后方可出域", len(names),
			technique)
		f.Fix = &yumen.Fix{Technique: yumen.TechniqueMask, Columns: names,
			Params: map[string]string{"preset": technique, "rule": string(f.Rule)}}
		out = append(out, f)
	}
	return out
}

// pendingMask returns the technique by which the column must still be masked, or nothing.
func pendingMask(s Subject, column string) string {
	for _, c := range s.Columns {
		if c.Name == column && c.Mask != "" && !masked(s, column, c.Mask) {
			return c.Mask
		}
	}
	return ""
}

func masked(s Subject, column, technique string) bool {
	return slices.ContainsFunc(s.Fixes, func(x yumen.Fix) bool {
		return x.Technique == yumen.TechniqueMask && x.Params["preset"] == technique && x.Params["where"] == "" &&
			slices.Contains(x.Columns, column)
	})
}
