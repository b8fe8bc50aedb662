package desensitize

import (
	"crypto/sha256"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen/desensitize/watermark"
)

type detection struct {
	cells    *markCells
	marks    []*watermark.Mark
	n, agree []int
	seen     map[[16]byte]bool // cells counted, by hash
}

func (d *detection) observe(rec arrow.RecordBatch) {
	var anchor []byte
	for row := range int(rec.NumRows()) {
		anchor = appendKey(anchor[:0], rec, d.cells.anchor, row)
		for _, c := range d.cells.columns {
			in := rec.Column(c.index)
			if in.IsNull(row) {
				continue
			}
			is, ok := c.units.parity(in, row)
			sum := sha256.Sum256(append(anchor[:len(anchor):len(anchor)], c.name...))
			if id := [16]byte(sum[:16]); ok && !d.seen[id] {
				d.seen[id] = true
				d.count(anchor, c.name, is)
			}
		}
	}
}

func (d *detection) count(anchor []byte, column string, is int64) {
	for i, m := range d.marks {
		if chosen, want, _ := m.Cell(anchor, column); chosen {
			d.n[i]++
			if want == is {
				d.agree[i]++
			}
		}
	}
}
