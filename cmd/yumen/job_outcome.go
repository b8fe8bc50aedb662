package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// outcome prints where a job has come to. A job that was refused, blocked or failed makes the command fail.
func (a *app) outcome(ctx context.Context, domain api.Domain, by api.Principal, id string) error {
	job, err := domain.Job(ctx, by, id)
	if err := a.Show(err, job, func() { a.printOutcome(job) }); err != nil {
		return err
	}
	switch job.State {
	case yumen.StateRejected, yumen.StateFailed:
		return job.Error
	}
	return nil
}

func (a *app) printOutcome(job api.Job) {
	a.Print("job %s: %s", "任务 %s：%s", job.ID, a.state(job.State))
	if cost := job.Privacy; cost != nil {
		paid := yumen.Say("given before, so nothing was paid", "此前已给出，未计费用")
		if cost.Paid {
			paid = yumen.Say("paid by this job", "由本任务支付")
		}
		a.Print("  answer %s at ε %s about units of kind %s, %s; ε %s is left in the account",
			"  答案 %s，对 %[3]s 类隐私单元 ε %[2]s，%[4]s；账户剩余 ε %[5]s", cost.Answer.Short(),
			yumen.FormatEpsilon(cost.Epsilon), cost.Unit, paid, yumen.FormatEpsilon(cost.Left))
	}
	for _, art := range job.Artifacts {
		a.Print("  round %d, %s: %d rows held as %s, verdict %s", "  第 %d 轮，%s：暂存 %d 行，摘要 %s，结论 %s", art.Round,
			a.stage(&art), art.Rows, art.Digest, a.verdict(art.Verdict))
		a.printFindings(art, "    ", false)
	}
	if len(job.Artifacts) == 0 {
		a.printFixes(job.Fixes)
	}
	switch job.State {
	case yumen.StateRejected, yumen.StateFailed, yumen.StateReturned, yumen.StateCancelled: // no result to read
	default:
		a.printNotice("  ", job.Notice)
	}
	if job.State == yumen.StateReleased {
		how := yumen.Say("released", "已放行")
		if job.Class == yumen.ClassDP {
			how = yumen.Say("released without review", "无需审核，已放行")
		}
		a.Print("%s; next: yumen release get %s", "%s；接下来：yumen release get %s", how, job.Release)
	}
	if job.State == yumen.StateInReview {
		if len(job.Artifacts) == 0 {
			a.Print("  held for review; what checks found in it is told to reviewers alone", "  已暂存待审；检查结论仅告知审核员")
		}
		a.Print("next, somebody else: yumen review show %s%s", "接下来由他人：yumen review show %s%s", job.ID,
			a.asSomebody("NAME"))
	}
}

// printFixes shows what a released file shows anyway.
func (a *app) printFixes(fixes []api.ReleasedFix) {
	for _, f := range fixes {
		if f.Cells > 0 {
			a.Print("  applied %s: %d cells", "  已执行 %s：%d 个单元格", f.Technique, f.Cells)
		} else {
			a.Print("  applied %s", "  已执行 %s", f.Technique)
		}
	}
}

func (a *app) printFindings(art yumen.Artifact, indent string, all bool) {
	for _, f := range art.Findings {
		if !all && f.Verdict == yumen.VerdictPass {
			continue
		}
		fmt.Fprintf(a.Out, "%s%-7s %s (%s): %s\n", indent, f.Verdict, f.Rule, f.Parameter, f.Msg.In(a.Language()))
	}
	for _, f := range art.Fixes {
		switch {
		case f.Changed == 0:
		case f.Technique == yumen.TechniqueDrop:
			a.Print("%sapplied %s: %d rows", "%s已执行 %s：%d 行", indent, f.Technique, f.Changed)
		default:
			a.Print("%sapplied %s: %d cells", "%s已执行 %s：%d 个单元格", indent, f.Technique, f.Changed)
		}
	}
}

func (a *app) state(s yumen.State) string {
	zh := map[yumen.State]string{
		yumen.StateSubmitted: "已提交", yumen.StateAdmitted: "已准入", yumen.StatePlanned: "已分析", yumen.StateRunning: "运行中",
		yumen.StateHeld: "已暂存", yumen.StateFixing: "脱敏中", yumen.StateProtected: "生成结果中", yumen.StateInReview: "待审核",
		yumen.StateApproved: "已批准",
		yumen.StateReleased: "已放行", yumen.StateRejected: "已拒绝", yumen.StateReturned: "已退回", yumen.StateFailed: "失败",
		yumen.StateCancelled: "已撤回"}
	return a.Say(strings.ReplaceAll(string(s), "_", " "), zh[s])
}

func (a *app) verdict(v yumen.Verdict) string {
	zh := map[yumen.Verdict]string{yumen.VerdictPass: "通过", yumen.VerdictReview: "需人工判断", yumen.VerdictFail: "须处理",
		yumen.VerdictBlock: "禁止出域"}
	return a.Say(string(v), zh[v])
}
