// Package keyring keeps the keys that desensitization needs: versions, rotation, destruction with a record of it, and
// the sealing of every secret by a key-management system (envelope encryption). A keyring file holds no usable secret.
//
// It is not a key-management system itself: Local seals with a master key from a file, for a single machine; an
// external one is reached through KMS. It does not decide who may use a key.
package keyring

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"

	"github.com/emmansun/gmsm/sm3"

	"github.com/yumen-data/yumen"
)

// SecretSize is the length of a key's secret in bytes.
const SecretSize = 32

// Key is one version of a key, ready for use. It is never used directly: every purpose derives its own.
type Key struct {
	ID      string
	Version int
	secret  [SecretSize]byte
}

// Ref names a version of a key without its secret.
type Ref struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Ref returns the name of the key.
func (k Key) Ref() Ref { return Ref{k.ID, k.Version} }

// String returns id and version, never the secret, whatever the verb.
func (k Key) String() string   { return fmt.Sprintf("%s/%d", k.ID, k.Version) }
func (k Key) GoString() string { return k.String() }

// Format writes String for every verb, so that %x and %v on the struct cannot show the secret.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// LogValue returns what a log may show.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON writes the Ref; a Bundle carries secrets.
func (k Key) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"id":%q,"version":%d}`, k.ID, k.Version), nil
}

// Derive returns n bytes for one purpose (HKDF, RFC 5869, over SHA-256).
func (k Key) Derive(purpose string, n int) []byte {
	b, err := hkdf.Key(sha256.New, k.secret[:], nil, purpose, n)
	return must(b, err)
}

// DeriveSM3 is Derive over SM3 (GB/T 32905).
func (k Key) DeriveSM3(purpose string, n int) []byte {
	b, err := hkdf.Key(sm3.New, k.secret[:], nil, purpose, n)
	return must(b, err)
}

// must is for lengths that are constants of the callers and far below what HKDF can give.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Source gives keys.
type Source interface {
	// Key returns a version of a key; version 0 is the current one. A key or version that does not exist is an error of
	// kind not_found, a destroyed one of kind denied.
	Key(ctx context.Context, id string, version int) (Key, error)
}

// Bundle is a set of keys with their secrets, to be handed to an enclave through its pipe. Never store or log it.
type Bundle []BundledKey

// BundledKey is a key of a Bundle. The first of several versions of one key is the current one.
type BundledKey struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Secret  []byte `json:"secret"`
}

// Bundled returns the current versions of the named keys as a Bundle.
func Bundled(ctx context.Context, from Source, ids ...string) (Bundle, error) {
	var b Bundle
	for _, id := range ids {
		k, err := from.Key(ctx, id, 0)
		if err != nil {
			return nil, err
		}
		b = append(b, BundledKey{k.ID, k.Version, k.secret[:]})
	}
	return b, nil
}

// Key returns a key of the bundle.
func (b Bundle) Key(_ context.Context, id string, version int) (Key, error) {
	for _, k := range b {
		if k.ID == id && (version == 0 || k.Version == version) && len(k.Secret) == SecretSize {
			return Key{k.ID, k.Version, [SecretSize]byte(k.Secret)}, nil
		}
	}
	return Key{}, missing(id, version)
}

// Format writes the names only.
func (b Bundle) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%d keys", len(b)) }

// LogValue returns what a log may show.
func (b Bundle) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%d keys", len(b))) }

// Missing says that there is no such key, kind not_found.
func Missing(id string) error { return missing(id, 0) }

func missing(id string, version int) error {
	if version == 0 {
		return yumen.Errorf(yumen.KindNotFound, "there is no key %q", "没有密钥 %q", id).
			ToFix("create it in the keyring, or name another in the profile", "请在密钥环中创建，或在方案中改用其他密钥")
	}
	return yumen.Errorf(yumen.KindNotFound, "there is no version %[2]d of key %[1]q", "密钥 %[1]q 没有第 %[2]d 版", id,
		version)
}
