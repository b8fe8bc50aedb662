package desensitize

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/keyring"
)

// cols names columns as "name:type name:type …".
func cols(s string) []yumen.ArtifactColumn {
	var out []yumen.ArtifactColumn
	for _, f := range strings.Fields(s) {
		name, typ, _ := strings.Cut(f, ":")
		out = append(out, yumen.ArtifactColumn{Name: name, Type: yumen.Type(typ)})
	}
	return out
}

// reader serves rows in batches of size.
func reader(t testing.TB, columns string, size int, rows ...string) array.RecordReader {
	t.Helper()
	c := cols(columns)
	whole := table(t, c, rows...)
	fields := whole.Schema().Fields()
	for i := range fields {
		fields[i].Nullable = true
	}
	schema := arrow.NewSchema(fields, nil)
	var recs []arrow.RecordBatch
	for from := 0; from < len(rows); from += size {
		part := whole.NewSlice(int64(from), int64(min(from+size, len(rows))))
		recs = append(recs, array.NewRecordBatch(schema, part.Columns(), part.NumRows()))
	}
	r, err := array.NewRecordReader(schema, recs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// steps makes a profile of the lines of a steps list.
func profile(t testing.TB, steps string) *Profile {
	t.Helper()
	p, err := ReadProfile("test.yaml", []byte("profile: test\nversion: 1\nsteps:\n"+steps))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var testKeys = keyring.Bundle{
	{ID: "k", Version: 1, Secret: bytes.Repeat([]byte{1}, 32)},
	{ID: "other", Version: 3, Secret: bytes.Repeat([]byte{2}, 32)},
}

// seeded gives runs of a test the same random numbers.
type seeded struct{ *rand.ChaCha8 }

func seed(n byte) io.Reader { return seeded{rand.NewChaCha8([32]byte{n})} }

func (s seeded) Read(b []byte) (int, error) { return s.ChaCha8.Read(b) }

// desensitized runs steps over rows and returns the result as cells, with its record. It checks that no memory leaks,
// and that the output is a sound stream whose digest is in the record.
func desensitized(t testing.TB, columns string, size int, rows []string, steps string,
	change ...func(*Options)) ([]string, *Record) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	o := Options{Work: t.TempDir(), Random: seed(1)}
	for _, c := range change {
		c(&o)
	}
	var buf bytes.Buffer
	rec, err := newRun(testKeys, o, mem).do(context.Background(), reader(t, columns, size, rows...), profile(t, steps),
		&buf)
	if err != nil {
		t.Fatal(err)
	}
	mem.AssertSize(t, 0)
	if rec.Output != yumen.DigestOf(buf.Bytes()) {
		t.Error("the record has another digest than the output")
	}
	out := read(t, &buf)
	if int(rec.RowsOut) != len(out) || int(rec.RowsIn) != len(rows) {
		t.Errorf("record says %d rows in, %d out; there were %d and %d", rec.RowsIn, rec.RowsOut, len(rows), len(out))
	}
	return out, rec
}

// read reads a stream as cells.
func read(t testing.TB, stream io.Reader) []string {
	t.Helper()
	r, err := arrowio.NewReader(stream, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	out := []string{}
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, cells(batch)...)
	}
}

// refused runs steps that must be refused before any output.
func refused(t testing.TB, columns, steps string) *yumen.Error {
	t.Helper()
	var buf bytes.Buffer
	_, err := Run(context.Background(), reader(t, columns, 10), profile(t, steps), testKeys, &buf,
		Options{Work: t.TempDir()})
	if err == nil || buf.Len() > 0 {
		t.Fatalf("not refused before output (%d bytes): %s", buf.Len(), steps)
	}
	return yumen.AsError(err)
}

func TestBasicTechniques(t *testing.T) {
	type tally = technique.Tally
	const columns = "id:text n:integer x:double d:decimal(6,2) day:date"
	rows := []string{"alpha|12|1.25|10.05|1990-03-07", "beta|3|2.5|-0.37|2001-12-31", "∅|∅|∅|∅|∅",
		"alpha|-13|-1.25|99.99|1990-03-07"}
	for _, c := range []struct {
		name, steps string
		want        []string
		count       tally
	}{
		{"drop a column", "  - columns: [n, x, d, day]\n    suppress_attribute: {}",
			[]string{"alpha", "beta", "∅", "alpha"}, tally{Cells: 16}},
		{"drop records", "  - columns: [n]\n    suppress_record: {below: 0, null: true}",
			[]string{rows[0], rows[1]}, tally{Rows: 2}},
		{"drop rare records", "  - columns: [id, day]\n    suppress_record: {rarer_than: 2}",
			[]string{rows[0], rows[3]}, tally{Rows: 2}},
		{"suppress cells", "  - columns: [id, n]\n    suppress_cell: {values: [alpha, \"3\"]}",
			[]string{"∅|12|1.25|10.05|1990-03-07", "beta|∅|2.5|-0.37|2001-12-31", rows[2],
				"∅|-13|-1.25|99.99|1990-03-07"}, tally{Cells: 3}},
		{"suppress rare cells", "  - columns: [id]\n    suppress_cell: {rarer_than: 2}",
			[]string{rows[0], "∅|3|2.5|-0.37|2001-12-31", rows[2], rows[3]}, tally{Cells: 1}},
		{"suppress by number", "  - columns: [d]\n    suppress_cell: {above: 99, below: 0}",
			[]string{rows[0], "beta|3|2.5|∅|2001-12-31", rows[2], "alpha|-13|-1.25|∅|1990-03-07"}, tally{Cells: 2}},
		{"replace", "  - columns: [day]\n    replace: {with: 2000-01-01}",
			[]string{"alpha|12|1.25|10.05|2000-01-01", "beta|3|2.5|-0.37|2000-01-01", rows[2],
				"alpha|-13|-1.25|99.99|2000-01-01"}, tally{Cells: 3}},
		{"replace some", "  - columns: [id]\n    replace: {with: 其他, values: [beta]}",
			[]string{rows[0], "其他|3|2.5|-0.37|2001-12-31", rows[2], rows[3]}, tally{Cells: 1}},
		{"truncate", "  - columns: [id]\n    truncate: {last: 2}",
			[]string{"ha|12|1.25|10.05|1990-03-07", "ta|3|2.5|-0.37|2001-12-31", rows[2],
				"ha|-13|-1.25|99.99|1990-03-07"}, tally{Cells: 3}},
		{"floor", "  - columns: [n, x, d]\n    round: {base: 5, mode: floor}",
			[]string{"alpha|10|0|10.00|1990-03-07", "beta|0|0|-5.00|2001-12-31", rows[2],
				"alpha|-15|-5|95.00|1990-03-07"}, tally{Cells: 9}},
		{"ceiling", "  - columns: [n, x, d]\n    round: {base: 5, mode: ceiling}",
			[]string{"alpha|15|5|15.00|1990-03-07", "beta|5|5|0.00|2001-12-31", rows[2],
				"alpha|-10|0|100.00|1990-03-07"}, tally{Cells: 9}},
		{"half even", "  - columns: [x, d]\n    round: {base: 0.1, mode: half_even}",
			[]string{"alpha|12|1.2|10.00|1990-03-07", "beta|3|2.5|-0.40|2001-12-31", rows[2],
				"alpha|-13|-1.2|100.00|1990-03-07"}, tally{Cells: 5}},
		{"midpoint 6", "  - columns: [n]\n    round: {mode: midpoint6}",
			[]string{"alpha|9|1.25|10.05|1990-03-07", rows[1], rows[2], "alpha|-15|-1.25|99.99|1990-03-07"},
			tally{Cells: 2}},
		{"mask", "  - columns: [id]\n    mask: {preset: ends, first: 1, last: 1}\n  - columns: [day]\n    mask: {preset: date_month}",
			[]string{"a***a|12|1.25|10.05|1990-03-01", "b**a|3|2.5|-0.37|2001-12-01", rows[2],
				"a***a|-13|-1.25|99.99|1990-03-01"}, tally{Cells: 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 10} {
				got, rec := desensitized(t, columns, size, rows, c.steps)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("batches of %d: %s", size, diff)
				}
				var sum tally
				for _, s := range rec.Steps {
					sum.Add(tally{Cells: s.Cells, Unfit: s.Unfit, Rows: s.Rows})
				}
				if sum != c.count {
					t.Errorf("batches of %d: counted %+v, want %+v", size, sum, c.count)
				}
			}
		})
	}
}

