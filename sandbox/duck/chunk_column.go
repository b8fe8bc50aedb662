package duck

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	bindings "github.com/duckdb/duckdb-go-bindings"
)

// An outColumn gathers up to batchRows rows out of the engine's vectors in memory of its own, which it uses again for
// every batch. What stands under a NULL is zero or empty, whatever the engine left there: a value that a statement
// suppressed must not be passed on below the mask.
type outColumn interface {
	// add appends rows [from, from+n) of the vector, or fails where a value does not fit the type.
	add(v vector, from, n int) error
	// array returns what was gathered. It is valid until the next add, which begins anew.
	array() arrow.Array
}

// newColumn returns the column that turns vectors of the engine's type into the Arrow type to, the one that
// newNormaliser chose, or nil where only the engine's own conversion does.
func newColumn(from bindings.LogicalType, to arrow.DataType) outColumn {
	if bindings.LogicalTypeGetAlias(from) != "" {
		return nil
	}
	id := bindings.GetTypeId(from)
	if to.ID() == arrow.STRING && id == bindings.TypeVarchar {
		return &textColumn{}
	}
	if to.ID() == arrow.BOOL && id == bindings.TypeBoolean {
		return &booleanColumn{}
	}
	width := 8
	if f, ok := to.(arrow.FixedWidthDataType); ok {
		width = f.BitWidth() / 8
	}
	if fill := fillOf(id, from, to); fill != nil {
		return &fixedColumn{typ: to, width: width, fill: fill}
	}
	return nil
}

// fill writes n rows of a vector into dst and reports whether all that are valid fit.
type fill func(dst []byte, v vector, from, n int) bool

func fillOf(id bindings.Type, from bindings.LogicalType, to arrow.DataType) fill {
	if id == bindings.TypeDecimal {
		id = bindings.DecimalInternalType(from)
		if to.ID() != arrow.DECIMAL128 {
			return toInt64(id)
		}
		return toDecimal(id)
	}
	switch to.ID() {
	case arrow.INT64:
		return toInt64(id)
	case arrow.DECIMAL128:
		if id == bindings.TypeHugeInt {
			return same(16)
		}
	case arrow.FLOAT64:
		switch id {
		case bindings.TypeDouble:
			return same(8)
		case bindings.TypeFloat:
			return widen[float32, float64]
		}
	case arrow.DATE32:
		if id == bindings.TypeDate {
			return same(4)
		}
	case arrow.TIMESTAMP:
		switch id {
		case bindings.TypeTimestamp:
			return same(8)
		case bindings.TypeTimestampS:
			return scaled(1e6)
		case bindings.TypeTimestampMS:
			return scaled(1e3)
		}
	}
	return nil
}

func toInt64(id bindings.Type) fill {
	switch id {
	case bindings.TypeBigInt:
		return same(8)
	case bindings.TypeTinyInt:
		return widen[int8, int64]
	case bindings.TypeSmallInt:
		return widen[int16, int64]
	case bindings.TypeInteger:
		return widen[int32, int64]
	case bindings.TypeUTinyInt:
		return widen[uint8, int64]
	case bindings.TypeUSmallInt:
		return widen[uint16, int64]
	case bindings.TypeUInteger:
		return widen[uint32, int64]
	case bindings.TypeUBigInt:
		return checked(func(v uint64) (int64, bool) { return int64(v), v <= math.MaxInt64 })
	case bindings.TypeHugeInt:
		return checked(func(v huge) (int64, bool) { return int64(v.low), v.high == int64(v.low)>>63 })
	}
	return nil
}

func toDecimal(id bindings.Type) fill {
	switch id {
	case bindings.TypeSmallInt:
		return widenDecimal[int16]
	case bindings.TypeInteger:
		return widenDecimal[int32]
	case bindings.TypeBigInt:
		return widenDecimal[int64]
	case bindings.TypeHugeInt:
		return same(16)
	}
	return nil
}

// huge is the engine's 128-bit integer, which has the layout of Arrow's on a little-endian machine.
type huge struct {
	low  uint64
	high int64
}

// same copies values that have the same layout on both sides.
func same(width int) fill {
	return func(dst []byte, v vector, from, n int) bool {
		copy(dst, unsafe.Slice((*byte)(v.data), (from+n)*width)[from*width:])
		return true
	}
}

func widen[S interface {
	~int8 | ~int16 | ~int32 | ~uint8 | ~uint16 | ~uint32 | ~float32
}, D int64 | float64](dst []byte, v vector, from, n int) bool {
	out := castBytes[D](dst)
	for i, x := range values[S](v, from+n)[from:] {
		out[i] = D(x)
	}
	return true
}

func widenDecimal[S int16 | int32 | int64](dst []byte, v vector, from, n int) bool {
	out := castBytes[decimal128.Num](dst)
	for i, x := range values[S](v, from+n)[from:] {
		out[i] = decimal128.FromI64(int64(x))
	}
	return true
}

// checked converts values of which some do not fit. What stands under a NULL may be one of those.
func checked[S any](convert func(S) (int64, bool)) fill {
	return func(dst []byte, v vector, from, n int) bool {
		out, valid := castBytes[int64](dst), v.bits(from+n)
		for i, x := range values[S](v, from+n)[from:] {
			y, fits := convert(x)
			if !fits && (valid == nil || bitutil.BitIsSet(valid, from+i)) {
				return false
			}
			out[i] = y
		}
		return true
	}
}

