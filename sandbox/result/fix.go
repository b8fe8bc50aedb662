package result

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// fix writes a new result with the fixes applied, and its evidence row by row beside it. Where cells were suppressed
// the rows are put in the order of their keys: in the order of a measure their place would disclose what was taken out.
// Rows that are dropped are so from both.
func fix(_ context.Context, in sandbox.Env) error {
	var spec task.FixSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	old, err := readWhole(in, task.InArtifact)
	if err != nil {
		return err
	}
	defer old.Release()
	fixed, changed, order, err := applyFixes(in, old, spec)
	if err != nil {
		return err
	}
	defer fixed.Release()
	rows := fixed.NumRows()
	if order != nil {
		rows = int64(len(order))
	}
	if err := writeOrdered(in, task.OutResult, fixed, order); err != nil {
		return err
	}
	if _, ok := in.Input(task.InEvidence); ok {
		if err := copyEvidence(in, fixed.NumRows(), order); err != nil {
			return err
		}
	}
	return in.Answer(task.ResultAnswer{Rows: rows, Columns: columns(fixed.Schema(), spec.Columns), Changed: changed,
		Fixes: applied(spec.Fixes, changed, order)})
}

// applyFixes returns the result with the fixes applied, how much each changed, and the old index of each row that it is
// to have; nil where that is all of them as they are.
func applyFixes(in sandbox.Env, old arrow.RecordBatch, spec task.FixSpec) (arrow.RecordBatch, []int, []int, error) {
	// never beside others: it comes after them
	if len(spec.Fixes) == 1 && spec.Fixes[0].Technique == yumen.TechniqueDrop {
		kept, err := desensitize.Kept(old, spec.Columns, spec.Fixes[0])
		if err != nil {
			return nil, nil, nil, err
		}
		old.Retain()
		return old, []int{int(old.NumRows()) - len(kept)}, kept, nil
	}
	fixed, changed, err := apply(in, old, spec)
	if err != nil {
		return nil, nil, nil, err
	}
	return fixed, changed, newOrder(fixed, spec), nil
}

// apply applies the fixes in order. Those relative to the units behind a row need the evidence; the others do not.
func apply(in sandbox.Env, b arrow.RecordBatch, spec task.FixSpec) (arrow.RecordBatch, []int, error) {
	if _, err := desensitize.FixSchema(b.Schema(), spec.Columns, spec.Fixes); err != nil {
		return nil, nil, err
	}
	b.Retain()
	var changed []int
	for _, f := range spec.Fixes {
		next, n, err := applyOne(in, b, spec.Columns, f)
		b.Release()
		if err != nil {
			return nil, nil, err
		}
		b, changed = next, append(changed, n)
	}
	return b, changed, nil
}

func applyOne(in sandbox.Env, b arrow.RecordBatch, cols []yumen.ArtifactColumn, f yumen.Fix) (arrow.RecordBatch, int,
	error) {
	if f.Params[desensitize.Relative] != "" {
		spread, err := spreads(in)
		if err != nil {
			return nil, 0, err
		}
		return desensitize.ApplyRelative(b, cols, f, spread)
	}
	next, changed, err := desensitize.Apply(b, cols, []yumen.Fix{f}, 1)
	if err != nil {
		return nil, 0, err
	}
	return next, changed[0], nil
}

// spreads reads from the evidence what lies behind each cell.
func spreads(in sandbox.Env) (func(row int, c yumen.ArtifactColumn) desensitize.Spread, error) {
	ev, err := readWhole(in, task.InEvidence)
	if err != nil {
		return nil, err
	}
	defer ev.Release()
	counts, totals := map[string][]int64{}, map[string][]float64{}
	for i, f := range ev.Schema().Fields() {
		switch col := ev.Column(i).(type) {
		case *array.Int64:
			counts[f.Name] = slices.Clone(col.Int64Values())
		case *array.Float64:
			totals[f.Name] = slices.Clone(col.Float64Values())
		}
	}
	if counts[task.EvidenceUnits] == nil && ev.NumRows() > 0 {
		return nil, yumen.Errorf(yumen.KindCorrupt, "the evidence does not count units", "证据中没有主体数")
	}
	return func(row int, c yumen.ArtifactColumn) (s desensitize.Spread) {
		of := func(measure int) (n int64, t float64) {
			if values := counts[task.EvidenceValues+strconv.Itoa(measure)]; values != nil {
				n = values[row]
			}
			if total := totals[task.EvidenceTotal+strconv.Itoa(measure)]; total != nil {
				t = total[row]
			}
			return n, t
		}
		s.Units = counts[task.EvidenceUnits][row]
		s.Values, s.Total = of(c.Measure)
		if c.Over != nil {
			s.OverValues, s.OverTotal = of(c.Over.Measure)
		}
		return s
	}, nil
}

