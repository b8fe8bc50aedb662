package result

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// exportMessages writes the rows of the held result as frames of Arrow messages, without the schema.
func exportMessages(in sandbox.Env, s heldRows, cols []yumen.ArtifactColumn) error {
	if err := described(s.Schema(), cols); err != nil {
		return err
	}
	to := arrowio.NewMessages(in.Output(task.OutFile))
	if err := s.each(func(b arrow.RecordBatch, _ int64) error { return to.Write(b) }); err != nil {
		return err
	}
	return in.Answer(task.ExportAnswer{Rows: s.Rows()})
}

// described refuses a schema that is not the one that its reader was told of.
func described(schema *arrow.Schema, cols []yumen.ArtifactColumn) error {
	ok := schema.NumFields() == len(cols)
	for i := 0; ok && i < len(cols); i++ {
		t, err := arrowio.DataType(cols[i].Type)
		f := schema.Field(i)
		ok = err == nil && f.Name == cols[i].Name && arrow.TypeEqual(f.Type, t)
	}
	if !ok {
		return yumen.Errorf(yumen.KindCorrupt, "the columns are not of the types that they were described with",
			"列的类型与描述不符")
	}
	return nil
}
