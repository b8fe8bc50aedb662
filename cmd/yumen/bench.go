package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/duck"
)

func (a *app) benchCommand() *cobra.Command {
	return cli.Group("bench", a.Say("measure against a named baseline in the same run", "与同一次运行中的基线对比测量"), a.benchEnclave(), a.benchPrivacy(), a.benchDesensitize(), a.benchPlain(), a.benchWasm(), a.benchPlainWasm(), a.benchAttacks())
}

// measurement is one line of a benchmark: a figure, and the baseline it is compared with.
type measurement struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value_ms"`
	Baseline string  `json:"baseline,omitempty"`
	Base     float64 `json:"baseline_ms,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`
	P99      float64 `json:"p99_ms,omitempty"`
	Runs     int     `json:"runs"`
	Note     string  `json:"note,omitempty"` // what else was measured in the same runs
}

func (a *app) benchEnclave() *cobra.Command {
	rows, runs, jobs := 20_000_000, 5, 40
	c := &cobra.Command{Use: "enclave", Args: cli.Args(),
		Short: a.Say("a long query inside and outside, cold starts, warm statements, transport, a crowd of jobs, a tiny job to its held result",
			"长查询内外对比、冷启动、热会话语句、传输、并发任务，以及小任务从提交到暂存的时延"),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "yumen-bench-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir) // generated data only
			long, err := benchLong(c.Context(), dir, rows, runs)
			if err != nil {
				return err
			}
			ms := long
			for _, part := range []func(context.Context, string, int) ([]measurement, error){benchFirstRow, benchWarm, benchTransport, benchCrowd, a.benchCold} {
				more, err := part(c.Context(), dir, jobs)
				if err != nil {
					return err
				}
				ms = append(ms, more...)
			}
			return a.Show(ms, func() { a.printMeasurements(ms) })
		}}
	c.Flags().IntVar(&rows, "rows", rows, a.Say("rows of the long query", "长查询的行数"))
	c.Flags().IntVar(&runs, "runs", runs, a.Say("runs of the long query, each way", "长查询每种方式的次数"))
	c.Flags().IntVar(&jobs, "jobs", jobs, a.Say("tiny jobs", "小任务个数"))
	return c
}

func (a *app) printMeasurements(ms []measurement) {
	var rows [][]string
	for _, m := range ms {
		row := []string{m.Name, fmt.Sprintf("%.1f ms", m.Value), "–", "–", "–", strconv.Itoa(m.Runs)}
		if m.P99 > 0 {
			row[2] = fmt.Sprintf("%.1f ms", m.P99)
		}
		if m.Baseline != "" {
			row[3], row[4] = fmt.Sprintf("%s %.1f ms", m.Baseline, m.Base), fmt.Sprintf("%.3f", m.Ratio)
		}
		rows = append(rows, row)
	}
	cli.Table(a.Out, a.Header("MEASURED 项目", "P50 中位", "P99 P99", "BASELINE 基线", "RATIO 比值", "RUNS 次数"), rows)
	for _, m := range ms {
		if m.Note != "" {
			fmt.Fprintf(a.Out, "%s: %s\n", m.Name, m.Note)
		}
	}
}

// longQuery takes well over a second on two cores: a distinct count of units beside ordinary aggregates.
const longQuery = `SELECT g, count(*) AS n, sum(v) AS total, count(DISTINCT _unit) AS units FROM %s GROUP BY g ORDER BY g`

// benchLong runs the same query over the same file in an enclave and in plain DuckDB, by turns, each in a process of its own.
func benchLong(ctx context.Context, dir string, rows, runs int) ([]measurement, error) {
	file := filepath.Join(dir, "long.parquet")
	if err := plainChild(ctx, fmt.Sprintf(`COPY (SELECT range // 10 AS _unit, (hash(range) %% 500)::BIGINT AS g, (hash(range + 1) %% 10000)::BIGINT AS v
		FROM range(%d)) TO '%s' (FORMAT parquet, COMPRESSION zstd)`, rows, file)); err != nil {
		return nil, err
	}
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: dir})
	if err != nil {
		return nil, err
	}
	t := task.Task{Role: task.Query, Inputs: []task.Input{{Name: "long", Path: file}}, Limits: yumen.Limits{Wall: yumen.Duration(5 * time.Minute), Memory: 8 << 30, Threads: 2},
		Spec: task.QuerySpec{SQL: fmt.Sprintf(longQuery, `"long"`), MaxRows: 1_000_000, Views: []task.View{{Name: "long", Input: "long",
			Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeInteger}, {Name: "v", From: "v", Type: yumen.TypeInteger}}}}}}
	inside, outside := make([]time.Duration, runs), make([]time.Duration, runs)
	for i := range runs {
		if inside[i], err = timed(func() error {
			_, err := host.Run(ctx, t, map[string]io.Writer{task.OutResult: io.Discard})
			return err
		}); err != nil {
			return nil, err
		}
		if outside[i], err = timed(func() error {
			return plainChild(ctx, fmt.Sprintf(longQuery, "read_parquet('"+file+"')"))
		}); err != nil {
			return nil, err
		}
	}
	in, out := ms(percentile(inside, 50)), ms(percentile(outside, 50))
	return []measurement{{Name: fmt.Sprintf("group-by with distinct units, %d rows, in the enclave", rows), Value: in,
		Baseline: "plain DuckDB", Base: out, Ratio: in / out, Runs: runs}}, nil
}

