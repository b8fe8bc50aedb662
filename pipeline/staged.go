package pipeline

import (
	"errors"
	"io"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// Limits of an import. A provider's file is read once, by people who answer for it, so they are generous.
const (
	importWall   = yumen.Duration(30 * time.Minute)
	importMemory = yumen.Size(4 << 30)
	importOutput = yumen.Size(64 << 30)
)

// staged collects the output streams of one enclave as objects.
type staged struct {
	writers map[string]ObjectWriter
}

// stageOutputs begins an object in a space for each stream.
func (s *Service) stageOutputs(streams map[string]store.Space) (*staged, error) {
	st := &staged{writers: map[string]ObjectWriter{}}
	for stream, space := range streams {
		w, err := s.cfg.Objects.Create(space)
		if err != nil {
			return nil, errors.Join(err, st.abort())
		}
		st.writers[stream] = w
	}
	return st, nil
}

func (st *staged) sinks() map[string]io.Writer {
	m := map[string]io.Writer{}
	for name, w := range st.writers {
		m[name] = w
	}
	return m
}

// stage makes all objects durable.
func (st *staged) stage() (map[string]store.Object, error) {
	out := map[string]store.Object{}
	for name, w := range st.writers {
		o, err := w.Stage()
		delete(st.writers, name)
		if err != nil {
			return nil, err
		}
		out[name] = o
	}
	return out, nil
}

// abort forgets what was not staged; the sweep at the next start takes what remains after a crash.
func (st *staged) abort() error {
	var errs []error
	for w := range maps.Values(st.writers) {
		errs = append(errs, w.Abort())
	}
	clear(st.writers)
	return errors.Join(errs...)
}

// reportDetails sums an enclave report up for the log: the level, the layers applied and how many probes were blocked.
func reportDetails(r yumen.EnclaveReport) map[string]string {
	var layers []string
	for _, l := range r.Layers {
		if l.Applied {
			layers = append(layers, l.Name)
		}
	}
	blocked := 0
	for _, p := range r.Probes {
		if p.Blocked {
			blocked++
		}
	}
	return map[string]string{
		"isolation": string(r.Level),
		"layers":    strings.Join(layers, " "),
		"probes":    strconv.Itoa(blocked) + "/" + strconv.Itoa(len(r.Probes)) + " blocked",
	}
}
