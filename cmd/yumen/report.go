package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/xuri/excelize/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) reportCommand() *cobra.Command {
	return cli.Group("report", a.Say("reports: indicators of offices and providers", "报告：各机构评价指标"), a.reportIndicators())
}

func (a *app) reportIndicators() *cobra.Command {
	var from, until, out string
	year := time.Now().Year()
	c := &cobra.Command{Use: "indicators", Args: cli.Args(),
		Short: a.Say("count for each organisation what it decided in time, what is overdue, objections, and how fresh its data is",
			"按机构统计按时办结、超期、异议与更新及时情况")}
	c.Flags().StringVar(&from, "from", fmt.Sprintf("%d-01-01", year), a.Say("first day on which steps began", "步骤起始日的起日"))
	c.Flags().StringVar(&until, "until", fmt.Sprintf("%d-12-31", year), a.Say("last day", "止日"))
	c.Flags().StringVar(&out, "xlsx", "", a.Say("write a workbook to this file", "另存为该 XLSX 文件"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		for _, day := range []string{from, until} {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				return cli.Wrong("%q is no day such as 2026-12-01", "“%s”不是日期，应如 2026-12-01", day)
			}
		}
		return a.looking(c, func(domain api.Domain, by api.Principal) error {
			x, err := domain.Indicators(c.Context(), by, yumen.Day(from), yumen.Day(until))
			if err == nil && out != "" {
				err = a.writeWorkbook(out, &x)
			}
			return a.Show(err, x, func() { cli.Table(a.Out, a.indicatorTitles(), indicatorRows(&x)) })
		})
	}
	return c
}

func (a *app) indicatorTitles() []string {
	return a.Header("ORG 机构", "STEPS 环节", "ENDED 办结", "ON-TIME 按时办结", "ON-TIME-RATE 按时办结率", "MEAN-DAYS 平均用时（日）", "OVERDUE 超期",
		"OBJECTIONS 异议", "DATASETS 数据集", "FRESH-RATE 更新及时率")
}

func indicatorRows(x *api.Indicators) (rows [][]string) {
	for _, b := range x.Bodies {
		rows = append(rows, []string{b.Org, strconv.Itoa(b.Steps), strconv.Itoa(b.Ended), strconv.Itoa(b.OnTime),
			rate(b.OnTime, b.Timed), mean(b.Days, b.Ended), strconv.Itoa(b.Overdue), strconv.Itoa(b.Objections),
			strconv.Itoa(b.Datasets), rate(b.Fresh, b.Datasets)})
	}
	return rows
}

// rate is a share in percent; there is none of nothing.
func rate(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + " %"
}

func mean(sum, n int) string {
	if n == 0 {
		return "–"
	}
	return strconv.FormatFloat(float64(sum)/float64(n), 'f', 1, 64)
}

// writeWorkbook writes the table as XLSX. Names are texts in it: nothing of them is a formula.
func (a *app) writeWorkbook(path string, x *api.Indicators) error {
	f := excelize.NewFile()
	defer f.Close()
	rows := append([][]string{a.indicatorTitles()}, indicatorRows(x)...)
	rows = append(rows, nil, []string{a.Say("steps that began from %s until %s, computed on %s", "统计 %s 至 %s 开始的环节，计算日 %s",
		string(x.From), string(x.Until), string(x.On))})
	for i, row := range rows {
		for j, text := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if n, err := strconv.Atoi(text); err == nil {
				if err := f.SetCellInt("Sheet1", cell, int64(n)); err != nil {
					return err
				}
				continue
			}
			if err := f.SetCellStr("Sheet1", cell, text); err != nil {
				return err
			}
		}
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(f.Write(w)) }()
	return writeNew(path, r)
}
