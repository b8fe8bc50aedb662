package pipeline

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract/cases"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// viewCase shows a case as it stands today. Who may know of it sees all of it.
func (s *Service) viewCase(c *caseNow) (api.OfficeCase, error) {
	out := api.OfficeCase{ID: c.V.ID, Type: c.Type, Article: c.rules.Cases[c.Type].Article, Pack: c.V.Pack, Subject: c.V.Subject, To: c.V.To,
		Status: string(c.Status), Opened: c.At, By: api.CaseBy(c.By), Event: c.V.Opening.Event, Fields: c.Fields,
		Missing: c.Missing, Result: c.Result}
	falls, err := c.Falls()
	if err != nil {
		return out, err
	}
	if out.Digest, err = digestOfCase(&c.V); err != nil {
		return out, err
	}
	today := c.rules.Today(s.now())
	for i := range c.Steps {
		step := viewStep(c, i, falls, today)
		out.Overdue = out.Overdue || step.Overdue
		out.Steps = append(out.Steps, step)
	}
	for _, x := range c.Instances {
		out.Instances = append(out.Instances, api.CaseInstance{Office: x.Office, Reason: x.Reason, Decision: string(x.Decision),
			Ruling: x.Ruling})
	}
	for _, d := range c.Documents {
		out.Documents = append(out.Documents, api.CaseDocument(d))
	}
	out.Offices = map[string]string{}
	for _, o := range c.Offices() {
		out.Offices[o] = c.rules.Offices[o]
	}
	out.Acts = append(out.Acts, api.CaseEntry{At: c.At, Kind: "open", By: api.CaseBy(c.By), What: c.Type,
		Fields: c.V.Opening.Fields})
	for _, a := range c.Acts {
		out.Acts = append(out.Acts, api.CaseEntry{At: a.At, Kind: string(a.Kind), By: api.CaseBy(a.By), Step: a.Step, What: whatOf(&a),
			Reason: a.Reason, Basis: a.Basis, Fields: a.Fields})
	}
	return out, nil
}

func viewStep(c *caseNow, i int, falls []cases.Falls, today yumen.Day) api.CaseStep {
	s, rules := &c.Steps[i], c.StepRules(i)
	step := api.CaseStep{ID: s.ID, State: string(s.State), Article: rules.Article, By: rules.By, Began: s.Began}
	for _, f := range falls {
		if f.Step != s.ID {
			continue
		}
		step.By, step.Orgs = f.By, c.orgsOf(f.By)
		step.Basis, step.Assumed, step.Stopped = string(f.Basis), string(f.Assumed), f.Stopped
		if f.Basis != "none" && !f.Stopped {
			step.Due, step.Provisional = f.Day, f.Provisional
			step.Overdue = f.Day < today
		}
	}
	for _, d := range slices.Concat(s.Inside, s.Decisions) {
		step.Said = append(step.Said, api.CaseSaid{Office: d.Office, Stage: d.Stage, Name: d.By.Name, Decision: string(d.Decision),
			Reason: d.Reason, Basis: d.Basis})
	}
	for _, o := range s.Opinions {
		step.Said = append(step.Said, api.CaseSaid{Office: o.By.Office, Name: o.By.Name, Reason: o.Text})
	}
	return step
}

