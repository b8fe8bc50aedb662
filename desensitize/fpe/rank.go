package fpe

import (
	"crypto/cipher"
	"math/bits"
)

// Ranks permutes the numbers below a size: FF1 over as many bits as the size needs, walking the cycle until it is back
// in range (Black and Rogaway 2002, "cycle walking"), under two steps on average. It is not safe for concurrent use.
type Ranks struct {
	ff1  *FF1
	size uint64
	n    int
}

// NewRanks returns a permutation of the numbers below size. Fewer than MinDomain are refused with ErrDomain.
func NewRanks(block cipher.Block, size uint64) (*Ranks, error) {
	if size < MinDomain {
		return nil, ErrDomain
	}
	ff1, err := NewFF1(block, 2)
	return &Ranks{ff1, size, bits.Len64(size - 1)}, err
}

// Encrypt returns where the permutation that belongs to the tweak takes rank. A rank of size or more is ErrUnfit.
func (r *Ranks) Encrypt(rank uint64, tweak []byte) (uint64, error) { return r.walk(rank, tweak, false) }

// Decrypt is the inverse of Encrypt.
func (r *Ranks) Decrypt(rank uint64, tweak []byte) (uint64, error) { return r.walk(rank, tweak, true) }

func (r *Ranks) walk(rank uint64, tweak []byte, inverse bool) (uint64, error) {
	if rank >= r.size {
		return 0, ErrUnfit
	}
	if err := r.ff1.prepare(r.n, len(tweak)); err != nil {
		return 0, err
	}
	low := r.n - r.n/2 // the second half's bits
	for {
		a, b := r.ff1.feistel(rank>>low, rank&(1<<low-1), tweak, inverse)
		rank = a<<low | b
		if rank < r.size {
			return rank, nil
		}
	}
}
