package technique

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/surrogate"
)

// Surrogate replaces values by made-up ones of the same kind (see package surrogate). With a key, equal values get the
// same surrogate; without, every cell gets one of its own.
type Surrogate struct {
	Kind    string `yaml:"kind" en:"address, bank_card, credit_code, date, email, gps, ip, mobile, name, passport, phone, plate or resident_id; with detectors, the type found if absent" zh:"address、bank_card、credit_code、date、email、gps、ip、mobile、name、passport、phone、plate、resident_id；配合检测器时缺省为所检类型"`
	Key     string `yaml:"key" en:"id of a key, for the same surrogate wherever a value occurs" zh:"密钥标识；给出后相同值得到相同替代值"`
	Context string `yaml:"context" en:"surrogates under another context are different" zh:"上下文；不同上下文替代值不同"`
}

func (*Surrogate) about() About {
	return About{
		Title: yumen.Text{EN: "surrogate values", ZH: "仿真替代"},
		Term:  yumen.Text{EN: "pseudonymization; synthetic data for single attributes", ZH: "假名化技术；单属性数据合成"},
		Types: "text", Scope: CellScope, Inside: true, Reversible: irreversible,
		Preserves: yumen.Text{EN: "form and validity; with a key, equality", ZH: "格式与有效性；有密钥时保留相等关系"},
		Leaks:     yumen.Text{EN: "with a key, frequencies and joins; two values may share a surrogate, and one may be somebody's real number", ZH: "有密钥时泄露频数与关联；替代值可能重复，也可能恰为他人真实号码"},
	}
}

func (p *Surrogate) bind(b *Binding) (Stage, error) {
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	draw := func(string) *rand.Rand { return random }
	if p.Key != "" {
		key, err := b.key(p.Key)
		if err != nil {
			return nil, err
		}
		draw = keyedRandom(hmac.New(sha256.New, key.Derive("surrogate/"+p.Context, sha256.Size)))
	}
	return b.texts(func(i int, found string) (TextFunc, error) {
		kind := cmp.Or(p.Kind, found)
		if !slices.Contains(surrogate.Kinds, kind) {
			return nil, yumen.Errorf(yumen.KindInvalid, "kind is one of %s", "kind 可用 %s",
				strings.Join(surrogate.Kinds, ", "))
		}
		if b.kind(i) != yumen.TypeText {
			return nil, wrongType(b.kind(i))
		}
		return always(func(dst []byte, s string) []byte {
			dst, _ = surrogate.Make(dst, kind, draw(s))
			return dst
		}), nil
	})
}

// keyedRandom returns, for each value, the random stream that the MAC of it seeds.
func keyedRandom(mac hash.Hash) func(string) *rand.Rand {
	chacha := rand.NewChaCha8([32]byte{})
	r := rand.New(chacha)
	var sum []byte
	return func(s string) *rand.Rand {
		mac.Reset()
		mac.Write([]byte(s))
		sum = mac.Sum(sum[:0])
		chacha.Seed([32]byte(sum))
		return r
	}
}
