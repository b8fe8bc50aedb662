package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) caseCommand() *cobra.Command {
	subs := []*cobra.Command{a.caseOpen(), a.caseList(), a.caseShow(), a.caseAttach(), a.casePrint(), a.caseExport()}
	for _, act := range caseActs {
		subs = append(subs, a.caseAct(act))
	}
	return cli.Group("case", a.Say("cases before offices: apply, object, decide, extend, print", "办件：申请、异议、审批、延期、打印"), subs...)
}

func (a *app) caseOpen() *cobra.Command {
	var n api.NewCase
	var event string
	var fields, to []string
	c := &cobra.Command{Use: "open TYPE", Args: cli.Args("TYPE"),
		Short: a.Say("open a case by the pack in force: an application, an objection …", "按施行的规则包提出办件：申请、异议等")}
	f := c.Flags()
	f.StringVar(&n.Subject, "subject", "", a.Say("what it is about: dataset:NAME, contract:NAME, release:NAME, job:ID",
		"所涉事项：dataset:名称、contract:名称、release:名称、job:编号"))
	f.StringVar(&n.Office, "office", "", a.Say("the office for which you open it", "以何职责提出"))
	f.StringArrayVar(&to, "to", nil, a.Say("whom it is addressed to, OFFICE=ORGANISATION, where several hold an office",
		"承办机构：职责=机构（有多个机构承担同一职责时）"))
	f.StringVar(&n.Pack, "pack", "", a.Say("the pack, where several have such cases", "适用的规则包（有多个时）"))
	f.StringVar(&event, "event", "", a.Say("day of what it is about, where that is before today", "事由日期（早于今日时）"))
	f.StringArrayVar(&fields, "field", nil, a.Say("a field that the rules ask for, NAME=TEXT or NAME=@FILE", "须填写的栏目：名称=内容，或 名称=@文件"))
	c.RunE = func(c *cobra.Command, got []string) (err error) {
		n.Type, n.Event = got[0], yumen.Day(event)
		if event != "" {
			if _, err := time.Parse(time.DateOnly, event); err != nil {
				return cli.Wrong("%q is no day such as 2026-12-01", "“%s”不是日期，应如 2026-12-01", event)
			}
		}
		if n.Fields, err = a.fieldsOf(fields); err != nil {
			return err
		}
		if n.To, err = a.fieldsOf(to); err != nil {
			return err
		}
		return a.acting(c, func(domain api.Domain, by api.Principal) error {
			got, err := domain.OpenCase(c.Context(), by, n)
			return a.Show(err, got, func() {
				a.Print("%s opened case %s (%s) by %s", "%s 提出办件 %s（%s），依据 %s", by.Person.Name, got.ID, got.Type, got.Pack.Title)
				a.showCase(&got)
			})
		})
	}
	return c
}

// fieldsOf reads fields that are written as NAME=TEXT, or NAME=@FILE.
func (a *app) fieldsOf(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, f := range list {
		name, text, ok := strings.Cut(f, "=")
		if !ok || name == "" {
			return nil, cli.Wrong("write a field as NAME=TEXT", "栏目请写作 名称=内容")
		}
		if path, ok := strings.CutPrefix(text, "@"); ok {
			b, err := a.readText(path)
			if err != nil {
				return nil, err
			}
			text = string(b)
		}
		out[name] = text
	}
	return out, nil
}

// caseVerb is an act that is a command of its own.
type caseVerb struct {
	kind, en, zh string
	flags        []string
}

var caseActs = []caseVerb{
	{"decide", "pass or refuse a step for your office", "代表本机构作出准予或不予的决定", []string{"pass", "refuse", "reason", "basis", "inside", "for"}},
	{"return", "send the case back to be completed (补正)", "退回补正", []string{"reason", "field", "for"}},
	{"complete", "answer a return", "提交补正", []string{"field"}},
	{"opine", "say what your office thinks; it is no vote", "提出意见（不计入决定）", []string{"reason"}},
	{"accept", "take the case on (受理)", "受理", nil},
	{"set", "say by when, where the rules leave that to your office", "设定时限", []string{"span"}},
	{"stop", "have the clock stand still", "中止计时", []string{"event"}},
	{"resume", "have the clock go on", "恢复计时", nil},
	{"extend", "make the clock longer, once", "延长时限（一次）", []string{"reason"}},
	{"delegate", "have another office act for yours (委托)", "委托其他机构办理", []string{"to"}},
	{"withdraw", "take back a case of your own", "撤回", nil},
	{"appeal", "ask for the next instance after a refusal", "对不予办理提出申诉", []string{"reason"}},
	{"rule", "decide about an appeal", "裁定申诉", []string{"pass", "refuse", "reason"}},
	{"close", "say what the case brought about", "办结，写明结果", []string{"result"}},
}

