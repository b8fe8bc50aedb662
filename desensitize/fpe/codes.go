package fpe

import (
	"crypto/cipher"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// CreditCode encrypts unified social credit codes (GB 32100) into valid ones. Authority, category and, with KeepRegion,
// the region code stay; the organisation's own code (GB 11714) is encrypted, and both check characters are computed
// anew. A code whose organisation part has a wrong check character, as some old ones do, becomes another such code, so
// that all of them can be decrypted.
type CreditCode struct {
	keep    Keep
	context []byte
	body    *Ranks // 8 characters of the organisation code, and the region where it is not kept
	whole   *Ranks // 9 characters
	tweak   []byte
}

const (
	bodies = 31 * 31 * 31 * 31 * 31 * 31 * 31 * 31 // 31^8
	// Codes 10xxxx, registered nationwide, stand before the provinces.
	creditRegions = 35 * belowProvince
)

// NewCreditCode returns a cipher that keeps nothing or the region.
func NewCreditCode(block cipher.Block, keep Keep, context []byte) (*CreditCode, error) {
	if keep != KeepNothing && keep != KeepRegion {
		return nil, ErrDomain
	}
	size := uint64(1)
	if keep == KeepNothing {
		size = creditRegions
	}
	body, err := NewRanks(block, size*bodies)
	if err != nil {
		return nil, err
	}
	whole, err := NewRanks(block, size*bodies*31)
	return &CreditCode{keep: keep, context: context, body: body, whole: whole}, err
}

// Encrypt appends the encryption of s to dst.
func (c *CreditCode) Encrypt(dst []byte, s string) ([]byte, error) {
	return c.crypt(dst, s, (*Ranks).Encrypt)
}

// Decrypt is the inverse of Encrypt.
func (c *CreditCode) Decrypt(dst []byte, s string) ([]byte, error) {
	return c.crypt(dst, s, (*Ranks).Decrypt)
}

func (c *CreditCode) crypt(dst []byte, s string, f func(*Ranks, uint64, []byte) (uint64, error)) ([]byte, error) {
	s, ok := compact(s, 18)
	if !ok || chinaid.CreditCodeCheck(s[:17]) != s[17] {
		return dst, ErrUnfit
	}
	region, ok := creditRegion(s[2:8])
	if !ok && c.keep == KeepNothing {
		return dst, ErrUnfit
	}
	c.tweak = append(append(c.tweak[:0], c.context...), s[:2]...)
	if c.keep == KeepRegion {
		c.tweak, region = append(c.tweak, s[2:8]...), 0
	}
	sound := chinaid.OrganisationCheck(s[8:16]) == s[16]
	perm, radix := c.body, uint64(1)
	if !sound {
		perm, radix = c.whole, 31
	}
	rank := region*bodies + creditNumber(s[8:16])
	if !sound {
		rank = rank*radix + creditNumber(s[16:17])
	}
	var b [17]byte
	copy(b[:], s[:8])
	for {
		var err error
		if rank, err = f(perm, rank, c.tweak); err != nil {
			return dst, err
		}
		c.write(b[:], rank, sound)
		// Codes with a wrong check character are walked back among their own kind.
		if (chinaid.OrganisationCheck(string(b[8:16])) == b[16]) == sound {
			break
		}
	}
	return append(append(dst, b[:]...), chinaid.CreditCodeCheck(string(b[:]))), nil
}

// write spells rank out into the first 17 characters of a code.
func (c *CreditCode) write(b []byte, rank uint64, sound bool) {
	if !sound {
		b[16] = chinaid.CreditAlphabet[rank%31]
		rank /= 31
	}
	for i := 15; i >= 8; i-- {
		b[i] = chinaid.CreditAlphabet[rank%31]
		rank /= 31
	}
	if c.keep == KeepNothing {
		below := int(rank % belowProvince)
		province := 10
		if p := int(rank / belowProvince); p > 0 {
			province = chinaid.Provinces[p-1]
		}
		pad(pad(b[2:2], province, 2), below, 4)
	}
	if sound {
		b[16] = chinaid.OrganisationCheck(string(b[8:16]))
	}
}

// creditRegion returns the rank of a region code: 10xxxx first, then the provinces.
func creditRegion(s string) (uint64, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	below := uint64(digits(s[2:]))
	if s[:2] == "10" {
		return below, true
	}
	p, ok := slices.BinarySearch(chinaid.Provinces, digits(s[:2]))
	return uint64(p+1)*belowProvince + below, ok
}

func creditNumber(s string) uint64 {
	n := uint64(0)
	for i := range len(s) {
		n = n*31 + uint64(strings.IndexByte(chinaid.CreditAlphabet, s[i]))
	}
	return n
}

// BankCard encrypts bank card numbers (ISO/IEC 7812) of 13 to 19 digits: the issuer (first six) stays, the digits after
// it are encrypted, the check digit is computed anew.
type BankCard struct {
	ff1     *FF1
	context []byte
	x       []uint16
	tweak   []byte
}

// NewBankCard returns a cipher.
func NewBankCard(block cipher.Block, context []byte) (*BankCard, error) {
	ff1, err := NewFF1(block, 10)
	return &BankCard{ff1: ff1, context: context}, err
}

// Encrypt appends the encryption of s to dst.
func (c *BankCard) Encrypt(dst []byte, s string) ([]byte, error) {
	return c.crypt(dst, s, c.ff1.Encrypt)
}

// Decrypt is the inverse of Encrypt.
func (c *BankCard) Decrypt(dst []byte, s string) ([]byte, error) {
	return c.crypt(dst, s, c.ff1.Decrypt)
}

func (c *BankCard) crypt(dst []byte, s string, f func([]uint16, []byte) error) ([]byte, error) {
	s, _ = compact(s, 0)
	if len(s) < 13 || len(s) > 19 || chinaid.LuhnCheck(s[:len(s)-1]) != s[len(s)-1] {
		return dst, ErrUnfit
	}
	const issuer = 6
	c.tweak = append(append(c.tweak[:0], c.context...), s[:issuer]...)
	start := len(dst)
	dst = append(dst, s[:issuer]...)
	dst, err := cryptDigits(dst, s[issuer:len(s)-1], &c.x, c.tweak, f)
	if err != nil {
		return dst[:start], err
	}
	return append(dst, chinaid.LuhnCheck(string(dst[start:]))), nil
}

// Mobile encrypts mobile numbers: the first three digits stay, the other eight are encrypted. A country code is kept
// off the result.
type Mobile struct {
	ff1     *FF1
	context []byte
	x       []uint16
	tweak   []byte
}

// NewMobile returns a cipher.
func NewMobile(block cipher.Block, context []byte) (*Mobile, error) {
	ff1, err := NewFF1(block, 10)
	return &Mobile{ff1: ff1, context: context}, err
}

// Encrypt appends the encryption of s to dst.
func (c *Mobile) Encrypt(dst []byte, s string) ([]byte, error) { return c.crypt(dst, s, c.ff1.Encrypt) }

// Decrypt is the inverse of Encrypt.
func (c *Mobile) Decrypt(dst []byte, s string) ([]byte, error) { return c.crypt(dst, s, c.ff1.Decrypt) }

func (c *Mobile) crypt(dst []byte, s string, f func([]uint16, []byte) error) ([]byte, error) {
	s, _ = compact(strings.TrimPrefix(s, "+"), 0)
	for _, code := range []string{"0086", "86"} {
		if len(s) == 11+len(code) {
			s = strings.TrimPrefix(s, code)
		}
	}
	if len(s) != 11 || !chinaid.Mobile(s) {
		return dst, ErrUnfit
	}
	c.tweak = append(append(c.tweak[:0], c.context...), s[:3]...)
	return cryptDigits(append(dst, s[:3]...), s[3:], &c.x, c.tweak, f)
}

func cryptDigits(dst []byte, s string, x *[]uint16, tweak []byte, f func([]uint16, []byte) error) ([]byte, error) {
	*x = (*x)[:0]
	for i := range len(s) {
		*x = append(*x, uint16(s[i]-'0'))
	}
	if err := f(*x, tweak); err != nil {
		return dst, ErrUnfit
	}
	for _, d := range *x {
		dst = append(dst, byte('0'+d))
	}
	return dst, nil
}
