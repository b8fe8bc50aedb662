package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) personCommand() *cobra.Command {
	return cli.Group("person", a.Say("people of the domain and their roles", "域内人员及其角色"), a.personAdd(), a.personList(),
		a.personShow(),
		cli.Group("role", a.Say("give and withdraw roles", "授予与收回角色"),
			a.personRole("grant", a.Say("give somebody else a role", "授予他人角色"), api.Domain.GrantRole,
				func(p api.Person, r string) { a.Print("%s is %s now", "%s 现具有角色 %s", p.Name, r) }),
			a.personRole("withdraw", a.Say("take a role away, at once", "立即收回角色"), api.Domain.WithdrawRole,
				func(p api.Person, r string) { a.Print("%s is %s no more", "%s 不再具有角色 %s", p.Name, r) })),
		a.personSwitch("disable", a.Say("have somebody do nothing any more, and end their tokens", "停用人员并终止其令牌"),
			api.Domain.DisablePerson,
			func(p api.Person) {
				a.Print("%s is disabled; their tokens are revoked", "已停用 %s，其令牌已撤销", p.Name)
			}),
		a.personSwitch("enable", a.Say("let somebody who was disabled act again", "恢复已停用的人员"), api.Domain.EnablePerson,
			func(p api.Person) {
				a.Print("%s is enabled; they need a new token", "已恢复 %s，需重新创建令牌", p.Name)
			}))
}

func (a *app) personAdd() *cobra.Command {
	n, roles := api.NewPerson{}, []string(nil)
	c := &cobra.Command{Use: "add NAME", Short: a.Say("enter a person of an organisation", "登记人员"),
		Args: cli.Args("NAME"),
		RunE: func(c *cobra.Command, got []string) error {
			n.Name = got[0]
			if n.Org == "" {
				return cli.Usage(errors.New(c.CommandPath() + ": missing --org"))
			}
			for _, r := range roles {
				n.Roles = append(n.Roles, yumen.Role(r))
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				p, err := domain.AddPerson(c.Context(), by, n)
				return a.Show(err, p, func() {
					a.Print("entered %s of %s: %s", "已登记 %s（%s）：%s", p.Name, p.Org, roleList(p.Roles))
					a.Print("next, somebody else: yumen token create --for %s", "接下来由他人：yumen token create --for %s",
						p.Name)
				})
			})
		}}
	c.Flags().StringVar(&n.Org, "org", "", a.Say("the organisation that they act for", "所属机构"))
	c.Flags().StringSliceVar(&roles, "role", nil, a.Say("a role, again for each", "角色，可多次给出"))
	return c
}

func roleList(roles []yumen.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

func (a *app) personList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list everybody", "列出人员"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				ps, err := domain.People(c.Context(), by)
				return a.Show(err, orEmpty(ps), func() { a.printPeople(ps) })
			})
		}}
}

func (a *app) printPeople(ps []api.Person) {
	var rows [][]string
	for _, p := range ps {
		state := "–"
		if p.Disabled {
			state = a.Say("disabled", "已停用")
		}
		rows = append(rows, []string{p.Name, p.Org, roleList(p.Roles), state, p.By,
			p.Added.Local().Format(time.DateTime)})
	}
	cli.Table(a.Out, a.Header("PERSON 人员", "ORGANISATION 机构", "ROLES 角色", "STATE 状态", "BY 登记人", "ADDED 登记时间"), rows)
}

func (a *app) personShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: a.Say("show one person", "显示人员"), Args: cli.Args("NAME"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				p, err := domain.Person(c.Context(), by, got[0])
				return a.Show(err, p, func() { a.printPeople([]api.Person{p}) })
			})
		}}
}

func (a *app) personRole(name, short string, do roleChange, done func(api.Person, string)) *cobra.Command {
	return &cobra.Command{Use: name + " NAME ROLE", Short: short, Args: cli.Args("NAME", "ROLE"),
		RunE: func(c *cobra.Command, got []string) error {
			if !slices.Contains(yumen.Roles, yumen.Role(got[1])) {
				return cli.Usage(errors.New(a.Say("there is no role %q; the roles are %s", "没有角色 %q；角色有 %s", got[1],
					roleList(yumen.Roles))))
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				p, err := do(domain, c.Context(), by, got[0], yumen.Role(got[1]))
				return a.Show(err, p, func() { done(p, got[1]) })
			})
		}}
}

func (a *app) personSwitch(name, short string, do personChange, done func(api.Person)) *cobra.Command {
	return &cobra.Command{Use: name + " NAME", Short: short, Args: cli.Args("NAME"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				p, err := do(domain, c.Context(), by, got[0])
				return a.Show(err, p, func() { done(p) })
			})
		}}
}
