package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Waiting returns a page of what waits for a reviewer.
func (s *Service) Waiting(ctx context.Context, by api.Principal, after string, limit int) (api.Queue, error) {
	person, err := s.may(ctx, by, api.ScopeReviews, access.ReviewList)
	if err != nil {
		return api.Queue{}, err
	}
	return s.route.Waiting(ctx, person, after, limit)
}

// Case returns all that there is to know about a job, without a byte of its result.
func (s *Service) Case(ctx context.Context, by api.Principal, id string) (api.Case, error) {
	person, err := s.may(ctx, by, api.ScopeReviews, access.ReviewShow)
	if err != nil {
		return api.Case{}, err
	}
	return s.route.Case(ctx, person, id)
}

// Preview returns some rows of the held result or of the cells that it is made of.
func (s *Service) Preview(ctx context.Context, by api.Principal, id string, of api.PreviewOf) (api.Rows, error) {
	person, err := s.may(ctx, by, api.ScopeReviews, access.ReviewPreview)
	if err != nil {
		return api.Rows{}, err
	}
	preview := s.route.Preview
	if of.Cells {
		preview = s.route.PreviewCells
	}
	rows, err := preview(ctx, person, id, of.Offset, of.Rows)
	return api.Rows(rows), err
}

// decides says what somebody asks for who decides so.
var decides = map[yumen.Decision]access.Action{yumen.DecisionApprove: access.ReviewVote,
	yumen.DecisionReturn: access.ReviewReturn,
	yumen.DecisionReject: access.ReviewReject}

// Vote records a decision on the artifact whose digest starts with digest.
func (s *Service) Vote(ctx context.Context, by api.Principal, id, digest string, d yumen.Decision,
	reason string) (yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeReviews, decides[d])
	if err != nil {
		return yumen.Job{}, err
	}
	return s.route.Vote(ctx, person, id, digest, d, reason)
}

// Release lets an approved result leave.
func (s *Service) Release(ctx context.Context, by api.Principal, id string, format yumen.FileFormat) (yumen.Release,
	error) {
	person, err := s.may(ctx, by, api.ScopeReviews, access.ReviewRelease)
	if err != nil {
		return yumen.Release{}, err
	}
	r, err := s.route.Release(ctx, person, id, format)
	return r.Release, err
}