func TestStochasticRoundingKeepsTheMean(t *testing.T) {
	rows := make([]string, 20000)
	for i := range rows {
		rows[i] = "12|0.3|0.03"
	}
	got, _ := desensitized(t, "n:integer x:double d:decimal(4,2)", 1000, rows,
		"  - columns: [n]\n    round: {base: 5, mode: stochastic}\n"+
			"  - columns: [x]\n    round: {base: 1, mode: stochastic}\n  - columns: [d]\n    round: {base: 0.1, mode: stochastic}")
	ups := map[string]int{}
	for _, r := range got {
		for i, cell := range strings.Split(r, "|") {
			switch c := string(rune('0'+i)) + cell; c {
			case "015", "11", "20.10":
				ups[c[:1]]++
			case "010", "10", "20.00":
			default:
				t.Fatalf("rounded to %s", cell)
			}
		}
	}
	// Shares up are 0.4, 0.3 and 0.3; five standard deviations of 20,000 trials are 0.017.
	for i, want := range map[string]float64{"0": 0.4, "1": 0.3, "2": 0.3} {
		if share := float64(ups[i]) / 20000; share < want-0.017 || share > want+0.017 {
			t.Errorf("column %s: up in %.3f of cases, want %.1f", i, share, want)
		}
	}
}

