package duck

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// How result columns are compared with input columns.
//
// A column that the analysis knows to be an input column unchanged is a candidate for that column. An opaque column, and
// one that is computed for each row, is a candidate for the input column of its name, and else for every one whose
// values it repeats: at least minOverlap of its distinct values occur there, texts without regard to case and to spaces
// around them. Such a candidate is telling if the input column has at least minDistinct distinct
// values and they are not such that any number would be found there (see telling); otherwise it is weak, because small
// counts would be taken for ages and the dense integers of units for anything.
//
// Candidates are joined to a tuple, one after the other, strongest first, as long as at least minKept of the rows
// matched so far still match. So a column that was masked, rounded or mistaken for another drops out instead of hiding
// the rows that the others give away, and rows that a module made up do not count. A weak candidate must stand a
// permutation test besides: with its cells dealt out to other rows, at most maxByChance of the matches may remain.
const (
	minOverlap  = 0.9
	minDistinct = 20
	minKept     = 0.9
	maxByChance = 0.5
)

// strength says why two columns may be the same.
type strength int

const (
	named   strength = iota // known, or of the same name
	telling                 // found by its values
	weak                    // found by its values, which prove nothing alone
)

// pair is a result column and an input column that may be the same.
type pair struct {
	result int // index of the column
	input  task.ViewColumn
	strength
}

// matcher compares a held result with one source.
type matcher struct {
	e    *engine
	h    *held
	spec task.CheckSpec
	src  task.Source
}

// matches compares the result with every source. A result with group evidence is compared only where every column could
// be an input column: there a copy is all that matters, and the thresholds look after the rest.
func matches(ctx context.Context, in sandbox.Env, h *held, spec task.CheckSpec, aggregate bool) ([]yumen.MatchEvidence,
	error) {
	if h.rows == 0 || !comparable(spec, aggregate) {
		return nil, nil
	}
	var views []task.View
	for _, s := range spec.Sources {
		views = append(views, s.View)
	}
	e, err := openWithViews(ctx, in, views)
	if err != nil {
		return nil, err
	}
	defer e.close()
	if err := e.loadHeld(ctx, h); err != nil {
		return nil, failure(ctx, err)
	}
	var out []yumen.MatchEvidence
	for _, src := range spec.Sources {
		m := &matcher{e: e, h: h, spec: spec, src: src}
		found, ok, err := m.match(ctx)
		if err != nil {
			return nil, failure(ctx, err)
		}
		if ok {
			out = append(out, found)
		}
	}
	return out, nil
}

// comparable reports whether any comparison could find something.
func comparable(spec task.CheckSpec, aggregate bool) bool {
	could := func(c yumen.ArtifactColumn) bool {
		return c.Kind == yumen.ColumnOpaque || c.Kind == yumen.ColumnRow || c.Kind == yumen.ColumnKey && c.Direct
	}
	if len(spec.Sources) == 0 {
		return false
	}
	if aggregate {
		return !slices.ContainsFunc(spec.Columns, func(c yumen.ArtifactColumn) bool { return !could(c) })
	}
	return slices.ContainsFunc(spec.Columns, could)
}

