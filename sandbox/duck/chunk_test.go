package duck

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

// everyType are expressions over i, which counts from 0, with NULLs, extremes, and lengths around what the engine keeps
// in place, for every type that a result may have; a {n} is a number that rapid chooses.
var everyType = []string{
	"(i % 2 = 0)", "CASE WHEN i % {n} <> 0 THEN i % 3 = 0 END",
	"(i % 256 - 128)::TINYINT", "(i % 256)::UTINYINT", "(i % 65536 - 32768)::SMALLINT", "(i % 65536)::USMALLINT",
	"(i * 7919 % 4294967296 - 2147483648)::INTEGER", "(i * 7919 % 4294967296)::UINTEGER", "(i - 9223372036854775807)",
	"(9223372036854775807 - i)::UBIGINT",
	"nullif(i % {n}, 1)", "nullif((i % {n})::INTEGER, 1)", "nullif((i % {n})::UBIGINT, 1)",
	"CASE WHEN i % {n} = 1 THEN NULL ELSE 18446744073709551615 END::UBIGINT % 1000", // beyond 64 bits only before the modulus
	"(i::HUGEINT - 9223372036854775807)", "sum(i % 100) OVER (ORDER BY i ROWS 3 PRECEDING)",
	"nullif((i % {n})::HUGEINT, 0)",
	"(i / 7)::FLOAT", "i / 7",
	"CASE i % 5 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN '-inf'::DOUBLE WHEN 2 THEN -0.0::DOUBLE WHEN 3 THEN NULL ELSE i END",
	"(i % 100 / 10.0)::DECIMAL(4,2)", "(-i % 10000 / 100.0)::DECIMAL(9,3)", "nullif((i / 100.0)::DECIMAL(18,2), 0.5)",
	"(i * 12345678901234567890::HUGEINT)::DECIMAL(38,5)",
	"nullif((-i)::DECIMAL(38,0), -3)", "nullif((i % {n} / 10.0)::DECIMAL(4,1), 0.1)",
	"DATE '1970-01-01' + (i % 90000 - 40000)::INT",
	"CASE WHEN i % {n} = 0 THEN NULL WHEN i % 7 = 0 THEN 'infinity'::DATE ELSE DATE '2024-02-29' END",
	"TIMESTAMP '2024-02-29 01:02:03.456789' + to_microseconds(i * 1000003)",
	"nullif(make_timestamp(i), make_timestamp(5))",
	"make_timestamp(i * 1000000)::TIMESTAMP_S",
	"nullif(make_timestamp(i * 1000)::TIMESTAMP_MS, make_timestamp(3000)::TIMESTAMP_MS)",
	"repeat('域', (i % 9)::INT)", "'x' || i", "CASE WHEN i % {n} = 1 THEN NULL ELSE repeat('a', (i % 30)::INT) END",
	"''", "NULL::VARCHAR", "NULL", "NULL::DOUBLE",
	"repeat('long', 1000 * (i % 400 = 7)::INT)", "'constant and longer than what is kept in place'", "'twelve bytes'",
	"'thirteen byte'", "42", "true", "1.5",
	"uuid_of", // the engine's own conversion
}

// resultBytes is what the query role writes for a statement, by way of the chunks.
func resultBytes(t testing.TB, e *engine, sql string, keepWide bool) ([]byte, error) {
	t.Helper()
	rows, err := e.stream(t.Context(), sql)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	b, err := newBatches(rows, keepWide)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := arrowio.NewWriter(&out, b.norm.schema, 0)
	if err := b.each(w.Write); err != nil {
		return nil, err
	}
	return out.Bytes(), w.Close()
}

// arrowBytes is the same by way of the engine's own conversion to Arrow, cut anew, with nothing under the NULLs.
func arrowBytes(t testing.TB, e *engine, sql string, keepWide bool) ([]byte, error) {
	t.Helper()
	reader, err := e.query(t.Context(), sql)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	norm, err := newNormaliser(reader.Schema(), keepWide)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := arrowio.NewWriter(&out, norm.schema, 0)
	even := &rebatcher{emit: func(b arrow.RecordBatch) error { return w.Write(withoutHidden(t, b)) }}
	for reader.Next() {
		batch, err := norm.batch(reader.RecordBatch())
		if err != nil {
			return nil, err
		}
		if err := even.add(batch); err != nil {
			return nil, err
		}
	}
	if err := reader.Err(); err != nil {
		return nil, err
	}
	if err := even.flush(); err != nil {
		return nil, err
	}
	return out.Bytes(), w.Close()
}

// withoutHidden zeroes what the engine left under NULLs, and in bitmaps behind the last row. Under texts there is
// nothing.
func withoutHidden(t testing.TB, batch arrow.RecordBatch) arrow.RecordBatch {
	t.Helper()
	cols := slices.Clone(batch.Columns())
	for i, col := range cols {
		d := col.Data()
		buffers := slices.Clone(d.Buffers())
		if col.NullN() > 0 {
			buffers[0] = memory.NewBufferBytes(onlyRows(buffers[0].Bytes(), col))
		}
		switch fixed, ok := col.DataType().(arrow.FixedWidthDataType); {
		case !ok:
		case fixed.BitWidth() == 1:
			values := onlyRows(buffers[1].Bytes(), col)
			for row := range col.Len() {
				if col.IsNull(row) {
					bitutil.ClearBit(values, d.Offset()+row)
				}
			}
			buffers[1] = memory.NewBufferBytes(values)
		default:
			values, width := bytes.Clone(buffers[1].Bytes()), fixed.BitWidth()/8
			for row := range col.Len() {
				if at := (d.Offset() + row) * width; col.IsNull(row) {
					clear(values[at : at+width])
				}
			}
			buffers[1] = memory.NewBufferBytes(values)
		}
		cols[i] = array.MakeFromData(array.NewData(d.DataType(), d.Len(), buffers, nil, d.NullN(), d.Offset()))
	}
	return array.NewRecordBatch(batch.Schema(), cols, batch.NumRows())
}

