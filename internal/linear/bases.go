package linear

// Bases are bases of all vectors of so many dimensions, chosen one after the other so that no two share a vector. It is
// elimination as in Span, over vectors that lie one after the other in a list, for many lists. It is not safe for
// concurrent use.
type Bases struct {
	dim    int
	pivots []int64 // of the basis in the making, by the column that leads: the vector, 1 there
	found  []bool  // by column
	rest   []int64 // of the vector that is looked at
	used   []bool  // by vector
}

// NewBases makes room for vectors of so many dimensions.
func NewBases(dim int) *Bases {
	return &Bases{dim: dim, pivots: make([]int64, dim*dim), found: make([]bool, dim), rest: make([]int64, dim)}
}

// Count returns how many such bases are found among vectors, most at most. The entries of each, between -Prime and
// Prime, are dim places of the list.
func (b *Bases) Count(vectors []int32, most int) (n int) {
	b.used = append(b.used[:0], make([]bool, len(vectors)/b.dim)...)
	for n < most && b.one(vectors) {
		n++
	}
	return n
}

// one chooses a basis among the vectors that no other has.
func (b *Bases) one(vectors []int32) bool {
	clear(b.found)
	missing := b.dim
	for i := range b.used {
		if !b.used[i] && b.add(vectors[i*b.dim:][:b.dim]) {
			b.used[i] = true
			if missing--; missing == 0 {
				return true
			}
		}
	}
	return false
}

// add puts a vector into the basis, and reports whether it was no linear combination of those that are there.
func (b *Bases) add(v []int32) bool {
	for i, x := range v {
		b.rest[i] = int64(x) + int64(x>>31)&Prime // from 0 on
	}
	for lead, x := range b.rest {
		if x == 0 {
			continue
		}
		pivot, rest := b.pivots[lead*b.dim:][lead:b.dim], b.rest[lead:]
		if !b.found[lead] {
			b.found[lead] = true
			inverse := Invert(x)
			for i, y := range rest {
				pivot[i] = y * inverse % Prime
			}
			return true
		}
		for i, y := range pivot {
			rest[i] = (rest[i] + (Prime-x)*y) % Prime
		}
	}
	return false
}
