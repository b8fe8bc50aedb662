package seal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// filled decrypts a sealed file on several threads into memory.
func filled(t *testing.T, h header, sealed, key []byte, size int64) ([]byte, error) {
	t.Helper()
	f, err := inMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := &Reader{Bytes: size, from: func(at int64) (io.Reader,
		error) {
		return h.from(bytes.NewReader(sealed), key, size, at)
	}}
	if err := fill(t.Context(), f, r); err != nil {
		return nil, err
	}
	got, err := reopen(f, "again")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	return io.ReadAll(got)
}

// Objects of sizes around those of chunks and spans come back whole; one that was cut, extended, reordered or changed
// anywhere does not.
func TestFill(t *testing.T) {
	for _, s := range []Suite{AES256GCM, SM4GCM} {
		key, h, whole := make([]byte, s.keySize()), newHeader(s), s.sealedChunk()
		for _, n := range []int64{0, 1, chunkSize, span - 1, span, span + 1, 3*span + chunkSize + 7} {
			text := make([]byte, n)
			for i := range text {
				text[i] = byte(rand.Uint32())
			}
			b := bytes.NewBuffer(bytes.Clone(h[:]))
			w, err := s.encrypter(b, key)
			if err == nil {
				_, err = w.Write(text)
			}
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			sealed := b.Bytes()
			if got, err := filled(t, h, sealed, key, n); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("%v, %d: %d bytes, %v", s, n, len(got), err)
			}
			chunk := func(i int64) []byte { return sealed[int64(headerSize)+i*whole:][:whole] }
			changed := map[string]func() []byte{
				"one byte more":     func() []byte { return append(bytes.Clone(sealed), 0) },
				"the last byte off": func() []byte { return bytes.Clone(sealed[:len(sealed)-1]) },
				"its last chunk again": func() []byte {
					return append(bytes.Clone(sealed),
						sealed[max(headerSize, len(sealed)-int(whole)):]...)
				},
			}
			for i := 0; i < 20 && n > 0; i++ {
				c := bytes.Clone(sealed)
				c[headerSize+rand.IntN(len(c)-headerSize)] ^= 1 << rand.IntN(8)
				refused(t, s, h, c, key, n, "a bit flipped")
			}
			if n > 3*span {
				changed["cut after a span"] = func() []byte {
					return bytes.Clone(sealed[:int64(headerSize)+
						2*span/chunkSize*whole])
				}
				changed["a chunk left out"] = func() []byte {
					return append(bytes.Clone(sealed[:int64(headerSize)+5*whole]),
						sealed[int64(headerSize)+6*whole:]...)
				}
				changed["two spans exchanged"] = func() []byte {
					c := bytes.Clone(sealed)
					for i := range int64(span / chunkSize) {
						copy(c[int64(headerSize)+i*whole:], chunk(i+span/chunkSize))
						copy(c[int64(headerSize)+(i+span/chunkSize)*whole:], chunk(i))
					}
					return c
				}
			}
			for what, change := range changed {
				if n > 0 || what == "one byte more" {
					refused(t, s, h, change(), key, n, what)
				}
			}
			if n > 0 {
				refused(t, s, h, sealed, key, n-1, "one byte less expected")
			}
			refused(t, s, h, sealed, key, n+1, "one byte more expected")
		}
	}
}

func refused(t *testing.T, s Suite, h header, sealed, key []byte, size int64, what string) {
	t.Helper()
	if _, err := filled(t, h, sealed, key, size); !errors.Is(err, errDamaged) {
		t.Errorf("%v, %d bytes, %s: %v", s, size, what, err)
	}
}

// Filling ends with its context, and says what the disk said.
func TestFillEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, err := inMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	failing := errors.New("the disk")
	r := &Reader{Bytes: 5 * span, from: func(at int64) (io.Reader, error) { return nil, failing }}
	if err := fill(ctx, f, r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := fill(t.Context(), f, r); !errors.Is(err, failing) {
		t.Error(err)
	}
}
