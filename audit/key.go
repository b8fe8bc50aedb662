package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
)

// Key is the Ed25519 key of a domain: it signs checkpoints and receipts. No way of printing or logging it shows the
// secret.
type Key struct {
	signer note.Signer
	vkey   string
	secret func() string // a function, so that not even %#v of a struct around it shows it
}

// GenerateKey makes a key. The name is the log's origin, such as "yumen.example.gov.cn/log": without spaces and plus
// signs.
func GenerateKey(name string) (*Key, error) {
	if name == "" || strings.Contains(name, "+") || strings.ContainsFunc(name, unicode.IsSpace) {
		return nil, yumen.Errorf(yumen.KindInvalid, "the name of a key may hold neither spaces nor +", "密钥名称不得含空格或 +")
	}
	skey, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "cannot make a key", "无法生成密钥").Because(err)
	}
	return ParseKey(skey)
}

// ParseKey reads a key in the form of x/mod/sumdb/note: PRIVATE+KEY+name+hash+data.
func ParseKey(skey string) (*Key, error) {
	skey = strings.TrimSpace(skey)
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "not a signing key", "不是签名密钥")
	}
	vkey, err := verifierKey(skey)
	if err != nil {
		return nil, err
	}
	return &Key{signer: signer, vkey: vkey, secret: func() string { return skey }}, nil
}

// verifierKey derives the public form of a key that note.NewSigner has accepted.
func verifierKey(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", yumen.Errorf(yumen.KindInvalid, "not a signing key", "不是签名密钥")
	}
	pub := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(parts[2], pub)
}

// LoadKey reads a key from a file that nobody but its owner may read or write.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, yumen.Errorf(yumen.KindNotFound, "no signing key here", "此处没有签名密钥").At(path)
	}
	if err != nil {
		return nil, fileError(path, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, yumen.Errorf(yumen.KindDenied, "the signing key may be read by others", "签名密钥可被他人读取").At(path).
			ToFix("chmod 600 it, and consider whether the key is still a secret", "执行 chmod 600，并判断密钥是否已泄露")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	k, err := ParseKey(string(b))
	if err != nil {
		return nil, yumen.AsError(err).At(path)
	}
	return k, nil
}

// Save writes the key to a new file that only its owner may read.
func (k *Key) Save(path string) error {
	err := durable.Create(path, []byte(k.secret()+"\n"))
	if errors.Is(err, fs.ErrExist) {
		return yumen.Errorf(yumen.KindConflict, "a key file is already here", "此处已有密钥文件").At(path)
	}
	return fileError(path, err)
}

// Name returns the name of the key, which is the origin of its log.
func (k *Key) Name() string { return k.signer.Name() }

// Verifier returns the public key as name+hash+data, the form in which verifiers are given it.
func (k *Key) Verifier() string { return k.vkey }

// String returns the public key.
func (k *Key) String() string { return k.vkey }

// Format writes the public key whatever the verb.
func (k *Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.vkey)) }

// LogValue returns the public key.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.vkey) }

// LoadVerifier reads a public key from a file.
func LoadVerifier(path string) (string, error) {
	b, err := os.ReadFile(path)
	switch vkey := strings.TrimSpace(string(b)); {
	case errors.Is(err, fs.ErrNotExist):
		return "", yumen.Errorf(yumen.KindNotFound, "no public key here", "此处没有公钥").At(path)
	case err != nil:
		return "", fileError(path, err)
	case vkey == "":
		return "", yumen.Errorf(yumen.KindCorrupt, "the file of the public key is empty", "公钥文件为空").At(path).
			ToFix("put it back from a backup, or from anybody whom the domain gave its domain.pub",
				"请从备份恢复，或向持有本域 domain.pub 者索取")
	default:
		if _, err := parseVerifier(vkey); err != nil {
			return "", yumen.AsError(err).At(path)
		}
		return vkey, nil
	}
}

// parseVerifier reads a public key.
func parseVerifier(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "not a verifier key: want name+hash+data", "不是验证公钥：应为 名称+哈希+数据")
	}
	return v, nil
}
