package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/linear"
)

// parts is the minimum frequency rule for what figures disclose together. Figures that add up the same values over
// different parts of a group can be added and subtracted: A + B − (A or B) is what A and B have in common. Rows are
// told apart by the combination of parts that they are in, so each sum of figures is a sum over combinations. It
// rests on few units alone only if some combination with fewer than k units is no linear combination of those with k
// or more. Then figures are suppressed, those that come last first, until there is none.
//
// A combination that can occur and does not is judged as one with a few units: that nobody is there would disclose as
// much.
//
// The same sums must not give a suppressed figure away, whatever it was suppressed for.
func parts(t *table) yumen.Finding {
	var cells []yumen.Cell
	for row := range t.groups {
		cells = append(cells, t.separate(row)...)
	}
	return suppress(yumen.RuleThresholdParts, fmt.Sprintf("k = %d", t.s.K), fmt.Sprintf("%d cells", len(cells)),
		"distinct privacy units of each combination of parts, counted in the enclave beside the result", cells,
		yumen.Say("no sum of figures rests on fewer than %d units, or gives a suppressed figure away",
			"任何指标的加减组合背后都不少于 %d 个主体，也不会还原被抑制的指标", t.s.K),
		yumen.Say("sums of figures would rest on fewer than %d units or give a suppressed figure away: "+
			"suppress %d cells, or ask for fewer parts",
			"部分指标相加减后背后不足 %d 个主体，或可还原被抑制的指标：须抑制 %d 个单元格，或减少条件", t.s.K, len(cells)))
}

// separate suppresses cells of a row until no sum of its figures rests on a few units or gives a suppressed figure
// away, and returns them. Every step suppresses one, and without figures there are no sums, so it ends.
func (t *table) separate(row int) (cells []yumen.Cell) {
	for {
		column := t.separating(row)
		if column < 0 {
			return cells
		}
		t.cells[column][row] = hidden
		cells = append(cells, yumen.Cell{Row: row + 1, Column: t.columns[column].Name})
	}
}

// separating returns a column to suppress in a row: the last one that is enough, if any is; −1 where the row is safe.
func (t *table) separating(row int) int {
	for _, f := range t.families(row) {
		if t.safe(row, f) {
			continue
		}
		last := len(f.figures) - 1
		for i := last; i >= 0; i-- {
			rest := f
			rest.figures = slices.Delete(slices.Clone(f.figures), i, i+1)
			if t.safe(row, rest) {
				return f.figures[i].column
			}
		}
		return f.figures[last].column
	}
	return -1
}

// family is the figures of a row that add up the same values.
type family struct {
	adds    int  // the number of the values; 0 for rows and units
	units   bool // units are counted, so that one with rows in two parts counts once in both together
	figures []figure
	hidden  []int // parts of which the figure is suppressed
}

// figure is what a reader sees or can compute from a column: its sum over a part of the group.
type figure struct{ column, part int }

// families groups the figures of a row. Counts of rows and of units are one family, since a unit may have one row;
// counts of units are another besides. A mean over a part is taken for the sum, for its count may be known; two
// different functions of the same values over a part, such as sum and mean, are a count of it. If one of the two is
// suppressed and the other is not, it was for the count.
func (t *table) families(row int) []family {
	counts, units := family{}, family{units: true}
	of, sums := map[int]int{}, []family{}
	for i, c := range t.columns {
		switch c.Function {
		case "count":
			counts.add(t, row, i, true)
		case "count_units":
			counts.add(t, row, i, false)
			units.add(t, row, i, true)
		default:
			n, known := of[c.Adds]
			if !known {
				n = len(sums)
				of[c.Adds], sums = n, append(sums, family{adds: c.Adds})
			}
			sums[n].add(t, row, i, true)
		}
	}
	for n, f := range sums {
		shown := f.parts()
		sums[n].hidden = slices.DeleteFunc(f.hidden, func(part int) bool { return slices.Contains(shown, part) })
		for i, b := range f.figures {
			if slices.ContainsFunc(f.figures[:i], func(a figure) bool {
				return a.part == b.part && t.columns[a.column].Function != t.columns[b.column].Function
			}) {
				counts.figures = append(counts.figures, b)
			}
		}
	}
	return append(sums, units, counts)
}

