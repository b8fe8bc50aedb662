package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/contract/workday"
)

func (a *app) packSign() *cobra.Command {
	var trial bool
	c := &cobra.Command{Use: "sign PACK", Args: cli.Args("PACK"),
		Short: a.Say("put a pack in force in the domain: a file, or one that comes with the program", "在本域施行规则包：文件，或随程序提供的规则包")}
	c.Flags().BoolVar(&trial, "trial", false, a.Say("a draft, on trial: it binds nobody", "征求意见稿，试行：不具约束力"))
	c.RunE = func(c *cobra.Command, got []string) error {
		text, err := a.packText(got[0])
		if err != nil {
			return err
		}
		return a.acting(c, func(domain api.Domain, by api.Principal) error {
			p, err := domain.SignPack(c.Context(), by, got[0], text, trial)
			return a.Show(err, p, func() {
				a.Print("%s put pack %s, revision %d, in force%s, %s", "%s 施行规则包 %s 第 %d 版%s，%s", by.Person.Name, p.ID,
					p.Revision, a.onTrial(p.Trial), p.Digest)
			})
		})
	}
	return c
}

func (a *app) onTrial(trial bool) string {
	if trial {
		return a.Say(" on trial", "（试行）")
	}
	return ""
}

func (a *app) packSigned() *cobra.Command {
	return &cobra.Command{Use: "signed", Short: a.Say("list the packs that were put in force in the domain", "列出本域施行的规则包"),
		Args: cli.Args(), RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				all, err := domain.Packs(c.Context(), by)
				return a.Show(err, orEmpty(all), func() {
					var rows [][]string
					for _, p := range all {
						rows = append(rows, []string{p.ID, strconv.Itoa(p.Revision), p.Title + a.onTrial(p.Trial),
							string(yumen.DayOf(p.Signed)), p.SignedBy, p.Digest.Short()})
					}
					cli.Table(a.Out, a.Header("PACK 规则包", "REVISION 版本", "TITLE 名称", "SIGNED 签署日", "BY 签署人", "DIGEST 摘要"), rows)
				})
			})
		}}
}

func (a *app) calendarCommand() *cobra.Command {
	return cli.Group("calendar", a.Say("working days: the years that were announced", "工作日历：已公布的年度"), a.calendarAdd(),
		a.calendarList())
}

func (a *app) calendarAdd() *cobra.Command {
	return &cobra.Command{Use: "add FILE", Args: cli.Args("FILE"),
		Short: a.Say("add a year of working days as it was announced", "添加已公布的年度工作日历"),
		RunE: func(c *cobra.Command, got []string) error {
			text, err := a.readText(got[0])
			if err != nil {
				return err
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				y, err := domain.AddYear(c.Context(), by, got[0], text)
				return a.Show(err, y, func() {
					a.Print("%s added the working days of %d, %s", "%s 添加了 %d 年工作日历，%s", by.Person.Name, y.Year, y.Digest)
				})
			})
		}}
}

func (a *app) calendarList() *cobra.Command {
	return &cobra.Command{Use: "list", Args: cli.Args(),
		Short: a.Say("list the years that come with the program and those that were added", "列出随程序提供与本域添加的年度"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				added, err := domain.Years(c.Context(), by)
				cal := workday.Embedded()
				for _, y := range added {
					year, err := workday.Parse(strconv.Itoa(y.Year), []byte(y.Text))
					if err != nil {
						return err
					}
					cal = cal.With(year)
				}
				type item struct {
					Year    int      `json:"year"`
					Source  []string `json:"source"`
					Off     int      `json:"spans_off"`
					Worked  int      `json:"worked_weekend_days"`
					AddedBy string   `json:"added_by,omitempty"`
				}
				all := []item{}
				for _, y := range cal.Years() {
					it := item{Year: y.Year, Source: y.Source, Off: len(y.Off), Worked: len(y.Worked)}
					for _, one := range added {
						if one.Year == y.Year {
							it.AddedBy = one.AddedBy
						}
					}
					all = append(all, it)
				}
				return a.Show(err, all, func() {
					var rows [][]string
					for _, y := range all {
						rows = append(rows, []string{strconv.Itoa(y.Year), strings.Join(y.Source, " "), y.AddedBy})
					}
					cli.Table(a.Out, a.Header("YEAR 年度", "SOURCE 依据", "ADDED-BY 添加人"), rows)
				})
			})
		}}
}
