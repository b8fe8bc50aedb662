package duck

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// releasedEngine answers statements over results that were released to one person: a catalog engine with their tables
// in schema released, and with those of schema yumen that a statement brings. It has no other data, so that any
// statement that only reads may be run as it is.
type releasedEngine struct{ catalogEngine }

// prepare is the sandbox.Opener. The engine serves all statements of the enclave, which change nothing in it.
func (r *releasedEngine) prepare(ctx context.Context, in sandbox.Env) (sandbox.Handler, func(), error) {
	if r.engine == nil {
		if err := r.open(ctx, in); err != nil {
			return nil, nil, err
		}
	}
	in.Engine(engineName())
	return r.answer, func() {}, nil
}

func (r *releasedEngine) open(ctx context.Context, in sandbox.Env) error {
	var spec task.ReleasedSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	if err := r.catalogEngine.open(ctx, in); err != nil {
		return err
	}
	r.released = true
	maps.Copy(r.functions, setOf(analysisFunctions))
	err := r.engine.exec(ctx, "CREATE SCHEMA released; CREATE SCHEMA yumen")
	for i, t := range spec.Tables {
		if err == nil {
			err = r.load(ctx, in, "released.t"+strconv.Itoa(i), t)
		}
	}
	if err != nil {
		r.engine.close()
		r.engine = nil
	}
	return failure(ctx, err)
}

// analysisFunctions are functions of DuckDB that PostgreSQL does not have: each works on its arguments alone.
const analysisFunctions = `median mode quantile quantile_cont quantile_disc mad skewness kurtosis entropy product
	arg_max arg_min max_by min_by first last any_value histogram list count_if sumkahan kahan_sum favg fsum
	approx_count_distinct approx_quantile date_diff datediff date_sub datesub date_add date_trunc datetrunc
	datepart strftime strptime try_strptime make_date make_timestamp year month day hour minute second quarter week
	dayofweek dayofyear isodow isoyear weekofyear yearweek monthname dayname last_day epoch epoch_ms time_bucket
	contains prefix suffix ends_with regexp_extract regexp_extract_all string_split str_split strip_accents len
	if ifnull isnan isfinite isinf fdiv fmod round_even pow even trunc gcd lcm levenshtein editdist3 hamming
	jaro_similarity jaro_winkler_similarity jaccard damerau_levenshtein list_contains list_sort list_distinct
	list_sum list_avg list_min list_max list_count list_unique array_length concat_ws printf format bin hex
	row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value fill
	add subtract multiply divide`

// load makes a table of an input. Names of columns that differ in case alone are told apart by a number, as the engine
// tells no case apart.
func (r *releasedEngine) load(ctx context.Context, in sandbox.Env, table string, t task.ReleasedTable) error {
	path, ok := in.Input(t.Input)
	if !ok {
		return missingInput(t.Input)
	}
	f, err := os.Open(path)
	if err != nil {
		return fileError(err)
	}
	defer f.Close()
	s, err := arrowio.NewReader(f, 0)
	if err != nil {
		return err
	}
	defer s.Release()
	if _, err := arrowio.Columns(s.Schema()); err != nil {
		return err
	}
	columns, places := apart(s.Schema())
	rows := &streamed{stream: s, schema: places}
	if err := r.engine.loadStream(ctx, table, strings.Join(columns, ", "), rows); err != nil {
		return errors.Join(rows.Err(), err)
	}
	for _, n := range t.Names {
		if err := r.engine.exec(ctx, "CREATE VIEW released."+identifier(n)+" AS FROM "+table); err != nil {
			return err
		}
		r.relations["released."+strings.ToLower(n)] = true
	}
	return nil
}

// apart returns the select list that gives each column of a schema its name, or another one where a column before it
// has the same but for case; and the schema with names that are all places.
func apart(schema *arrow.Schema) (list []string, places *arrow.Schema) {
	taken := map[string]bool{}
	var fields []arrow.Field
	for i, f := range schema.Fields() {
		wanted := cmp.Or(f.Name, "?column?")
		name := wanted
		for n := 1; taken[strings.ToLower(name)]; n++ {
			name = wanted + "_" + strconv.Itoa(n)
		}
		taken[strings.ToLower(name)] = true
		place := "c" + strconv.Itoa(i)
		list = append(list, place+" AS "+identifier(name))
		f.Name = place
		fields = append(fields, f)
	}
	return list, arrow.NewSchema(fields, nil)
}

// streamed are the batches of a stream, for the engine, which calls from threads of its own.
type streamed struct {
	stream *arrowio.Reader
	schema *arrow.Schema
	batch  arrow.RecordBatch
	err    error
}

var _ array.RecordReader = (*streamed)(nil)

// Schema returns the columns.
func (b *streamed) Schema() *arrow.Schema { return b.schema }

// Next reads a batch.
func (b *streamed) Next() bool {
	if b.err == nil {
		b.batch, b.err = b.stream.Next()
	}
	return b.err == nil
}

// RecordBatch returns the batch that was read last.
func (b *streamed) RecordBatch() arrow.RecordBatch { return b.batch }

// Record does as well.
func (b *streamed) Record() arrow.RecordBatch { return b.batch }

// Err returns why there is no further batch.
func (b *streamed) Err() error {
	if errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.err
}

// Retain does nothing: who opened the stream closes it.
func (b *streamed) Retain() {}

// Release does nothing.
func (b *streamed) Release() {}

// showOwn puts the rows of a table of schema yumen in place of those that are there.
func (c *catalogEngine) showOwn(ctx context.Context, t api.OwnTable) error {
	raw, err := json.Marshal(t.Rows)
	if err != nil {
		return err
	}
	columns := make([]string, len(t.Columns))
	for i, name := range t.Columns {
		columns[i] = "v[" + strconv.Itoa(i+1) + "] AS " + identifier(name)
	}
	done, err := c.engine.query(ctx, "CREATE OR REPLACE TABLE yumen."+identifier(t.Name)+" AS SELECT "+
		strings.Join(columns, ", ")+` FROM (SELECT unnest(from_json(?::JSON, '[["VARCHAR"]]')) AS v)`, string(raw))
	if err != nil {
		return err
	}
	done.Release()
	c.relations["yumen."+strings.ToLower(t.Name)] = true
	return nil
}
