package duck

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
)

// vectorTally keeps, for each group, what the units with the lowest numbers add to figures (see task.EvidenceVectors).
type vectorTally struct {
	asked  *task.Grouping
	kept   int // units in all lists
	open   int // groups whose list is not full
	groups []vectorList
	last   []int64 // by group: no unit after it is wanted
	latest int64   // nor after this one in any group, where it is known; it becomes less with what last says
	moved  bool    // last was
	zeros  []int32 // what a unit adds before it is written
}

// vectorList are the units of a group.
type vectorList struct {
	units []int64 // in order
	adds  []int32 // of each, what it adds to each figure, modulo linear.Prime
}

// fewKept is how many units of a group there is room for at first.
const fewKept = 16

func newVectors(g *task.Grouping) vectorTally {
	return vectorTally{asked: g, zeros: make([]int32, len(g.Vectors))}
}

// maxPassedVectors bounds the numbers in all lists together.
const maxPassedVectors = 1 << 22

func (t *vectorTally) group() {
	if len(t.asked.Vectors) > 0 {
		t.groups, t.last = append(t.groups, vectorList{}), append(t.last, noUnit)
	}
}

// see opens the list of a group that has rows.
func (t *vectorTally) see(g int32) {
	if len(t.asked.Vectors) > 0 {
		t.last[g], t.latest = math.MaxInt64, math.MaxInt64
		t.moved = true
		t.open++
	}
}

func (t *vectorTally) full() bool { return t.kept*len(t.asked.Vectors) > maxPassedVectors }

// wantsAny reports whether some of many units may be wanted in some group.
func (t *vectorTally) wantsAny(units []int64) bool {
	if t.open > 0 {
		return true
	}
	if t.moved && len(t.last) <= len(units) {
		t.latest, t.moved = slices.Max(t.last), false
	}
	for _, u := range units {
		if u <= t.latest {
			return true
		}
	}
	return false
}

// add puts in a unit that is wanted, and returns where to write what it adds.
func (t *vectorTally) add(g int32, unit int64) []int32 {
	l, k := &t.groups[g], len(t.asked.Vectors)
	at := len(l.units)
	if at > 0 && unit < l.units[at-1] {
		at, _ = slices.BinarySearch(l.units, unit)
	}
	if n := len(l.units); n == t.asked.Looked {
		l.units, l.adds = l.units[:n-1], l.adds[:(n-1)*k]
	} else {
		if t.kept++; n+1 == t.asked.Looked {
			t.open--
		}
		if n == cap(l.units) || (n+1)*k > cap(l.adds) {
			l.room(t.growth(n), k)
		}
	}
	if at == len(l.units) { // as nearly all come
		l.units, l.adds = append(l.units, unit), l.adds[:(at+1)*k]
	} else {
		l.units, l.adds = slices.Insert(l.units, at, unit), slices.Insert(l.adds, at*k, t.zeros...)
	}
	t.bound(g)
	return l.adds[at*k:][:k]
}

// growth is for how many units there shall be room where there is room for n: for all at once, if no more than may be
// kept are kept in all groups then.
func (t *vectorTally) growth(n int) int {
	switch all := t.asked.Looked; {
	case n == 0:
		return min(fewKept, all)
	case len(t.groups)*all*len(t.asked.Vectors) <= maxPassedVectors:
		return all
	default:
		return min(4*n, all)
	}
}

// room makes room for so many units.
func (l *vectorList) room(units, k int) {
	l.units = slices.Grow(l.units, units-len(l.units))
	l.adds = slices.Grow(l.adds, units*k-len(l.adds))
}

// bound notes that later units are not wanted once there are enough.
func (t *vectorTally) bound(g int32) {
	if units := t.groups[g].units; len(units) == t.asked.Looked {
		t.last[g] = units[len(units)-1] - 1
		t.moved = true
	}
}

// unit puts in what a unit has in a group, at a place.
func (t *vectorTally) unit(g int32, unit int64, from *groupTally, at int) {
	if unit > t.last[g] {
		return
	}
	adds := t.add(g, unit)
	for i, n := range t.asked.Vectors {
		adds[i] = int32(from.added(t.asked.Measures[n-1], at) % linear.Prime)
	}
}

// merge adds another tally of other units.
func (t *vectorTally) merge(o *vectorTally, to []int32) {
	for from := range o.groups {
		l, k := &t.groups[to[from]], len(t.asked.Vectors)
		t.kept -= len(l.units)
		*l = l.with(&o.groups[from], t.asked.Looked, k)
		t.kept += len(l.units)
		t.bound(to[from])
	}
}

// with returns the first of two lists together, so many at most.
func (l *vectorList) with(o *vectorList, most, k int) vectorList {
	n := min(len(l.units)+len(o.units), most)
	out := vectorList{units: make([]int64, 0, n), adds: make([]int32, 0, n*k)}
	for i, j := 0, 0; i+j < n; l, o, i, j = o, l, j, i {
		from := i
		for i+j < n && i < len(l.units) && (j == len(o.units) || l.units[i] <= o.units[j]) {
			i++
		}
		out.units, out.adds = append(out.units, l.units[from:i]...), append(out.adds, l.adds[from*k:i*k]...)
	}
	return out
}

// texts writes for each group that all combinations of its figures change with enough units, where that is found at
// once, and otherwise the list. Each combination changes with some unit of each basis: it would be 0 for all vectors
// otherwise.
func (t *vectorTally) texts() [][]byte {
	out := make([][]byte, len(t.groups))
	enough := fmt.Appendf(nil, "1:%s:%d", task.AllCombinations, t.asked.Threshold)
	var all sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for n := range threads {
		all.Go(func() {
			bases := linear.NewBases(len(t.asked.Vectors))
			for g := n; g < len(out); g += threads {
				if l := &t.groups[g]; bases.Count(l.adds, t.asked.Threshold) == t.asked.Threshold {
					out[g] = enough
				} else {
					out[g] = l.text(len(t.asked.Vectors))
				}
			}
		})
	}
	all.Wait()
	return out
}

func (l *vectorList) text(k int) []byte {
	var numbers []byte
	ends := []int{0}
	for i, x := range l.adds {
		if i%k > 0 {
			numbers = append(numbers, ',')
		}
		if numbers = strconv.AppendInt(numbers, int64(x), 10); i%k == k-1 {
			ends = append(ends, len(numbers))
		}
	}
	vectors := make([][]byte, len(l.units))
	for i := range vectors {
		vectors[i] = numbers[ends[i]:ends[i+1]]
	}
	slices.SortFunc(vectors, bytes.Compare)
	var out []byte
	for i := 0; i < len(vectors); {
		same := i + 1
		for same < len(vectors) && bytes.Equal(vectors[same], vectors[i]) {
			same++
		}
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(append(append(out, "1:"...), vectors[i]...), ':')
		out = strconv.AppendInt(out, int64(same-i), 10)
		i = same
	}
	return out
}
