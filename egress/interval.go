package egress

import (
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// interval is what an attacker can derive for the count in a suppressed cell: no less than low, no more than high.
type interval struct {
	row       int // from 0
	low, high int64
}

// width is how many counts besides one are possible.
func (i interval) width() int64 { return i.high - i.low }

// intervals returns, for a column of counts in a table of one or two keys, the interval of each suppressed cell that
// anybody can derive who knows all visible cells, the totals of all lines, and that no count is negative. They are the
// optima of a linear programme. The programme is a flow through a network: lines are its nodes, suppressed cells its
// edges (Gusfield 1988), so the optima are whole numbers and exact. It is false for other columns and tables.
func (c *suppressor) intervals(col int) (out []interval, ok bool) {
	if c.dims < 1 || c.dims > 2 || !c.counted(col) {
		return nil, false
	}
	n, rows := network{around: make([][]int, len(c.lines)+1)}, []int(nil)
	for row := range c.groups {
		if c.cells[col][row] != hidden {
			continue
		}
		tail, head := c.of[row][0], len(c.lines)
		if c.dims == 2 {
			head = c.of[row][1]
		}
		n.add(tail, head, c.count(col, row))
		rows = append(rows, row)
	}
	for i, row := range rows {
		if row < c.found {
			low, high := n.bounds(i)
			out = append(out, interval{row, low, high})
		}
	}
	return out, true
}

// counted reports whether the evidence has the numbers in a column: those of whole groups.
func (t *table) counted(col int) bool {
	c := t.columns[col]
	return c.Part == 0 && !c.Repeats && (c.Function == "count" || c.Function == "count_units")
}

func (t *table) count(col, row int) int64 {
	if t.columns[col].Function == "count_units" {
		return t.groups[row].Units
	}
	return t.groups[row].Rows
}

// describeNarrow says besides how many cells below the threshold have an interval narrower than k, and which interval
// is the narrowest. It is for reviewers, since it depends on exact counts.
func (c *suppressor) describeNarrow(msg yumen.Text) yumen.Text {
	if len(c.groups) > maxAudited {
		return msg
	}
	n, least := 0, interval{high: math.MaxInt64}
	for col := range c.columns {
		all, _ := c.intervals(col)
		for _, i := range all {
			if !c.small(i.row, col) || c.isTotal(i.row) || i.width() >= int64(c.s.K) {
				continue
			}
			if n++; i.width() < least.width() {
				least = i
			}
		}
	}
	if n == 0 {
		return msg
	}
	return yumen.Say("%s. Whoever knows all totals can derive that %d counts below the threshold lie within fewer than %d of "+
		"each other; the narrowest, in row %d, is %d to %d",
		"%s。知晓全部总量者可推知其中 %d 个低于阈值的计数所在区间宽度不足 %d；最窄者在第 %d 行，为 %d 至 %d", msg, n, c.s.K, least.row+1,
		least.low, least.high)
}

// maxAudited is up to how many rows intervals are derived: twice a flow for each suppressed cell.
const maxAudited = 5000

// network is a flow through suppressed cells. What a cell holds flows from tail to head; all that comes into a node
// less what goes out of it is known.
type network struct {
	head   []int   // of each arc: arc 2i raises cell i, arc 2i+1 lowers it
	room   []int64 // by how much, as far as the cell itself goes
	around [][]int // arcs that leave each node
}

func (n *network) add(tail, head int, holds int64) {
	n.around[tail] = append(n.around[tail], len(n.head))
	n.around[head] = append(n.around[head], len(n.head)+1)
	n.head, n.room = append(n.head, head, tail), append(n.room, unbounded, holds)
}

// unbounded leaves room to add without an overflow.
const unbounded = math.MaxInt64 / 4

// bounds returns the least and most that a cell can hold.
func (n *network) bounds(cell int) (low, high int64) {
	tail, head, holds := n.head[2*cell+1], n.head[2*cell], n.room[2*cell+1]
	return holds - n.flow(tail, head, cell, holds), holds + n.flow(head, tail, cell, unbounded)
}

// flow is the most, up to a bound, that can go from one node to another without a cell (Dinitz 1970).
func (n *network) flow(from, to, without int, bound int64) (sum int64) {
	room := slices.Clone(n.room)
	room[2*without], room[2*without+1] = 0, 0
	level, next := make([]int, len(n.around)), make([]int, len(n.around))
	for sum < bound && n.layers(room, level, from, to) {
		clear(next)
		for {
			more := n.push(room, level, next, from, to, bound-sum)
			if more == 0 {
				break
			}
			sum += more
		}
	}
	return sum
}

// layers numbers the nodes by their distance from one, from 1, and reports whether another is reached.
func (n *network) layers(room []int64, level []int, from, to int) bool {
	clear(level)
	level[from] = 1
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for _, arc := range n.around[queue[0]] {
			if node := n.head[arc]; room[arc] > 0 && level[node] == 0 {
				level[node] = level[queue[0]] + 1
				queue = append(queue, node)
			}
		}
	}
	return level[to] > 0
}

// push sends as much as one path over the layers takes.
func (n *network) push(room []int64, level, next []int, at, to int, most int64) int64 {
	if at == to {
		return most
	}
	for ; next[at] < len(n.around[at]); next[at]++ {
		arc := n.around[at][next[at]]
		node := n.head[arc]
		if room[arc] == 0 || level[node] != level[at]+1 {
			continue
		}
		if sent := n.push(room, level, next, node, to, min(most, room[arc])); sent > 0 {
			room[arc] -= sent
			room[arc^1] += sent
			return sent
		}
	}
	return 0
}

// isTotal reports whether a cell is the only one of a line: it is that line's total, which this result does not show.
func (g *grid) isTotal(row int) bool {
	return slices.ContainsFunc(g.of[row], func(line int) bool { return len(g.lines[line]) == 1 })
}
