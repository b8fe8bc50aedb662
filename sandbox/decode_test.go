package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

func frameOf(k frameKind, stream byte, payload []byte) []byte {
	b := make([]byte, frameHeader)
	putHeader(b, k, stream, len(payload))
	return append(b, payload...)
}

func jsonFrame(k frameKind, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return frameOf(k, 0, b)
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// conversation is a sound one: two streams and an answer.
func conversation(a, b []byte, answer string) []byte {
	return join(jsonFrame(frameHello, hello{}), frameOf(frameData, 0, a), frameOf(frameData, 1, b),
		frameOf(frameAnswer, 0, []byte(answer)),
		jsonFrame(frameDone, done{Streams: []streamEnd{sumOf(a), sumOf(b)}, Answer: sumOf([]byte(answer))}))
}

func decode(raw []byte, max int64) (a, b bytes.Buffer, answer []byte, err error) {
	d := newDecoder(bytes.NewReader(raw), []io.Writer{&a, &b}, max)
	_, answer, err = d.run()
	return
}

func TestDecoder(t *testing.T) {
	a, b := []byte("first"), []byte("second")
	good := conversation(a, b, `{"rows":1}`)
	end := done{Streams: []streamEnd{sumOf(a), sumOf(b)}, Answer: sumOf(nil)}
	greeting := jsonFrame(frameHello, hello{})
	other := end
	other.Streams = []streamEnd{sumOf(b), sumOf(a)}
	oversized := make([]byte, frameHeader)
	putHeader(oversized, frameData, 0, maxData+1)
	lying := frameOf(frameData, 0, a)
	binary.BigEndian.PutUint32(lying[2:], 1<<31)
	for _, c := range []struct {
		name string
		raw  []byte
		kind yumen.ErrorKind // "" where it must be incomplete
	}{
		{"nothing", nil, ""},
		{"cut off before the end", good[:len(good)-1], ""},
		{"no greeting", join(frameOf(frameData, 0, a), jsonFrame(frameDone, end)), yumen.KindCorrupt},
		{"greeting twice", join(greeting, greeting), yumen.KindCorrupt},
		{"greeting with unknown keys", frameOf(frameHello, 0, []byte(`{"level":"full"}`)), yumen.KindCorrupt},
		{"unknown frame", join(greeting, frameOf('X', 0, nil)), yumen.KindCorrupt},
		{"oversized frame", join(greeting, oversized), yumen.KindCorrupt},
		{"length that lies", join(greeting, lying), yumen.KindCorrupt},
		{"unknown stream", join(greeting, frameOf(frameData, 2, a)), yumen.KindCorrupt},
		{"bytes missing", join(greeting, frameOf(frameData, 0, a), jsonFrame(frameDone, end)), yumen.KindCorrupt},
		{"bytes on the other stream",
			join(greeting, frameOf(frameData, 0, a), frameOf(frameData, 1, b), jsonFrame(frameDone, other)),
			yumen.KindCorrupt},
		{"streams missing", join(greeting, jsonFrame(frameDone, done{})), yumen.KindCorrupt},
		{"answer is not JSON", conversation(a, b, "rows"), yumen.KindCorrupt},
		{"progress too short", join(greeting, frameOf(frameProgress, 0, []byte{1})), yumen.KindCorrupt},
		{"negative progress", join(greeting, frameOf(frameProgress, 0, bytes.Repeat([]byte{0xff}, progressSize))),
			yumen.KindCorrupt},
		{"error of no kind", frameOf(frameFailed, 0, []byte(`{"kind":"fine","message":"x"}`)), yumen.KindCorrupt},
		{"error before the greeting", jsonFrame(frameFailed, yumen.Errorf(yumen.KindDenied, "no", "不")),
			yumen.KindDenied},
		{"output over the cap", join(greeting, frameOf(frameData, 0, bytes.Repeat(a, 100))), yumen.KindLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, _, err := decode(c.raw, 100)
			if c.kind == "" && !errors.Is(err, errIncomplete) || c.kind != "" && yumen.KindOf(err) != c.kind {
				t.Errorf("got %v", err)
			}
		})
	}
	gotA, gotB, answer, err := decode(good, 100)
	if err != nil || gotA.String() != "first" || gotB.String() != "second" || string(answer) != `{"rows":1}` {
		t.Errorf("%q %q %s %v", &gotA, &gotB, answer, err)
	}
}

