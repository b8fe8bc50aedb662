package egress

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// secondarySuppression keeps what is suppressed hidden: a suppressed cell must not be found again by subtracting its
// visible neighbours from a total that somebody has. Totals are assumed to be known along every key: for one key that
// of the column, for more keys that of each line in which all other keys stay the same.
//
// For each aggregate column, until nothing changes:
//
//  1. With two keys, lines are the vertices and suppressed cells the edges of a graph, and the totals determine an
//     edge exactly if it is on no cycle (Gusfield 1988, A graph theoretic approach to statistical data security). A
//     cell on none gets the cycle that needs the fewest further cells, then the smallest ones. With three and four
//     keys a hypercube of suppressed cells stands for the cycle (Repsilber 1994, 2002; SDC handbook, section 4.4.4),
//     a heuristic: it protects, but others might too. Counts are not negative, so a cycle alone may leave a cell
//     below the threshold hardly any room. All other cells of its cycle have k units: all totals hold where every
//     second one is lower by k, the others higher, and the cell is higher by k. So the interval that anybody can
//     derive for it is at least k wide (intervals in interval.go), even who knows all other cells below the
//     threshold, as somebody does who is alone in one. That follows from which cells are below the threshold alone.
//  2. A line with suppressed cells keeps at least two of them, and one that is not below the threshold: their sum can
//     always be found, and so has k units behind it. The next cells are those that open the fewest new lines, then
//     the smallest ones.
//
// A level that few units have of a key that the statement computes, as order_id = 17, counts as suppressed wherever
// the other keys have a row (see withRare).
//
// Where a cell is suppressed because of its neighbour, so are the other figures of its row that would give it away.
//
// Which cells are suppressed shows, so it is decided by what a reader sees or may know: places along the keys, which
// cells the rules before suppressed, and the size of a row, which is its count as rounded, if the table shows one.
// Exact numbers of units decide nothing. What the pattern discloses is that a cell suppressed here has the units that
// the threshold asks for, and that it was no larger, as rounded, than those that would have done as well.
//
// Where the lines of a sparse table leave no choice, the cells that remain in danger are counted for a reviewer, and
// the intervals of these are derived. It does not protect against what other releases show; of sums no interval is
// derived.
//
// A table that shows totals beside parts is protected besides from what its own rows tell together (levels.go).
func secondarySuppression(t *table) yumen.Finding {
	shown, rows := t.shown(), len(t.groups)
	protect := t.protect
	if t.levels() != nil {
		protect = t.protectLevels
	}
	added, left, ok := protect()
	if !ok {
		return yumen.Finding{Rule: yumen.RuleSecondarySuppression,
			Parameter: fmt.Sprintf("at most %d rows where cells are suppressed", maxTable),
			Value:     fmt.Sprintf("%d rows", rows), Count: 1,
			Evidence: "rows of the held result", Verdict: yumen.VerdictBlock,
			Msg: yumen.Say("cells are suppressed in a table of %d rows, too large to protect them from subtraction: "+
				"aggregate further",
				"%d 行的表中有被抑制的单元格，规模过大，无法防止相减还原：请进一步聚合", rows)}
	}
	slices.SortFunc(added, func(a, b yumen.Cell) int {
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column))
	})
	f := suppress(yumen.RuleSecondarySuppression, secondaryParameter(t.s),
		fmt.Sprintf("%d of %d visible cells", len(added), shown),
		"places of suppressed cells along the group keys, and counts as rounded", added,
		yumen.Say("no suppressed cell can be found by subtraction", "被抑制的单元格都不能由相减得出"),
		yumen.Say("suppressed cells could be found by subtracting others from a total: suppress %d more cells",
			"被抑制的单元格可由总量相减得出：须再抑制 %d 个单元格", len(added)))
	if f.Fix == nil && len(left) > 0 {
		f.Verdict, f.Count, f.Cells = yumen.VerdictReview, len(left), firstCells(left)
		f.Value, f.Msg = remaining(len(left))
		if t.levels() == nil {
			f.Msg = t.suppressor().describeNarrow(f.Msg)
		}
	}
	return f
}

