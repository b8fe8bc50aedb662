package technique

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// irreversible is said of techniques that throw information away.
var irreversible = yumen.Text{EN: "no", ZH: "否"}

// appendKey appends the cells of some columns of a row so that different rows give different bytes; null is a value of
// its own.
func appendKey(dst []byte, rec arrow.RecordBatch, columns []int, row int) []byte {
	for _, i := range columns {
		dst = appendKeyCell(dst, rec.Column(i), row)
	}
	return dst
}

func appendKeyCell(dst []byte, in arrow.Array, row int) []byte {
	if in.IsNull(row) {
		return append(dst, 0)
	}
	start := len(dst)
	dst = arrowio.AppendCell(append(dst, 1, 0, 0, 0, 0), in, row)
	binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start-5))
	return dst
}

// numbering numbers keys in order of first appearance.
type numbering map[string]int

func (n numbering) of(key string) int {
	i, known := n[key]
	if !known {
		i = len(n)
		n[key] = i
	}
	return i
}

// number returns a numeric cell as a double; NaN for a null.
func number(in arrow.Array, row int) float64 {
	if in.IsNull(row) {
		return math.NaN()
	}
	switch a := in.(type) {
	case *array.Int64:
		return float64(a.Value(row))
	case *array.Float64:
		return a.Value(row)
	case *array.Decimal128:
		return a.Value(row).ToFloat64(a.DataType().(*arrow.Decimal128Type).Scale)
	}
	return math.NaN()
}
