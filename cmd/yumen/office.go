package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) officeCommand() *cobra.Command {
	return cli.Group("office", a.Say("offices: who decides cases", "机构职责：由谁办理"), a.officeAppoint(), a.officeDismiss(), a.officeList())
}

func (a *app) officeAppoint() *cobra.Command {
	var n api.Appointment
	c := &cobra.Command{Use: "appoint OFFICE ORG", Args: cli.Args("OFFICE", "ORG"),
		Short: a.Say("give an office of the pack to an organisation, or to people of it", "确定某机构或其人员承担规则包中的职责")}
	c.Flags().StringArrayVar(&n.People, "person", nil, a.Say("only this person of it; may be repeated", "仅限该人员，可重复"))
	c.RunE = func(c *cobra.Command, got []string) error {
		n.Office, n.Org = got[0], got[1]
		return a.acting(c, func(domain api.Domain, by api.Principal) error {
			o, err := domain.AppointOffice(c.Context(), by, n)
			return a.Show(err, o, func() {
				a.Print("%s: %s is office %s %s", "%s：%s 承担职责 %s %s", by.Person.Name, o.Org, o.Office, strings.Join(o.People, " "))
			})
		})
	}
	return c
}

func (a *app) officeDismiss() *cobra.Command {
	return &cobra.Command{Use: "dismiss OFFICE ORG", Args: cli.Args("OFFICE", "ORG"),
		Short: a.Say("take an office from an organisation; what it decided stays", "免除某机构的职责；已作决定不变"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				o, err := domain.DismissOffice(c.Context(), by, got[0], got[1])
				return a.Show(err, o, func() {
					a.Print("%s: %s is office %s no more", "%s：%s 不再承担职责 %s", by.Person.Name, o.Org, o.Office)
				})
			})
		}}
}

func (a *app) officeList() *cobra.Command {
	return &cobra.Command{Use: "list", Args: cli.Args(),
		Short: a.Say("list who holds which office by appointment; the bureau are the regulators", "列出经任命的职责；主管部门即 regulator"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				all, err := domain.Offices(c.Context(), by)
				return a.Show(err, orEmpty(all), func() {
					var rows [][]string
					for _, o := range all {
						ended := "–"
						if !o.Ended.IsZero() {
							ended = o.Ended.Local().Format(time.DateTime)
						}
						rows = append(rows, []string{o.Office, o.Org, strings.Join(o.People, " "), o.Since.Local().Format(time.DateTime),
							o.By, ended})
					}
					cli.Table(a.Out, a.Header("OFFICE 职责", "ORG 机构", "PEOPLE 人员", "SINCE 自", "BY 任命人", "ENDED 终止"), rows)
				})
			})
		}}
}
