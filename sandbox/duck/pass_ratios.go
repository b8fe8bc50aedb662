package duck

import (
	"math"
	"slices"

	"github.com/yumen-data/yumen/internal/task"
)

// ratioTally counts, in each group and for each two measures, the units whose ratio of what they add is another than
// the most frequent one: exactly below k, and k for k or more.
//
// It keeps how often each ratio came until that is certain. Of any units, those that do not have the most frequent
// ratio do not become fewer as one more comes: there is one unit more, and the most frequent ratio comes once more at
// most. So once there are k of them, more units change nothing, whatever order they come in and however they are dealt
// to several tallies. Before that there are at most k different ratios, since all but one of them have a unit among
// those that differ.
type ratioTally struct {
	asked *task.Grouping
	of    []int         // the pairs that are compared here, by their place in asked.Ratios
	scale []float64     // of each input that is summed, 10 to the power of its scale
	added []float64     // what the unit adds to each measure
	open  []int32       // by group: pairs that are not certain
	pairs []ratioCounts // by group and pair

	waiting [][]float64 // by group: what units add that are not compared yet

	uncertain int // pairs in all groups
}

// ratioCounts are the ratios that units of a group have, and how many units each; none once it is certain that k
// differ.
type ratioCounts struct {
	top     ratioCount   // the most frequent one, but for others that are as frequent
	met     []ratioCount // the others
	units   int64
	certain bool
}

// firstMet is for how many ratios there is room at first: mostly there are about k before it is certain.
const firstMet = 8

type ratioCount struct {
	ratio float32
	units int64
}

// newRatios makes the tallies of pairs. In masked are those of which a unit with one row adds what its parts say:
// nothing has to be read of such units, because they are counted by their parts anyway. All other pairs are compared
// unit by unit.
func newRatios(g *task.Grouping) (others, masked ratioTally) {
	counts := func(n int) bool {
		in := g.Measures[n-1].Input
		return in == 0 || g.Inputs[in-1].Part > 0
	}
	var of, ofMasks []int
	for i, pair := range g.Ratios {
		if g.Parts > 0 && counts(pair[0]) && counts(pair[1]) {
			ofMasks = append(ofMasks, i)
		} else {
			of = append(of, i)
		}
	}
	return newRatioTally(g, of), newRatioTally(g, ofMasks)
}

func newRatioTally(g *task.Grouping, of []int) ratioTally {
	t := ratioTally{asked: g, of: of, added: make([]float64, len(g.Measures))}
	for _, m := range g.Measures {
		scale := 0
		if m.Input > 0 && !m.Count && !m.Once {
			_, scale, _ = g.Inputs[m.Input-1].Type.Decimal()
		}
		t.scale = append(t.scale, math.Pow10(scale))
	}
	return t
}

func (t *ratioTally) group() {
	t.open = append(t.open, 0)
	t.waiting = append(t.waiting, nil)
	t.pairs = append(t.pairs, make([]ratioCounts, len(t.of))...)
}

// see opens the pairs of a group that has rows.
func (t *ratioTally) see(g int32) {
	t.open[g] = int32(len(t.of))
	t.uncertain += len(t.of)
}

// unit reads what a unit has in a group, at a place.
func (t *ratioTally) unit(g int32, from *groupTally, at int) {
	for i, m := range t.asked.Measures {
		t.added[i] = asDouble(from.added(m, at), t.scale[i])
	}
	t.compare(g)
}

// compare counts the unit that adds what is in added, once some more are known in its group: counting one unit in each
// of many pairs costs what it takes to bring the pairs of its group to the processor.
func (t *ratioTally) compare(g int32) {
	t.waiting[g] = append(t.waiting[g], t.added...)
	if len(t.waiting[g]) >= waitingUnits*len(t.added) {
		t.compareWaiting(int(g))
	}
}

// waitingUnits is how many units of a group are compared together.
const waitingUnits = 8

func (t *ratioTally) compareWaiting(g int) {
	units, k, measures := t.waiting[g], len(t.of), len(t.added)
	t.waiting[g] = units[:0]
	for i, ratio := range t.of {
		c, pair := &t.pairs[g*k+i], t.asked.Ratios[ratio]
		for at := 0; at < len(units) && !c.certain; at += measures {
			switch r, some := ratioOf(units[at+pair[0]-1], units[at+pair[1]-1]); {
			case !some:
			case r == c.top.ratio: // as most are
				c.top.units++
				c.units++
			default:
				t.add(g, i, ratioCount{r, 1})
			}
		}
	}
}

// ratioOf is the ratio of what a unit adds to two measures; not some where it adds to neither.
func ratioOf(of, to float64) (ratio float32, some bool) {
	switch {
	case of == 0 && to != 0: // never below 0
		return 0, true
	case to != 0:
		return float32(of / to), true
	}
	return float32(math.Inf(1)), of != 0
}

