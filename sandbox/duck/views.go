package duck

import (
	"context"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// inputsOf returns the paths of the inputs that views name.
func inputsOf(in sandbox.Env, views []task.View) ([]string, error) {
	var paths []string
	for _, v := range views {
		p, ok := in.Input(v.Input)
		if !ok {
			return nil, missingInput(v.Input)
		}
		paths = append(paths, p)
	}
	return paths, nil
}

func missingInput(name string) error {
	return yumen.Errorf(yumen.KindInternal, "the input %s was not given", "缺少输入 %s", name)
}

// openWithViews starts the engine with the views over the stored versions.
func openWithViews(ctx context.Context, in sandbox.Env, views []task.View) (*engine, error) {
	paths, err := inputsOf(in, views)
	if err != nil {
		return nil, err
	}
	e, err := open(ctx, in, paths...)
	if err != nil {
		return nil, err
	}
	if err := e.createViews(ctx, views, paths); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *engine) createViews(ctx context.Context, views []task.View, paths []string) error {
	for i, v := range views {
		if err := e.exec(ctx, "CREATE VIEW "+identifier(v.Name)+" AS "+projection(v, paths[i])); err != nil {
			if ctx.Err() != nil {
				return stopped(ctx)
			}
			return yumen.Errorf(yumen.KindCorrupt, "a stored version is not the Parquet file its catalog entry describes",
				"存储的版本与目录条目描述的 Parquet 文件不符").At(v.Name)
		}
	}
	return nil
}

// projection selects the unit and the view's columns from the stored file, and nothing else of it. The unit comes first;
// a view column may show it a second time under the name of the unit key.
func projection(v task.View, path string) string {
	unit, from := identifier(yumen.UnitColumn), parquet(path)
	if v.Numbered {
		unit, from = "file_row_number AS "+unit, "read_parquet("+literal(path)+", file_row_number = true)"
	}
	cols := []string{unit}
	for _, c := range v.Columns {
		if strings.EqualFold(c.Name, yumen.UnitColumn) {
			continue
		}
		cols = append(cols, identifier(c.From)+" AS "+identifier(c.Name))
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM " + from
}

func parquet(path string) string { return "read_parquet(" + literal(path) + ")" }
