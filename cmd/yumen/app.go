package main

import (
	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// app is what every command shares: how to read, print and speak, which home, who acts.
type app struct {
	cli.App
	homeDir   string
	as        string
	server    string
	ca        string
	tokenFile string
}

func (a *app) root() *cobra.Command {
	c := a.Root(&cobra.Command{Use: "yumen",
		Short: a.Say("raw data stays in its domain, usable but not visible", "域门：原始数据不出域、数据可用不可见")})
	f := c.PersistentFlags()
	f.StringVar(&a.homeDir, "home", "", a.Say("home folder of the domain (YUMEN_HOME)", "域的主目录（YUMEN_HOME）"))
	f.StringVar(&a.as, "as", "", a.Say("who acts: the name of a person, see person list (YUMEN_AS)",
		"操作人：人员名称，见 person list（YUMEN_AS）"))
	f.StringVar(&a.server, "server", "",
		a.Say("ask the server at this address, such as https://domain.example:8443, with a token (YUMEN_SERVER)",
			"向该地址的服务请求，如 https://domain.example:8443，须有令牌（YUMEN_SERVER）"))
	f.StringVar(&a.ca, "ca", "",
		a.Say("certificates that the server's is checked by; those of the system by default (YUMEN_CA)",
			"用于验证服务证书的证书文件，默认为系统证书（YUMEN_CA）"))
	f.StringVar(&a.tokenFile, "token-file", "",
		a.Say("a file with the token of who acts (YUMEN_TOKEN_FILE; YUMEN_TOKEN for the token itself)",
			"操作人的令牌文件（YUMEN_TOKEN_FILE；令牌本身用 YUMEN_TOKEN）"))
	c.AddCommand(a.initCommand(), a.serveCommand(), a.configCommand(), a.catalogCommand(), a.contractCommand(), a.packCommand(), a.calendarCommand(), a.caseCommand(), a.reportCommand(), a.officeCommand(),
		a.jobCommand(), a.queryCommand(), a.sqlCommand(),
		a.reviewCommand(), a.releaseCommand(), a.desensitizeCommand(), a.keyCommand(), a.loginCommand(),
		a.tokenCommand(), a.personCommand(),
		a.orgCommand(), a.storeCommand(), a.auditCommand(),
		a.doctorCommand(), a.backupCommand(), a.restoreCommand(), a.demoCommand(), a.benchCommand())
	return c
}
