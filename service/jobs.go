package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Submit records a job and its program.
func (s *Service) Submit(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (yumen.Job, error) {
	if err := asks(by, api.ScopeJobs); err != nil {
		return yumen.Job{}, err
	}
	return s.route.Submit(ctx, by.Person, spec, module)
}

// Explain says what would become of a job, without recording it and without any data.
func (s *Service) Explain(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (api.Explanation, error) {
	if err := asks(by, api.ScopeJobs); err != nil {
		return api.Explanation{}, err
	}
	return s.route.Explain(ctx, by.Person, spec, module)
}

// Job returns a job as the principal may see it.
func (s *Service) Job(ctx context.Context, by api.Principal, id string) (api.Job, error) {
	if err := may(by, api.ScopeJobs, access.JobShow); err != nil {
		return api.Job{}, err
	}
	return s.route.Show(ctx, by.Person, id)
}

// Jobs returns all jobs, oldest day first, as the principal may see them.
func (s *Service) Jobs(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	if err := may(by, api.ScopeJobs, access.JobShow); err != nil {
		return nil, err
	}
	return s.route.Jobs(ctx, by.Person)
}

// Cancel withdraws a job before its result is released.
func (s *Service) Cancel(ctx context.Context, by api.Principal, id string) (yumen.Job, error) {
	if err := asks(by, api.ScopeJobs); err != nil {
		return yumen.Job{}, err
	}
	return s.route.Cancel(ctx, by.Person, id)
}
