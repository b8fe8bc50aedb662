package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Packs returns all revisions of policy packs that were put in force, ordered by id and revision.
func (s *Service) Packs(ctx context.Context, by api.Principal) ([]yumen.SignedPack, error) {
	if _, err := s.may(ctx, by, api.ScopeContracts, access.PackShow); err != nil {
		return nil, err
	}
	return s.route.Packs(ctx)
}

// SignPack puts a policy pack in force.
func (s *Service) SignPack(ctx context.Context, by api.Principal, file string, text []byte,
	trial bool) (yumen.SignedPack, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.PackSign)
	if err != nil {
		return yumen.SignedPack{}, err
	}
	return s.route.SignPack(ctx, person, file, text, trial)
}

// Years returns the years of working days that were added, in order.
func (s *Service) Years(ctx context.Context, by api.Principal) ([]yumen.AnnouncedYear, error) {
	if _, err := s.may(ctx, by, api.ScopeContracts, access.PackShow); err != nil {
		return nil, err
	}
	return s.route.Years(ctx)
}

// AddYear adds a year of working days.
func (s *Service) AddYear(ctx context.Context, by api.Principal, file string, text []byte) (yumen.AnnouncedYear, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.PackSign)
	if err != nil {
		return yumen.AnnouncedYear{}, err
	}
	return s.route.AddYear(ctx, person, file, text)
}
