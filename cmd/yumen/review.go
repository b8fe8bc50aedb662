package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) reviewCommand() *cobra.Command {
	return cli.Group("review", a.Say("held results: look, decide, release", "暂存结果：查看、裁决、放行"), a.reviewList(),
		a.reviewShow(), a.reviewPreview(), a.reviewVote(), a.reviewEnd("return", yumen.DecisionReturn,
			a.Say("send a job back to its submitter", "退回提交者修改")),
		a.reviewEnd("reject", yumen.DecisionReject, a.Say("refuse a result", "拒绝放行")), a.reviewRelease())
}

func (a *app) reviewList() *cobra.Command {
	limit, after := 0, ""
	c := &cobra.Command{Use: "list", Short: a.Say("what waits for a reviewer", "列出待审核任务"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				q, err := domain.Waiting(c.Context(), by, after, limit)
				q.Jobs = orEmpty(q.Jobs)
				return a.Show(err, q, func() {
					a.printWaiting(q)
					if q.Next != "" {
						a.Print("next page: yumen review list --limit %d --after %q",
							"下一页：yumen review list --limit %d --after %q", limit,
							q.Next)
					}
				})
			})
		}}
	c.Flags().IntVar(&limit, "limit", 0, a.Say("how many to list, the longest waiting first; 0 for all",
		"列出多少项，等待最久者在先；0 为全部"))
	c.Flags().StringVar(&after, "after", "", a.Say("where the page before ended", "上一页的结束位置"))
	return c
}

func (a *app) printWaiting(q api.Queue) {
	var rows [][]string
	yours := 0
	for _, w := range q.Jobs {
		todo := a.Say("vote", "待表决")
		switch {
		case w.State == yumen.StateApproved && len(w.Refusals) > 0:
			todo = a.Say("cannot leave: ", "不可放行：") + w.Refusals[0].Rule
		case w.State == yumen.StateApproved:
			todo = a.Say("release", "待放行")
		case len(w.Refusals) > 0:
			todo = a.Say("not yours: ", "不可表决：") + w.Refusals[0].Rule
		default:
			yours++
		}
		rows = append(rows, []string{w.ID, w.Spec.Name, w.Submitter.Name + " / " + w.Submitter.Org, string(w.Class),
			fmt.Sprint(w.Rows), a.verdict(w.Verdict),
			fmt.Sprintf("%d/%d", w.Approvals, w.Needed), age(time.Since(w.Updated)), todo})
	}
	cli.Table(a.Out, a.Header("JOB 任务", "NAME 名称", "SUBMITTER 提交者", "CLASS 类别", "ROWS 行数", "CHECKS 检查", "VOTES 票数",
		"WAITS 等待", "NEXT 待办"), rows)
	if q.Next != "" {
		a.Print("%d waiting; of the %d listed, %d for you to vote on", "共 %d 项待处理；所列 %d 项中 %d 项由您表决", q.Total,
			len(q.Jobs), yours)
		return
	}
	a.Print("%d waiting, %d for you to vote on", "共 %d 项待处理，其中 %d 项由您表决", q.Total, yours)
}

// age rounds a span to its largest unit.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	case d >= time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dm", int(d.Minutes()))
}

func (a *app) reviewShow() *cobra.Command {
	return &cobra.Command{Use: "show JOB", Short: a.Say("request, analysis, checks and votes; not the rows",
		"请求、分析、检查与表决；不含数据行"), Args: cli.Args("JOB"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				k, err := domain.Case(c.Context(), by, got[0])
				return a.Show(err, k, func() { a.printCase(k) })
			})
		}}
}

func (a *app) printCase(k api.Case) {
	j := k.Job
	a.Print("job %s (%s), %s, submitted by %s of %s under %s", "任务 %s（%s），%s，提交者 %s（%s），合同 %s",
		j.ID, j.Spec.Name, a.state(j.State), j.Submitter.Name, j.Submitter.Org, k.Contract)
	a.printHandover(j.Submitter)
	if !j.Spec.Purpose.IsZero() {
		a.Print("purpose: %s", "用途：%s", j.Spec.Purpose.In(a.Language()))
	}
	a.Print("class %s, %s program %s", "类别 %s，%s 程序 %s", string(j.Class), string(j.Engine), j.Program)
	for _, v := range j.Versions {
		a.Print("reads %s version %d of %s, acquired %s", "读取 %s 第 %d 版（%s），获取于 %s", v.Dataset, v.Seq, v.Provider,
			v.Acquired)
	}
	if j.Spec.SQL != "" {
		a.statement(string(j.Spec.Program()))
	}
	for _, n := range k.Notes {
		a.Print("note: %s", "提示：%s", n)
	}
	a.printStatements(j.Class, k.Emitted, k.Post)
	a.printRounds(k)
	for _, v := range k.Votes {
		a.Print("vote of %s (%s): %s, because %s", "%s（%s）表决：%s，理由：%s", v.Voter.Name, v.Voter.Org, string(v.Decision),
			v.Reason)
		a.printHandover(v.Voter)
	}
	if cur := k.Current(); cur != nil && j.State == yumen.StateInReview {
		a.Print("approvals needed: %d. To approve what you have read:", "需要 %d 票批准。确认无误后批准：", k.Needed)
		fmt.Fprintf(a.Out, "  yumen review vote %s %s --reason \"…\"%s\n", j.ID, cur.Digest.Short(),
			a.asSomebody("NAME"))
	}
}

// printHandover says who besides a person may have come in as them.
func (a *app) printHandover(by yumen.Actor) {
	if by.HandedBy != "" {
		a.Print("  %s came in by a code that %s handed out", "  %s 凭 %s 签发的代码进入", by.Name, by.HandedBy)
	}
}

