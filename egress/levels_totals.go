package egress

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/yumen-data/yumen"
)

// totals says which visible totals the parts are in that are not seen.
type totals struct {
	*leveled
	rare    []yumen.GroupEvidence // parts that may be there (see unseen)
	parts   []int                 // rows that are parts and not seen; from the number of rows on, those of rare
	visible []int                 // rows that are totals and seen
	in      map[int][]int         // of each part, the visible totals over it, as numbers of visible
	under   map[int][]int         // of each total, the parts of it that are not seen
	open    map[int]bool          // totals over a part that is seen
	pooled  map[int]bool          // parts that cannot be told apart, for which a safe total stands
}

func newTotals(l *leveled) *totals {
	p := &totals{leveled: l, in: map[int][]int{}, under: map[int][]int{}, open: map[int]bool{}, pooled: map[int]bool{}}
	var finest []yumen.GroupEvidence
	at := map[uint64]map[string]int{} // by level, where its rows are
	number := map[int]int{}
	for row, g := range l.groups {
		if g.Totals == 0 {
			finest = append(finest, g)
			if !l.seen(row) {
				p.parts = append(p.parts, row)
			}
			continue
		}
		if at[g.Totals] == nil {
			at[g.Totals] = map[string]int{}
		}
		at[g.Totals][placeOf(g.Keys, g.Totals)] = row
		if l.seen(row) {
			number[row] = len(p.visible)
			p.visible = append(p.visible, row)
		}
	}
	p.rare = rare(finest, l.s)
	for i := range p.rare {
		p.parts = append(p.parts, len(l.groups)+i)
	}
	over := func(g yumen.GroupEvidence, do func(total int)) {
		for _, level := range l.levels() {
			if row, ok := at[level.Totals][placeOf(g.Keys, level.Totals)]; ok && level.Totals != 0 {
				do(row)
			}
		}
	}
	for row, g := range l.groups {
		if g.Totals == 0 && l.seen(row) {
			over(g, func(total int) { p.open[total] = true })
		}
	}
	for _, part := range p.parts {
		over(p.group(part), func(total int) {
			p.under[total] = append(p.under[total], part)
			if n, ok := number[total]; ok {
				p.in[part] = append(p.in[part], n)
			}
		})
		slices.Sort(p.in[part])
	}
	p.pool()
	return p
}

func (p *totals) group(part int) yumen.GroupEvidence {
	if part < len(p.groups) {
		return p.groups[part]
	}
	return p.rare[part-len(p.groups)]
}

// placeOf names a place by the keys that are no totals.
func placeOf(keys []int, totals uint64) string {
	out := slices.Clone(keys)
	for d := range out {
		if totals>>d&1 == 1 {
			out[d] = -1
		}
	}
	return fmt.Sprint(out)
}

// pool finds the parts for which a safe total stands.
func (p *totals) pool() {
	for total, parts := range p.under {
		if !p.safe[total] || p.open[total] {
			continue
		}
		alike := !slices.ContainsFunc(parts, func(part int) bool { return !slices.Equal(p.in[part], p.in[parts[0]]) })
		for _, part := range parts {
			p.pooled[part] = p.pooled[part] || alike
		}
	}
}

// tooLarge reports whether finding the linear combinations would take too long.
func (p *totals) tooLarge() bool {
	return len(p.parts)*len(p.visible) > maxEntries || len(p.groups)+len(p.rare) > maxTable
}

// maxEntries bounds the entries of the matrix of parts and totals.
const maxEntries = 4_000_000

// sound reports whether what rests on a part rests on k units.
func (p *totals) sound(part int) bool { return p.pooled[part] || part < len(p.groups) && p.safe[part] }

// exposed lists the unsafe rows on which alone some sum of visible rows rests: first parts, and where there are none
// totals that are such a sum.
func (p *totals) exposed() (rows []int) {
	columns := echelon{}
	for _, part := range p.parts {
		if p.sound(part) {
			columns.add(ones(p.in[part]))
		}
	}
	for _, part := range p.parts {
		if !p.sound(part) && len(columns.reduce(ones(p.in[part]))) > 0 {
			rows = append(rows, part)
		}
	}
	if len(rows) > 0 {
		return rows
	}
	sums := echelon{}
	for _, total := range p.visible {
		sums.add(ones(p.under[total]))
	}
	for row, g := range p.groups {
		if g.Totals != 0 && !p.safe[row] && p.shows(g.Totals) && len(sums.reduce(ones(p.under[row]))) == 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// nearest is the row to suppress where no cycle and no hypercube protects another: the visible total over it that is
// over the fewest keys, then the smallest; of a total that has none, a visible part of it, then any total.
func (p *totals) nearest(row int) int {
	g := p.group(row)
	over := slices.DeleteFunc(slices.Clone(p.visible), func(total int) bool {
		t := p.groups[total]
		return g.Totals&^t.Totals != 0 || placeOf(g.Keys, t.Totals) != placeOf(t.Keys, t.Totals)
	})
	if len(over) == 0 {
		if part := p.part(g); part >= 0 {
			return part
		}
		over = p.visible
	}
	return slices.MinFunc(over, func(a, b int) int {
		x, y := p.groups[a], p.groups[b]
		return cmp.Or(cmp.Compare(bits.OnesCount64(x.Totals), bits.OnesCount64(y.Totals)),
			cmp.Compare(p.size(a), p.size(b)), cmp.Compare(a, b))
	})
}

// part is the smallest visible part of a total, −1 for none.
func (p *totals) part(total yumen.GroupEvidence) int {
	best := -1
	for row, g := range p.groups {
		is := g.Totals == 0 && p.seen(row) && placeOf(g.Keys, total.Totals) == placeOf(total.Keys, total.Totals)
		if is && (best < 0 || p.size(row) < p.size(best)) {
			best = row
		}
	}
	return best
}

// size is how large a reader sees a row to be.
func (p *totals) size(row int) int64 {
	c := suppressor{table: p.table, counts: p.countColumn()}
	return c.size(row)
}
