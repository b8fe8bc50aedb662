package duck

import (
	"math/bits"
	"math/rand/v2"
)

// numbering gives values of up to 16 bytes small numbers: a hash table with open addressing, which is some times faster than a
// map where it is asked once for each row of a version.
type numbering struct {
	entries []entry // a power of two, at most half of them taken
	taken   int
	shift   int
	seed    uint64
}

type entry struct {
	key  wide
	code int32
	used bool
}

func newNumbering() *numbering {
	return &numbering{entries: make([]entry, 64), shift: 64 - 6, seed: rand.Uint64()}
}

// find returns the number of a key, or where it would stand.
func (t *numbering) find(key wide) (code int32, at int, ok bool) {
	hi, lo := bits.Mul64(key.lo^t.seed, 0x9e3779b97f4a7c15)
	at = int(((hi ^ lo ^ key.hi) * 0xff51afd7ed558ccd) >> t.shift)
	for {
		e := &t.entries[at&(len(t.entries)-1)]
		if !e.used {
			return 0, at & (len(t.entries) - 1), false
		}
		if e.key == key {
			return e.code, 0, true
		}
		at++
	}
}

// add gives a key that find did not find its number.
func (t *numbering) add(key wide, code int32) {
	if t.taken++; 2*t.taken > len(t.entries) {
		old := t.entries
		t.entries, t.shift = make([]entry, 2*len(old)), t.shift-1
		for _, e := range old {
			if e.used {
				_, at, _ := t.find(e.key)
				t.entries[at] = e
			}
		}
	}
	_, at, _ := t.find(key)
	t.entries[at] = entry{key, code, true}
}
