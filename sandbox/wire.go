package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/yumen-data/yumen"
)

// wire writes frames. It is safe for concurrent use.
type wire struct {
	mu sync.Mutex
	w  io.Writer
	b  []byte // frames to be written with the next one
}

func (w *wire) frame(k frameKind, stream byte, payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(k, stream, payload)
	return w.push()
}

// later leaves a frame to be written together with the next one: each write wakes the parent, which for a small result
// takes longer than all else.
func (w *wire) later(k frameKind, stream byte, payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(k, stream, payload)
	if len(w.b) > maxData {
		return w.push()
	}
	return nil
}

// whole writes a frame that has its header already, without copying it.
func (w *wire) whole(frame []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.push(); err != nil {
		return err
	}
	_, err := w.w.Write(frame)
	return err
}

func (w *wire) add(k frameKind, stream byte, payload []byte) {
	var header [frameHeader]byte
	putHeader(header[:], k, stream, len(payload))
	w.b = append(append(w.b, header[:]...), payload...)
}

func (w *wire) push() error {
	if len(w.b) == 0 {
		return nil
	}
	_, err := w.w.Write(w.b)
	w.b = w.b[:0]
	return err
}

func (w *wire) json(k frameKind, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxJSON {
		return fmt.Errorf("frame %c of %d bytes", k, len(b))
	}
	return w.frame(k, 0, b)
}

// fail ends the conversation with an error. Only a *yumen.Error keeps its text: anything else may carry data.
func (w *wire) fail(err error) error {
	e, ok := errors.AsType[*yumen.Error](err)
	if !ok {
		e = yumen.Errorf(yumen.KindFailed, "the run failed", "运行失败")
	}
	if werr := w.json(frameFailed, e); werr == nil {
		return nil
	}
	return w.json(frameFailed, yumen.Errorf(e.Kind, "the run failed, with too many reasons to list", "运行失败，原因过多，无法列出"))
}

// quota is what all outputs together may still send.
type quota struct {
	mu   sync.Mutex
	left int64
	max  yumen.Size
}

func (q *quota) take(n int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left -= int64(n); q.left < 0 {
		return outputLimit(q.max)
	}
	return nil
}

// output is one stream to the parent. Small writes are gathered into frames.
type output struct {
	wire   *wire
	stream byte
	quota  *quota
	mu     sync.Mutex
	sum    streamEnd
	buf    []byte // the next frame: room for its header, then what was written
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.quota.take(len(p)); err != nil {
		return 0, err
	}
	n := len(p)
	for len(p) > 0 {
		if o.buf == nil {
			o.buf = make([]byte, frameHeader, frameHeader+maxData)
		}
		k := min(len(p), cap(o.buf)-len(o.buf))
		o.buf, p = append(o.buf, p[:k]...), p[k:]
		if len(o.buf) == cap(o.buf) {
			if err := o.send(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.buf) <= frameHeader {
		return nil
	}
	payload := o.buf[frameHeader:]
	o.sum.add(payload)
	o.buf = o.buf[:frameHeader]
	return o.wire.later(frameData, o.stream, payload)
}

func (o *output) send() error {
	payload := o.buf[frameHeader:]
	o.sum.add(payload)
	putHeader(o.buf, frameData, o.stream, len(payload))
	err := o.wire.whole(o.buf)
	o.buf = o.buf[:frameHeader]
	return err
}

// noOutput is a stream that the task did not ask for.
type noOutput string

func (n noOutput) Write([]byte) (int, error) {
	return 0, yumen.Errorf(yumen.KindInternal, "the task has no output %s", "任务没有输出 %s", string(n))
}
