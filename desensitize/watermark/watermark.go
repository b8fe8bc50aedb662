// Package watermark decides where and how a copy of a table is marked for one recipient, and whether a table found
// elsewhere carries the mark. It follows the idea of Agrawal and Kiernan (2002): a keyed function of a record's anchor
// (columns a thief has to keep) chooses cells and the parity each should have; a marked cell whose number, counted in
// units of a resolution, has the other parity is moved by one unit.
//
// Detection needs the key and the recipient's name, not the original. In a table without the mark every chosen cell
// agrees by an even chance, independent of the data, so the false-positive rate is exactly that of a binomial test. The
// mark survives whatever leaves enough chosen cells with their anchors; it does not survive rounding beyond the
// resolution, a changed anchor, or recipients who average their copies. It is evidence, not protection.
package watermark

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"gonum.org/v1/gonum/mathext"
)

// Mark is the mark for one recipient under one key. It is not safe for concurrent use.
type Mark struct {
	choose, bits hash.Hash
	every        uint64
	sum          []byte
}

// New returns the mark. One cell in every is chosen, all for 1. The choice depends on the key alone, the parity on the
// recipient too.
func New(secret []byte, recipient string, every int) *Mark {
	m := &Mark{choose: hmac.New(sha256.New, secret), every: uint64(max(1, every))}
	own := hmac.New(sha256.New, secret)
	own.Write([]byte("recipient\x00" + recipient))
	m.bits = hmac.New(sha256.New, own.Sum(nil))
	return m
}

// Cell says of the cell of a column in the record with an anchor whether it is chosen, which parity (0 or 1) it should
// have, and whether it is rather moved up than down to get it.
func (m *Mark) Cell(anchor []byte, column string) (chosen bool, parity int64, up bool) {
	if m.every > 1 && m.draw(m.choose, anchor, column)%m.every != 0 {
		return false, 0, false
	}
	d := m.draw(m.bits, anchor, column)
	return true, int64(d & 1), d&2 == 0
}

func (m *Mark) draw(h hash.Hash, anchor []byte, column string) uint64 {
	h.Reset()
	h.Write(anchor)
	h.Write([]byte("\x00" + column))
	m.sum = h.Sum(m.sum[:0])
	return binary.BigEndian.Uint64(m.sum)
}

// Evidence is what was found of a recipient's mark in a table.
type Evidence struct {
	Recipient string  `json:"recipient"`
	Cells     int     `json:"cells"` // chosen cells found, each anchor and column once
	Agree     int     `json:"agree"` // of these, with the parity of the mark
	P         float64 `json:"p"`     // probability of so many or more in a table without the mark
}

// Found reports whether the evidence holds when so many recipients were tried and one false accusation in 1/rate tables
// is accepted (Bonferroni).
func (e Evidence) Found(recipients int, rate float64) bool {
	return e.P*float64(max(1, recipients)) <= rate
}

// Test returns the evidence for agree of n chosen cells: the upper tail of the binomial distribution with even odds.
func Test(recipient string, n, agree int) Evidence {
	e := Evidence{Recipient: recipient, Cells: n, Agree: agree, P: 1}
	if agree > 0 {
		e.P = mathext.RegIncBeta(float64(agree), float64(n-agree)+1, 0.5)
	}
	return e
}
