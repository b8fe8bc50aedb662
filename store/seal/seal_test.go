package seal

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/yumen-data/yumen"
)

func TestParseSuite(t *testing.T) {
	for name, want := range map[string]Suite{"": AES256GCM, "aes-256-gcm": AES256GCM, "sm4-gcm": SM4GCM} {
		if got, err := ParseSuite(name); got != want || err != nil {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"AES-256-GCM", "none", "sm4"} {
		if got, err := ParseSuite(name); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}

func TestIsKeyFile(t *testing.T) {
	hex := yumen.DigestOf([]byte("x")).Hex()
	id := newHeader(AES256GCM).id()
	for name, want := range map[string]bool{"held/" + hex + "." + id: true, "held/" + hex: false,
		"held/" + hex + ".":            false,
		"held/" + hex + "." + id + "0": false, "held/" + hex + "." + id[1:] + "/": false,
		"other/" + hex + "." + id: false, hex + "." + id: false,
		"../held/" + hex + "." + id: false, "held/../" + hex + "." + id: false, "held/x." + id: false,
		"held/" + hex + "." + id[:31] + "G": false} {
		if IsKeyFile(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// What begins as a sealed file does is one; a text that begins with the name is not.
func TestSealed(t *testing.T) {
	head := newHeader(SM4GCM)
	for text, want := range map[string]bool{"": false, "YUMEN": false, "PAR1": false, magic: true,
		string(head[:]): true, string(head[:7]): false} {
		if got, err := Sealed(bytes.NewReader([]byte(text))); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// Both streams give back what was written, in whatever pieces it is written and read, and end in an error where they
// are longer or shorter than said.
func TestStreams(t *testing.T) {
	for _, s := range []Suite{AES256GCM, SM4GCM} {
		key := make([]byte, s.keySize())
		for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize} {
			text := bytes.Repeat([]byte{7}, n)
			var sealed bytes.Buffer
			w, err := s.encrypter(&sealed, key)
			if err != nil {
				t.Fatal(err)
			}
			for piece := text; len(piece) > 0; piece = piece[min(len(piece), 9000):] {
				if _, err := w.Write(piece[:min(len(piece), 9000)]); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			read := func(size int64, wrap func(io.Reader) io.Reader) ([]byte, error) {
				r, err := s.decrypter(wrap(bytes.NewReader(sealed.Bytes())), key, size)
				if err != nil {
					t.Fatal(err)
				}
				return io.ReadAll(r)
			}
			for _, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r },
				iotest.HalfReader, iotest.DataErrReader} {
				if got, err := read(int64(n), wrap); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%v, %d: %d bytes, %v", s, n, len(got), err)
				}
			}
			whole := func(r io.Reader) io.Reader { return r }
			if _, err := read(int64(n)+1, whole); !errors.Is(err, errDamaged) {
				t.Errorf("%v, %d, one more expected: %v", s, n, err)
			}
			if n > 0 {
				if _, err := read(int64(n)-1, whole); !errors.Is(err, errDamaged) {
					t.Errorf("%v, %d, one less expected: %v", s, n, err)
				}
			}
			if _, err := read(int64(n),
				func(r io.Reader) io.Reader {
					return io.MultiReader(r,
						iotest.ErrReader(errors.New("the disk")))
				}); err == nil || errors.Is(err, errDamaged) {
				t.Errorf("%v, %d: an error of the disk is %v", s, n, err)
			}
		}
	}
}
