package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/home"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

const benchPeople = `people:
  - {name: admin, org: bench, roles: [admin]}
  - {name: provider, org: bench-provider, roles: [provider]}
  - {name: regulator, org: bench-regulator, roles: [regulator]}
  - {name: analyst, org: bench-operator, roles: [analyst]}
`

const benchDataset = `dataset: bench_visits
title: Generated visits
provider: bench-provider
source: {system: generated}
unit: {kind: person, column: person}
columns:
  - {name: person, title: Person, type: text, role: unit, grade: 3, constraints: [join]}
  - {name: district, title: District, type: text, role: quasi, grade: 2, constraints: [group]}
  - {name: fee, title: Fee, type: integer, role: measure, grade: 2, bounds: {min: 0, max: 100}, constraints: [{aggregate: {functions: [sum]}}]}
sharing: {attribute: conditional, conditions: under a contract}
opening: {attribute: never, conditions: about persons}
update: irregular
`

const benchContract = `contract: bench
title: Benchmark
purpose: to be measured
parties: {providers: [bench-provider], operator: bench-operator, applicant: bench-operator}
datasets:
  - dataset: bench_visits
    columns:
      - {name: district, uses: [group]}
      - {name: fee, uses: [{aggregate: {functions: [sum]}}]}
classes: [aggregate]
valid: {from: 2020-01-01, until: 2099-12-31}
quotas: {jobs_per_day: 100000}
`

const benchQuery = "SELECT district, count(*) AS n, sum(fee) AS fees FROM bench_visits GROUP BY district"

// heldAt tells when the first check is asked for: the moment after the result is held.
type heldAt struct {
	pipeline.Enclave
	at time.Time
}

func (h *heldAt) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	if t.Role == task.Check && h.at.IsZero() {
		h.at = time.Now()
	}
	return h.Enclave.Run(ctx, t, outs)
}

// benchCold submits the same tiny job again and again, every enclave cold, and times it to the held result.
func (a *app) benchCold(ctx context.Context, dir string, jobs int) ([]measurement, error) {
	csv := []byte("person,district,fee\n")
	for i := range 2000 {
		csv = fmt.Appendf(csv, "p%04d,d%d,%d\n", i/2, i%4, i%100)
	}
	at, err := a.makeHome(ctx, dir, published{"bench_visits", benchDataset, benchPeople, csv})
	if err != nil {
		return nil, err
	}
	contract := filepath.Join(dir, "contract.yaml")
	if err := errors.Join(os.WriteFile(contract, []byte(benchContract), 0o600),
		a.command(ctx, at, "regulator", "contract", "sign", contract)); err != nil {
		return nil, err
	}
	watch := &heldAt{}
	h, err := home.Open(ctx, at, home.Options{Executable: a.yumen, Wrap: func(e pipeline.Enclave) pipeline.Enclave {
		watch.Enclave = e
		return watch
	}})
	if err != nil {
		return nil, err
	}
	defer h.Close() // generated data only
	by, err := h.People.Find("analyst")
	if err != nil {
		return nil, err
	}
	held := make([]time.Duration, jobs)
	for i := range jobs {
		watch.at = time.Time{}
		start := time.Now()
		job, err := submit(ctx, h, by, yumen.JobSpec{Contract: "bench", SQL: benchQuery}, nil)
		if err != nil {
			return nil, err
		}
		if watch.at.IsZero() {
			return nil, fmt.Errorf("bench: the job was not held: %w", job.Error)
		}
		held[i] = watch.at.Sub(start)
	}
	return []measurement{{Name: "tiny job, submission to held result, enclaves cold", Value: ms(percentile(held, 50)),
		P99: ms(percentile(held, 99)), Runs: jobs}}, nil
}