func (t *table) suppressor() *suppressor {
	padded := t.withRare()
	return &suppressor{table: padded, grid: newGrid(padded.groups), found: len(t.groups), counts: t.countColumn()}
}

// protect suppresses further cells and returns them, and those that remain in danger; false where the table is too
// large for that.
func (t *table) protect() (added, left []yumen.Cell, ok bool) {
	c := t.suppressor()
	if len(c.groups) > maxTable && c.dims > 1 && c.anyHidden() {
		return nil, nil, false
	}
	c.close()
	t.hide(c.added)
	return c.added, c.inDanger(), true
}

// countColumn is the column that counts the rows of whole groups, −1 for none.
func (t *table) countColumn() int {
	return slices.IndexFunc(t.columns,
		func(a yumen.ArtifactColumn) bool { return a.Function == "count" && a.Part == 0 && !a.Repeats })
}

// remaining says how many suppressed cells the rule could not protect.
func remaining(n int) (string, yumen.Text) {
	return fmt.Sprintf("%d suppressed cells in danger", n),
		yumen.Say("%d suppressed cells may be found by subtraction from totals, or confined closely, and the lines of "+
			"the table leave nothing else to suppress: look whether such totals are known",
			"%d 个被抑制的单元格可能由总量相减得出或限于很窄的区间，且所在行列已无可再抑制的单元格：请核查相应总量是否为人所知", n)
}

// secondaryAfterDrop stands for secondarySuppression where rows were dropped. Nothing was to be suppressed with them
// in place, or they would not have been dropped, and without them less can be computed. Seen without them, a
// suppressed cell that stayed could seem to be alone in its line. The cells that were in danger still are. If
// something is to be suppressed only now, what that opens cannot be judged any more.
func secondaryAfterDrop(s Subject, primary []yumen.Finding) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleSecondarySuppression, Parameter: secondaryParameter(s),
		Value:    "0 cells to suppress since rows were dropped",
		Evidence: "judged before that; fixes as applied", Verdict: yumen.VerdictPass,
		Msg: yumen.Say("no suppressed cell can be found by subtraction", "被抑制的单元格都不能由相减得出")}
	for _, x := range s.Fixes {
		if n, err := strconv.Atoi(x.Params[inDanger]); err == nil {
			f.Verdict, f.Count = yumen.VerdictReview, n
			f.Value, f.Msg = remaining(n)
		}
	}
	late := 0
	for _, p := range primary {
		late += p.Count
	}
	if late > 0 {
		f.Value = fmt.Sprintf("%d cells to suppress since rows were dropped", late)
		f.Verdict, f.Count = yumen.VerdictBlock, late
		f.Msg = yumen.Say(
			"%d cells are to be suppressed after rows were dropped: "+
				"what can be computed from the others cannot be judged",
			"删除行之后仍有 %d 个单元格须抑制：无法判断能否由其余单元格推算", late)
	}
	return f
}

func secondaryParameter(s Subject) string {
	return fmt.Sprintf("two cells and %d units in each line", s.K)
}

// maxTable is how many rows of two keys or more are protected: the search looks at every pair of a suppressed and
// another cell.
const maxTable = 20_000

// suppressor suppresses further cells in a table until it is protected.
type suppressor struct {
	*table
	*grid
	found  int // rows that are there
	counts int // the column that counts the rows of whole groups, −1 for none
	added  []yumen.Cell
	// barred are, of a table with totals, parts that may not stand in the cycle or hypercube of another cell.
	barred func(row int) bool
}

// close suppresses until every column is protected. Suppressing in one column may open another, so it goes round; the
// number of visible cells falls with every change, so it ends.
func (c *suppressor) close() {
	for changed := true; changed; {
		changed = false
		for col := range c.columns {
			changed = c.enclose(col) || changed
			changed = c.fill(col) || changed
		}
	}
}

// cost is what suppressing cells costs: their number, how many of them are totals, then their size.
type cost struct {
	n, totals int
	size      int64
}

func (a cost) plus(b cost) cost { return cost{a.n + b.n, a.totals + b.totals, a.size + b.size} }
func (a cost) compare(b cost) int {
	return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.totals, b.totals), cmp.Compare(a.size, b.size))
}

