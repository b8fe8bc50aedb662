package anonymity

// partition is what one generalization makes of a table: its classes, and which of them fail a model.
type partition struct {
	v       *tuples
	ladders []*ladder
	tests   []*test

	levels     []uint8
	ids        []int32 // tuple → class
	size       []int64 // class → released rows
	whole      []int64 // class → rows of the population
	bad        []bool  // class → fails some model
	failed     bool    // a class fails that has no released row and so cannot be suppressed
	suppressed int64   // released rows in classes that fail
	doomed     int64   // of these, rows in classes that fail a monotone model

	g      grouper
	cols   []grouped
	starts []int32 // class → place of its first tuple in order
	order  []int32 // tuples by class
	hist   [][]int64
	buffer []class
}

func newPartition(v *tuples, ladders []*ladder, tests []*test) *partition {
	p := &partition{v: v, ladders: ladders, tests: tests, cols: make([]grouped, len(ladders))}
	p.hist, p.buffer = make([][]int64, len(v.sensitive)), make([]class, len(v.sensitive))
	for s, place := range v.sensitive {
		p.hist[s] = make([]int64, len(v.table.cols[place].values))
	}
	return p
}

// make groups the tuples by their values at the given levels and tests the classes. It counts a failing class as
// suppressed; suppressing says that this will be allowed.
func (p *partition) make(levels []uint8, suppressing bool) {
	p.levels = levels
	for c, l := range p.ladders {
		p.cols[c] = grouped{codes: p.v.code[c], to: l.to[levels[c]], card: l.card[levels[c]]}
	}
	ids, n := p.g.group(len(p.v.count), p.cols)
	p.ids = ids
	p.measure(n)
	p.judge(suppressing)
}

// measure counts the rows of each class.
func (p *partition) measure(n int) {
	p.size = zeroed(p.size, n)
	for i, id := range p.ids {
		p.size[id] += int64(p.v.count[i])
	}
	p.whole = p.size
	if len(p.v.count) > 0 && &p.v.whole[0] != &p.v.count[0] {
		p.whole = make([]int64, n)
		for i, id := range p.ids {
			p.whole[id] += int64(p.v.whole[i])
		}
	}
	if len(p.v.sensitive) > 0 {
		p.sort(n)
	}
}

func zeroed(x []int64, n int) []int64 {
	if cap(x) < n {
		return make([]int64, n)
	}
	x = x[:n]
	clear(x)
	return x
}

// sort lists the tuples class by class.
func (p *partition) sort(n int) {
	p.starts = make([]int32, n+1)
	for _, id := range p.ids {
		p.starts[id+1]++
	}
	for id := range n {
		p.starts[id+1] += p.starts[id]
	}
	if p.order == nil {
		p.order = make([]int32, len(p.ids))
	}
	next := append([]int32(nil), p.starts...)
	for i, id := range p.ids {
		p.order[next[id]] = int32(i)
		next[id]++
	}
}

// judge tests every class with every model.
func (p *partition) judge(suppressing bool) {
	p.bad, p.failed, p.suppressed, p.doomed = make([]bool, len(p.size)), false, 0, 0
	for id := range p.size {
		bad, doomed := false, false
		p.eachTest(id, func(t *test, measure float64) {
			if !t.holds(measure) {
				bad = true
				doomed = doomed || t.monotone || !suppressing
			}
		})
		if !bad {
			continue
		}
		p.bad[id] = true
		p.failed = p.failed || p.size[id] == 0
		p.suppressed += p.size[id]
		if doomed {
			p.doomed += p.size[id]
		}
	}
}

// eachTest measures one class with every model that applies to it.
func (p *partition) eachTest(id int, report func(*test, float64)) {
	for s := range p.v.sensitive {
		p.fill(id, s)
	}
	plain := class{size: p.size[id], whole: p.whole[id]}
	for _, t := range p.tests {
		switch {
		case plain.size == 0 && !t.empty:
		case t.place < 0:
			report(t, t.measure(&plain))
		default:
			report(t, t.measure(&p.buffer[t.place]))
		}
	}
}

// fill collects the values of one sensitive attribute in a class.
func (p *partition) fill(id, s int) {
	c, hist, codes := &p.buffer[s], p.hist[s], p.v.code[len(p.v.quasi)+s]
	c.size, c.whole, c.codes, c.counts = p.size[id], p.whole[id], c.codes[:0], c.counts[:0]
	for _, i := range p.order[p.starts[id]:p.starts[id+1]] {
		if p.v.count[i] == 0 {
			continue
		}
		if hist[codes[i]] == 0 {
			c.codes = append(c.codes, codes[i])
		}
		hist[codes[i]] += int64(p.v.count[i])
	}
	for _, code := range c.codes {
		c.counts = append(c.counts, hist[code])
		hist[code] = 0
	}
}

func (p *partition) eachSuppressed(do func(tuple int)) {
	for i, id := range p.ids {
		if p.bad[id] {
			do(i)
		}
	}
}
