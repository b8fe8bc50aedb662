package desensitize

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/keyring"
)

// Options are what a run needs besides data, profile and keys. The zero value serves profiles of streaming techniques.
type Options struct {
	// Work is a private folder for spool files, mandatory where Profile.Spools. A spool holds data as the steps before
	// left it; it is unlinked as soon as it is open, so that nothing stays behind however the run ends.
	Work string
	// Find finds identifiers inside texts. Defaults to the detectors of package detect.
	Find technique.Finder
	// Hierarchies are the hierarchy files that the profile names.
	Hierarchies map[string]*anonymity.Hierarchy
	// Vault keeps the tokens of tokenize.
	Vault technique.Vault
	// Side opens the stream of a further output that a technique has: the sensitive table of anatomize.
	Side func(name string) (io.Writer, error)
	// Input is the digest of the file that the batches were read from, for the record.
	Input yumen.Digest
	// By is who applies the profile, for the record.
	By yumen.Actor
	// Progress, where not nil, is told the rows read in the present pass, and the pass out of all.
	Progress func(pass, passes int, rows int64)
	// Now is the clock of the record. Defaults to time.Now.
	Now func() time.Time
	// Random seeds random techniques. Defaults to crypto/rand.Reader; anything else is for tests.
	Random io.Reader
}

// run is one application of a profile.
type run struct {
	opts Options
	env  *technique.Env
}

// Run applies the profile to the batches of in and writes the result to out as an Arrow IPC stream. Everything that can
// be known without data (columns, types, parameters, keys) is checked before the first byte is written. Memory is
// bounded by a batch, and what the techniques of scope technique.ColumnScope hold. Text that is not valid UTF-8 ends
// the run with kind invalid and the place of the cell; other encodings have to be decoded before.
//
// When Run fails, what it has written to out is worthless and must be thrown away.
func Run(ctx context.Context, in array.RecordReader, p *Profile, keys keyring.Source, out io.Writer,
	o Options) (*Record, error) {
	return newRun(keys, o, memory.DefaultAllocator).do(ctx, in, p, out)
}

func newRun(keys keyring.Source, o Options, mem memory.Allocator) *run {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &run{o, &technique.Env{Keys: keys, Find: o.Find, Hierarchies: o.Hierarchies, Vault: o.Vault, Side: o.Side,
		Now: o.Now, Random: o.Random, Memory: mem}}
}

func (r *run) do(ctx context.Context, in array.RecordReader, p *Profile, out io.Writer) (*Record, error) {
	started := r.opts.Now()
	plan, err := r.bindSteps(ctx, in.Schema(), p)
	defer closeStages(plan)
	if err != nil {
		return nil, err
	}
	hash := yumen.NewHasher()
	rows, err := r.stream(ctx, newSource(in), plan, io.MultiWriter(out, hash))
	if err != nil {
		return nil, err
	}
	for _, b := range plan {
		if s, ok := b.stage.(technique.Settler); ok {
			if err := s.Settle(); err != nil {
				return nil, err
			}
		}
	}
	rec := newRecord(p, plan, r.opts)
	rec.Started, rec.Finished = started.UTC(), r.opts.Now().UTC()
	rec.Output, rec.RowsIn, rec.RowsOut = hash.Digest(), rows.in, rows.out
	return rec, nil
}

func closeStages(plan []bound) {
	for _, b := range plan {
		if c, ok := b.stage.(technique.Closer); ok {
			c.Close()
		}
	}
}

type rowCounts struct{ in, out int64 }

// stream runs the passes: each watcher ends one, in which it observes what the stages before it give, spooled
// meanwhile; the last pass writes the output.
func (r *run) stream(ctx context.Context, src *source, plan []bound, out io.Writer) (rowCounts, error) {
	passes := 1
	for _, b := range plan {
		if _, ok := b.stage.(technique.Watcher); ok {
			passes++
		}
	}
	if passes > 1 && r.opts.Work == "" {
		return rowCounts{}, yumen.Errorf(yumen.KindInvalid,
			"the profile needs a work folder: some steps see the whole table first", "方案中有步骤须先读完整表，需要工作目录")
	}
	var rows rowCounts
	var pending []bound
	pass := 1
	for _, b := range plan {
		w, ok := b.stage.(technique.Watcher)
		if !ok {
			pending = append(pending, b)
			continue
		}
		spool, err := newSpool(r.opts.Work)
		if err != nil {
			return rows, err
		}
		defer spool.close()
		n, err := r.pass(ctx, src, pending, lastSchema(src, pending), spool.file, w.Observe, pass, passes)
		if err != nil {
			return rows, err
		}
		if err := w.Finish(); err != nil {
			return rows, err
		}
		if pass == 1 {
			rows.in = n
		}
		if src, err = spool.reopen(); err != nil {
			return rows, err
		}
		pending = []bound{b}
		pass++
	}
	schema := lastSchema(src, pending)
	n, err := r.pass(ctx, src, pending, schema, out,
		func(rec arrow.RecordBatch) error { rows.out += rec.NumRows(); return nil }, pass, passes)
	if pass == 1 {
		rows.in = n
	}
	return rows, err
}

