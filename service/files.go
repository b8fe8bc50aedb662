package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
)

// Import checks files inside an enclave and stores them as the next version.
func (s *Service) Import(ctx context.Context, by api.Principal, f api.ImportFiles) (yumen.Version, error) {
	person, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogImport)
	if err != nil {
		return yumen.Version{}, err
	}
	return s.route.Import(ctx, person, f)
}

// ProfileTable has the columns of a file, or of the newest version of a dataset, described inside an enclave.
func (s *Service) ProfileTable(ctx context.Context, by api.Principal, f api.TableFiles,
	progress api.Progress) ([]api.ColumnProposal, error) {
	person, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogProfile)
	if err != nil {
		return nil, err
	}
	return s.route.ProfileTable(ctx, person, f, progress)
}

// mayApply asks whether a principal may apply a profile. One that turns pseudonyms back takes more than another.
func (s *Service) mayApply(ctx context.Context, by api.Principal, f api.ProfileFile) (yumen.Actor, error) {
	person, err := s.may(ctx, by, api.ScopeDesensitize, access.Desensitize)
	if err != nil {
		return person, err
	}
	p, err := desensitize.ReadProfile(f.Name, f.Text)
	if err == nil && p.Reverses() {
		err = s.rules.May(person, access.DesensitizeBack)
	}
	return person, err
}

// Desensitize applies a profile to a table inside an enclave. Where it fails, its files are aborted.
func (s *Service) Desensitize(ctx context.Context, by api.Principal, f api.DesensitizeFile) (api.Desensitization,
	error) {
	person, err := s.mayApply(ctx, by, f.Profile)
	if err != nil {
		f.Abort()
		return api.Desensitization{}, err
	}
	return s.route.Desensitize(ctx, person, f)
}

// DryRun applies a profile to a table inside an enclave, and stores nothing of it.
func (s *Service) DryRun(ctx context.Context, by api.Principal, f api.DesensitizeFile, show int) (api.DryRun, error) {
	person, err := s.mayApply(ctx, by, f.Profile)
	if err != nil {
		return api.DryRun{}, err
	}
	return s.route.DryRun(ctx, person, f, show)
}

// Trace looks in a file for the watermark of a recipient.
func (s *Service) Trace(ctx context.Context, by api.Principal, f api.TraceFile) ([]api.Trace, error) {
	person, err := s.may(ctx, by, api.ScopeDesensitize, access.DesensitizeTrace)
	if err != nil {
		return nil, err
	}
	return s.route.Trace(ctx, person, f)
}

// Desensitizations returns the records of all applications of profiles, oldest day first.
func (s *Service) Desensitizations(ctx context.Context, by api.Principal) ([]api.Desensitization, error) {
	person, err := s.may(ctx, by, api.ScopeDesensitize, access.DesensitizeList)
	if err != nil {
		return nil, err
	}
	return s.route.Desensitizations(ctx, person)
}

// Desensitization returns one record.
func (s *Service) Desensitization(ctx context.Context, by api.Principal, id string) (api.Desensitization, error) {
	person, err := s.may(ctx, by, api.ScopeDesensitize, access.DesensitizeList)
	if err != nil {
		return api.Desensitization{}, err
	}
	return s.route.Desensitization(ctx, person, id)
}