func (a *app) caseAct(v caseVerb) *cobra.Command {
	var act api.CaseAct
	var pass, refuse bool
	var fields []string
	c := &cobra.Command{Use: v.kind + " CASE", Args: cli.Args("CASE"), Short: a.Say(v.en, v.zh)}
	f := c.Flags()
	f.StringVar(&act.Office, "office", "", a.Say("the office for which you act, where you hold several", "以何职责办理（承担多项时）"))
	f.StringVar(&act.Step, "step", "", a.Say("the step, where several are due", "步骤（有多个待办时）"))
	for _, name := range v.flags {
		switch name {
		case "pass":
			f.BoolVar(&pass, name, false, a.Say("yes", "准予"))
		case "refuse":
			f.BoolVar(&refuse, name, false, a.Say("no, with --reason", "不予，须写 --reason"))
		case "field":
			f.StringArrayVar(&fields, name, nil, a.Say("a field: NAME=TEXT, or NAME= for one that is missing", "栏目：名称=内容；缺少的写 名称="))
		default:
			f.StringVar(flagOf(&act, name), name, "", a.flagText(name))
		}
	}
	c.RunE = func(c *cobra.Command, got []string) (err error) {
		act.Kind = v.kind
		if slices.Contains(v.flags, "pass") {
			if pass == refuse {
				return cli.Wrong("%s: give --pass or --refuse", "%s：请给出 --pass 或 --refuse", c.CommandPath())
			}
			act.Decision = map[bool]string{true: "pass", false: "refuse"}[pass]
		}
		if act.Fields, err = a.fieldsOf(fields); err != nil {
			return err
		}
		return a.acting(c, func(domain api.Domain, by api.Principal) error {
			got, err := domain.ActOnCase(c.Context(), by, got[0], act)
			return a.Show(err, got, func() { a.showCase(&got) })
		})
	}
	return c
}

func flagOf(act *api.CaseAct, name string) *string {
	return map[string]*string{"reason": &act.Reason, "basis": &act.Basis, "inside": &act.Inside, "for": &act.For, "to": &act.To,
		"event": &act.Event, "span": &act.Span, "result": &act.Result}[name]
}

func (a *app) flagText(name string) string {
	t := map[string]yumen.Text{"reason": yumen.Say("why, in words", "理由"),
		"basis":  yumen.Say("law, regulation or rule that a refusal rests on", "不予办理的法律、法规或者规章依据"),
		"inside": yumen.Say("stage within the office: 经办, 复核, 签批", "内部环节：经办、复核、签批"),
		"for":    yumen.Say("the office that has yours act for it", "委托本机构办理的机构"),
		"to":     yumen.Say("the office that is to act", "受托机构"),
		"event":  yumen.Say("why, as the rules call it", "事由，使用规则包中的代号"),
		"span":   yumen.Say("10wd, 30d or 2mo", "10wd（工作日）、30d（日）或 2mo（月）"),
		"result": yumen.Say("such as dataset/2", "如 dataset/2")}[name]
	return a.Say(t.EN, t.ZH)
}

