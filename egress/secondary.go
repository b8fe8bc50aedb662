package egress

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// secondarySuppression keeps what is suppressed hidden: a suppressed cell must not be found again by subtracting its
// visible neighbours from a total that somebody has. Totals are assumed to be known along every key: for one key that
// of the column, for more keys that of each line in which all other keys stay the same.
//
// It is a heuristic after the hypercube method (Repsilber 1994, 2002; SDC handbook, section 4.4.4: a suppressed cell cannot be
// disclosed exactly if it is a corner of a hypercube of suppressed cells with value). For each aggregate column, until nothing
// changes:
//
//  1. For two to four keys, a suppressed cell that is no corner of a fully suppressed hypercube gets the one that needs the fewest further cells, then
//     the fewest units, if the table has one at all: groups without rows have no cell to suppress.
//  2. A line with suppressed cells keeps at least two of them with k units together, for their sum can always be found; the next
//     cells are those that open the fewest new lines, then those with the fewest units.
//
// Where a cell is suppressed because of its neighbour, so are the other columns that would give it away: those of the same
// measure, and all of them for a count.
//
// It does not protect against approximate disclosure (feasibility intervals are not computed), against what other releases
// show, against units that know their own part of a cell (singletons), nor where the lines of a sparse table leave no choice.
func secondarySuppression(t *table) yumen.Finding {
	shown := t.shown()
	c := &suppressor{table: t, grid: newGrid(t.groups)}
	if len(t.groups) > maxTable && c.dims > 1 && t.anyHidden() {
		return yumen.Finding{Rule: yumen.RuleSecondarySuppression,
			Parameter: fmt.Sprintf("at most %d rows where cells are suppressed", maxTable),
			Value:     fmt.Sprintf("%d rows", len(t.groups)), Count: 1,
			Evidence: "rows of the held result", Verdict: yumen.VerdictBlock,
			Msg: yumen.Say("cells are suppressed in a table of %d rows, too large to protect them from subtraction: aggregate further",
				"%d 行的表中有被抑制的单元格，规模过大，无法防止相减还原：请进一步聚合", len(t.groups))}
	}
	c.close()
	slices.SortFunc(c.added, func(a, b yumen.Cell) int {
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column))
	})
	return suppress(yumen.RuleSecondarySuppression, secondaryParameter(t.s),
		fmt.Sprintf("%d of %d visible cells", len(c.added), shown),
		"places of suppressed cells along the group keys, and the units behind them", c.added,
		yumen.Say("no suppressed cell can be found by subtraction", "被抑制的单元格都不能由相减得出"),
		yumen.Say("suppressed cells could be found by subtracting others from a total: suppress %d more cells",
			"被抑制的单元格可由总量相减得出：须再抑制 %d 个单元格", len(c.added)))
}

// secondaryAfterDrop stands for secondarySuppression where rows were dropped. It had passed with them in place, or they
// would not have been dropped, and without them less can be computed. Seen without them, a suppressed cell that stayed
// could seem to be alone in its line. If something is to be suppressed only now, what that opens cannot be judged any
// more.
func secondaryAfterDrop(s Subject, primary []yumen.Finding) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleSecondarySuppression, Parameter: secondaryParameter(s),
		Value:    "0 cells to suppress since rows were dropped",
		Evidence: "judged before that; fixes as applied", Verdict: yumen.VerdictPass,
		Msg: yumen.Say("no suppressed cell can be found by subtraction", "被抑制的单元格都不能由相减得出")}
	for _, p := range primary {
		f.Count += p.Count
	}
	if f.Count > 0 {
		f.Value, f.Verdict = fmt.Sprintf("%d cells to suppress since rows were dropped", f.Count), yumen.VerdictBlock
		f.Msg = yumen.Say(
			"%d cells are to be suppressed after rows were dropped: "+
				"what can be computed from the others cannot be judged",
			"删除行之后仍有 %d 个单元格须抑制：无法判断能否由其余单元格推算", f.Count)
	}
	return f
}

func secondaryParameter(s Subject) string {
	return fmt.Sprintf("two cells and %d units in each line", s.K)
}

// maxTable is how many rows of two keys or more are protected: the search looks at every pair of a suppressed and another cell.
const maxTable = 20_000

