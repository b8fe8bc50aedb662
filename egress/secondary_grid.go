package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// maxDims is for how many keys hypercubes are looked for: they have 2^keys corners, and a table of more keys is sparse
// anyway.
const maxDims = 4

// grid is where the rows of an aggregate result lie along its keys.
type grid struct {
	dims   int
	lines  [][]int      // rows of each line: all keys but one are the same
	of     [][]int      // lines of each row, one for each key
	stride [maxDims]int // of place
	place  map[int]int  // number of a position → row
}

func newGrid(groups []yumen.GroupEvidence) *grid {
	g := &grid{of: make([][]int, len(groups)), place: make(map[int]int, len(groups))}
	if len(groups) == 0 {
		return g
	}
	g.dims = len(groups[0].Keys)
	for d := range g.dims {
		g.addLines(groups, d)
	}
	if g.dims <= maxDims {
		g.addPlaces(groups)
	}
	return g
}

// addLines finds the lines along key d.
func (g *grid) addLines(groups []yumen.GroupEvidence, d int) {
	number := map[string]int{}
	for row, group := range groups {
		others := slices.Clone(group.Keys)
		others[d] = 0
		name := fmt.Sprint(others)
		line, ok := number[name]
		if !ok {
			line = len(g.lines)
			number[name] = line
			g.lines = append(g.lines, nil)
		}
		g.lines[line] = append(g.lines[line], row)
		g.of[row] = append(g.of[row], line)
	}
}

// addPlaces numbers the positions. The numbers of a key's values are at most as many as rows, so four keys of maxTable
// rows fit.
func (g *grid) addPlaces(groups []yumen.GroupEvidence) {
	stride := 1
	for d := range g.dims {
		most := 0
		for _, group := range groups {
			most = max(most, group.Keys[d])
		}
		g.stride[d] = stride
		stride *= most + 1
	}
	for row, group := range groups {
		g.place[g.number(group.Keys, group.Keys, 0)] = row
	}
}

// at returns the row at the corner between two positions that takes the keys of bits from to, the others from from; -1
// if none.
func (g *grid) at(from, to []int, bits int) int {
	if row, ok := g.place[g.number(from, to, bits)]; ok {
		return row
	}
	return -1
}

func (g *grid) number(from, to []int, bits int) int {
	n := 0
	for d := range g.dims {
		if bits>>d&1 == 1 {
			n += to[d] * g.stride[d]
		} else {
			n += from[d] * g.stride[d]
		}
	}
	return n
}
