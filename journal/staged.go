package journal

import (
	"errors"
	"io"
	"maps"

	"github.com/yumen-data/yumen/store"
)

// Staged collects streams of bytes, each as an object that a step can bring into being.
type Staged struct {
	writers map[string]store.ObjectWriter
}

// Stage begins an object in a space for each stream.
func (j *Journal) Stage(streams map[string]store.Space) (*Staged, error) {
	s := &Staged{writers: map[string]store.ObjectWriter{}}
	for stream, space := range streams {
		w, err := j.cfg.Objects.Create(space)
		if err != nil {
			return nil, errors.Join(err, s.Abort())
		}
		s.writers[stream] = w
	}
	return s, nil
}

// StageBytes makes bytes durable as an object.
func (j *Journal) StageBytes(space store.Space, b []byte) (store.Object, error) {
	w, err := j.cfg.Objects.Create(space)
	if err != nil {
		return store.Object{}, err
	}
	if _, err := w.Write(b); err != nil {
		_ = w.Abort() // the first error says more
		return store.Object{}, err
	}
	return w.Stage()
}

// Sinks are where the bytes of each stream go.
func (s *Staged) Sinks() map[string]io.Writer {
	m := map[string]io.Writer{}
	for name, w := range s.writers {
		m[name] = w
	}
	return m
}

// Objects makes all objects durable and returns them by stream.
func (s *Staged) Objects() (map[string]store.Object, error) {
	out := map[string]store.Object{}
	for name, w := range s.writers {
		o, err := w.Stage()
		delete(s.writers, name)
		if err != nil {
			return nil, err
		}
		out[name] = o
	}
	return out, nil
}

// Abort removes what is not durable yet. What is, the sweep at the next start removes unless a step refers to it.
func (s *Staged) Abort() error {
	var errs []error
	for w := range maps.Values(s.writers) {
		errs = append(errs, w.Abort())
	}
	clear(s.writers)
	return errors.Join(errs...)
}
