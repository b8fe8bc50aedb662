package audit

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of a Merkle tree: the roots of its complete subtrees, by level. It is all that is needed to
// append and to compute the root (RFC 6962, section 2.1), and it is held in memory so that an append never trusts a
// byte on disk.
type edge struct {
	n     int64
	level [64]tlog.Hash
}

// add appends a leaf and returns the hashes to store for it, in the order of tlog.StoredHashIndex.
func (e *edge) add(leaf tlog.Hash) []tlog.Hash {
	out := []tlog.Hash{leaf}
	h, l := leaf, 0
	for ; e.n>>l&1 == 1; l++ {
		h = tlog.NodeHash(e.level[l], h)
		out = append(out, h)
	}
	e.level[l] = h
	e.n++
	return out
}

// tree returns the size and root.
func (e *edge) tree() tlog.Tree {
	if e.n == 0 {
		root, _ := tlog.TreeHash(0, nil) // reads nothing
		return tlog.Tree{Hash: root}
	}
	l := bits.TrailingZeros64(uint64(e.n))
	h := e.level[l]
	for l++; e.n>>l != 0; l++ {
		if e.n>>l&1 == 1 {
			h = tlog.NodeHash(e.level[l], h)
		}
	}
	return tlog.Tree{N: e.n, Hash: h}
}