// loadHeld makes the table held of the result: its columns c0, c1 … and row, counted from 1. The table dealt has the
// same cells, each row dealt out to another row number.
func (e *engine) loadHeld(ctx context.Context, h *held) error {
	fields := []arrow.Field{{Name: "row", Type: arrow.PrimitiveTypes.Int64}}
	for i, f := range h.schema.Fields() {
		fields = append(fields, arrow.Field{Name: heldColumn(i), Type: f.Type, Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	var batches []arrow.RecordBatch
	row := int64(0)
	for _, b := range h.batches {
		numbers := array.NewInt64Builder(memory.DefaultAllocator)
		for range b.NumRows() {
			row++
			numbers.Append(row)
		}
		cols := append([]arrow.Array{numbers.NewArray()}, b.Columns()...)
		batches = append(batches, array.NewRecordBatch(schema, cols, b.NumRows()))
	}
	if err := e.load(ctx, "held", schema, batches); err != nil {
		return err
	}
	return e.exec(ctx, `CREATE TABLE dealt AS SELECT * REPLACE (row_number() OVER (ORDER BY hash(row)) AS row) FROM held`)
}

// load makes a table of batches.
func (e *engine) load(ctx context.Context, name string, schema *arrow.Schema, batches []arrow.RecordBatch) error {
	reader, err := array.NewRecordReader(schema, batches)
	if err != nil {
		return err
	}
	defer reader.Release()
	return e.loadStream(ctx, identifier(name), "*", reader)
}

// loadStream makes a table of some columns of a stream of batches.
func (e *engine) loadStream(ctx context.Context, table, columns string, reader array.RecordReader) error {
	const stream = "_stream"
	release, err := e.arrow.RegisterView(reader, stream)
	if err != nil {
		return err
	}
	defer release()
	return e.exec(ctx, "CREATE TABLE "+table+" AS SELECT "+columns+" FROM "+stream+"; DROP VIEW "+stream)
}

func heldColumn(i int) string { return fmt.Sprintf("c%d", i) }

// match finds the tuple of columns that the result shares with the source and counts the rows that equal an input row
// on it.
func (m *matcher) match(ctx context.Context) (yumen.MatchEvidence, bool, error) {
	candidates, err := m.candidates(ctx)
	if err != nil {
		return yumen.MatchEvidence{}, false, err
	}
	tuple, rows, err := m.tuple(ctx, candidates)
	if err != nil || len(tuple) == 0 {
		return yumen.MatchEvidence{}, false, err
	}
	found := yumen.MatchEvidence{Dataset: m.src.Dataset, Rows: rows, Whole: len(tuple) == len(m.spec.Columns)}
	for _, p := range tuple {
		found.Columns = append(found.Columns,
			yumen.ColumnMap{Result: m.spec.Columns[p.result].Name, Input: p.input.Name})
	}
	err = m.rare(ctx, tuple, &found)
	return found, true, err
}

// tuple joins candidates as long as rows go on matching. Where all are named they are tried at once first, which is one
// pass over the input in the usual case.
func (m *matcher) tuple(ctx context.Context, candidates []pair) (tuple []pair, rows int64, err error) {
	if len(candidates) == 0 {
		return nil, 0, nil
	}
	if !slices.ContainsFunc(candidates, func(p pair) bool { return p.strength != named }) {
		if rows, err = m.matched(ctx, candidates); err != nil || float64(rows) >= minKept*float64(m.h.rows) {
			return candidates, rows, err
		}
	}
	for _, p := range candidates {
		if p.strength == weak || has(tuple, p.result) {
			continue
		}
		longer := append(slices.Clone(tuple), p)
		n, err := m.matched(ctx, longer)
		if err != nil {
			return nil, 0, err
		}
		if n > 0 && (len(tuple) == 0 || float64(n) >= minKept*float64(rows)) {
			tuple, rows = longer, n
		}
	}
	return m.addWeak(ctx, tuple, rows, candidates)
}

func has(tuple []pair, result int) bool {
	return slices.ContainsFunc(tuple, func(p pair) bool { return p.result == result })
}

// addWeak joins weak candidates to the tuple. Where it is empty, any two that stand the test together begin it.
func (m *matcher) addWeak(ctx context.Context, tuple []pair, rows int64, candidates []pair) ([]pair, int64, error) {
	for i, p := range candidates {
		if p.strength != weak || has(tuple, p.result) {
			continue
		}
		start, base := tuple, rows
		if len(tuple) == 0 {
			var err error
			start = []pair{p}
			if base, err = m.matched(ctx, start); err != nil {
				return nil, 0, err
			}
		}
		for _, q := range candidates[i:] {
			if q.strength != weak || has(start, q.result) {
				continue
			}
			n, err := m.extends(ctx, start, q, base)
			if err != nil {
				return nil, 0, err
			}
			if n > 0 {
				start, base = append(slices.Clone(start), q), n
				tuple, rows = start, base
			}
		}
		if len(tuple) > 0 {
			break
		}
	}
	return tuple, rows, nil
}

// extends returns the rows that still match with one more weak candidate, or 0 where too few do or as many would by
// chance.
func (m *matcher) extends(ctx context.Context, tuple []pair, p pair, rows int64) (int64, error) {
	longer := append(slices.Clone(tuple), p)
	n, err := m.matched(ctx, longer)
	if err != nil || n < minDistinct || float64(n) < minKept*float64(rows) {
		return 0, err
	}
	c := heldColumn(p.result)
	dealt := "(SELECT held.* REPLACE (dealt." + c + " AS " + c + ") FROM held JOIN dealt USING (row))"
	byChance, err := m.matchedIn(ctx, dealt, longer)
	if err != nil || float64(byChance) > maxByChance*float64(n) {
		return 0, err
	}
	return n, nil
}

// matched counts the result rows that equal an input row on the tuple. Nulls equal nulls, but a row of nulls alone
// matches nothing.
func (m *matcher) matched(ctx context.Context, tuple []pair) (int64, error) {
	return m.matchedIn(ctx, "held", tuple)
}

func (m *matcher) matchedIn(ctx context.Context, held string, tuple []pair) (int64, error) {
	n, _, err := m.e.twoCounts(ctx,
		"SELECT count(*), 0 FROM "+held+" SEMI JOIN "+m.view()+" ON "+m.equal(tuple)+" WHERE "+notAllNull(tuple))
	return n, err
}

// rare counts the matched rows whose tuple fewer than K units have, and lists the first.
func (m *matcher) rare(ctx context.Context, tuple []pair, found *yumen.MatchEvidence) error {
	var keys, in, same []string
	for i, p := range tuple {
		r, v := m.comparand(p)
		keys = append(keys, fmt.Sprintf("%s AS k%d", r, i))
		in = append(in, fmt.Sprintf("%s AS k%d", v, i))
		same = append(same, fmt.Sprintf("a.k%d IS NOT DISTINCT FROM b.k%d", i, i))
	}
	on := strings.Join(same, " AND ")
	names := make([]string, len(tuple))
	for i := range names {
		names[i] = fmt.Sprintf("k%d", i)
	}
	list := strings.Join(names, ", ")
	// Every pair of tuple and unit once, then units counted for each tuple: count(DISTINCT) is several times slower.
	if err := m.e.exec(ctx, "CREATE OR REPLACE TABLE wanted AS SELECT row, "+strings.Join(keys, ", ")+
		" FROM held WHERE "+notAllNull(tuple)+"; "+
		"CREATE OR REPLACE TABLE tuples AS SELECT DISTINCT "+list+" FROM wanted; "+
		"CREATE OR REPLACE TABLE spread AS SELECT "+list+", count(*) AS units FROM (SELECT DISTINCT a.* FROM "+
		"(SELECT _unit, "+strings.Join(in, ", ")+" FROM "+m.view()+") a SEMI JOIN tuples b ON "+on+
		") GROUP BY ALL"); err != nil {
		return err
	}
	rare := fmt.Sprintf(" FROM wanted a JOIN spread b ON %s WHERE b.units < %d", on, m.spec.K)
	var err error
	if found.Rare, _, err = m.e.twoCounts(ctx, "SELECT count(*), 0"+rare); err != nil || found.Rare == 0 {
		return err
	}
	reader, err := m.e.query(ctx, fmt.Sprintf("SELECT row%s ORDER BY row LIMIT %d", rare, max(0, m.spec.MaxCells)))
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		for _, row := range reader.RecordBatch().Column(0).(*array.Int64).Int64Values() {
			found.Cells = append(found.Cells, yumen.Cell{Row: int(row)})
		}
	}
	return reader.Err()
}

func (m *matcher) view() string { return identifier(m.src.View.Name) }

func (m *matcher) equal(tuple []pair) string {
	var on []string
	for _, p := range tuple {
		r, v := m.comparand(p)
		on = append(on, r+" IS NOT DISTINCT FROM "+v)
	}
	return strings.Join(on, " AND ")
}

func notAllNull(tuple []pair) string {
	var cols []string
	for _, p := range tuple {
		cols = append(cols, heldColumn(p.result)+" IS NOT NULL")
	}
	return "(" + strings.Join(cols, " OR ") + ")"
}

// comparand returns the expressions by which the two columns of a pair are compared: as they are where their types
// agree, as doubles where both are numbers, as points in time where both are days or times, as text otherwise. Of a
// column that is no input column unchanged, texts are compared without regard to case and to spaces around them.
func (m *matcher) comparand(p pair) (result, input string) {
	rt, _ := arrowio.TypeOf(m.h.schema.Field(p.result).Type)
	r, v, it := heldColumn(p.result), identifier(p.input.Name), p.input.Type
	temporal := func(t yumen.Type) bool { return t == yumen.TypeDate || t == yumen.TypeTimestamp }
	switch {
	case !m.spec.Columns[p.result].Direct && (rt == yumen.TypeText || it == yumen.TypeText):
		return "lower(trim(" + asText(r, rt) + "))", "lower(trim(" + asText(v, it) + "))"
	case rt == it:
		return r, v
	case rt.Numeric() && it.Numeric():
		return "CAST(" + r + " AS DOUBLE)", "CAST(" + v + " AS DOUBLE)"
	case temporal(rt) && temporal(it):
		return "CAST(" + r + " AS TIMESTAMP)", "CAST(" + v + " AS TIMESTAMP)"
	}
	return asText(r, rt), asText(v, it)
}

// asText spells a value so that 5, 5.0 and '5' are the same.
func asText(expr string, t yumen.Type) string {
	switch {
	case t == yumen.TypeText:
		return expr
	case t.Numeric() && t != yumen.TypeInteger:
		return "regexp_replace(CAST(CAST(" + expr + " AS DOUBLE) AS VARCHAR), '\\.0$', '')"
	}
	return "CAST(" + expr + " AS VARCHAR)"
}