func onlyRows(bitmap []byte, col arrow.Array) []byte {
	out := make([]byte, (col.Data().Offset()+col.Len()+7)/8)
	bitutil.CopyBitmap(bitmap, col.Data().Offset(), col.Len(), out, col.Data().Offset())
	return out
}

// TestChunksGiveWhatArrowGives holds the direct reading of the engine's vectors against its own conversion to Arrow:
// the same bytes for every type, any number of rows around the size of chunks and batches, and wherever a filter cuts
// the chunks.
func TestChunksGiveWhatArrowGives(t *testing.T) {
	e := free(t)
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SampledFrom([]int{0, 1, 7, 2047, 2048, 2049, 16383, 16384, 16385, 40000}).Draw(rt, "rows")
		exprs := rapid.SliceOfNDistinct(rapid.SampledFrom(everyType), 1, 6, rapid.ID).Draw(rt, "columns")
		keep := rapid.IntRange(1, 9).Draw(rt, "keep one of")
		wide := rapid.Bool().Draw(rt, "wide decimals stay")
		cols := make([]string, len(exprs))
		for i, x := range exprs {
			x = strings.ReplaceAll(x, "uuid_of", "md5(i::VARCHAR)::UUID")
			cols[i] = fmt.Sprintf("%s AS c%d",
				strings.ReplaceAll(x, "{n}", fmt.Sprint(rapid.IntRange(2, 70).Draw(rt, "n"))), i)
		}
		sql := fmt.Sprintf("SELECT %s FROM range(%d) t(i) WHERE hash(i) %% %d = 0", strings.Join(cols, ", "), rows,
			keep)
		got, err := resultBytes(t, e, sql, wide)
		want, wantErr := arrowBytes(t, e, sql, wide)
		if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
			rt.Fatalf("%s: %d bytes (%v), by Arrow %d (%v)", sql, len(got), err, len(want), wantErr)
		}
	})
}

// TestEveryTypeAlone makes sure that each of the expressions is a result of its own, read directly but for the last.
func TestEveryTypeAlone(t *testing.T) {
	e := free(t)
	for _, x := range everyType {
		sql := "SELECT " + strings.NewReplacer("{n}", "9", "uuid_of", "md5(i::VARCHAR)::UUID").Replace(x) +
			" AS x FROM range(20000) t(i)"
		got, err := resultBytes(t, e, sql, false)
		want, wantErr := arrowBytes(t, e, sql, false)
		if err != nil || wantErr != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes (%v), by Arrow %d (%v)", x, len(got), err, len(want), wantErr)
		}
		rows, err := e.stream(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := newBatches(rows, false); err != nil || (b.columns[0] == nil) != (x == "uuid_of") {
			t.Errorf("%s: read directly: %v, %v", x, b.columns[0] != nil, err)
		}
		rows.close()
	}
}

// TestNothingUnderNull: the value that a statement suppressed is not in the bytes of the result.
func TestNothingUnderNull(t *testing.T) {
	e := free(t)
	got, err := resultBytes(t, e,
		"SELECT nullif(x, 4711081547110815) AS x FROM (SELECT CASE WHEN i % 3 = 0 THEN 4711081547110815 ELSE i END AS x FROM range(5000) t(i))", false)
	if err != nil {
		t.Fatal(err)
	}
	hidden := arrow.Int64Traits.CastToBytes([]int64{4711081547110815})
	if bytes.Contains(got, hidden) {
		t.Error("the suppressed value is in the result")
	}
}

// TestStreamFailsLate: an error, a deadline or an exhausted memory after many good rows is never taken for the end.
func TestStreamFailsLate(t *testing.T) {
	e := free(t)
	for _, sql := range []string{
		"SELECT CASE WHEN i = 900000 THEN error('4711') ELSE 'x' END AS x FROM range(1000000) t(i)",
		"SELECT CAST(CASE WHEN i = 900000 THEN 'x' ELSE '1' END AS BIGINT) AS x FROM range(1000000) t(i)",
	} {
		if got, err := resultBytes(t, e, sql, false); err == nil {
			t.Errorf("%s: %d bytes and no error", sql, len(got))
		}
		if got, err := resultBytes(t, e, "SELECT 1 AS x", false); err != nil || len(got) == 0 {
			t.Errorf("the next statement: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := e.stream(ctx, "SELECT i FROM range(1000000000) t(i) WHERE hash(i) % 1000 = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.close()
	if n, err := rows.next(); n == 0 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	cancel()
	for n, err := 1, error(nil); err == nil; n, err = rows.next() {
		if n == 0 {
			t.Fatal("a cancelled result ended as if it were whole")
		}
	}
}

// TestStreamLimits: a statement that needs more memory than there is ends with the limit's error, whether that shows
// before its first row or later.
func TestStreamLimits(t *testing.T) {
	for _, sql := range []string{
		"SELECT i, repeat('x', 1000) || i AS x FROM range(500000) t(i) ORDER BY hash(i)",
		"SELECT list(repeat('x', 1000) || i) = [] AS x FROM range(500000) t(i)",
	} {
		in := visits(t, sql, 0, 10_000_000)
		in.Bounds.Memory, in.Bounds.Scratch = 200<<20, 1<<20
		if err := in.run(t, task.Query); yumen.KindOf(err) != yumen.KindLimit {
			t.Errorf("half a GB in 200 MiB: %v", err)
		}
	}
}
