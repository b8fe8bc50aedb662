package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// explain prints what would become of a job, with the statements where they are asked for; as JSON always with them.
func (a *app) explain(ctx context.Context, domain api.Domain, by api.Principal, spec yumen.JobSpec, module []byte,
	sql bool) error {
	x, err := domain.Explain(ctx, by, spec, module)
	return a.Show(err, x, func() {
		a.printExplanation(x)
		if sql {
			a.printStatements(x.Class, x.Emitted, x.Post)
		}
	})
}

func (a *app) printExplanation(x api.Explanation) {
	if x.Privacy != nil {
		a.Print("class %s: nobody need review it", "类别 %s：无需人工审核", string(x.Class))
		a.printCost(*x.Privacy)
	} else {
		a.Print("class %s: reviewers needed %d", "类别 %s：需 %d 名审核员", string(x.Class), x.Reviewers)
		if x.Automatic && x.Reviewers > 0 {
			a.Print("  unless no check has anything against the result: then it leaves without them",
				"  检查无异议时无需审核员，结果自行放行")
		}
		a.Print("a cell needs %d units; dominance (%d, %g), p %g; %s", "每格至少 %d 个保护单元；支配规则 (%d, %g)，p %g；%s", x.K,
			x.Risk.Dominance.N, x.Risk.Dominance.Share, x.Risk.PRatio, a.rounding(x.Risk))
	}
	for _, d := range x.Datasets {
		a.Print("reads %s version %d of %s, acquired %s", "读取 %s 第 %d 版（%s），获取于 %s", d.Dataset, d.Seq, d.Provider,
			d.Acquired)
	}
	a.printCells(x)
	a.printColumns(x)
	if len(x.Withheld) > 0 {
		a.Print("withheld by the contract: %s", "合同未授权的列：%s", columnRefs(x.Withheld))
	}
	a.printNotice("", x.Notice)
	for _, n := range x.Notes {
		a.Print("note: %s", "提示：%s", n)
	}
}

// rounding says how coarse figures are.
func (a *app) rounding(r yumen.Risk) string {
	if r.Rounding <= 1 {
		return a.Say("figures are exact", "数值不取整")
	}
	return a.Say("counts are rounded to multiples of %[1]d, sums and deviations to no less than %[1]d average units, means and ratios so that they tell no more",
		"计数取整到 %[1]d 的倍数，总和与离差不细于 %[1]d 个平均单元，均值与比率取整至不透露更多", r.Rounding)
}

// printCells shows what is asked of the data in class aggregate: group keys and plain aggregates over rows.
func (a *app) printCells(x api.Explanation) {
	if len(x.Cells) == 0 {
		return
	}
	var rows [][]string
	for _, c := range x.Cells {
		is, over := a.columnKind(c.Kind), ""
		if c.Kind == yumen.ColumnAggregate {
			over = a.Say("all", "全部")
		}
		if c.Where != "" {
			over = c.Where
		}
		rows = append(rows, []string{c.Name, is, c.Expression, over, columnRefs(c.Sources)})
	}
	a.Print("cells, which are protected:", "单元格（受保护）：")
	cli.Table(a.Out, a.Header("CELL 单元格", "KIND 种类", "IS 内容", "OVER-ROWS 行范围", "FROM 来源"), rows)
	a.Print("result, made of the protected cells alone:", "结果（仅由已保护的单元格生成）：")
}

func (a *app) columnKind(k yumen.ColumnKind) string {
	switch k {
	case yumen.ColumnKey:
		return a.Say("key", "分组键")
	case yumen.ColumnAggregate:
		return a.Say("aggregate", "聚合值")
	case yumen.ColumnLevel:
		return a.Say("level", "层级")
	case yumen.ColumnRow:
		return a.Say("row", "逐行")
	}
	return string(k)
}

func (a *app) printColumns(x api.Explanation) {
	var rows [][]string
	for i, col := range x.Columns {
		if col.Kind == yumen.ColumnStatus {
			continue
		}
		row := []string{col.Name, a.columnKind(col.Kind), col.Function, columnRefs(col.Sources)}
		if i < len(x.Lineage) {
			row = append(row, a.ofUnit(x.Lineage[i]), a.interval(x.Lineage[i]))
		}
		rows = append(rows, row)
	}
	header := a.Header("COLUMN 列", "KIND 种类", "FUNCTION 函数", "FROM 来源")
	if len(x.Lineage) > 0 {
		header = append(header, a.Header("ROWS-OF-A-UNIT 每单元行数", "VALUES 取值")...)
	}
	cli.Table(a.Out, header, rows)
}

// printStatements shows what meets the data, and what makes the result.
func (a *app) printStatements(class yumen.ReleaseClass, emitted, post string) {
	if emitted != "" {
		a.Print("what meets the data:", "在数据上执行：")
		a.statement(emitted)
	}
	switch {
	case post == "":
		return
	case class == yumen.ClassDP:
		a.Print("what makes the result out of the noisy table:", "由加噪表生成结果：")
	default:
		a.Print("what makes the result out of the protected cells:", "由已保护的单元格生成结果：")
	}
	a.statement(post)
}

func (a *app) statement(sql string) {
	fmt.Fprintln(a.Out, "  "+strings.ReplaceAll(strings.TrimSpace(sql), "\n", "\n  "))
}

// ofUnit says how many rows of one unit can count in a value.
func (a *app) ofUnit(l api.ColumnLineage) string {
	if l.RowsPerUnit == 0 {
		return a.Say("any", "不限")
	}
	return fmt.Sprint(l.RowsPerUnit)
}

// interval says what is known of the exact value before anything runs.
func (a *app) interval(l api.ColumnLineage) string {
	s := ""
	switch {
	case l.Least != "" && l.Most != "":
		s = "[" + l.Least + ", " + l.Most + "]"
	case l.Least != "":
		s = "≥ " + l.Least
	case l.Most != "":
		s = "≤ " + l.Most
	}
	switch {
	case s == "" && l.Nullable:
		return a.Say("any, or NULL", "不限，可为 NULL")
	case l.Nullable:
		return s + a.Say(", or NULL", "，可为 NULL")
	}
	return s
}

func columnRefs(refs []yumen.ColumnRef) string {
	var out []string
	for _, r := range refs {
		out = append(out, r.Dataset+"."+r.Column)
	}
	return strings.Join(out, " ")
}
