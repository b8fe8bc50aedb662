package technique

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// SuppressAttribute takes the columns out of the table.
type SuppressAttribute struct{}

func (*SuppressAttribute) about() About {
	return About{
		Title: yumen.Text{EN: "attribute suppression", ZH: "属性抑制"},
		Term:  yumen.Text{EN: "suppression of an attribute", ZH: "抑制技术：删除属性"},
		Types: "all", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "nothing of the column", ZH: "不保留该列任何内容"},
		Leaks:     yumen.Text{EN: "only what other columns imply", ZH: "仅其他列可推知的内容"},
	}
}

func (*SuppressAttribute) bind(b *Binding) (Stage, error) {
	if len(b.Columns) == 0 || len(b.Columns) == b.Schema.NumFields() {
		return nil, yumen.Errorf(yumen.KindInvalid, "name the columns to take out, and leave one", "请列出要删除的列，且至少保留一列")
	}
	keep := b.otherColumns()
	return &dropColumns{output: output{to: selectFields(b.Schema, keep)}, keep: keep}, nil
}

// otherColumns are the places of the columns that the step does not name.
func (b *Binding) otherColumns() []int {
	return slices.DeleteFunc(allRows(b.Schema.NumFields()), func(i int) bool { return slices.Contains(b.Columns, i) })
}

func selectFields(schema *arrow.Schema, keep []int) *arrow.Schema {
	fields := make([]arrow.Field, len(keep))
	for j, i := range keep {
		fields[j] = schema.Field(i)
	}
	return arrow.NewSchema(fields, nil)
}

type dropColumns struct {
	output
	keep []int
}

func (s *dropColumns) Apply(_ memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	s.count.Cells += rec.NumRows() * (rec.NumCols() - int64(len(s.keep)))
	return array.NewRecordBatch(s.to, selectColumns(rec, s.keep), rec.NumRows()), nil
}

func selectColumns(rec arrow.RecordBatch, keep []int) []arrow.Array {
	out := make([]arrow.Array, len(keep))
	for j, i := range keep {
		out[j] = rec.Column(i)
	}
	return out
}
