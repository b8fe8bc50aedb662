package source

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/intake"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// table is a table being read: rows without fault, in the types that Yumen carries.
type table struct {
	array.RecordReader
	described []yumen.Column
	schema    *arrow.Schema
	batch     arrow.RecordBatch
	text      bool // from intake, with its columns about rows in front
	read      int64
	total     int64
	files     int
	err       error
}

// listed is how many bad rows an error names.
const listed = 20

// metaColumns is how many columns intake puts in front.
const metaColumns = 4

// openTable reads text files once to find out types and bad rows, of which there may be none, before anything is done.
func openTable(ctx context.Context, in sandbox.Env, spec task.Table, open OpenParquet) (*table, error) {
	t := &table{files: spec.Files}
	paths, err := sources(in, spec.Files)
	if err != nil {
		return nil, err
	}
	if spec.Format == yumen.FormatParquet {
		p, err := open(ctx, in, paths)
		if err != nil {
			return nil, err
		}
		t.RecordReader, t.schema, t.total = p, p.Schema(), p.Rows()
		return t, t.describe(spec.Columns)
	}
	opts := intake.Options{Format: spec.Format, CSV: spec.CSV, MaxBytes: int64(in.Limits().Output),
		Progress: in.Progress}
	cols, err := t.columns(ctx, paths, spec, opts)
	if err != nil {
		return nil, err
	}
	opts.Progress = nil
	r, err := intake.New(ctx, paths, cols, opts)
	if err != nil {
		return nil, err
	}
	t.RecordReader, t.text = r, true
	t.schema = arrow.NewSchema(r.Schema().Fields()[metaColumns:], nil)
	return t, t.describe(spec.Columns)
}

func sources(in sandbox.Env, files int) ([]string, error) {
	var paths []string
	for n := 1; n <= max(1, files); n++ {
		p, ok := in.Input(task.SourceName(n))
		if !ok {
			return nil, yumen.Errorf(yumen.KindInternal, "no %s was given", "未提供 %s", task.SourceName(n))
		}
		paths = append(paths, p)
	}
	return paths, nil
}

// columns are those of the catalog entry, or what the files show. Bad rows end it.
func (t *table) columns(ctx context.Context, paths []string, spec task.Table, opts intake.Options) ([]intake.Column,
	error) {
	if len(spec.Columns) == 0 {
		types := maps.Clone(spec.Hints)
		if types == nil {
			types = map[string]yumen.Type{}
		}
		maps.Copy(types, spec.Types)
		d, err := intake.Describe(ctx, paths, types, opts, listed)
		if err != nil {
			return nil, err
		}
		if d.BadRows > 0 {
			return nil, t.badRows(d.Bad, d.BadRows, d.Columns)
		}
		t.total = d.Rows
		if err := t.known(spec.Types, d.Columns); err != nil {
			return nil, err
		}
		if spec.Format == yumen.FormatNDJSON || given(types, d.Columns) {
			return d.Columns, t.check(ctx, paths, d.Columns, opts)
		}
		return d.Columns, nil
	}
	var cols []intake.Column
	for _, c := range spec.Columns {
		cols = append(cols, intake.Column{Name: c.Name, Header: c.InFiles(), Type: c.Type})
	}
	return cols, t.check(ctx, paths, cols, opts)
}

// given reports whether a type other than text, which takes any cell, was not found out but given.
func given(types map[string]yumen.Type, cols []intake.Column) bool {
	return slices.ContainsFunc(cols, func(c intake.Column) bool {
		t, ok := types[c.Name]
		return ok && t != yumen.TypeText
	})
}

// check reads the files once to see whether all cells are of their columns' types.
func (t *table) check(ctx context.Context, paths []string, cols []intake.Column, opts intake.Options) error {
	r, err := intake.New(ctx, paths, cols, opts)
	if err != nil {
		return err
	}
	defer r.Release()
	var bad []intake.Bad
	var total int64
	for r.Next() {
		for _, b := range faults(r.RecordBatch()) {
			if total++; len(bad) < listed {
				bad = append(bad, b)
			}
		}
	}
	if t.total = r.Rows(); r.Err() == nil && total > 0 {
		return t.badRows(bad, total, cols)
	}
	return r.Err()
}

// known refuses types given for columns that are not there.
func (t *table) known(types map[string]yumen.Type, cols []intake.Column) error {
	left := len(types)
	for _, c := range cols {
		if _, ok := types[c.Name]; ok {
			left--
		}
	}
	if left > 0 {
		return yumen.Errorf(yumen.KindInvalid, "a type is given for a column that the table has not", "为表中不存在的列指定了类型")
	}
	return nil
}

