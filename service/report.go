package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Indicators counts how offices and providers keep to what the rules ask of them.
func (s *Service) Indicators(ctx context.Context, by api.Principal, from, until yumen.Day) (api.Indicators, error) {
	if _, err := s.may(ctx, by, api.ScopeCases, access.ReportShow); err != nil {
		return api.Indicators{}, err
	}
	return s.route.Indicators(ctx, from, until)
}
