package fpe

import (
	"slices"

	"github.com/yumen-data/yumen/internal/chinaid"
)

const (
	belowProvince = 10_000 // codes of one province
	belowCities   = 9_900  // of these, codes whose city is not 00
	nationalities = 1_000
	mainland      = 32 // provinces whose codes are in resident ids
)

// issuedAt is the first six digits of a resident id as a number among those of its kind. The kinds are permuted each on
// its own: citizens (province, city, county), residence permits of Hong Kong, Macao and Taiwan (81, 82, 83, zeros), and
// of foreigners (9, province, nationality).
type issuedAt struct {
	kind byte // '0' citizen, '8', '9'
	rank uint64
}

// codes returns how many codes there are of a kind.
func (r issuedAt) codes() uint64 {
	switch r.kind {
	case '8':
		return 3
	case '9':
		return uint64(len(chinaid.Provinces)) * nationalities
	}
	return mainland * belowCities
}

func parseIssuedAt(s string) (issuedAt, bool) {
	switch s[0] {
	case '8':
		n := digits(s)/belowProvince - 81
		return issuedAt{'8', uint64(n)}, s[2:] == "0000" && n >= 0 && n < 3
	case '9':
		p, ok := slices.BinarySearch(chinaid.Provinces, digits(s[1:3]))
		return issuedAt{'9', uint64(p*nationalities + digits(s[3:]))}, ok
	}
	p, ok := slices.BinarySearch(chinaid.Provinces[:mainland], digits(s[:2]))
	below := digits(s[2:]) - 100
	return issuedAt{'0', uint64(p*belowCities + max(0, below))}, ok && below >= 0
}

// append spells the six digits out.
func (r issuedAt) append(dst []byte) []byte {
	n := int(r.rank)
	switch r.kind {
	case '8':
		return pad(dst, (81+n)*belowProvince, 6)
	case '9':
		return pad(pad(append(dst, '9'), chinaid.Provinces[n/nationalities], 2), n%nationalities, 3)
	}
	return pad(pad(dst, chinaid.Provinces[n/belowCities], 2), 100+n%belowCities, 4)
}
