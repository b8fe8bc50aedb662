package duck

import (
	"math/bits"
	"math/rand/v2"
)

// numbering gives values of up to 16 bytes small numbers: a hash table with open addressing that is asked once for each
// row of a version. It is kept so empty that nearly every value stands where it is looked for first, because a branch
// that the processor cannot foresee costs more than a cache line.
type numbering struct {
	entries []entry // a power of two, at most an eighth of them taken
	taken   int
	seeds   wide
}

// entry is free where its code is vacant.
type entry struct {
	key  wide
	code int32
}

const vacant = -1 << 31

func newNumbering() *numbering {
	return &numbering{entries: vacantEntries(256), seeds: wide{rand.Uint64(), rand.Uint64()}}
}

func vacantEntries(n int) []entry {
	es := make([]entry, n)
	for i := range es {
		es[i].code = vacant
	}
	return es
}

// home returns where a key is looked for first.
func (n *numbering) home(key wide) int {
	hi, lo := bits.Mul64(key.lo^n.seeds.lo, key.hi^n.seeds.hi)
	return int(hi^lo) & (len(n.entries) - 1)
}

// find returns the number of a key.
func (n *numbering) find(key wide) (code int32, ok bool) {
	if e := &n.entries[n.home(key)]; e.key == key && e.code != vacant {
		return e.code, true
	}
	e := n.at(key)
	return e.code, e.code != vacant
}

// at returns the entry of a key, or the free one where it would stand.
func (n *numbering) at(key wide) *entry {
	for i := n.home(key); ; i++ {
		if e := &n.entries[i&(len(n.entries)-1)]; e.key == key || e.code == vacant {
			return e
		}
	}
}

// add gives a key that find did not find its number.
func (n *numbering) add(key wide, code int32) {
	if n.taken++; 8*n.taken > len(n.entries) {
		old := n.entries
		n.entries = vacantEntries(2 * len(old))
		for _, e := range old {
			if e.code != vacant {
				*n.at(e.key) = e
			}
		}
	}
	*n.at(key) = entry{key, code}
}
