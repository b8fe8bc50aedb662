package sandbox

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Report says what isolation this host gives, as found by starting an enclave that does nothing.
type Report struct {
	Level   yumen.IsolationLevel `json:"level"`
	Minimum yumen.IsolationLevel `json:"minimum"` // what the configuration asks for
	Enough  bool                 `json:"enough"`  // whether anything will run
	Layers  []LayerCheck         `json:"layers"`
	Probes  []yumen.Probe        `json:"probes"` // what the enclave tried after lock-down
	StartMS int64                `json:"start_ms"`
	Kernel  string               `json:"kernel,omitempty"`
	// Error says why no enclave could be started at all.
	Error *yumen.Error `json:"error,omitempty"`
}

// LayerCheck is one layer: what it does, whether it is there, and what to do where it is not.
type LayerCheck struct {
	Name     string     `json:"name"`
	Present  bool       `json:"present"`
	Required bool       `json:"required"` // for level full
	Detail   string     `json:"detail,omitempty"`
	Does     yumen.Text `json:"does"`
	Fix      yumen.Text `json:"fix,omitzero"` // set where it is missing
}

// roleDoctor is the role of the enclave that does nothing. It is built in and has no handler.
const roleDoctor task.Role = "doctor"

// Doctor starts an enclave and reports what held it.
func (h *Host) Doctor(ctx context.Context) Report {
	any := &Host{minimum: yumen.IsolationNone, scratch: h.scratch, limits: h.limits, observe: h.observe,
		tolerant: true, admission: h.admission, executable: h.executable, digest: h.digest}
	any.processes.start = any.startProcess
	r := Report{Level: yumen.IsolationNone, Minimum: h.minimum, Kernel: kernelRelease()}
	got, err := any.Run(ctx, task.Task{Role: roleDoctor}, map[string]io.Writer{})
	if err != nil {
		r.Error = yumen.AsError(err)
	} else {
		r.Level, r.Probes, r.StartMS = got.Report.Level, got.Report.Probes, got.Report.WallMS
	}
	r.Layers = checkLayers(got.Report.Layers)
	r.Enough = h.unconfined || err == nil && levelRank(r.Level) >= levelRank(h.minimum) && allBlocked(r.Probes)
	return r
}

// checkLayers sets the layers that were reported against all that there could be.
func checkLayers(found []yumen.Layer) []LayerCheck {
	byName := map[string]yumen.Layer{}
	for _, l := range found {
		byName[l.Name] = l
	}
	var out []LayerCheck
	for _, known := range knownLayers {
		l := byName[known.name]
		c := LayerCheck{Name: known.name, Present: l.Applied, Required: known.required, Detail: l.Detail,
			Does: known.does}
		if !l.Applied {
			c.Fix = known.fix
		}
		out = append(out, c)
	}
	return out
}

func kernelRelease() string {
	b, _ := os.ReadFile("/proc/sys/kernel/osrelease") // absent on other systems
	return strings.TrimSpace(string(b))
}
