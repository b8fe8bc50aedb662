package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) jobRecur() *cobra.Command {
	every, end := time.Duration(0), false
	c := &cobra.Command{Use: "recur [JOB]", Args: cobra.MaximumNArgs(1),
		Short: a.Say("have a released job of your own asked again every so often, or list what is",
			"让本人已放行的任务定期重复执行，或列出此类任务"),
		Example: `  yumen job recur j-20260131-k3f9x2 --every 168h --as analyst
  yumen job recur j-20260131-k3f9x2 --end --as analyst
  yumen job recur --as analyst`,
		RunE: func(c *cobra.Command, got []string) error {
			switch {
			case len(got) == 0 && every == 0 && !end:
				return a.listRecurrences(c)
			case len(got) == 0 || (every != 0) == end:
				return cli.Wrong("%s JOB: give --every or --end", "%s JOB：请给出 --every 或 --end", c.CommandPath())
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				if end {
					r, err := domain.EndRecurrence(c.Context(), by, got[0])
					return a.Show(err, r, func() { a.Print("job %s is asked no more", "任务 %s 不再重复", r.ID) })
				}
				r, err := domain.Recur(c.Context(), by, got[0], every)
				return a.Show(err, r, func() {
					a.Print("job %s is asked again every %s, next at %s, where yumen job resume runs then",
						"任务 %s 每隔 %s 重复，下次为 %s，届时须运行 yumen job resume", r.ID, every,
						r.Due.Local().Format(time.DateTime))
				})
			})
		}}
	c.Flags().DurationVar(&every, "every", 0, a.Say("how much time lies between, such as 24h", "间隔时长，如 24h"))
	c.Flags().BoolVar(&end, "end", false, a.Say("ask it no more", "不再重复"))
	return c
}

func (a *app) listRecurrences(c *cobra.Command) error {
	return a.looking(c, func(domain api.Domain, by api.Principal) error {
		all, err := domain.Recurrences(c.Context(), by)
		return a.Show(err, orEmpty(all), func() {
			var rows [][]string
			for _, r := range all {
				due := r.Due.Local().Format(time.DateTime)
				if r.Ended() {
					due = "– (" + r.Why + ")"
				}
				rows = append(rows,
					[]string{r.ID, r.Spec.Name, r.Spec.Contract, r.Submitter.Name, time.Duration(r.Every).String(), due,
						r.Last})
			}
			cli.Table(a.Out, a.Header("JOB 任务", "NAME 名称", "CONTRACT 合同", "SUBMITTER 提交者", "EVERY 间隔", "DUE 下次",
				"LAST 最近任务"), rows)
		})
	})
}
