package duck

import (
	"context"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// viewed are the paths of the inputs of a view.
type viewed struct {
	data        string
	identifiers string // "" where no column lies apart
}

// inputsOf returns the paths of the inputs that views name.
func inputsOf(in sandbox.Env, views []task.View) ([]viewed, error) {
	var all []viewed
	for _, v := range views {
		var paths viewed
		for name, p := range map[string]*string{v.Input: &paths.data, v.Identifiers: &paths.identifiers} {
			var ok bool
			if *p, ok = in.Input(name); name != "" && !ok {
				return nil, missingInput(name)
			}
		}
		all = append(all, paths)
	}
	return all, nil
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
	var files []string
	for _, p := range paths {
		files = append(files, p.data)
		if p.identifiers != "" {
			files = append(files, p.identifiers)
		}
	}
	e, err := open(ctx, in, files...)
	if err != nil {
		return nil, err
	}
	if err := e.createViews(ctx, views, paths); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *engine) createViews(ctx context.Context, views []task.View, paths []viewed) error {
	for i, v := range views {
		if err := e.exec(ctx, "CREATE VIEW "+identifier(v.Name)+" AS "+projection(v, paths[i])); err != nil {
			if ctx.Err() != nil {
				return stopped(ctx)
			}
			return corruptVersion(v.Name)
		}
	}
	return nil
}

func corruptVersion(name string) error {
	return yumen.Errorf(yumen.KindCorrupt, "a stored version is not the Parquet file its catalog entry describes",
		"存储的版本与目录条目描述的 Parquet 文件不符").At(name)
}

// projection selects the unit and the view's columns from the stored file, and nothing else of it. The unit comes
// first; a view column may show it a second time under the name of the unit key.
func projection(v task.View, from viewed) string {
	unit, file := "v."+identifier(yumen.UnitColumn), parquet(from.data)+" AS v"
	if v.Numbered || from.identifiers != "" {
		file = numbered(from.data) + " AS v"
	}
	if v.Numbered {
		unit = "v.file_row_number AS " + identifier(yumen.UnitColumn)
	}
	cols := []string{unit}
	for _, c := range v.Columns {
		if strings.EqualFold(c.Name, yumen.UnitColumn) {
			continue
		}
		of := "v."
		if c.Apart {
			of = "i."
		}
		cols = append(cols, of+identifier(c.From)+" AS "+identifier(c.Name))
	}
	if from.identifiers != "" {
		file += beside(from.identifiers)
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM " + file
}

// beside puts the identifiers beside the rows v of the version, each to its own. Both files have the same rows in the
// same order, so that nothing has to be looked up; a row whose place or unit is another one ends the run.
func beside(identifiers string) string {
	same := func(column string) string { return "v." + column + " IS NOT DISTINCT FROM i." + column }
	return " POSITIONAL JOIN " + numbered(identifiers) + " AS i WHERE CASE WHEN " + same("file_row_number") + " AND " +
		same(identifier(yumen.UnitColumn)) + " THEN true ELSE error('identifiers of another version') END"
}

func numbered(path string) string {
	return "read_parquet(" + literal(path) + ", file_row_number = true)"
}

func parquet(path string) string { return "read_parquet(" + literal(path) + ")" }
