package duck

import (
	"bytes"
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
	groups []vectorList
	last   []int64 // by group: no unit after it is wanted
}

// vectorList are the units of a group.
type vectorList struct {
	units []int64 // in order
	adds  []int32 // of each, what it adds to each figure, modulo linear.Prime
}

// maxPassedVectors bounds the numbers in all lists together.
const maxPassedVectors = 1 << 22

func (t *vectorTally) group() {
	if len(t.asked.Vectors) > 0 {
		t.groups, t.last = append(t.groups, vectorList{}), append(t.last, math.MaxInt64)
	}
}

func (t *vectorTally) full() bool { return t.kept*len(t.asked.Vectors) > maxPassedVectors }

// wants reports whether a unit is one of the first of its group, so far.
func (t *vectorTally) wants(g int32, unit int64) bool { return unit <= t.last[g] }

// add puts in a unit that is wanted, and returns where to write what it adds.
func (t *vectorTally) add(g int32, unit int64) []int32 {
	l, k := &t.groups[g], len(t.asked.Vectors)
	at := len(l.units)
	if at > 0 && unit < l.units[at-1] {
		at, _ = slices.BinarySearch(l.units, unit)
	}
	if len(l.units) == t.asked.Looked {
		l.units, l.adds = l.units[:len(l.units)-1], l.adds[:len(l.adds)-k]
	} else {
		t.kept++
	}
	l.units = slices.Insert(l.units, at, unit)
	l.adds = slices.Insert(l.adds, at*k, make([]int32, k)...)
	t.bound(g)
	return l.adds[at*k:][:k]
}

// bound notes that later units are not wanted once there are enough.
func (t *vectorTally) bound(g int32) {
	if units := t.groups[g].units; len(units) == t.asked.Looked {
		t.last[g] = units[len(units)-1] - 1
	}
}

// unit puts in what a unit has in a group, at a place.
func (t *vectorTally) unit(g int32, unit int64, from *groupTally, at int) {
	if !t.wants(g, unit) {
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
	for i, j := 0, 0; i+j < n; {
		if j == len(o.units) || i < len(l.units) && l.units[i] < o.units[j] {
			out.units, out.adds = append(out.units, l.units[i]), append(out.adds, l.adds[i*k:(i+1)*k]...)
			i++
		} else {
			out.units, out.adds = append(out.units, o.units[j]), append(out.adds, o.adds[j*k:(j+1)*k]...)
			j++
		}
	}
	return out
}

// texts writes the lists.
func (t *vectorTally) texts() [][]byte {
	out := make([][]byte, len(t.groups))
	var all sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for n := range threads {
		all.Go(func() {
			for g := n; g < len(out); g += threads {
				out[g] = t.groups[g].text(len(t.asked.Vectors))
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
