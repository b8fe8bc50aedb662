package pipeline_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// fillable is a disk that a test fills.
type fillable struct {
	mu       sync.Mutex
	low, out bool
}

func (f *fillable) fill(low, out bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.low, f.out = low, out
}

var errLow = yumen.Errorf(yumen.KindUnavailable, "nearly full", "即将写满").At("objects")

func (f *fillable) Accepts() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.low {
		return errLow
	}
	return nil
}

func (f *fillable) Continues() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out {
		return errLow
	}
	return nil
}

// incoming names the bytes that are no object yet.
func (d *domain) incoming() string {
	d.t.Helper()
	left, err := os.ReadDir(d.path("objects/incoming"))
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprint(left)
}

// While the disk is nearly full new jobs and imports are refused before anything is written of them, and what recurs
// waits; a job that is under way ends, is reviewed and released, and the log is verified.
func TestNearlyFullDisk(t *testing.T) {
	d, disk, at := newDomain(t), &fillable{}, time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	s, done := d.mustOpenWith(calm(),
		func(c *pipeline.Config) { c.Disk, c.Clock = disk, func() time.Time { return at } })
	defer done()
	prepare(t, s, d.dir)
	first := submit(t, s)
	release(t, s, first)
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	underWay, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	disk.fill(true, false)
	entries, left := len(d.logged("")), d.incoming()
	if _, err := s.Submit(t.Context(), analyst, moduleJob,
		[]byte("another module")); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("a new job: %v", err)
	}
	file := filepath.Join(d.dir, "in.csv")
	if _, err := s.Import(t.Context(), provider,
		api.ImportFiles{Dataset: "visits", Paths: []string{file},
			Format: yumen.FormatCSV}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("an import: %v", err)
	}
	out := &newFile{}
	if _, err := s.Desensitize(t.Context(), provider,
		api.DesensitizeFile{Out: out}); yumen.KindOf(err) != yumen.KindUnavailable || len(out.fate) != 1 {
		t.Errorf("a table to desensitize: %v, %v", err, out.fate)
	}
	if n := len(d.logged("")); n != entries {
		t.Errorf("refusals left %d entries", n-entries)
	}
	if now := d.incoming(); now != left {
		t.Errorf("refusals left bytes: %s, before %s", now, left)
	}
	at = at.Add(2 * time.Hour)
	if js, err := s.Resume(t.Context(), reviewer1); err != nil || len(js) != 1 || js[0].State != yumen.StateInReview {
		t.Fatalf("what was under way: %+v, %v", js, err)
	}
	j, err := s.Job(t.Context(), reviewer1, underWay.ID)
	if err != nil {
		t.Fatal(err)
	}
	release(t, s, j)
	if _, err := s.Verify(t.Context(), api.VerifyOptions{}); err != nil {
		t.Error(err)
	}
	disk.fill(false, false)
	js, err := s.Resume(t.Context(), reviewer1)
	if r := recurrence(t, s); err != nil || len(js) != 1 || r.Ended() {
		t.Errorf("what recurs: %+v, %v", js, err)
	}
}

// A large output stops while the log's room is about to be used up, and nothing of it is left; a file that leaves is
// written.
func TestLargeOutputLeavesTheLogItsRoom(t *testing.T) {
	d, disk, e := newDomain(t), &fillable{}, calm()
	s, done := d.mustOpenWith(e, func(c *pipeline.Config) { c.Disk = disk })
	defer done()
	prepare(t, s, d.dir)
	approved := submit(t, s)
	approve(t, s, approved)
	var before string
	e[task.Wasm] = func(_ task.Task, outs map[string]io.Writer) (any, error) {
		disk.fill(true, true)
		before = d.incoming()
		for range 8 {
			if _, err := outs[task.OutResult].Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
				return nil, err
			}
		}
		return task.ResultAnswer{Rows: 1}, nil
	}
	if j := submit(t, s); j.State != yumen.StateFailed || j.Error.Kind != yumen.KindUnavailable {
		t.Errorf("job is %s: %v", j.State, j.Error)
	}
	if now := d.incoming(); strings.Count(now, " ") >= strings.Count(before, " ") {
		t.Errorf("left %s, before %s", now, before)
	}
	if _, err := s.Release(t.Context(), reviewer1, approved.ID, yumen.FormatCSV); err != nil {
		t.Error(err)
	}
}
