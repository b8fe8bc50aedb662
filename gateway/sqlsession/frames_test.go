package sqlsession

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Frames are handed on as they were written, in whatever pieces they arrive.
func TestFramesInPieces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOf(rapid.StringN(0, 40, 80)).Draw(rt, "values")
		var all []byte
		var want []string
		for _, v := range values {
			body := append(binary.BigEndian.AppendUint32([]byte{0, 1}, uint32(len(v))), v...)
			want = append(want, string(body))
			all = append(binary.BigEndian.AppendUint32(all, uint32(len(body))), body...)
		}
		var got []string
		f := &Frames{Columns: 1, Do: func(b []byte) error { got = append(got, string(b)); return nil }}
		for rest := all; len(rest) > 0; {
			n := rapid.IntRange(1, min(len(rest), 30)).Draw(rt, "piece")
			piece := slices.Clone(rest[:n])
			if k, err := f.Write(piece); k != n || err != nil {
				rt.Fatalf("%d of %d bytes, %v", k, n, err)
			}
			clear(piece) // its memory is the writer's
			rest = rest[n:]
			if len(rest) > 0 && len(got) == len(want) {
				rt.Fatal("all rows before the last byte")
			}
		}
		if !slices.Equal(got, want) || f.Rows != int64(len(want)) || !f.Whole() {
			rt.Fatalf("got %q, want %q", got, want)
		}
	})
}

// What cannot be a frame is refused as soon as its length is known, in one piece or several.
func TestFramesThatAreNone(t *testing.T) {
	for name, of := range map[string][]byte{"too short": {0, 0, 0, 1, 0}, "too long": {0x7f, 0xff, 0xff, 0xff},
		"another number of columns": {0, 0, 0, 2, 0, 2}, "a value that is cut off": {0, 0, 0, 6, 0, 1, 0, 0, 0, 9}} {
		for _, size := range []int{1, 3, len(of)} {
			f := &Frames{Columns: 1, Do: func([]byte) error { return nil }}
			var err error
			for piece := range slices.Chunk(append(slices.Clone(of), 0), size) {
				if err == nil {
					_, err = f.Write(piece)
				}
			}
			if !errors.Is(err, ErrFrames) || f.Rows > 0 {
				t.Errorf("%s in pieces of %d: %v", name, size, err)
			}
		}
	}
}
