package wasm

import (
	"bufio"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// rows reads tables side by side, unit by unit. The first column of each table is the unit, and its rows are sorted by
// it.
type rows struct{ tables []*unitTable }

// unitTable is an Arrow stream whose rows come unit by unit.
type unitTable struct {
	file  *os.File
	r     *arrowio.Reader
	batch arrow.RecordBatch
	units *array.Int64
	at    int // next row of the batch
	done  bool
}

// openRows opens the streams. A stream that is not sorted by unit is found out while it is read, as kind corrupt.
func openRows(paths []string) (*rows, error) {
	r := &rows{}
	for _, p := range paths {
		t, err := openTable(p)
		if err != nil {
			r.close()
			return nil, err
		}
		r.tables = append(r.tables, t)
	}
	return r, nil
}

func openTable(path string) (*unitTable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := arrowio.NewReader(bufio.NewReaderSize(f, 1<<20), 0)
	if err != nil {
		f.Close()
		return nil, err
	}
	t := &unitTable{file: f, r: r}
	cols, err := arrowio.Columns(r.Schema())
	if err == nil && (len(cols) == 0 || cols[0].Type != yumen.TypeInteger) {
		err = unsorted()
	}
	if err == nil {
		err = t.fill()
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func unsorted() error {
	return yumen.Errorf(yumen.KindCorrupt, "a stored version is not sorted by its privacy unit", "存储的版本未按隐私单元排序")
}

// fill reads the next batch that has rows, if the current one is used up.
func (t *unitTable) fill() error {
	for !t.done && (t.batch == nil || t.at == int(t.batch.NumRows())) {
		last, any := t.last()
		batch, err := t.r.Next()
		if err == io.EOF {
			t.done = true
			return nil
		}
		if err != nil {
			return err
		}
		t.batch, t.at = batch, 0
		t.units = batch.Column(0).(*array.Int64)
		if !sortedFrom(t.units, last, any) {
			return unsorted()
		}
	}
	return nil
}

// last returns the last unit of the current batch.
func (t *unitTable) last() (unit int64, any bool) {
	if t.units == nil || t.units.Len() == 0 {
		return 0, false
	}
	return t.units.Value(t.units.Len() - 1), true
}

func sortedFrom(units *array.Int64, last int64, any bool) bool {
	if units.NullN() > 0 {
		return false
	}
	for _, u := range units.Int64Values() {
		if any && u < last {
			return false
		}
		last, any = u, true
	}
	return true
}

// next returns the least unit that has rows left in any table.
func (r *rows) next() (unit int64, any bool) {
	for _, t := range r.tables {
		if !t.done && (!any || t.units.Value(t.at) < unit) {
			unit, any = t.units.Value(t.at), true
		}
	}
	return unit, any
}

// take adds the rows of the unit in every table to a record; without one it passes over them.
func (r *rows) take(unit int64, to *record) error {
	if to != nil {
		to.units++
	}
	for i, t := range r.tables {
		for !t.done && t.units.Value(t.at) == unit {
			from := t.at
			for t.at < t.units.Len() && t.units.Value(t.at) == unit {
				t.at++
			}
			if to != nil {
				to.add(i, t.batch, from, t.at)
			}
			if err := t.fill(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rows) schemas() []*arrow.Schema {
	var list []*arrow.Schema
	for _, t := range r.tables {
		list = append(list, t.r.Schema())
	}
	return list
}

func (t *unitTable) close() {
	t.r.Release()
	t.file.Close() // read only
}

func (r *rows) close() {
	for _, t := range r.tables {
		t.close()
	}
}
