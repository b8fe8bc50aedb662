package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/pipeline"
)

func (a *app) queryCommand() *cobra.Command {
	spec := yumen.JobSpec{}
	class, explain := "", false
	c := &cobra.Command{Use: "query SQL", Args: args("SQL"),
		Short: a.say("say what a query would reveal, before anything runs (--explain)", "在运行之前说明查询将披露什么（--explain）"),
		RunE: func(c *cobra.Command, got []string) error {
			if !explain {
				return usage{errors.New(a.say("only --explain answers here; to run a query: yumen job submit --contract C --sql FILE",
					"此处仅支持 --explain；运行查询请用 yumen job submit --contract C --sql 文件"))}
			}
			if spec.Contract == "" {
				return usage{fmt.Errorf("%s: missing --contract", c.CommandPath())}
			}
			spec.SQL, spec.Class = got[0], yumen.ReleaseClass(class)
			return a.acting(c, func(h *home, by yumen.Actor) error {
				x, err := h.service.Explain(c.Context(), by, spec)
				if err != nil {
					return err
				}
				return a.show(x, func() { a.printExplanation(x) })
			})
		}}
	c.Flags().BoolVar(&explain, "explain", false, a.say("explain, run nothing", "仅说明，不运行"))
	c.Flags().StringVar(&spec.Contract, "contract", "", a.say("contract to run under", "所依据的合同"))
	c.Flags().StringVar(&class, "class", "", a.say("release class asked for", "申请的发布类别"))
	return c
}

func (a *app) printExplanation(x pipeline.Explanation) {
	a.tell("class %s: reviewers needed %d", "类别 %s：需 %d 名审核员", string(x.Class), x.Reviewers)
	a.tell("a cell needs %d units; dominance (%d, %g), p %g; counts rounded to %d", "每格至少 %d 个主体；支配规则 (%d, %g)，p %g；计数取整到 %d",
		x.K, x.Risk.Dominance.N, x.Risk.Dominance.Share, x.Risk.PRatio, x.Risk.Rounding)
	for _, d := range x.Datasets {
		a.tell("reads %s version %d of %s, acquired %s", "读取 %s 第 %d 版（%s），获取于 %s", d.Dataset, d.Seq, d.Provider, d.Acquired)
	}
	var rows [][]string
	for _, col := range x.Columns {
		var from []string
		for _, s := range col.Sources {
			from = append(from, s.Dataset+"."+s.Column)
		}
		rows = append(rows, []string{col.Name, string(col.Kind), col.Function, strings.Join(from, " ")})
	}
	table(a.out, a.header("COLUMN 列", "KIND 种类", "FUNCTION 函数", "FROM 来源"), rows)
	for _, n := range x.Notes {
		a.tell("note: %s", "提示：%s", n)
	}
	a.tell("what would run:", "实际执行：")
	fmt.Fprintln(a.out, x.Emitted)
}
