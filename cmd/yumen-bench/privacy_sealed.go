package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/seal"
)

// storedTables are the tables of the benchmark as objects.
type storedTables struct {
	objects *local.Store
	tables  map[string]store.Object
}

// compareSealed times each query over a version that is stored sealed against the same over one that is stored as it
// is, each fetched from its store for each run, as a job's is.
func (b *privateBench) compareSealed(ctx context.Context, dir string) ([]measurement, error) {
	sealed, plain, err := b.store(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer sealed.objects.Close() // memory
	var out []measurement
	for _, c := range privateCases {
		for _, class := range []yumen.ReleaseClass{yumen.ClassDP, yumen.ClassAggregate} {
			t, name, err := b.task(ctx, c, class)
			if err != nil {
				return nil, err
			}
			m, err := b.byTurns(fmt.Sprintf("class %s, %s, version sealed", class, c.name),
				func() error { return b.runStored(ctx, sealed, c, t, name) },
				"version unsealed", func() error { return b.runStored(ctx, plain, c, t, name) })
			if err != nil {
				return nil, err
			}
			out = append(out, m)
		}
	}
	return out, nil
}

// store stores the tables twice: sealed and as they are.
func (b *privateBench) store(ctx context.Context, dir string) (sealed, plain storedTables, err error) {
	kms, err := keyring.OpenLocal(filepath.Join(dir, "master.key"))
	if err != nil {
		return sealed, plain, err
	}
	ring, err := keyring.Open(filepath.Join(dir, "sealing.json"), kms)
	if err == nil {
		_, err = ring.Create(ctx, seal.KeyID, "bench")
	}
	if err != nil {
		return sealed, plain, err
	}
	vault := seal.NewVault(filepath.Join(dir, "keys"), ring, seal.AES256GCM)
	sealed.objects, err = local.OpenSealed(filepath.Join(dir, "sealed"), vault, seal.NewOpener(8<<30, dir, false))
	if err != nil {
		return sealed, plain, err
	}
	plain.objects, err = local.Open(filepath.Join(dir, "plain"))
	for _, s := range []*storedTables{&sealed, &plain} {
		s.tables = map[string]store.Object{}
		for name, file := range b.files {
			if err == nil {
				s.tables[name], err = s.put(file)
			}
		}
	}
	return sealed, plain, err
}

func (s storedTables) put(file string) (store.Object, error) {
	f, err := os.Open(file)
	if err != nil {
		return store.Object{}, err
	}
	defer f.Close() // read only
	w, err := s.objects.Create(store.Versions)
	if err != nil {
		return store.Object{}, err
	}
	if _, err := io.Copy(w, f); err != nil {
		return store.Object{}, errors.Join(err, w.Abort())
	}
	o, err := w.Stage()
	if err != nil {
		return o, err
	}
	return o, s.objects.Publish(o)
}

func (b *privateBench) runStored(ctx context.Context, s storedTables, c privateCase, t task.Task, out string) error {
	f, release, err := s.objects.Fetch(ctx, s.tables[c.table])
	if err != nil {
		return err
	}
	defer release()
	t.Inputs = []task.Input{{Name: c.table, File: f}}
	_, err = b.host.Run(ctx, t, map[string]io.Writer{out: io.Discard, task.OutEvidence: io.Discard})
	return err
}
