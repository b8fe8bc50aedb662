package technique

import (
	randv2 "math/rand/v2"
)

// controlledRound rounds the cells in place to multiples of base next to them, so that the sum of every row, of every
// column and of all is next to what it was, too. It is unbiased: Cox (1987), A constructive procedure for unbiased
// controlled rounding. One row and one column of slack make all sums multiples; then cells in between are moved along
// cycles of such cells, up and down in turn, until none is left.
func controlledRound(cells [][]int64, base int64, random *randv2.Rand) {
	if len(cells) == 0 {
		return
	}
	t := newCoxTable(cells, base)
	for {
		cycle := t.cycle()
		if cycle == nil {
			break
		}
		t.shift(cycle, random)
	}
	for i := range cells {
		for j, v := range cells[i] {
			_, rest := floorDiv(v, base)
			cells[i][j] = v - rest + t.rest[i][j]
		}
	}
}

// coxTable holds what is left of each cell above a multiple, from 0 to base, and for each row and column the places of
// cells strictly in between. Places are numbered row·width+column.
type coxTable struct {
	base int64
	rest [][]int64
	open [2][][]int // by side (rows, columns), then line: the other coordinate; may hold closed ones
	from int
}

func newCoxTable(cells [][]int64, base int64) *coxTable {
	m, n := len(cells), len(cells[0])
	t := &coxTable{base: base, rest: make([][]int64, m+1)}
	for i := range t.rest {
		t.rest[i] = make([]int64, n+1)
	}
	for i := range m {
		for j := range n {
			_, t.rest[i][j] = floorDiv(cells[i][j], base)
			t.rest[i][n] = mod(t.rest[i][n]-t.rest[i][j], base)
			t.rest[m][j] = mod(t.rest[m][j]-t.rest[i][j], base)
			t.rest[m][n] = mod(t.rest[m][n]+t.rest[i][j], base)
		}
	}
	t.open[0], t.open[1] = make([][]int, m+1), make([][]int, n+1)
	for i := range t.rest {
		for j := range t.rest[i] {
			if t.isOpen(i, j) {
				t.open[0][i] = append(t.open[0][i], j)
				t.open[1][j] = append(t.open[1][j], i)
			}
		}
	}
	return t
}

func mod(a, b int64) int64 {
	_, rest := floorDiv(a, b)
	return rest
}

func (t *coxTable) isOpen(i, j int) bool { return t.rest[i][j] > 0 && t.rest[i][j] < t.base }

// cell is a place in the table.
type cell struct{ row, col int }

// cycle walks from row to column to row over open cells, never back by the one it came by, until a line is met again.
// In a table whose sums are all multiples, no line has exactly one open cell, so the walk cannot end otherwise.
func (t *coxTable) cycle() []cell {
	for ; t.from < len(t.open[0]); t.from++ {
		if t.nextOpen(0, t.from, -1) >= 0 {
			break
		}
	}
	if t.from == len(t.open[0]) {
		return nil
	}
	seen := [2]map[int]int{{}, {}} // line → length of the walk when it was met
	var walk []cell
	side, line, came := 0, t.from, -1
	for {
		if start, ok := seen[side][line]; ok {
			return walk[start:]
		}
		seen[side][line] = len(walk)
		other := t.nextOpen(side, line, came)
		if side == 0 {
			walk = append(walk, cell{line, other})
		} else {
			walk = append(walk, cell{other, line})
		}
		side, line, came = 1-side, other, line
	}
}

// nextOpen returns an open cell of a line other than the one the walk came by, or −1. It forgets closed ones on its
// way.
func (t *coxTable) nextOpen(side, line, came int) int {
	list := t.open[side][line]
	for k := 0; k < len(list); {
		i, j := line, list[k]
		if side == 1 {
			i, j = j, i
		}
		switch {
		case !t.isOpen(i, j):
			list[k] = list[len(list)-1]
			list = list[:len(list)-1]
		case list[k] == came:
			k++
		default:
			t.open[side][line] = list
			return list[k]
		}
	}
	t.open[side][line] = list
	return -1
}

// shift moves the cells of a cycle up and down in turn, as far as one of them allows, in one of the two ways, with
// probabilities in inverse proportion to the distances, which keeps every expected value.
func (t *coxTable) shift(cycle []cell, random *randv2.Rand) {
	up, down := t.base, t.base
	for k, c := range cycle {
		v := t.rest[c.row][c.col]
		if k%2 == 1 {
			v = t.base - v
		}
		up, down = min(up, t.base-v), min(down, v)
	}
	by := up
	if random.Int64N(up+down) < up {
		by = -down
	}
	for k, c := range cycle {
		if k%2 == 0 {
			t.rest[c.row][c.col] += by
		} else {
			t.rest[c.row][c.col] -= by
		}
	}
}
