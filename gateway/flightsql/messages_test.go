package flightsql

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// Messages are sent as they were written, in whatever pieces they arrive.
func TestMessagesInPieces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var all []byte
		var want, got []string
		for range rapid.IntRange(0, 8).Draw(rt, "messages") {
			header, body := rapid.StringN(1, 20, 40).Draw(rt, "header"), rapid.StringN(0, 60, 90).Draw(rt, "body")
			want = append(want, header, body)
			all = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(all, uint32(len(header))),
				uint64(len(body)))
			all = append(append(all, header...), body...)
		}
		m := &messages{send: func(header, body []byte) error {
			got = append(got, string(header), string(body))
			return nil
		}}
		for rest := all; len(rest) > 0; {
			n := rapid.IntRange(1, min(len(rest), 40)).Draw(rt, "piece")
			piece := slices.Clone(rest[:n])
			if k, err := m.Write(piece); k != n || err != nil {
				rt.Fatalf("%d of %d bytes, %v", k, n, err)
			}
			clear(piece) // its memory is the writer's
			rest = rest[n:]
		}
		if !slices.Equal(got, want) || len(m.rest) > 0 {
			rt.Fatalf("got %q, want %q", got, want)
		}
	})
}

// What says of itself that it is longer than a message can be is refused before anything is made ready for it.
func TestMessagesThatAreNone(t *testing.T) {
	for name, of := range map[string][]byte{
		"no header":   {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9},
		"long header": {0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9},
		"long body":   {0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		for _, size := range []int{1, 5, 12} {
			m := &messages{send: func(_, _ []byte) error { return nil }}
			var err error
			for piece := range slices.Chunk(append(of, 'x'), size) {
				if err == nil {
					_, err = m.Write(piece)
				}
			}
			if !errors.Is(err, sqlsession.ErrFrames) || cap(m.rest) > 1<<10 {
				t.Errorf("%s in pieces of %d: %v, %d bytes ready", name, size, err, cap(m.rest))
			}
		}
	}
}
