package keyring

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
)

// Local is a KMS whose master key is a file on this machine: 32 bytes in base64. It seals with AES-256-GCM.
type Local struct{ aead cipher.AEAD }

// NewLocal returns a Local over a master key of 32 bytes.
func NewLocal(master []byte) (*Local, error) {
	if len(master) != SecretSize {
		return nil, yumen.Errorf(yumen.KindInvalid, "a master key has 32 bytes", "主密钥须为 32 字节")
	}
	block, err := aes.NewCipher(master)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Local{aead}, err
}

// OpenLocal reads the master key from a file that nobody but its owner may read, and makes the file if there is none.
func OpenLocal(path string) (*Local, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return makeLocal(path)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, yumen.Errorf(yumen.KindDenied, "the master key file can be read by others", "主密钥文件可被他人读取").
			ToFix("chmod 600 it", "请执行 chmod 600")
	}
	return ParseLocal(b)
}

// ParseLocal returns a Local over a master key as its file holds it: 32 bytes in base64, and white space around them.
func ParseLocal(text []byte) (*Local, error) {
	master, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(master) != SecretSize {
		return nil, yumen.Errorf(yumen.KindCorrupt, "the master key is not 32 bytes in base64",
			"主密钥不是 base64 编码的 32 字节").
			ToFix("give the one that the home was made with", "请提供创建主目录时的主密钥")
	}
	return NewLocal(master)
}

func makeLocal(path string) (*Local, error) {
	master := make([]byte, SecretSize)
	rand.Read(master)
	if err := durable.Create(path, []byte(base64.StdEncoding.EncodeToString(master)+"\n")); err != nil {
		return nil, unavailable(err)
	}
	return NewLocal(master)
}

// Seal encrypts under a fresh nonce, which comes first in the result.
func (l *Local) Seal(_ context.Context, label string, secret []byte) ([]byte, error) {
	nonce := make([]byte, l.aead.NonceSize())
	rand.Read(nonce)
	return l.aead.Seal(nonce, nonce, secret, []byte(label)), nil
}

// Open decrypts.
func (l *Local) Open(_ context.Context, label string, sealed []byte) ([]byte, error) {
	n := l.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("sealed secret too short")
	}
	return l.aead.Open(nil, sealed[:n], sealed[n:], []byte(label))
}
