package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// The use cases that change one person or organisation.
type (
	roleChange   func(api.Domain, context.Context, api.Principal, string, yumen.Role) (api.Person, error)
	personChange func(api.Domain, context.Context, api.Principal, string) (api.Person, error)
	orgChange    func(api.Domain, context.Context, api.Principal, api.NewOrg) (api.Org, error)
)

func (a *app) orgCommand() *cobra.Command {
	return cli.Group("org", a.Say("organisations that take part", "参与机构"),
		a.orgPut("add", a.Say("enter an organisation", "登记机构"), api.Domain.AddOrg),
		a.orgPut("change", a.Say("replace its contacts and credentials", "替换其联系方式与资质"), api.Domain.ChangeOrg),
		a.orgList(), a.orgShow())
}

func (a *app) orgPut(name, short string, do orgChange) *cobra.Command {
	n, credentials := api.NewOrg{}, []string(nil)
	c := &cobra.Command{Use: name + " NAME", Short: short, Args: cli.Args("NAME"),
		RunE: func(c *cobra.Command, got []string) error {
			n.Name = got[0]
			for _, text := range credentials {
				credential, day, ok := strings.Cut(text, "=")
				if !ok {
					return cli.Wrong("%s: --credential is NAME=DAY, such as licence=2027-12-31",
						"%s：--credential 须写作 名称=日期，如 licence=2027-12-31",
						c.CommandPath())
				}
				n.Credentials = append(n.Credentials, api.OrgCredential{Name: credential, Expires: yumen.Day(day)})
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				o, err := do(domain, c.Context(), by, n)
				return a.Show(err, o, func() { a.printOrgs([]api.Org{o}) })
			})
		}}
	c.Flags().StringArrayVar(&n.Contacts, "contact", nil, a.Say("whom to ask, again for each", "联系方式，可多次给出"))
	c.Flags().StringArrayVar(&credentials, "credential", nil,
		a.Say("what it may act by and the last day on which that counts: NAME=DAY, again for each",
			"资质及其末日：名称=日期，可多次给出"))
	return c
}

func (a *app) orgList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list all organisations", "列出机构"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				all, err := domain.Orgs(c.Context(), by)
				return a.Show(err, orEmpty(all), func() { a.printOrgs(all) })
			})
		}}
}

func (a *app) orgShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: a.Say("show one organisation", "显示机构"), Args: cli.Args("NAME"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				o, err := domain.Org(c.Context(), by, got[0])
				return a.Show(err, o, func() { a.printOrgs([]api.Org{o}) })
			})
		}}
}

func (a *app) printOrgs(all []api.Org) {
	var rows [][]string
	for _, o := range all {
		var credentials []string
		for _, c := range o.Credentials {
			state := a.Say("%s until %s", "%s 至 %s", c.Name, string(c.Expires))
			switch now := time.Now(); {
			case c.Expires < yumen.DayOf(now):
				state = a.Say("%s EXPIRED %s", "%s 已于 %s 到期", c.Name, string(c.Expires))
			case c.Expires <= yumen.DayOf(now.AddDate(0, 0, api.ExpirySoon)):
				state = a.Say("%s ENDS SOON %s", "%s 即将于 %s 到期", c.Name, string(c.Expires))
			}
			credentials = append(credentials, state)
		}
		rows = append(rows, []string{o.Name, strings.Join(credentials, "; "), strings.Join(o.Contacts, "; "), o.By,
			o.Added.Local().Format(time.DateTime)})
	}
	cli.Table(a.Out, a.Header("ORGANISATION 机构", "CREDENTIALS 资质", "CONTACTS 联系方式", "BY 登记人", "ADDED 登记时间"), rows)
}
