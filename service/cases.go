package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// OpenCase begins a case by the pack in force.
func (s *Service) OpenCase(ctx context.Context, by api.Principal, c api.NewCase) (api.OfficeCase, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.CaseAct)
	if err != nil {
		return api.OfficeCase{}, err
	}
	return s.route.OpenCase(ctx, person, c)
}

// OfficeCases returns the cases that the principal may know of, oldest day first.
func (s *Service) OfficeCases(ctx context.Context, by api.Principal) ([]api.OfficeCase, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.CaseShow)
	if err != nil {
		return nil, err
	}
	return s.route.OfficeCases(ctx, person)
}

// OfficeCase returns one of them.
func (s *Service) OfficeCase(ctx context.Context, by api.Principal, id string) (api.OfficeCase, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.CaseShow)
	if err != nil {
		return api.OfficeCase{}, err
	}
	return s.route.OfficeCase(ctx, person, id)
}

// ActOnCase does one thing in a case.
func (s *Service) ActOnCase(ctx context.Context, by api.Principal, id string, a api.CaseAct) (api.OfficeCase, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.CaseAct)
	if err != nil {
		return api.OfficeCase{}, err
	}
	return s.route.ActOnCase(ctx, person, id, a)
}

// AttachToCase adds a document to a case.
func (s *Service) AttachToCase(ctx context.Context, by api.Principal, id, name string, content []byte) (api.OfficeCase,
	error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.CaseAct)
	if err != nil {
		return api.OfficeCase{}, err
	}
	return s.route.AttachToCase(ctx, person, id, name, content)
}

// CaseDocument returns the bytes of a document.
func (s *Service) CaseDocument(ctx context.Context, by api.Principal, id string, digest yumen.Digest) ([]byte, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.CaseShow)
	if err != nil {
		return nil, err
	}
	return s.route.CaseDocument(ctx, person, id, digest)
}

// CaseLog returns the entries of the log about a case, each with its proof.
func (s *Service) CaseLog(ctx context.Context, by api.Principal, id string) (out []api.LogEntry, err error) {
	if _, err := s.OfficeCase(ctx, by, id); err != nil {
		return nil, err
	}
	l, err := s.log()
	if err != nil {
		return nil, err
	}
	q := api.LogQuery{Job: id, Proofs: true}
	for {
		p, err := page(ctx, l, q, func(*yumen.Entry) bool { return false })
		if out = append(out, p.Entries...); err != nil || p.Next == 0 {
			return out, err
		}
		q.From = p.Next
	}
}

// Offices returns who holds which office by appointment.
func (s *Service) Offices(ctx context.Context, by api.Principal) ([]api.OfficeHolder, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.OfficeShow)
	if err != nil {
		return nil, err
	}
	return s.route.KnownOffices(ctx, person)
}

// AppointOffice gives an office to an organisation, or to people of it.
func (s *Service) AppointOffice(ctx context.Context, by api.Principal, o api.Appointment) (api.OfficeHolder, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.OfficeAppoint)
	if err != nil {
		return api.OfficeHolder{}, err
	}
	return s.route.AppointOffice(ctx, person, o)
}

// DismissOffice takes it from the organisation.
func (s *Service) DismissOffice(ctx context.Context, by api.Principal, office, org string) (api.OfficeHolder, error) {
	person, err := s.may(ctx, by, api.ScopeCases, access.OfficeAppoint)
	if err != nil {
		return api.OfficeHolder{}, err
	}
	return s.route.DismissOffice(ctx, person, office, org)
}
