package sandbox

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// serveSession answers statements one after the other until the parent is gone, or until one fails: only success is followed
// by another statement in the same process.
func serveSession(control io.Reader, o order, w *wire, open Opener) error {
	statements := make(chan statement)
	go readStatements(control, statements)
	p, err := prepare(o, w, open)
	if err != nil {
		return err
	}
	if err := p.in.end(); err != nil {
		return err
	}
	for st := range statements {
		if err := w.frame(frameBegin, 0, binary.BigEndian.AppendUint64(nil, st.ID)); err != nil {
			return err
		}
		if err != nil { // of the preparation
			return err
		}
		if err := p.answer(st, w); err != nil {
			return err
		}
		p.free()
		if err := empty(p.in.Work()); err != nil {
			return err
		}
		p, err = prepare(o, w, open) // while the parent thinks
	}
	return nil
}

// readStatements hands on what the parent sends, and ends the process with it.
func readStatements(control io.Reader, to chan<- statement) {
	for {
		var st statement
		if readMessage(control, &st) != nil {
			os.Exit(3)
		}
		to <- st
	}
}

// prepared is all that a statement needs, made before it came.
type prepared struct {
	in   *inside
	run  Handler
	free func()
}

func prepare(o order, w *wire, open Opener) (*prepared, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(o.Limits.Wall))
	defer cancel()
	p := &prepared{in: newInside(o, w)}
	p.in.bound()
	return p, p.in.guard(ctx, func(ctx context.Context, in Inside) (err error) {
		p.run, p.free, err = open(ctx, in)
		return err
	})
}

func (p *prepared) answer(st statement, w *wire) error {
	o := p.in.order
	o.Spec, o.Outputs, o.Limits.Wall = st.Spec, st.Outputs, st.Wall
	in := newInside(o, w)
	in.engines = slices.Clone(p.in.engines)
	return in.serve(p.run)
}

// empty deletes all that a statement left in the work folder, so that the next one finds nothing.
func empty(dir string) error {
	names, err := os.ReadDir(dir)
	for _, n := range names {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir, n.Name()))
		}
	}
	return err
}
