package anonymity

import "math"

// grouped is one column to group by: items' codes, and what each code becomes (nil: itself), below card.
type grouped struct {
	codes []uint32
	to    []uint32
	card  int
}

// grouper finds classes of equal items. It keeps its scratch memory from call to call.
type grouper struct {
	keys   []uint64
	ids    []int32
	steps  []uint64
	direct []int32
	slots  []slot
	stamp  uint32
}

type slot struct {
	key   uint64
	id    int32
	stamp uint32
}

// maxSpan bounds the product of cardinalities that one 64-bit key may hold.
const maxSpan = math.MaxUint64 >> 2

// group numbers the classes of n items in order of first appearance. The result is valid until the next call.
func (g *grouper) group(n int, cols []grouped) (ids []int32, classes int) {
	g.reset(n)
	span := uint64(1)
	for _, c := range cols {
		if c.card <= 1 {
			continue
		}
		if span > maxSpan/uint64(c.card) { // the key is full: go on with the classes so far
			span = uint64(g.compress(n, span))
			for i, id := range g.ids[:n] {
				g.keys[i] = uint64(id)
			}
		}
		g.mix(c, span)
		span *= uint64(c.card)
	}
	classes = g.compress(n, span)
	return g.ids[:n], classes
}

func (g *grouper) reset(n int) {
	if cap(g.keys) < n {
		g.keys, g.ids = make([]uint64, n), make([]int32, n)
	}
	g.keys, g.ids = g.keys[:n], g.ids[:n]
	clear(g.keys)
}

// mix adds one column to the keys as a digit of weight span.
func (g *grouper) mix(c grouped, span uint64) {
	keys := g.keys
	codes := c.codes[:len(keys)]
	if c.to == nil {
		for i, code := range codes {
			keys[i] += span * uint64(code)
		}
		return
	}
	g.steps = g.steps[:0]
	for _, to := range c.to {
		g.steps = append(g.steps, span*uint64(to))
	}
	steps := g.steps
	for i, code := range codes {
		keys[i] += steps[code]
	}
}

// compress numbers the distinct keys, all below span, into ids.
func (g *grouper) compress(n int, span uint64) int {
	if span <= uint64(4*n+1024) {
		return g.compressDirect(int(span))
	}
	return g.compressHashed(n)
}

func (g *grouper) compressDirect(span int) int {
	if cap(g.direct) < span {
		g.direct = make([]int32, span)
	}
	seen := g.direct[:span]
	clear(seen)
	classes := int32(0)
	for i, key := range g.keys {
		if seen[key] == 0 {
			classes++
			seen[key] = classes
		}
		g.ids[i] = seen[key] - 1
	}
	return int(classes)
}

func (g *grouper) compressHashed(n int) int {
	g.grow(n)
	slots := g.slots
	mask := uint64(len(slots) - 1)
	classes := int32(0)
	for i, key := range g.keys {
		at := scramble(key) & mask
		for slots[at].stamp == g.stamp && slots[at].key != key {
			at = (at + 1) & mask
		}
		if slots[at].stamp != g.stamp {
			slots[at] = slot{key, classes, g.stamp}
			classes++
		}
		g.ids[i] = slots[at].id
	}
	return int(classes)
}

// grow makes room for n keys at half load and starts a new generation, which empties the table.
func (g *grouper) grow(n int) {
	size := 1024
	for size < 2*n {
		size *= 2
	}
	g.stamp++
	if len(g.slots) < size || g.stamp == 0 {
		g.slots, g.stamp = make([]slot, max(size, len(g.slots))), 1
	}
}

// scramble spreads the bits of a key (the finalizer of MurmurHash3).
func scramble(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