func TestDetectors(t *testing.T) {
	rows := []string{"张三 13812345678，身份证 11010519491231002X", "无", "∅"}
	got, rec := desensitized(t, "note:text", 2, rows,
		"  - columns: [note]\n    detectors: [mobile, resident_id]\n    mask: {}")
	if diff := cmp.Diff([]string{"张三 138****5678，身份证 110105************", "无", "∅"}, got); diff != "" {
		t.Error(diff)
	}
	if rec.Cells != 1 || rec.Steps[0].Detectors[1] != "resident_id" {
		t.Errorf("%+v", rec)
	}
	got, _ = desensitized(t, "note:text", 2, rows,
		"  - columns: [note]\n    detectors: [name]\n    replace: {with: 某人}",
		func(o *Options) {
			o.Find = func(column string) func(string) []technique.Found {
				if column != "note" {
					t.Error(column)
				}
				return func(s string) []technique.Found {
					if i := strings.Index(s, "张三"); i >= 0 {
						return []technique.Found{{Type: "name", Start: i, End: i + 6}, // the other two are unsound
							{Type: "name", Start: i, End: i + 3}, {Type: "name", Start: i + 6, End: 9999}}
					}
					return nil
				}
			}
		})
	if diff := cmp.Diff("某人 13812345678，身份证 11010519491231002X", got[0]); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	e := refused(t, "a:text n:integer", `
  - columns: [nowhere, a, a]
    mask: {preset: name}
  - columns: [a]
    round: {base: 5}
  - columns: [n]
    mask: {preset: nothing}
  - columns: [n]
    replace: {with: x}
  - columns: [a, n]
    suppress_attribute: {}
  - mask: {preset: name}
  - columns: [a]
    suppress_record: {below: 3}
  - columns: [a]
    suppress_cell: {}
  - columns: [a]
    truncate: {first: 1, last: 1}
  - columns: [n]
    round: {base: 0.5}
  - columns: [n]
    detectors: [mobile]
    mask: {}
  - columns: [a]
    detectors: [mobil]
    redact: {}
  - columns: [a]
    detectors: [mobil]
    mask: {}
  - columns: [a]
    detectors: [mobile]
    permute: {}
`)
	if e.Kind != yumen.KindInvalid || len(e.Reasons) != 15 {
		t.Error(e)
	}
	if e.Reasons[0].Place != "step 1 nowhere" {
		t.Error(e.Reasons[0].Place)
	}
	_, err := ReadProfile("p.yaml",
		[]byte("profile: x\nversion: 0\nsteps:\n  - columns: [a]\n    mask: {presett: name}\n  - columns: [a]\n  - columns: [a]\n    mask: {}\n    round: {}\n    unfit: maybe\n"))
	if e := yumen.AsError(err); e.Kind != yumen.KindInvalid || len(e.Reasons) != 5 {
		t.Error(err)
	}
}

func TestEmptyAndOneRow(t *testing.T) {
	steps := "  - columns: [a]\n    suppress_record: {rarer_than: 2}\n  - columns: [a]\n    mask: {preset: name}"
	got, rec := desensitized(t, "a:text", 10, nil, steps)
	if len(got) != 0 || rec.RowsIn != 0 {
		t.Error(got)
	}
	got, _ = desensitized(t, "a:text", 10, []string{"张三"}, steps)
	if len(got) != 0 {
		t.Error(got)
	}
}

func TestBadText(t *testing.T) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues([]string{"好", "\xc4\xe3", "ok"}, nil)
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.BinaryTypes.String}}, nil)
	r, _ := array.NewRecordReader(schema,
		[]arrow.RecordBatch{array.NewRecordBatch(schema, []arrow.Array{b.NewArray()}, 3)})
	_, err := Run(context.Background(), r, profile(t, "  - columns: [a]\n    mask: {preset: name}"), nil, io.Discard,
		Options{})
	if e := yumen.AsError(err); e.Kind != yumen.KindInvalid || e.Place != "row 2, column a" ||
		strings.Contains(e.Error(), "\xc4") {
		t.Error(err)
	}
}

