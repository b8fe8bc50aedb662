package arrowio

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"

	flatbuffers "github.com/google/flatbuffers/go"
)

// guard passes an Arrow IPC stream through after looking at the metadata of each message. The reader of arrow-go
// allocates what the vector lengths in there say before it finds out that they lie, and running out of memory cannot be
// recovered from. The layout is that of Message.fbs and Schema.fbs of the Arrow columnar format.
type guard struct {
	r       io.Reader
	largest int64  // no body can be larger
	pending []byte // of the frame, already read
	body    int64  // of the frame, still to pass
	ended   bool
}

func newGuard(r io.Reader) *guard { return &guard{r: r, largest: min(maxBuffer, sizeOf(r))} }

// sizeOf returns how many bytes there are at most, where r knows.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Len() int }:
		return int64(r.Len())
	case *os.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return math.MaxInt64
}

var errMetadata = errors.New("arrowio: metadata does not hold together")

const (
	continuation = 0xFFFFFFFF
	maxFields    = 100_000 // visited; children may be shared, so that few bytes could stand for very many
	maxDepth     = 64
)

func (g *guard) Read(p []byte) (int, error) {
	if len(g.pending) == 0 && g.body == 0 {
		if g.ended {
			return 0, io.EOF
		}
		if err := g.nextFrame(); err != nil {
			return 0, err
		}
	}
	if len(g.pending) > 0 {
		n := copy(p, g.pending)
		g.pending = g.pending[n:]
		return n, nil
	}
	n, err := g.r.Read(p[:min(int64(len(p)), g.body)])
	g.body -= int64(n)
	return n, err
}

// nextFrame reads the prefix and metadata of a message. Streams from before Arrow 0.15 have no continuation marker.
func (g *guard) nextFrame() error {
	prefix := make([]byte, 4, 8)
	if _, err := io.ReadFull(g.r, prefix); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(prefix) == continuation {
		prefix = prefix[:8]
		if _, err := io.ReadFull(g.r, prefix[4:]); err != nil {
			return errMetadata
		}
	}
	size := binary.LittleEndian.Uint32(prefix[len(prefix)-4:])
	if size == 0 {
		g.pending, g.ended = prefix, true
		return nil
	}
	if size > maxMetadata {
		return errMetadata
	}
	frame := append(prefix, make([]byte, size)...)
	meta := frame[len(prefix):]
	if _, err := io.ReadFull(g.r, meta); err != nil {
		return errMetadata
	}
	body, err := checkMessage(meta)
	if err != nil || body > g.largest {
		return errMetadata
	}
	g.pending, g.body = frame, body
	return nil
}

// Vtable slots, 4 + 2 × the number of the field.
const (
	messageHeaderType, messageHeader, messageBodyLength, messageMetadata = 6, 8, 10, 12
	schemaFields, schemaMetadata                                         = 6, 8
	fieldChildren, fieldMetadata                                         = 14, 16
	headerIsSchema                                                       = 1
)

// checkMessage returns the length of the message's body. The accessors of flatbuffers panic on offsets out of bounds.
func checkMessage(meta []byte) (body int64, err error) {
	defer func() {
		if recover() != nil {
			err = errMetadata
		}
	}()
	message := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
	c := &checker{left: maxFields}
	c.vector(message, messageMetadata)
	if o := message.Offset(messageBodyLength); o != 0 {
		body = message.GetInt64(message.Pos + flatbuffers.UOffsetT(o))
	}
	if message.GetByteSlot(messageHeaderType, 0) == headerIsSchema {
		o := message.Offset(messageHeader)
		schema := flatbuffers.Table{Bytes: meta, Pos: message.Indirect(message.Pos + flatbuffers.UOffsetT(o))}
		c.vector(schema, schemaMetadata)
		c.fields(schema, schemaFields, 0)
	}
	if c.bad || body < 0 {
		return 0, errMetadata
	}
	return body, nil
}

type checker struct {
	left int
	bad  bool
}

// vector checks that the elements of a vector of tables lie inside the message, and returns where and how many they
// are.
func (c *checker) vector(t flatbuffers.Table, slot flatbuffers.VOffsetT) (start flatbuffers.UOffsetT, n int) {
	o := t.Offset(slot)
	if o == 0 {
		return 0, 0
	}
	start, n = t.Vector(flatbuffers.UOffsetT(o)), t.VectorLen(flatbuffers.UOffsetT(o))
	if n < 0 || int64(start)+int64(n)*flatbuffers.SizeUOffsetT > int64(len(t.Bytes)) {
		c.bad = true
		return 0, 0
	}
	return start, n
}

func (c *checker) fields(t flatbuffers.Table, slot flatbuffers.VOffsetT, depth int) {
	start, n := c.vector(t, slot)
	for i := 0; i < n && !c.bad; i++ {
		if c.left--; c.left < 0 || depth > maxDepth {
			c.bad = true
			return
		}
		field := flatbuffers.Table{Bytes: t.Bytes,
			Pos: t.Indirect(start + flatbuffers.UOffsetT(i)*flatbuffers.SizeUOffsetT)}
		c.vector(field, fieldMetadata)
		c.fields(field, fieldChildren, depth+1)
	}
}
