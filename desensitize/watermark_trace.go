package desensitize

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/desensitize/watermark"
	"github.com/yumen-data/yumen/keyring"
)

// Trace is the evidence for one recipient under one version of the key.
type Trace struct {
	watermark.Evidence
	KeyVersion int  `json:"key_version"`
	Found      bool `json:"found"`
}

// DetectWatermark looks in a table for the marks of recipients, with the parameters and the columns under which copies
// were marked. Columns are found by name; missing ones are passed over as long as the anchor and one of them are there.
// A cell that occurs several times counts once.
func DetectWatermark(ctx context.Context, in array.RecordReader, p *technique.Watermark, columns []string,
	keys keyring.Source, recipients []string) ([]watermark.Evidence, error) {
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
	d, err := p.Detection(in.Schema(), there, key, recipients)
	if err != nil {
		return nil, err
	}
	src := newSource(in)
	for {
		rec, err := src.next()
		if err == io.EOF {
			return d.Evidence(), nil
		}
		if err != nil {
			return nil, err
		}
		d.Observe(rec)
	}
}
