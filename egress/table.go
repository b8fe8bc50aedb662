package egress

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// table is an aggregate result as the rules see it: which cells there are, what is visible in them, what stands behind.
type table struct {
	s       Subject
	groups  []yumen.GroupEvidence
	columns []yumen.ArtifactColumn // the aggregate columns but for those derived from others
	cells   [][]cell               // by aggregate column, then row from 0
	// equations says how many sums the columns before each show.
	equations []int
}

// cell says what a reader sees.
type cell uint8

const (
	visible cell = iota
	hidden       // suppressed, by an earlier fix or by one that a finding of this check asks for, or without value
)

func newTable(s Subject) *table {
	t := &table{s: s, groups: s.Evidence.Groups}
	for _, c := range s.Columns {
		if c.Kind == yumen.ColumnAggregate && len(c.From) == 0 {
			t.columns = append(t.columns, c)
			t.cells = append(t.cells, t.look(c.Name))
		}
	}
	t.equations = equations(t.columns)
	return t
}

// look says of each cell of a column whether it is seen. One without value is hidden, whether it was suppressed or had
// none from the start: a sum over nobody and one over fewer units than k are treated alike, or whether others had to be
// hidden beside it would tell the two apart.
func (t *table) look(column string) []cell {
	out := make([]cell, len(t.groups))
	for row, g := range t.groups {
		if slices.Contains(g.Empty, column) {
			out[row] = hidden
		}
	}
	return out
}

// visibleIn returns the cells of a row that a reader sees, in the columns that are wanted.
func (t *table) visibleIn(row int, wanted func(yumen.ArtifactColumn) bool) []yumen.Cell {
	var out []yumen.Cell
	for i, c := range t.columns {
		if t.cells[i][row] == visible && wanted(c) {
			out = append(out, yumen.Cell{Row: row + 1, Column: c.Name})
		}
	}
	return out
}

// hide marks cells as suppressed.
func (t *table) hide(cells []yumen.Cell) {
	at := map[string]int{}
	for i, c := range t.columns {
		at[c.Name] = i
	}
	for _, c := range cells {
		if i, ok := at[c.Column]; ok {
			t.cells[i][c.Row-1] = hidden
		}
	}
}

// shown counts the visible cells.
func (t *table) shown() int {
	n := 0
	for _, col := range t.cells {
		for _, c := range col {
			if c == visible {
				n++
			}
		}
	}
	return n
}

// anyHidden reports whether some cell is suppressed.
func (t *table) anyHidden() bool {
	return slices.ContainsFunc(t.cells, func(col []cell) bool { return slices.Contains(col, hidden) })
}

// suppress returns a finding of primary or secondary suppression, failed where there are cells.
func suppress(rule yumen.Rule, parameter, value, evidence string, cells []yumen.Cell, pass,
	fail yumen.Text) yumen.Finding {
	f := yumen.Finding{Rule: rule, Parameter: parameter, Value: value, Evidence: evidence, Verdict: yumen.VerdictPass,
		Msg: pass}
	if len(cells) > 0 {
		f.Verdict, f.Msg, f.Count, f.Cells = yumen.VerdictFail, fail, len(cells), firstCells(cells)
		f.Fix = &yumen.Fix{Technique: yumen.TechniqueSuppress, Params: map[string]string{"rule": string(rule)},
			Cells: cells}
	}
	return f
}
