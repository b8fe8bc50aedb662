package service

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Releases returns the releases that the principal may fetch, oldest day first.
func (s *Service) Releases(ctx context.Context, by api.Principal) ([]yumen.Release, error) {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return nil, err
	}
	all, err := s.route.Releases(ctx)
	if err != nil {
		return nil, err
	}
	may := map[string]bool{} // by contract
	for _, r := range all {
		if _, known := may[r.Contract]; !known {
			if may[r.Contract], err = s.route.MayFetch(ctx, person, r.Contract); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(all, func(r yumen.Release) bool { return !may[r.Contract] }), nil
}

// Fetch returns a release with its receipt. That it was fetched is logged first.
func (s *Service) Fetch(ctx context.Context, by api.Principal, name string) (api.Result, error) {
	person, err := s.may(ctx, by, api.ScopeReleases, access.ReleaseGet)
	if err != nil {
		return api.Result{}, err
	}
	return s.route.Fetch(ctx, person, name)
}
