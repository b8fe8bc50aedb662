package technique

import (
	"cmp"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// ReplaceColumns makes a batch out of what f returns for each column; where that is nil, the column stays.
func ReplaceColumns(rec arrow.RecordBatch, schema *arrow.Schema,
	f func(i int, in arrow.Array) (arrow.Array, error)) (arrow.RecordBatch, error) {
	out := make([]arrow.Array, 0, rec.NumCols())
	defer func() {
		for _, a := range out {
			a.Release()
		}
	}()
	for i, in := range rec.Columns() {
		a, err := f(i, in)
		if err != nil {
			return nil, atColumn(err, rec.ColumnName(i))
		}
		if a == nil {
			in.Retain()
			a = in
		}
		out = append(out, a)
	}
	rows := rec.NumRows()
	if len(out) > 0 {
		rows = int64(out[0].Len())
	}
	return array.NewRecordBatch(schema, out, rows), nil
}

// replaceNamed is ReplaceColumns for the named columns alone: f is given the place of each among them.
func replaceNamed(rec arrow.RecordBatch, schema *arrow.Schema, columns []int,
	f func(c int, in arrow.Array) (arrow.Array, error)) (arrow.RecordBatch, error) {
	return ReplaceColumns(rec, schema, func(i int, in arrow.Array) (arrow.Array, error) {
		c := slices.Index(columns, i)
		if c < 0 {
			return nil, nil
		}
		return f(c, in)
	})
}

func atColumn(err error, name string) error {
	e := yumen.AsError(err)
	e.Place = cmp.Or(e.Place, name)
	return e
}

// take makes an array of the cells of in at the given rows, and of nulls for rows below 0. No buffer of the result
// holds anything else, in particular nothing in the places of its nulls.
func take(mem memory.Allocator, in arrow.Array, rows []int) (arrow.Array, error) {
	b := array.NewBuilder(mem, in.DataType())
	defer b.Release()
	b.Reserve(len(rows))
	switch a := in.(type) {
	case *array.Boolean:
		takeInto(b.(*array.BooleanBuilder), a, rows)
	case *array.Int64:
		takeInto(b.(*array.Int64Builder), a, rows)
	case *array.Float64:
		takeInto(b.(*array.Float64Builder), a, rows)
	case *array.Decimal128:
		takeInto(b.(*array.Decimal128Builder), a, rows)
	case *array.Date32:
		takeInto(b.(*array.Date32Builder), a, rows)
	case *array.Timestamp:
		takeInto(b.(*array.TimestampBuilder), a, rows)
	case *array.String:
		size := 0
		for _, r := range rows {
			if r >= 0 {
				size += a.ValueLen(r)
			}
		}
		if size > math.MaxInt32 {
			return nil, tooMuchText()
		}
		takeInto(b.(*array.StringBuilder), a, rows)
	default:
		return nil, yumen.Errorf(yumen.KindInternal, "cells of an unmapped type", "单元格类型未映射")
	}
	return b.NewArray(), nil
}

// cellsOf is a column whose cells are of type T, and builderOf what builds one.
type cellsOf[T any] interface {
	arrow.Array
	Value(int) T
}

type builderOf[T any] interface {
	array.Builder
	Append(T)
}

func takeInto[T any](b builderOf[T], a cellsOf[T], rows []int) {
	for _, r := range rows {
		if r < 0 || a.IsNull(r) {
			b.AppendNull()
		} else {
			b.Append(a.Value(r))
		}
	}
}

// allRows returns 0 … n−1.
func allRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// CleanNulls returns the array without anything in the places of its nulls: an engine may have left there what it was
// asked to hide.
func CleanNulls(mem memory.Allocator, in arrow.Array) (arrow.Array, error) {
	if in.NullN() == 0 {
		in.Retain()
		return in, nil
	}
	return take(mem, in, allRows(in.Len()))
}

// TakeRows makes a batch of the given rows.
func TakeRows(mem memory.Allocator, rec arrow.RecordBatch, schema *arrow.Schema,
	rows []int) (arrow.RecordBatch, error) {
	return ReplaceColumns(rec, schema, func(_ int, in arrow.Array) (arrow.Array, error) { return take(mem, in, rows) })
}

// WithField returns the schema with one field's type changed, and nullable.
func WithField(schema *arrow.Schema, i int, dt arrow.DataType) *arrow.Schema {
	fields := slices.Clone(schema.Fields())
	fields[i].Type, fields[i].Nullable = dt, true
	meta := schema.Metadata()
	return arrow.NewSchema(fields, &meta)
}
