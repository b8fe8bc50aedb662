package anonymity

import "github.com/yumen-data/yumen"

// tuples is a table with equal rows taken together, as the models see it.
type tuples struct {
	table     *Table
	quasi     []int // places of the quasi-identifiers in the table
	sensitive []int // places of the sensitive attributes
	of        []int32
	code      [][]uint32 // column of quasi, then of sensitive → tuple → code
	count     []int32    // rows that are or would be released
	whole     []int32    // rows of the population; the same slice as count where the table is not one
	rows      int64      // sum of count
}

// newTuples takes the rows of a table together. Where released is not nil, the table is a population and released says
// which of its rows the release is about.
func newTuples(t *Table, quasi, sensitive []int, released []bool) (*tuples, error) {
	if released != nil && len(released) != t.rows {
		return nil, yumen.Errorf(yumen.KindInvalid, "%d marks of released rows for a population of %d rows",
			"总体有 %[2]d 行，而发布标记有 %[1]d 个",
			len(released), t.rows)
	}
	v := &tuples{table: t, quasi: quasi, sensitive: sensitive}
	var cols []grouped
	for _, place := range append(append([]int{}, quasi...), sensitive...) {
		c := &t.cols[place]
		cols = append(cols, grouped{codes: c.codes, card: len(c.values)})
	}
	var g grouper
	ids, n := g.group(t.rows, cols)
	v.of = ids
	v.fill(n, cols, released)
	return v, nil
}

func (v *tuples) fill(n int, cols []grouped, released []bool) {
	v.code = make([][]uint32, len(cols))
	for c := range cols {
		v.code[c] = make([]uint32, n)
	}
	v.count = make([]int32, n)
	v.whole = v.count
	if released != nil {
		v.whole = make([]int32, n)
	}
	for row, id := range v.of {
		for c := range cols {
			v.code[c][id] = cols[c].codes[row]
		}
		if released == nil {
			v.count[id]++
			continue
		}
		v.whole[id]++
		if released[row] {
			v.count[id]++
		}
	}
	for _, c := range v.count {
		v.rows += int64(c)
	}
}

// ladder is a hierarchy as it applies to one column of a table: codes instead of labels.
type ladder struct {
	to     [][]uint32  // level → code of the table → code at that level
	card   []int       // level → number of codes
	labels [][]string  // level → code → label
	share  [][]float64 // level → code → (values below it − 1) ÷ (all values − 1), over the whole hierarchy
}

func (l *ladder) levels() int { return len(l.to) }

// newLadder binds a hierarchy to a column. Every value of the column must stand in it.
func newLadder(c *column, h *Hierarchy) (*ladder, error) {
	leaves, err := findLeaves(c, h)
	if err != nil {
		return nil, err
	}
	l := &ladder{}
	for level := range h.labels {
		l.addLevel(c, h, level, leaves)
	}
	return l, nil
}

// findLeaves returns the leaf of each value; a null gets the place behind the last leaf.
func findLeaves(c *column, h *Hierarchy) ([]uint32, error) {
	leaves := make([]uint32, len(c.values))
	missing, first := 0, -1
	for code, value := range c.values {
		leaf, ok := h.leaf[value]
		switch {
		case code == c.null:
			leaf = uint32(len(h.up[0]))
		case !ok:
			if missing++; first < 0 {
				first = code
			}
		}
		leaves[code] = leaf
	}
	if missing == 0 {
		return leaves, nil
	}
	row := 0
	for c.codes[row] != uint32(first) {
		row++
	}
	return nil, yumen.Errorf(yumen.KindInvalid,
		"%d values of the column, the first in row %d, are not in the hierarchy %s",
		"该列有 %d 个取值（首个在第 %d 行）不在层级 %s 中", missing, row+1, h.name).At(c.name).
		ToFix("add a line to the hierarchy for each value of the column", "请在层级文件中为该列的每个取值补一行")
}

func (l *ladder) addLevel(c *column, h *Hierarchy, level int, leaves []uint32) {
	labels, top := h.labels[level], level == len(h.labels)-1
	nullLeaves := 0
	if c.null >= 0 {
		nullLeaves = 1
	}
	below := make([]int, len(labels)+1)
	for _, code := range h.up[level] {
		below[code]++
	}
	null := uint32(len(labels))
	below[null] = nullLeaves
	if c.null >= 0 && top {
		null = 0
		below[0]++
	} else if c.null >= 0 {
		labels = append(labels[:len(labels):len(labels)], NullLabel)
	}
	to := make([]uint32, len(leaves))
	for code, leaf := range leaves {
		if to[code] = null; code != c.null {
			to[code] = h.up[level][leaf]
		}
	}
	all := len(h.up[0]) + nullLeaves
	share := make([]float64, len(labels))
	for code := range share {
		if all > 1 {
			share[code] = float64(below[code]-1) / float64(all-1)
		}
	}
	l.to, l.card, l.labels, l.share = append(l.to, to), append(l.card, len(labels)), append(l.labels, labels),
		append(l.share, share)
}
