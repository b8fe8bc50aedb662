package duck

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/pgrows"
)

// Rows are written at most so many, and about so many bytes, at a time; a range with a Most ends after rangeBytes.
const (
	rowsAtOnce  = 256
	bytesAtOnce = 256 << 10
	rangeBytes  = 4 << 20
)

// rangeWriter writes the range of rows that a statement asks for, and digests of what stands before and in it.
type rangeWriter struct {
	spec    api.CatalogSpec
	encoder *pgrows.Encoder
	to      io.Writer
	answer  *api.CatalogAnswer
	full    bool // there is more, and the range has ended

	text    *pgrows.Encoder // for digests, which do not depend on formats; nil where none is asked for
	digest  hash.Hash
	seen    int64
	written int
	step    int64 // how many rows are written at a time
	frames  []byte
	texts   []byte
}

// hashed prepares for digests where not all rows are asked for.
func (w *rangeWriter) hashed(schema *arrow.Schema) (err error) {
	if w.spec.From > 0 || w.spec.Most > 0 {
		w.digest = sha256.New()
		w.text, err = pgrows.NewEncoder(schema, nil, time.UTC)
		w.mark(&w.answer.Before)
	}
	return err
}

func (w *rangeWriter) mark(to *string) {
	if w.digest != nil {
		*to = hex.EncodeToString(w.digest.Sum(nil))
	}
}

// write writes those rows of a batch that are in the range.
func (w *rangeWriter) write(batch arrow.RecordBatch) error {
	for from := int64(0); from < batch.NumRows() && !w.full; {
		to := min(batch.NumRows(), from+max(1, w.step))
		if before := w.spec.From - w.seen; before > 0 {
			to = min(to, from+before)
		} else if w.spec.Most > 0 {
			left := w.spec.Most - w.answer.Rows
			if left == 0 || w.written >= rangeBytes {
				w.full, w.answer.More = true, true
				return nil
			}
			to = min(to, from+left)
		}
		if err := w.rows(batch, int(from), int(to)); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// rows takes rows that are all before the range, or all in it.
func (w *rangeWriter) rows(batch arrow.RecordBatch, from, to int) (err error) {
	if w.text != nil {
		if w.texts, err = w.text.Append(w.texts[:0], batch, from, to); err != nil {
			return err
		}
		w.digest.Write(w.texts) // hash.Hash never fails
	}
	w.seen += int64(to - from)
	if w.seen <= w.spec.From {
		w.mark(&w.answer.Before)
		return nil
	}
	if w.frames, err = w.encoder.Append(w.frames[:0], batch, from, to); err != nil {
		return err
	}
	w.written += len(w.frames)
	if w.step = min(rowsAtOnce, 2*int64(to-from)); len(w.frames) > bytesAtOnce {
		w.step = int64(to-from) / 2
	}
	w.answer.Rows += int64(to - from)
	_, err = w.to.Write(w.frames)
	return err
}
