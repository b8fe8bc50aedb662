package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
)

func (a *app) auditCommand() *cobra.Command {
	return cli.Group("audit", a.Say("the append-only log: verify, follow, export", "只增审计日志：验证、查看、导出"), a.auditVerify(),
		a.auditTail(), a.auditExport())
}

func (a *app) auditVerify() *cobra.Command {
	receipt, file, key := "", "", ""
	c := &cobra.Command{Use: "verify", Args: cli.Args(),
		Short: a.Say("check every entry of the log, or a receipt alone with --receipt", "验证整个日志；用 --receipt 仅验证一份回执"),
		RunE: func(c *cobra.Command, _ []string) error {
			if receipt != "" {
				return a.verifyReceipt(receipt, file, key)
			}
			dir, err := a.homePath()
			if err != nil {
				return err
			}
			vkey, err := a.publicKey(key)
			if err != nil {
				return err
			}
			r, err := audit.Verify(filepath.Join(dir, home.LogDir), vkey)
			if err == nil {
				err = a.compareState(c)
			}
			return a.Show(err, r, func() {
				a.Print("the log is whole: %d entries, every one as it was signed", "日志完整：共 %d 条，均与签名一致", r.Size)
			})
		}}
	c.Flags().StringVar(&receipt, "receipt", "",
		a.Say("receipt to check instead of the log; needs no home", "要验证的回执；无需主目录"))
	c.Flags().StringVar(&file, "file", "", a.Say("released file to compare with the receipt", "与回执比对的结果文件"))
	c.Flags().StringVar(&key, "key", "", a.Say("public key: a file or the key itself; defaults to the home's",
		"公钥文件或公钥文本，默认取主目录"))
	return c
}

// compareState fails where the state is not from the same moment as the log, or holds what the log does not say, and where
// objects are missing.
func (a *app) compareState(c *cobra.Command) error {
	h, err := a.read(c.Context())
	if err != nil {
		return err
	}
	return errors.Join(h.Route.CompareLog(c.Context()), h.MissingObjects(c.Context()), h.Close())
}

func (a *app) auditTail() *cobra.Command {
	n := 20
	c := &cobra.Command{Use: "tail", Short: a.Say("the newest entries", "最新条目"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if n < 1 {
				return cli.Usage(fmt.Errorf("%s: --lines must be at least 1", c.CommandPath()))
			}
			if err := a.mayAudit(c, access.AuditTail); err != nil {
				return err
			}
			return a.entries(func(audit.Record) bool { return true }, n)
		}}
	c.Flags().IntVarP(&n, "lines", "n", n, a.Say("how many", "条数"))
	return c
}

func (a *app) auditExport() *cobra.Command {
	return &cobra.Command{Use: "export",
		Short: a.Say("every entry, one JSON object a line, byte for byte as in the log", "逐行导出全部条目，与日志字节一致"),
		Args:  cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.mayAudit(c, access.AuditExport); err != nil {
				return err
			}
			return a.withLog(func(l *audit.Log) error {
				for r, err := range l.Entries(0) {
					if err != nil {
						return err
					}
					if _, err := fmt.Fprintf(a.Out, "%s\n", r.Raw); err != nil {
						return err
					}
				}
				return nil
			})
		}}
}

func (a *app) mayAudit(c *cobra.Command, act access.Action) error {
	return a.looking(c, func(_ *home.Home, by yumen.Actor) error { return access.May(by, act) })
}

func (a *app) withLog(do func(*audit.Log) error) error {
	vkey, err := a.publicKey("")
	if err != nil {
		return err
	}
	dir, err := a.homePath()
	if err != nil {
		return err
	}
	l, err := audit.OpenReader(filepath.Join(dir, home.LogDir), vkey)
	if err != nil {
		return err
	}
	defer l.Close() // read only
	return do(l)
}

// entries prints the entries that keep holds for: the last n of them, or all if n is 0.
func (a *app) entries(keep func(audit.Record) bool, n int) error {
	var rs []audit.Record
	err := a.withLog(func(l *audit.Log) error {
		for r, err := range l.Entries(0) {
			if err != nil {
				return err
			}
			if keep(r) {
				rs = append(rs, r)
			}
			if n > 0 && len(rs) > n {
				rs = rs[1:]
			}
		}
		return nil
	})
	return a.Show(err, jsonEntries(rs), func() {
		for _, r := range rs {
			fmt.Fprintln(a.Out, entryLine(r))
		}
	})
}

// jsonEntry is an entry with its place in the log.
type jsonEntry struct {
	Index int64       `json:"index"`
	Entry yumen.Entry `json:"entry"`
}

func jsonEntries(rs []audit.Record) []jsonEntry {
	out := make([]jsonEntry, len(rs))
	for i, r := range rs {
		out[i] = jsonEntry{r.Index, r.Entry}
	}
	return out
}

func entryLine(r audit.Record) string {
	e := r.Entry
	line := fmt.Sprintf("%6d  %s  %-16s %-24s by %s", r.Index, e.At.Local().Format(time.DateTime), e.Action, e.Subject,
		e.Actor)
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
