package ledger

import "math/bits"

// prime is the modulus of atoms, 2⁶¹−1: what is a combination over the rationals is one modulo it, and the other way
// round but for determinants that it divides.
const prime = 1<<61 - 1

func mulMod(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return addMod(hi<<3|lo>>61, lo&prime)
}

func addMod(a, b uint64) uint64 {
	if a += b; a >= prime {
		a -= prime
	}
	return a
}

func negMod(a uint64) uint64 {
	if a == 0 {
		return 0
	}
	return prime - a
}

func invMod(a uint64) uint64 {
	out := uint64(1)
	for e := uint64(prime - 2); e > 0; e >>= 1 {
		if e&1 == 1 {
			out = mulMod(out, a)
		}
		a = mulMod(a, a)
	}
	return out
}

// modOf is an integer modulo prime.
func modOf(x int64) uint64 {
	if x < 0 {
		return negMod(uint64(-x) % prime)
	}
	return uint64(x) % prime
}

// term is an entry of a sparse vector.
type term struct {
	at int
	of uint64
}

// span is a basis in reduced echelon form: each row has a 1 in its own column where all others have 0, so that a vector
// with few entries is reduced by few rows.
type span struct {
	dim int
	row [][]uint64 // by column, nil where there is none
	n   int
}

func newSpan(dim int) *span { return &span{dim: dim, row: make([][]uint64, dim)} }

// reduced is what remains of a vector less a combination of the basis.
func (s *span) reduced(v []term) []uint64 {
	out := make([]uint64, s.dim)
	for _, t := range v {
		r := s.row[t.at]
		if r == nil {
			out[t.at] = addMod(out[t.at], t.of)
			continue
		}
		f := negMod(t.of) // the entry itself vanishes
		for i, x := range r {
			if x != 0 && i != t.at {
				out[i] = addMod(out[i], mulMod(f, x))
			}
		}
	}
	return out
}

// add puts a vector in and reports whether it was no combination of those before.
func (s *span) add(v []term) bool {
	r := s.reduced(v)
	lead := leading(r)
	if lead < 0 {
		return false
	}
	inverse := invMod(r[lead])
	for i := range r {
		r[i] = mulMod(r[i], inverse)
	}
	for _, other := range s.row {
		if other == nil || other[lead] == 0 {
			continue
		}
		f := negMod(other[lead])
		for i, x := range r {
			if x != 0 {
				other[i] = addMod(other[i], mulMod(f, x))
			}
		}
	}
	s.row[lead] = r
	s.n++
	return true
}

func leading(v []uint64) int {
	for i, x := range v {
		if x != 0 {
			return i
		}
	}
	return -1
}
