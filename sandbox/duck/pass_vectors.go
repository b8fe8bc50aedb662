package duck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
)

// vectorTally keeps, for each group, what the units with the lowest numbers add to figures (see task.EvidenceVectors).
type vectorTally struct {
	asked  *task.Grouping
	kept   int            // units in all lists
	groups [][]unitVector // in order of units
}

type unitVector struct {
	unit int64
	adds []int64
}

// maxPassedVectors bounds the numbers in all lists together.
const maxPassedVectors = 1 << 22

func (t *vectorTally) group() {
	if len(t.asked.Vectors) > 0 {
		t.groups = append(t.groups, nil)
	}
}

func (t *vectorTally) full() bool { return t.kept*len(t.asked.Vectors) > maxPassedVectors }

// wants reports whether a unit is one of the first of its group, so far.
func (t *vectorTally) wants(g int32, unit int64) bool {
	if len(t.asked.Vectors) == 0 {
		return false
	}
	of := t.groups[g]
	return len(of) < t.asked.Looked || unit < of[len(of)-1].unit
}

// add puts a unit in that is wanted.
func (t *vectorTally) add(g int32, v unitVector) {
	of := t.groups[g]
	at, _ := slices.BinarySearchFunc(of, v.unit, func(o unitVector, unit int64) int { return int(min(1, max(-1, o.unit-unit))) })
	if of = slices.Insert(of, at, v); len(of) > t.asked.Looked {
		of = of[:t.asked.Looked]
	} else {
		t.kept++
	}
	t.groups[g] = of
}

// unit puts in what a unit has in a group, at a place.
func (t *vectorTally) unit(g int32, unit int64, from *groupTally, at int) {
	if !t.wants(g, unit) {
		return
	}
	v := unitVector{unit: unit}
	for _, n := range t.asked.Vectors {
		v.adds = append(v.adds, from.added(t.asked.Measures[n-1], at)%linear.Prime)
	}
	t.add(g, v)
}

// merge adds another tally of other units.
func (t *vectorTally) merge(o *vectorTally, to []int32) {
	for from, g := range to {
		if from >= len(o.groups) {
			return
		}
		for _, v := range o.groups[from] {
			if t.wants(g, v.unit) {
				t.add(g, v)
			}
		}
	}
}

// texts writes the lists.
func (t *vectorTally) texts() (out [][]byte) {
	for _, of := range t.groups {
		units := map[string]int{}
		var texts []string
		for _, v := range of {
			var numbers []string
			for _, x := range v.adds {
				numbers = append(numbers, strconv.FormatInt(x, 10))
			}
			text := strings.Join(numbers, ",")
			if units[text]++; units[text] == 1 {
				texts = append(texts, text)
			}
		}
		slices.Sort(texts)
		for i, text := range texts {
			texts[i] = fmt.Sprintf("1:%s:%d", text, units[text])
		}
		out = append(out, []byte(strings.Join(texts, " ")))
	}
	return out
}
