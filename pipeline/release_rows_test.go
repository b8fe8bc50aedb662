package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/sqlite"
)

// eager is a keeper whose enclave writes its rows as soon as it is asked.
type eager struct {
	begins func()
}

func (eager) Hold(task.Owner) (leave func()) { return func() {} }

func (e eager) Ask(_ context.Context, _ task.Kept, outs map[string]io.Writer) (task.Outcome, error) {
	e.begins()
	if _, err := io.WriteString(outs[task.OutFile], "rows"); err != nil {
		return task.Outcome{}, yumen.Errorf(yumen.KindInternal, "cannot store the output", "无法保存输出").Because(err)
	}
	return task.Outcome{Answer: json.RawMessage(`{"rows":1}`)}, nil
}

// counting counts what reaches it.
type counting struct{ bytes atomic.Int64 }

func (c *counting) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}

// releasedTo returns a domain with a release, opened with a keeper.
func releasedTo(t *testing.T, k pipeline.Keeper, change func(*pipeline.Config)) (d *domain, s *pipeline.Service,
	release string) {
	t.Helper()
	d = newDomain(t)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		c.Keeper = k
		change(c)
	})
	t.Cleanup(done)
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	r, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	return d, s, r.Name
}

// No row goes to its reader before the log says that they have it, though the enclave may have begun.
func TestRowsWaitForTheLog(t *testing.T) {
	begun, reading := make(chan struct{}), false
	out := &counting{}
	d, s, release := releasedTo(t, eager{func() { close(begun) }}, func(c *pipeline.Config) {
		c.Crash = func(point string) {
			if !reading {
				return
			}
			<-begun
			if n := out.bytes.Load(); n > 0 {
				t.Errorf("%d bytes have gone out at point %s of the step", n, point)
			}
		}
	})
	reading = true
	got, err := s.ReadRows(t.Context(), analyst, release, api.RowRange{}, out)
	if err != nil || got.Rows != 1 || out.bytes.Load() != 4 {
		t.Errorf("read %+v, %d bytes, %v", got, out.bytes.Load(), err)
	}
	if n := len(d.logged(yumen.ActionReleaseGet)); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// Rows whose entry cannot be written go nowhere, and whoever asks is told why.
func TestRowsWithoutAnEntry(t *testing.T) {
	for name, ask := range map[string]func(*pipeline.Service, string, io.Writer) error{
		"rows": func(s *pipeline.Service, release string, to io.Writer) error {
			_, err := s.ReadRows(t.Context(), analyst, release, api.RowRange{}, to)
			return err
		},
		"batches": func(s *pipeline.Service, release string, to io.Writer) error {
			return s.ReadBatches(t.Context(), analyst, release, to)
		},
	} {
		t.Run(name, func(t *testing.T) {
			refused := &refusing{}
			d, s, release := releasedTo(t, eager{func() {}}, func(c *pipeline.Config) {
				refused.State = c.State
				c.State = refused
			})
			refused.steps.Store(true)
			var out bytes.Buffer
			if err := ask(s, release, &out); !errors.Is(err, errFault) || out.Len() > 0 {
				t.Errorf("%d bytes, %v", out.Len(), err)
			}
			if n := len(d.logged(yumen.ActionReleaseGet)); n != 0 {
				t.Errorf("%d entries", n)
			}
		})
	}
}

// refusing is a state that takes no step from some time on.
type refusing struct {
	store.State
	steps atomic.Bool
}

func (r *refusing) Intend(ctx context.Context, in *store.Intent) error {
	if r.steps.Load() {
		return errFault
	}
	return r.State.Intend(ctx, in)
}

// A record that somebody changes in the state's file while the domain serves is refused with the next statement, however
// often it was read before.
func TestRowsOfARecordThatWasChanged(t *testing.T) {
	for _, kind := range []store.Kind{store.Release, store.Contract} {
		t.Run(string(kind), func(t *testing.T) {
			d, s, release := releasedTo(t, eager{func() {}}, func(*pipeline.Config) {})
			for range 3 {
				if _, err := s.ReadRows(t.Context(), analyst, release, api.RowRange{}, io.Discard); err != nil {
					t.Fatal(err)
				}
			}
			id := map[store.Kind]string{store.Release: release, store.Contract: "study"}[kind]
			changePast(t, d, kind, id, "study", "studio")
			var out bytes.Buffer
			_, err := s.ReadRows(t.Context(), analyst, release, api.RowRange{}, &out)
			if yumen.KindOf(err) != yumen.KindCorrupt || out.Len() > 0 {
				t.Errorf("%d bytes, %v", out.Len(), err)
			}
		})
	}
}

// changePast changes a text of a record as another program does that has the state's file open.
func changePast(t *testing.T, d *domain, kind store.Kind, id, from, to string) {
	t.Helper()
	other, err := sqlite.Open(t.Context(), d.path("state.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	r, err := other.Get(t.Context(), kind, id)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.ReplaceAll(string(r.Body), from, to)
	if body == string(r.Body) {
		t.Fatalf("%s %s has no %q", kind, id, from)
	}
	r.Body = json.RawMessage(body)
	in := &store.Intent{Puts: []store.Record{r}}
	if err := errors.Join(other.Intend(t.Context(), in), other.Apply(t.Context(), in), other.Close()); err != nil {
		t.Fatal(err)
	}
}
