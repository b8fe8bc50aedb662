package wasm

import (
	"io"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/intake"
)

// readText reads CSV or NDJSON, which must have the declared columns exactly: see intake.Exact. It ends with the first
// row that cannot be read.
func readText(f io.Reader, format yumen.FileFormat, t *table) error {
	cols := make([]intake.Column, len(t.columns))
	for i, c := range t.columns {
		cols[i] = intake.Column{Name: c.Name, Header: c.Name, Type: c.Type}
	}
	rows, err := intake.Exact(f, format, cols)
	if err != nil {
		return wrongColumns()
	}
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil || row.Fault != 0 {
			return malformed(format, row.Fault)
		}
		for i, c := range row.Cells {
			switch {
			case c.Null:
				t.cells[i].Null()
			case c.Wrong:
				return t.wrongType(i)
			default:
				if err := t.set(i, c.Text); err != nil {
					return err
				}
			}
		}
		if err := t.endRow(); err != nil {
			return err
		}
	}
}

func malformed(format yumen.FileFormat, f intake.Fault) error {
	columns := f == intake.FaultColumns
	switch {
	case columns && format == yumen.FormatCSV:
		return failed("a line of the module's output has more or fewer cells than there are columns",
			"模块输出有一行的单元格数与列数不符")
	case columns:
		return wrongColumns()
	case format == yumen.FormatCSV:
		return failed("the module's output is not well-formed CSV", "模块的输出不是格式正确的 CSV")
	}
	return failed("the module's output is not NDJSON: one object a line", "模块的输出不是 NDJSON：每行一个对象")
}
