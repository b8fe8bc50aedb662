package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// rate is one line of a benchmark: how much is done in a second, and the baseline it is compared with.
type rate struct {
	Name     string  `json:"name"`
	Rate     float64 `json:"rate"`
	Unit     string  `json:"unit"` // units/s, bytes/s
	Baseline string  `json:"baseline"`
	Base     float64 `json:"baseline_rate"`
	Ratio    float64 `json:"ratio"`
	Runs     int     `json:"runs"`
}

func (a *app) benchWasm() *cobra.Command {
	units, runs, size := 200_000, 5, "128MiB"
	c := &cobra.Command{Use: "wasm", Args: cli.Args(),
		Short: a.Say("a module over people, each in a fresh state; rows into a module and back",
			"模块逐人运行（每人全新状态）；数据行进出模块的吞吐"),
		RunE: func(c *cobra.Command, _ []string) error {
			bytes, err := yumen.ParseSize(size)
			if err != nil {
				return yumen.Errorf(yumen.KindInvalid, "%v", "%v", err)
			}
			var rates []rate
			for _, pages := range []int{1, 2, 17} {
				r, err := a.benchMedian(c.Context(), runs, "map", strconv.Itoa(pages), strconv.Itoa(units))
				if err != nil {
					return err
				}
				r.Name, r.Unit, r.Baseline = fmt.Sprintf("map mode, rows read and fresh state, %d pages",
					pages), "units/s", "fresh instance each"
				rates = append(rates, r)
			}
			r, err := a.benchMedian(c.Context(), runs, "echo", strconv.FormatInt(int64(bytes), 10))
			if err != nil {
				return err
			}
			r.Name, r.Unit, r.Baseline = "Arrow into a module, back and checked", "bytes/s", "copying the file and back"
			rates = append(rates, r)
			return a.Show(nil, rates, func() { a.printRates(rates) })
		}}
	c.Flags().IntVar(&units, "units", units, a.Say("privacy units", "隐私单元数"))
	c.Flags().StringVar(&size, "bytes", size, a.Say("size of the rows handed over", "传递数据的大小"))
	c.Flags().IntVar(&runs, "runs", runs, a.Say("runs, of which the median is told", "次数，取中位"))
	return c
}

// benchMedian runs a benchmark several times, each in a process of its own on one processor, and returns the run whose
// rate is the median. The baseline is that of the same run.
func (a *app) benchMedian(ctx context.Context, runs int, args ...string) (rate, error) {
	var all []rate
	for range runs {
		s, err := a.wasmChild(ctx, args...)
		if err != nil {
			return rate{}, err
		}
		r := rate{Rate: float64(s.Work) / s.Engine.Seconds(), Base: float64(s.BaseWork) / s.Baseline.Seconds(),
			Runs: runs}
		r.Ratio = r.Rate / r.Base
		all = append(all, r)
	}
	if len(all) == 0 {
		return rate{}, nil
	}
	slices.SortStableFunc(all, func(x, y rate) int { return cmp.Compare(x.Rate, y.Rate) })
	return all[len(all)/2], nil
}

// speed is what yumen-bench-plain measures of a module: how long the same work took in the engine and in the baseline.
type speed struct {
	Engine   time.Duration `json:"engine"`
	Baseline time.Duration `json:"baseline"`
	Work     int64         `json:"work"` // units or bytes
	BaseWork int64         `json:"baseline_work"`
}

func (a *app) wasmChild(ctx context.Context, args ...string) (s speed, err error) {
	cmd := exec.CommandContext(ctx, a.plain, append([]string{"wasm"}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	err = output(cmd, &s)
	return s, err
}

func (a *app) printRates(rates []rate) {
	var rows [][]string
	for _, r := range rates {
		rows = append(rows, []string{r.Name, r.show(r.Rate), r.Baseline + " " + r.show(r.Base),
			fmt.Sprintf("%.2f", r.Ratio), strconv.Itoa(r.Runs)})
	}
	cli.Table(a.Out, a.Header("MEASURED 项目", "MEDIAN 中位", "BASELINE 基线", "RATIO 比值", "RUNS 次数"), rows)
}

func (r rate) show(v float64) string {
	if r.Unit == "bytes/s" {
		return fmt.Sprintf("%.2f GB/s", v/1e9)
	}
	return fmt.Sprintf("%.0f %s", v, r.Unit)
}
