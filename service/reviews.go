package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Waiting returns a page of what waits for a reviewer.
func (s *Service) Waiting(ctx context.Context, by api.Principal, after string, limit int) (api.Queue, error) {
	if err := s.asks(by, api.ScopeReviews); err != nil {
		return api.Queue{}, err
	}
	return s.route.Waiting(ctx, by.Person, after, limit)
}

// Case returns all that there is to know about a job, without a byte of its result.
func (s *Service) Case(ctx context.Context, by api.Principal, id string) (api.Case, error) {
	if err := s.asks(by, api.ScopeReviews); err != nil {
		return api.Case{}, err
	}
	return s.route.Case(ctx, by.Person, id)
}

// Preview returns some rows of the held result or of the cells that it is made of.
func (s *Service) Preview(ctx context.Context, by api.Principal, id string, of api.PreviewOf) (api.Rows, error) {
	if err := s.asks(by, api.ScopeReviews); err != nil {
		return api.Rows{}, err
	}
	preview := s.route.Preview
	if of.Cells {
		preview = s.route.PreviewCells
	}
	rows, err := preview(ctx, by.Person, id, of.Offset, of.Rows)
	return api.Rows(rows), err
}

// Vote records a decision on the artifact whose digest starts with digest.
func (s *Service) Vote(ctx context.Context, by api.Principal, id, digest string, d yumen.Decision,
	reason string) (yumen.Job, error) {
	if err := s.asks(by, api.ScopeReviews); err != nil {
		return yumen.Job{}, err
	}
	return s.route.Vote(ctx, by.Person, id, digest, d, reason)
}

// Release lets an approved result leave.
func (s *Service) Release(ctx context.Context, by api.Principal, id string, format yumen.FileFormat) (yumen.Release, error) {
	if err := s.asks(by, api.ScopeReviews); err != nil {
		return yumen.Release{}, err
	}
	r, err := s.route.Release(ctx, by.Person, id, format)
	return r.Release, err
}
