package technique

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm4"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
)

// Encrypt replaces values by their encryption, written as the key's version, a dot, and base64url.
//
// Randomized encryption is GCM (GB/T 36624, NIST SP 800-38D) under a random nonce: good for 2^32 values under one
// version of a key. Deterministic encryption takes for its nonce an HMAC of the value and encrypts in CTR mode, the
// synthetic-IV construction of Rogaway and Shrimpton (2006). Both refuse to decrypt what was altered or belongs to
// another context.
type Encrypt struct {
	Mode    string `yaml:"mode" en:"deterministic or randomized" zh:"deterministic（确定性）或 randomized（随机化）"`
	Cipher  string `yaml:"cipher" en:"sm4 (default) or aes (AES-256)" zh:"sm4（缺省）或 aes（AES-256）"`
	Key     string `yaml:"key" en:"id of a key; its current version encrypts, any version decrypts" zh:"密钥标识；以当前版本加密，各版本均可解密"`
	Context string `yaml:"context" en:"what the values are; must be given again to decrypt" zh:"值的用途；解密时须一致"`
	Reverse bool   `yaml:"reverse" en:"decrypt" zh:"解密"`
}

func (*Encrypt) about() About {
	return About{
		Title: yumen.Text{EN: "encryption", ZH: "加密"},
		Term: yumen.Text{EN: "cryptographic tools: deterministic encryption; randomized encryption",
			ZH: "密码技术：确定性加密、随机化加密"},
		Types: "all → text", Scope: CellScope, Inside: true, Reversible: yumen.Text{EN: "with the key", ZH: "持有密钥时可逆"},
		Preserves: yumen.Text{EN: "deterministic: equality; randomized: nothing", ZH: "确定性：相等关系；随机化：不保留"},
		Leaks:     yumen.Text{EN: "lengths; deterministic: frequencies and joins", ZH: "长度；确定性还泄露频数与关联"},
	}
}

func (p *Encrypt) bind(b *Binding) (Stage, error) {
	if p.Mode != "deterministic" && p.Mode != "randomized" || p.Cipher != "" && p.Cipher != "sm4" && p.Cipher != "aes" {
		return nil, yumen.Errorf(yumen.KindInvalid, "mode is deterministic or randomized, cipher sm4 or aes",
			"mode 为 deterministic 或 randomized，cipher 为 sm4 或 aes")
	}
	key, err := b.key(p.Key)
	if err != nil {
		return nil, err
	}
	if p.Reverse {
		open := &opener{p: p, b: b, ciphers: map[int]sealer{}}
		return b.texts(func(int, string) (TextFunc, error) { return open.text, nil })
	}
	s, err := p.sealer(key)
	if err != nil {
		return nil, err
	}
	prefix := strconv.Itoa(key.Version) + "."
	return b.texts(func(int, string) (TextFunc, error) {
		var sealed []byte
		return always(func(dst []byte, text string) []byte {
			sealed = s.seal(sealed[:0], text)
			return base64.RawURLEncoding.AppendEncode(append(dst, prefix...), sealed)
		}), nil
	})
}

// sealer encrypts and decrypts under one version of a key.
type sealer interface {
	seal(dst []byte, s string) []byte
	open(dst, sealed []byte) ([]byte, bool)
}

func (p *Encrypt) sealer(key keyring.Key) (sealer, error) {
	purpose := "encrypt/" + p.Mode + "/" + p.Context
	block, err := newBlock(key, p.Cipher, purpose)
	if err != nil {
		return nil, err
	}
	if p.Mode == "randomized" {
		aead, err := cipher.NewGCM(block)
		return &randomized{aead}, err
	}
	algorithm := map[bool]string{true: "hmac-sha-256", false: "hmac-sm3"}[p.Cipher == "aes"]
	mac, err := newMAC(key, algorithm, purpose+"/iv")
	return &deterministic{block: block, mac: mac}, err
}

// newBlock returns SM4 (GB/T 32907) or AES-256 with a key derived for the purpose.
func newBlock(key keyring.Key, name, purpose string) (cipher.Block, error) {
	if name == "aes" {
		return aes.NewCipher(key.Derive(purpose+"/aes", 32))
	}
	return sm4.NewCipher(key.DeriveSM3(purpose+"/sm4", sm4.BlockSize))
}

// randomized seals as nonce ‖ GCM(nonce, value).
type randomized struct{ aead cipher.AEAD }

func (r *randomized) seal(dst []byte, s string) []byte {
	nonce := make([]byte, r.aead.NonceSize())
	rand.Read(nonce)
	return r.aead.Seal(append(dst, nonce...), nonce, []byte(s), nil)
}

func (r *randomized) open(dst, sealed []byte) ([]byte, bool) {
	n := r.aead.NonceSize()
	if len(sealed) < n {
		return dst, false
	}
	out, err := r.aead.Open(dst, sealed[:n], sealed[n:], nil)
	return out, err == nil
}

// deterministic seals as IV ‖ CTR(IV, value) with IV the first 16 bytes of HMAC(value).
type deterministic struct {
	block cipher.Block
	mac   hash.Hash
	sum   []byte
}

const ivSize = 16

func (d *deterministic) iv(s []byte) []byte {
	d.mac.Reset()
	d.mac.Write(s)
	d.sum = d.mac.Sum(d.sum[:0])
	return d.sum[:ivSize]
}

func (d *deterministic) seal(dst []byte, s string) []byte {
	iv := d.iv([]byte(s))
	dst = append(append(dst, iv...), s...)
	text := dst[len(dst)-len(s):]
	cipher.NewCTR(d.block, iv).XORKeyStream(text, text)
	return dst
}

func (d *deterministic) open(dst, sealed []byte) ([]byte, bool) {
	if len(sealed) < ivSize {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, sealed[ivSize:]...)
	cipher.NewCTR(d.block, sealed[:ivSize]).XORKeyStream(dst[start:], dst[start:])
	return dst, hmac.Equal(d.iv(dst[start:]), sealed[:ivSize])
}

// opener decrypts with whatever version of the key a value names.
type opener struct {
	p       *Encrypt
	b       *Binding
	ciphers map[int]sealer // nil where the version cannot be had
	sealed  []byte
}

func (o *opener) text(dst []byte, s string) ([]byte, bool) {
	number, body, ok := strings.Cut(s, ".")
	version, err := strconv.Atoi(number)
	if !ok || err != nil || version < 1 {
		return dst, false
	}
	c, known := o.ciphers[version]
	if !known {
		if key, err := o.b.keyVersion(o.p.Key, version); err == nil {
			c, _ = o.p.sealer(key)
		}
		o.ciphers[version] = c
	}
	if o.sealed, err = base64.RawURLEncoding.AppendDecode(o.sealed[:0], []byte(body)); err != nil || c == nil {
		return dst, false
	}
	return c.open(dst, o.sealed)
}
