package anonymity

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// axis is one quasi-identifier of a local recoding, its values in the order in which it is cut.
type axis struct {
	name   string
	values []string // by rank
	rank   []uint32 // code → rank
	null   bool     // rank 0 is null; only without a ladder
	ladder *ladder  // nil for intervals
	code   []uint32 // rank → code, for the ladder
}

func newAxis(q RecodeColumn, d *dict) (*axis, error) {
	a := &axis{name: q.Name, code: make([]uint32, len(d.values))}
	for i := range a.code {
		a.code[i] = uint32(i)
	}
	if q.Hierarchy == nil {
		a.null = d.null >= 0
		slices.SortFunc(a.code, order(d))
	} else {
		// The column has no rows here: codes of values missing in the hierarchy are reported without one.
		l, err := ladderOf(q, d)
		if err != nil {
			return nil, err
		}
		a.ladder = l
		slices.SortFunc(a.code, l.byPath)
	}
	a.values, a.rank = make([]string, len(d.values)), make([]uint32, len(d.values))
	for rank, code := range a.code {
		a.values[rank], a.rank[code] = d.values[code], uint32(rank)
	}
	return a, nil
}

// ladderOf binds a hierarchy to the values of a column.
func ladderOf(q RecodeColumn, d *dict) (*ladder, error) {
	c := &column{name: q.Name, values: d.values, null: d.null, codes: make([]uint32, len(d.values))}
	missing := 0
	for code, value := range d.values {
		c.codes[code] = uint32(code)
		if _, ok := q.Hierarchy.leaf[value]; !ok && code != d.null {
			missing++
		}
	}
	if missing > 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "%d values of the column are not in the hierarchy %s",
			"该列有 %d 个取值不在层级 %s 中", missing, q.Hierarchy.name).
			At(q.Name).ToFix("add a line to the hierarchy for each value of the column", "请在层级文件中为该列的每个取值补一行")
	}
	return newLadder(c, q.Hierarchy)
}

// byPath orders codes by their path from the top, so that values below one label lie side by side.
func (l *ladder) byPath(a, b uint32) int {
	for level := l.levels() - 1; level >= 0; level-- {
		if c := cmp.Compare(l.to[level][a], l.to[level][b]); c != 0 {
			return c
		}
	}
	return 0
}

// order compares values as numbers if all of them are, as text otherwise; null comes first.
func order(d *dict) func(a, b uint32) int {
	number := make([]float64, len(d.values))
	for code, value := range d.values {
		x, err := strconv.ParseFloat(value, 64)
		if code != d.null && (err != nil || math.IsNaN(x)) {
			number = nil
			break
		}
		number[code] = x
	}
	null := uint32(d.null) // no code where there is none
	return func(a, b uint32) int {
		switch {
		case a == null || b == null:
			return cmp.Compare(b2i(b == null), b2i(a == null))
		case number != nil:
			return cmp.Or(cmp.Compare(number[a], number[b]), cmp.Compare(d.values[a], d.values[b]))
		}
		return cmp.Compare(d.values[a], d.values[b])
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// label returns what the values from rank lo to hi become.
func (a *axis) label(lo, hi uint32) string {
	switch {
	case lo == hi:
		return a.values[lo]
	case a.ladder != nil:
		level := a.common(lo, hi)
		return a.ladder.labels[level][a.ladder.to[level][a.code[lo]]]
	case a.null && lo == 0:
		return Suppressed
	}
	return "[" + a.values[lo] + "," + a.values[hi] + "]"
}

// common returns the lowest level at which two values are equal. Those that lie between them are equal to them there,
// too.
func (a *axis) common(lo, hi uint32) int {
	level := 0
	for a.ladder.to[level][a.code[lo]] != a.ladder.to[level][a.code[hi]] {
		level++
	}
	return level
}

// loss is Iyengar's loss of a cell that becomes the label of lo to hi: the share of the hierarchy's values, or of the
// column's values in order, that it may stand for.
func (a *axis) loss(lo, hi uint32) float64 {
	switch {
	case lo == hi:
		return 0
	case a.ladder != nil:
		level := a.common(lo, hi)
		return a.ladder.share[level][a.ladder.to[level][a.code[lo]]]
	case a.null && lo == 0:
		return 1
	}
	return float64(hi-lo) / float64(len(a.values)-1)
}
