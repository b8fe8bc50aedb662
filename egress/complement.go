package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// complement is secondary suppression: a suppressed cell must not be found again by subtracting its visible neighbours from a
// total that somebody has. Totals are assumed to be known along every key: for one key that of the column, for more keys
// that of each line in which all other keys stay the same.
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
func complement(t *table) yumen.Finding {
	k := t.s.K
	shown := t.shown()
	c := newComplement(t)
	c.close()
	slices.SortFunc(c.added, func(a, b yumen.Cell) int {
		if a.Row != b.Row {
			return a.Row - b.Row
		}
		return slices.Compare([]string{a.Column}, []string{b.Column})
	})
	return suppress("complement", fmt.Sprintf("two cells and %d units in each line", k), fmt.Sprintf("%d of %d visible cells", len(c.added), shown),
		"places of suppressed cells along the group keys, and the units behind them", c.added,
		yumen.Say("no suppressed cell can be found by subtraction", "被抑制的单元格都不能由相减得出"),
		yumen.Say("suppressed cells could be found by subtracting others from a total: suppress %d more cells",
			"被抑制的单元格可由总量相减得出：须再抑制 %d 个单元格", len(c.added)))
}

// maxDims is for how many keys hypercubes are looked for: they have 2^keys corners, and a table of more keys is sparse anyway.
const maxDims = 4

// point is a place in a table of up to maxDims keys.
type point [maxDims]int

// complementer holds the geometry of a table: a position on each key for every row.
type complementer struct {
	t     *table
	dims  int
	rowAt map[point]int
	lines [][]int // rows of each line
	of    [][]int // lines of each row, one for each key
	added []yumen.Cell
}

func newComplement(t *table) *complementer {
	c := &complementer{t: t, rowAt: map[point]int{}, of: make([][]int, len(t.groups))}
	if len(t.groups) == 0 {
		return c
	}
	c.dims = len(t.groups[0].Keys)
	for row, g := range t.groups {
		c.rowAt[at(g.Keys)] = row
	}
	for d := range c.dims {
		number := map[string]int{}
		for row, g := range t.groups {
			others := slices.Clone(g.Keys)
			others[d] = -1
			name := fmt.Sprint(others)
			line, ok := number[name]
			if !ok {
				line = len(c.lines)
				number[name] = line
				c.lines = append(c.lines, nil)
			}
			c.lines[line] = append(c.lines[line], row)
			c.of[row] = append(c.of[row], line)
		}
	}
	return c
}

// at returns the point of the first maxDims keys.
func at(keys []int) (p point) {
	copy(p[:], keys)
	return p
}

// close suppresses until every column is protected. Suppressing in one column may open another, so it goes round; the number
// of visible cells falls with every change, so it ends.
func (c *complementer) close() {
	for changed := true; changed; {
		changed = false
		for col := range c.t.columns {
			changed = c.corners(col) || changed
			changed = c.fill(col) || changed
		}
	}
}

// corners gives every suppressed cell its hypercube.
func (c *complementer) corners(col int) bool {
	changed := false
	if c.dims < 2 || c.dims > maxDims {
		return false // one key: a hypercube is two cells of the line, which fill sees to
	}
	for row := range c.t.groups {
		if c.t.cells[col][row] != hidden {
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
func (c *complementer) cheapestCube(col, row int) []int {
	var best []int
	var bestUnits int64
	found := false
	for opposite := range c.t.groups {
		more, units, ok := c.cube(col, row, opposite)
		if !ok {
			continue
		}
		if len(more) == 0 {
			return nil
		}
		if !found || len(more) < len(best) || len(more) == len(best) && units < bestUnits {
			best, bestUnits, found = more, units, true
		}
	}
	return best
}

// cube returns what is still visible of the hypercube between two opposite corners, and the units behind it.
func (c *complementer) cube(col, row, opposite int) (more []int, units int64, ok bool) {
	from, to := c.t.groups[row].Keys, c.t.groups[opposite].Keys
	for d := range from {
		if from[d] == to[d] {
			return nil, 0, false
		}
	}
	var corner point
	for bits := 1; bits < 1<<c.dims; bits++ {
		for d := range c.dims {
			corner[d] = from[d]
			if bits>>d&1 == 1 {
				corner[d] = to[d]
			}
		}
		r, exists := c.rowAt[corner]
		if !exists || c.t.cells[col][r] == empty {
			return nil, 0, false
		}
		if c.t.cells[col][r] == visible {
			more, units = append(more, r), units+c.t.groups[r].Units
		}
	}
	return more, units, true
}

// fill brings every line with suppressed cells to two of them and k units.
func (c *complementer) fill(col int) bool {
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

func (c *complementer) tooThin(col int, line []int) bool {
	n, units := 0, int64(0)
	for _, row := range line {
		if c.t.cells[col][row] == hidden {
			n, units = n+1, units+c.t.groups[row].Units
		}
	}
	return n > 0 && (n < 2 || units < int64(c.t.s.K))
}

// next returns the visible row of a line to suppress next, or -1.
func (c *complementer) next(col int, line []int) int {
	best, bestOpens := -1, 0
	for _, row := range line {
		if c.t.cells[col][row] != visible {
			continue
		}
		opens := c.opens(col, row)
		if best < 0 || opens < bestOpens || opens == bestOpens && c.t.groups[row].Units < c.t.groups[best].Units {
			best, bestOpens = row, opens
		}
	}
	return best
}

// opens counts the lines through a row that have nothing suppressed yet.
func (c *complementer) opens(col, row int) int {
	n := 0
	for _, line := range c.of[row] {
		if !slices.ContainsFunc(c.lines[line], func(r int) bool { return c.t.cells[col][r] == hidden }) {
			n++
		}
	}
	return n
}

// suppress hides a cell and those of its row that would give it away.
func (c *complementer) suppress(col, row int) {
	m := c.t.columns[col].Measure
	cells := c.t.visibleIn(row, func(a yumen.ArtifactColumn) bool {
		return a.Name == c.t.columns[col].Name || m == 0 || covers(a, m)
	})
	c.t.hide(cells)
	c.added = append(c.added, cells...)
}
