package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// A table may show totals beside their parts: its rows are of several levels, each a total over some of the keys.
// Every row is judged as any other. What rows of several levels tell together is a sum of rows, with any factors: for
// each part by all keys that is not seen, the sum of the factors of the visible totals over it. The rule: no such sum
// may rest on unsafe parts alone.
//
// A row is safe if the rules before would show all of it, and unsafe else; a row that is unsafe, or of a level that is
// not shown, is suppressed whole, so that all figures of the table are seen in the same rows. Let the vector of a part
// say which visible totals it is in. If the vector of each unsafe part is a linear combination of those of safe parts
// that are not seen, a sum that does not rest on any of these rests on no unsafe part either. And on a safe part,
// whatever rests on it rests on k units: that is what makes it safe. It is the rule of threshold.parts, with places in
// the table for combinations of conditions.
//
// Where all parts of a safe total are out of sight, and each visible total has all or none of them, they cannot be
// told apart, and the total stands for them.
//
// Suppressing is chosen as in a table without totals (secondary.go), in which a total is one more value of each key
// and every line adds up to nothing: with the sign of totals turned for each key that they are over, the sum over a
// line is 0. Totals that are not shown count as suppressed here; each level by itself is protected before as a table of
// its own, as if they were known.

// levels lists the levels of the table, nil where it has no totals.
func (t *table) levels() []yumen.Level { return levelsOf(t.s.Columns) }

func levelsOf(columns []yumen.ArtifactColumn) []yumen.Level {
	for _, c := range columns {
		if c.Kind == yumen.ColumnLevel {
			return c.Levels
		}
	}
	return nil
}

// protectLevels suppresses further cells of a table with totals and returns them, and those that remain in danger;
// false where it is too large.
func (t *table) protectLevels() (added, left []yumen.Cell, ok bool) {
	if len(t.groups) > maxTable {
		return nil, nil, false
	}
	l := &leveled{table: t, safe: t.safeRows()}
	for row, g := range t.groups {
		if !l.safe[row] || !l.shows(g.Totals) {
			l.suppressRow(row)
		}
	}
	for changed := true; changed; {
		n := len(l.added)
		left = nil
		for _, level := range t.levels() {
			danger, ok := l.alone(level)
			if !ok {
				return nil, nil, false
			}
			left = append(left, danger...)
		}
		if !l.together() {
			return nil, nil, false
		}
		changed = len(l.added) > n
	}
	return l.added, left, true
}

// leveled protects a table with totals.
type leveled struct {
	*table
	safe  []bool // by row
	added []yumen.Cell
}

func (l *leveled) shows(totals uint64) bool {
	return slices.ContainsFunc(l.levels(), func(v yumen.Level) bool { return v.Totals == totals && v.Shown })
}

// safeRows says which rows the rules before would show in all columns, had nothing been suppressed: those that no row
// shows do not count.
func (t *table) safeRows() []bool {
	fresh := *t
	fresh.cells = make([][]cell, len(t.cells))
	for col, cells := range t.cells {
		fresh.cells[col] = slices.Clone(cells)
		for row, state := range cells {
			if state == hidden {
				fresh.cells[col][row] = visible
			}
		}
	}
	for _, rule := range []func(*table) yumen.Finding{threshold, dominanceNK, dominanceP} {
		if f := rule(&fresh); f.Fix != nil {
			fresh.hide(f.Fix.Cells)
		}
	}
	parts(&fresh)
	out := make([]bool, len(t.groups))
	for row := range out {
		out[row] = true
	}
	for _, cells := range fresh.cells {
		if !slices.Contains(cells, visible) {
			continue
		}
		for row, state := range cells {
			out[row] = out[row] && state == visible
		}
	}
	return out
}

// seen reports whether anything of a row is visible.
func (l *leveled) seen(row int) bool {
	return slices.ContainsFunc(l.cells, func(col []cell) bool { return col[row] == visible })
}

func (l *leveled) suppressRow(row int) {
	cells := l.visibleIn(row, func(yumen.ArtifactColumn) bool { return true })
	l.hide(cells)
	l.added = append(l.added, cells...)
}

