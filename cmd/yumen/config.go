package main

import (
	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) configCommand() *cobra.Command {
	return cli.Group("config", a.Say("the configuration of the server", "服务配置"), a.configCheck())
}

func (a *app) configCheck() *cobra.Command {
	return &cobra.Command{Use: "check [FILE]", Args: cli.Args("[FILE]"),
		Short: a.Say("check a configuration of the server (server.yaml in the home), and show what counts",
			"检查服务配置（默认为主目录中的 server.yaml）并显示生效的设置"),
		RunE: func(c *cobra.Command, got []string) error {
			var from serveFlags
			dir := ""
			if len(got) == 1 {
				from.config = got[0]
			} else {
				var err error
				if dir, err = a.homePath(); err != nil {
					return err
				}
			}
			cfg, text, err := a.configure(from, dir)
			inForce := map[string]string{}
			for _, s := range cfg.Settings() {
				inForce[s.Name] = s.Value
			}
			return a.Show(err, inForce, func() {
				if text == nil {
					a.Print("there is no server.yaml, so defaults count", "没有 server.yaml，采用默认设置")
				}
				for _, s := range cfg.Settings() {
					a.Print("%s: %s", "%s：%s", s.Name, s.Value)
				}
			})
		}}
}
