// Package chinaid knows the identifiers that Chinese persons and organisations carry: it checks them, computes their
// check digits and finds them inside longer text.
//
// It is not for deciding anything: a number can satisfy a checksum by chance (a bank card's one time in ten), so what a
// hit means is left to the caller. The 15-digit resident ids issued before 1999 carry no check digit and are not looked
// for.
package chinaid

import (
	"slices"
	"time"
)

// ResidentID reports whether s is a citizen identification number of 18 digits (GB 11643-1999): a region code whose
// province exists, a birth date from 1900 to today, and the right check digit, X in either case. The permits of
// residents from Hong Kong, Macao and Taiwan and of foreign permanent residents follow the same scheme and count as
// well.
func ResidentID(s string) bool { return residentID(s) }

// CreditCode reports whether s is a unified social credit code of 18 characters (GB 32100-2015): a registration
// authority, a region code whose province exists or the national one, and the right check character. Lower-case letters
// count.
func CreditCode(s string) bool { return creditCode(s) }

// BankCard reports whether s is a bank card number: 13 to 19 digits that begin as an issuer known in China does, of a
// length that this issuer uses, with the right check digit (ISO/IEC 7812-1, the Luhn formula).
func BankCard(s string) bool { return bankCard(s) }

// Mobile reports whether s is a mobile number of the Chinese mainland: 1, a digit from 3 to 9, and nine digits, with or
// without +86, 86 or 0086 before it. It has no check digit.
func Mobile(s string) bool {
	if len(s) > 0 && s[0] == '+' {
		s = s[1:]
		return len(s) == 13 && mobile(s)
	}
	return mobile(s)
}

// text is what the checks read: a string, or symbols gathered from one.
type text interface{ string | []byte }

var residentWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// ResidentIDCheck returns the check digit, '0' to '9' or 'X', that belongs to the first 17 digits of a resident id (ISO
// 7064 MOD 11-2), or 0 where first17 is not 17 digits.
func ResidentIDCheck(first17 string) byte { return residentCheck(first17) }

