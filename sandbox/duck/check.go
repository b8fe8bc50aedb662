package duck

import (
	"context"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// check measures what lies behind a held result: numbers and places, no values. It judges nothing; egress does.
func check(ctx context.Context, in sandbox.Env) error {
	var spec task.CheckSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	path, ok := in.Input(task.InArtifact)
	if !ok {
		return missingInput(task.InArtifact)
	}
	held, err := readHeld(path)
	if err != nil {
		return err
	}
	if err := sameColumns(held.schema, spec.Columns); err != nil {
		return err
	}
	ev := yumen.Evidence{Rows: held.rows, Bytes: held.bytes}
	scanCells(held, spec, &ev)
	scanContent(held, spec, &ev)
	if path, ok := in.Input(task.InEvidence); ok {
		if ev.Groups, err = groups(held, spec, path); err != nil {
			return err
		}
		scanExact(held, spec, &ev)
	}
	in.Progress(1, 2)
	if ev.Matches, err = matches(ctx, in, held, spec, len(ev.Groups) > 0); err != nil {
		return err
	}
	in.Progress(2, 2)
	return in.Answer(ev)
}

// held is a stream read whole.
type held struct {
	schema  *arrow.Schema
	batches []arrow.RecordBatch
	rows    int64
	bytes   int64
}

func readHeld(path string) (*held, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(err)
	}
	r, err := arrowio.NewReader(f, 0)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	h := &held{schema: r.Schema(), bytes: info.Size()}
	if _, err := arrowio.Columns(h.schema); err != nil {
		return nil, err
	}
	for {
		batch, err := r.Next()
		if err == io.EOF {
			h.rows = r.Rows()
			return h, nil
		}
		if err != nil {
			return nil, err
		}
		batch.Retain()
		h.batches = append(h.batches, batch)
	}
}

// sameColumns checks that the stream is the result that the columns describe.
func sameColumns(schema *arrow.Schema, cols []yumen.ArtifactColumn) error {
	same := schema.NumFields() == len(cols)
	for i := 0; same && i < len(cols); i++ {
		same = schema.Field(i).Name == cols[i].Name
	}
	if !same {
		return yumen.Errorf(yumen.KindCorrupt, "the held result has other columns than it was described with",
			"暂存结果的列与其描述不符")
	}
	return nil
}

// each calls do for every row, counted from 1.
func (h *held) each(do func(batch arrow.RecordBatch, i int, row int)) {
	row := 0
	for _, b := range h.batches {
		for i := range int(b.NumRows()) {
			row++
			do(b, i, row)
		}
	}
}

// groups puts the evidence of the engine beside the rows of an aggregate result. The evidence has the columns _units
// and _rows, for each measure i from 1 the columns _units_i, _share_i, _p_i, _total_i and _values_i, the ratios null
// where they are not defined, and where rows are counted by parts _atoms and _unit_atoms. Where more than pairs of
// figures tell of units, there is task.EvidenceVectors.
func groups(h *held, spec task.CheckSpec, path string) ([]yumen.GroupEvidence, error) {
	ev, err := readHeld(path)
	if err != nil {
		return nil, err
	}
	units, rows := ev.schema.FieldIndices("_units"), ev.schema.FieldIndices("_rows")
	if ev.rows != h.rows || len(units) != 1 || len(rows) != 1 {
		return nil, yumen.Errorf(yumen.KindCorrupt, "the evidence does not belong to the held result", "证据与暂存结果不符")
	}
	measures := measureColumns(ev.schema)
	of := newFigures(spec)
	out := make([]yumen.GroupEvidence, 0, h.rows)
	ev.each(func(b arrow.RecordBatch, i, _ int) {
		g := yumen.GroupEvidence{Units: countAt(b.Column(units[0]), i), Rows: countAt(b.Column(rows[0]), i)}
		for _, m := range measures {
			g.Measures = append(g.Measures,
				yumen.MeasureEvidence{Units: countAt(b.Column(m[0]), i), Share: ratioAt(b.Column(m[1]), i),
					P: ratioAt(b.Column(m[2]), i), Total: ratioAt(b.Column(m[3]), i),
					Values: countAt(b.Column(m[4]), i)})
		}
		g.Atoms, g.UnitAtoms = atomsAt(b, "_atoms", i), atomsAt(b, "_unit_atoms", i)
		of.tell(b, i, g.Measures)
		out = append(out, g)
	})
	describeKeys(h, spec.Columns, out)
	return out, nil
}

