package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/internal/task"
)

func (a *app) benchEnclave() *cobra.Command {
	rows, runs, jobs := 20_000_000, 5, 40
	c := &cobra.Command{Use: "enclave", Args: cli.Args(),
		Short: a.Say("a long query inside and outside, cold starts, warm statements, transport, a crowd of jobs, a tiny job to its held result",
			"长查询内外对比、冷启动、热会话语句、传输、并发任务，以及小任务从提交到暂存的时延"),
		RunE: inTempDir(func(c *cobra.Command, dir string) error {
			long, err := a.benchLong(c.Context(), dir, rows, runs)
			if err != nil {
				return err
			}
			ms := long
			for _, part := range []func(context.Context, string, int) ([]measurement, error){
				a.benchFirstRow, a.benchWarm, a.benchTransport, a.benchCrowd, a.benchRoute} {
				more, err := part(c.Context(), dir, jobs)
				if err != nil {
					return err
				}
				ms = append(ms, more...)
			}
			return a.Show(nil, ms, func() { a.printMeasurements(ms) })
		})}
	c.Flags().IntVar(&rows, "rows", rows, a.Say("rows of the long query", "长查询的行数"))
	c.Flags().IntVar(&runs, "runs", runs, a.Say("runs of the long query, each way", "长查询每种方式的次数"))
	c.Flags().IntVar(&jobs, "jobs", jobs, a.Say("tiny jobs", "小任务个数"))
	return c
}

// longQuery takes well over a second on two cores: a distinct count of units beside ordinary aggregates.
const longQuery = `SELECT g, count(*) AS n, sum(v) AS total, count(DISTINCT _unit) AS units FROM %s GROUP BY g ORDER BY g`

// benchLong runs the same query over the same file in an enclave and in plain DuckDB, by turns, each in a process of
// its own.
func (a *app) benchLong(ctx context.Context, dir string, rows, runs int) ([]measurement, error) {
	file := filepath.Join(dir, "long.parquet")
	if err := a.plainChild(ctx,
		fmt.Sprintf(`COPY (SELECT range // 10 AS _unit, (hash(range) %% 500)::BIGINT AS g, (hash(range + 1) %% 10000)::BIGINT AS v
		FROM range(%d)) TO '%s' (FORMAT parquet, COMPRESSION zstd)`, rows, file)); err != nil {
		return nil, err
	}
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	t := task.Task{Role: task.Query,
		Limits: yumen.Limits{Wall: yumen.Duration(5 * time.Minute), Memory: 8 << 30, Threads: 2},
		Spec: task.QuerySpec{SQL: fmt.Sprintf(longQuery, `"long"`), MaxRows: 1_000_000,
			Views: []task.View{{Name: "long", Input: "long",
				Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeInteger},
					{Name: "v", From: "v", Type: yumen.TypeInteger}}}}}}
	inside, outside := make([]time.Duration, runs), make([]time.Duration, runs)
	for i := range runs {
		if inside[i], err = timed(func() error {
			_, err := runOn(ctx, host, t, map[string]string{"long": file},
				map[string]io.Writer{task.OutResult: io.Discard})
			return err
		}); err != nil {
			return nil, err
		}
		if outside[i], err = timed(func() error {
			return a.plainChild(ctx, fmt.Sprintf(longQuery, "read_parquet('"+file+"')"))
		}); err != nil {
			return nil, err
		}
	}
	in, out := ms(percentile(inside, 50)), ms(percentile(outside, 50))
	return []measurement{{Name: fmt.Sprintf("group-by with distinct units, %d rows, in the enclave", rows), Value: in,
		Baseline: "plain DuckDB", Base: out, Ratio: in / out, Runs: runs}}, nil
}
