package duck

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
)

// private answers a differentially private question with a noisy table: noise is drawn first, while the engine opens,
// then the rows are read and their totals bounded unit by unit, exactly, then the two are added. Nothing but the noisy
// table leaves, and an error says no more than its kind.
func private(ctx context.Context, in sandbox.Env) error {
	var spec task.PrivateSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	q := &spec.Question
	if err := askable(&spec); err != nil {
		return err
	}
	draw := sync.OnceValues(func() (*privacy.Drawn, error) { return privacy.Draw(q, spec.Noise, spec.MaxRows) })
	go draw()
	totals, err := exactTotals(ctx, in, q, privacy.NewChoice(), func() error { _, err := draw(); return err })
	noise, refused := draw()
	if refused != nil {
		return refused
	}
	if err != nil {
		return failure(ctx, err)
	}
	rows, err := privacy.Finish(q, spec.Noise, noise, totals, spec.MaxRows+1)
	if err != nil {
		return err
	}
	if int64(len(rows)) > spec.MaxRows {
		return tooManyGroups()
	}
	return writeNoisy(in, q, rows)
}

// askable checks what follows from the question alone.
func askable(spec *task.PrivateSpec) error {
	if err := checkText(spec.Question.SQL); err != nil {
		return err
	}
	if spec.MaxRows < 1 {
		return yumen.Errorf(yumen.KindInternal, "no number of groups was allowed", "未给出允许的分组数")
	}
	if n, public := privacy.Groups(&spec.Question); public && int64(n) > spec.MaxRows {
		return tooManyGroups()
	}
	return nil
}

// tooManyGroups does not say how many: without public keys that depends on data, if only by way of noise.
func tooManyGroups() error {
	return yumen.Errorf(yumen.KindLimit, "the answer has more groups than it may have", "结果分组数超过上限").
		ToFix("group by fewer or coarser keys", "请减少分组列或使用更粗的分组")
}

// exactTotals computes the totals in one pass where the rows lie unit by unit, and otherwise in the way that the
// question's form asks for. What counts of a unit that has more than may count is the choice's. It waits until ready
// before it reads rows.
func exactTotals(ctx context.Context, in sandbox.Env, q *task.Question, choice privacy.Choice, ready func() error) (
	*privacy.Totals, error) {
	switch q.Form {
	case task.Clustered:
		if t, ok, err := clustered(ctx, in, q, choice, ready); ok || err != nil {
			return t, err
		}
	case task.Summed, task.Scattered:
	default:
		return nil, yumen.Errorf(yumen.KindInternal, "the question's rows come in no form that an engine gives",
			"查询的行形式不由引擎给出")
	}
	v, err := openVectors(ctx, in, in, q.Views)
	if err != nil {
		return nil, err
	}
	defer in.Leave(v.close)
	if err := ready(); err != nil {
		return nil, err
	}
	if q.Form == task.Summed {
		return v.summed(ctx, q)
	}
	return v.sorted(ctx, in, q, choice)
}

// clustered passes over the rows as they lie. Not ok means that they cannot be read so.
func clustered(ctx context.Context, in sandbox.Env, q *task.Question, choice privacy.Choice, ready func() error) (
	t *privacy.Totals, ok bool, err error) {
	v, err := openVectors(ctx, in, singleThreaded{in}, q.Views)
	if err != nil {
		return nil, false, err
	}
	defer v.leave(in, &ok)
	if err := ready(); err != nil {
		return nil, false, err
	}
	from := rowsSQL(q)
	cuts, ok, err := v.cutsOfFiles(ctx, in, q.Views, from)
	if !ok || err != nil {
		return nil, false, err
	}
	t, err = v.passes(ctx, in, q, choice, from, cuts)
	if errors.Is(err, privacy.ErrNotClustered) {
		return nil, false, nil
	}
	return t, true, err
}

// rowsSQL selects the rows of a question in the types that it names. Rows that belong to no unit count for nobody.
func rowsSQL(q *task.Question) string {
	return "(SELECT " + strings.Join(typedSQL(q.Keys, q.Inputs), ", ") + " FROM (\n" + q.SQL +
		"\n) WHERE u IS NOT NULL)"
}

// typedSQL are the columns u, k1 …, a1 … of rows in the types of keys and inputs.
func typedSQL(keys []task.GroupKey, inputs []task.MeasuredInput) []string {
	cols := []string{"CAST(u AS BIGINT) AS u"}
	for i, k := range keys {
		cols = append(cols, fmt.Sprintf("CAST(k%d AS %s) AS k%d", i+1, sqlType(k.Type), i+1))
	}
	for i, in := range inputs {
		cols = append(cols, fmt.Sprintf("CAST(a%d AS %s) AS a%d", i+1, sqlType(in.Type), i+1))
	}
	return cols
}

// privateReader reads rows into a pass.
type privateReader struct {
	*reader
	pass *privacy.Pass
}

func (v *vectors) newPrivateReader(q *task.Question, choice privacy.Choice) (privateReader, error) {
	pass, err := privacy.NewPass(q, choice)
	if err != nil {
		return privateReader{}, err
	}
	keys, err := v.newKeyReaders(q.Keys)
	if err != nil {
		return privateReader{}, err
	}
	r := newReader(keys, q.Inputs, func(keys []privacy.Value) { pass.Group(choice.Rank(keys)) })
	r.to = pass.Add
	return privateReader{r, pass}, nil
}

func (r privateReader) totals() *privacy.Totals {
	t := r.pass.Totals(r.groups.groups())
	return &t
}

