package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) configCommand() *cobra.Command {
	return cli.Group("config", a.Say("the configuration of the server", "服务配置"), a.configCheck())
}

func (a *app) configCheck() *cobra.Command {
	return &cobra.Command{Use: "check [FILE]", Args: cli.Args("[FILE]"),
		Short: a.Say("check what a server would work by (server.yaml in the home, and the home's settings and policies), and show what counts",
			"检查服务所依据的配置（默认为主目录中的 server.yaml，以及主目录的设置与策略）并显示生效的设置"),
		RunE: func(c *cobra.Command, got []string) error {
			var from serveFlags
			dir, err := a.configured()
			if len(got) == 1 {
				from.config = got[0]
			} else if err == nil && dir == "" {
				dir, err = a.homePath()
			}
			if err != nil {
				return err
			}
			by, err := a.readWorksBy(from, dir)
			inForce := map[string]string{}
			for _, s := range by.config.Settings() {
				inForce[s.Name] = s.Value
			}
			return a.Show(err, inForce, func() {
				if by.text == nil {
					a.Print("there is no server.yaml, so defaults count", "没有 server.yaml，采用默认设置")
				}
				for _, s := range by.config.Settings() {
					a.Print("%s: %s", "%s：%s", s.Name, s.Value)
				}
			})
		}}
}

// configured is the home that the command line or the environment names, if one does: a configuration may be checked
// without.
func (a *app) configured() (string, error) {
	if a.homeDir == "" && os.Getenv("YUMEN_HOME") == "" {
		return "", nil
	}
	return a.homePath()
}
