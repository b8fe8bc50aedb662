package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
)

func (a *app) packCommand() *cobra.Command {
	return cli.Group("pack", a.Say("policy packs: the rules of a place on who decides what and by when",
		"政策规则包：各地关于由谁、在何时限内办理的规则"), a.packList(), a.packShow(), a.packCheck(), a.packDue(),
		a.packSign(), a.packSigned())
}

func (a *app) packList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list the packs that come with the program", "列出随程序提供的规则包"),
		Args: cli.Args(), RunE: func(*cobra.Command, []string) error {
			type item struct {
				pack.Head
				Valid  pack.Valid   `json:"valid"`
				Cases  int          `json:"cases"`
				Digest yumen.Digest `json:"digest"`
			}
			var all []item
			for _, p := range pack.All() {
				all = append(all, item{p.Head, p.Valid, len(p.Cases), p.Digest})
			}
			return a.Show(nil, all, func() {
				var rows [][]string
				for _, p := range all {
					rows = append(rows, []string{p.ID, p.Title, a.packStatus(p.Status), day(p.Valid.From), day(p.Valid.Until)})
				}
				cli.Table(a.Out, a.Header("PACK 规则包", "TITLE 名称", "STATUS 状态", "FROM 起", "UNTIL 止"), rows)
			})
		}}
}

func day(d *yumen.Day) string {
	if d == nil {
		return "-"
	}
	return string(*d)
}

func (a *app) packStatus(s pack.Status) string {
	switch s {
	case pack.Draft:
		return a.Say("draft", "征求意见稿")
	case pack.Expired:
		return a.Say("expired", "已失效")
	}
	return a.Say("in force", "施行中")
}

// packText reads a pack from a file or, where there is none of that name, takes the one that comes with the program.
func (a *app) packText(name string) ([]byte, error) {
	if _, err := os.Stat(name); err != nil && name != "-" && !strings.ContainsAny(name, "./\\") {
		p, err := pack.Find(name)
		return p.Text, err
	}
	return a.readText(name)
}

func (a *app) packNamed(name string) (pack.Pack, error) {
	text, err := a.packText(name)
	if err != nil {
		return pack.Pack{}, err
	}
	return pack.Parse(name, text)
}

func (a *app) packShow() *cobra.Command {
	return &cobra.Command{Use: "show PACK", Args: cli.Args("PACK"),
		Short: a.Say("show what a pack rules: a file, or one that comes with the program", "查看规则包的规定：文件，或随程序提供的规则包"),
		RunE: func(_ *cobra.Command, got []string) error {
			p, err := a.packNamed(got[0])
			return a.Show(err, p, func() { a.printPack(&p) })
		}}
}

func (a *app) printPack(p *pack.Pack) {
	a.Print("%s, revision %d: %s (%s)", "%s，第 %d 版：%s（%s）", p.Head.ID, p.Head.Revision, p.Head.Title,
		a.packStatus(p.Head.Status))
	a.Print("holds from %s until %s", "有效期 %s 至 %s", day(p.Valid.From), day(p.Valid.Until))
	if p.Under != nil {
		a.Print("lies under %s", "上位规则：%s", p.Under.Pack)
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(p.Cases)) {
		c := p.Cases[name]
		for _, s := range c.List() {
			rows = append(rows, []string{name, s.ID, a.officeNames(p, &s), s.Begins(), a.clockText(s.Clock),
				a.refusal(s.Refuse), pack.Cite(s.Article)})
		}
	}
	cli.Table(a.Out, a.Header("CASE 办件", "STEP 步骤", "BY 承办", "FROM 起算", "WITHIN 时限", "REFUSAL 不予办理", "ARTICLE 条款"),
		rows)
}

// officeNames says who decides a step, by the names of the place.
func (a *app) officeNames(p *pack.Pack, s *pack.Step) string {
	var names []string
	for _, id := range s.By {
		names = append(names, p.Offices[id])
	}
	return strings.Join(names, "、")
}

func (a *app) clockText(k *pack.Clock) string {
	span, basis := k.Span(pack.Span{})
	switch {
	case basis == pack.ByHouse:
		return a.Say("%s, set by the house", "%s（内部时限）", span.Text())
	case k != nil && k.SetBy != "":
		return a.Say("set for each", "逐件确定")
	}
	return span.Text().In(a.Language())
}

func (a *app) refusal(r pack.Refusal) string {
	switch r {
	case pack.RefuseReason:
		return a.Say("with a reason", "说明理由")
	case pack.RefuseWritten:
		return a.Say("with a reason in writing", "书面说明理由")
	case pack.RefuseReturn:
		return a.Say("returned with a reason", "退回并说明理由")
	case pack.RefusePublished:
		return a.Say("with a reason on the platform", "在平台说明理由")
	case pack.RefuseLegal:
		return a.Say("with its basis in law", "说明法律、法规或规章依据")
	case pack.RefuseLegalProvided:
		return a.Say("on a statutory ground", "说明法定事由")
	}
	return ""
}

