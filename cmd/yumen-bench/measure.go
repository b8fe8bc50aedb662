package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

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

// runOn runs a task over files of this machine, by the names of inputs.
func runOn(ctx context.Context, host *sandbox.Host, t task.Task, files map[string]string,
	outs map[string]io.Writer) (task.Outcome, error) {
	for name, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return task.Outcome{}, err
		}
		defer f.Close() // read only
		t.Inputs = append(t.Inputs, task.Input{Name: name, File: f})
	}
	return host.Run(ctx, t, outs)
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
