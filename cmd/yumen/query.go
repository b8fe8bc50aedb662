package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/query"
)

func (a *app) queryCommand() *cobra.Command {
	spec := yumen.JobSpec{}
	class, explain, sql := "", false, false
	c := &cobra.Command{Use: "query SQL", Args: cli.Args("SQL"),
		Short: a.Say("say what a query would reveal, before anything runs (--explain)", "在运行之前说明查询将披露什么（--explain）"),
		RunE: func(c *cobra.Command, got []string) error {
			if _, asked := query.ExplainPolicy(got[0]); !explain && !asked {
				return cli.Usage(errors.New(a.Say("only --explain answers here; to run a query: yumen job submit --contract C --sql FILE",
					"此处仅支持 --explain；运行查询请用 yumen job submit --contract C --sql 文件")))
			}
			if spec.Contract == "" {
				return cli.Wrong("%s: missing --contract", "%s：缺少 --contract", c.CommandPath())
			}
			if err := privacyGiven(c, spec.Privacy); err != nil {
				return err
			}
			spec.SQL, spec.Class = got[0], yumen.ReleaseClass(class)
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				return a.explain(c.Context(), domain, by, spec, nil, sql)
			})
		}}
	c.Flags().BoolVar(&explain, "explain", false, a.Say("explain, run nothing", "仅说明，不运行"))
	c.Flags().BoolVar(&sql, "sql", false, a.Say("with the statements that would run", "同时显示将执行的语句"))
	c.Flags().StringVar(&spec.Contract, "contract", "", a.Say("contract to run under", "所依据的合同"))
	c.Flags().StringVar(&class, "class", "", a.Say("release class asked for: dp, aggregate or rows",
		"申请的发布类别：dp、aggregate 或 rows"))
	a.privacyFlags(c, &spec.Privacy)
	return c
}

// privacyGiven refuses a price or a cap that was given and is nothing: left out, the contract says what it is.
func privacyGiven(c *cobra.Command, p yumen.PrivacySpec) error {
	given := func(name string, ok bool) error {
		if ok || !c.Flags().Changed(name) {
			return nil
		}
		return yumen.Errorf(yumen.KindInvalid, "--%s must be a number greater than 0", "--%s 须为大于 0 的数", name).
			ToFix("leave it out to have what the contract says", "不填则按合同规定")
	}
	return errors.Join(given("epsilon", p.Epsilon > 0 && !math.IsInf(p.Epsilon, 1)),
		given("rows-per-unit", p.RowsPerUnit > 0), given("groups-per-unit", p.GroupsPerUnit > 0))
}

// privacyFlags are for class dp.
func (a *app) privacyFlags(c *cobra.Command, p *yumen.PrivacySpec) {
	f := c.Flags()
	f.Float64Var(&p.Epsilon, "epsilon", 0, a.Say("class dp: what the answer may cost; the contract says by default",
		"dp 类：答案的隐私成本 ε，默认由合同规定"))
	f.IntVar(&p.RowsPerUnit, "rows-per-unit", 0,
		a.Say("class dp: rows of a person that count in a group", "dp 类：每个主体在一组中计入的行数"))
	f.IntVar(&p.GroupsPerUnit, "groups-per-unit", 0,
		a.Say("class dp: groups in which a person counts", "dp 类：每个主体计入的组数"))
	f.BoolVar(&p.NoErrors, "no-errors", false,
		a.Say("class dp: leave out the columns that say how far figures may be off", "dp 类：不输出误差列"))
	f.BoolVar(&p.WideNoise, "wide-noise", false,
		a.Say("class dp: answer even where noise is as wide as what is public", "dp 类：即使噪声宽达公开的取值范围也作答"))
}

