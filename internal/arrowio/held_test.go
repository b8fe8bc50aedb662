package arrowio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"pgregory.net/rapid"
)

// quarantine keeps one stream under a given salt.
type quarantine struct {
	bytes.Buffer
	salt [32]byte
}

func (q *quarantine) Output(string) io.Writer { return &q.Buffer }
func (q *quarantine) Salt(string) [32]byte    { return q.salt }

func held(t interface{ Fatal(...any) }, salt [32]byte, batches []arrow.RecordBatch) []byte {
	q := &quarantine{salt: salt}
	w := NewHeldWriter(q, "result", batches[0].Schema(), 0)
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return q.Bytes()
}

// TestHeldStreams: what is held differs with its salt and with nothing else, and a reader cannot tell one salt from
// another.
func TestHeldStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batches := []arrow.RecordBatch{drawBatch(t, "1"), drawBatch(t, "2")}
		salt := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "salt"))
		other := salt
		other[rapid.IntRange(0, 31).Draw(t, "place")] ^= 1
		plain, one, two := writeStream(t, batches), held(t, salt, batches), held(t, other, batches)
		if !bytes.Equal(one, held(t, salt, batches)) {
			t.Fatal("the same salt and batches gave different bytes")
		}
		if sha256.Sum256(one) == sha256.Sum256(two) || sha256.Sum256(one) == sha256.Sum256(plain) {
			t.Fatal("the digest does not depend on the salt")
		}
		if len(one) != len(two) {
			t.Fatal("the salt changes the size, which is told")
		}
		for _, stream := range [][]byte{one, two} {
			if !bytes.Equal(plain, rewritten(t, stream)) {
				t.Fatal("something of the salt is left in what is made of the stream")
			}
		}
	})
}

// rewritten is a stream written again as it was read, schema and batches as the reader gives them.
func rewritten(t *rapid.T, stream []byte) []byte {
	r, err := NewReader(bytes.NewReader(stream), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var out bytes.Buffer
	w := NewWriter(&out, r.Schema(), 0)
	for {
		batch, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if batch.Schema().HasMetadata() {
			t.Fatal("a batch carries the salt")
		}
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSaltIsWhereItIsDescribed: other readers of Arrow find it under its name.
func TestSaltIsWhereItIsDescribed(t *testing.T) {
	salt := sha256.Sum256([]byte("any"))
	r, err := ipc.NewReader(bytes.NewReader(held(t, salt, []arrow.RecordBatch{sample(t)})))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Schema().Metadata().GetValue("yumen.salt"); !ok || got != hex.EncodeToString(salt[:]) {
		t.Errorf("salt %q", got)
	}
}

// TestBatchesMayBeKept: a batch that was retained outlives the following call.
func TestBatchesMayBeKept(t *testing.T) {
	want := sample(t)
	r, err := NewReader(bytes.NewReader(writeStream(t, []arrow.RecordBatch{want, want})), 0)
	if err != nil {
		t.Fatal(err)
	}
	first, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	first.Retain()
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	r.Release()
	if !array.RecordEqual(want, first) {
		t.Error("the batch changed")
	}
}
