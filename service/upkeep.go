package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Resume asks again what is due, and drives every job that an interruption left on its way.
func (s *Service) Resume(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeUpkeep, access.JobResume)
	if err != nil {
		return nil, err
	}
	return s.route.Resume(ctx, person)
}

// Destroy destroys a version, a held result or a released file for good.
func (s *Service) Destroy(ctx context.Context, by api.Principal, name, reason string) ([]api.Destroyed, error) {
	person, err := s.may(ctx, by, api.ScopeUpkeep, access.ObjectDestroy)
	if err != nil {
		return nil, err
	}
	return s.route.Destroy(ctx, person, name, reason)
}

// Verify compares records, steps and objects with the log.
func (s *Service) Verify(ctx context.Context, by api.Principal, v api.VerifyOptions) (api.Verified, error) {
	if _, err := s.may(ctx, by, api.ScopeUpkeep, access.AuditVerify); err != nil {
		return api.Verified{}, err
	}
	return s.route.Verify(ctx, v)
}
