package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
	"github.com/yumen-data/yumen/internal/durable"
)

func (a *app) releaseCommand() *cobra.Command {
	return cli.Group("release", a.Say("what has left: list, get, verify", "已放行结果：列表、获取、验证"), a.releaseList(),
		a.releaseGet(), a.releaseVerify())
}

func (a *app) releaseList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list releases", "列出已放行结果"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				rs, err := domain.Releases(c.Context(), by)
				return a.Show(err, orEmpty(rs), func() {
					var rows [][]string
					for _, r := range rs {
						rows = append(rows, []string{r.Name, r.Job, r.Contract, string(r.Class), string(r.Format),
							fmt.Sprint(r.Rows), r.By, r.At.Local().Format(time.DateTime)})
					}
					cli.Table(a.Out, a.Header("RELEASE 发布", "JOB 任务", "CONTRACT 合同", "CLASS 类别", "FORMAT 格式", "ROWS 行数",
						"BY 放行人", "AT 时间"), rows)
				})
			})
		}}
}

func (a *app) releaseGet() *cobra.Command {
	dir := "."
	c := &cobra.Command{Use: "get RELEASE", Short: a.Say("write the released file and its receipt", "写出结果文件与回执"),
		Args: cli.Args("RELEASE"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				out, err := domain.Fetch(c.Context(), by, got[0])
				if err != nil {
					return err
				}
				defer out.Close() // read only
				made := written{Digest: out.Release.File, Notice: out.Notice}
				if made.File, made.Receipt, err = filesOf(dir, out.Release); err != nil {
					return err
				}
				if err := writeNew(made.File, out); err != nil {
					return err
				}
				if err := writeNew(made.Receipt, bytes.NewReader(out.Receipt)); err != nil {
					return err
				}
				return a.Show(nil, made, func() {
					a.Print("wrote %s and %s", "已写出 %s 与 %s", made.File, made.Receipt)
					a.printNotice("", made.Notice)
					a.Print("check them anywhere: yumen release verify %s --file %s --key domain.pub",
						"可随处验证：yumen release verify %s --file %s --key domain.pub", made.Receipt, made.File)
				})
			})
		}}
	c.Flags().StringVar(&dir, "out", dir, a.Say("folder to write to, or the file itself; the receipt comes beside it",
		"输出目录，或结果文件本身；回执写在其旁"))
	return c
}

// filesOf names the files of a release and of its receipt: in a folder that is there, or as a new file that has the
// ending of its format.
func filesOf(out string, r yumen.Release) (file, receipt string, err error) {
	format := "." + string(r.Format)
	switch fi, err := os.Stat(out); {
	case err == nil && fi.IsDir():
		out = filepath.Join(out, r.Name+format)
	case err == nil:
		return "", "", fileThere(out)
	}
	base, ok := strings.CutSuffix(out, format)
	if !ok || strings.HasSuffix(base, string(filepath.Separator)) {
		return "", "", yumen.Errorf(yumen.KindNotFound, "there is no such folder", "没有该目录").At(out).
			ToFix("make it, or name a file: --out %s", "请先创建该目录，或指定文件：--out %s", r.Name+format)
	}
	if receipt = base + ".receipt"; exists(receipt) {
		return "", "", fileThere(receipt)
	}
	return out, receipt, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// written is what release get prints as JSON.
type written struct {
	File    string       `json:"file"`
	Receipt string       `json:"receipt"`
	Digest  yumen.Digest `json:"digest"`
	Notice  yumen.Text   `json:"notice,omitzero"`
}

// printNotice prints what everybody who reads a result of its class has to know.
func (a *app) printNotice(indent string, notice yumen.Text) {
	if !notice.IsZero() {
		fmt.Fprintln(a.Out, indent+notice.In(a.Language()))
	}
}

// writeNew writes a file whole or not at all, and never over another.
func writeNew(path string, r io.Reader) error {
	if _, err := os.Lstat(path); err == nil {
		return yumen.Errorf(yumen.KindConflict, "the file is already there",
			"文件已存在").At(path).ToFix("name another folder with --out", "请用 --out 指定其他目录")
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".yumen-*")
	if err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "cannot write there", "无法写入").At(path).Because(err)
	}
	if _, err = io.Copy(f, r); err != nil {
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	} else {
		err = durable.Place(f, path)
	}
	if err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

