package service

import (
	"context"
	"io"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

var _ api.StatementUseCases = (*Service)(nil)

// ReleasedColumns returns the columns of a release as ReadRows gives them.
func (s *Service) ReleasedColumns(ctx context.Context, by api.Principal, release string) ([]yumen.ArtifactColumn,
	error) {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return nil, err
	}
	return s.route.ReleasedColumns(ctx, person, release)
}

// OwnJobs returns the jobs that the principal submitted under a contract.
func (s *Service) OwnJobs(ctx context.Context, by api.Principal, contract string) ([]yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return nil, err
	}
	return s.route.OwnJobs(ctx, person, contract)
}

// ChangedJobs returns those of them that have changed, and those that may be shown otherwise.
func (s *Service) ChangedJobs(ctx context.Context, by api.Principal, contract string, since time.Time,
	pending []string) ([]yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeJobs, access.JobShow)
	if err != nil {
		return nil, err
	}
	return s.route.ChangedJobs(ctx, person, contract, since, pending)
}

// HoldReader has the enclaves that read rows for the principal under a contract stay warm.
func (s *Service) HoldReader(ctx context.Context, by api.Principal, contract string) (leave func(), err error) {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return nil, err
	}
	return s.route.HoldReader(person, contract), nil
}

// ReadRows has a range of the rows of a release written inside an enclave.
func (s *Service) ReadRows(ctx context.Context, by api.Principal, release string, of api.RowRange,
	to io.Writer) (api.RowsRead, error) {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return api.RowsRead{}, err
	}
	return s.route.ReadRows(ctx, person, release, of, to)
}

// ReadBatches has the rows of a release written as Arrow messages inside an enclave.
func (s *Service) ReadBatches(ctx context.Context, by api.Principal, release string, to io.Writer) error {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return err
	}
	return s.route.ReadBatches(ctx, person, release, to)
}

// BindParams has an enclave without data read the parameters that a client sent as an Arrow stream.
func (s *Service) BindParams(ctx context.Context, by api.Principal, stream []byte) ([]api.CatalogParam, error) {
	if _, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogShow); err != nil {
		return nil, err
	}
	return s.route.BindParams(ctx, stream)
}

// AskCatalog answers a statement over PostgreSQL's catalog for the view that comes with it, and returns its rows as
// ReadRows writes them.
func (s *Service) AskCatalog(ctx context.Context, by api.Principal, spec api.CatalogSpec) (api.CatalogAnswer, []byte,
	error) {
	if _, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogShow); err != nil {
		return api.CatalogAnswer{}, nil, err
	}
	rows, err := s.route.AskCatalog(ctx, by.Person.Org, spec)
	if err != nil {
		return api.CatalogAnswer{}, nil, err
	}
	return rows.Answer, rows.Frames, nil
}

// AskReleased answers a statement over what was released to the principal under a contract.
func (s *Service) AskReleased(ctx context.Context, by api.Principal, of api.ReleasedStatement,
	to io.Writer) (api.CatalogAnswer, error) {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return api.CatalogAnswer{}, err
	}
	return s.route.AskReleased(ctx, person, of, to)
}
