package technique

import (
	"crypto/sha256"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen/desensitize/watermark"
	"github.com/yumen-data/yumen/keyring"
)

// Detection counts the cells of a table that agree with the marks of recipients. A cell that occurs several times
// counts once.
type Detection struct {
	cells      *markCells
	recipients []string
	marks      []*watermark.Mark
	n, agree   []int
	seen       map[[16]byte]bool // cells counted, by hash
}

// Detection returns the detection of the marks that recipients have under the key, in a table with some of the columns
// marked.
func (p *Watermark) Detection(schema *arrow.Schema, columns []string, key keyring.Key,
	recipients []string) (*Detection, error) {
	cells, err := p.cells(schema, columns)
	if err != nil {
		return nil, err
	}
	d := &Detection{cells: cells, recipients: recipients, seen: map[[16]byte]bool{}}
	for _, r := range recipients {
		d.marks = append(d.marks, p.mark(key, r))
	}
	d.n, d.agree = make([]int, len(recipients)), make([]int, len(recipients))
	return d, nil
}

// Observe counts the cells of a batch.
func (d *Detection) Observe(rec arrow.RecordBatch) {
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

func (d *Detection) count(anchor []byte, column string, is int64) {
	for i, m := range d.marks {
		if chosen, want, _ := m.Cell(anchor, column); chosen {
			d.n[i]++
			if want == is {
				d.agree[i]++
			}
		}
	}
}

// Evidence returns what was counted for each recipient.
func (d *Detection) Evidence() []watermark.Evidence {
	out := make([]watermark.Evidence, len(d.recipients))
	for i, r := range d.recipients {
		out[i] = watermark.Test(r, d.n[i], d.agree[i])
	}
	return out
}
