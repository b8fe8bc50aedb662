package arrowio

import (
	"bufio"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// NDJSONWriter writes batches as one JSON object a line, keys in the order of the columns. Integers and decimals are
// numbers with all their digits, days and times are strings. NaN and infinities, which JSON has no form for, are null.
type NDJSONWriter struct {
	w    *bufio.Writer
	keys [][]byte // `"name":`
	line []byte
}

// NewNDJSONWriter returns a writer for the schema, whose types must be known to TypeOf.
func NewNDJSONWriter(w io.Writer, schema *arrow.Schema) (*NDJSONWriter, error) {
	cols, err := Columns(schema)
	if err != nil {
		return nil, err
	}
	n := &NDJSONWriter{w: bufio.NewWriterSize(w, 1<<16)}
	for _, c := range cols {
		n.keys = append(n.keys, append(appendJSONString(nil, c.Name), ':'))
	}
	return n, nil
}

// Write appends the rows of a batch.
func (n *NDJSONWriter) Write(batch arrow.RecordBatch) error {
	for row := range int(batch.NumRows()) {
		n.line = append(n.line[:0], '{')
		for i, col := range batch.Columns() {
			if i > 0 {
				n.line = append(n.line, ',')
			}
			n.line = appendJSONCell(append(n.line, n.keys[i]...), col, row)
		}
		if _, err := n.w.Write(append(n.line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is still buffered. It does not close the writer below.
func (n *NDJSONWriter) Close() error { return n.w.Flush() }

func appendJSONCell(dst []byte, col arrow.Array, row int) []byte {
	if col.IsNull(row) {
		return append(dst, "null"...)
	}
	switch a := col.(type) {
	case *array.String:
		return appendJSONString(dst, a.Value(row))
	case *array.Date32, *array.Timestamp:
		return append(AppendCell(append(dst, '"'), col, row), '"')
	case *array.Float64:
		if v := a.Value(row); math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
	}
	return AppendCell(dst, col, row)
}

const hexDigits = "0123456789abcdef"

// appendJSONString quotes valid UTF-8. Only what RFC 8259 section 7 asks for is escaped.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}
