package duck

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/result"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// route is the way of a job as the pipeline goes it, in one process: question, checks and fixes of cells, post
// statement.
type route struct {
	data  *engine // has the tables
	empty *engine // has none: here the post statement runs
	dir   string
	risk  yumen.Risk
	m     *mutant
}

// lawEnv is what a handler sees, in a folder that all share.
type lawEnv struct {
	*sandboxtest.Env
	spec any
}

func (in lawEnv) Spec(v any) error {
	raw, err := json.Marshal(in.spec)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

func (r *route) env(spec any, inputs map[string]string) lawEnv {
	return lawEnv{&sandboxtest.Env{Inputs: inputs, Outputs: map[string]*bytes.Buffer{}, Dir: r.dir,
		Bounds: yumen.Limits{Memory: 2 << 30, Output: 1 << 30, Scratch: 4 << 30, Threads: 1}}, spec}
}

// file writes what a handler is given.
func (r *route) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// question is a plan whose question is prepared once and asked again whenever the data has changed.
type question struct {
	*analysis.Plan
	s    *stream
	fine bool // it was not run yet
}

func (r *route) prepare(t *testing.T, plan *analysis.Plan) *question {
	t.Helper()
	s, err := r.data.stream(t.Context(), plan.SQL)
	if err != nil {
		t.Fatalf("%v\n%s", err, plan.SQL)
	}
	return &question{Plan: plan, s: s, fine: true}
}

// ask returns the cells and their evidence, as they are held.
func (r *route) ask(t *testing.T, q *question) (cells, evidence []byte) {
	t.Helper()
	if !q.fine {
		if err := q.s.execute(true); err != nil {
			t.Fatalf("%v\n%s", err, q.SQL)
		}
	}
	q.fine = false
	in := r.env(nil, nil)
	b, err := newBatches(q.s, false)
	if err != nil {
		t.Fatal(err)
	}
	out, err := newSplit(in, b.norm.schema, task.QuerySpec{Evidence: q.Evidence})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.each(out.write); err != nil {
		t.Fatalf("%v\n%s", err, q.SQL)
	}
	if err := out.close(in); err != nil {
		t.Fatal(err)
	}
	q.s.done()
	return in.Outputs[task.OutResult].Bytes(), in.Outputs[task.OutEvidence].Bytes()
}

// done lets the engine run other statements before the next run of this one.
func (s *stream) done() {
	bindings.DestroyDataChunk(&s.chunk)
	bindings.DestroyResult(&s.res)
}

// lawAnswer runs a handler and decodes its answer.
func lawAnswer[T any](t *testing.T, in lawEnv, run sandbox.Handler) (v T) {
	t.Helper()
	if err := run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(in.Said, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// protected is what leaves of a statement: the cells as they are protected, and what lies behind them.
type protected struct {
	cells []byte     // nil where nothing leaves
	held  []byte     // the same with what is not suppressed as it is
	rows  [][]string // the same as text
	exact [][]string // the question's rows before anything is done to them, evidence included
}

// protect runs a question, checks and fixes.
func (r *route) protect(t *testing.T, q *question) (out protected, verdict yumen.Verdict) {
	t.Helper()
	cells, evidence := r.ask(t, q)
	out.exact = exactRows(t, cells, evidence)
	sub := egress.Subject{Class: q.Class, Columns: q.Cells, Risk: r.risk, K: q.K, Cells: true,
		Possible: q.Possible}
	for ; ; sub.Round++ {
		files := map[string]string{task.InArtifact: r.file(t, "cells", cells),
			task.InEvidence: r.file(t, "evidence", evidence)}
		spec := task.CheckSpec{Columns: sub.Columns, K: q.K, Rounding: r.risk.Rounding, P: r.risk.PRatio, MaxCells: 20,
			Possible: q.Possible}
		if r.m != nil && r.m.pairwise {
			spec.K = 0
		}
		in := r.env(spec, files)
		sub.Evidence = lawAnswer[yumen.Evidence](t, in, check)
		var fixes []yumen.Fix
		fixes, verdict = r.m.judged(sub)
		if len(fixes) == 0 {
			if verdict == yumen.VerdictPass || verdict == yumen.VerdictReview {
				out.cells, out.rows = cells, sandboxtest.Rows(t, cells, "∅", true)
			}
			return out, verdict
		}
		if r.m != nil && r.m.exact {
			out.held = cells
		}
		in = r.env(task.FixSpec{Columns: sub.Columns, Fixes: fixes}, files)
		sub.Fixes = append(sub.Fixes, lawAnswer[task.ResultAnswer](t, in, result.Handlers()[task.Fix]).Fixes...)
		cells, evidence = in.Outputs[task.OutResult].Bytes(), in.Outputs[task.OutEvidence].Bytes()
	}
}

// exactRows are the rows of a question as text, evidence included.
func exactRows(t *testing.T, cells, evidence []byte) [][]string {
	t.Helper()
	out := sandboxtest.Rows(t, cells, "∅", false)
	for i, row := range sandboxtest.Rows(t, evidence, "∅", false) {
		out[i] = slices.Concat(out[i], row)
	}
	return out
}

// post makes the result out of cells, in an engine with or without data, and returns its rows as text, names first.
func (r *route) post(t *testing.T, e *engine, plan *analysis.Plan, cells []byte) [][]string {
	t.Helper()
	h, err := readHeld(r.file(t, "cells", cells))
	if err != nil {
		t.Fatal(err)
	}
	run(t, e, "DROP TABLE IF EXISTS "+task.CellsTable)
	if err := e.load(t.Context(), task.CellsTable, h.schema, h.batches); err != nil {
		t.Fatal(err)
	}
	in := r.env(nil, nil)
	as := task.View{Name: task.CellsTable, Columns: []task.ViewColumn{{Type: wideDecimal}}}
	if err := e.answer(t.Context(), in, task.QuerySpec{SQL: plan.Post, Views: []task.View{as}}); err != nil {
		t.Fatalf("%v\n%s", err, plan.Post)
	}
	return sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)
}
