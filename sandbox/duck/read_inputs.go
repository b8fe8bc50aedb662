package duck

import (
	"math"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// inputReader reads the values of one input in units of 10^-Scale.
type inputReader struct {
	task.MeasuredInput
	precision int // of a decimal
	values    []int64
	valid     []uint64
}

func newInputReader(m task.MeasuredInput) *inputReader {
	precision, _, _ := m.Type.Decimal()
	return &inputReader{MeasuredInput: m, precision: precision}
}

// read returns the values of a column, valid as long as the chunk and until the next call.
func (r *inputReader) read(c chunk, col int) privacy.Column {
	switch r.Type {
	case yumen.TypeInteger:
		values, valid := column[int64](c, col)
		return privacy.Column{Values: values, Valid: valid}
	case yumen.TypeBoolean:
		return readInput[uint8](r, c, col)
	case yumen.TypeDouble:
		return r.readDoubles(c, col)
	}
	switch {
	case r.precision <= 4:
		return readInput[int16](r, c, col)
	case r.precision <= 9:
		return readInput[int32](r, c, col)
	case r.precision <= 18:
		values, valid := column[int64](c, col)
		return privacy.Column{Values: values, Valid: valid}
	}
	return r.readWide(c, col)
}

func (r *inputReader) room(n int) []int64 {
	for len(r.values) < n {
		r.values = append(r.values, 0)
	}
	return r.values[:n]
}

func readInput[T uint8 | int16 | int32](r *inputReader, c chunk, col int) privacy.Column {
	values, valid := column[T](c, col)
	out := r.room(len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return privacy.Column{Values: out, Valid: valid}
}

// readDoubles rounds to the digits kept. What is no number counts as null.
func (r *inputReader) readDoubles(c chunk, col int) privacy.Column {
	values, valid := column[float64](c, col)
	out, unit, lo, hi := r.room(len(values)), math.Pow10(r.Scale), float64(r.Lo), float64(r.Hi)
	r.valid = r.valid[:0]
	for i := 0; i < len(values); i += 64 {
		word := ^uint64(0)
		if valid != nil {
			word = valid[i>>6]
		}
		r.valid = append(r.valid, word)
	}
	for i, v := range values {
		switch x := math.RoundToEven(v * unit); {
		case x != x:
			out[i] = 0
			r.valid[i>>6] &^= 1 << (i & 63)
		case x <= lo:
			out[i] = r.Lo
		case x >= hi:
			out[i] = r.Hi
		default:
			out[i] = int64(x)
		}
	}
	return privacy.Column{Values: out, Valid: r.valid}
}

// readWide holds values of 128 bits to 64; the pass clamps them further.
func (r *inputReader) readWide(c chunk, col int) privacy.Column {
	values, valid := column[wide](c, col)
	out := r.room(len(values))
	for i, v := range values {
		switch hi := int64(v.hi); {
		case hi == int64(v.lo)>>63:
			out[i] = int64(v.lo)
		case hi < 0:
			out[i] = math.MinInt64
		default:
			out[i] = math.MaxInt64
		}
	}
	return privacy.Column{Values: out, Valid: valid}
}
