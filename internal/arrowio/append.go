package arrowio

import (
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/cellparse"
)

// Appender parses text cells of one type into an Arrow builder. It is not safe for concurrent use.
type Appender struct {
	builder array.Builder
	parse   func(cell string) bool // appends where it can
}

// NewAppender returns an Appender for a column type, which takes the spellings of package cellparse. No cell means
// null: the caller decides that and calls Null.
func NewAppender(t yumen.Type) (*Appender, error) {
	dt, err := DataType(t)
	if err != nil {
		return nil, err
	}
	a := &Appender{builder: array.NewBuilder(memory.DefaultAllocator, dt)}
	switch b := a.builder.(type) {
	case *array.BooleanBuilder:
		a.parse = appending(cellparse.Boolean, b.Append)
	case *array.Int64Builder:
		a.parse = appending(cellparse.Integer, b.Append)
	case *array.Float64Builder:
		a.parse = appending(cellparse.Double, b.Append)
	case *array.Date32Builder:
		a.parse = appending(cellparse.Date, b.Append)
	case *array.TimestampBuilder:
		a.parse = appending(cellparse.Timestamp, b.Append)
	case *array.StringBuilder:
		a.parse = appending(cellparse.Text, b.Append)
	case *array.Decimal128Builder:
		p, s, _ := t.Decimal()
		a.parse = func(cell string) bool {
			v, ok := cellparse.Decimal(cell, int32(p), int32(s))
			if ok {
				b.Append(v)
			}
			return ok
		}
	}
	return a, nil
}

func appending[T any](parse func(string) (T, bool), add func(T)) func(string) bool {
	return func(cell string) bool {
		v, ok := parse(cell)
		if ok {
			add(v)
		}
		return ok
	}
}

// Append parses a cell and appends it. It reports false and appends nothing where the cell is not of the type.
func (a *Appender) Append(cell string) bool { return a.parse(cell) }

// Null appends a null.
func (a *Appender) Null() { a.builder.AppendNull() }

// Builder returns the builder behind, to finish the column.
func (a *Appender) Builder() array.Builder { return a.builder }