// alone protects the rows of a level as a table of its own, and returns its cells that remain in danger.
func (l *leveled) alone(level yumen.Level) (danger []yumen.Cell, ok bool) {
	if !level.Shown {
		return nil, true
	}
	t := &table{s: l.s, columns: l.columns, equations: l.equations, cells: make([][]cell, len(l.columns))}
	t.s.Columns = nil
	has, d := []int{}, 0
	for _, c := range l.s.Columns {
		if c.Kind == yumen.ColumnKey {
			d++
			if level.Totals>>(d-1)&1 == 1 {
				continue
			}
			has = append(has, d-1)
		}
		t.s.Columns = append(t.s.Columns, c)
	}
	var rows []int
	for row, g := range l.groups {
		if g.Totals != level.Totals {
			continue
		}
		keys := make([]int, len(has))
		for i, k := range has {
			keys[i] = g.Keys[k]
		}
		g.Keys, g.Totals = keys, 0
		t.groups, rows = append(t.groups, g), append(rows, row)
		for col := range l.cells {
			t.cells[col] = append(t.cells[col], l.cells[col][row])
		}
	}
	added, danger, ok := t.protect()
	for _, c := range added {
		l.suppressRow(rows[c.Row-1])
	}
	for i := range danger {
		danger[i].Row = rows[danger[i].Row-1] + 1
	}
	return danger, ok
}

// together suppresses until no sum of visible rows rests on unsafe rows alone; false where the table is too large for
// that.
func (l *leveled) together() bool {
	for {
		p := newTotals(l)
		if p.tooLarge() {
			return false
		}
		exposed := p.exposed()
		if len(exposed) == 0 {
			return true
		}
		n := len(l.added)
		c := l.extended(p)
		for _, row := range exposed {
			for _, r := range l.around(c, row) {
				c.cells[0][r] = hidden
				l.suppressRow(r)
			}
		}
		if len(l.added) == n {
			l.suppressRow(p.nearest(exposed[0]))
		}
	}
}

// around returns the visible rows of the cycle or hypercube of a row.
func (l *leveled) around(c *suppressor, row int) (more []int) {
	switch {
	case c.dims == 1:
		return l.inLine(c, row)
	case c.dims == 2:
		more, _ = c.cycle(0, row)
	case c.dims <= maxDims:
		more, _ = c.cheapestCube(0, row)
	}
	return more
}

// inLine is the cheapest other row of a table of one key, none where one is suppressed already.
func (l *leveled) inLine(c *suppressor, row int) []int {
	best := -1
	for r := range c.groups {
		switch {
		case r == row || !c.hides(0, r, row):
		case c.cells[0][r] == hidden:
			return nil
		case best < 0 || c.cost(0, r).compare(c.cost(0, best)) < 0:
			best = r
		}
	}
	if best < 0 {
		return nil
	}
	return []int{best}
}

// extended is the table in which a total is one more value of a key, with a row wherever keys and totals over them
// meet. Its one column says which rows are seen. The first rows are those of the table, then those of rare parts.
func (l *leveled) extended(p *totals) *suppressor {
	t := &table{s: l.s, cells: [][]cell{nil}, columns: l.columns[:1]}
	place := map[string]bool{}
	put := func(g yumen.GroupEvidence, state cell) {
		g.Keys = slices.Clone(g.Keys)
		for d := range g.Keys {
			if g.Keys[d]++; g.Totals>>d&1 == 1 {
				g.Keys[d] = 0
			}
		}
		if name := fmt.Sprint(g.Keys); !place[name] {
			place[name] = true
			t.groups, t.cells[0] = append(t.groups, g), append(t.cells[0], state)
		}
	}
	for row, g := range l.groups {
		state := hidden
		if l.seen(row) {
			state = visible
		}
		put(g, state)
	}
	for _, g := range p.rare {
		put(g, hidden)
	}
	for _, g := range slices.Clone(t.groups) {
		for over := range uint64(1) << len(g.Keys) {
			margin := yumen.GroupEvidence{Keys: slices.Clone(g.Keys), Totals: g.Totals | over}
			for d := range margin.Keys {
				margin.Keys[d]--
			}
			put(margin, hidden)
		}
	}
	return &suppressor{table: t, grid: newGrid(t.groups), counts: min(0, l.countColumn()), barred: func(row int) bool {
		return t.groups[row].Totals == 0 && !p.sound(row)
	}}
}
