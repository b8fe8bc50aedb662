package main

import (
	"cmp"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) keyCommand() *cobra.Command {
	return cli.Group("key", a.Say("keys of desensitization: create, rotate, list, destroy", "脱敏密钥：创建、轮换、列出、销毁"),
		a.keyCreate(), a.keyRotate(), a.keyList(), a.keyDestroy())
}

func (a *app) keyCreate() *cobra.Command {
	org := ""
	c := &cobra.Command{Use: "create KEY", Short: a.Say("make a key with its first version", "创建密钥及其第一版"),
		Args: cli.Args("KEY"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				ref, err := domain.CreateKey(c.Context(), by, api.NewKey{ID: got[0], Org: org})
				return a.Show(err, ref, func() { a.Print("%s created key %s", "%s 创建了密钥 %s", by.Person.Name, ref.ID) })
			})
		}}
	c.Flags().StringVar(&org, "for", "", a.Say("the organisation that alone can use it (default: all)",
		"仅供该机构使用（默认各机构均可使用）"))
	return c
}

func (a *app) keyRotate() *cobra.Command {
	return &cobra.Command{Use: "rotate KEY", Short: a.Say("add a version, which becomes the current one", "增加一版并设为当前版"),
		Args: cli.Args("KEY"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				ref, err := domain.RotateKey(c.Context(), by, got[0])
				return a.Show(err, ref, func() {
					a.Print("%s rotated key %s to version %d", "%s 将密钥 %s 轮换至第 %d 版", by.Person.Name, ref.ID,
						ref.Version)
				})
			})
		}}
}

func (a *app) keyList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list all versions of all keys", "列出全部密钥的各版本"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				keys, err := domain.Keys(c.Context(), by)
				return a.Show(err, orEmpty(keys), func() {
					var rows [][]string
					for _, k := range keys {
						gone := "–"
						if d := k.Destroyed; d != nil {
							gone = d.At.Local().Format(time.DateTime) + " " + d.By + ": " + d.Reason
						}
						rows = append(rows, []string{k.ID, strconv.Itoa(k.Version), cmp.Or(k.Org, "–"), a.Yes(k.Current), k.By,
							k.Created.Local().Format(time.DateTime), gone})
					}
					cli.Table(a.Out, a.Header("KEY 密钥", "VERSION 版本", "FOR 使用机构", "CURRENT 当前", "BY 创建人", "CREATED 创建时间",
						"DESTROYED 销毁"), rows)
				})
			})
		}}
}

func (a *app) keyDestroy() *cobra.Command {
	reason := ""
	c := &cobra.Command{Use: "destroy KEY VERSION", Args: cli.Args("KEY", "VERSION"),
		Short: a.Say("erase a version for good; what was made with it cannot be turned back or made again",
			"永久销毁某一版；由其产生的结果将无法还原或重现"),
		RunE: func(c *cobra.Command, got []string) error {
			version, err := strconv.Atoi(got[1])
			if err != nil || version < 1 || reason == "" {
				return cli.Wrong("%s: name a version by its number, and give --reason",
					"%s：请以编号指明版本，并给出 --reason", c.CommandPath())
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				if err := domain.DestroyKey(c.Context(), by, api.KeyVersion{ID: got[0], Version: version},
					reason); err != nil {
					return err
				}
				gone := map[string]any{"id": got[0], "version": version, "reason": reason}
				return a.Show(nil, gone, func() {
					a.Print("%s destroyed version %d of key %s", "%s 销毁了密钥 %[3]s 的第 %[2]d 版", by.Person.Name, version,
						got[0])
				})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", a.Say("why, for the record", "销毁原因，记录在案"))
	return c
}
