package seal

import (
	"errors"
	"io"

	"github.com/minio/sio"
)

// errDamaged is the cause of what cannot be decrypted.
var errDamaged = errors.New("sealed bytes were changed, cut or exchanged")

// encrypter encrypts what is written to it; Close ends the stream and leaves w open.
func (s Suite) encrypter(w io.Writer, key []byte) (io.WriteCloser, error) {
	if s == SM4GCM {
		return newChunkWriter(w, key)
	}
	return sio.EncryptWriter(struct{ io.Writer }{w}, dare(key)) // it would close w
}

// decrypter decrypts size bytes. Its end is an error unless the stream ends there as well.
func (s Suite) decrypter(r io.Reader, key []byte, size int64) (io.Reader, error) {
	if size == 0 { // DARE writes no package for it
		return &exact{emptyStream{r}, 0}, nil
	}
	plain, err := s.decrypterAt(r, key, 0)
	return &exact{plain, size}, err
}

// decrypterAt decrypts from a chunk on, with which r begins. A chunk has its number in its nonce, so that no other one
// is taken for it.
func (s Suite) decrypterAt(r io.Reader, key []byte, chunk uint32) (io.Reader, error) {
	if s == SM4GCM {
		plain, err := newChunkReader(r, key)
		if err == nil {
			plain.count = uint64(chunk)
		}
		return plain, err
	}
	config := dare(key)
	config.SequenceNumber = chunk
	return sio.DecryptReader(r, config)
}

// sealedChunk is the size of a whole chunk in the stream of a suite.
func (s Suite) sealedChunk() int64 {
	if s == SM4GCM {
		return chunkSize + tagSize
	}
	return chunkSize + tagSize + 16 // and the header of DARE's package
}

func dare(key []byte) sio.Config {
	return sio.Config{MinVersion: sio.Version20, MaxVersion: sio.Version20, CipherSuites: []byte{sio.AES_256_GCM},
		Key: key}
}

// emptyStream is the stream of an object without bytes.
type emptyStream struct{ r io.Reader }

func (e emptyStream) Read([]byte) (int, error) {
	n, err := io.ReadFull(e.r, make([]byte, 1))
	if n > 0 {
		err = errDamaged
	}
	return 0, err
}

// exact reads so many bytes and no more. An error of decryption is errDamaged; those of the file are left as they are.
type exact struct {
	r    io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := e.r.Read(p)
	e.left -= int64(n)
	wrong := errors.As(err, new(sio.Error)) || errors.Is(err, io.ErrUnexpectedEOF)
	if e.left < 0 || err == io.EOF && e.left != 0 || wrong {
		return 0, errDamaged
	}
	return n, err
}