// suppressor suppresses further cells in a table until it is protected.
type suppressor struct {
	*table
	*grid
	added []yumen.Cell
}

// close suppresses until every column is protected. Suppressing in one column may open another, so it goes round; the number
// of visible cells falls with every change, so it ends.
func (c *suppressor) close() {
	for changed := true; changed; {
		changed = false
		for col := range c.columns {
			changed = c.corners(col) || changed
			changed = c.fill(col) || changed
		}
	}
}

// corners gives every suppressed cell its hypercube.
func (c *suppressor) corners(col int) bool {
	changed := false
	if c.dims < 2 || c.dims > maxDims {
		return false // one key: a hypercube is two cells of the line, which fill sees to
	}
	for row := range c.groups {
		if c.cells[col][row] != hidden {
			continue
		}
		if more := c.cheapestCube(col, row); len(more) > 0 {
			changed = true
			for _, r := range more {
				c.suppress(col, r)
			}
		}
	}
	return changed
}

// cheapestCube returns the rows to suppress besides the given one for the hypercube that costs least; nothing where one is
// already suppressed or none exists.
func (c *suppressor) cheapestCube(col, row int) []int {
	var best cube
	found := false
	for opposite := range c.groups {
		q, ok := c.cube(col, row, opposite)
		if ok && (!found || q.n < best.n || q.n == best.n && q.units < best.units) {
			best, found = q, true
		}
		if found && best.n == 0 {
			break
		}
	}
	return best.more[:best.n]
}

// cube is what is still visible of a hypercube.
type cube struct {
	more  [1 << maxDims]int // rows
	n     int
	units int64
}

// cube looks at the hypercube between two opposite corners. It is none where the corners share a position on a key, or where
// one of the others is missing or without value.
func (c *suppressor) cube(col, row, opposite int) (q cube, ok bool) {
	from, to := c.groups[row].Keys, c.groups[opposite].Keys
	for d := range from {
		if from[d] == to[d] {
			return q, false
		}
	}
	for bits := 1; bits < 1<<c.dims; bits++ {
		r := c.at(from, to, bits)
		if r < 0 || c.cells[col][r] == empty {
			return q, false
		}
		if c.cells[col][r] == visible {
			q.more[q.n] = r
			q.n++
			q.units += c.groups[r].Units
		}
	}
	return q, true
}

// fill brings every line with suppressed cells to two of them and k units.
func (c *suppressor) fill(col int) bool {
	changed := false
	for _, line := range c.lines {
		for c.tooThin(col, line) {
			next := c.next(col, line)
			if next < 0 {
				break // the whole line is suppressed
			}
			c.suppress(col, next)
			changed = true
		}
	}
	return changed
}

func (c *suppressor) tooThin(col int, line []int) bool {
	n, units := 0, int64(0)
	for _, row := range line {
		if c.cells[col][row] == hidden {
			n, units = n+1, units+c.groups[row].Units
		}
	}
	return n > 0 && (n < 2 || units < int64(c.s.K))
}

// next returns the visible row of a line to suppress next, or -1.
func (c *suppressor) next(col int, line []int) int {
	best, bestOpens := -1, 0
	for _, row := range line {
		if c.cells[col][row] != visible {
			continue
		}
		opens := c.opens(col, row)
		if best < 0 || opens < bestOpens || opens == bestOpens && c.groups[row].Units < c.groups[best].Units {
			best, bestOpens = row, opens
		}
	}
	return best
}

// opens counts the lines through a row that have nothing suppressed yet.
func (c *suppressor) opens(col, row int) int {
	n := 0
	for _, line := range c.of[row] {
		if !slices.ContainsFunc(c.lines[line], func(r int) bool { return c.cells[col][r] == hidden }) {
			n++
		}
	}
	return n
}

// suppress hides a cell and those of its row that would give it away.
func (c *suppressor) suppress(col, row int) {
	m := c.columns[col].Measure
	cells := c.visibleIn(row, func(a yumen.ArtifactColumn) bool {
		return a.Name == c.columns[col].Name || m == 0 || covers(a, m)
	})
	c.hide(cells)
	c.added = append(c.added, cells...)
}
