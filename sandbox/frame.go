package sandbox

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"time"

	"github.com/yumen-data/yumen"
)

// The enclave speaks to its parent in frames: one byte of kind, one byte of stream, the payload's length as a
// big-endian uint32, the payload. The first frame is hello, the last one done or failed; nothing follows it. A session
// has such a conversation for its opening and then one for each statement, which begins with the statement's number
// instead of hello.
type frameKind byte

const (
	frameHello    frameKind = 'H' // JSON hello, once, before the handler starts
	frameBegin    frameKind = 'B' // the statement's number, a big-endian uint64; once, before its handler starts
	frameData     frameKind = 'D' // bytes of the numbered output stream
	frameAnswer   frameKind = 'A' // a piece of the answer's JSON
	frameProgress frameKind = 'P' // two big-endian int64: done, total
	frameFailed   frameKind = 'E' // JSON yumen.Error; the last frame
	frameDone     frameKind = 'Z' // JSON done; the last frame
)

const (
	frameHeader  = 6
	maxData      = 256 << 10 // payload of one data or answer frame
	maxJSON      = 256 << 10 // payload of a hello, failed or done frame
	maxAnswer    = 64 << 20  // the whole answer
	maxTask      = 64 << 20  // the task on its way in
	maxStreams   = 16
	progressSize = 16
	beginSize    = 8
	goByte       = 'G' // the parent's permission to start, after hello
)

// maxPayload returns the greatest payload that a frame of this kind may have, and whether there is such a kind.
func (k frameKind) maxPayload() (uint32, bool) {
	switch k {
	case frameData, frameAnswer:
		return maxData, true
	case frameHello, frameFailed, frameDone:
		return maxJSON, true
	case frameProgress:
		return progressSize, true
	case frameBegin:
		return beginSize, true
	}
	return 0, false
}

func putHeader(b []byte, k frameKind, stream byte, n int) {
	b[0], b[1] = byte(k), stream
	binary.BigEndian.PutUint32(b[2:frameHeader], uint32(n))
}

// order is the task as the parent sends it to the enclave, as JSON behind a big-endian uint32 of its length.
type order struct {
	Role    string       `json:"role"`
	Spec    []byte       `json:"spec"`
	Inputs  []orderInput `json:"inputs"`
	Outputs []string     `json:"outputs"`
	Limits  yumen.Limits `json:"limits"`
	Root    string       `json:"root"` // mount point for the private root
	Work    string       `json:"work"` // on the host
	Confine bool         `json:"confine"`
	// WorkMemory is the size of a work folder in memory; 0 for the one on the host.
	WorkMemory yumen.Size `json:"work_memory,omitempty"`
	// Session is how long an enclave that takes statements may live; 0 for one that does one task.
	Session time.Duration `json:"session,omitempty"`

	files  []*os.File // that travel as descriptors
	opened int64      // bytes of those that are in memory
}

// claim is what the task of an order takes from the host: its limits, and the inputs that this process holds in memory
// for it.
func (ord order) claim() yumen.Limits {
	l := ord.Limits
	l.Memory += yumen.Size(ord.opened)
	return l
}

// statement is what a session's enclave is asked to do next, sent like an order.
type statement struct {
	ID      uint64         `json:"id"` // from 1, one more each time
	Spec    []byte         `json:"spec"`
	Outputs []string       `json:"outputs"`
	Wall    yumen.Duration `json:"wall"`
}

type orderInput struct {
	Name string `json:"name"`
	Path string `json:"path,omitempty"` // on the host
	// Descriptor is the number, from 1, of the descriptor beside the order that leads to a file without a name; 0 for
	// one that lies at Path.
	Descriptor int `json:"descriptor,omitempty"`
	fd         int // in the enclave
	// Device and Inode are those of the file, so that another one that took its place is not read.
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
}

// hello is what the enclave states about itself after lock-down.
type hello struct {
	Layers []yumen.Layer `json:"layers"`
	Probes []yumen.Probe `json:"probes"`
}

// done closes a complete result.
type done struct {
	Streams []streamEnd `json:"streams"` // one for each output, in order
	Answer  streamEnd   `json:"answer"`
	Engines []string    `json:"engines"`
}

// streamEnd counts and sums the bytes of a stream. The sum finds defects, as a disk's or a network's does: what an
// enclave sends is not to be trusted whatever it is summed with, and it is named by its SHA-256 where it is stored.
type streamEnd struct {
	Bytes int64  `json:"bytes"`
	CRC   uint32 `json:"crc32c"` // Castagnoli's polynomial, RFC 3720 appendix B.4
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// add takes the next bytes of the stream.
func (e *streamEnd) add(p []byte) {
	e.Bytes += int64(len(p))
	e.CRC = crc32.Update(e.CRC, castagnoli, p)
}

func sumOf(p []byte) streamEnd {
	var e streamEnd
	e.add(p)
	return e
}
