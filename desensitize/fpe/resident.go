package fpe

import (
	"crypto/cipher"
	"strconv"
	"time"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// Keep says which part of an identifier stays readable.
type Keep string

// The parts that can stay. Region and birth year cannot both stay: what is left would have fewer than 10^6 values.
const (
	KeepNothing Keep = ""
	KeepRegion  Keep = "region"
	KeepYear    Keep = "birth_year"
)

const sequences = 1_000

var firstBirth = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// ResidentID encrypts citizen identification numbers of 18 digits (GB 11643), and the numbers of residence permits that
// follow the same scheme, into valid ones of the same kind: the province exists, the birth date is one from 1900 to the
// day Through, the check digit is right. Cities and counties may not exist, and sex (the parity of the sequence number)
// is not kept. The result is written in 18 characters without separators.
type ResidentID struct {
	keep    Keep
	context []byte
	block   cipher.Block
	days    int
	perms   map[uint64]*Ranks // by size of the domain
	tweak   []byte
}

// NewResidentID returns a cipher for ids with birth dates from 1900 to the day through, both included. The same day
// must be given to decrypt; a later birth date is ErrUnfit.
func NewResidentID(block cipher.Block, keep Keep, through time.Time, context []byte) (*ResidentID, error) {
	days := int(through.UTC().Truncate(24*time.Hour).Sub(firstBirth).Hours()/24) + 1
	if days < 366 || keep != KeepNothing && keep != KeepRegion && keep != KeepYear {
		return nil, ErrDomain
	}
	return &ResidentID{keep: keep, context: context, block: block, days: days, perms: map[uint64]*Ranks{}}, nil
}

// Encrypt appends the encryption of s to dst.
func (c *ResidentID) Encrypt(dst []byte, s string) ([]byte, error) {
	return c.crypt(dst, s, (*Ranks).Encrypt)
}

// Decrypt is the inverse of Encrypt.
func (c *ResidentID) Decrypt(dst []byte, s string) ([]byte, error) {
	return c.crypt(dst, s, (*Ranks).Decrypt)
}

// residentParts are an id's parts: where it was issued, birth date in days since 1900, sequence number.
type residentParts struct {
	issued        issuedAt
	day, sequence uint64
}

func (c *ResidentID) crypt(dst []byte, s string, f func(*Ranks, uint64, []byte) (uint64, error)) ([]byte, error) {
	p, ok := c.parse(s)
	if !ok {
		return dst, ErrUnfit
	}
	// The part that stays is no part of the rank, but of the tweak, so that every region or year has its own
	// permutation.
	first, days := uint64(0), uint64(c.days)
	c.tweak = append(append(c.tweak[:0], c.context...), p.issued.kind)
	codes := p.issued.codes()
	switch c.keep {
	case KeepRegion:
		c.tweak = strconv.AppendUint(c.tweak, p.issued.rank, 10)
		codes = 1
	case KeepYear:
		first, days = c.year(p.day)
		c.tweak = strconv.AppendUint(c.tweak, first, 10)
	}
	perm, err := c.perm(days * sequences * codes)
	if err != nil {
		return dst, ErrUnfit
	}
	rank := (p.day-first)*sequences + p.sequence
	if c.keep != KeepRegion {
		rank += p.issued.rank * days * sequences
	}
	if rank, err = f(perm, rank, c.tweak); err != nil {
		return dst, err
	}
	p.sequence = rank % sequences
	p.day = first + rank/sequences%days
	if c.keep != KeepRegion {
		p.issued.rank = rank / sequences / days
	}
	return p.append(dst), nil
}

func (c *ResidentID) perm(size uint64) (*Ranks, error) {
	if p := c.perms[size]; p != nil {
		return p, nil
	}
	p, err := NewRanks(c.block, size)
	if err == nil {
		c.perms[size] = p
	}
	return p, err
}

// year returns the first day and the number of days, within the domain, of the year that a day is in.
func (c *ResidentID) year(day uint64) (first, days uint64) {
	y := firstBirth.AddDate(0, 0, int(day)).Year()
	from := daysSince1900(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC))
	to := min(daysSince1900(time.Date(y+1, 1, 1, 0, 0, 0, 0, time.UTC)), c.days)
	return uint64(from), uint64(to - from)
}

func daysSince1900(t time.Time) int { return int(t.Sub(firstBirth).Hours() / 24) }

// parse takes an id of 18 characters with the right check digit.
func (c *ResidentID) parse(s string) (residentParts, bool) {
	s, ok := compact(s, 18)
	if !ok || chinaid.ResidentIDCheck(s[:17]) != s[17] {
		return residentParts{}, false
	}
	issued, found := parseIssuedAt(s[:6])
	birth := time.Date(digits(s[6:10]), time.Month(digits(s[10:12])), digits(s[12:14]), 0, 0, 0, 0, time.UTC)
	day := daysSince1900(birth)
	if !found || birth.Format("20060102") != s[6:14] || day < 0 || day >= c.days {
		return residentParts{}, false
	}
	return residentParts{issued, uint64(day), uint64(digits(s[14:17]))}, true
}

func (p residentParts) append(dst []byte) []byte {
	start := len(dst)
	birth := firstBirth.AddDate(0, 0, int(p.day))
	dst = p.issued.append(dst)
	dst = pad(dst, birth.Year(), 4)
	dst = pad(dst, int(birth.Month()), 2)
	dst = pad(dst, birth.Day(), 2)
	dst = pad(dst, int(p.sequence), 3)
	return append(dst, chinaid.ResidentIDCheck(string(dst[start:])))
}

// digits reads a number; what is no digit has been refused before by the check digit.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// pad appends n with leading zeros.
func pad(dst []byte, n, width int) []byte {
	for div := pow(10, width-1); div > 0; div /= 10 {
		dst = append(dst, byte('0'+n/div%10))
	}
	return dst
}

func pow(base, exp int) int {
	n := 1
	for range exp {
		n *= base
	}
	return n
}
