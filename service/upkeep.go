package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Resume asks again what is due, and drives every job that an interruption left on its way.
func (s *Service) Resume(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	person, err := s.may(by, api.ScopeUpkeep, access.JobResume)
	if err != nil {
		return nil, err
	}
	return s.route.Resume(ctx, person)
}

// Verify compares records, steps and objects with the log.
func (s *Service) Verify(ctx context.Context, by api.Principal, v api.VerifyOptions) (api.Verified, error) {
	if _, err := s.may(by, api.ScopeUpkeep, access.AuditVerify); err != nil {
		return api.Verified{}, err
	}
	return s.route.Verify(ctx, v)
}