func readWhole(in sandbox.Env, name string) (arrow.RecordBatch, error) {
	s, err := openInput(in, name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.whole()
}

func copyEvidence(in sandbox.Env, rows int64, order []int) error {
	ev, err := readWhole(in, task.InEvidence)
	if err != nil {
		return err
	}
	defer ev.Release()
	if ev.NumRows() != rows {
		return yumen.Errorf(yumen.KindCorrupt, "the evidence has %d rows, the result %d", "证据有 %d 行，结果有 %d 行",
			ev.NumRows(), rows)
	}
	return writeOrdered(in, task.OutEvidence, ev, order)
}

// newOrder returns the old index of each new row, or nil where rows stay where they are.
func newOrder(b arrow.RecordBatch, spec task.FixSpec) []int {
	suppressed := slices.ContainsFunc(spec.Fixes,
		func(f yumen.Fix) bool { return f.Technique == yumen.TechniqueSuppress })
	var keys []arrow.Array
	for i, c := range spec.Columns {
		if c.Kind == yumen.ColumnKey && i < int(b.NumCols()) {
			keys = append(keys, b.Column(i))
		}
	}
	if !suppressed || len(keys) == 0 {
		return nil
	}
	order := make([]int, b.NumRows())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return compareRows(keys, x, y) })
	return order
}

// compareRows orders by the values of the keys, nulls first.
func compareRows(keys []arrow.Array, x, y int) int {
	for _, k := range keys {
		if c := compareCells(k, x, y); c != 0 {
			return c
		}
	}
	return 0
}

func compareCells(key arrow.Array, x, y int) int {
	switch {
	case key.IsNull(x) && key.IsNull(y):
		return 0
	case key.IsNull(x):
		return -1
	case key.IsNull(y):
		return 1
	}
	switch k := key.(type) {
	case *array.Int64:
		return cmp.Compare(k.Value(x), k.Value(y))
	case *array.Float64:
		return cmp.Compare(k.Value(x), k.Value(y))
	case *array.Decimal128:
		return k.Value(x).Cmp(k.Value(y))
	}
	// Days, times and truth values sort by their text, which is written most significant part first.
	return bytes.Compare(arrowio.AppendCell(nil, key, x), arrowio.AppendCell(nil, key, y))
}

func writeOrdered(in sandbox.Env, name string, b arrow.RecordBatch, order []int) error {
	w := arrowio.NewHeldWriter(in, name, b.Schema(), maxRows)
	if order != nil {
		var err error
		if b, err = take(b, order); err != nil {
			return err
		}
		defer b.Release()
	}
	if err := w.Write(b); err != nil {
		return err
	}
	return w.Close()
}

// take returns the rows of b in the given order.
func take(b arrow.RecordBatch, order []int) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, b.NumCols())
	for i, c := range b.Columns() {
		parts := make([]arrow.Array, len(order))
		for j, row := range order {
			parts[j] = array.NewSlice(c, int64(row), int64(row)+1)
			defer parts[j].Release()
		}
		var err error
		if cols[i], err = join(c.DataType(), parts); err != nil {
			return nil, err
		}
		defer cols[i].Release()
	}
	return array.NewRecordBatch(b.Schema(), cols, int64(len(order))), nil
}

// applied states the fixes as they were carried out, with cells at their new places.
func applied(fixes []yumen.Fix, changed []int, order []int) []yumen.Fix {
	now := map[int]int{}
	for to, from := range order {
		now[from+1] = to + 1
	}
	out := slices.Clone(fixes)
	for i := range out {
		out[i].Changed = changed[i]
		if order == nil {
			continue
		}
		out[i].Cells = slices.Clone(out[i].Cells)
		for j, c := range out[i].Cells {
			out[i].Cells[j].Row = now[c.Row]
		}
	}
	return out
}

// columns takes over what is known of each column, with the type it has now.
func columns(schema *arrow.Schema, cols []yumen.ArtifactColumn) []yumen.ArtifactColumn {
	out := slices.Clone(cols)
	for i := range out {
		if i < schema.NumFields() {
			if t, ok := arrowio.TypeOf(schema.Field(i).Type); ok {
				out[i].Type = t
			}
		}
	}
	return out
}
