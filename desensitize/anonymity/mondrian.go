package anonymity

import (
	"context"
	"slices"
)

// cutter cuts records into classes. A record is a rank for each quasi-identifier, a code for each sensitive attribute,
// and the number of the row.
type cutter struct {
	ctx         context.Context
	width       int
	k           int64
	axes        []*axis
	tests       []*test
	left, right []*tally // of each sensitive attribute
	memory      int64
	dir         string
	progress    func(done, total int64)
	done, told  int64
	out         *Recoding
	hist        []int32
	few         []uint32
	room        []span // of the records at hand, by column and by falling width: used up before going deeper
	sorted      []span
	lo, hi      []uint32
}

// span is the range of one column over some records.
type span struct {
	column int
	lo, hi uint32
	width  float64 // (hi − lo) ÷ (values of the column − 1)
}

// place is where a column is cut: ranks up to at go left.
type place struct {
	at   uint32
	left int64
}

// cut cuts records in memory, reordering them.
func (c *cutter) cut(records []uint32) error {
	n := int64(len(records) / c.width)
	lo, hi := c.noSpans()
	for at := 0; at < len(records); at += c.width {
		stretch(records[at:at+len(lo)], lo, hi)
	}
	spans := c.spans()
	if n >= 2*c.k {
		if err := c.ctx.Err(); n > 1<<12 && err != nil {
			return context.Cause(c.ctx)
		}
		for _, s := range c.widest(spans) {
			p, ok := c.median(records, s)
			if ok && c.allowed(s, p, func(do func([]uint32)) { eachRecord(records, c.width, do) }) {
				c.partition(records, s.column, p)
				middle := p.left * int64(c.width)
				if err := c.cut(records[:middle]); err != nil {
					return err
				}
				return c.cut(records[middle:])
			}
		}
	}
	id := c.class(spans, n)
	for at := c.width - 1; at < len(records); at += c.width {
		c.out.of[records[at]] = id
	}
	return nil
}

func eachRecord(records []uint32, width int, do func([]uint32)) {
	for at := 0; at < len(records); at += width {
		do(records[at : at+width])
	}
}

// noSpans returns bounds for each column to be stretched over records, after which spans returns the ranges.
func (c *cutter) noSpans() (lo, hi []uint32) {
	if c.lo == nil {
		c.lo, c.hi = make([]uint32, len(c.axes)), make([]uint32, len(c.axes))
	}
	for i := range c.lo {
		c.lo[i], c.hi[i] = ^uint32(0), 0
	}
	return c.lo, c.hi
}

func (c *cutter) spans() []span {
	c.room = c.room[:0]
	for i, a := range c.axes {
		s := span{column: i, lo: c.lo[i], hi: c.hi[i]}
		if s.hi > s.lo {
			s.width = float64(s.hi-s.lo) / float64(len(a.values)-1)
		}
		c.room = append(c.room, s)
	}
	return c.room
}

func stretch(ranks, lo, hi []uint32) {
	for i, r := range ranks {
		lo[i] = min(lo[i], r)
		hi[i] = max(hi[i], r)
	}
}

// widest returns the spans that can be cut, the widest first; the first column among equals.
func (c *cutter) widest(spans []span) []span {
	sorted := c.sorted[:0]
	for _, s := range spans {
		if s.hi == s.lo {
			continue
		}
		at := len(sorted)
		for at > 0 && sorted[at-1].width < s.width {
			at--
		}
		sorted = slices.Insert(sorted, at, s)
	}
	c.sorted = sorted
	return sorted
}

// median returns the place that cuts records in memory most evenly, and whether both sides have k.
func (c *cutter) median(records []uint32, s span) (place, bool) {
	n := int64(len(records) / c.width)
	if n <= 64 {
		return c.evenest(c.medianOfFew(records, s.column), n)
	}
	below := int64(0) // records left of the window [lo, hi]
	lo, hi := s.lo, s.hi
	for {
		shift := c.window(lo, hi, n)
		for at := s.column; at < len(records); at += c.width {
			if r := records[at]; r >= lo && r <= hi {
				c.hist[(r-lo)>>shift]++
			}
		}
		bucket := uint32(0)
		for below+int64(c.hist[bucket]) <= n/2 {
			below += int64(c.hist[bucket])
			bucket++
		}
		if shift == 0 {
			return c.evenest(middle{lo + bucket, below, below + int64(c.hist[bucket])}, n)
		}
		lo += bucket << shift
		hi = min(hi, lo+1<<shift-1)
	}
}

