// Package vault keeps which token stands for which value (GB/T 37964-2019 A.5 假名化技术: pseudonyms independent of the
// identifier), so that tokens say nothing by themselves and can be turned back by whoever has the vault.
//
// The vault is as secret as the values; its records are sealed one by one. It is not a data base: a File holds all of
// its records in memory, and one process at a time may have it open.
package vault

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
)

// Prefix opens a token: behind it stand 26 lower-case letters and digits: 128 random bits.
const Prefix = "tk_"

const maxRecord = 64 << 20

// File is a vault in a file: a header line that names its key, then sealed records.
type File struct {
	f      *os.File
	w      *bufio.Writer
	aead   cipher.AEAD
	n      uint64 // records
	tokens map[pair]string
	values map[pair]string
	broken error
}

// pair is a context with a value or a token of it.
type pair struct{ context, text string }

type header struct {
	Vault int         `json:"vault"`
	Key   keyring.Ref `json:"key"`
}

type record struct {
	Context string `json:"c"`
	Value   string `json:"v"`
	Token   string `json:"t"`
}

// Open opens the vault at path, or makes it, and locks it. A vault that another process has open is an error of kind
// conflict; one made with another key, of kind denied; a damaged one, of kind corrupt. A last record that was cut off,
// as a crash leaves it, is removed: its token had not been handed on, for that takes a Sync.
func Open(path string, key keyring.Key) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unavailable(err)
	}
	v, err := open(f, key)
	if err != nil {
		f.Close()
	}
	return v, err
}

func open(f *os.File, key keyring.Key) (*File, error) {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, yumen.Errorf(yumen.KindConflict, "another process has the vault open", "另一进程正在使用该令牌库")
	}
	block, err := aes.NewCipher(key.Derive("vault", 32))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	v := &File{f: f, aead: aead, tokens: map[pair]string{}, values: map[pair]string{}}
	end, err := v.load(key.Ref())
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(end); err != nil {
		return nil, unavailable(err)
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return nil, unavailable(err)
	}
	v.w = bufio.NewWriterSize(f, 1<<16)
	return v, nil
}

// load reads the header, or writes it into an empty file, and all records. It returns where the last whole one ends.
func (v *File) load(key keyring.Ref) (int64, error) {
	r := bufio.NewReaderSize(v.f, 1<<16)
	line, err := r.ReadBytes('\n')
	if err == io.EOF && len(line) == 0 {
		return v.begin(key)
	}
	var h header
	if err != nil || json.Unmarshal(line, &h) != nil || h.Vault != 1 {
		return 0, yumen.Errorf(yumen.KindCorrupt, "this is no token vault", "这不是令牌库文件")
	}
	if h.Key != key {
		return 0, yumen.Errorf(yumen.KindDenied, "the vault was made with version %d of key %q",
			"该令牌库由密钥 %[2]q 第 %[1]d 版建立", h.Key.Version, h.Key.ID).
			ToFix("name that key in the profile, or begin another vault", "请在方案中使用该密钥，或新建令牌库")
	}
	end := int64(len(line))
	for {
		sealed, err := readRecord(r)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return end, nil
		}
		if err != nil {
			return 0, err
		}
		if err := v.remember(sealed); err != nil {
			return 0, err
		}
		end += int64(4 + len(sealed))
	}
}

func (v *File) begin(key keyring.Ref) (int64, error) {
	line, err := json.Marshal(header{1, key})
	if err != nil {
		return 0, err
	}
	n, err := v.f.Write(append(line, '\n'))
	if err = errors.Join(err, v.f.Sync()); err != nil {
		return 0, unavailable(err)
	}
	return int64(n), nil
}

func readRecord(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxRecord {
		return nil, damaged()
	}
	var buf bytes.Buffer // grows with what is there, not with what is claimed
	if _, err := io.CopyN(&buf, r, int64(n)); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return buf.Bytes(), nil
}

// remember opens a record, whose number is part of what it is sealed with, so that records cannot be taken out or
// moved.
func (v *File) remember(sealed []byte) error {
	n := v.aead.NonceSize()
	if len(sealed) < n {
		return damaged()
	}
	plain, err := v.aead.Open(nil, sealed[:n], sealed[n:], binary.BigEndian.AppendUint64(nil, v.n))
	var r record
	if err != nil || json.Unmarshal(plain, &r) != nil {
		return damaged()
	}
	v.n++
	v.tokens[pair{r.Context, r.Value}] = r.Token
	v.values[pair{r.Context, r.Token}] = r.Value
	return nil
}

// Token returns the token of a value in a context, the same for the same value, and makes it on first sight.
func (v *File) Token(context, value string) (string, error) {
	if t, ok := v.tokens[pair{context, value}]; ok {
		return t, nil
	}
	if v.broken != nil {
		return "", v.broken
	}
	var random [16]byte
	rand.Read(random[:])
	token := Prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))
	value = strings.Clone(value)
	if err := v.append(record{context, value, token}); err != nil {
		v.broken = unavailable(err)
		return "", v.broken
	}
	v.tokens[pair{context, value}] = token
	v.values[pair{context, token}] = value
	return token, nil
}

func (v *File) append(r record) error {
	plain, err := json.Marshal(r)
	if err != nil {
		return err
	}
	nonce := make([]byte, v.aead.NonceSize())
	rand.Read(nonce)
	sealed := v.aead.Seal(nonce, nonce, plain, binary.BigEndian.AppendUint64(nil, v.n))
	if len(sealed) > maxRecord {
		return errors.New("the value is longer than a record may be")
	}
	v.n++
	if _, err := v.w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(sealed)))); err != nil {
		return err
	}
	_, err = v.w.Write(sealed)
	return err
}

// Value returns the value that a token of a context stands for.
func (v *File) Value(context, token string) (string, bool) {
	s, ok := v.values[pair{context, token}]
	return s, ok
}

// Sync makes every token given out so far durable. Tokens must not be handed on before.
func (v *File) Sync() error {
	if v.broken != nil {
		return v.broken
	}
	if err := errors.Join(v.w.Flush(), v.f.Sync()); err != nil {
		v.broken = unavailable(err)
	}
	return v.broken
}

// Close makes the vault durable and closes it.
func (v *File) Close() error { return errors.Join(v.Sync(), v.f.Close()) }

func damaged() error {
	return yumen.Errorf(yumen.KindCorrupt, "the vault is damaged, or was sealed with another key", "令牌库已损坏，或由其他密钥封装")
}

func unavailable(err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "the vault cannot be used", "令牌库无法使用").Because(err)
}
