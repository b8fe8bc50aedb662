package desensitize

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen/desensitize/watermark"
	"github.com/yumen-data/yumen/keyring"
)

// DetectWatermark looks in a table for the marks of recipients, with the parameters and the columns under which copies were
// marked. Columns are found by name; missing ones are passed over as long as the anchor and one of them are there. A cell that
// occurs several times counts once.
func DetectWatermark(ctx context.Context, in array.RecordReader, p *Watermark, columns []string, keys keyring.Source, recipients []string) ([]watermark.Evidence, error) {
	key, err := keys.Key(ctx, p.Key, p.Version)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, name := range columns {
		if in.Schema().HasField(name) {
			there = append(there, name)
		}
	}
	cells, err := p.cells(in.Schema(), there)
	if err != nil {
		return nil, err
	}
	d := &detection{cells: cells, seen: map[[16]byte]bool{}}
	for _, r := range recipients {
		d.marks = append(d.marks, p.mark(key, r))
	}
	d.n, d.agree = make([]int, len(recipients)), make([]int, len(recipients))
	src := newSource(in)
	for {
		rec, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		d.observe(rec)
	}
	out := make([]watermark.Evidence, len(recipients))
	for i, r := range recipients {
		out[i] = watermark.Test(r, d.n[i], d.agree[i])
	}
	return out, nil
}
