package main

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

//go:embed case_form.html
var caseFormText string

// caseForm is the printed form (审批表) of a case. html/template escapes whatever applicants wrote.
var caseForm = template.Must(template.New("form").Funcs(template.FuncMap{
	"day":   func(t time.Time) string { return t.Local().Format(time.DateTime) },
	"code":  func(d yumen.Digest) string { return strings.ToUpper(d.Hex()[:16]) },
	"names": officeNamesOf,
	"name":  officeName,
	"word": func(w string) string {
		if t, ok := caseWords[w]; ok {
			return t.ZH + " " + t.EN
		}
		return w
	},
}).Parse(caseFormText))

func formOf(x *api.OfficeCase) ([]byte, error) {
	var b bytes.Buffer
	err := caseForm.Execute(&b, x)
	return b.Bytes(), err
}

func (a *app) casePrint() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "print CASE", Args: cli.Args("CASE"),
		Short: a.Say("write the form of a case (审批表), as HTML or, where Chromium is installed, as PDF", "打印审批表：HTML，或在装有 Chromium 时为 PDF")}
	c.Flags().StringVar(&out, "out", "", a.Say("file to write: .html or .pdf; defaults to CASE.html", "输出文件：.html 或 .pdf，默认为 办件号.html"))
	c.RunE = func(c *cobra.Command, got []string) error {
		return a.looking(c, func(domain api.Domain, by api.Principal) error {
			x, err := domain.OfficeCase(c.Context(), by, got[0])
			if err != nil {
				return err
			}
			path := out
			if path == "" {
				path = x.ID + ".html"
			}
			form, err := formOf(&x)
			if err == nil && filepath.Ext(path) == ".pdf" {
				form, err = pdfOf(c.Context(), form)
			}
			if err == nil {
				err = writeNew(path, bytes.NewReader(form))
			}
			return a.Show(err, map[string]any{"file": path, "digest": x.Digest}, func() {
				a.Print("wrote %s; its code is that of case %s with the digest %s", "已写出 %s；其核验码对应办件 %s 的摘要 %s", path, x.ID,
					x.Digest)
			})
		})
	}
	return c
}

// browsers are the programs that make a PDF of a page, as Debian and others call them.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

func pdfOf(ctx context.Context, page []byte) ([]byte, error) {
	i := slices.IndexFunc(browsers, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if i < 0 {
		return nil, yumen.Errorf(yumen.KindUnavailable, "there is no Chromium on this machine", "本机未安装 Chromium").
			ToFix("install it, or write the form as HTML and print that", "请安装，或输出 HTML 后打印")
	}
	dir, err := os.MkdirTemp("", "yumen-form-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "form.html"), filepath.Join(dir, "form.pdf")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	args := []string{"--headless", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--print-to-pdf=" + out, "file://" + in}
	if os.Geteuid() == 0 { // Chromium refuses to sandbox for root; the page has no scripts
		args = append([]string{"--no-sandbox"}, args...)
	}
	if err := exec.CommandContext(ctx, browsers[i], args...).Run(); err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "Chromium did not make a PDF", "Chromium 未能生成 PDF").Because(err)
	}
	return os.ReadFile(out)
}

func (a *app) caseExport() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "export CASE", Args: cli.Args("CASE"),
		Short: a.Say("write the filing package (归档) of a case that is at its end: form, acts, documents, digests", "导出办结件的归档包：审批表、办理记录、附件与摘要")}
	c.Flags().StringVar(&out, "out", "", a.Say("file to write; defaults to CASE.zip", "输出文件，默认为 办件号.zip"))
	c.RunE = func(c *cobra.Command, got []string) error {
		return a.looking(c, func(domain api.Domain, by api.Principal) error {
			x, err := domain.OfficeCase(c.Context(), by, got[0])
			if err != nil {
				return err
			}
			if !slices.Contains([]string{"closed", "denied", "withdrawn"}, x.Status) {
				return yumen.Errorf(yumen.KindConflict, "case %s is not at its end", "办件 %s 尚未办结", x.ID).
					ToFix("file it when it is", "请在办结后归档")
			}
			path := out
			if path == "" {
				path = x.ID + ".zip"
			}
			b, err := packageOf(c.Context(), domain, by, &x)
			if err == nil {
				err = writeNew(path, bytes.NewReader(b))
			}
			return a.Show(err, map[string]any{"file": path, "digest": yumen.DigestOf(b)}, func() {
				a.Print("wrote %s, %s", "已写出 %s，%s", path, yumen.DigestOf(b))
			})
		})
	}
	return c
}

// packageOf is a ZIP with the form, the case as JSON, its documents and a list of digests that sha256sum -c reads.
func packageOf(ctx context.Context, domain api.Domain, by api.Principal, x *api.OfficeCase) ([]byte, error) {
	form, err := formOf(x)
	if err != nil {
		return nil, err
	}
	acts, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return nil, err
	}
	type file struct {
		name    string
		content []byte
	}
	entries, err := domain.CaseLog(ctx, by, x.ID)
	if err != nil {
		return nil, err
	}
	type logged struct {
		api.LogEntry
		Raw []byte `json:"raw"` // as it stands in the log
	}
	var proofs []logged
	for _, e := range entries {
		proofs = append(proofs, logged{e, e.Raw})
	}
	log, err := json.MarshalIndent(proofs, "", "  ")
	if err != nil {
		return nil, err
	}
	files := []file{{"form.html", form}, {"case.json", acts}, {"log.json", log}}
	for i, d := range x.Documents {
		content, err := domain.CaseDocument(ctx, by, x.ID, d.Digest)
		if err != nil {
			return nil, err
		}
		files = append(files, file{fmt.Sprintf("documents/%02d-%s", i+1, d.Name), content})
	}
	sums := ""
	for _, f := range files {
		sums += yumen.DigestOf(f.content).Hex() + "  " + f.name + "\n"
	}
	files = append(files, file{"SHA256SUMS", []byte(sums)})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: x.Acts[len(x.Acts)-1].At})
		if err == nil {
			_, err = w.Write(f.content)
		}
		if err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return b.Bytes(), err
}
