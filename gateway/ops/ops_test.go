package ops_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen/gateway/ops"
	"github.com/yumen-data/yumen/internal/tenant"
)

func ask(d *ops.Door, path string) (int, string) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// What is told is by route and status, in few buckets; profiles are told only where that is asked for.
func TestOperations(t *testing.T) {
	use := func(context.Context) (ops.Use, error) {
		return ops.Use{Tenants: []tenant.Use{{Key: tenant.Key{Kind: tenant.Contract, Name: "study"}, Runs: 2,
			Held: 3<<20 + 1, RefusedCalls: 5}},
			Disks: []ops.Disk{{Place: ".", Free: 7, Size: 9, Reserve: 8}}}, nil
	}
	d := ops.New(false, use)
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
	for _, want := range []string{`yumen_requests_total{route="GET /v1/jobs/{job}",status="200"} 1`,
		`yumen_requests_total{route="none",status="404"} 1`,
		`yumen_request_seconds_bucket{route="GET /v1/jobs/{job}",le="0.005"} 1`,
		`yumen_reloads_total{outcome="refused"} 1`,
		`yumen_tenant_runs{kind="contract",name="study",state="running"} 2`,
		`yumen_tenant_bytes{kind="contract",name="study",of="held"} 4.194304e+06`,
		`yumen_tenant_refusals_total{kind="contract",name="study",of="calls"} 5`,
		`yumen_disk_bytes{of="free",place="."} 7`, "yumen_use_known 1"} {
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
	if code, _ := ask(ops.New(true, use), "/debug/pprof/"); code != 200 {
		t.Errorf("profiles: %d", code)
	}
}