// cost is that of a cell: nothing where it is suppressed already.
func (c *suppressor) cost(col, row int) cost {
	if c.cells[col][row] == hidden {
		return cost{}
	}
	return cost{1, min(1, bits.OnesCount64(c.groups[row].Totals)), c.size(row)}
}

// size is how large a reader sees a row to be: its count as it is rounded, ties away from 0; 0 where no count is to
// be seen.
func (c *suppressor) size(row int) int64 {
	if c.counts < 0 || c.cells[c.counts][row] != visible {
		return 0
	}
	base := int64(c.s.Risk.Rounding)
	return (c.groups[row].Rows + base/2) / base * base
}

// enclose gives every suppressed cell its cycle or hypercube.
func (c *suppressor) enclose(col int) bool {
	if c.dims < 2 {
		return false
	}
	changed := false
	for row := range c.groups {
		if c.cells[col][row] != hidden {
			continue
		}
		more, _ := c.enclosure(col, row)
		for _, r := range more {
			if c.cells[col][r] == visible {
				c.suppress(col, r)
				changed = true
			}
		}
	}
	return changed
}

// enclosure returns the rows to suppress besides the given one so that totals do not determine it, as few and small
// as can be; false where there are none. There are two keys or more.
func (c *suppressor) enclosure(col, row int) (more []int, ok bool) {
	switch {
	case c.dims == 2:
		return c.cycle(col, row)
	case c.dims <= maxDims:
		return c.cheapestCube(col, row)
	}
	return nil, false
}

// inDanger lists the suppressed cells that totals may determine or, below the threshold, confine to an interval
// narrower than k. One that is the only cell of a line is its total, which this result does not show.
func (c *suppressor) inDanger() (cells []yumen.Cell) {
	for col, column := range c.columns {
		accompanied := c.accompanied(col)
		for row := range c.found {
			if c.cells[col][row] != hidden || c.isTotal(row) {
				continue
			}
			if !accompanied(row) {
				cells = append(cells, yumen.Cell{Row: row + 1, Column: column.Name})
			}
		}
	}
	return cells
}

// accompanied says of the suppressed cells of a column whether others stand beside them so that totals do not determine
// them. With one key that is another cell of the line, which fill sees to: those that can hide another are counted once.
func (c *suppressor) accompanied(col int) func(row int) bool {
	if c.dims == 0 {
		return func(int) bool { return true }
	}
	if c.dims > 1 {
		return func(row int) bool {
			more, ok := c.enclosure(col, row)
			return ok && len(more) == 0
		}
	}
	all, large := 0, 0 // suppressed cells, and those that hide one below the threshold
	hidesSmall := func(row int) bool { return c.barred == nil && !c.small(row, col) || c.barred != nil && !c.barred(row) }
	for _, row := range c.lines[0] {
		if c.cells[col][row] != hidden {
			continue
		}
		all++
		if hidesSmall(row) {
			large++
		}
	}
	return func(row int) bool {
		if c.barred == nil && !c.small(row, col) { // which any other hides
			return all > 1
		}
		return large > 1 || large == 1 && !hidesSmall(row)
	}
}

// fill brings every line with suppressed cells to two of them, one of which is not below the threshold.
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
	n, large := 0, false
	for _, row := range line {
		if c.cells[col][row] == hidden {
			n, large = n+1, large || !c.small(row, col)
		}
	}
	return n > 0 && (n < 2 || !large)
}

// next returns the visible row of a line to suppress next, or -1.
func (c *suppressor) next(col int, line []int) int {
	best, bestOpens := -1, 0
	for _, row := range line {
		if c.cells[col][row] != visible {
			continue
		}
		opens := c.opens(col, row)
		if best < 0 || opens < bestOpens || opens == bestOpens && c.size(row) < c.size(best) {
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
	cells := c.visibleIn(row, func(a yumen.ArtifactColumn) bool { return a.Measure == c.columns[col].Measure })
	c.hide(cells)
	c.added = slices.Concat(c.added, cells, c.separate(row))
}