// orgsOf are the organisations that hold offices in a case.
func (c *caseNow) orgsOf(offices []string) (out []string) {
	for _, office := range offices {
		orgs := c.addressed.ofSubject(office)
		for _, h := range c.holders {
			if len(orgs) == 0 && c.addressed.appoints(office, h) {
				out = append(out, h.Org)
			}
		}
		out = append(out, orgs...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func whatOf(a *cases.Act) string {
	what := []string{string(a.Decision), a.Inside, a.Event, a.To, a.Result}
	if a.Document != nil {
		what = append(what, a.Document.Name)
	}
	if !a.Span.IsZero() {
		what = append(what, a.Span.String())
	}
	return strings.Join(slices.DeleteFunc(what, func(s string) bool { return s == "" }), " ")
}

// documentTypes are the kinds of documents that may be attached, by what their bytes begin with.
var documentTypes = []string{"application/pdf", "image/png", "image/jpeg", "text/plain; charset=utf-8", "application/zip"}

// endings are what names of documents end with, by type: a text called run.bat is a program where it is opened.
var endings = map[string][]string{"application/pdf": {".pdf"}, "image/png": {".png"}, "image/jpeg": {".jpg", ".jpeg"},
	"text/plain; charset=utf-8": {".txt", ".csv", ".md"}, docx: {".docx"}, xlsx: {".xlsx"}, ofd: {".ofd"}}

// The types of office documents.
const (
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	ofd  = "application/ofd"
)

// AttachToCase adds a document to a case. What it is say its bytes, and its name has to agree: programs and scripts are
// refused.
func (s *Service) AttachToCase(ctx context.Context, by yumen.Actor, id, name string, content []byte) (api.OfficeCase, error) {
	if len(content) == 0 || len(content) > api.MaxDocument {
		return api.OfficeCase{}, yumen.Errorf(yumen.KindLimit, "a document has 1 byte to %s", "附件大小应为 1 字节至 %s",
			yumen.Size(api.MaxDocument)).ToFix("attach a smaller file, or several", "请压缩或拆分后提交")
	}
	typ, err := documentType(name, content)
	if err != nil {
		return api.OfficeCase{}, err
	}
	c, err := s.knownCase(ctx, by, id) // before anything is stored
	if err != nil {
		return api.OfficeCase{}, err
	}
	all := int64(len(content))
	for _, d := range c.Documents {
		all += d.Size
	}
	if len(c.Documents) >= api.MaxDocuments || all > api.MaxDocumentsSize {
		return api.OfficeCase{}, yumen.Errorf(yumen.KindLimit, "a case has up to %d documents of %s together", "一个办件至多 %d 个附件，共 %s",
			api.MaxDocuments, yumen.Size(api.MaxDocumentsSize)).ToFix("attach what is needed alone", "请仅提交必要的附件")
	}
	o, err := s.journal.StageBytes(store.Documents, content)
	if err != nil {
		return api.OfficeCase{}, err
	}
	act := cases.Act{Kind: cases.Attach, Document: &cases.Document{Name: name, Type: typ, Size: int64(len(content)), Digest: o.Digest}}
	return s.actOn(ctx, by, id, "", act, journal.Step{Objects: []store.Object{o}})
}

func documentType(name string, content []byte) (string, error) {
	if name != path.Base(name) || name == "." || name == ".." || len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' }) {
		return "", yumen.Errorf(yumen.KindInvalid, "this is no name of a file", "文件名无效").At("name")
	}
	typ := http.DetectContentType(content)
	refused := yumen.Errorf(yumen.KindInvalid, "this kind of file is not attached", "不接受此类文件").At(name).
		ToFix("attach PDF, PNG, JPEG, plain text, or an office document without macros", "请提交 PDF、PNG、JPEG、纯文本或不含宏的办公文档")
	if !slices.Contains(documentTypes, typ) || bytes.HasPrefix(content, []byte("#!")) {
		return "", refused
	}
	if typ == "application/zip" {
		var err error
		if typ, err = officeDocument(content, refused); err != nil {
			return "", err
		}
	}
	if !slices.Contains(endings[typ], strings.ToLower(path.Ext(name))) {
		return "", refused
	}
	return typ, nil
}

// officeDocument tells an office document from other archives, by what lies in it. One with macros is refused.
func officeDocument(content []byte, refused error) (string, error) {
	files, err := filesIn(content)
	if err != nil || slices.ContainsFunc(files, func(f string) bool { return strings.Contains(strings.ToLower(f), "vbaproject") }) {
		return "", refused
	}
	for file, typ := range map[string]string{
		"word/document.xml": docx, "xl/workbook.xml": xlsx, "OFD.xml": ofd} {
		if slices.Contains(files, file) {
			return typ, nil
		}
	}
	return "", refused
}

// filesIn lists what lies in an archive.
func filesIn(content []byte) (names []string, err error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	return names, nil
}

// CaseDocument returns the bytes of a document of a case that the actor may know of.
func (s *Service) CaseDocument(ctx context.Context, by yumen.Actor, id string, digest yumen.Digest) ([]byte, error) {
	c, err := s.knownCase(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.Documents, func(d cases.Document) bool { return d.Digest == digest }) {
		return nil, yumen.Errorf(yumen.KindNotFound, "case %s has no such document", "办件 %s 没有该附件", id)
	}
	f, release, err := s.cfg.Objects.Fetch(ctx, store.Object{Space: store.Documents, Digest: digest})
	if err != nil {
		return nil, err
	}
	defer release()
	return io.ReadAll(io.LimitReader(store.Checked(f, digest), api.MaxDocument+1))
}