// printRounds shows every artifact; of tables of cells that the result or a figure is made of, and of the result, all
// findings.
func (a *app) printRounds(k api.Case) {
	cells, current := k.Cells(), k.Current()
	for i := range k.Artifacts {
		art := &k.Artifacts[i]
		a.Print("round %d, %s: %d rows, %d bytes, verdict %s, %s", "第 %d 轮，%s：%d 行，%d 字节，结论 %s，%s", art.Round,
			a.stage(art), art.Rows, art.Bytes, a.verdict(art.Verdict), art.Digest)
		used := art.Figures && art.Cells && (art.Verdict == yumen.VerdictPass || art.Verdict == yumen.VerdictReview)
		a.printFindings(*art, "  ", art == cells || art == current || used)
	}
}

// stage names what an artifact is.
func (a *app) stage(art *yumen.Artifact) string {
	switch {
	case art.Figures && art.Cells:
		return a.Say("cells of the figures to compare with", "比较值的单元格")
	case art.Figures:
		return a.Say("figures to compare with", "比较值")
	case art.Cells:
		return a.Say("cells", "单元格")
	}
	return a.Say("result", "结果")
}

func (a *app) reviewPreview() *cobra.Command {
	var of api.PreviewOf
	c := &cobra.Command{Use: "preview JOB", Short: a.Say("look at rows of the held result; that you looked is logged",
		"预览暂存结果（预览行为记入日志）"), Args: cli.Args("JOB"),
		RunE: func(c *cobra.Command, got []string) error {
			if of.Rows < 1 || of.Rows > 1000 || of.Offset < 0 {
				return cli.Wrong("%s: --rows must be 1 to 1000, --offset not negative",
					"%s：--rows 须为 1 至 1000，--offset 不能为负数", c.CommandPath())
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				p, err := domain.Preview(c.Context(), by, got[0], of)
				return a.Show(err, p, func() {
					if len(p.Rows) == 0 && of.Offset > 0 {
						a.Print("no rows are left after skipping %d: there are %d", "跳过 %d 行后没有剩余：共 %d 行", of.Offset,
							p.Total)
						return
					}
					cli.Table(a.Out, p.Columns, p.Rows)
					a.Print("rows %d to %d of %d", "第 %d 至 %d 行，共 %d 行", min(of.Offset+1, p.Total),
						of.Offset+int64(len(p.Rows)), p.Total)
				})
			})
		}}
	c.Flags().Int64Var(&of.Offset, "offset", 0, a.Say("rows to skip before the first one that is shown", "显示之前跳过的行数"))
	c.Flags().BoolVar(&of.Cells, "cells", false, a.Say("class aggregate: the table of cells that the result is made of",
		"aggregate 类：显示结果所依据的单元格表"))
	c.Flags().IntVar(&of.Rows, "rows", 20, a.Say("rows to show", "显示的行数"))
	return c
}

func (a *app) reviewVote() *cobra.Command {
	reason := ""
	c := &cobra.Command{Use: "vote JOB DIGEST", Short: a.Say("approve the result with this digest", "批准该摘要的结果"),
		Args: cli.Args("JOB", "DIGEST"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.vote(c, got[0], got[1], yumen.DecisionApprove, reason)
		}}
	c.Flags().StringVar(&reason, "reason", "", a.Say("why; mandatory", "理由，必填"))
	return c
}

func (a *app) reviewEnd(name string, d yumen.Decision, short string) *cobra.Command {
	reason := ""
	c := &cobra.Command{Use: name + " JOB DIGEST", Short: short, Args: cli.Args("JOB", "DIGEST"),
		RunE: func(c *cobra.Command, got []string) error { return a.vote(c, got[0], got[1], d, reason) }}
	c.Flags().StringVar(&reason, "reason", "", a.Say("why; mandatory", "理由，必填"))
	return c
}

func (a *app) vote(c *cobra.Command, job, digest string, d yumen.Decision, reason string) error {
	return a.acting(c, func(domain api.Domain, by api.Principal) error {
		j, err := domain.Vote(c.Context(), by, job, digest, d, reason)
		return a.Show(err, j, func() {
			a.Print("%s decided %s on %s: job is %s", "%s 对 %[3]s 的意见：%[2]s，任务%[4]s", by.Person.Name, string(d), j.ID,
				a.state(j.State))
			if j.State == yumen.StateApproved {
				a.Print("next: yumen review release %s%s", "接下来：yumen review release %s%s", j.ID, a.asBefore(by))
			}
		})
	})
}

func (a *app) reviewRelease() *cobra.Command {
	format := string(yumen.FormatCSV)
	c := &cobra.Command{Use: "release JOB", Short: a.Say("let an approved result leave, with a receipt",
		"放行已批准的结果并出具回执"), Args: cli.Args("JOB"),
		RunE: func(c *cobra.Command, got []string) error {
			switch yumen.FileFormat(format) {
			case yumen.FormatCSV, yumen.FormatParquet, yumen.FormatArrow:
			default:
				return cli.Wrong("%s: --format must be csv, parquet or arrow",
					"%s：--format 须为 csv、parquet 或 arrow", c.CommandPath())
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				r, err := domain.Release(c.Context(), by, got[0], yumen.FileFormat(format))
				return a.Show(err, r, func() {
					a.Print("%s released %s: %d rows, %s", "%s 放行了 %s：%d 行，%s", by.Person.Name, r.Name, r.Rows, r.File)
					a.Print("next: yumen release get %s%s", "接下来：yumen release get %s%s", r.Name, a.asBefore(by))
				})
			})
		}}
	c.Flags().StringVar(&format, "format", format, a.Say("csv, parquet or arrow", "csv、parquet 或 arrow"))
	return c
}
