package arrowio

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
)

// TextColumn is a column of a table written as text: a column of the table and, where its cells can be suppressed, the
// one that says so.
type TextColumn struct {
	Name   string
	Value  int // index of the column shown
	Status int // index of its status column, −1 without one
}

// TextColumns returns how a table of the schema is written as text. In a text a status can stand in the cell that it
// speaks of, as the code list CL_CONF_STATUS of SDMX has it, so status columns are none of their own. Cols are what is
// known of the columns, in order; without them every column is shown as it is.
func TextColumns(schema *arrow.Schema, cols []yumen.ArtifactColumn) ([]TextColumn, error) {
	fields := schema.Fields()
	named := func(f arrow.Field, c yumen.ArtifactColumn) bool { return f.Name == c.Name }
	if len(cols) > 0 && !slices.EqualFunc(fields, cols, named) {
		return nil, yumen.Errorf(yumen.KindInvalid, "the columns are not those of the table", "所述列与表的列不一致")
	}
	var out []TextColumn
	for i, f := range fields {
		if len(cols) == 0 || cols[i].Kind != yumen.ColumnStatus {
			out = append(out, TextColumn{Name: f.Name, Value: i, Status: -1})
		}
	}
	for i, c := range cols {
		if c.Kind != yumen.ColumnStatus {
			continue
		}
		of := slices.IndexFunc(out, func(t TextColumn) bool { return t.Name == c.Of && t.Status < 0 })
		if of < 0 || fields[i].Type.ID() != arrow.STRING {
			return nil, yumen.Errorf(yumen.KindInvalid, "a status column speaks of no column of the table", "状态列没有对应的列")
		}
		out[of].Status = i
	}
	return out, nil
}

// Array returns the column of the batch that the cell in this row is to be read from: the status where it says
// anything, else the value.
func (t TextColumn) Array(batch arrow.RecordBatch, row int) arrow.Array {
	if t.Status >= 0 && !batch.Column(t.Status).(*array.String).IsNull(row) {
		return batch.Column(t.Status)
	}
	return batch.Column(t.Value)
}
