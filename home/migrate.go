package home

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
)

// Unsealed lists the objects of the home in dir that an earlier version stored as they are.
func Unsealed(dir string) ([]store.Object, error) {
	return local.OpenReader(filepath.Join(dir, objectsDir), nil, nil).Unsealed()
}

// Unseparated lists the versions of the home in dir in which an earlier release stored identifiers.
func Unseparated(ctx context.Context, dir string) (versions []yumen.Version, err error) {
	h, err := OpenReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return h.route.Unseparated(ctx)
}

// Separate stores versions in which an earlier release stored identifiers as imports store them now, and says after
// each how many are done. Interrupted anywhere, it goes on when it is repeated.
func (h *Home) Separate(ctx context.Context, progress func(done, total int64)) (separated int, err error) {
	return h.route.Separate(ctx, progress)
}

// Seal seals the objects that an earlier version stored as they are, each under its digest, so that nothing that names
// one changes. It says after each how far it is. Interrupted anywhere, it goes on when it is repeated.
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