// passes reads the rows of a relation and adds up what the readers found.
func (v *vectors) passes(ctx context.Context, in sandbox.Env, q *task.Question, choice privacy.Choice, from string,
	cuts []int64) (*privacy.Totals, error) {
	var private []privateReader
	var readers []*reader
	for range min(len(v.conns), len(cuts)+1) {
		r, err := v.newPrivateReader(q, choice)
		if err != nil {
			return nil, err
		}
		private, readers = append(private, r), append(readers, r.reader)
	}
	if err := v.readAll(ctx, in, from, cuts, readers); err != nil {
		return nil, err
	}
	for _, r := range private[1:] {
		private[0].pass.Merge(r.pass, private[0].numbersOf(r.reader, r.pass.Groups()))
	}
	return private[0].totals(), nil
}

// sorted has the engine sort the rows by unit into a table, on disk where memory does not hold it, and passes over
// that.
func (v *vectors) sorted(ctx context.Context, in sandbox.Env, q *task.Question, choice privacy.Choice) (*privacy.Totals,
	error) {
	if err := v.exec(ctx, "CREATE TABLE "+sortedRows+" AS FROM "+rowsSQL(q)+" ORDER BY u"); err != nil {
		return nil, err
	}
	cuts, err := v.cutsOfTable(ctx)
	if err != nil {
		return nil, err
	}
	return v.passes(ctx, in, q, choice, sortedRows, cuts)
}

// sortedRows names the table of sorted rows. Views have names of datasets, which do not begin so.
const sortedRows = "_sorted_rows"

// summed reads totals that the engine has computed, each row read having been a unit.
func (v *vectors) summed(ctx context.Context, q *task.Question) (*privacy.Totals, error) {
	r, err := v.newPrivateReader(q, privacy.NewChoice())
	if err != nil {
		return nil, err
	}
	cols := append(codesSQL(r.groups.keys), "CAST(n AS BIGINT) AS n")
	squares := squaresNeeded(q)
	for i := range q.Inputs {
		no := strconv.Itoa(i + 1)
		cols = append(cols, "CAST(c"+no+" AS BIGINT)", "CAST(s"+no+" AS HUGEINT)")
		if squares[i] {
			cols = append(cols, "CAST(q"+no+" AS HUGEINT)")
		}
	}
	err = v.scan(ctx, "SELECT "+strings.Join(cols, ", ")+" FROM (\n"+q.SQL+"\n)",
		func(c chunk) error { return r.addSummed(c, squares) })
	if err != nil {
		return nil, err
	}
	return r.totals(), nil
}

// addSummed reads totals: keys, n, and for each input c, s and, where needed, q.
func (r privateReader) addSummed(c chunk, squares []bool) error {
	groups := r.group(c, 0)
	at := len(r.groups.keys)
	rows, _ := column[int64](c, at)
	inputs := make([]privacy.Summed, len(r.inputs))
	for i := range inputs {
		at++
		inputs[i].Count, _ = column[int64](c, at)
		at++
		inputs[i].Sum = summed(c, at)
		if squares[i] {
			at++
			inputs[i].Squares = summed(c, at)
		}
	}
	return r.pass.AddSummed(groups, rows, inputs)
}

// summed reads a column of sums; what nothing was added to is 0.
func summed(c chunk, col int) []privacy.Int128 {
	values, valid := column[wide](c, col)
	out := make([]privacy.Int128, len(values))
	for i, v := range values {
		if !isNull(valid, i) {
			out[i] = privacy.Int128{Hi: int64(v.hi), Lo: v.lo}
		}
	}
	return out
}

// squaresNeeded says of which inputs the squares are summed.
func squaresNeeded(q *task.Question) []bool {
	need := make([]bool, len(q.Inputs))
	for _, c := range privacy.Components(q) {
		if c.Kind == task.TotalSquares {
			need[c.Input-1] = true
		}
	}
	return need
}

// writeNoisy sends the noisy table.
func writeNoisy(in sandbox.Env, q *task.Question, rows []privacy.Row) error {
	cols := privacy.Columns(q)
	schema, err := arrowio.Schema(cols)
	if err != nil {
		return err
	}
	out := make([]arrow.Array, len(cols))
	for i, c := range cols {
		if i < len(q.Keys) {
			out[i], err = keyColumn(c.Type, rows, i)
		} else {
			out[i], err = cellColumn(c.Type, rows, i-len(q.Keys))
		}
		if err != nil {
			return err
		}
		defer out[i].Release()
	}
	w := arrowio.NewHeldWriter(in, task.OutNoisy, schema, 0)
	batch := array.NewRecordBatch(schema, out, int64(len(rows)))
	defer batch.Release()
	if err := errors.Join(w.Write(batch), w.Close()); err != nil {
		return fileError(err)
	}
	answer := task.ResultAnswer{Rows: int64(len(rows))}
	for _, c := range cols {
		answer.Columns = append(answer.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type})
	}
	return in.Answer(answer)
}

func keyColumn(t yumen.Type, rows []privacy.Row, i int) (arrow.Array, error) {
	a, err := arrowio.NewAppender(t)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Keys[i].Null {
			a.Null()
		} else if !a.Append(r.Keys[i].Text) {
			return nil, failed() // a day that has no four digits of year, a double that is no number
		}
	}
	return a.Builder().NewArray(), nil
}

func cellColumn(t yumen.Type, rows []privacy.Row, i int) (arrow.Array, error) {
	dt, err := arrowio.DataType(t)
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	for _, r := range rows {
		cell := r.Cells[i]
		switch b := b.(type) {
		case *array.Int64Builder:
			b.Append(int64(cell.Int.Lo))
		case *array.Decimal128Builder:
			b.Append(decimal128.New(cell.Int.Hi, cell.Int.Lo))
		case *array.Float64Builder:
			b.Append(cell.Float)
		}
	}
	return b.NewArray(), nil
}
