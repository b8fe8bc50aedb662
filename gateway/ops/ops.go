// Package ops is the door of operations: figures for Prometheus, health and readiness and, where it is asked for,
// profiles of the running program. It names routes, contracts and organisations, never a person, a dataset or a job,
// and gives times and sizes in coarse buckets: what it tells must tell nothing of data.
//
// It is not for users, and listens apart from their door.
package ops

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Door is the door of operations.
type Door struct {
	mux      *http.ServeMux
	ready    atomic.Bool
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	reloads  *prometheus.CounterVec
	open     *prometheus.GaugeVec
	closed   *prometheus.CounterVec
}

// Buckets are the upper bounds of the buckets that answers are counted in, in seconds.
var Buckets = []float64{.001, .005, .025, .1, .5, 2.5, 10, 60}

// New returns the door, which asks use what tenants use. It is not ready until it is told.
func New(profiles bool, use func(context.Context) (Use, error)) *Door {
	d := &Door{mux: http.NewServeMux(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yumen_requests_total",
			Help: "Requests that were answered, by route and status."},
			[]string{"route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "yumen_request_seconds",
			Help: "How long answers took, by route.", Buckets: Buckets},
			[]string{"route"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yumen_reloads_total",
			Help: "How often the configuration was read again, by outcome."},
			[]string{"outcome"}),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "yumen_connections",
			Help: "Connections that are open, by listener."}, []string{"door"}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yumen_connections_refused_total",
			Help: "Connections that were closed unanswered, by listener and reason: source (it has as many as it may), unauthenticated (nobody said in time who they are)."},
			[]string{"door", "reason"})}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collector{use}, d.requests, d.took, d.reloads, d.open, d.closed, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.mux.Handle("GET /metrics",
		promhttp.HandlerFor(reg, promhttp.HandlerOpts{Timeout: 10 * time.Second, MaxRequestsInFlight: 4}))
	d.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	d.mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if !d.ready.Load() {
			say(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		say(w, http.StatusOK, "ready")
	})
	if profiles {
		d.mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		d.mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		d.mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		d.mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return d
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // whoever asked may be gone
}

// ServeHTTP answers.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

// Ready says whether users are answered.
func (d *Door) Ready(is bool) { d.ready.Store(is) }

// Answered counts an answer of the users' door.
func (d *Door) Answered(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	d.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	d.took.WithLabelValues(route).Observe(took.Seconds())
}

// Connected counts a connection more (1) or less (-1).
func (d *Door) Connected(door string, by int) { d.open.WithLabelValues(door).Add(float64(by)) }

// Refused counts a connection that was closed unanswered.
func (d *Door) Refused(door, why string) { d.closed.WithLabelValues(door, why).Inc() }

// Reloaded counts a reading of the configuration.
func (d *Door) Reloaded(ok bool) {
	outcome := map[bool]string{true: "done", false: "refused"}[ok]
	d.reloads.WithLabelValues(outcome).Inc()
}
