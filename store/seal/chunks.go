package seal

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"io"
)

// The format of SM4-GCM: chunks of chunkSize bytes, the last one of 1 to chunkSize, each followed by its tag. The nonce
// is the number of the chunk, from 0, as 11 bytes, and a byte that is 1 for the last chunk and 0 otherwise (the STREAM
// construction of Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015). A key encrypts one stream, so nonces do not
// repeat.
const (
	chunkSize = 64 << 10
	tagSize   = 16
)

// chunks numbers the chunks of a stream.
type chunks struct {
	aead  cipher.AEAD
	count uint64
}

func newChunks(key []byte) (chunks, error) {
	aead, err := SM4GCM.aead(key)
	return chunks{aead: aead}, err
}

func (c *chunks) nonce(last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:], c.count)
	if last {
		n[11] = 1
	}
	c.count++
	return n
}

// chunkWriter holds a chunk back until it knows whether it is the last one.
type chunkWriter struct {
	chunks
	w    io.Writer
	held []byte
}

func newChunkWriter(w io.Writer, key []byte) (*chunkWriter, error) {
	c, err := newChunks(key)
	return &chunkWriter{chunks: c, w: w, held: make([]byte, 0, chunkSize+tagSize)}, err
}

func (c *chunkWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if len(c.held) == chunkSize {
			if err := c.flush(false); err != nil {
				return n, err
			}
		}
		m := min(chunkSize-len(c.held), len(p))
		c.held = append(c.held, p[:m]...)
		p, n = p[m:], n+m
	}
	return n, nil
}

func (c *chunkWriter) flush(last bool) error {
	_, err := c.w.Write(c.aead.Seal(c.held[:0], c.nonce(last), c.held, nil))
	c.held = c.held[:0]
	return err
}

// Close writes the last chunk. A stream without bytes has none.
func (c *chunkWriter) Close() error {
	if len(c.held) == 0 {
		return nil
	}
	return c.flush(true)
}

// chunkReader looks one byte past a chunk, which tells whether another one follows.
type chunkReader struct {
	chunks
	r     *bufio.Reader
	buf   []byte
	plain []byte // decrypted and not yet read
	err   error
}

func newChunkReader(r io.Reader, key []byte) (*chunkReader, error) {
	c, err := newChunks(key)
	return &chunkReader{chunks: c, r: bufio.NewReaderSize(r, 4*chunkSize), buf: make([]byte, chunkSize+tagSize)}, err
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if len(c.plain) == 0 && c.err == nil {
		c.plain, c.err = c.next()
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	if n > 0 {
		return n, nil
	}
	return 0, c.err
}

// next decrypts a chunk; the error of the last one is io.EOF.
func (c *chunkReader) next() ([]byte, error) {
	n, err := io.ReadFull(c.r, c.buf)
	last := err == io.ErrUnexpectedEOF
	if err == nil {
		_, err = c.r.Peek(1)
		last = err == io.EOF
	}
	if err == io.EOF && n == 0 {
		return nil, errDamaged // the last chunk says that it is the last
	}
	if err != nil && !last {
		return nil, err
	}
	plain, err := c.aead.Open(c.buf[:0], c.nonce(last), c.buf[:n], nil)
	if err != nil || len(plain) == 0 {
		return nil, errDamaged
	}
	if last {
		return plain, io.EOF
	}
	return plain, nil
}
