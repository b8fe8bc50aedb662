package egress

import (
	"fmt"
	"strconv"

	"github.com/yumen-data/yumen"
)

// threshold is the minimum frequency rule (SDC handbook, section 4.2.1): a cell needs at least k distinct units behind it.
// No units at all are fewer than k too: zeros are disclosive. Units, not rows, are counted: a hundred visits of one person
// are one unit.
func threshold(t *table) yumen.Finding {
	k := int64(t.s.K)
	shown := t.shown()
	var cells []yumen.Cell
	bare := 0 // rows that are too small and consist of keys alone
	least, some := int64(0), false
	for row, g := range t.groups {
		seen := t.visibleIn(row, anyColumn)
		if len(seen) == 0 && len(t.columns) > 0 {
			continue
		}
		if !some || g.Units < least {
			least, some = g.Units, true
		}
		if g.Units < k {
			cells = append(cells, seen...)
			if len(t.columns) == 0 {
				bare++
			}
		}
	}
	value := fmt.Sprintf("%d of %d cells", len(cells), shown)
	if some {
		value += fmt.Sprintf(", least %d units", least)
	}
	f := suppress(yumen.RuleThresholdUnits, "k = "+strconv.FormatInt(k, 10), value,
		"distinct privacy units of each group, counted in the enclave beside the result", cells,
		yumen.Say("every visible cell has at least %d units behind it", "每个可见单元格背后至少有 %d 个主体", k),
		yumen.Say("%d cells rest on fewer than %d units: suppress them, or group more coarsely",
			"%d 个单元格背后不足 %d 个主体：予以抑制，或采用更粗的分组", len(cells), k))
	if bare > 0 {
		f.Verdict, f.Count, f.Value = yumen.VerdictBlock, bare, fmt.Sprintf("%d of %d rows, least %d units", bare, len(t.groups), least)
		f.Msg = yumen.Say("%d groups have fewer than %d units, and a list of keys has no cells to suppress: group more coarsely",
			"%d 个分组不足 %d 个主体，而仅含分组键的结果没有可抑制的单元格：请采用更粗的分组", bare, k)
	}
	return f
}

// opaqueThreshold is the same rule for a module that is called for each person: what its numbers mean is not known, but
// how many units lie behind each row of the result is. The whole row is suppressed.
func opaqueThreshold(s Subject) yumen.Finding {
	k := int64(s.K)
	gone := suppressedRows(s.Fixes)
	var cells []yumen.Cell
	least, some := int64(0), false
	for i, g := range s.Evidence.Groups {
		if gone[i+1] {
			continue
		}
		if !some || g.Units < least {
			least, some = g.Units, true
		}
		if g.Units < k {
			cells = append(cells, yumen.Cell{Row: i + 1})
		}
	}
	value := fmt.Sprintf("%d of %d rows", len(cells), len(s.Evidence.Groups))
	if some {
		value += fmt.Sprintf(", least %d units", least)
	}
	f := suppress(yumen.RuleThresholdUnits, "k = "+strconv.FormatInt(k, 10), value,
		"distinct privacy units behind each row, counted in the enclave beside the result",
		cells, yumen.Say("every row has at least %d units behind it", "每行背后至少有 %d 个主体", k),
		yumen.Say("%d rows rest on fewer than %d units: suppress them, or let the module form fewer groups",
			"%d 行背后不足 %d 个主体：予以抑制，或让模块减少分组", len(cells), k))
	if int64(len(s.Evidence.Groups)) != s.Evidence.Rows {
		f.Verdict, f.Fix = yumen.VerdictBlock, nil
		f.Msg = yumen.Say("the evidence does not fit the rows of the result", "证据与结果行数不符")
	}
	return f
}

// suppressedRows are the rows that earlier fixes suppressed whole.
func suppressedRows(fixes []yumen.Fix) map[int]bool {
	gone := map[int]bool{}
	for _, f := range fixes {
		for _, c := range f.Cells {
			if f.Technique == yumen.TechniqueSuppress && c.Column == "" {
				gone[c.Row] = true
			}
		}
	}
	return gone
}