func TestInterruptedRuns(t *testing.T) {
	steps := "  - columns: [a]\n    mask: {preset: name}"
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, reader(t, "a:text", 1, "x", "y"), profile(t, steps), nil, io.Discard,
		Options{}); yumen.KindOf(err) != yumen.KindLimit {
		t.Error(err)
	}
	if _, err := Run(context.Background(), reader(t, "a:text", 1, "x", "y"), profile(t, steps), nil, full{},
		Options{}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Error(err)
	}
	broken := array.ReaderFromIter(reader(t, "a:text", 1).Schema(), func(yield func(arrow.RecordBatch, error) bool) {
		yield(nil, errors.New("value 42 is broken"))
	})
	if _, err := Run(context.Background(), broken, profile(t, steps), nil, io.Discard,
		Options{}); yumen.KindOf(err) != yumen.KindCorrupt || strings.Contains(err.Error(), "42") {
		t.Error(err)
	}
	rare := profile(t, "  - columns: [a]\n    suppress_record: {rarer_than: 2}")
	if _, err := Run(context.Background(), reader(t, "a:text", 1, "x"), rare, nil, io.Discard,
		Options{}); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error("two passes without a work folder:", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Duty 146 (XX68.2): each desensitization leaves its record.
func TestRecord(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	_, rec := desensitized(t, "n:integer", 2, []string{"1", "7", "9"}, "  - columns: [n]\n    round: {base: 5}",
		func(o *Options) {
			o.By = yumen.Actor{Name: "王芳", Org: "大数据局"}
			o.Now = func() time.Time { return at }
			o.Input = yumen.DigestOf([]byte("in"))
		})
	want := &Record{Profile: "test", Version: 1, Digest: rec.Digest, Input: yumen.DigestOf([]byte("in")),
		Output: rec.Output,
		RowsIn: 3, RowsOut: 3, Cells: 3, By: "王芳", Org: "大数据局", Started: at, Finished: at,
		Steps: []RecordStep{{Technique: "round", Columns: []string{"n"}, Params: map[string]string{"base": "5"},
			Cells: 3}}}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Error(diff)
	}
}

// A run over many batches holds few of them.
func TestStreamingIsBounded(t *testing.T) {
	one := reader(t, "a:text", 4096, slices.Repeat([]string{"13812345678"}, 4096)...)
	one.Next()
	batch := one.RecordBatch()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const batches = 400 // 40 MB of them
	in := array.ReaderFromIter(one.Schema(), func(yield func(arrow.RecordBatch, error) bool) {
		for range batches {
			whole := make([]int, 4096)
			fresh, err := technique.TakeRows(memory.DefaultAllocator, batch, one.Schema(), whole)
			if err != nil || !yield(fresh, nil) {
				return
			}
		}
	})
	before, most := heap(), uint64(0)
	_, err := Run(t.Context(), in,
		profile(t, "  - columns: [a]\n    suppress_record: {rarer_than: 2}\n  - columns: [a]\n    mask: {preset: mobile}"), nil, io.Discard,
		Options{Work: t.TempDir(), Progress: func(_, _ int, rows int64) {
			if rows%(100*4096) == 0 {
				most = max(most, heap())
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if most == 0 || most > before+8<<20 {
		t.Errorf("%d MB held while 40 MB went through", (most-before)>>20)
	}
}

func TestDryRunWhereTheModelIsNotReached(t *testing.T) {
	p, err := ReadProfile("p.yaml",
		[]byte("profile: p\nversion: 1\nsteps:\n  - columns: [a]\n    mask: {preset: name}\nmodel:\n  quasi: [n]\n  k: 50\n"))
	if err != nil {
		t.Fatal(err)
	}
	columns := []yumen.Column{{Name: "a", Type: yumen.TypeText, Title: yumen.Text{ZH: "姓名"}, Nullable: true},
		{Name: "n", Type: yumen.TypeInteger},
		{Name: "b", Type: yumen.TypeBoolean}, {Name: "t", Type: yumen.TypeTimestamp},
		{Name: "x", Type: yumen.TypeDouble}, {Name: "c", Type: yumen.TypeText}}
	v, err := DryRun(t.Context(), p, columns, 100, 2, 7, Options{Work: t.TempDir()})
	if err != nil || v.Unreached == nil || v.Record == nil || len(v.After) != 2 || len(v.Before) != 2 ||
		len(v.Result) != 6 {
		t.Fatal(v, err)
	}
	again, err := DryRun(t.Context(), p, columns, 100, 2, 7, Options{Work: t.TempDir()})
	if err != nil || !cmp.Equal(v.Before, again.Before) {
		t.Error("equal seeds give different rows", err)
	}
	if _, err := DryRun(t.Context(), p, []yumen.Column{{Name: "a", Type: "odd"}}, 1, 1, 1,
		Options{}); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
	if _, err := DryRun(t.Context(), p, []yumen.Column{{Name: "a", Type: yumen.TypeInteger, Domain: []string{"x"}}}, 1,
		1, 1, Options{}); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
}
