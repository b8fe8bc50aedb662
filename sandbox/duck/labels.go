package duck

import (
	"context"
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress/ledger"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// label writes which units count in which cells of the table that was made, of so many rows.
func (e *engine) label(ctx context.Context, in sandbox.Env, spec *task.LabelsSpec, rows int64) error {
	out := &ledger.Labels{Salt: in.Salt(task.OutLabels)}
	for i, k := range spec.Kinds {
		if err := e.labelKind(ctx, out, i, k, rows); err != nil {
			return err
		}
	}
	return fileError(out.Write(in.Output(task.OutLabels)))
}

func (e *engine) labelKind(ctx context.Context, out *ledger.Labels, kind int, k task.LabeledKind, rows int64) error {
	if err := checkText(k.SQL); err != nil {
		return err
	}
	if err := e.sameRows(ctx, k.Groups, rows); err != nil {
		return err
	}
	r := labelReader{kind: k, cells: int(rows), built: map[[2]int]*ledger.Builder{}}
	if err := e.scan(ctx, k.SQL, r.read); err != nil {
		return failure(ctx, err)
	}
	for level := range r.levels {
		for n := range k.Layers {
			if b := r.built[[2]int{n, level}]; b != nil {
				out.Layers = append(out.Layers, ledger.LabeledLayer{Kind: kind, Layer: n, Level: level, Table: b.Table()})
			}
		}
	}
	return nil
}

// sameRows makes sure that cells are numbered as the rows of the table are.
func (e *engine) sameRows(ctx context.Context, groups string, rows int64) error {
	if err := checkText(groups); err != nil {
		return err
	}
	n := int64(-1)
	err := e.scan(ctx, groups, func(c chunk) error {
		counts, _ := column[int64](c, 0)
		n = counts[0]
		return nil
	})
	if err != nil {
		return failure(ctx, err)
	}
	if n != rows {
		return yumen.Errorf(yumen.KindInternal, "labels are of another table", "标签与结果表不符")
	}
	return nil
}

// labelReader puts the rows of a statement of labels into tables by layer and level.
type labelReader struct {
	kind   task.LabeledKind
	cells  int
	levels int
	built  map[[2]int]*ledger.Builder
}

func (r *labelReader) read(c chunk) error {
	cell, _ := column[int64](c, 0)
	level, _ := column[int64](c, 1)
	unit, _ := column[int64](c, 2)
	for n, l := range r.kind.Layers {
		var adds []int64
		var value []float64
		if l.Sum == "" {
			adds, _ = column[int64](c, 3+n)
		} else {
			value, _ = column[float64](c, 3+n)
		}
		for i := range c.rows {
			at := [2]int{n, int(level[i])}
			b := r.built[at]
			if b == nil {
				b = ledger.NewBuilder(r.cells, l.Sum != "")
				r.built[at], r.levels = b, max(r.levels, at[1]+1)
			}
			label := ledger.Label{Unit: int(unit[i]), Cell: int(cell[i])}
			if adds != nil {
				label.Adds = adds[i]
			} else {
				label.Value = value[i]
			}
			if err := b.Add(label); err != nil {
				return fmt.Errorf("layer %d: %w", n, err)
			}
		}
	}
	return nil
}