func timed(f func() error) (time.Duration, error) {
	start := time.Now()
	err := f()
	return time.Since(start), err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// percentile returns the nearest-rank percentile.
func percentile(ds []time.Duration, p int) time.Duration {
	s := slices.Sorted(slices.Values(ds))
	return s[min(len(s)-1, (len(s)*p+99)/100-1)]
}

// plainChild runs a statement in plain DuckDB in a process of its own: the control plane runs no engine even here.
func plainChild(ctx context.Context, sql string) error {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "bench", "plain-duckdb", sql)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

func (a *app) benchPlain() *cobra.Command {
	var runs int
	var pause time.Duration
	c := &cobra.Command{Use: "plain-duckdb SQL", Hidden: true, Args: cli.Args("SQL"), RunE: func(c *cobra.Command, got []string) error {
		if runs == 0 {
			_, err := duck.Plain(c.Context(), 2, got[0])
			return err
		}
		took, err := duck.PlainRepeated(c.Context(), 2, got[0], runs, pause)
		if err != nil {
			return err
		}
		return json.NewEncoder(a.Out).Encode(took)
	}}
	c.Flags().IntVar(&runs, "runs", 0, "")
	c.Flags().DurationVar(&pause, "pause", 0, "")
	return c
}

// coldHome makes a home with one small published dataset and a contract on it.
func (a *app) coldHome(ctx context.Context, dir string) (string, error) {
	at := filepath.Join(dir, "home")
	csv := []byte("person,district,fee\n")
	for i := range 2000 {
		csv = fmt.Appendf(csv, "p%04d,d%d,%d\n", i/2, i%4, i%100)
	}
	files := map[string][]byte{"visits.csv": csv, "visits.yaml": []byte(benchDataset), "contract.yaml": []byte(benchContract)}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return "", err
		}
	}
	quiet := func(as string, args ...string) error {
		var errs errBuffer
		if code := run(ctx, append(args, "--home", at, "--as", as), nil, io.Discard, &errs); code != 0 {
			return fmt.Errorf("bench: yumen %v: %s", args, errs.b)
		}
		return nil
	}
	return at, errors.Join(quiet("admin", "init"), setIsolation(at), benchPeople(at),
		quiet("provider", "catalog", "register", filepath.Join(dir, "visits.yaml")),
		quiet("provider", "catalog", "import", "bench_visits", filepath.Join(dir, "visits.csv")),
		quiet("provider", "catalog", "publish", "bench_visits"),
		quiet("regulator", "contract", "sign", filepath.Join(dir, "contract.yaml")))
}

type errBuffer struct{ b []byte }

func (e *errBuffer) Write(p []byte) (int, error) { e.b = append(e.b, p...); return len(p), nil }

// setIsolation lets the benchmark run on hosts that lack a layer; what it prints says nothing about isolation.
func setIsolation(dir string) error {
	return os.WriteFile(filepath.Join(dir, home.SettingsFile), []byte("domain: bench\nisolation: reduced\n"), 0o600)
}

func benchPeople(dir string) error {
	return os.WriteFile(filepath.Join(dir, home.PeopleFile), []byte(`people:
  - {name: admin, org: bench, roles: [admin]}
  - {name: provider, org: bench-provider, roles: [provider]}
  - {name: regulator, org: bench-regulator, roles: [regulator]}
  - {name: analyst, org: bench-operator, roles: [analyst]}
`), 0o600)
}

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
	at, err := a.coldHome(ctx, dir)
	if err != nil {
		return nil, err
	}
	watch := &heldAt{}
	h, err := home.Open(ctx, at, home.Options{Wrap: func(e pipeline.Enclave) pipeline.Enclave { watch.Enclave = e; return watch }})
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
