package wasm

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// record is what a module is given in one call: the rows of a unit, or of all units of a block, table by table. As
// bytes, little-endian, at an address that is a multiple of 8:
//
//	u32 tables, u32 size of the record
//	for each table: u32 rows, u32 columns, u32 cells, u32 nulls     (the last two are offsets in the record)
//	cells: column after column, 8 bytes for each row
//	nulls: column after column, one byte for each row, 1 where the cell is null; then zeros up to a multiple of 8
//	texts: UTF-8
//
// A cell is an i64 (integer; boolean as 0 or 1; date as days and timestamp as microseconds since 1970-01-01; decimal of
// up to 18 digits as its digits without the point), an f64 (double; decimal of more digits) or, for a text, u32 offset
// in the record and u32 length. A null cell is zero.
type record struct {
	tables []recordTable
	buf    []byte
	units  int  // begun in this record
	room   int  // bytes it may have; a record of more is thrown away while it is gathered
	over   bool // it had more
}

type recordTable struct {
	columns []recordColumn
	rows    int
}

type recordColumn struct {
	cells []uint64 // of a text: where it begins and ends in texts
	nulls []byte
	texts []byte
	text  bool
	unit  bool // shows which unit of the record a row is of, counted from 0, instead of what is stored
}

func newRecord(schemas []*arrow.Schema) *record {
	r := &record{room: math.MaxInt}
	for _, s := range schemas {
		var t recordTable
		for _, f := range s.Fields()[1:] { // the first is the unit
			t.columns = append(t.columns, recordColumn{text: f.Type.ID() == arrow.STRING})
		}
		r.tables = append(r.tables, t)
	}
	return r
}

// reset empties the record.
func (r *record) reset() {
	r.units, r.over = 0, false
	r.empty()
}

func (r *record) empty() {
	for i := range r.tables {
		t := &r.tables[i]
		t.rows = 0
		for j := range t.columns {
			c := &t.columns[j]
			c.cells, c.nulls, c.texts = c.cells[:0], c.nulls[:0], c.texts[:0]
		}
	}
}

// add appends rows from up to to of a batch to a table.
func (r *record) add(table int, batch arrow.RecordBatch, from, to int) {
	if r.over {
		return
	}
	t := &r.tables[table]
	t.rows += to - from
	for i := range t.columns {
		t.columns[i].add(batch.Column(i+1), from, to, r.units-1)
	}
	if r.size() > r.room {
		r.over = true
		r.empty()
	}
}

func (c *recordColumn) add(col arrow.Array, from, to, unit int) {
	if c.unit {
		for range to - from {
			c.cells, c.nulls = append(c.cells, uint64(unit)), append(c.nulls, 0)
		}
		return
	}
	for row := from; row < to; row++ {
		null := byte(0)
		var cell uint64
		if col.IsNull(row) {
			null = 1
		} else {
			cell = c.cell(col, row)
		}
		c.cells, c.nulls = append(c.cells, cell), append(c.nulls, null)
	}
}

func (c *recordColumn) cell(col arrow.Array, row int) uint64 {
	switch a := col.(type) {
	case *array.Int64:
		return uint64(a.Value(row))
	case *array.Float64:
		return math.Float64bits(canonical(a.Value(row)))
	case *array.Boolean:
		if a.Value(row) {
			return 1
		}
		return 0
	case *array.Date32:
		return uint64(int64(a.Value(row)))
	case *array.Timestamp:
		return uint64(a.Value(row))
	case *array.Decimal128:
		return decimalCell(a.Value(row), a.DataType().(*arrow.Decimal128Type))
	case *array.String:
		s := a.Value(row)
		c.texts = append(c.texts, s...)
		return uint64(len(c.texts)-len(s))<<32 | uint64(len(s))
	}
	return 0 // rows.open knows the types
}

func decimalCell(v decimal128.Num, t *arrow.Decimal128Type) uint64 {
	if t.Precision <= 18 {
		return v.LowBits()
	}
	return math.Float64bits(v.ToFloat64(t.Scale))
}

// size is how long the record is as bytes.
func (r *record) size() int {
	n := 8 + 16*len(r.tables)
	for i := range r.tables {
		t := &r.tables[i]
		n += len(t.columns)*t.rows*8 + roundUp(len(t.columns)*t.rows)
		for j := range t.columns {
			n += len(t.columns[j].texts)
		}
	}
	return n
}

func roundUp(n int) int { return (n + 7) &^ 7 }

// bytes writes the record; it is valid until the next call.
func (r *record) bytes() []byte {
	n := r.size()
	b := binary.LittleEndian.AppendUint32(r.buf[:0], uint32(len(r.tables)))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	at := 8 + 16*len(r.tables)
	for i := range r.tables {
		t := &r.tables[i]
		cells := len(t.columns) * t.rows
		for _, v := range []int{t.rows, len(t.columns), at, at + 8*cells} {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
		at += 8*cells + roundUp(cells)
	}
	for i := range r.tables { // texts follow all tables; at is where
		b, at = r.tables[i].appendTo(b, at)
	}
	for i := range r.tables {
		for j := range r.tables[i].columns {
			b = append(b, r.tables[i].columns[j].texts...)
		}
	}
	r.buf = b
	return b
}

// appendTo writes cells and nulls. texts is where the texts of the first column begin; it returns where those of the
// next table do.
func (t *recordTable) appendTo(b []byte, texts int) ([]byte, int) {
	for j := range t.columns {
		c := &t.columns[j]
		for i, cell := range c.cells {
			if c.text && c.nulls[i] == 0 {
				cell = uint64(texts) + cell>>32 | cell<<32
			}
			b = binary.LittleEndian.AppendUint64(b, cell)
		}
		texts += len(c.texts)
	}
	for j := range t.columns {
		b = append(b, t.columns[j].nulls...)
	}
	return append(b, make([]byte, roundUp(len(b))-len(b))...), texts
}
