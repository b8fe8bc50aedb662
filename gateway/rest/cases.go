package rest

import (
	"context"
	"io"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// OfCase is a call about a case.
type OfCase struct {
	Case string `path:"case" maxLength:"128"`
}

func (d *Door) caseRoutes() {
	dom := d.cfg.Domain
	get(d, "list-cases", "/v1/cases", "The cases that one may know of, oldest day first", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.OfficeCase], error) {
			all, err := dom.OfficeCases(ctx, by)
			return pageOf(all, err, in, func(c api.OfficeCase) string { return c.ID })
		})
	get(d, "show-case", "/v1/cases/{case}", "A case as it stands, with its clocks", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *OfCase) (api.OfficeCase, error) {
			return dom.OfficeCase(ctx, by, in.Case)
		})
	post(d, "open-case", "/v1/cases", "Open a case by the pack in force", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct{ Body api.NewCase }) (api.OfficeCase, error) {
			return dom.OpenCase(ctx, by, in.Body)
		})
	post(d, "act-on-case", "/v1/cases/{case}/acts", "Decide, return, extend or do what else the case allows", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct {
			OfCase
			Body api.CaseAct
		}) (api.OfficeCase, error) {
			return dom.ActOnCase(ctx, by, in.Case, in.Body)
		})
	post(d, "attach-to-case", "/v1/cases/{case}/documents", "Attach an upload to a case", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct {
			OfCase
			Body wire.Attachment
		}) (api.OfficeCase, error) {
			content, err := d.document(by, in.Body)
			if err != nil {
				return api.OfficeCase{}, err
			}
			return dom.AttachToCase(ctx, by, in.Case, in.Body.Name, content)
		})
	get(d, "case-document", "/v1/cases/{case}/documents/{digest}", "The bytes of a document", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct {
			OfCase
			Digest string `path:"digest" maxLength:"128"`
		}) (wire.Document, error) {
			content, err := dom.CaseDocument(ctx, by, in.Case, yumen.Digest(in.Digest))
			return wire.Document{Content: content}, err
		})
	get(d, "case-log", "/v1/cases/{case}/log", "Entries of the log about a case, each with its proof", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *OfCase) (wire.LogPage, error) {
			all, err := dom.CaseLog(ctx, by, in.Case)
			return logPageOf(api.LogPage{Entries: all}), err
		})
	get(d, "indicators", "/v1/indicators", "How offices and providers keep to what the rules ask of them", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct {
			From  string `query:"from" required:"true" format:"date"`
			Until string `query:"until" required:"true" format:"date"`
		}) (api.Indicators, error) {
			return dom.Indicators(ctx, by, yumen.Day(in.From), yumen.Day(in.Until))
		})
	d.officeRoutes()
}

func (d *Door) officeRoutes() {
	dom := d.cfg.Domain
	get(d, "list-offices", "/v1/offices", "Who holds which office by appointment", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.OfficeHolder], error) {
			all, err := dom.Offices(ctx, by)
			return pageOf(all, err, in, func(o api.OfficeHolder) string { return o.Office + "/" + o.Org })
		})
	post(d, "appoint-office", "/v1/offices", "Give an office to an organisation, or to people of it", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct{ Body api.Appointment }) (api.OfficeHolder, error) {
			return dom.AppointOffice(ctx, by, in.Body)
		})
	post(d, "dismiss-office", "/v1/offices/dismissal", "Take an office from an organisation", api.ScopeCases,
		func(ctx context.Context, by api.Principal, in *struct{ Body api.Appointment }) (api.OfficeHolder, error) {
			return dom.DismissOffice(ctx, by, in.Body.Office, in.Body.Org)
		})
}

// document reads an upload, which is used up by that.
func (d *Door) document(by api.Principal, a wire.Attachment) ([]byte, error) {
	up, err := d.spool.take(by, a.Upload)
	if err != nil {
		return nil, err
	}
	defer d.spool.drop(up)
	if up.bytes > api.MaxDocument {
		return nil, yumen.Errorf(yumen.KindLimit, "the document has more than %s", "附件超过 %s", yumen.Size(api.MaxDocument)).
			ToFix("attach a smaller file, or several", "请压缩或拆分后提交")
	}
	f, err := up.open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, 0, up.bytes))
}
