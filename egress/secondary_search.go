package egress

import (
	"container/heap"
	"slices"
)

// cycle returns the visible rows of the cheapest cycle through a suppressed cell of a table of two keys: it leads
// from one of the cell's lines to the other over other cells (Dijkstra 1959). It is false where there is none.
func (c *suppressor) cycle(col, row int) (more []int, ok bool) {
	if _, ok = c.path(col, row, false); ok {
		return nil, true // all of it is suppressed
	}
	return c.path(col, row, true)
}

// path is the rest of a cycle, which may lead over visible cells or not.
func (c *suppressor) path(col, row int, overVisible bool) (more []int, ok bool) {
	from, to := c.of[row][0], c.of[row][1]
	done := map[int]step{}
	for todo := (steps{{line: from, over: row}}); len(todo) > 0; {
		at := heap.Pop(&todo).(step)
		if _, known := done[at.line]; known {
			continue
		}
		done[at.line] = at
		if at.line == to {
			break
		}
		for _, over := range c.lines[at.line] {
			if over == row || c.cells[col][over] == visible && !overVisible || !c.hides(col, over, row) {
				continue
			}
			line := c.of[over][0] + c.of[over][1] - at.line
			if _, known := done[line]; !known {
				heap.Push(&todo, step{line, over, at.cost.plus(c.cost(col, over))})
			}
		}
	}
	if _, ok = done[to]; !ok {
		return nil, false
	}
	for line := to; line != from; {
		over := done[line].over
		if c.cells[col][over] == visible {
			more = append(more, over)
		}
		line = c.of[over][0] + c.of[over][1] - line
	}
	slices.Sort(more)
	return more, true
}

// hides reports whether a cell can stand in the cycle or hypercube of another. Where that is below the threshold, this
// one may not be: all totals must hold where it is lower by k, and persons who are alone in it, and so know it, must
// know no more of the other. A cell that is not below the threshold is no secret of few units: it need only be no
// difference of others. In a table with totals, cells that rest on few units are barred.
func (c *suppressor) hides(col, row, other int) bool {
	if c.barred != nil {
		return !c.barred(row)
	}
	return !c.small(row, col) || !c.small(other, col)
}

// step is a line that a path leads to, the row that it comes over and what the path costs so far.
type step struct {
	line, over int
	cost       cost
}

// steps are a heap of them, the cheapest first, then in the order of places.
type steps []step

func (s steps) Len() int { return len(s) }
func (s steps) Less(i, j int) bool {
	a, b := s[i], s[j]
	if d := a.cost.compare(b.cost); d != 0 {
		return d < 0
	}
	return a.line < b.line || a.line == b.line && a.over < b.over
}
func (s steps) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *steps) Push(x any)   { *s = append(*s, x.(step)) }
func (s *steps) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}

// cheapestCube returns the visible rows of the cheapest hypercube that a cell is a corner of; false where there is
// none.
func (c *suppressor) cheapestCube(col, row int) (more []int, ok bool) {
	var best cube
	for opposite := range c.groups {
		q, found := c.cube(col, row, opposite)
		if found && (!ok || q.cost.compare(best.cost) < 0) {
			best, ok = q, true
		}
		if ok && best.cost.n == 0 {
			break
		}
	}
	return best.more[:best.cost.n], ok
}

// cube is what is still visible of a hypercube.
type cube struct {
	more [1 << maxDims]int // rows
	cost cost
}

// cube looks at the hypercube between two opposite corners. It is none where the corners share a position on a key, or
// where one of the others is missing or cannot stand in it.
func (c *suppressor) cube(col, row, opposite int) (q cube, ok bool) {
	from, to := c.groups[row].Keys, c.groups[opposite].Keys
	for d := range from {
		if from[d] == to[d] {
			return q, false
		}
	}
	for bits := 1; bits < 1<<c.dims; bits++ {
		r := c.at(from, to, bits)
		if r < 0 || !c.hides(col, r, row) {
			return q, false
		}
		if c.cells[col][r] == visible {
			q.more[q.cost.n] = r
			q.cost = q.cost.plus(c.cost(col, r))
		}
	}
	return q, true
}