// TestEveryCutIsAnError: no beginning of a conversation passes for the whole.
func TestEveryCutIsAnError(t *testing.T) {
	good := conversation([]byte("first"), []byte("second"), `1`)
	for n := range good {
		if _, _, _, err := decode(good[:n], 100); err == nil {
			t.Fatalf("%d of %d bytes passed", n, len(good))
		}
	}
}

// TestEveryFlippedBitIsAnErrorOrHarmless: with one bit flipped, a conversation is refused or means the same.
func TestEveryFlippedBitIsAnErrorOrHarmless(t *testing.T) {
	good := conversation([]byte("first"), []byte("second"), `"x"`)
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			a, b, answer, err := decode(bad, 100)
			if err == nil && (a.String() != "first" || b.String() != "second" || string(answer) != `"x"`) {
				t.Errorf("byte %d bit %d: %q %q %s", i, bit, &a, &b, answer)
			}
		}
	}
}

func TestWireInvertsDecoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var raw bytes.Buffer
		w := &wire{w: &raw}
		in := newTaskEnv(order{Outputs: []string{"a", "b"}, Limits: yumen.Limits{Output: 4 << 20}}, w)
		_ = w.json(frameHello, hello{})
		var want [2]bytes.Buffer
		for range rapid.IntRange(0, 8).Draw(t, "writes") {
			i := rapid.IntRange(0, 1).Draw(t, "stream")
			p := bytes.Repeat([]byte{byte(i)}, rapid.IntRange(0, maxData+maxData/2).Draw(t, "n"))
			want[i].Write(p)
			if _, err := in.Output([]string{"a", "b"}[i]).Write(p); err != nil {
				t.Fatal(err)
			}
		}
		in.answer = []byte(`"` + strings.Repeat("y", rapid.IntRange(0, 3*maxData).Draw(t, "answer")) + `"`)
		if err := in.end(); err != nil {
			t.Fatal(err)
		}
		a, b, answer, err := decode(raw.Bytes(), 4<<20)
		if err != nil || !bytes.Equal(a.Bytes(), want[0].Bytes()) || !bytes.Equal(b.Bytes(), want[1].Bytes()) ||
			!bytes.Equal(answer, in.answer) {
			t.Fatalf("%d %d %d %v", a.Len(), b.Len(), len(answer), err)
		}
	})
}

// TestErrorTextIsCleaned: an error from inside cannot drive a terminal or fill a log.
func TestErrorTextIsCleaned(t *testing.T) {
	e := yumen.Errorf(yumen.KindFailed, "%s", "%s", "red\x1b[31m\nfake line\u202e"+strings.Repeat("长", 3000))
	_, _, _, err := decode(jsonFrame(frameFailed, e), 1)
	got := yumen.AsError(err)
	if strings.ContainsAny(got.Msg.EN, "\x1b\n\u202e") || len(got.Msg.EN) > maxText+4 ||
		yumen.KindOf(err) != yumen.KindFailed {
		t.Errorf("%q", got.Msg.EN)
	}
}

// FuzzDecoder is the law of the parent: whatever an enclave sends, reading it never panics, never holds more than the
// caps, and succeeds only if every count and checksum fits what was received.
func FuzzDecoder(f *testing.F) {
	f.Add(conversation([]byte("first"), []byte("second"), `{"rows":1}`))
	f.Add(jsonFrame(frameFailed, yumen.Errorf(yumen.KindLimit, "x", "y")))
	f.Add(join(jsonFrame(frameHello, hello{Layers: []yumen.Layer{{Name: "x"}}}),
		frameOf(frameProgress, 0, make([]byte, 16))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		const max = 1 << 12
		var a, b bytes.Buffer
		d := newDecoder(bytes.NewReader(raw), []io.Writer{&a, &b}, max)
		z, answer, err := d.run()
		if int64(a.Len()+b.Len()) > max || d.r.Size() > frameHeader+maxData || d.answer.Len() > maxAnswer {
			t.Fatalf("caps passed: %d %d %d", a.Len(), b.Len(), d.answer.Len())
		}
		if err != nil {
			return
		}
		if z.Streams[0] != sumOf(a.Bytes()) || z.Streams[1] != sumOf(b.Bytes()) || z.Answer != sumOf(answer) {
			t.Fatal("success without matching counts and checksums")
		}
		if !bytes.Contains(raw, []byte{byte(frameDone)}) {
			t.Fatal("success without a last frame")
		}
	})
}
