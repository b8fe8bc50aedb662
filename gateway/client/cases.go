package client

import (
	"bytes"
	"context"
	"net/url"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// OpenCase opens a case.
func (c *Client) OpenCase(ctx context.Context, by api.Principal, n api.NewCase) (api.OfficeCase, error) {
	return post[api.OfficeCase](ctx, c, by, at("cases"), n)
}

// OfficeCases returns the cases that one may know of.
func (c *Client) OfficeCases(ctx context.Context, by api.Principal) ([]api.OfficeCase, error) {
	return list[api.OfficeCase](ctx, c, by, at("cases"))
}

// OfficeCase returns one of them.
func (c *Client) OfficeCase(ctx context.Context, by api.Principal, id string) (api.OfficeCase, error) {
	return get[api.OfficeCase](ctx, c, by, at("cases", id), nil)
}

// ActOnCase does one thing in a case.
func (c *Client) ActOnCase(ctx context.Context, by api.Principal, id string, a api.CaseAct) (api.OfficeCase, error) {
	return post[api.OfficeCase](ctx, c, by, at("cases", id, "acts"), a)
}

// AttachToCase adds a document.
func (c *Client) AttachToCase(ctx context.Context, by api.Principal, id, name string, content []byte) (api.OfficeCase,
	error) {
	up, err := c.upload(ctx, by, bytes.NewReader(content))
	if err != nil {
		return api.OfficeCase{}, err
	}
	return post[api.OfficeCase](ctx, c, by, at("cases", id, "documents"), wire.Attachment{Name: name, Upload: up.ID})
}

// CaseDocument returns the bytes of a document.
func (c *Client) CaseDocument(ctx context.Context, by api.Principal, id string, digest yumen.Digest) ([]byte, error) {
	d, err := get[wire.Document](ctx, c, by, at("cases", id, "documents", string(digest)), nil)
	return d.Content, err
}

// CaseLog returns the entries of the log about a case.
func (c *Client) CaseLog(ctx context.Context, by api.Principal, id string) (out []api.LogEntry, err error) {
	p, err := get[wire.LogPage](ctx, c, by, at("cases", id, "log"), nil)
	for _, e := range p.Entries {
		e.LogEntry.Raw = e.Raw
		out = append(out, e.LogEntry)
	}
	return out, err
}

// Offices returns who holds which office by appointment.
func (c *Client) Offices(ctx context.Context, by api.Principal) ([]api.OfficeHolder, error) {
	return list[api.OfficeHolder](ctx, c, by, at("offices"))
}

// AppointOffice gives an office to an organisation.
func (c *Client) AppointOffice(ctx context.Context, by api.Principal, o api.Appointment) (api.OfficeHolder, error) {
	return post[api.OfficeHolder](ctx, c, by, at("offices"), o)
}

// DismissOffice takes it from the organisation.
func (c *Client) DismissOffice(ctx context.Context, by api.Principal, office, org string) (api.OfficeHolder, error) {
	return post[api.OfficeHolder](ctx, c, by, at("offices", "dismissal"), api.Appointment{Office: office, Org: org})
}

// Indicators counts how offices and providers keep to the rules.
func (c *Client) Indicators(ctx context.Context, by api.Principal, from, until yumen.Day) (api.Indicators, error) {
	return get[api.Indicators](ctx, c, by, at("indicators"), url.Values{"from": {string(from)}, "until": {string(until)}})
}
