package ops

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/tenant"
)

// Use is what tenants use of what is limited, and what room the disks have.
type Use struct {
	Tenants []tenant.Use
	Disks   []Disk
}

// Disk is the room of one disk of the home. Place is a name within the home.
type Disk struct {
	Place               string
	Free, Size, Reserve yumen.Size
}

// collector asks for the use when figures are asked for.
type collector struct {
	use func(context.Context) (Use, error)
}

var (
	ofTenant = []string{"kind", "name"}
	runs     = prometheus.NewDesc("yumen_tenant_runs", "Runs of a contract or an organisation: running, waiting.",
		append(ofTenant, "state"), nil)
	bytesOf = prometheus.NewDesc("yumen_tenant_bytes",
		"Bytes of a contract or an organisation, rounded up to a power of two MiB: memory of runs, held, spool.",
		append(ofTenant, "of"), nil)
	answering = prometheus.NewDesc("yumen_tenant_answering",
		"Calls of a contract or an organisation that are being answered.", ofTenant, nil)
	refusals = prometheus.NewDesc("yumen_tenant_refusals_total",
		"How often a limit of a contract or an organisation stood in its way: runs (delayed), held, spool, calls, connections.",
		append(ofTenant, "of"), nil)
	disk = prometheus.NewDesc("yumen_disk_bytes", "Room of a disk of the home: free, size, reserve.",
		[]string{"place", "of"}, nil)
	collected = prometheus.NewDesc("yumen_use_known", "1 where the use of tenants and disks could be found out.", nil,
		nil)
)

// Describe names the figures.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{runs, bytesOf, answering, refusals, disk, collected} {
		to <- d
	}
}

// Collect finds the figures out.
func (c collector) Collect(to chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	u, err := c.use(ctx)
	if err != nil {
		gauge(collected, 0)
		return
	}
	gauge(collected, 1)
	for _, t := range u.Tenants {
		kind, name := string(t.Kind), t.Name
		gauge(runs, float64(t.Runs), kind, name, "running")
		gauge(runs, float64(t.Waiting), kind, name, "waiting")
		for of, n := range map[string]yumen.Size{"memory": t.Memory, "held": t.Held, "spool": t.Spool} {
			gauge(bytesOf, coarse(n), kind, name, of)
		}
		gauge(answering, float64(t.Connections), kind, name)
		for of, n := range map[string]uint64{"runs": t.Delayed, "held": t.RefusedHeld, "spool": t.RefusedSpool,
			"calls": t.RefusedCalls, "connections": t.RefusedConnections} {
			to <- prometheus.MustNewConstMetric(refusals, prometheus.CounterValue, float64(n), kind, name, of)
		}
	}
	for _, d := range u.Disks {
		gauge(disk, float64(d.Free), d.Place, "free")
		gauge(disk, float64(d.Size), d.Place, "size")
		gauge(disk, float64(d.Reserve), d.Place, "reserve")
	}
}

// coarse rounds bytes up to a power of two MiB: how large a result is tells of the data.
func coarse(n yumen.Size) float64 {
	if n <= 0 {
		return 0
	}
	return math.Exp2(math.Ceil(math.Log2(max(1, float64(n)/(1<<20))))) * (1 << 20)
}