func (a *app) packCheck() *cobra.Command {
	var under string
	c := &cobra.Command{Use: "check FILE", Args: cli.Args("FILE"),
		Short: a.Say("check a pack, and say what it assumes and what the pack above displaces", "校验规则包，并说明其推定事项与被上位规则取代的规定"),
	}
	c.Flags().StringVar(&under, "under", "", a.Say("the pack that it lies under; by default the one it names, where that comes with the program",
		"其上位规则包；默认取其所指明且随程序提供者"))
	c.RunE = func(_ *cobra.Command, got []string) error {
		p, err := a.packNamed(got[0])
		if err != nil {
			return err
		}
		checked := struct {
			Pack      string           `json:"pack"`
			Remarks   []pack.Remark    `json:"remarks"`
			Under     string           `json:"under,omitempty"`
			Displaced []pack.Displaced `json:"displaced"`
		}{Pack: p.Head.ID, Remarks: orEmpty(p.Remarks()), Displaced: []pack.Displaced{}}
		if p.Under != nil && (under != "" || isEmbedded(p.Under.Pack)) {
			checked.Under = p.Under.Pack
			if under == "" {
				under = p.Under.Pack
			}
			upper, err := a.packNamed(under)
			if err != nil {
				return err
			}
			_, gone, err := p.Stack(&upper)
			if err != nil {
				return err
			}
			checked.Displaced = orEmpty(gone)
		}
		return a.Show(nil, checked, func() {
			a.Print("pack %s is well formed", "规则包 %s 格式正确", p.Head.ID)
			for _, r := range checked.Remarks {
				a.Print("  %s: %s", "  %s：%s", r.Place, r.Msg)
			}
			for _, d := range checked.Displaced {
				a.Print("  %s: %s is displaced by %s of %s", "  %s：%s 被上位规则 %[4]s 的 %[3]s 取代", d.Place, d.Local, d.Upper,
					checked.Under)
			}
		})
	}
	return c
}

func isEmbedded(id string) bool {
	_, err := pack.Find(id)
	return err == nil
}

func (a *app) packDue() *cobra.Command {
	var on []string
	var trial bool
	var years []string
	c := &cobra.Command{Use: "due PACK", Args: cli.Args("PACK"),
		Short: a.Say("by when, by whom and how each kind of case is decided, where its clock starts on a day", "按起算日列出各类办件的到期日、承办机构与答复形式"),
	}
	c.Flags().StringSliceVar(&on, "on", nil, a.Say("days on which clocks start, YYYY-MM-DD; today by default", "起算日，YYYY-MM-DD，默认今日"))
	c.Flags().BoolVar(&trial, "trial", false, a.Say("a draft, too", "亦包括征求意见稿"))
	c.Flags().StringSliceVar(&years, "calendar", nil, a.Say("files with further years of working days", "更多年度的工作日历文件"))
	c.RunE = func(_ *cobra.Command, got []string) error {
		p, err := a.packNamed(got[0])
		if err != nil {
			return err
		}
		cal, err := a.calendar(years)
		if err != nil {
			return err
		}
		days, err := daysOf(&p, on)
		if err != nil {
			return err
		}
		for _, d := range days {
			if err := p.Holds(d, trial); err != nil {
				return err
			}
		}
		rows, err := p.Table(func(k *pack.Clock, e pack.Events) (pack.Due, error) { return p.Due(k, e, cal) }, days)
		return a.Show(err, orEmpty(rows), func() { a.printDue(&p, rows) })
	}
	return c
}

// daysOf reads days; none means today where the pack holds.
func daysOf(p *pack.Pack, on []string) ([]yumen.Day, error) {
	if len(on) == 0 {
		return []yumen.Day{p.Today(time.Now())}, nil
	}
	var out []yumen.Day
	for _, s := range on {
		d, err := yumen.ParseDay(s)
		if err != nil {
			return nil, yumen.Errorf(yumen.KindInvalid, "a day is written YYYY-MM-DD", "日期应写作 YYYY-MM-DD")
		}
		out = append(out, d)
	}
	return out, nil
}

// calendar is that which comes with the program, with further years.
func (a *app) calendar(files []string) (*workday.Calendar, error) {
	cal := workday.Embedded()
	for _, f := range files {
		text, err := a.readText(f)
		if err != nil {
			return nil, err
		}
		y, err := workday.Parse(f, text)
		if err != nil {
			return nil, err
		}
		cal = cal.With(y)
	}
	return cal, nil
}

func (a *app) printDue(p *pack.Pack, rows []pack.Row) {
	var out [][]string
	for _, r := range rows {
		due := string(r.Day)
		switch {
		case r.Basis == pack.NoClock:
			due = a.Say("no clock", "未定时限")
		case r.Provisional:
			due += a.Say(" (provisional)", "（暂定）")
		}
		if r.Assumed != "" {
			due += a.Say(" (start assumed)", "（起算日为推定）")
		}
		s := pack.Step{By: r.By}
		out = append(out, []string{r.Case, r.Step, a.officeNames(p, &s), string(r.On), due, a.refusal(r.Refuse),
			pack.Cite(r.Article)})
	}
	cli.Table(a.Out, a.Header("CASE 办件", "STEP 步骤", "BY 承办", "ON 起算日", "DUE 到期日", "REFUSAL 不予办理", "ARTICLE 条款"), out)
}
