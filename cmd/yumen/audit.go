package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
)

func (a *app) auditCommand() *cobra.Command {
	return cli.Group("audit", a.Say("the append-only log: verify, follow, export", "只增审计日志：验证、查看、导出"), a.auditVerify(),
		a.auditTail(), a.auditExport())
}

// verifiedHome is what audit verify prints for programs.
type verifiedHome struct {
	audit.Report
	State api.Verified `json:"state"`
}

func (a *app) auditVerify() *cobra.Command {
	receipt, file, key, quick := "", "", "", false
	c := &cobra.Command{Use: "verify", Args: cli.Args(),
		Short: a.Say("check the log, every record and every object, or a receipt alone with --receipt",
			"验证日志、各条记录与各个对象；用 --receipt 仅验证一份回执"),
		RunE: func(c *cobra.Command, _ []string) error {
			if receipt != "" {
				return a.verifyReceipt(receipt, file, key)
			}
			var r audit.Report
			var err error
			if a.address() == "" {
				r, err = a.verifyLog(key)
			}
			var v api.Verified
			if err == nil {
				v, err = a.verifyHome(c, quick)
			}
			return a.Show(err, verifiedHome{r, v}, func() {
				if a.address() == "" {
					a.Print("the log is whole: %d entries, every one as it was signed", "日志完整：共 %d 条，均与签名一致", r.Size)
				} else {
					a.Print("the server says so of its own home; receipts and exported entries are verified anywhere",
						"以上为服务对其主目录的核对结果；回执与导出的条目可随处验证")
				}
				if !v.Counted {
					a.Print("every record and every object is as the log says; how many there are is for regulators and administrators",
						"各条记录与各个对象均与日志一致；数量仅供主管部门与运维查阅")
					return
				}
				if v.Destroyed > 0 {
					a.Print("%d objects were destroyed on purpose, as the log says", "另有 %d 个对象已按日志所载销毁", v.Destroyed)
				}
				if v.Read {
					a.Print("every record is as the log says, and %d objects (%d bytes) are what their digests name",
						"各条记录与日志一致；%d 个对象（共 %d 字节）均与摘要一致", v.Objects, v.Bytes)
					return
				}
				a.Print("every record is as the log says, and %d objects (%d bytes) are there; their bytes were not read",
					"各条记录与日志一致；%d 个对象（共 %d 字节）均存在，内容未核对", v.Objects, v.Bytes)
			})
		}}
	c.Flags().BoolVar(&quick, "quick", false,
		a.Say("do not compare the bytes of objects with their digests, only see that they are there",
			"不核对对象内容与摘要，只检查是否存在"))
	c.Flags().StringVar(&receipt, "receipt", "",
		a.Say("receipt to check instead of the log; needs no home", "要验证的回执；无需主目录"))
	c.Flags().StringVar(&file, "file", "", a.Say("released file to compare with the receipt", "与回执比对的结果文件"))
	c.Flags().StringVar(&key, "key", "", a.Say("public key: a file or the key itself; defaults to the home's",
		"公钥文件或公钥文本，默认取主目录"))
	return c
}

// verifyLog verifies the files of the log.
func (a *app) verifyLog(key string) (audit.Report, error) {
	dir, err := a.homePath()
	if err != nil {
		return audit.Report{}, err
	}
	vkey, err := a.publicKey(key)
	if err != nil {
		return audit.Report{}, err
	}
	return audit.Verify(filepath.Join(dir, home.LogDir), vkey)
}

// verifyHome compares the state with the log, and what records name with what is there.
func (a *app) verifyHome(c *cobra.Command, quick bool) (v api.Verified, err error) {
	err = a.ask(c, toRead, mayBeUnnamed, func(domain api.Domain, by api.Principal) error {
		progress := a.Progress("comparing bytes:", "核对字节数：")
		v, err = domain.Verify(c.Context(), by, api.VerifyOptions{Quick: quick, Progress: progress})
		a.EndProgress(progress)
		return err
	})
	return v, err
}

func (a *app) auditTail() *cobra.Command {
	n := 20
	c := &cobra.Command{Use: "tail", Short: a.Say("the newest entries", "最新条目"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if n < 1 {
				return cli.Wrong("%s: --lines must be at least 1", "%s：--lines 须至少为 1", c.CommandPath())
			}
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				return a.entries(c, domain, by, api.LogQuery{From: int64(-n)})
			})
		}}
	c.Flags().IntVarP(&n, "lines", "n", n, a.Say("how many", "条数"))
	return c
}

func (a *app) auditExport() *cobra.Command {
	return &cobra.Command{Use: "export",
		Short: a.Say("every entry, one JSON object a line, byte for byte as in the log", "逐行导出全部条目，与日志字节一致"),
		Args:  cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				return eachEntry(c, domain, by, api.LogQuery{}, func(e api.LogEntry) error {
					if e.Withheld {
						_, err := fmt.Fprintf(a.Out, "{\"index\":%d,\"withheld\":true}\n", e.Index)
						return err
					}
					_, err := fmt.Fprintf(a.Out, "%s\n", e.Raw)
					return err
				})
			})
		}}
}

// eachEntry reads the log page by page.
func eachEntry(c *cobra.Command, domain api.Domain, by api.Principal, q api.LogQuery,
	do func(api.LogEntry) error) error {
	for {
		p, err := domain.Entries(c.Context(), by, q)
		if err != nil {
			return err
		}
		for _, e := range p.Entries {
			if err := do(e); err != nil {
				return err
			}
		}
		if q.From = p.Next; p.Next == 0 {
			return nil
		}
	}
}

// entries prints entries of the log.
func (a *app) entries(c *cobra.Command, domain api.Domain, by api.Principal, q api.LogQuery) error {
	es := []api.LogEntry{}
	err := eachEntry(c, domain, by, q, func(e api.LogEntry) error { es = append(es, e); return nil })
	return a.Show(err, es, func() {
		for _, e := range es {
			if e.Withheld {
				fmt.Fprintf(a.Out, "%6d  %s\n", e.Index,
					a.Say("of a job, and not for you: what checks found is for reviewers and regulators, and not for its submitter",
						"属某一任务，不予显示：检查结论仅供审核员与监管者查阅，提交者除外"))
				continue
			}
			fmt.Fprintln(a.Out, entryLine(e))
		}
	})
}

func entryLine(r api.LogEntry) string {
	e := r.Entry
	line := fmt.Sprintf("%6d  %s  %-16s %-24s by %s", r.Index, e.At.Local().Format(time.DateTime), e.Action, e.Subject,
		e.Actor)
	if e.HandedBy != "" {
		line += " (code of " + e.HandedBy + ")"
	}
	if e.To != "" {
		line += fmt.Sprintf("  %s→%s", e.From, e.To)
	}
	var parts []string
	for k, v := range e.Details {
		parts = append(parts, k+"="+v)
	}
	for k, d := range e.Digests {
		parts = append(parts, k+"="+d.Short())
	}
	slices.Sort(parts)
	if len(parts) > 0 {
		line += "  " + strings.Join(parts, "; ")
	}
	return line
}