// alone counts units that have one row in a group, which is in the parts of a mask.
func (t *ratioTally) alone(g int32, mask uint64, units int64) {
	for i, ratio := range t.of {
		pair := t.asked.Ratios[ratio]
		if r, some := ratioOf(t.addsAlone(pair[0], mask), t.addsAlone(pair[1], mask)); some {
			t.add(int(g), i, ratioCount{r, units})
		}
	}
}

// firstSettled is after how many places settleBy is of use for the first time.
const firstSettled = 1 << 17

// settleBy notes what is certain by units with one row alone, so that others need not be compared any more. The units
// themselves are counted at the end.
func (t *ratioTally) settleBy(single *atomTally) {
	so := newRatioTally(t.asked, t.of)
	for range t.open {
		so.group()
	}
	single.each(so.alone)
	for i := range so.pairs {
		if so.pairs[i].certain && !t.pairs[i].certain {
			t.settle(i/len(t.of), &t.pairs[i])
		}
	}
}

// addsAlone is what such a unit adds to measure n.
func (t *ratioTally) addsAlone(n int, mask uint64) float64 {
	in := t.asked.Measures[n-1].Input
	if in == 0 {
		return 1
	}
	return float64(mask >> (t.asked.Inputs[in-1].Part - 1) & 1)
}

// end compares the units that are left.
func (t *ratioTally) end() {
	for g := range t.waiting {
		t.compareWaiting(g)
	}
}

// added returns what the unit at a place adds to a measure, decimals without their point.
func (t *groupTally) added(m task.UnitMeasure, at int) int64 {
	rows := t.cells[at].rows
	if m.Input > 0 {
		switch part := t.asked.Inputs[m.Input-1].Part; {
		case part > 0:
			rows = int64(t.cells[at].mask>>(part-1)&1) + t.parts.at(at, part-1)
		case !m.Count && !m.Once:
			return t.inputs[m.Input-1][at].sum
		default:
			rows = t.inputs[m.Input-1][at].n
		}
	}
	if m.Once {
		rows = min(rows, 1)
	}
	return rows
}

// asDouble is the number as the engine casts a decimal: digits that a double cannot hold are divided off first.
func asDouble(x int64, scale float64) float64 {
	if scale == 1 || max(x, -x) <= 1<<53 {
		return float64(x) / scale
	}
	s := int64(scale)
	return float64(x/s) + float64(x%s)/scale
}

// add counts units with a ratio.
func (t *ratioTally) add(g, pair int, more ratioCount) {
	c := &t.pairs[g*len(t.of)+pair]
	if c.certain {
		return
	}
	c.units += more.units
	c.count(more)
	if c.units-c.top.units >= int64(t.asked.K) {
		t.settle(g, c)
	}
}

// count counts units with a ratio.
func (c *ratioCounts) count(more ratioCount) {
	if c.top.units == 0 || c.top.ratio == more.ratio {
		c.top.ratio = more.ratio
		c.top.units += more.units
		return
	}
	at := 0
	for at < len(c.met) && c.met[at].ratio != more.ratio {
		at++
	}
	if at == len(c.met) {
		if at == 0 {
			c.met = make([]ratioCount, 0, firstMet)
		}
		c.met = append(c.met, ratioCount{ratio: more.ratio})
	}
	if c.met[at].units += more.units; c.met[at].units > c.top.units {
		c.met[at], c.top = c.top, c.met[at]
	}
}

func (t *ratioTally) settle(g int, c *ratioCounts) {
	*c = ratioCounts{certain: true}
	t.open[g]--
	t.uncertain--
}

// deviants returns how many units differ in each of asked.Ratios, k at most.
func (t *groupTally) deviants(g, ratio int) int64 {
	from := &t.ratios
	at, ok := slices.BinarySearch(from.of, ratio)
	if !ok {
		from = &t.masked
		at, _ = slices.BinarySearch(from.of, ratio)
	}
	c := &from.pairs[g*len(from.of)+at]
	if c.certain {
		return int64(t.asked.K)
	}
	return c.units - c.top.units
}

// merge adds another tally of other units.
func (t *ratioTally) merge(o *ratioTally, to []int32) {
	k := len(t.of)
	for from, g := range to {
		for i := range k {
			ours, theirs := &t.pairs[int(g)*k+i], &o.pairs[from*k+i]
			if theirs.certain && !ours.certain {
				t.settle(int(g), ours)
			}
			for _, more := range theirs.met {
				t.add(int(g), i, more)
			}
			if theirs.top.units > 0 {
				t.add(int(g), i, theirs.top)
			}
		}
	}
}