// measureColumns returns the places of the columns task.EvidenceOfMeasure for i = 1, 2 … as far as there are all.
func measureColumns(schema *arrow.Schema) (places [][5]int) {
	for n := 1; ; n++ {
		var at [5]int
		for i, name := range task.EvidenceOfMeasure {
			found := schema.FieldIndices(name + strconv.Itoa(n))
			if len(found) != 1 {
				return places
			}
			at[i] = found[0]
		}
		places = append(places, at)
	}
}

// atomsAt reads a list of "parts:units" and "parts:units:adds". What cannot be read is a combination of nobody, which
// passes no threshold.
func atomsAt(b arrow.RecordBatch, name string, i int) (out []yumen.Atom) {
	found := b.Schema().FieldIndices(name)
	if len(found) != 1 {
		return nil
	}
	text, ok := b.Column(found[0]).(*array.String)
	if !ok || text.IsNull(i) {
		return nil
	}
	for _, item := range strings.Fields(text.Value(i)) {
		n := make([]int64, 3)
		for i, number := range strings.SplitN(item, ":", 3) {
			var err error
			if n[i], err = strconv.ParseInt(number, 10, 64); err != nil {
				n = make([]int64, 3)
				break
			}
		}
		a := yumen.Atom{Parts: uint64(n[0]), Adds: int(n[2]), Units: n[1]}
		out = append(out, a)
	}
	return out
}

// countAt returns a count; what is no count is none, which passes no threshold.
func countAt(arr arrow.Array, i int) int64 {
	if a, ok := arr.(*array.Int64); ok && a.IsValid(i) {
		return a.Value(i)
	}
	return 0
}

// ratioAt returns −1 for a ratio that is not defined.
func ratioAt(arr arrow.Array, i int) float64 {
	if a, ok := arr.(*array.Float64); ok && a.IsValid(i) {
		return a.Value(i)
	}
	return -1
}

// describeKeys numbers the group keys in order of first appearance and names the aggregate cells that are null.
func describeKeys(h *held, cols []yumen.ArtifactColumn, out []yumen.GroupEvidence) {
	seen := make([]map[string]int, len(cols))
	for i := range seen {
		seen[i] = map[string]int{}
	}
	var text []byte
	h.each(func(b arrow.RecordBatch, i, row int) {
		g := &out[row-1]
		for c, col := range b.Columns() {
			switch cols[c].Kind {
			case yumen.ColumnKey:
				text = append(text[:0], 'v')
				if col.IsNull(i) {
					text[0] = 'n'
				}
				text = arrowio.AppendCell(text, col, i)
				n, ok := seen[c][string(text)]
				if !ok {
					n = len(seen[c])
					seen[c][string(text)] = n
				}
				g.Keys = append(g.Keys, n)
			case yumen.ColumnLevel:
				g.Totals = levelAt(col, i, cols[c])
			case yumen.ColumnAggregate:
				if col.IsNull(i) {
					g.Empty = append(g.Empty, cols[c].Name)
				}
			}
		}
	})
}

// levelAt is the level that a row is of; what no level has is a total over more keys than there can be.
func levelAt(arr arrow.Array, i int, col yumen.ArtifactColumn) uint64 {
	if a, ok := arr.(*array.String); ok && a.IsValid(i) {
		for _, l := range col.Levels {
			if l.Name == a.Value(i) {
				return l.Totals
			}
		}
	}
	return math.MaxUint64
}

// countFunctions are the aggregates whose exact value is a number of rows or units. Rows in whose number the statement
// has a hand are added up.
var countFunctions = []string{"count", "count_units", "count_distinct"}

func isCount(c yumen.ArtifactColumn) bool {
	return c.Kind == yumen.ColumnAggregate && slices.Contains(countFunctions, c.Function) && !c.Repeats
}
