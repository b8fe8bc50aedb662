package egress

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// threshold is the minimum frequency rule (SDC handbook, section 4.2.1): a cell needs at least k distinct units
// behind it. No units at all are fewer than k too: zeros are disclosive. Units, not rows, are counted: a hundred
// visits of one person are one unit.
//
// Each cell is judged by the units that its measure tells of. Where a row shows several measures, each after the
// first needs one unit more: with as many equations as people, their values could be solved for.
func threshold(t *table) yumen.Finding {
	k := int64(t.s.K)
	shown := t.shown()
	var cells []yumen.Cell
	least, some := int64(0), false
	for row := range t.groups {
		for i, c := range t.columns {
			if t.cells[i][row] != visible {
				continue
			}
			if units := t.behind(row, i); !some || units < least {
				least, some = units, true
			}
			if t.small(row, i) {
				cells = append(cells, yumen.Cell{Row: row + 1, Column: c.Name})
			}
		}
	}
	value := fmt.Sprintf("%d of %d cells", len(cells), shown)
	if some {
		value += fmt.Sprintf(", least %d units", least)
	}
	return suppress(yumen.RuleThresholdUnits, "k = "+strconv.FormatInt(k, 10), value,
		"distinct privacy units of each group, counted in the enclave beside the result", cells,
		yumen.Say("every visible cell has at least %d units behind it, and one more for each measure before it",
			"每个可见单元格背后至少有 %d 个主体，且其前每多一个度量须多一个", k),
		yumen.Say("%d cells rest on fewer than %d units, or one more for each measure before them: suppress them, "+
			"or group more coarsely",
			"%d 个单元格背后不足 %d 个主体（其前每多一个度量须多一个）：予以抑制，或采用更粗的分组", len(cells), k))
}

// small reports whether too few units lie behind a cell: fewer than k, and one more for each equation before it.
func (t *table) small(row, column int) bool {
	return t.behind(row, column) < int64(t.s.K+t.equations[column])
}

// behind is how many units a cell tells of.
func (t *table) behind(row, column int) int64 {
	g := t.groups[row]
	return min(g.Units, g.Measures[t.columns[column].Measure-1].Units)
}

// equations says of each column how many sums over units the columns before it show: one for each measure, and
// another for its squares where a variance is shown.
func equations(columns []yumen.ArtifactColumn) []int {
	type equation struct {
		measure int
		squares bool
	}
	out := make([]int, len(columns))
	var known []equation
	for i, c := range columns {
		linear := []string{"count", "count_units", "count_distinct", "sum", "avg"}
		e := equation{c.Measure, !slices.Contains(linear, c.Function)}
		if out[i] = slices.Index(known, e); out[i] < 0 {
			out[i], known = len(known), append(known, e)
		}
	}
	return out
}

// opaqueThreshold is the same rule for a module that is called for each person: what its numbers mean is not known,
// but how many units lie behind each row of the result is. The whole row is suppressed.
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
