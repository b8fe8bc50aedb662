package sandbox

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
)

// decoder reads what an enclave sends. It treats every byte as hostile: it never panics, never allocates more than the
// caps of frame.go, and reports success only if the last frame came and every count and checksum in it fits what was
// received.
type decoder struct {
	r        *bufio.Reader
	sinks    []io.Writer
	max      int64 // bytes over all sinks
	hello    func(hello) error
	progress func(done, total int64)
	id       uint64 // the statement whose conversation it is; 0 for one that opens with hello

	sums   []streamEnd
	answer bytes.Buffer
	total  int64
	away   time.Duration // that the sinks took
	greets int
}

// errIncomplete says that the enclave stopped sending before its last frame; why is for the caller to find out.
var errIncomplete = errors.New("the enclave ended before its result was complete")

func newDecoder(r io.Reader, sinks []io.Writer, max int64) *decoder {
	d := &decoder{r: bufio.NewReaderSize(r, frameHeader+maxData), sinks: sinks, max: max}
	d.sums = make([]streamEnd, len(sinks))
	return d
}

// run reads to the last frame. The answer it returns is valid JSON or empty.
func (d *decoder) run() (done, []byte, error) {
	for {
		k, stream, n, err := d.header()
		if err != nil {
			return done{}, nil, err
		}
		payload, err := d.r.Peek(int(n)) // no payload is longer than the buffer
		if err != nil {
			return done{}, nil, readError(err)
		}
		z, answer, last, err := d.frame(k, stream, payload)
		_, _ = d.r.Discard(int(n)) // it is in the buffer
		if last || err != nil {
			return z, answer, err
		}
	}
}

// frame takes a frame, and says whether it was the last one. The payload is valid until it returns.
func (d *decoder) frame(k frameKind, stream byte, payload []byte) (z done, answer []byte, last bool, err error) {
	switch k {
	case frameDone:
		z, answer, err = d.finish(payload)
		return z, answer, true, err
	case frameFailed:
		return done{}, nil, true, decodeError(payload)
	}
	return done{}, nil, false, d.take(k, stream, payload)
}

func (d *decoder) header() (frameKind, byte, uint32, error) {
	var h [frameHeader]byte
	if _, err := io.ReadFull(d.r, h[:]); err != nil {
		return 0, 0, 0, readError(err)
	}
	k, n := frameKind(h[0]), binary.BigEndian.Uint32(h[2:])
	most, known := k.maxPayload()
	switch {
	case !known:
		return 0, 0, 0, corrupt("unknown frame")
	case n > most:
		return 0, 0, 0, corrupt("oversized frame")
	case d.greets == 0 && !d.opens(k):
		return 0, 0, 0, corrupt("frame before the greeting")
	}
	return k, h[1], n, nil
}

// opens reports whether a conversation may begin with this frame. A statement's must begin with its number: what is
// still to be read of an earlier one is not taken for its own.
func (d *decoder) opens(k frameKind) bool {
	if d.id > 0 {
		return k == frameBegin
	}
	return k == frameHello || k == frameFailed
}

func (d *decoder) take(k frameKind, stream byte, payload []byte) error {
	switch k {
	case frameHello:
		return d.greet(payload)
	case frameBegin:
		return d.begin(payload)
	case frameData:
		return d.data(int(stream), payload)
	case frameAnswer:
		if d.answer.Len()+len(payload) > maxAnswer {
			return yumen.Errorf(yumen.KindLimit, "the answer is larger than %s", "答复超过 %s", yumen.Size(maxAnswer))
		}
		d.answer.Write(payload)
	case frameProgress:
		return d.advance(payload)
	}
	return nil
}

func (d *decoder) greet(payload []byte) error {
	var h hello
	d.greets++
	if d.greets > 1 || d.id > 0 || strictJSON(payload, &h) != nil {
		return corrupt("bad greeting")
	}
	if d.hello == nil {
		return nil
	}
	return d.hello(h)
}

func (d *decoder) begin(payload []byte) error {
	d.greets++
	if d.greets > 1 || d.id == 0 || len(payload) != beginSize || binary.BigEndian.Uint64(payload) != d.id {
		return corrupt("the beginning of another statement")
	}
	return nil
}

func (d *decoder) data(stream int, payload []byte) error {
	if stream >= len(d.sinks) {
		return corrupt("unknown output stream")
	}
	if d.total += int64(len(payload)); d.total > d.max {
		return outputLimit(yumen.Size(d.max))
	}
	d.sums[stream].add(payload)
	begun := time.Now()
	_, err := d.sinks[stream].Write(payload)
	d.away += time.Since(begun)
	if err != nil {
		return sinkError(err)
	}
	return nil
}

func (d *decoder) advance(payload []byte) error {
	if len(payload) != progressSize {
		return corrupt("bad progress frame")
	}
	n, total := int64(binary.BigEndian.Uint64(payload)), int64(binary.BigEndian.Uint64(payload[8:]))
	if n < 0 || total < 0 {
		return corrupt("bad progress frame")
	}
	if d.progress != nil {
		d.progress(n, total)
	}
	return nil
}

func (d *decoder) finish(payload []byte) (done, []byte, error) {
	var z done
	if strictJSON(payload, &z) != nil || len(z.Streams) != len(d.sums) {
		return done{}, nil, corrupt("bad last frame")
	}
	if !slices.Equal(z.Streams, d.sums) {
		return done{}, nil, corrupt("an output stream is not what the enclave says it sent")
	}
	answer := d.answer.Bytes()
	if z.Answer != sumOf(answer) {
		return done{}, nil, corrupt("the answer is not what the enclave says it sent")
	}
	if len(answer) > 0 && !json.Valid(answer) {
		return done{}, nil, corrupt("the answer is not JSON")
	}
	z.Engines = cleanAll(z.Engines)
	return z, answer, nil
}

// strictJSON decodes one JSON object with no unknown keys and nothing behind it.
func strictJSON(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("bytes behind the JSON")
	}
	return nil
}

func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errIncomplete
	}
	return fmt.Errorf("%w: %v", errIncomplete, err)
}

func corrupt(what string) *yumen.Error {
	return yumen.Errorf(yumen.KindCorrupt, "the enclave broke its protocol", "安全计算环境违反了通信协议").Because(errors.New(what))
}

func outputLimit(max yumen.Size) *yumen.Error {
	return yumen.Errorf(yumen.KindLimit, "the output is larger than %s", "输出超过 %s", max).
		ToFix("return fewer rows or columns", "请减少返回的行或列")
}

// sinkError says why an output could not be stored.
func sinkError(err error) error {
	var known *yumen.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return diskFull().Because(err)
	}
	return yumen.Errorf(yumen.KindInternal, "cannot store the output", "无法保存输出").Because(err)
}

func diskFull() *yumen.Error {
	return yumen.Errorf(yumen.KindUnavailable, "the disk is full", "磁盘已满").
		ToFix("free some space and try again", "请清理磁盘空间后重试")
}
