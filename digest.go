package yumen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Digest names bytes by their SHA-256, written "sha256:" and 64 lower-case hexadecimal digits. Datasets versions,
// programs, artifacts and releases are all held under their digest, so that what was read is what leaves.
type Digest string

const digestPrefix = "sha256:"

// DigestOf returns the digest of b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return digestOfSum(sum[:])
}

func digestOfSum(sum []byte) Digest { return Digest(digestPrefix + hex.EncodeToString(sum)) }

// ParseDigest checks that s is a digest.
func ParseDigest(s string) (Digest, error) {
	h, ok := strings.CutPrefix(s, digestPrefix)
	raw, err := hex.DecodeString(h)
	if !ok || err != nil || len(raw) != sha256.Size || strings.ToLower(h) != h {
		return "", fmt.Errorf("parse digest %q: want sha256: and 64 lower-case hexadecimal digits", s)
	}
	return Digest(s), nil
}

// Hex returns the digits without the name of the algorithm, for use as a file name.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), digestPrefix) }

// Short returns the first twelve digits, enough to tell artifacts apart on a screen and never enough to decide by.
func (d Digest) Short() string {
	h := d.Hex()
	return h[:min(12, len(h))]
}

// Hasher computes a digest and a length while bytes pass through it.
type Hasher struct {
	h hash.Hash
	n int64
}

// NewHasher returns a Hasher that has seen nothing.
func NewHasher() *Hasher { return &Hasher{h: sha256.New()} }

// Write never fails.
func (h *Hasher) Write(p []byte) (int, error) {
	h.n += int64(len(p))
	return h.h.Write(p)
}

// Digest returns the digest of everything written so far.
func (h *Hasher) Digest() Digest { return digestOfSum(h.h.Sum(nil)) }

// Size returns the number of bytes written so far.
func (h *Hasher) Size() int64 { return h.n }

// DigestReader reads r to its end and returns the digest and number of bytes read.
func DigestReader(r io.Reader) (Digest, int64, error) {
	h := NewHasher()
	if _, err := io.Copy(h, r); err != nil {
		return "", h.Size(), err
	}
	return h.Digest(), h.Size(), nil
}
