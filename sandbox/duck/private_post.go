package duck

import (
	"context"

	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// post runs one statement over the noisy table and sends its rows to OutResult. No version is there: what a statement
// does with a private answer makes it no less private.
func post(ctx context.Context, in sandbox.Env) error {
	var spec task.PostSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	path, ok := in.Input(task.InCells)
	if !ok {
		return missingInput(task.InCells)
	}
	noisy, err := readHeld(path)
	if err != nil {
		return err
	}
	e, err := open(ctx, in)
	if err != nil {
		return err
	}
	defer e.close()
	if err := e.load(ctx, task.CellsTable, noisy.schema, noisy.batches); err != nil {
		return failure(ctx, err)
	}
	cols, err := arrowio.Columns(noisy.schema)
	if err != nil {
		return err
	}
	as := task.View{Name: task.CellsTable} // says that a decimal(38,0) may be one of its own
	for _, c := range cols {
		as.Columns = append(as.Columns, task.ViewColumn{Name: c.Name, Type: c.Type})
	}
	return e.answer(ctx, in, task.QuerySpec{Views: []task.View{as}, SQL: spec.SQL, MaxRows: spec.MaxRows})
}
