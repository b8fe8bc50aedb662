package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// thinking is the pause before each statement of an interactive session. Somebody who types takes longer; what a
// session prepares ahead, it prepares in it.
const thinking = 50 * time.Millisecond

const warmQuery = `SELECT g, count(*) AS n FROM %s WHERE _unit < 100 GROUP BY g ORDER BY g`

// benchWarm times a tiny statement in a session, and on an open connection of plain DuckDB in a process of its own:
// with a pause before each, and one behind the other.
func (a *app) benchWarm(ctx context.Context, dir string, runs int) ([]measurement, error) {
	runs *= 5
	file := filepath.Join(dir, "warm.parquet")
	if err := a.plainChild(ctx,
		fmt.Sprintf(`COPY (SELECT range // 10 AS _unit, (hash(range) %% 50)::BIGINT AS g FROM range(100000))
			TO '%s' (FORMAT parquet, COMPRESSION zstd)`, file)); err != nil {
		return nil, err
	}
	var out []measurement
	for _, way := range []struct {
		name  string
		pause time.Duration
	}{
		{"warm statement, " + thinking.String() + " after the last", thinking},
		{"warm statement, at once after the last", 0},
	} {
		inside, err := a.warmStatements(ctx, dir, file, runs, way.pause)
		if err != nil {
			return nil, err
		}
		outside, err := a.plainRepeated(ctx, fmt.Sprintf(warmQuery, "read_parquet('"+file+"')"), runs, way.pause)
		if err != nil {
			return nil, err
		}
		in, base := ms(percentile(inside, 50)), ms(percentile(outside, 50))
		out = append(out, measurement{Name: way.name, Value: in, P99: ms(percentile(inside, 99)),
			Baseline: "open plain connection", Base: base, Ratio: in / base, Runs: runs,
			Note: fmt.Sprintf("%.2f ms over the baseline at the median; the baseline's p99 is %.1f ms", in-base,
				ms(percentile(outside, 99)))})
	}
	return out, nil
}

func (a *app) warmStatements(ctx context.Context, dir, file string, runs int, pause time.Duration) ([]time.Duration,
	error) {
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	views := []task.View{{Name: "warm", Input: "warm",
		Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeInteger}}}}
	owner := sandbox.Owner{Contract: "bench", Actor: "analyst"}
	rows, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // read only
	s, err := host.OpenSession(ctx, task.Task{Role: task.Query, Inputs: []task.Input{{Name: "warm", File: rows}},
		Limits: yumen.Limits{Threads: 2}, Spec: task.QuerySpec{Views: views}}, owner)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var took []time.Duration
	for len(took) < runs {
		time.Sleep(pause)
		begun := time.Now()
		got, err := s.Run(ctx, owner, sandbox.Statement{Spec: task.QuerySpec{SQL: fmt.Sprintf(warmQuery, "warm"),
			MaxRows: 1000}}, map[string]io.Writer{task.OutResult: io.Discard})
		if err != nil {
			return nil, err
		}
		if got.Report.Statement > 1 { // the first one of a recycled enclave is a cold start, which is measured elsewhere
			took = append(took, time.Since(begun))
		}
	}
	return took, nil
}
