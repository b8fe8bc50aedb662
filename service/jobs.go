package service

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Submit records a job and its program, and sets it on its way.
func (s *Service) Submit(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobSubmit)
	if err != nil {
		return yumen.Job{}, err
	}
	j, err := s.route.Submit(ctx, person, spec, module)
	if err == nil {
		s.route.Start(j.ID)
	}
	return j, err
}

// Watch waits until a person is due or the job has ended. Whoever goes away leaves the job on its way.
func (s *Service) Watch(ctx context.Context, by api.Principal, id string) (yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return yumen.Job{}, err
	}
	return s.route.Drive(ctx, person, id)
}

// Explain says what would become of a job, without recording it and without any data.
func (s *Service) Explain(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (api.Explanation,
	error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobSubmit)
	if err != nil {
		return api.Explanation{}, err
	}
	return s.route.Explain(ctx, person, spec, module)
}

// Job returns a job as the principal may see it.
func (s *Service) Job(ctx context.Context, by api.Principal, id string) (api.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return api.Job{}, err
	}
	return s.route.Show(ctx, person, id)
}

// Jobs returns all jobs, oldest day first, as the principal may see them.
func (s *Service) Jobs(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return nil, err
	}
	return s.route.Jobs(ctx, person)
}

// Cancel withdraws a job before its result is released.
func (s *Service) Cancel(ctx context.Context, by api.Principal, id string) (yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return yumen.Job{}, err
	}
	return s.route.Cancel(ctx, person, id)
}

// Recur has a released job of the principal's own asked again every so often.
func (s *Service) Recur(ctx context.Context, by api.Principal, id string, every time.Duration) (yumen.Recurrence,
	error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobSubmit)
	if err != nil {
		return yumen.Recurrence{}, err
	}
	return s.route.Recur(ctx, person, id, every)
}

// EndRecurrence ends what the principal had asked again.
func (s *Service) EndRecurrence(ctx context.Context, by api.Principal, id string) (yumen.Recurrence, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return yumen.Recurrence{}, err
	}
	return s.route.EndRecurrence(ctx, person, id)
}

// Recurrences returns what recurs, ended or not, as far as the principal may see it.
func (s *Service) Recurrences(ctx context.Context, by api.Principal) ([]yumen.Recurrence, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return nil, err
	}
	return s.route.Recurrences(ctx, person)
}
