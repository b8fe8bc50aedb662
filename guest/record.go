package guest

import (
	"encoding/binary"
	"math"
)

// Record is the rows of one unit, or of all units of one block. Tables, columns and rows are counted from 0, columns in
// the order in which the job declares them. Asking for one that is not there panics, and the unit or block counts with
// its default. docs/wasm.md describes the bytes.
type Record []byte

func (r Record) u32(at int) int { return int(binary.LittleEndian.Uint32(r[at:])) }

// Rows returns the number of rows of a table.
func (r Record) Rows(table int) int { return r.u32(8 + 16*table) }

func (r Record) cell(table, column, row int) (cell uint64, ok bool) {
	head := 8 + 16*table
	rows, columns := r.u32(head), r.u32(head+4)
	if uint(row) >= uint(rows) || uint(column) >= uint(columns) {
		panic("guest: no such cell")
	}
	i := column*rows + row
	return binary.LittleEndian.Uint64(r[r.u32(head+8)+8*i:]), r[r.u32(head+12)+i] == 0
}

// Int returns an integer; a boolean as 0 or 1; a date as days and a timestamp as microseconds since 1970-01-01; a
// decimal of up to 18 digits as its digits without the point. It reports false for null.
func (r Record) Int(table, column, row int) (int64, bool) {
	c, ok := r.cell(table, column, row)
	return int64(c), ok
}

// Double returns a double, or a decimal of more than 18 digits. It reports false for null.
func (r Record) Double(table, column, row int) (float64, bool) {
	c, ok := r.cell(table, column, row)
	return math.Float64frombits(c), ok
}

// Text returns a text. It reports false for null.
func (r Record) Text(table, column, row int) (string, bool) {
	c, ok := r.cell(table, column, row)
	at, n := int(uint32(c)), int(c>>32)
	return string(r[at : at+n]), ok
}

// Result is what a module gives back: a number for each declared coordinate.
type Result []byte

// headSize is what stands before the coordinates: the group and four zero bytes.
const headSize = 8

// NewResult returns a result of so many coordinates, all zero.
func NewResult(coordinates int) Result { return make(Result, headSize+8*coordinates) }

// Int sets a coordinate that is declared as integer.
func (r Result) Int(i int, v int64) { binary.LittleEndian.PutUint64(r[headSize+8*i:], uint64(v)) }

// Double sets a coordinate that is declared as double.
func (r Result) Double(i int, v float64) {
	binary.LittleEndian.PutUint64(r[headSize+8*i:], math.Float64bits(v))
}

// Group sets the group that a unit falls into, in mode map.
func (r Result) Group(g int) { binary.LittleEndian.PutUint32(r, uint32(g)) }

var (
	handler     func(Record, Result)
	coordinates int
)

// Handle registers what is called for each unit or block. A module calls it once, in an init function.
func Handle(n int, f func(Record, Result)) { coordinates, handler = n, f }

// Run calls what was registered as the host does: with a record, for a fresh result. Tests call it.
func Run(r Record) Result {
	out := NewResult(coordinates)
	handler(r, out)
	return out
}