func (a *app) releaseVerify() *cobra.Command {
	file, key := "", ""
	c := &cobra.Command{Use: "verify RECEIPT", Args: cli.Args("RECEIPT"),
		Short: a.Say("check a receipt, and the file it is for, with the domain's public key alone", "仅凭域公钥验证回执及其文件"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.verifyReceipt(got[0], file, key)
		}}
	c.Flags().StringVar(&file, "file", "", a.Say("released file to compare", "要比对的结果文件"))
	c.Flags().StringVar(&key, "key", "", a.Say("public key: a file or the key itself; defaults to the home's",
		"公钥文件或公钥文本，默认取主目录"))
	return c
}

// verdicts is what verify prints as JSON.
type verdicts struct {
	OK     bool          `json:"ok"`
	Checks []audit.Check `json:"checks"`
	// Compared says that a file was given, so that one of the checks is about its bytes.
	Compared bool               `json:"file_compared"`
	Body     *audit.ReceiptBody `json:"statement,omitempty"`
}

func (a *app) verifyReceipt(receipt, file, key string) error {
	vkey, err := a.publicKey(key)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(receipt)
	if err != nil {
		return yumen.Errorf(yumen.KindNotFound, "cannot read the receipt", "无法读取回执").Because(err)
	}
	r, checks, err := audit.VerifyReceipt(b, vkey)
	compared := err == nil && file != ""
	if compared {
		err = verifyFile(r, file)
		checks = append(checks, audit.Check{Name: "file", OK: err == nil,
			Msg: yumen.Say("the file is the one that was released", "文件与放行时一致")})
	}
	v := verdicts{OK: err == nil, Checks: checks, Compared: compared}
	if r.Verified() {
		st := r.Body()
		v.Body = &st
	}
	if perr := a.Show(nil, v, func() { a.printChecks(v) }); perr != nil {
		return perr
	}
	return err
}

func verifyFile(r audit.Receipt, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").Because(err)
	}
	defer f.Close() // read only
	return r.VerifyFile(f)
}

func (a *app) printChecks(v verdicts) {
	for _, c := range v.Checks {
		mark := "✓"
		if !c.OK {
			mark = "✗"
		}
		fmt.Fprintf(a.Out, "%s %s: %s\n", mark, c.Name, c.Msg.In(a.Language()))
	}
	if v.OK && !v.Compared {
		a.Print("– file: no file was compared; to compare one, give --file FILE", "– file：未比对任何文件；如需比对，请用 --file 指定文件")
	}
	if st := v.Body; st != nil {
		a.Print("release %s of job %s, class %s, contract %s, by %s at %s; isolation %s",
			"发布 %s，任务 %s，类别 %s，合同 %s，放行人 %s，时间 %s；隔离级别 %s", st.Release.Name, st.Job.ID, string(st.Release.Class),
			st.Contract.Name, st.Release.By, st.At.Format(time.RFC3339), string(st.Isolation))
		if p := st.Privacy; p != nil {
			a.Print("  promises ε %s, δ %g to each unit of kind %s, of which at most %d rows counted in a group, in at most %d groups; ρ %.4g, answer %s",
				"  对每个 %[3]s 类隐私单元承诺 ε %[1]s、δ %[2]g，其中每组计入 %[4]d 行、至多 %[5]d 组；ρ %.4[6]g，答案标识 %[7]s",
				yumen.FormatEpsilon(p.Epsilon), p.Delta, p.Unit, p.RowsPerUnit, p.GroupsPerUnit, p.Rho,
				p.Answer.Short())
		}
		if h := st.History; h != nil {
			a.Print("  compared with %d releases, all in the scope of the domain up to log entry %d",
				"  已与 %d 次放行比对，即日志第 %d 条之前本域范围内的全部放行", h.Compared, h.UpTo)
		}
		for _, d := range st.Datasets {
			a.Print("  from %s version %d (%s, %s), acquired %s", "  来自 %s 第 %d 版（%s，%s），获取于 %s", d.Dataset, d.Seq,
				d.Provider, d.System, d.Acquired)
		}
	}
}

// publicKey reads a verifier key from a file, from the text itself, or from the home.
func (a *app) publicKey(key string) (string, error) {
	if strings.Contains(key, "+") {
		return key, nil
	}
	if key == "" {
		dir, err := a.homePath()
		if err != nil {
			return "", err
		}
		key = home.PathOf(dir, home.PublicKeyFile)
	}
	vkey, err := audit.LoadVerifier(key)
	if yumen.KindOf(err) == yumen.KindNotFound {
		err = yumen.AsError(err).ToFix("give --key FILE: the domain hands its domain.pub to everybody",
			"请用 --key 指定域公钥文件 domain.pub")
	}
	return vkey, err
}
