package home

import (
	"context"
	"path/filepath"

	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
)

// Unsealed lists the objects of the home in dir that an earlier version stored as they are.
func Unsealed(dir string) ([]store.Object, error) {
	return local.OpenReader(filepath.Join(dir, objectsDir), nil, nil).Unsealed()
}

// Seal seals the objects that an earlier version stored as they are, each under its digest, so that nothing that names one
// changes. It says after each how far it is. Interrupted anywhere, it goes on when it is repeated.
func (h *Home) Seal(ctx context.Context, progress func(done, total int64)) (sealed int, err error) {
	objects, err := h.objects.Unsealed()
	if err != nil {
		return 0, err
	}
	var done, total int64
	for _, o := range objects {
		total += o.Bytes
	}
	for _, o := range objects {
		if err := h.objects.Seal(ctx, o); err != nil {
			return sealed, err
		}
		sealed, done = sealed+1, done+o.Bytes
		progress(done, total)
	}
	return sealed, nil
}
