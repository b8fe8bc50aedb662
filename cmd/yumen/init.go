package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
)

func (a *app) initCommand() *cobra.Command {
	domain := "yumen-domain"
	c := &cobra.Command{Use: "init", Short: a.Say("make a home: keys, log, state, people", "创建主目录：密钥、日志、状态、人员"),
		Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := a.homePath()
			if err != nil {
				return err
			}
			key, err := home.Create(c.Context(), dir, domain)
			if err != nil {
				return err
			}
			made := map[string]string{"home": dir, "domain": domain, "public_key": key.Verifier()}
			return a.Show(nil, made, func() {
				a.Print("made a home for domain %s at %s", "已为域 %s 创建主目录 %s", domain, dir)
				a.Print("public key (give it to whoever verifies): %s", "公钥（提供给验证方）：%s", key.Verifier())
				a.Print("next: edit %s, then yumen catalog register FILE --as provider",
					"接下来：编辑 %s，然后 yumen catalog register 文件 --as provider",
					filepath.Join(dir, home.PeopleFile))
			})
		}}
	c.Flags().StringVar(&domain, "domain", domain, a.Say("name of the domain, part of its key", "域的名称，写入密钥"))
	return c
}
