package technique

import (
	"cmp"
	"crypto/cipher"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/fpe"
)

// FPE replaces values by their encryption in the same form (FF1, see package fpe). A value that is not of the form, or
// too short for a domain of 10^6 values, does not fit.
type FPE struct {
	Form    string `yaml:"form" en:"resident_id, credit_code, bank_card, mobile (results valid, with their check digits), digits, letters, alphanumeric (separators stay); with detectors, the type found if absent" zh:"resident_id、credit_code、bank_card、mobile（结果有效、校验位正确），digits、letters、alphanumeric（分隔符不动）；配合检测器时缺省为所检类型"`
	Keep    string `yaml:"keep" en:"resident_id: region or birth_year; credit_code: region; nothing if absent" zh:"resident_id 可保留 region 或 birth_year，credit_code 可保留 region；缺省不保留"`
	Through string `yaml:"through" en:"resident_id: mandatory, the last birth date possible, YYYY-MM-DD, not after today; must be given again to decrypt" zh:"resident_id：必填，可能的最晚出生日期 YYYY-MM-DD，不晚于今日；解密时须一致"`
	Cipher  string `yaml:"cipher" en:"aes (default; AES-256, which the standard approves) or sm4" zh:"aes（缺省，标准所批准的 AES-256）或 sm4"`
	Key     string `yaml:"key" en:"id of a key" zh:"密钥标识"`
	Version int    `yaml:"version" en:"version of the key to decrypt with; the current one if absent" zh:"解密所用密钥版本；缺省为当前版本"`
	Context string `yaml:"context" en:"equal values under another context are encrypted differently" zh:"上下文；不同上下文加密结果不同"`
	Reverse bool   `yaml:"reverse" en:"decrypt" zh:"解密"`
}

func (*FPE) about() About {
	return About{
		Title: yumen.Text{EN: "format-preserving encryption (FF1)", ZH: "保留格式加密（FF1）"},
		Term:  yumen.Text{EN: "cryptographic tools: format-preserving encryption", ZH: "密码技术：保留格式加密"},
		Types: "all → text", Scope: CellScope, Inside: true, Reversible: yumen.Text{EN: "with the key", ZH: "持有密钥时可逆"},
		Preserves: yumen.Text{EN: "form, validity, equality, the part kept", ZH: "格式、有效性、相等关系与所选保留部分"},
		Leaks: yumen.Text{EN: "the part kept, frequencies, joins; a result may be somebody else's real number",
			ZH: "保留部分、频数与关联；结果可能恰为他人真实号码"},
	}
}

func (p *FPE) bind(b *Binding) (Stage, error) {
	key, err := b.keyVersion(p.Key, p.Version)
	if err != nil {
		return nil, err
	}
	if p.Version != 0 && !p.Reverse || p.Cipher != "" && p.Cipher != "sm4" && p.Cipher != "aes" {
		return nil, yumen.Errorf(yumen.KindInvalid, "cipher is aes or sm4; version is for decryption",
			"cipher 为 aes 或 sm4；version 仅用于解密")
	}
	return b.texts(func(_ int, kind string) (TextFunc, error) {
		form := cmp.Or(p.Form, kind)
		block, err := newBlock(key, cmp.Or(p.Cipher, "aes"), "fpe/"+form)
		if err != nil {
			return nil, err
		}
		c, err := p.cipher(block, form, b.Env.Now())
		if err != nil {
			return nil, err
		}
		f := c.Encrypt
		if p.Reverse {
			f = c.Decrypt
		}
		return func(dst []byte, s string) ([]byte, bool) {
			dst, err := f(dst, s)
			return dst, err == nil
		}, nil
	})
}

func (p *FPE) cipher(block cipher.Block, form string, now time.Time) (fpe.Cipher, error) {
	context := []byte(p.Context + "/")
	keep := fpe.Keep(p.Keep)
	if keep != fpe.KeepNothing && !(keep == fpe.KeepRegion && (form == "resident_id" || form == "credit_code")) &&
		!(keep == fpe.KeepYear && form == "resident_id") {
		return nil, yumen.Errorf(yumen.KindInvalid, "this part cannot be kept in this form", "该形式不能保留此部分")
	}
	switch form {
	case "resident_id":
		through, err := time.Parse(time.DateOnly, p.Through)
		if err != nil || through.Year() < 1950 || through.After(now) {
			return nil, yumen.Errorf(yumen.KindInvalid, "through is a day, YYYY-MM-DD, from 1950 to today",
				"through 为 1950 年至今日之间的日期 YYYY-MM-DD")
		}
		return fpe.NewResidentID(block, keep, through, context)
	case "credit_code":
		return fpe.NewCreditCode(block, keep, context)
	case "bank_card":
		return fpe.NewBankCard(block, context)
	case "mobile":
		return fpe.NewMobile(block, context)
	case "digits":
		return fpe.NewText(block, fpe.Digits, context)
	case "letters":
		return fpe.NewText(block, fpe.Upper+fpe.Lower, context)
	case "alphanumeric":
		return fpe.NewText(block, fpe.Digits+fpe.Upper+fpe.Lower, context)
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "no such form",
		"没有这种形式").ToFix("use resident_id, credit_code, bank_card, mobile, digits, letters or alphanumeric",
		"请用 resident_id、credit_code、bank_card、mobile、digits、letters 或 alphanumeric")
}