// printCost says what an answer of class dp promises and costs.
func (a *app) printCost(c api.Cost) {
	a.Print("protects units of kind %s: ε %s (δ %g for the whole contract, ρ %.3g)",
		"保护 %s 类隐私单元：ε %s（δ %g 为整份合同所用，ρ %.3g）", c.Unit, yumen.FormatEpsilon(c.Epsilon), c.Delta, c.Noise.Rho)
	if c.Module {
		a.Print("a unit counts once, by what the module makes of all its rows", "每个单元计一次，取决于模块对其全部行的计算")
	} else {
		a.Print("each unit counts with at most %d of its rows in a group, in at most %d of the groups",
			"每个单元在一组中至多计 %d 行，至多计入 %d 组", c.RowsPerUnit, c.GroupsPerUnit)
	}
	switch {
	case c.Free:
		a.Print("costs nothing: the same was asked before, and the answer that was given is given again; ε %s is left",
			"不计费用：此前已有相同问题，将给出同一答案；剩余 ε %s", yumen.FormatEpsilon(c.Left))
	case c.Affordable:
		a.Print("left in the account: ε %s before, %s after", "账户剩余：之前 ε %s，之后 %s", yumen.FormatEpsilon(c.Left),
			yumen.FormatEpsilon(c.LeftAfter))
	default:
		a.Print("the account does not hold it: ε %s is left", "账户余额不足：剩余 ε %s", yumen.FormatEpsilon(c.Left))
	}
	a.Print("the answer comes %s after the run begins, whatever the data", "无论数据如何，运行开始 %s 后给出答案",
		time.Duration(c.Deadline))
	var rows [][]string
	for _, m := range c.Measures {
		rows = append(rows, []string{m.Column, m.Fn, bounds(m), a.expected(m, c.Module)})
	}
	cli.Table(a.Out, a.Header("NOISY 加噪列", "MEASURE 度量", "BOUNDS 截断范围", "ERROR-95% 95%置信误差"), rows)
	for _, w := range a.wideNoise(c) {
		fmt.Fprintln(a.Out, w)
	}
	if c.Noise.Tau > 0 {
		a.Print("groups are told of from %d units on, and from about %.0f with noise", "分组至少 %d 个主体、加噪后约 %.0f 个以上才给出",
			c.Noise.MinUnits, c.Noise.Tau)
	}
}

// figure writes three significant digits, without an exponent where people would not expect one.
func figure(x float64) string {
	if x == 0 || x < 1e-4 || x >= 1e12 {
		return fmt.Sprintf("%.3g", x)
	}
	step := math.Pow10(int(math.Floor(math.Log10(x))) - 2)
	return strconv.FormatFloat(math.Round(x/step)*step, 'f', max(0, -int(math.Round(math.Log10(step)))), 64)
}

func bounds(m api.NoisyMeasure) string {
	if m.Input == 0 || slices.Contains([]string{"count", "units", "distinct"}, m.Fn) {
		return ""
	}
	return fmt.Sprintf("[%g, %g]", m.Lo, m.Hi)
}

// expected is half the width of a 95 % interval of the noise.
func (a *app) expected(m api.NoisyMeasure, module bool) string {
	text := "± " + figure(m.Half)
	if m.Ranks {
		text = a.Say("rank ± %.1f %%", "秩 ± %.1f %%", 100*m.Half)
	}
	switch {
	case m.Rows > 0 && module:
		text += a.Say(" over %d blocks", "（共 %d 个分块）", m.Rows)
	case m.Rows > 0:
		text += a.Say(" in a group of %d rows", "（每组 %d 行时）", m.Rows)
	}
	return text
}

// wideNoise warns of measures whose noise is wide beside what is public of them.
func (a *app) wideNoise(c api.Cost) (out []string) {
	of := map[bool]string{true: a.Say("the interval in which it lies", "其取值范围"),
		false: a.Say("what it can be at most", "其最大可能值")}
	for _, m := range c.Measures {
		if m.Share < api.MuchNoise {
			continue
		}
		mean := m.Rows > 0 && !m.Ranks
		beside := of[mean]
		if m.Ranks {
			beside = a.Say("all ranks", "全部秩")
		}
		out = append(out, a.Say("warning: %s (%s) has noise of ± %s %% of %s, in a group of %d rows; a larger epsilon, fewer figures, narrower bounds as in least(x, high) or larger groups make it less",
			"警告：%s（%s）的噪声为%[4]s的 ± %[3]s %%（每组 %[5]d 行时）；提高 epsilon、减少数值、收窄界限（如 least(x, 上限)）或增大分组可减小噪声",
			m.Column, m.Fn, figure(100*m.Share), beside, max(c.Rows, 1)))
	}
	return out
}
