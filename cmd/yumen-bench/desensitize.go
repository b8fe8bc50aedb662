package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/desensitize/bench"
)

func (a *app) benchDesensitize() *cobra.Command {
	c := bench.Config{}
	cmd := &cobra.Command{Use: "desensitize", Args: cli.Args(),
		Short: a.Say("masks, pseudonyms, FF1, detectors, k-anonymity and local recoding, each against a baseline",
			"掩码、假名、FF1、检测器、k-匿名与局部重编码，各附基线"),
		RunE: inTempDir(func(cmd *cobra.Command, dir string) error {
			c.Work = dir
			a.Print("%d processors, load %s", "处理器 %d 个，负载 %s", runtime.NumCPU(), load())
			if _, err := os.Stat(filepath.Join(c.Adult, "adult.csv")); err != nil {
				a.Print("the Adult extract is not at %s: k-anonymity on it is left out (--adult DIR)",
					"%s 处没有 Adult 数据：略过其 k-匿名测量（--adult 目录）", c.Adult)
			}
			var rs []bench.Result
			err := bench.Run(cmd.Context(), c, func(r bench.Result) { rs = append(rs, r) })
			return a.Show(err, rs, func() { a.printResults(rs) })
		})}
	f := cmd.Flags()
	f.StringVar(&c.Adult, "adult", "../shared/data/adult",
		a.Say("folder with the Adult extract and its hierarchies", "Adult 数据及其层级所在目录"))
	f.IntVar(&c.Rows, "rows", 10_000_000, a.Say("rows of the local recoding; 0 leaves it out", "局部重编码的行数，0 表示略过"))
	f.DurationVar(&c.Span, "span", time.Second, a.Say("how long each rate is measured", "每项速率的测量时长"))
	return cmd
}

// load is the host's load average, or nothing where it has none.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg") // absent on other systems
	return strings.Join(strings.Fields(string(b))[:min(3, len(strings.Fields(string(b))))], " ")
}

func (a *app) printResults(rs []bench.Result) {
	figure := func(v float64, unit string) string {
		if unit == bench.Seconds {
			return fmt.Sprintf("%.3f s", v)
		}
		return fmt.Sprintf("%.0f k/s", v/1000)
	}
	var rows [][]string
	for _, r := range rs {
		want := "–"
		if r.Want > 0 {
			want = figure(r.Want, r.Unit)
		}
		rows = append(rows, []string{r.Name, figure(r.Value, r.Unit), want, a.Yes(r.Met),
			r.Baseline + " " + figure(r.Base, r.Unit), fmt.Sprintf("%.2f", r.Ratio), r.Note})
	}
	cli.Table(a.Out, a.Header("MEASURED 项目", "VALUE 数值", "WANTED 目标", "MET 达到", "BASELINE 基线", "RATIO 比值", "NOTE 说明"),
		rows)
}