func (a *app) caseList() *cobra.Command {
	var overdue, open bool
	c := &cobra.Command{Use: "list", Args: cli.Args(),
		Short: a.Say("list cases, with what is due by whom and when", "列出办件及待办机构与到期日")}
	c.Flags().BoolVar(&overdue, "overdue", false, a.Say("only those of which a step should be done by now", "仅列超期件"))
	c.Flags().BoolVar(&open, "open", false, a.Say("only those that are not at their end", "仅列未办结件"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.looking(c, func(domain api.Domain, by api.Principal) error {
			all, err := domain.OfficeCases(c.Context(), by)
			all = slices.DeleteFunc(all, func(x api.OfficeCase) bool {
				return overdue && !x.Overdue || open && slices.Contains([]string{"closed", "denied", "withdrawn"}, x.Status)
			})
			if overdue {
				late := lateSteps(all)
				return a.Show(err, late, func() { a.tableOfLate(late) })
			}
			return a.Show(err, orEmpty(all), func() { a.tableOfCases(all) })
		})
	}
	return c
}

// lateStep is a step that should have been done by now, and by whom.
type lateStep struct {
	Office string    `json:"office"` // as the rules of the place call it
	Orgs   []string  `json:"orgs,omitempty"`
	Case   string    `json:"case"`
	Type   string    `json:"type"`
	Step   string    `json:"step"`
	Due    yumen.Day `json:"due"`
	Basis  string    `json:"basis"`
	Days   int       `json:"days"` // since then
}

// lateSteps are the overdue steps of cases, by the office that they wait for, the longest overdue first.
func lateSteps(all []api.OfficeCase) []lateStep {
	out := []lateStep{}
	for _, x := range all {
		for _, s := range x.Steps {
			for _, office := range s.By {
				if s.Overdue {
					out = append(out, lateStep{officeName(&x, office), s.Orgs, x.ID, x.Type, s.ID, s.Due, s.Basis, daysSince(s.Due)})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b lateStep) int {
		return cmp.Or(strings.Compare(a.Office, b.Office), cmp.Compare(b.Days, a.Days))
	})
	return out
}

func daysSince(d yumen.Day) int {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0
	}
	return int(time.Since(t).Hours() / 24)
}

func officeName(x *api.OfficeCase, office string) string {
	if name := x.Offices[office]; name != "" {
		return name
	}
	return office
}

func officeNamesOf(x *api.OfficeCase, offices []string) string {
	var out []string
	for _, o := range offices {
		out = append(out, officeName(x, o))
	}
	return strings.Join(out, "、")
}

func (a *app) tableOfLate(late []lateStep) {
	var rows [][]string
	for _, s := range late {
		rows = append(rows, []string{s.Office, strings.Join(s.Orgs, " "), s.Case, s.Type, s.Step, string(s.Due), a.basis(s.Basis),
			strconv.Itoa(s.Days)})
	}
	cli.Table(a.Out, a.Header("OFFICE 承办机构", "ORG 单位", "CASE 办件", "TYPE 类型", "STEP 步骤", "DUE 到期日", "CLOCK 时限依据", "DAYS-LATE 超期天数"),
		rows)
}

func (a *app) basis(b string) string {
	switch b {
	case "law":
		return a.Say("law", "法定时限")
	case "house":
		return a.Say("house", "内部时限")
	case "set":
		return a.Say("set", "设定时限")
	}
	return b
}

func (a *app) tableOfCases(all []api.OfficeCase) {
	var rows [][]string
	for _, x := range all {
		step, by, due := "–", "–", "–"
		for _, s := range x.Steps {
			if s.State == "due" {
				step, by, due = s.ID, officeNamesOf(&x, s.By), a.dueText(&s)
			}
		}
		rows = append(rows, []string{x.ID, x.Type, x.By.Org, cli.OneLine(x.Subject), a.caseWord(x.Status), step, by, due})
	}
	cli.Table(a.Out, a.Header("CASE 办件", "TYPE 类型", "OPENED-BY 提出方", "SUBJECT 事项", "STATUS 状态", "STEP 步骤", "WAITS-FOR 待办机构",
		"DUE 到期日"), rows)
}

// dueText says by when a step is due, and what that rests on.
func (a *app) dueText(s *api.CaseStep) string {
	switch {
	case s.Stopped:
		return a.Say("stands still", "已中止")
	case s.Due == "":
		return a.Say("no clock", "无时限")
	}
	out := string(s.Due)
	if s.Basis == "house" {
		out += a.Say(" (house)", "（内部时限）")
	}
	if s.Assumed != "" {
		out += a.Say(" (start assumed)", "（起算日为推定）")
	}
	if s.Provisional {
		out += a.Say(" (provisional)", "（暂定）")
	}
	if s.Overdue {
		out += a.Say(" OVERDUE", " 超期")
	}
	return out
}

func (a *app) caseShow() *cobra.Command {
	return &cobra.Command{Use: "show CASE", Args: cli.Args("CASE"), Short: a.Say("show a case, its clocks and all acts", "查看办件、时限与全部办理记录"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				x, err := domain.OfficeCase(c.Context(), by, got[0])
				return a.Show(err, x, func() {
					a.showCase(&x)
					a.printActs(&x)
				})
			})
		}}
}

