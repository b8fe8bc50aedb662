package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/pipeline"
)

// The use cases of this file are about files of the machine that the domain is on. They are for programs on it, so package
// api has no interface of them.

// Import checks files inside an enclave and stores them as the next version.
func (s *Service) Import(ctx context.Context, by api.Principal, f pipeline.ImportFiles) (yumen.Version, error) {
	if err := s.asks(by, api.ScopeCatalog); err != nil {
		return yumen.Version{}, err
	}
	return s.route.Import(ctx, by.Person, f)
}

// ProfileTable has the columns of a file, or of the newest version of a dataset, described inside an enclave.
func (s *Service) ProfileTable(ctx context.Context, by api.Principal, f pipeline.TableFiles,
	progress func(done, total int64)) ([]pipeline.ColumnProposal, error) {
	if err := s.asks(by, api.ScopeCatalog); err != nil {
		return nil, err
	}
	return s.route.ProfileTable(ctx, by.Person, f, progress)
}

// Desensitize applies a profile to a table inside an enclave. Where it fails, its files are aborted.
func (s *Service) Desensitize(ctx context.Context, by api.Principal, f pipeline.DesensitizeFile) (pipeline.Desensitization, error) {
	if err := s.asks(by, api.ScopeDesensitize); err != nil {
		f.Abort()
		return pipeline.Desensitization{}, err
	}
	return s.route.Desensitize(ctx, by.Person, f)
}

// DryRun applies a profile to a table inside an enclave, and stores nothing of it.
func (s *Service) DryRun(ctx context.Context, by api.Principal, f pipeline.DesensitizeFile, show int) (pipeline.DryRun, error) {
	if err := s.asks(by, api.ScopeDesensitize); err != nil {
		return pipeline.DryRun{}, err
	}
	return s.route.DryRun(ctx, by.Person, f, show)
}

// Trace looks in a file for the watermark of a recipient.
func (s *Service) Trace(ctx context.Context, by api.Principal, f pipeline.TraceFile) ([]desensitize.Trace, error) {
	if err := s.asks(by, api.ScopeDesensitize); err != nil {
		return nil, err
	}
	return s.route.Trace(ctx, by.Person, f)
}

// Desensitizations returns the records of all applications of profiles, oldest day first.
func (s *Service) Desensitizations(ctx context.Context, by api.Principal) ([]pipeline.Desensitization, error) {
	if err := s.asks(by, api.ScopeDesensitize); err != nil {
		return nil, err
	}
	return s.route.Desensitizations(ctx, by.Person)
}

// Desensitization returns one record.
func (s *Service) Desensitization(ctx context.Context, by api.Principal, id string) (pipeline.Desensitization, error) {
	if err := s.asks(by, api.ScopeDesensitize); err != nil {
		return pipeline.Desensitization{}, err
	}
	return s.route.Desensitization(ctx, by.Person, id)
}
