package anonymity

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/yumen-data/yumen"
)

// recordFile holds records that do not fit in memory.
type recordFile struct {
	f     *os.File
	w     *bufio.Writer
	width int
	n     int64
	bytes []byte
}

func newRecordFile(dir string, width int) (*recordFile, error) {
	f, err := os.CreateTemp(dir, "records-")
	if err != nil {
		return nil, cannotSpill(err)
	}
	return &recordFile{f: f, w: bufio.NewWriterSize(f, 1<<18), width: width, bytes: make([]byte, 4*width)}, nil
}

func cannotSpill(err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "records cannot be kept on disk", "记录无法暂存到磁盘").Because(err)
}

func (r *recordFile) write(record []uint32) error {
	for i, x := range record {
		binary.LittleEndian.PutUint32(r.bytes[4*i:], x)
	}
	r.n++
	if _, err := r.w.Write(r.bytes); err != nil {
		return cannotSpill(err)
	}
	return nil
}

// each calls do for every record, valid during the call, from the first.
func (r *recordFile) each(do func([]uint32) error) error {
	if err := r.w.Flush(); err != nil {
		return cannotSpill(err)
	}
	if _, err := r.f.Seek(0, io.SeekStart); err != nil {
		return cannotSpill(err)
	}
	in := bufio.NewReaderSize(r.f, 1<<18)
	record := make([]uint32, r.width)
	for range r.n {
		if _, err := io.ReadFull(in, r.bytes); err != nil {
			return cannotSpill(err)
		}
		for i := range record {
			record[i] = binary.LittleEndian.Uint32(r.bytes[4*i:])
		}
		if err := do(record); err != nil {
			return err
		}
	}
	return nil
}

func (r *recordFile) close() { r.f.Close() }

// remove frees the disk at once; what remains is removed with the folder.
func (r *recordFile) remove() {
	r.f.Close()
	os.Remove(r.f.Name())
}

// load reads all records.
func (r *recordFile) load() ([]uint32, error) {
	records := make([]uint32, 0, r.n*int64(r.width))
	err := r.each(func(record []uint32) error {
		records = append(records, record...)
		return nil
	})
	return records, err
}

// cutFile cuts records on disk as cut does in memory, and removes the file. The classes come out the same.
func (c *cutter) cutFile(f *recordFile) error {
	defer f.remove()
	if f.n*int64(f.width)*4 <= c.memory {
		records, err := f.load()
		f.remove()
		if err != nil {
			return err
		}
		return c.cut(records)
	}
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	var failed error
	each := func(do func([]uint32)) {
		err := f.each(func(record []uint32) error { do(record); return nil })
		failed = errors.Join(failed, err)
	}
	lo, hi := c.noSpans()
	each(func(record []uint32) { stretch(record[:len(lo)], lo, hi) })
	spans := c.spans()
	for _, s := range c.widest(spans) {
		p, ok := c.medianOf(each, s, f.n)
		if failed != nil {
			return failed
		}
		if ok && c.allowed(s, p, each) && failed == nil {
			return c.cutFileAt(f, s.column, p)
		}
	}
	id := c.class(spans, f.n)
	each(func(record []uint32) { c.out.of[record[c.width-1]] = id })
	return failed
}

// medianOf is median for records on disk: one pass, with a counter for each rank.
func (c *cutter) medianOf(each func(func([]uint32)), s span, n int64) (place, bool) {
	counts := make([]int64, s.hi-s.lo+1)
	each(func(record []uint32) { counts[record[s.column]-s.lo]++ })
	m := middle{}
	for rank, count := range counts {
		m = middle{s.lo + uint32(rank), m.upTo, m.upTo + count}
		if m.upTo > n/2 {
			break
		}
	}
	return c.evenest(m, n)
}

func (c *cutter) cutFileAt(f *recordFile, column int, p place) error {
	left, err := newRecordFile(c.dir, c.width)
	if err != nil {
		return err
	}
	right, err := newRecordFile(c.dir, c.width)
	if err != nil {
		return err
	}
	err = f.each(func(record []uint32) error {
		if record[column] <= p.at {
			return left.write(record)
		}
		return right.write(record)
	})
	f.remove()
	if err != nil {
		return err
	}
	if err := c.cutFile(left); err != nil {
		return err
	}
	return c.cutFile(right)
}
