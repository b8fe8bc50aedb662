package pipeline

import (
	"context"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Carried returns what is on record of a call that had a key, and whether it was carried out at all.
func (s *Service) Carried(ctx context.Context, id string) (api.Carried, bool, error) {
	r, err := journal.Find[api.Carried](ctx, s.state, store.Call, id)
	return r.V, r.Rev > 0, err
}
