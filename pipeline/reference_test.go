package pipeline_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

const wards = `dataset: wards
title: Wards
provider: hospital
source: {system: public list}
unit: {kind: none}
columns:
  - {name: ward, title: Ward, type: text, role: plain, grade: 1, constraints: [join, plain]}
sharing: {attribute: unconditional}
opening: {attribute: unconditional}
update: yearly
`

// recorder keeps the tasks that an enclave was given.
type recorder struct {
	pipeline.Enclave
	ran map[task.Role]task.Task
}

func (r recorder) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	r.ran[t.Role] = t
	return r.Enclave.Run(ctx, t, outs)
}

// A dataset about nobody is imported without a dictionary, a result is not compared with it, no account is kept for it,
// and no module is called for its units.
func TestReferenceData(t *testing.T) {
	d := newDomain(t)
	enclave := recorder{calm(), map[task.Role]task.Task{}}
	s, done := d.mustOpen(enclave)
	defer done()
	prepare(t, s, d.dir)
	file := filepath.Join(d.dir, "wards.csv")
	if err := os.WriteFile(file, []byte("ward"), 0o600); err != nil {
		t.Fatal(err)
	}
	imports := enclave.Enclave.(script)[task.Import]
	enclave.Enclave.(script)[task.Import] = func(_ task.Task, outs map[string]io.Writer) (any, error) {
		_, err := io.WriteString(outs[task.OutVersion], "wards")
		return task.ImportAnswer{Rows: 3}, err
	}
	_, err1 := s.Register(t.Context(), provider, "w.yaml", []byte(wards))
	_, err2 := s.Import(t.Context(), provider,
		api.ImportFiles{Dataset: "wards", Paths: []string{file}, Format: yumen.FormatCSV, Acquired: "2026-01-01"})
	_, err3 := s.Publish(t.Context(), provider, "wards")
	text := strings.NewReplacer("contract: study", "contract: listed", "classes: [aggregate, opaque]",
		"classes: [aggregate, opaque, dp]\nbudget: {epsilon: 1, delta: 1e-6}",
		"datasets:\n", "datasets:\n  - dataset: wards\n    columns: [{name: ward, uses: [join, plain]}]\n").Replace(agreement)
	_, err4 := s.Sign(t.Context(), regulator, "l.yaml", []byte(text))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	for _, in := range enclave.ran[task.Import].Inputs {
		if in.Name == task.InUnits {
			t.Error("the import of a list was given a dictionary")
		}
	}
	enclave.Enclave.(script)[task.Import] = imports
	spec := moduleJob
	spec.Contract, spec.Inputs = "listed",
		append(spec.Inputs, yumen.JobInput{Name: "wards.csv", Dataset: "wards", Columns: []string{"ward"}})
	j, err := s.Submit(t.Context(), analyst, spec, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	if j, err = s.Drive(t.Context(), analyst, j.ID); err != nil || j.State != yumen.StateInReview {
		t.Fatalf("job is %s, %v, %v", j.State, j.Error, err)
	}
	if views := enclave.ran[task.Wasm].Spec.(task.WasmSpec).Views; len(views) != 2 {
		t.Errorf("the module was given %d tables", len(views))
	}
	if from := enclave.ran[task.Check].Spec.(task.CheckSpec).Sources; len(from) != 1 || from[0].Dataset != "visits" {
		t.Errorf("the result is compared with %+v", from)
	}
	l, err := s.Ledger(t.Context(), regulator, "listed")
	if err != nil || len(l.Accounts) != 1 || l.Accounts[0].Unit != "person" {
		t.Errorf("the accounts are %+v, %v", l.Accounts, err)
	}
	spec = yumen.JobSpec{Contract: "listed", Wasm: "m.wasm", Mode: yumen.ModeMap,
		Inputs:      []yumen.JobInput{{Dataset: "wards", Columns: []string{"ward"}}},
		Coordinates: []yumen.Coordinate{{Name: "n", Type: yumen.TypeInteger, Min: 0, Max: 1}}}
	j, err = s.Submit(t.Context(), analyst, spec, []byte("module"))
	if err == nil {
		j, err = s.Drive(t.Context(), analyst, j.ID)
	}
	if err != nil || j.State != yumen.StateRejected || !strings.Contains(j.Error.In(yumen.LangEnglish), "input.unit") {
		t.Errorf("a module over the units of a list: %s, %v, %v", j.State, j.Error, err)
	}
}
