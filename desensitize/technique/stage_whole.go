package technique

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// wholeColumns holds columns of the whole table in memory, as observed.
type wholeColumns struct {
	columns []int
	parts   [][]arrow.Array // by column
	rows    int
}

func newWholeColumns(columns []int) *wholeColumns {
	return &wholeColumns{columns: columns, parts: make([][]arrow.Array, len(columns))}
}

func (w *wholeColumns) Observe(rec arrow.RecordBatch) error {
	for c, i := range w.columns {
		a := rec.Column(i)
		a.Retain()
		w.parts[c] = append(w.parts[c], a)
	}
	w.rows += int(rec.NumRows())
	return nil
}

// join makes one array of each column and releases the parts.
func (w *wholeColumns) join(mem memory.Allocator) ([]arrow.Array, error) {
	out := make([]arrow.Array, len(w.columns))
	for c, parts := range w.parts {
		if len(parts) == 0 {
			continue
		}
		size := 0
		for _, p := range parts {
			if s, ok := p.(*array.String); ok {
				size += len(s.ValueBytes())
			}
		}
		if size > math.MaxInt32 {
			return nil, yumen.Errorf(yumen.KindLimit, "the column's texts are larger than 2 GiB together",
				"该列文本合计超过 2 GiB")
		}
		a, err := array.Concatenate(parts, mem)
		if err != nil {
			return nil, err
		}
		out[c] = a
	}
	w.release()
	return out, nil
}

// numbers returns each column as doubles, NaN for null, and releases the parts.
func (w *wholeColumns) numbers() [][]float64 {
	out := make([][]float64, len(w.columns))
	for c, parts := range w.parts {
		out[c] = make([]float64, 0, w.rows)
		for _, p := range parts {
			for row := range p.Len() {
				out[c] = append(out[c], number(p, row))
			}
		}
	}
	w.release()
	return out
}

func (w *wholeColumns) release() {
	for c, parts := range w.parts {
		for _, p := range parts {
			p.Release()
		}
		w.parts[c] = nil
	}
}

// permuteStage is a watcher that moves cells within their columns: row r gets the cell of row from(c)[r].
type permuteStage struct {
	*wholeColumns
	output
	mem    memory.Allocator
	plan   func(cols []arrow.Array, rows int) ([][]int, error) // for each column, where each row's cell comes from; nil for as it was
	joined []arrow.Array
	from   [][]int
	next   int
}

func newPermuteStage(b *Binding, columns []int, plan func([]arrow.Array, int) ([][]int, error)) *permuteStage {
	return &permuteStage{wholeColumns: newWholeColumns(columns), output: output{to: b.nullable()}, mem: b.Env.Memory,
		plan: plan}
}

func (s *permuteStage) Finish() (err error) {
	if s.joined, err = s.join(s.mem); err != nil {
		return err
	}
	s.from, err = s.plan(s.joined, s.rows)
	return err
}

func (s *permuteStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	n := int(rec.NumRows())
	defer func() { s.next += n }()
	return replaceNamed(rec, s.to, s.columns, func(c int, in arrow.Array) (arrow.Array, error) {
		if s.from[c] == nil {
			return nil, nil
		}
		from := s.from[c][s.next : s.next+n]
		var a, b []byte
		for row, r := range from {
			if r == s.next+row {
				continue
			}
			a, b = arrowio.AppendCell(a[:0], s.joined[c], r), arrowio.AppendCell(b[:0], in, row)
			if in.IsNull(row) != s.joined[c].IsNull(r) || string(a) != string(b) {
				s.count.Cells++
			}
		}
		return take(mem, s.joined[c], from)
	})
}

// Close releases what is held when the run ends.
func (s *permuteStage) Close() {
	s.release()
	for _, a := range s.joined {
		if a != nil {
			a.Release()
		}
	}
}

// numberStage is a watcher that gives numeric cells new values: plan says, for each column, what each row gets; NaN
// keeps the cell, infinity makes it null.
type numberStage struct {
	*wholeColumns
	output
	plan   func(cols [][]float64) ([][]float64, error)
	values [][]float64
	next   int
}

func newNumberStage(b *Binding, plan func([][]float64) ([][]float64, error)) (*numberStage, error) {
	if len(b.Columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the step names no columns", "该步骤没有列出列")
	}
	s := &numberStage{wholeColumns: newWholeColumns(b.Columns), output: output{to: b.nullable()}, plan: plan}
	return s, b.takes(yumen.Type.Numeric)
}

func (s *numberStage) Close() { s.release() }

func (s *numberStage) Finish() (err error) {
	s.values, err = s.plan(s.numbers())
	return err
}

func (s *numberStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	n := int(rec.NumRows())
	defer func() { s.next += n }()
	return replaceNamed(rec, s.to, s.columns, func(c int, in arrow.Array) (arrow.Array, error) {
		values := s.values[c][s.next : s.next+n]
		out, count, err := eachNumber(func(row int, _ float64) float64 { return values[row] })(mem, in)
		s.count.Add(count)
		return out, err
	})
}

// eachNumber gives numeric cells new values, rounded to what the type can hold: NaN keeps the cell, infinity and what
// does not fit the type makes it null, counted as unfit. Nulls stay null.
func eachNumber(f func(row int, v float64) float64) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		b := array.NewBuilder(mem, in.DataType())
		defer b.Release()
		var n Tally
		for row := range in.Len() {
			if in.IsNull(row) {
				b.AppendNull()
				continue
			}
			was := number(in, row)
			v := f(row, was)
			if math.IsNaN(v) {
				v = was
			}
			switch {
			case v == was || math.IsNaN(v):
				copyCell(b, in, row)
				continue
			case !appendNumber(b, v):
				b.AppendNull()
				n.Unfit++
			}
			n.Cells++
		}
		return b.NewArray(), n, nil
	}
}

func copyCell(b array.Builder, in arrow.Array, row int) {
	switch a := in.(type) {
	case *array.Int64:
		b.(*array.Int64Builder).Append(a.Value(row))
	case *array.Float64:
		b.(*array.Float64Builder).Append(a.Value(row))
	case *array.Decimal128:
		b.(*array.Decimal128Builder).Append(a.Value(row))
	case *array.Date32:
		b.(*array.Date32Builder).Append(a.Value(row))
	}
}

func appendNumber(b array.Builder, v float64) bool {
	if math.IsInf(v, 0) {
		return false
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		if v = math.RoundToEven(v); v < math.MinInt64 || v >= math.MaxInt64 {
			return false
		}
		b.Append(int64(v))
	case *array.Float64Builder:
		b.Append(v)
	case *array.Decimal128Builder:
		t := b.Type().(*arrow.Decimal128Type)
		d, err := decimal128.FromFloat64(v, t.Precision, t.Scale)
		if err != nil {
			return false
		}
		b.Append(d)
	}
	return true
}