// middle is the median rank, and how many records lie below it and up to it.
type middle struct {
	rank        uint32
	below, upTo int64
}

// window clears a histogram for the ranks from lo to hi and returns how many bits of them fall into one bucket.
func (c *cutter) window(lo, hi uint32, n int64) uint {
	buckets := 1 << 14
	for buckets > 128 && int64(buckets) > n {
		buckets >>= 1
	}
	shift := uint(0)
	for (hi-lo)>>shift >= uint32(buckets) {
		shift++
	}
	if c.hist == nil {
		c.hist = make([]int32, 1<<14)
	}
	clear(c.hist[:(hi-lo)>>shift+1])
	return shift
}

func (c *cutter) medianOfFew(records []uint32, column int) middle {
	c.few = c.few[:0]
	for at := column; at < len(records); at += c.width {
		c.few = append(c.few, records[at])
	}
	slices.Sort(c.few)
	m := middle{rank: c.few[len(c.few)/2]}
	for _, r := range c.few {
		if r < m.rank {
			m.below++
		}
		if r <= m.rank {
			m.upTo++
		}
	}
	return m
}

// evenest picks the more even of the cuts before and after the median rank. No other cut is more even than both.
func (c *cutter) evenest(m middle, n int64) (place, bool) {
	p := place{m.rank, m.upTo}
	if min(m.below, n-m.below) > min(m.upTo, n-m.upTo) {
		p = place{m.rank - 1, m.below}
	}
	return p, min(p.left, n-p.left) >= c.k
}

// allowed reports whether both sides of a cut meet the models beside k-anonymity.
func (c *cutter) allowed(s span, p place, each func(func([]uint32))) bool {
	if len(c.tests) == 0 {
		return true
	}
	for i := range c.left {
		c.left[i].reset()
		c.right[i].reset()
	}
	each(func(record []uint32) {
		side := c.left
		if record[s.column] > p.at {
			side = c.right
		}
		for i := range side {
			side[i].add(record[len(c.axes)+i], 1)
		}
	})
	for _, t := range c.tests {
		left, right := c.left[t.place].class(), c.right[t.place].class()
		if !t.holds(t.measure(&left)) || !t.holds(t.measure(&right)) {
			return false
		}
	}
	return true
}

// partition moves the records that go left to the front.
func (c *cutter) partition(records []uint32, column int, p place) {
	w := c.width
	i, j := 0, len(records)-w
	for i <= j {
		switch {
		case records[i+column] <= p.at:
			i += w
		case records[j+column] > p.at:
			j -= w
		default:
			a, b := records[i:i+w], records[j:j+w]
			for x := range a {
				a[x], b[x] = b[x], a[x]
			}
			i, j = i+w, j-w
		}
	}
}

// class opens a new class of n records.
func (c *cutter) class(spans []span, n int64) uint32 {
	id := uint32(len(c.out.size))
	c.out.size = append(c.out.size, uint32(n))
	for _, s := range spans {
		c.out.bounds = append(c.out.bounds, [2]uint32{s.lo, s.hi})
	}
	c.done += n
	if c.progress != nil && (c.done-c.told >= 1<<16 || c.done == int64(len(c.out.of))) {
		c.told = c.done
		c.progress(c.done, int64(len(c.out.of)))
	}
	return id
}

// tally counts the values of one sensitive attribute.
type tally struct {
	count []int64
	seen  []uint32
	total int64
	list  []int64
}

func newTally(values int) *tally { return &tally{count: make([]int64, values)} }

func (t *tally) add(code uint32, n int64) {
	if n == 0 {
		return
	}
	if t.count[code] == 0 {
		t.seen = append(t.seen, code)
	}
	t.count[code] += n
	t.total += n
}

func (t *tally) reset() {
	for _, code := range t.seen {
		t.count[code] = 0
	}
	t.seen, t.total = t.seen[:0], 0
}

// class presents the counts; it is valid until the next change.
func (t *tally) class() class {
	t.list = t.list[:0]
	for _, code := range t.seen {
		t.list = append(t.list, t.count[code])
	}
	return class{size: t.total, whole: t.total, codes: t.seen, counts: t.list}
}
