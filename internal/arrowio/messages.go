package arrowio

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// MessagePrefix is how many bytes stand before a message of an Arrow stream that travels as a frame, so that its header
// and its body are told apart without reading either: the length of the header (4 bytes) and of the body (8 bytes), both
// big-endian. Then come the header, a flatbuffer of Message.fbs, and the body.
const MessagePrefix = 12

// batchBytes is about how long the body of a message is made. Clients of gRPC take 4 MiB by default.
const batchBytes = 1 << 20

// Messages writes record batches of one schema as frames, uncompressed and without dictionaries. The schema itself is
// not written.
type Messages struct {
	to    io.Writer
	frame bytes.Buffer
}

// NewMessages returns a writer of frames.
func NewMessages(to io.Writer) *Messages { return &Messages{to: to} }

// Write writes a batch, in as many messages as keep each of them short. A row that is longer is a message of its own.
func (m *Messages) Write(batch arrow.RecordBatch) error {
	size := int64(0)
	for _, c := range batch.Columns() {
		size += sizeOfBuffers(c.Data())
	}
	return m.split(batch, size/batchBytes+1)
}

func sizeOfBuffers(d arrow.ArrayData) (size int64) {
	for _, b := range d.Buffers() {
		if b != nil {
			size += int64(b.Len())
		}
	}
	for _, c := range d.Children() {
		size += sizeOfBuffers(c)
	}
	return size
}

// split writes a batch in parts of as many rows each.
func (m *Messages) split(batch arrow.RecordBatch, parts int64) error {
	rows := batch.NumRows()
	parts = min(parts, rows)
	for i := range parts {
		part := batch.NewSlice(i*rows/parts, (i+1)*rows/parts)
		err := m.write(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// write writes a batch as one message, unless it turns out to be too long for that.
func (m *Messages) write(batch arrow.RecordBatch) error {
	payload, err := ipc.GetRecordBatchPayload(batch)
	if err != nil {
		return err
	}
	defer payload.Release()
	meta := payload.Meta()
	defer meta.Release()
	m.frame.Reset()
	m.frame.Write(make([]byte, MessagePrefix))
	m.frame.Write(meta.Bytes())
	if err := payload.SerializeBody(&m.frame); err != nil {
		return err
	}
	frame := m.frame.Bytes()
	body := len(frame) - MessagePrefix - meta.Len()
	if parts := int64(body/batchBytes) + 1; parts > 1 && batch.NumRows() > 1 {
		return m.split(batch, parts)
	}
	binary.BigEndian.PutUint32(frame, uint32(meta.Len()))
	binary.BigEndian.PutUint64(frame[4:], uint64(body))
	_, err = m.to.Write(frame)
	return err
}

// SchemaHeader returns the header of the message that says what the batches of a stream have for columns.
func SchemaHeader(schema *arrow.Schema) []byte {
	payload := ipc.GetSchemaPayload(schema, memory.DefaultAllocator)
	defer payload.Release()
	meta := payload.Meta()
	defer meta.Release()
	return bytes.Clone(meta.Bytes())
}

// SchemaStream returns a stream without batches, which is how Flight says what columns there are.
func SchemaStream(schema *arrow.Schema) ([]byte, error) {
	var out bytes.Buffer
	err := ipc.NewWriter(&out, ipc.WithSchema(schema)).Close()
	return out.Bytes(), err
}
