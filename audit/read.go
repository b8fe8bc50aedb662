package audit

import (
	"encoding/json"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

// Record is an entry with its place in the log.
type Record struct {
	Index int64
	Entry yumen.Entry
	Raw   []byte // the line without its newline: the leaf
}

// Entry returns entry i, counted from 0.
func (l *Log) Entry(i int64) (yumen.Entry, error) {
	r, err := l.record(i)
	return r.Entry, err
}

// Entries returns the entries from index from on, as of now. It ends with the first error.
func (l *Log) Entries(from int64) iter.Seq2[Record, error] {
	size := l.Size()
	return func(yield func(Record, error) bool) {
		for i := max(from, 0); i < size; i++ {
			r, err := l.record(i)
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// Reader returns what reads a log that others may append to: from an entry on, as of then, all of it verified.
func Reader(dir, vkey string) func(from int64) iter.Seq2[Record, error] {
	return func(from int64) iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			l, err := OpenReader(dir, vkey)
			if err != nil {
				yield(Record{}, err)
				return
			}
			defer l.Close() // read only
			for r, err := range l.Entries(from) {
				if !yield(r, err) {
					return
				}
			}
		}
	}
}

func (l *Log) record(i int64) (Record, error) {
	l.mu.Lock()
	if i < 0 || i >= int64(len(l.ends)) {
		l.mu.Unlock()
		return Record{}, yumen.Errorf(yumen.KindNotFound, "there is no entry %d in the log", "日志中没有第 %d 条", i)
	}
	var start int64
	if i > 0 {
		start = l.ends[i-1]
	}
	raw, leaf := make([]byte, l.ends[i]-1-start), l.leaves[i]
	l.mu.Unlock()
	if _, err := l.entries.ReadAt(raw, start); err != nil {
		return Record{}, fileError(l.entries.Name(), err)
	}
	if tlog.RecordHash(raw) != leaf { // the file was written to since it was verified
		return Record{}, corrupt(l.dir, []yumen.Reason{lineChanged(i, start, start+int64(len(raw)))})
	}
	r := Record{Index: i, Raw: raw}
	if err := json.Unmarshal(raw, &r.Entry); err != nil {
		return Record{}, yumen.Errorf(yumen.KindCorrupt, "entry %d cannot be read", "第 %d 条无法读取", i).At(l.dir)
	}
	return r, nil
}
