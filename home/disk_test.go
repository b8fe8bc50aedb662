package home

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/disktest"
)

func TestMain(m *testing.M) { disktest.Main(m) }

// On a disk without a free byte a home can be read and backed up, whether or not somebody has it open; what would write
// says which disk is full.
func TestFullDiskCanBeRead(t *testing.T) {
	disk := disktest.Small(t)
	if disk == "" {
		return
	}
	dir := filepath.Join(disk, "home")
	if _, err := Create(t.Context(), dir, "test-domain"); err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	register(t, h, 1)
	readable := func(when string) {
		t.Helper()
		r, err := OpenReader(t.Context(), dir)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if ds, err := r.route.Datasets(t.Context()); err != nil || len(ds) != 1 {
			t.Errorf("%s: %d datasets, %v", when, len(ds), err)
		}
		_, err = r.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{})
		if err := errors.Join(err, r.Close()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		b := &bytes.Buffer{}
		if err := Backup(t.Context(), dir, b); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if err := Restore(t.Context(), filepath.Join(t.TempDir(), "to"), b, Original{Lost: true}); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	free := disktest.Fill(t, disk, 0)
	readable("open")
	if _, err := h.route.Register(t.Context(), bureau, "city.yaml", []byte(city)); err == nil {
		t.Error("registered on a full disk")
	}
	free()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	free = disktest.Fill(t, disk, 0)
	readable("closed")
	if _, err := Open(t.Context(), dir, Options{}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("opened on a full disk: %v", err)
	}
	b := &bytes.Buffer{}
	if err := Backup(t.Context(), dir, b); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), filepath.Join(disk, "to"), b, Original{Lost: true}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("restored on a full disk: %v", err)
	}
	free()
	goesOn(t, dir, 1, 0)
}