func residentCheck[T text](s T) byte {
	if len(s) != 17 || leadingDigits(s) != 17 {
		return 0
	}
	sum := 0
	for i, w := range residentWeights {
		sum += int(s[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

func residentID[T text](s T) bool {
	if len(s) != 18 || leadingDigits(s) < 17 || residentCheck(s[:17]) != upper(s[17]) {
		return false
	}
	return region(s[:6]) && birthDate(s[6:14])
}

// region takes the six digits that say where a resident id was issued.
func region[T text](s T) bool {
	switch s[0] {
	case '9': // foreign permanent residents: 9, province, nationality
		return province(s[1], s[2])
	case '8': // 810000, 820000, 830000: residents from Hong Kong, Macao and Taiwan
		return province(s[0], s[1]) && number(s[2:6]) == 0
	}
	return province(s[0], s[1]) && number(s[2:4]) != 0
}

// birthDate reports whether the eight digits are a day from 1900 to today, wherever on earth today has got furthest.
func birthDate[T text](s T) bool {
	y, m, d := number(s[:4]), number(s[4:6]), number(s[6:8])
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return y >= 1900 && int(t.Month()) == m && t.Day() == d && t.Before(time.Now().Add(14*time.Hour))
}

// CreditAlphabet has the characters of a unified social credit code in order of their values: digits and capital
// letters without I, O, S, V, Z (GB 32100).
const CreditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditValue holds, for each character of the alphabet, its value plus one.
var creditValue = func() (v [256]uint8) {
	for i := range len(CreditAlphabet) {
		v[CreditAlphabet[i]] = uint8(i + 1)
		v[CreditAlphabet[i]|0x20] = uint8(i + 1) // lower case; digits keep their value
	}
	return v
}()

// creditWeights are 3^(i−1) mod 31.
var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// CreditCodeCheck returns the check character that belongs to the first 17 characters of a unified social credit code,
// or 0 where these are not 17 characters of its alphabet.
func CreditCodeCheck(first17 string) byte { return creditCheck(first17) }

func creditCheck[T text](s T) byte {
	if len(s) != 17 {
		return 0
	}
	sum := 0
	for i, w := range creditWeights {
		v := creditValue[s[i]]
		if v == 0 {
			return 0
		}
		sum += int(v-1) * w
	}
	return CreditAlphabet[(31-sum%31)%31]
}

func creditCode[T text](s T) bool {
	if len(s) != 18 || !creditAuthority(upper(s[0])) || s[1] < '1' || s[1] > '9' || leadingDigits(s[2:8]) != 6 {
		return false
	}
	national := s[2] == '1' && s[3] == '0'
	return (national || province(s[2], s[3])) && creditValue[s[17]] != 0 && creditCheck(s[:17]) == upper(s[17])
}

// creditAuthority reports whether c stands for an authority that registers organisations.
func creditAuthority(c byte) bool { return c >= '1' && c <= '9' || c == 'A' || c == 'N' || c == 'Y' }

// OrganisationCheck returns the check character that belongs to the first 8 characters of an organisation code (GB
// 11714): 11 less the weighted sum modulo 11, X for 10 and 0 for 11. It returns 0 where these are not 8 digits and
// capital letters.
func OrganisationCheck(first8 string) byte {
	if len(first8) != len(organisationWeights) {
		return 0
	}
	sum := 0
	for i, w := range organisationWeights {
		switch c := first8[i]; {
		case isDigit(c):
			sum += int(c-'0') * w
		case isLetter(c):
			sum += int(c-'A'+10) * w
		default:
			return 0
		}
	}
	return "0X987654321"[sum%11]
}

var organisationWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// LuhnCheck returns the check digit that belongs to the digits before it, or 0 where digits holds anything else.
func LuhnCheck(digits string) byte { return luhnCheck(digits) }

func luhnCheck[T text](s T) byte {
	if len(s) == 0 || leadingDigits(s) != len(s) {
		return 0
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			d -= d / 10 * 9 // the sum of its digits
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

func bankCard[T text](s T) bool {
	return len(s) >= 13 && len(s) <= 19 && leadingDigits(s) == len(s) && issuer(s) &&
		luhnCheck(s[:len(s)-1]) == s[len(s)-1]
}

// issuers are ranges of the first four digits with the lengths in use (ISO/IEC 7812 and the card schemes' own rules).
var issuers = [...]struct{ from, to, short, long int }{
	{6200, 6299, 16, 19},                                             // UnionPay
	{8100, 8171, 16, 19},                                             // UnionPay, new range
	{9558, 9559, 16, 19},                                             // debit cards from before UnionPay's own range
	{4000, 4999, 16, 16}, {4000, 4999, 13, 13}, {4000, 4999, 19, 19}, // Visa
	{5100, 5599, 16, 16}, {2221, 2720, 16, 16}, // Mastercard
	{3528, 3589, 16, 19},                       // JCB
	{3400, 3499, 15, 15}, {3700, 3799, 15, 15}, // American Express
	{3000, 3059, 14, 19}, {3600, 3699, 14, 19}, {3800, 3899, 14, 19}, // Diners Club
	{6011, 6011, 16, 19}, {6440, 6599, 16, 19}, // Discover
}

func issuer[T text](s T) bool {
	head := number(s[:4])
	for _, r := range issuers {
		if head >= r.from && head <= r.to && len(s) >= r.short && len(s) <= r.long {
			return true
		}
	}
	return false
}

func mobile[T text](s T) bool {
	if leadingDigits(s) != len(s) {
		return false
	}
	switch len(s) {
	case 11:
		return s[0] == '1' && s[1] >= '3'
	case 13:
		return s[0] == '8' && s[1] == '6' && mobile(s[2:])
	case 15:
		return s[0] == '0' && s[1] == '0' && mobile(s[2:])
	}
	return false
}

// Provinces are the first two digits of the region codes of GB/T 2260.
var Provinces = []int{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
	50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82}

// provinces has them, and 83 for the residence permits of people from Taiwan.
var provinces = func() (p [100]bool) {
	for _, c := range append(slices.Clone(Provinces), 83) {
		p[c] = true
	}
	return p
}()

// province takes two digits.
func province(a, b byte) bool { return provinces[int(a-'0')*10+int(b-'0')] }

// number reads digits.
func number[T text](s T) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

func leadingDigits[T text](s T) int {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return i
		}
	}
	return len(s)
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 0x20
	}
	return c
}