// add puts the figure of a column in, or its part if it is suppressed and protected.
func (f *family) add(t *table, row, column int, protected bool) {
	part := t.columns[column].Part
	switch state := t.cells[column][row]; {
	case state == visible:
		f.figures = append(f.figures, figure{column, part})
	case state == hidden && protected:
		f.hidden = append(f.hidden, part)
	}
}

// parts lists the parts of the figures, each once.
func (f family) parts() (out []int) {
	for _, x := range f.figures {
		if !slices.Contains(out, x.part) {
			out = append(out, x.part)
		}
	}
	return out
}

// safe reports whether the figures of a family may be seen together.
func (t *table) safe(row int, f family) bool {
	shown := f.parts()
	for _, part := range f.hidden {
		if t.determined(part, shown, f.units) {
			return false
		}
	}
	return t.spanned(row, shown, f)
}

// determined reports whether the figure of a part is a linear combination of those shown, for all that catalog and
// text say. Of a part that no row can be in, nothing has to be shown.
func (t *table) determined(part int, shown []int, units bool) bool {
	if slices.Contains(shown, part) {
		return true
	}
	if units || t.s.Possible == nil {
		return false // parts that are not the same and may overlap in any way
	}
	return t.rank([]int{part}) > 0 && t.rank(shown) == t.rank(append(slices.Clone(shown), part))
}

// rank is how many of some parts tell rows apart that the others do not.
func (t *table) rank(parts []int) int {
	var s linear.Span
	for _, mask := range t.s.Possible {
		s.Add(indicator(project(mask, parts), len(parts)))
	}
	return len(s)
}

// spanned reports whether every combination of the parts shown that could occur is a linear combination of those with
// k units. One figure alone rests on the units of its part, which the other rules count.
func (t *table) spanned(row int, shown []int, f family) bool {
	if len(shown) < 2 {
		return true
	}
	found := t.found(row, shown, f)
	var s linear.Span
	for v, n := range found {
		if n >= int64(t.s.K) {
			s.Add(indicator(v, len(shown)))
		}
	}
	if len(s) == len(shown) {
		return true
	}
	if f.units || t.s.Possible == nil || len(shown) > linear.MaxColumns {
		return false // a row can be in any of them
	}
	for v := range found {
		if s.Add(indicator(v, len(shown))) {
			return false
		}
	}
	return !slices.ContainsFunc(t.s.Possible,
		func(mask uint64) bool { return s.Add(indicator(project(mask, shown), len(shown))) })
}

// found counts the units in each combination of the parts shown. One may have rows in several combinations of all
// parts, so that there are at least as many units as in the largest of those that look the same here.
func (t *table) found(row int, shown []int, f family) map[uint64]int64 {
	found := map[uint64]int64{}
	if f.units {
		for _, a := range t.groups[row].UnitAtoms {
			found[project(a.Parts, shown)] += a.Units // each is in one
		}
		return found
	}
	for _, a := range t.groups[row].Atoms {
		if v := project(a.Parts, shown); a.Adds == f.adds {
			found[v] = max(found[v], a.Units)
		}
	}
	return found
}

// project says which of the parts shown a combination is in, bit i for the i-th of them. Part 0 is the whole group.
func project(mask uint64, shown []int) (v uint64) {
	for i, p := range shown {
		if p == 0 || mask>>(p-1)&1 == 1 {
			v |= 1 << i
		}
	}
	return v
}

// indicator is a vector of n zeros and ones.
func indicator(mask uint64, n int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(mask >> i & 1)
	}
	return v
}
