// Package flightmeta writes the tables by which Flight SQL tells of a server: which catalogs, schemas, tables, keys and
// types there are, and what the server can do. Their columns are those of FlightSql.proto.
//
// What there is to tell comes with the call: the package looks nothing up and knows no session.
package flightmeta

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen/internal/arrowio"
)

// Table is one of the tables.
type Table struct {
	schema *arrow.Schema
	rows   [][]any // of string, int32, uint8, bool, []byte, []string and nil, as the columns ask
}

// Schema is how the columns look, as a message header and as a stream without batches.
func (t Table) Schema() (header, stream []byte, err error) {
	stream, err = arrowio.SchemaStream(t.schema)
	return arrowio.SchemaHeader(t.schema), stream, err
}

// Write writes the rows as frames of Arrow messages.
func (t Table) Write(to io.Writer) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, t.schema)
	defer b.Release()
	for _, row := range t.rows {
		for i, v := range row {
			add(b.Field(i), v)
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	return arrowio.NewMessages(to).Write(batch)
}

// add appends a value to a column of its type.
func add(to array.Builder, v any) {
	switch b := to.(type) {
	case *array.DenseUnionBuilder:
		addInfo(b, v)
		return
	case *array.ListBuilder:
		if list, ok := v.([]string); ok {
			b.Append(true)
			for _, e := range list {
				add(b.ValueBuilder(), e)
			}
			return
		}
	}
	switch v := v.(type) {
	case string:
		to.(*array.StringBuilder).Append(v)
	case int32:
		to.(*array.Int32Builder).Append(v)
	case uint32:
		to.(*array.Uint32Builder).Append(v)
	case int64:
		to.(*array.Int64Builder).Append(v)
	case bool:
		to.(*array.BooleanBuilder).Append(v)
	case []byte:
		to.(*array.BinaryBuilder).Append(v)
	default:
		to.AppendNull()
	}
}