func faults(b arrow.RecordBatch) []intake.Bad {
	file, line, fault := b.Column(1).(*array.Int32), b.Column(2).(*array.Int64), b.Column(3).(*array.Int32)
	var out []intake.Bad
	for i := range int(b.NumRows()) {
		if fault.Value(i) != 0 {
			out = append(out, intake.Bad{File: int(file.Value(i)), Line: line.Value(i),
				Fault: intake.Fault(fault.Value(i))})
		}
	}
	return out
}

var faultTexts = map[intake.Fault]yumen.Text{
	intake.FaultColumns: yumen.Say("too few or too many cells, or a key that is unknown or stands twice",
		"单元格过少或过多，或键未知、重复"),
	intake.FaultEncoding: yumen.Say("bytes that the encoding does not have", "含有编码之外的字节"),
	intake.FaultQuote:    yumen.Say("a quote that is not closed, or stands inside a cell", "引号未闭合，或出现在单元格中间"),
	intake.FaultJSON:     yumen.Say("not one JSON object", "不是一个 JSON 对象"),
}

func (t *table) badRows(bad []intake.Bad, total int64, cols []intake.Column) error {
	var reasons []yumen.Reason
	for _, b := range bad {
		r := yumen.Reason{Rule: "row", Place: fmt.Sprintf("line %d", b.Line), Msg: faultTexts[b.Fault]}
		if t.files > 1 {
			r.Place = fmt.Sprintf("file %d, %s", b.File, r.Place)
		}
		if n := int(b.Fault); n > 0 && n <= len(cols) {
			r.Rule, r.Place = "row.type", r.Place+", "+cols[n-1].Name
			r.Msg = yumen.Say("the cell is not of the type %s", "单元格不是 %s 类型", cols[n-1].Type)
		}
		reasons = append(reasons, r)
	}
	return yumen.Refuse(yumen.KindInvalid,
		yumen.Say("bad rows: %d, listed: %d; nothing was written", "有 %d 行不合格（列出前 %d 行），未写出任何数据", total, len(reasons)),
		reasons)
}

// describe notes the columns as a catalog has them: those of the entry where there is one.
func (t *table) describe(entry []yumen.Column) error {
	cols, err := arrowio.Columns(t.schema)
	if err != nil {
		return err
	}
	for _, c := range cols {
		d := yumen.Column{Name: c.Name, Title: yumen.Text{EN: c.Name, ZH: c.Name}, Type: c.Type}
		for _, e := range entry {
			if e.Name == c.Name {
				d = e
				d.Type = c.Type
			}
		}
		t.described = append(t.described, d)
	}
	return nil
}

// Schema returns the columns of the table.
func (t *table) Schema() *arrow.Schema { return t.schema }

// RecordBatch returns the current batch, valid until the next call of Next.
func (t *table) RecordBatch() arrow.RecordBatch { return t.batch }

// Record is RecordBatch under its older name, which the interface still asks for.
func (t *table) Record() arrow.RecordBatch { return t.batch }

// Next reads the next batch. A row that was good when the files were read first and is bad now ends the table.
func (t *table) Next() bool {
	if t.err != nil || !t.RecordReader.Next() {
		return false
	}
	t.batch = t.RecordReader.RecordBatch()
	t.read += t.batch.NumRows()
	if !t.text {
		return true
	}
	if bad := faults(t.batch); len(bad) > 0 {
		t.err = yumen.Errorf(yumen.KindCorrupt, "the file changed while it was read", "文件在读取期间发生变化")
		return false
	}
	t.batch = array.NewRecordBatch(t.schema, t.batch.Columns()[metaColumns:], t.batch.NumRows())
	return true
}

// Err returns what stopped the table.
func (t *table) Err() error {
	if t.err != nil {
		return t.err
	}
	return t.RecordReader.Err()
}

// explain puts what stopped the table in the place of an error that only says that it stopped.
func (t *table) explain(err error) error {
	if err != nil && t.Err() != nil {
		return t.Err()
	}
	return err
}

// progress spreads what there is to do over the passes.
func (t *table) progress(in sandbox.Env) func(pass, passes int, rows int64) {
	return func(pass, passes int, rows int64) {
		in.Progress(int64(pass-1)*t.total+rows, int64(passes)*t.total)
	}
}
