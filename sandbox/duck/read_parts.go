package duck

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// partColumn is a column that says which parts a row is in: a boolean for one part, or a mask of several.
type partColumn struct {
	sql  string
	kind yumen.Type // boolean or codeType
	part int        // of a boolean, from 0
}

// partReader puts the parts of rows together, as bits. It is not safe for concurrent use.
type partReader struct {
	columns []partColumn
	masks   []int64
	bytes   []uint64 // of eight rows each, the bits of eight parts
}

// read returns the masks of rows from the columns from first on, valid until the next call.
func (r *partReader) read(c chunk, first int) privacy.Column {
	for len(r.masks) < c.rows {
		r.masks, r.bytes = append(r.masks, make([]int64, 2048)...), append(r.bytes, make([]uint64, 2048/8)...)
	}
	masks := r.masks[:c.rows]
	clear(masks)
	var eight [8]*vectorOf[uint8]
	for byPart := 0; byPart < task.MaxPassedParts; byPart += 8 {
		some := false
		for i := range eight {
			eight[i] = nil
		}
		for i, p := range r.columns {
			if p.kind == yumen.TypeBoolean && p.part>>3 == byPart>>3 {
				in, valid := column[uint8](c, first+i)
				eight[p.part&7], some = &vectorOf[uint8]{in, valid}, true
			}
		}
		if some {
			r.addEight(masks, &eight, byPart)
		}
	}
	for i, p := range r.columns {
		if p.kind == codeType {
			in, _ := column[int32](c, first+i)
			for row, mask := range in {
				masks[row] |= int64(mask)
			}
		}
	}
	return privacy.Column{Values: masks}
}

// vectorOf are the values of a column, and which of them are not NULL.
type vectorOf[T any] struct {
	values []T
	valid  []uint64
}

// addEight adds the bits of up to eight parts: those of eight rows at a time, which the engine keeps in a byte each.
func (r *partReader) addEight(masks []int64, parts *[8]*vectorOf[uint8], shift int) {
	const ones = 0x0101010101010101
	words := r.bytes[:(len(masks)+7)/8]
	clear(words)
	for part, v := range parts {
		switch {
		case v == nil:
		case v.valid != nil:
			for i, x := range v.values {
				if !isNull(v.valid, i) {
					words[i>>3] |= uint64(x&1) << (8*(i&7) + part)
				}
			}
		default:
			whole := len(v.values) &^ 7
			for i := 0; i < whole; i += 8 {
				words[i>>3] |= (binary.LittleEndian.Uint64(v.values[i:]) & ones) << part
			}
			for i, x := range v.values[whole:] {
				words[whole>>3] |= uint64(x&1) << (8*i + part)
			}
		}
	}
	for i := range masks {
		masks[i] |= int64(words[i>>3]>>(8*(i&7))&0xff) << shift
	}
}

// The parts of a column are found value by value for so many values at most, which are so long together. Where there
// are more, the engine finds them for each row.
const (
	maxValues     = 4096
	maxValuesText = 1 << 20
)

// errManyValues says that a column has more, or that the parts of a value cannot be found, which is for the rows to
// say.
var errManyValues = errors.New("parts are not found by value")

// valueParts finds the parts of the values of a column. What the engine says of a value is remembered.
type valueParts struct {
	task.PartsOfValue
	conn *engine // of its own: the statement that reads the rows is not over

	mu    sync.Mutex
	keys  *keyReader
	text  int     // bytes of the values
	masks []int32 // by number of the value
}

// newValueParts makes the function that gives the parts of a value.
func (v *vectors) newValueParts(ctx context.Context, of task.PartsOfValue) (*function, error) {
	keys, err := newKeyReader(task.GroupKey{Type: of.Type})
	if err != nil {
		return nil, err
	}
	conn, err := v.connector.Connect(ctx)
	if err != nil {
		return nil, unavailable()
	}
	p := &valueParts{PartsOfValue: of, keys: keys, conn: &engine{conn: conn}}
	v.helpers = append(v.helpers, p.conn)
	return v.register(false, []yumen.Type{of.Type}, codeType, func(in chunk, out vector) error {
		return p.read(ctx, in, values[int32](out, in.rows))
	})
}

// read finds the parts of a column's values.
func (p *valueParts) read(ctx context.Context, in chunk, masks []int32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys.read(in, masks)
	if len(p.keys.values) > len(p.masks) {
		if err := p.ask(ctx); err != nil {
			return errors.Join(errManyValues, err)
		}
	}
	for i, code := range masks {
		masks[i] = p.masks[code]
	}
	return nil
}

// ask has the engine find the parts of the values that are new.
func (p *valueParts) ask(ctx context.Context) error {
	first := len(p.masks)
	for _, v := range p.keys.values[first:] {
		p.text += len(v.Text)
	}
	if len(p.keys.values) > maxValues || p.text > maxValuesText {
		return errManyValues
	}
	rows := make([]string, 0, len(p.keys.values)-first)
	for i, v := range p.keys.values[first:] {
		text := "NULL"
		if !v.Null {
			text = literal(v.Text)
		}
		rows = append(rows, "("+sqlInt(int64(i))+", CAST("+text+" AS "+sqlType(p.Type)+"))")
	}
	p.masks = append(p.masks, make([]int32, len(rows))...)
	found := 0
	err := p.conn.scan(ctx, "SELECT CAST(_n AS BIGINT), "+p.Mask+" FROM (VALUES "+strings.Join(rows, ", ")+") AS "+p.As,
		func(c chunk) error {
			numbers, _ := column[int64](c, 0)
			masks, _ := column[int64](c, 1)
			for i, n := range numbers {
				p.masks[first+int(n)] = int32(masks[i])
			}
			found += c.rows
			return nil
		})
	if err == nil && found != len(rows) {
		err = errManyValues
	}
	if err != nil {
		p.masks = p.masks[:first]
	}
	return err
}