func lastSchema(src *source, stages []bound) *arrow.Schema {
	if len(stages) == 0 {
		return src.schema
	}
	return stages[len(stages)-1].stage.Schema()
}

// pass takes all batches through the stages, shows each result to see and writes it to out.
func (r *run) pass(ctx context.Context, src *source, stages []bound, schema *arrow.Schema, out io.Writer,
	see func(arrow.RecordBatch) error, pass, passes int) (int64, error) {
	w := arrowio.NewWriter(out, schema, 0)
	defer src.release()
	for {
		if err := ctx.Err(); err != nil {
			return src.rows, yumen.Errorf(yumen.KindLimit, "the run was stopped", "运行被停止").Because(err)
		}
		rec, err := src.next()
		if err == io.EOF {
			return src.rows, w.Close()
		}
		if err != nil {
			return src.rows, err
		}
		if err := r.batch(rec, stages, schema, w, see); err != nil {
			return src.rows, err
		}
		if r.opts.Progress != nil {
			r.opts.Progress(pass, passes, src.rows)
		}
	}
}

func (r *run) batch(rec arrow.RecordBatch, stages []bound, schema *arrow.Schema, w *arrowio.Writer,
	see func(arrow.RecordBatch) error) (err error) {
	rec, err = r.through(rec, stages, schema)
	if err != nil {
		return err
	}
	defer rec.Release()
	if err := see(rec); err != nil {
		return err
	}
	if rec.NumRows() == 0 {
		return nil
	}
	if err := w.Write(rec); err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "the result cannot be written", "结果无法写出").Because(err)
	}
	return nil
}

// through takes one batch through the stages and clears what lies behind its nulls.
func (r *run) through(rec arrow.RecordBatch, stages []bound, schema *arrow.Schema) (arrow.RecordBatch, error) {
	rec.Retain()
	for i := range stages {
		next, err := stages[i].stage.Apply(r.env.Memory, rec)
		rec.Release()
		if err != nil {
			return nil, err
		}
		rec = next
		if err := stages[i].settled(); err != nil {
			rec.Release()
			return nil, err
		}
	}
	defer rec.Release()
	return technique.ReplaceColumns(rec, schema, func(_ int, in arrow.Array) (arrow.Array, error) {
		return technique.CleanNulls(r.env.Memory, in)
	})
}

// source reads batches and checks their texts.
type source struct {
	schema  *arrow.Schema
	read    func() (arrow.RecordBatch, error)
	release func()
	rows    int64
}

func newSource(in array.RecordReader) *source {
	return &source{schema: in.Schema(), release: func() {}, read: func() (arrow.RecordBatch, error) {
		if !in.Next() {
			return nil, cmp.Or(in.Err(), io.EOF)
		}
		return in.RecordBatch(), nil
	}}
}

func (s *source) next() (arrow.RecordBatch, error) {
	rec, err := s.read()
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, yumen.Errorf(yumen.KindCorrupt, "the input cannot be read",
			"输入无法读取").At(fmt.Sprintf("row %d", s.rows+1))
	}
	for i, a := range rec.Columns() {
		if text, ok := a.(*array.String); ok {
			if row := firstInvalid(text); row >= 0 {
				return nil, yumen.Errorf(yumen.KindInvalid, "the text is not valid UTF-8", "文本不是有效的 UTF-8").
					At(fmt.Sprintf("row %d, column %s", s.rows+int64(row)+1, rec.ColumnName(i))).
					ToFix("say which encoding the file has when it is read", "读取文件时请指明编码")
			}
		}
	}
	s.rows += rec.NumRows()
	return rec, nil
}

// firstInvalid returns the first row whose text is not UTF-8, or −1.
func firstInvalid(a *array.String) int {
	for i := range a.Len() {
		if a.IsValid(i) && !utf8.ValidString(a.Value(i)) {
			return i
		}
	}
	return -1
}
