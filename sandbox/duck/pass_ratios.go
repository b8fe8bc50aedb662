package duck

import (
	"math"

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
	scale []float64 // of each input that is summed, 10 to the power of its scale
	added []float64 // what the unit adds to each measure
	open  []int32   // by group: pairs that are not certain
	pairs []ratioCounts

	waiting [][]float64 // by group: what units add that are not compared yet

	uncertain int // pairs in all groups
}

// ratioCounts are the ratios that units of a group have, and how many units each; none once it is certain that k
// differ.
type ratioCounts struct {
	top         ratioCount   // the most frequent one, but for others that are as frequent
	met         []ratioCount // the others
	units, most int64
	certain     bool
}

type ratioCount struct {
	ratio float32
	units int64
}

func newRatios(g *task.Grouping) ratioTally {
	t := ratioTally{asked: g, added: make([]float64, len(g.Measures))}
	for _, in := range g.Inputs {
		_, scale, _ := in.Type.Decimal()
		t.scale = append(t.scale, math.Pow10(scale))
	}
	return t
}

func (t *ratioTally) group() {
	t.open = append(t.open, int32(len(t.asked.Ratios)))
	t.waiting = append(t.waiting, nil)
	t.uncertain += len(t.asked.Ratios)
	t.pairs = append(t.pairs, make([]ratioCounts, len(t.asked.Ratios))...)
}

// unit reads what a unit has in a group, at a place.
func (t *ratioTally) unit(g int32, from *groupTally, at int) {
	for i, m := range t.asked.Measures {
		t.added[i] = t.adds(m, from, at)
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
	units, k, measures := t.waiting[g], len(t.asked.Ratios), len(t.added)
	t.waiting[g] = units[:0]
	for i, pair := range t.asked.Ratios {
		c := &t.pairs[g*k+i]
		for at := 0; at < len(units) && !c.certain; at += measures {
			switch of, to := units[at+pair[0]-1], units[at+pair[1]-1]; {
			case of == 0 && to != 0:
				t.add(g, i, ratioCount{0, 1})
			case to != 0:
				t.add(g, i, ratioCount{float32(of / to), 1})
			case of != 0:
				t.add(g, i, ratioCount{float32(math.Inf(1)), 1})
			}
		}
	}
}

// end compares the units that are left.
func (t *ratioTally) end() {
	for g := range t.waiting {
		t.compareWaiting(g)
	}
}

// adds returns what the unit adds to a measure.
func (t *ratioTally) adds(m task.UnitMeasure, from *groupTally, at int) float64 {
	x := from.added(m, at)
	if m.Input > 0 && !m.Count && !m.Once {
		return asDouble(x, t.scale[m.Input-1])
	}
	return float64(x)
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
	c := &t.pairs[g*len(t.asked.Ratios)+pair]
	if c.certain {
		return
	}
	c.units += more.units
	c.most = max(c.most, c.count(more))
	if c.units-c.most >= int64(t.asked.K) {
		t.settle(g, c)
	}
}

// count returns how many units have the ratio now.
func (c *ratioCounts) count(more ratioCount) int64 {
	if c.top.units == 0 || c.top.ratio == more.ratio {
		c.top.ratio = more.ratio
		c.top.units += more.units
		return c.top.units
	}
	for i := range c.met {
		m := &c.met[i]
		if m.ratio != more.ratio {
			continue
		}
		if m.units += more.units; m.units > c.top.units {
			*m, c.top = c.top, *m
			return c.top.units
		}
		return m.units
	}
	c.met = append(c.met, more)
	return more.units
}

func (t *ratioTally) settle(g int, c *ratioCounts) {
	*c = ratioCounts{certain: true}
	t.open[g]--
	t.uncertain--
}

// deviants returns how many units differ, k at most.
func (t *ratioTally) deviants(g, pair int) int64 {
	c := &t.pairs[g*len(t.asked.Ratios)+pair]
	if c.certain {
		return int64(t.asked.K)
	}
	return c.units - c.most
}

// merge adds another tally of other units.
func (t *ratioTally) merge(o *ratioTally, to []int32) {
	k := len(t.asked.Ratios)
	for from, g := range to {
		for i := range k {
			ours, theirs := &t.pairs[int(g)*k+i], &o.pairs[from*k+i]
			if theirs.certain && !ours.certain {
				t.settle(int(g), ours)
			}
			for _, m := range append(theirs.met, theirs.top) {
				if m.units > 0 {
					t.add(int(g), i, m)
				}
			}
		}
	}
}
