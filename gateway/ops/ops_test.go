package ops_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen/gateway/ops"
)

func ask(d *ops.Door, path string) (int, string) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// What is told is by route and status, in few buckets; profiles are told only where that is asked for.
func TestOperations(t *testing.T) {
	d := ops.New(false)
	if code, _ := ask(d, "/ready"); code != 503 {
		t.Errorf("ready before it is: %d", code)
	}
	d.Ready(true)
	d.Answered("GET /v1/jobs/{job}", 200, 3*time.Millisecond)
	d.Answered("", 404, time.Millisecond)
	d.Reloaded(false)
	for _, path := range []string{"/ready", "/health"} {
		if code, _ := ask(d, path); code != 200 {
			t.Errorf("%s: %d", path, code)
		}
	}
	_, text := ask(d, "/metrics")
	for _, want := range []string{`yumen_requests_total{route="GET /v1/jobs/{job}",status="200"} 1`, `yumen_requests_total{route="none",status="404"} 1`,
		`yumen_request_seconds_bucket{route="GET /v1/jobs/{job}",le="0.005"} 1`, `yumen_reloads_total{outcome="refused"} 1`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if n := strings.Count(text, `yumen_request_seconds_bucket{route="none"`); n != len(ops.Buckets)+1 {
		t.Errorf("%d buckets", n)
	}
	if code, _ := ask(d, "/debug/pprof/"); code != 404 {
		t.Errorf("profiles: %d", code)
	}
	if code, _ := ask(ops.New(true), "/debug/pprof/"); code != 200 {
		t.Errorf("profiles: %d", code)
	}
}
