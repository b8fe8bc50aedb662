// Package seal encrypts stored objects: each under a random key of its own, which is wrapped by a key of the domain and
// kept in a file apart from the object. Destroying the key's file destroys every copy of the object. A file that was
// cut, extended, reordered, exchanged for another one or changed in one bit is an error of kind corrupt, and none of
// its bytes is used by those who open it through Opener.
//
// It does not decide which objects are sealed, which is a driver's affair, nor where the domain's key comes from.
package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"

	"github.com/emmansun/gmsm/sm3"

	"github.com/yumen-data/yumen"
)

// Suite is how an object and its key are encrypted.
type Suite byte

// The suites. Their numbers stand in files.
const (
	AES256GCM Suite = 1 // DARE 2.0 (github.com/minio/sio) over AES-256-GCM; keys derived by HKDF-SHA-256
	SM4GCM    Suite = 2 // chunks as chunks.go describes over SM4-GCM (GB/T 32907); keys derived by HKDF-SM3
)

var suiteNames = map[Suite]string{AES256GCM: "aes-256-gcm", SM4GCM: "sm4-gcm"}

// String returns the name that settings use.
func (s Suite) String() string { return suiteNames[s] }

// ParseSuite returns the suite of a name; none is AES256GCM.
func ParseSuite(name string) (Suite, error) {
	if name == "" {
		return AES256GCM, nil
	}
	for s, n := range suiteNames {
		if n == name {
			return s, nil
		}
	}
	return 0, yumen.Errorf(yumen.KindInvalid, "objects are sealed with aes-256-gcm or sm4-gcm, not with %q",
		"对象只能用 aes-256-gcm 或 sm4-gcm 密封，不支持 %q", name)
}

// keySize is the length of the key that a suite encrypts with.
func (s Suite) keySize() int {
	if s == SM4GCM {
		return 16
	}
	return 32
}

// derive makes a key of the suite for one purpose (HKDF, RFC 5869).
func (s Suite) derive(secret []byte, purpose string) ([]byte, error) {
	if s == SM4GCM {
		return hkdf.Key(sm3.New, secret, nil, purpose, s.keySize())
	}
	return hkdf.Key(sha256.New, secret, nil, purpose, s.keySize())
}

const (
	idSize     = 16
	secretSize = 32
	headerSize = len(magic) + 1 + idSize
)

// magic begins every sealed file. It is neither text nor Parquet, Arrow or Wasm.
const magic = "\x8fYUMEN\x1a\x01"

// header is the first bytes of a sealed file: what it is, its suite, and the id of the object's key. Both the wrapping
// of the key and the object's encryption depend on all of it.
type header [headerSize]byte

func newHeader(s Suite) (h header) {
	copy(h[:], magic)
	h[len(magic)] = byte(s)
	rand.Read(h[len(magic)+1:])
	return h
}

func (h header) suite() Suite { return Suite(h[len(magic)]) }
func (h header) id() string   { return hex.EncodeToString(h[len(magic)+1:]) }

// readHeader reads the header of a file. It is false where the file is not sealed.
func readHeader(r io.ReaderAt) (h header, sealed bool, err error) {
	n, err := r.ReadAt(h[:], 0)
	if err != nil && err != io.EOF {
		return h, false, err
	}
	if !bytes.HasPrefix(h[:n], []byte(magic)) {
		return h, false, nil
	}
	if n < headerSize || !slices.Contains([]Suite{AES256GCM, SM4GCM}, h.suite()) {
		return h, true, errDamaged
	}
	return h, true, nil
}

// Sealed reports whether a file begins as a sealed one does.
func Sealed(r io.ReaderAt) (bool, error) {
	_, sealed, err := readHeader(r)
	if err == errDamaged {
		err = nil
	}
	return sealed, err
}