func (a *app) showCase(x *api.OfficeCase) {
	a.Print("case %s: %s, %s, by %s revision %d%s", "办件 %s：%s，%s，依据 %s 第 %d 版%s", x.ID, x.Type, a.caseWord(x.Status), x.Pack.Title,
		x.Pack.Revision, a.onTrial(x.Pack.Trial))
	a.Print("  opened by %s of %s on %s", "  %[2]s 的 %[1]s 于 %[3]s 提出", x.By.Name, x.By.Org, x.Opened.Local().Format(time.DateTime))
	if x.Subject != "" {
		a.Print("  about %s", "  所涉事项 %s", cli.OneLine(x.Subject))
	}
	for _, name := range slices.Sorted(maps.Keys(x.Fields)) {
		fmt.Fprintf(a.Out, "  %s: %s\n", cli.OneLine(name), cli.OneLine(x.Fields[name]))
	}
	for _, s := range x.Steps {
		a.Print("  step %s: %s; %s; due %s", "  步骤 %s：%s；%s；到期日 %s", s.ID, a.caseWord(s.State), officeNamesOf(x, s.By), a.dueText(&s))
		for _, said := range s.Said {
			fmt.Fprintf(a.Out, "    %s %s %s %s %s %s\n", officeName(x, said.Office), said.Stage, said.Name, a.caseWord(said.Decision), cli.OneLine(said.Reason),
				cli.OneLine(said.Basis))
		}
	}
	if len(x.Missing) > 0 {
		a.Print("  missing: %s", "  须补正：%s", cli.OneLine(strings.Join(x.Missing, ", ")))
	}
	if x.Result != "" {
		a.Print("  result: %s", "  结果：%s", cli.OneLine(x.Result))
	}
}

func (a *app) printActs(x *api.OfficeCase) {
	for _, d := range x.Documents {
		fmt.Fprintf(a.Out, "  %s %s %s %s\n", cli.OneLine(d.Name), d.Type, yumen.Size(d.Size), d.Digest.Short())
	}
	for _, e := range x.Acts {
		fmt.Fprintf(a.Out, "  %s  %s %s %s %s %s\n", e.At.Local().Format(time.DateTime), a.caseWord(e.Kind), e.By.Name, officeName(x, e.By.Office), e.Step,
			cli.OneLine(e.What))
	}
	a.Print("  digest %s", "  摘要 %s", x.Digest)
}

func (a *app) caseAttach() *cobra.Command {
	return &cobra.Command{Use: "attach CASE FILE", Args: cli.Args("CASE", "FILE"),
		Short: a.Say("attach a document: PDF, PNG, JPEG, text, office documents without macros", "附文件：PDF、PNG、JPEG、文本、不含宏的办公文档"),
		RunE: func(c *cobra.Command, got []string) error {
			content, err := readDocument(got[1])
			if err != nil {
				return err
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				x, err := domain.AttachToCase(c.Context(), by, got[0], filepath.Base(got[1]), content)
				return a.Show(err, x, func() { a.Print("attached to case %s", "已附于办件 %s", x.ID) })
			})
		}}
}

// readDocument reads a file that is no longer than a document may be.
func readDocument(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").Because(err)
	}
	defer f.Close() // read only
	fi, err := f.Stat()
	switch {
	case err != nil || !fi.Mode().IsRegular():
		return nil, yumen.Errorf(yumen.KindInvalid, "not a regular file", "不是普通文件").At(path)
	case fi.Size() > api.MaxDocument:
		return nil, yumen.Errorf(yumen.KindLimit, "the document has more than %s", "附件超过 %s", yumen.Size(api.MaxDocument)).At(path).
			ToFix("attach a smaller file, or several", "请压缩或拆分后提交")
	}
	return io.ReadAll(io.LimitReader(f, api.MaxDocument))
}
