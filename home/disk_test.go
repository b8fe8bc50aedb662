package home

import (
	"bytes"
	"errors"
	"os"
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
	if err := Restore(t.Context(), filepath.Join(disk, "to"), b,
		Original{Lost: true}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("restored on a full disk: %v", err)
	}
	free()
	goesOn(t, dir, 1, 0)
}

// Below the reserve new jobs and imports are refused before anything is written of them, while the log still can be:
// with half of it left, a catalog entry is registered and the log verified. Room that is made counts at once.
func TestReservedRoom(t *testing.T) {
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
	defer h.Close()
	h.Apply(Settings{Disk: Disk{Reserve: 400 << 10}})
	analyst := yumen.Actor{Name: "a", Org: "lab", Roles: []yumen.Role{yumen.RoleAnalyst}}
	spec := yumen.JobSpec{Contract: "study", SQL: "SELECT 1"}
	if _, err := h.route.Submit(t.Context(), analyst, spec, nil); err != nil {
		t.Fatal(err)
	}
	free := disktest.Fill(t, disk, 390<<10)
	before := h.disksOf(t)
	if len(before) != 1 || !before[0].Short() || before[0].Place != stateFile || before[0].Reserve != 400<<10 {
		t.Errorf("%+v", before)
	}
	for range 100 { // refusals take no room
		if _, err := h.route.Submit(t.Context(), analyst, spec, nil); yumen.KindOf(err) != yumen.KindUnavailable ||
			yumen.AsError(err).Place != stateFile {
			t.Fatalf("submitted: %v", err)
		}
	}
	if _, err := h.route.Import(t.Context(), bureau,
		api.ImportFiles{Dataset: "visits"}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("imported: %v", err)
	}
	if after := h.disksOf(t); after[0].Free != before[0].Free {
		t.Errorf("refusals took %s", before[0].Free-after[0].Free)
	}
	register(t, h, 1)
	if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{}); err != nil {
		t.Error(err)
	}
	free()
	if _, err := h.route.Submit(t.Context(), analyst, spec, nil); err != nil {
		t.Error(err)
	}
}

// disksOf is what Use says of the disks.
func (h *Home) disksOf(t *testing.T) []DiskSpace {
	t.Helper()
	u, err := h.Use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u.Disks
}

// A log that lies on a disk of its own is watched there, and a reserve in percent counts where it is the larger one.
func TestDisksOfAHome(t *testing.T) {
	disk := disktest.Small(t)
	if disk == "" {
		return
	}
	dir := made(t)
	log := filepath.Join(disk, "log")
	if err := errors.Join(os.CopyFS(log, os.DirFS(filepath.Join(dir, LogDir))),
		os.RemoveAll(filepath.Join(dir, LogDir)), os.Symlink(log, filepath.Join(dir, LogDir))); err != nil {
		t.Fatal(err)
	}
	all, err := Disk{Reserve: 1 << 10, ReservePercent: 50}.Space(dir)
	if err != nil || len(all) != 2 || all[1].Place != LogDir || all[1].Size > 1<<20 || all[1].Reserve < 500<<10 ||
		all[1].Reserve > 512<<10 {
		t.Errorf("%+v, %v", all, err)
	}
}
