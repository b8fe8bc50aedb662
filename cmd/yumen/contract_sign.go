package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) contractSign() *cobra.Command {
	return &cobra.Command{Use: "sign FILE", Args: cli.Args("FILE"),
		Short: a.Say("check a contract against the catalog and the rules, and sign it for one's party; it is in force once all have signed",
			"按目录与规则核对合同并代表本方签署；各方签署完成后生效"),
		RunE: func(c *cobra.Command, got []string) error {
			text, err := a.readText(got[0])
			if err != nil {
				return err
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				s, err := domain.Sign(c.Context(), by, got[0], text)
				return a.Show(err, s, func() { a.printSigned(by, s) })
			})
		}}
}

func (a *app) printSigned(by api.Principal, s yumen.SignedContract) {
	at, digest := &s.Signing, s.Digest
	if s.Next != nil {
		at, digest = &s.Next.Signing, s.Next.Digest
	}
	if missing := at.Missing(); len(missing) > 0 {
		a.Print("%s signed contract %s, revision %d, %s; it is not in force until these have signed: %s",
			"%s 签署了合同 %s 第 %d 版，%s；待以下各方签署后生效：%s", by.Person.Name, s.Name, at.Revision, digest, parties(missing))
		return
	}
	a.Print("%s signed contract %s, in force %s to %s, %s", "%s 签署了合同 %s，有效期 %s 至 %s，%s", by.Person.Name, s.Name,
		s.Valid.From, s.Valid.Until, digest)
}

func parties(all []yumen.Signer) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.String()
	}
	return strings.Join(names, ", ")
}

func (a *app) contractWithdraw() *cobra.Command {
	return &cobra.Command{Use: "withdraw CONTRACT", Args: cli.Args("CONTRACT"),
		Short: a.Say("take the signature of one's party back, before all have signed", "在各方签署完成前撤回本方签署"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				s, err := domain.WithdrawSignature(c.Context(), by, got[0])
				return a.Show(err, s, func() {
					a.Print("%s took the signature to contract %s back", "%s 撤回了对合同 %s 的签署", by.Person.Name, s.Name)
				})
			})
		}}
}

func (a *app) contractList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list contracts, and who has yet to sign them", "列出合同及待签署方"),
		Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				cs, err := domain.Contracts(c.Context(), by)
				return a.Show(err, orEmpty(cs), func() {
					var rows [][]string
					for _, s := range cs {
						rows = append(rows, []string{s.Name, s.Title.In(a.Language()), s.Parties.Operator,
							s.Parties.Applicant, string(s.Valid.From), string(s.Valid.Until), a.contractState(s)})
					}
					cli.Table(a.Out, a.Header("CONTRACT 合同", "TITLE 名称", "OPERATOR 运营主体", "APPLICANT 应用主体", "FROM 起",
						"UNTIL 止", "STATE 状态"), rows)
				})
			})
		}}
}

func (a *app) contractState(s yumen.SignedContract) string {
	switch missing := s.Missing(); {
	case s.Terminated:
		return a.Say("terminated", "已终止")
	case s.Withdrawn:
		return a.Say("withdrawn", "已撤回")
	case len(missing) > 0:
		return a.Say("not signed by ", "待签署：") + parties(missing)
	case s.Suspended != nil:
		return a.Say("suspended", "已中止")
	case s.Next != nil:
		return a.Say("in force; amendment not signed by ", "已签署；变更待签署：") + parties(s.Next.Missing())
	}
	return a.Say("in force", "已签署")
}

// printSigning says who signed which terms, and who has yet to.
func (a *app) printSigning(s yumen.SignedContract) {
	if s.Kind != "" || s.Within != "" {
		a.Print("agreement %s%s", "协议类型 %s%s", s.Kind, a.under(s.Within))
	}
	for _, d := range s.Attachments {
		a.Print("attached: %s, %s", "附件：%s，%s", d.Name, d.Digest)
	}
	a.printRevision(&s.Signing)
	if s.Next != nil {
		a.Print("amendment, in force once all have signed, %s:", "变更，各方签署后生效，%s：", s.Next.Digest)
		a.printRevision(&s.Next.Signing)
	}
}

func (a *app) under(umbrella string) string {
	if umbrella == "" {
		return ""
	}
	return a.Say(", under ", "，上位协议 ") + umbrella
}

func (a *app) printRevision(s *yumen.Signing) {
	if len(s.Signers) == 0 {
		return
	}
	a.Print("revision %s, terms %s", "第 %s 版，条款摘要值 %s", strconv.Itoa(s.Revision), s.Terms)
	var rows [][]string
	for _, p := range s.Signers {
		row := []string{p.Office, p.Org, a.Say("missing", "待签署"), "", ""}
		for _, x := range s.Signatures {
			if x.Signer == p {
				row = []string{p.Office, x.ByOrg, x.By, x.At.Local().Format(time.DateTime), fmt.Sprintf("%s %x", x.Key, x.Pub[:4])}
			}
		}
		rows = append(rows, row)
	}
	cli.Table(a.Out, a.Header("OFFICE 机构职能", "ORGANISATION 机构", "SIGNED-BY 签署人", "AT 时间", "KEY 密钥"), rows)
}