func scaled(factor int64) fill {
	return checked(func(v int64) (int64, bool) { return v * factor, v*factor/factor == v })
}

func castBytes[T any](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(*new(T))))
}

// gathered is what all columns have: the number of rows and which of them are not NULL.
type gathered struct {
	rows, nulls int
	valid       []byte
	taken       bool
}

// begin makes room; it forgets what array has handed out.
func (g *gathered) begin() {
	if g.valid == nil {
		g.valid = make([]byte, batchRows/8)
	}
	if g.taken {
		g.rows, g.nulls, g.taken = 0, 0, false
		clear(g.valid)
	}
}

// mark appends the validity of n rows and returns the bits they have in the vector, or nil where all are valid.
func (g *gathered) mark(v vector, from, n int) []byte {
	have := v.bits(from + n)
	if have == nil {
		bitutil.SetBitsTo(g.valid, int64(g.rows), int64(n), true)
	} else {
		bitutil.CopyBitmap(have, from, n, g.valid, g.rows)
		g.nulls += n - bitutil.CountSetBits(have, from, n)
	}
	g.rows += n
	return have
}

func (g *gathered) data(typ arrow.DataType, buffers ...[]byte) arrow.Array {
	g.taken = true
	all := make([]*memory.Buffer, 1, 1+len(buffers))
	if g.nulls > 0 {
		all[0] = memory.NewBufferBytes(g.valid[:(g.rows+7)/8])
	}
	for _, b := range buffers {
		all = append(all, memory.NewBufferBytes(b))
	}
	data := array.NewData(typ, g.rows, all, nil, g.nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// fixedColumn has values of one width.
type fixedColumn struct {
	gathered
	typ   arrow.DataType
	width int
	fill  fill
	buf   []byte
}

func (c *fixedColumn) add(v vector, from, n int) error {
	c.begin()
	if c.buf == nil {
		c.buf = make([]byte, batchRows*c.width)
	}
	dst := c.buf[c.rows*c.width : (c.rows+n)*c.width]
	if !c.fill(dst, v, from, n) {
		return failed()
	}
	eachNull(c.mark(v, from, n), from, n, func(i int) { clear(dst[i*c.width : (i+1)*c.width]) })
	return nil
}

func (c *fixedColumn) array() arrow.Array { return c.data(c.typ, c.buf[:c.rows*c.width]) }

// eachNull calls f for each row of [from, from+n) that has no bit, counted from the first of them.
func eachNull(valid []byte, from, n int, f func(i int)) {
	if valid == nil {
		return
	}
	for at := from; at < from+n; {
		null := ^valid[at/8] >> (at % 8)
		step := 8 - at%8
		for ; null != 0; null &= null - 1 {
			if i := at - from + bits.TrailingZeros8(null); i < n {
				f(i)
			}
		}
		at += step
	}
}

// booleanColumn packs bytes into bits.
type booleanColumn struct {
	gathered
	buf []byte
}

func (c *booleanColumn) add(v vector, from, n int) error {
	c.begin()
	if c.buf == nil {
		c.buf = make([]byte, batchRows/8)
	}
	at := c.rows
	have := c.mark(v, from, n)
	for i, b := range values[uint8](v, from+n)[from:] {
		bitutil.SetBitTo(c.buf, at+i, b != 0 && (have == nil || bitutil.BitIsSet(have, from+i)))
	}
	return nil
}

func (c *booleanColumn) array() arrow.Array {
	for i := c.rows; i%8 != 0; i++ {
		bitutil.ClearBit(c.buf, i) // left over from the batch before
	}
	return c.data(arrow.FixedWidthTypes.Boolean, c.buf[:(c.rows+7)/8])
}

// textColumn copies texts behind one another.
type textColumn struct {
	gathered
	offsets []int32
	buf     []byte
}

// text is the engine's string: short ones in place, longer ones by their first four bytes and a pointer.
type text struct {
	length uint32
	prefix [4]byte
	rest   [8]byte // the pointer
}

const inlineText = 12

func (c *textColumn) add(v vector, from, n int) error {
	c.begin()
	if c.rows == 0 {
		c.offsets, c.buf = append(c.offsets[:0], 0), c.buf[:0]
	}
	have := c.mark(v, from, n)
	all := values[text](v, from+n)
	for i := from; i < from+n; i++ {
		if have == nil || bitutil.BitIsSet(have, i) {
			c.buf = append(c.buf, all[i].bytes()...)
		}
		if len(c.buf) > math.MaxInt32 {
			return failed()
		}
		c.offsets = append(c.offsets, int32(len(c.buf)))
	}
	return nil
}

// bytes are valid as long as the chunk.
func (t *text) bytes() []byte {
	if t.length <= inlineText {
		return unsafe.Slice(&t.prefix[0], t.length)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&t.rest)), t.length)
}

func (c *textColumn) array() arrow.Array {
	return c.data(arrow.BinaryTypes.String, arrow.Int32Traits.CastToBytes(c.offsets), c.buf)
}
