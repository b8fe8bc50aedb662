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

// timedRoute tells when the first check is asked for, the moment after the result is held, and starts no enclave ahead
// where cold is set.
type timedRoute struct {
	pipeline.Enclave
	cold bool
	held time.Time
}

// Open starts enclaves ahead unless the route is cold.
func (r *timedRoute) Open() {
	if !r.cold {
		r.Enclave.Open()
	}
}

func (r *timedRoute) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	if t.Role == task.Check && r.held.IsZero() {
		r.held = time.Now()
	}
	return r.Enclave.Run(ctx, t, outs)
}

// benchRoute submits the same tiny job again and again, by turns with enclaves that are started ahead of their tasks
// and with enclaves that are started for them, and times it to the held result and to the end of the checks.
func (a *app) benchRoute(ctx context.Context, dir string, jobs int) ([]measurement, error) {
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
	var held, done [2][]time.Duration // with enclaves started ahead, without
	for i := range 2 * turns {
		if err := a.timeRoute(ctx, at, i%2 == 1, (jobs+turns-1)/turns, &held[i%2], &done[i%2]); err != nil {
			return nil, err
		}
	}
	compare := func(name string, took [2][]time.Duration) measurement {
		x, y := ms(percentile(took[0], 50)), ms(percentile(took[1], 50))
		return measurement{Name: name, Value: x, P99: ms(percentile(took[0], 99)),
			Baseline: "each enclave started for its task",
			Base:     y, Ratio: x / y, Runs: len(took[0])}
	}
	return []measurement{compare("tiny job, submission to held result", held),
		compare("tiny job, submission to the end of its checks", done)}, nil
}

// turns is how often either way is measured.
const turns = 3

// timeRoute opens the home and times jobs in it, one after the other.
func (a *app) timeRoute(ctx context.Context, at string, cold bool, jobs int, held, done *[]time.Duration) error {
	route := &timedRoute{cold: cold}
	h, err := home.Open(ctx, at, home.Options{Executable: a.yumen, Wrap: func(e pipeline.Enclave) pipeline.Enclave {
		route.Enclave = e
		return route
	}})
	if err != nil {
		return err
	}
	defer h.Close() // generated data only
	by, err := h.Auth.Find(ctx, "analyst")
	if err != nil {
		return err
	}
	for range jobs {
		route.held = time.Time{}
		start := time.Now()
		job, err := submit(ctx, h, by, yumen.JobSpec{Contract: "bench", SQL: benchQuery}, nil)
		if err != nil {
			return err
		}
		if route.held.IsZero() {
			return fmt.Errorf("bench: the job was not held: %w", job.Error)
		}
		*held, *done = append(*held, route.held.Sub(start)), append(*done, time.Since(start))
	}
	return nil
}
