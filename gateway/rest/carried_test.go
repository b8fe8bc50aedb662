package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/gateway/wire"
)

// recorded is a domain that records calls, as a home does, and outlives its doors.
type recorded struct {
	domain
	mu    sync.Mutex
	calls map[string]api.Carried
}

func (d *recorded) Carried(_ context.Context, id string) (api.Carried, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.calls[id]
	return c, ok, nil
}

func (d *recorded) step(ctx context.Context, action yumen.AuditAction, subject string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := api.CallOf(ctx); c != nil {
		d.calls[c.ID] = api.Carried{Request: c.Request, At: time.Unix(0, 0), Action: action, Subject: subject}
	}
}

func (d *recorded) Submit(ctx context.Context, by api.Principal, s yumen.JobSpec, m []byte) (yumen.Job, error) {
	j, err := d.domain.Submit(ctx, by, s, m)
	d.step(ctx, yumen.ActionJobSubmit, j.ID)
	return j, err
}

func (d *recorded) Job(_ context.Context, _ api.Principal, id string) (api.Job, error) {
	return api.Job{Job: yumen.Job{ID: id, State: yumen.StateRunning}}, nil
}

func (d *recorded) Cancel(ctx context.Context, _ api.Principal, id string) (yumen.Job, error) {
	d.submitted.Add(1)
	d.step(ctx, yumen.ActionJobCancel, id)
	return yumen.Job{ID: id}, nil
}

// A key that was used before the server was started again does not have a call carried out twice: a job is found by
// it, of anything else it is said that it was done, and for another call, or by another person, it is another key.
func TestKeysOutliveTheDoor(t *testing.T) {
	d := &recorded{calls: map[string]api.Carried{}}
	ask := func(door *rest.Door, person, path, body string) (int, string) {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header = http.Header{"Authorization": {"Bearer token-of-" + person}, "Content-Type": {"application/json"},
			wire.HeaderKey: {"k-" + path}}
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	open := func() *rest.Door { return rest.New(rest.Config{Domain: d, Tokens: tokens{}, Calls: d}) }
	before := open()
	ask(before, "a", "/v1/jobs", job)
	ask(before, "a", "/v1/jobs/j-1/cancellation", "")
	if n := d.submitted.Load(); n != 2 {
		t.Fatalf("%d were carried out", n)
	}
	after := open()
	if status, body := ask(after, "a", "/v1/jobs", job); status != 200 || !strings.Contains(body, `"id":"j-1"`) ||
		!strings.Contains(body, "running") {
		t.Errorf("the job: %d %s", status, body)
	}
	if status, body := ask(after, "a", "/v1/jobs/j-1/cancellation", ""); status != 409 ||
		!strings.Contains(body, "was carried out") || !strings.Contains(body, "j-1") {
		t.Errorf("the cancellation: %d %s", status, body)
	}
	after = open()
	if status, body := ask(after, "a", "/v1/jobs", strings.Replace(job, "1", "2", 1)); status != 409 ||
		!strings.Contains(body, "used for another call") {
		t.Errorf("another call: %d %s", status, body)
	}
	if n := d.submitted.Load(); n != 2 {
		t.Errorf("%d were carried out", n)
	}
	if _, body := ask(after, "b", "/v1/jobs", job); !strings.Contains(body, `"id":"j-3"`) {
		t.Errorf("another person: %s", body)
	}
}
