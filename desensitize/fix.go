package desensitize

import (
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// FixSchema returns the schema that Apply gives its batches: the one that went in, with every column that a suppression
// names nullable. It depends on no data, so that it is known before the first batch and where there is none.
func FixSchema(schema *arrow.Schema, cols []yumen.ArtifactColumn, fixes []yumen.Fix) (*arrow.Schema, error) {
	if err := sameColumns(schema, cols); err != nil {
		return nil, err
	}
	fields := slices.Clone(schema.Fields())
	for _, fix := range fixes {
		if fix.Technique != yumen.TechniqueSuppress {
			continue
		}
		for _, cell := range fix.Cells {
			for i, col := range cols {
				if concerns(cell, col, cols) {
					fields[i].Nullable = true
				}
			}
		}
	}
	meta := schema.Metadata()
	return arrow.NewSchema(fields, &meta), nil
}

// Apply applies fixes, in order, to one batch of a held result, whose columns are cols in order and whose first row is
// row number firstRow of the whole result, counted from 1. It returns a new batch of FixSchema's schema, which the
// caller releases, and for each fix the number of cells that it changed in this batch. The batch that went in is left
// as it is.
//
//   - suppress makes exactly the cells of Fix.Cells null; those of other batches are passed over. A cell without a column
//     stands for all aggregate cells of its row, and in a result without aggregates for all cells of its row that are no keys.
//     What a null cell held is gone from the bytes, whether it was suppressed here or came as a null.
//   - round replaces numbers (integer, double, decimal) by the nearest multiple of params base, ties away from zero. Where that
//     multiple does not fit the type, the nearest one that does is taken. NaN and infinities stay. Fix.Columns empty stands for
//     all columns computed by count or count_units.
//   - mask writes texts as params preset does (see package mask); with params where=embedded only the identifiers
//     that occur inside a text, each by its own preset, or only those of the type preset where that is given. A date or timestamp
//     column takes the preset date_month, which sets the first day of the month. Fix.Columns is mandatory.
//
// drop takes out whole rows, so it is not applied here but by who has the whole result (see Kept).
//
// A parameter, column or technique that is not known is an error of kind invalid, before anything is changed.
func Apply(rec arrow.RecordBatch, cols []yumen.ArtifactColumn, fixes []yumen.Fix, firstRow int) (arrow.RecordBatch,
	[]int, error) {
	return apply(memory.DefaultAllocator, rec, cols, fixes, firstRow)
}

func apply(mem memory.Allocator, rec arrow.RecordBatch, cols []yumen.ArtifactColumn, fixes []yumen.Fix,
	firstRow int) (arrow.RecordBatch, []int, error) {
	schema, err := FixSchema(rec.Schema(), cols, fixes)
	if err != nil {
		return nil, nil, err
	}
	steps, err := fixSteps(cols, fixes, firstRow, int(rec.NumRows()))
	if err != nil {
		return nil, nil, err
	}
	arrs := make([]arrow.Array, 0, rec.NumCols())
	defer func() {
		for _, a := range arrs {
			a.Release()
		}
	}()
	for _, a := range rec.Columns() {
		clean, err := technique.CleanNulls(mem, a)
		if err != nil {
			return nil, nil, err
		}
		arrs = append(arrs, clean)
	}
	changed := make([]int, len(fixes))
	for _, s := range steps {
		out, n, err := s.Change(mem, arrs[s.column])
		if err != nil {
			return nil, nil, yumen.AsError(err).At(cols[s.column].Name)
		}
		arrs[s.column].Release()
		arrs[s.column] = out
		changed[s.fix] += int(n.Cells)
	}
	return array.NewRecordBatch(schema, arrs, rec.NumRows()), changed, nil
}

// fixStep is what one fix does to one column.
type fixStep struct {
	fix, column int
	technique.Change
}

// fixSteps resolves the fixes against the columns, collecting everything that is wrong with them.
func fixSteps(cols []yumen.ArtifactColumn, fixes []yumen.Fix, firstRow, rows int) ([]fixStep, error) {
	var steps []fixStep
	var bad technique.Reasons
	for i, fix := range fixes {
		for _, c := range fix.Columns {
			if columnIndex(cols, c) < 0 {
				bad.Add("fix.column", c, "the result has no such column", "结果中没有这一列")
			}
		}
		switch fix.Technique {
		case yumen.TechniqueSuppress:
			steps = append(steps, suppressSteps(i, cols, fix, firstRow, rows, &bad)...)
		case yumen.TechniqueRound:
			steps = append(steps, roundSteps(i, cols, fix, &bad)...)
		case yumen.TechniqueMask:
			steps = append(steps, maskSteps(i, cols, fix, &bad)...)
		default:
			bad.Add("fix.technique", string(fix.Technique), "no such fix of cells: use suppress, round or mask",
				"没有这种单元格修复：可用 suppress、round、mask")
		}
	}
	return steps, bad.Refuse("the fixes do not fit the result", "修复与结果不符")
}

func suppressSteps(number int, cols []yumen.ArtifactColumn, fix yumen.Fix, firstRow, rows int,
	bad *technique.Reasons) []fixStep {
	checkParams(fix, bad)
	at := map[int][]int{} // column → rows of this batch
	for _, cell := range fix.Cells {
		if cell.Row < 1 || cell.Column != "" && columnIndex(cols, cell.Column) < 0 {
			bad.Add("fix.cell", cell.Column, "a cell outside the result", "单元格不在结果之内")
			continue
		}
		row := cell.Row - firstRow
		if row < 0 || row >= rows {
			continue
		}
		for i, col := range cols {
			if concerns(cell, col, cols) {
				at[i] = append(at[i], row)
			}
		}
	}
	var steps []fixStep
	for _, i := range slices.Sorted(maps.Keys(at)) {
		slices.Sort(at[i])
		steps = append(steps, fixStep{number, i, technique.NullAt(slices.Compact(at[i]))})
	}
	return steps
}

// concerns reports whether suppressing the cell means suppressing the column in its row.
func concerns(cell yumen.Cell, col yumen.ArtifactColumn, cols []yumen.ArtifactColumn) bool {
	if cell.Column != "" {
		return cell.Column == col.Name
	}
	if slices.ContainsFunc(cols, func(c yumen.ArtifactColumn) bool { return c.Kind == yumen.ColumnAggregate }) {
		return col.Kind == yumen.ColumnAggregate
	}
	return col.Kind != yumen.ColumnKey
}

func roundSteps(number int, cols []yumen.ArtifactColumn, fix yumen.Fix, bad *technique.Reasons) []fixStep {
	checkParams(fix, bad, "base")
	base, ok := technique.ParseBase(fix.Params["base"])
	if !ok {
		bad.Add("fix.param", "base", "base must be a positive number", "base 须为正数")
		return nil
	}
	var steps []fixStep
	for i, col := range cols {
		count := col.Function == "count" || col.Function == "count_units"
		if !slices.Contains(fix.Columns, col.Name) && !(len(fix.Columns) == 0 && count) {
			continue
		}
		f, err := technique.RoundTo(col.Type, base)
		if err != nil {
			bad.AddError("fix.type", col.Name, err)
			continue
		}
		steps = append(steps, fixStep{number, i, f})
	}
	return steps
}

func maskSteps(number int, cols []yumen.ArtifactColumn, fix yumen.Fix, bad *technique.Reasons) []fixStep {
	checkParams(fix, bad, "preset", "where")
	if len(fix.Columns) == 0 {
		bad.Add("fix.columns", "columns", "a mask names its columns", "掩码须指明列")
	}
	var steps []fixStep
	for i, col := range cols {
		if !slices.Contains(fix.Columns, col.Name) {
			continue
		}
		f, err := technique.MaskColumn(col.Type, fix.Params["preset"], fix.Params["where"])
		if err != nil {
			bad.AddError("fix.mask", col.Name, err)
			continue
		}
		steps = append(steps, fixStep{number, i, f})
	}
	return steps
}

// checkParams refuses parameters that the technique does not have. A fix may carry the rule it answers.
func checkParams(fix yumen.Fix, bad *technique.Reasons, known ...string) {
	for _, p := range slices.Sorted(maps.Keys(fix.Params)) {
		if p != "rule" && !slices.Contains(known, p) {
			bad.Add("fix.param", p, "no such parameter", "没有这个参数")
		}
	}
}

func columnIndex(cols []yumen.ArtifactColumn, name string) int {
	return slices.IndexFunc(cols, func(c yumen.ArtifactColumn) bool { return c.Name == name })
}

// sameColumns checks that the batch is the table the caller says it is.
func sameColumns(schema *arrow.Schema, cols []yumen.ArtifactColumn) error {
	if schema.NumFields() != len(cols) {
		return yumen.Errorf(yumen.KindInvalid, "the batch has %d columns, not %d", "批次有 %d 列，而非 %d 列",
			schema.NumFields(), len(cols))
	}
	var bad technique.Reasons
	seen := map[string]bool{}
	for i, f := range schema.Fields() {
		if t, ok := arrowio.TypeOf(f.Type); f.Name != cols[i].Name || !ok || t != cols[i].Type {
			bad.Add("column.type", cols[i].Name, "the batch has another column or type here", "批次此处的列名或类型不同")
		}
		if seen[strings.ToLower(f.Name)] {
			bad.Add("column.name", cols[i].Name, "two columns of one name", "列名重复")
		}
		seen[strings.ToLower(f.Name)] = true
	}
	return bad.Refuse("the batch is not the table described", "批次与所述的表不符")
}
