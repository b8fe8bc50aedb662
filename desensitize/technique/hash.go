package technique

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
)

// Hash replaces values by a keyed hash: a pseudonym that only holders of the key can compute. The context takes part,
// so that the pseudonyms of two data sets cannot be joined unless they are given the same one.
type Hash struct {
	Algorithm string `yaml:"algorithm" en:"hmac-sm3 (default) or hmac-sha-256" zh:"hmac-sm3（缺省）或 hmac-sha-256"`
	Key       string `yaml:"key" en:"id of a key" zh:"密钥标识"`
	Context   string `yaml:"context" en:"what the pseudonyms are for; mandatory" zh:"假名的用途；必填"`
	Bytes     int    `yaml:"bytes" en:"length of the hash, 8 to 32, 16 if absent; written as twice as many hexadecimal digits" zh:"散列长度，8 到 32 字节，缺省 16；写成两倍位数的十六进制"`
	Normalize bool   `yaml:"normalize" en:"hash values without spaces and dashes, in half width and upper case" zh:"先去除空格与短横、转半角大写再计算"`
}

func (*Hash) about() About {
	return About{
		Title: yumen.Text{EN: "keyed hash", ZH: "带密钥的杂凑"},
		Term: yumen.Text{EN: "pseudonymization: cryptography-based derivation from identifiers",
			ZH: "假名化技术：基于密码技术的标识符派生假名"},
		Types: "all → text", Scope: CellScope, Inside: true,
		Reversible: yumen.Text{EN: "no; holders of the key can test guesses", ZH: "否；持有密钥者可验证猜测"},
		Preserves:  yumen.Text{EN: "equality under one key and context", ZH: "同一密钥与上下文下的相等关系"},
		Leaks:      yumen.Text{EN: "frequencies of values and joins within the context", ZH: "取值频数与同一上下文内的关联"},
	}
}

func (p *Hash) bind(b *Binding) (Stage, error) {
	size := cmp.Or(p.Bytes, 16)
	if size < 8 || size > 32 || p.Context == "" {
		return nil, yumen.Errorf(yumen.KindInvalid, "bytes is 8 to 32, and context is mandatory",
			"bytes 为 8 到 32，context 必填")
	}
	key, err := b.key(p.Key)
	if err != nil {
		return nil, err
	}
	mac, err := newMAC(key, p.Algorithm, "hash/"+p.Context)
	if err != nil {
		return nil, err
	}
	return b.texts(func(int, string) (TextFunc, error) {
		var sum []byte
		return always(func(dst []byte, s string) []byte {
			if p.Normalize {
				s = normalized(s)
			}
			mac.Reset()
			mac.Write([]byte(s))
			sum = mac.Sum(sum[:0])
			return hex.AppendEncode(dst, sum[:size])
		}), nil
	})
}

// newMAC returns HMAC over SM3 (GB/T 15852.2, GB/T 32905) or SHA-256 (FIPS 198-1, FIPS 180-4) with a key derived for
// the purpose.
func newMAC(key keyring.Key, algorithm, purpose string) (hash.Hash, error) {
	switch algorithm {
	case "", "hmac-sm3":
		return hmac.New(sm3.New, key.DeriveSM3(purpose, sm3.Size)), nil
	case "hmac-sha-256":
		return hmac.New(sha256.New, key.Derive(purpose, sha256.Size)), nil
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "the algorithm is hmac-sm3 or hmac-sha-256",
		"algorithm 为 hmac-sm3 或 hmac-sha-256")
}

// normalized returns a value as identifiers are compared: without spaces and dashes, half width, upper case.
func normalized(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		switch {
		case r == ' ' || r == '　' || r == '-' || r == '\t':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
