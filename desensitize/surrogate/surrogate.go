// Package surrogate makes up values that look like real ones: names, resident ids with valid check digits, mobile
// numbers, addresses and others, as in zh_CN. Equal random streams give equal values, so that a seed makes them
// repeatable.
//
// It is not for anonymity: it draws values without looking at any data. A surrogate may by chance be somebody's real
// number; nothing can rule that out for forms in which every valid number may be given to someone.
package surrogate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// Kinds lists the kinds of values, by name.
var Kinds = slices.Sorted(func(yield func(string) bool) {
	for k := range makers {
		if !yield(k) {
			return
		}
	}
})

// Make appends a value of the kind to dst. It reports false for a kind it does not know.
func Make(dst []byte, kind string, r *rand.Rand) ([]byte, bool) {
	f, ok := makers[kind]
	if !ok {
		return dst, false
	}
	return append(dst, f(r)...), true
}

var makers = map[string]func(*rand.Rand) string{
	"name":        name,
	"resident_id": residentID,
	"mobile":      mobile,
	"phone":       phone,
	"bank_card":   bankCard,
	"email":       email,
	"address":     address,
	"credit_code": creditCode,
	"plate":       plate,
	"passport": func(r *rand.Rand) string {
		return "E" + pick(r, strings.Split("ABCDEFGHJKLMNP", "")) +
			digits(r, 7)
	},
	"ip":   ip,
	"date": func(r *rand.Rand) string { return birth(r).Format(time.DateOnly) },
	"gps":  gps,
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// name draws a surname by its frequency and one or two characters after it.
func name(r *rand.Rand) string {
	at := r.Float64() * surnameTotal
	surname := surnames[len(surnames)-1].text
	for _, s := range surnames {
		if at -= s.weight; at < 0 {
			surname = s.text
			break
		}
	}
	given := pick(r, givenCharacters)
	if r.IntN(100) < 80 {
		given += pick(r, givenCharacters)
	}
	return surname + given
}

// birth draws a day such that ages from 0 to 94 years are about even, never in the future.
func birth(r *rand.Rand) time.Time {
	return time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(94*365))
}

func residentID(r *rand.Rand) string {
	first17 := pick(r, places).code + birth(r).Format("20060102") + fmt.Sprintf("%03d", 1+r.IntN(999))
	return first17 + string(chinaid.ResidentIDCheck(first17))
}

func mobile(r *rand.Rand) string { return pick(r, mobilePrefixes) + digits(r, 8) }

func phone(r *rand.Rand) string {
	return pick(r, places).area + "-" + string(rune('2'+r.IntN(7))) + digits(r, 7)
}

func bankCard(r *rand.Rand) string {
	s := pick(r, bankPrefixes) + digits(r, 12)
	return s + string(chinaid.LuhnCheck(s))
}

func email(r *rand.Rand) string {
	letters := make([]byte, 5+r.IntN(6))
	for i := range letters {
		letters[i] = byte('a' + r.IntN(26))
	}
	return string(letters) + digits(r, r.IntN(4)) + "@" + pick(r, mailDomains)
}

func address(r *rand.Rand) string {
	p := pick(r, places)
	return fmt.Sprintf("%s%s%d号%d栋%d室", p.name, pick(r, roads), 1+r.IntN(400), 1+r.IntN(20),
		(1+r.IntN(30))*100+1+r.IntN(4))
}

func creditCode(r *rand.Rand) string {
	b := []byte(pick(r, []string{"91", "91", "91", "92", "93", "12", "51", "52"}) + pick(r, places).code)
	for range 8 {
		b = append(b, chinaid.CreditAlphabet[r.IntN(len(chinaid.CreditAlphabet))])
	}
	b = append(b, chinaid.OrganisationCheck(string(b[8:])))
	return string(append(b, chinaid.CreditCodeCheck(string(b))))
}

func plate(r *rand.Rand) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" // without I and O
	b := []rune(pick(r, places).plate)
	for range 5 {
		if r.IntN(5) == 0 {
			b = append(b, rune(letters[r.IntN(len(letters))]))
		} else {
			b = append(b, rune('0'+r.IntN(10)))
		}
	}
	return string(b)
}

// ip draws from the blocks set aside for documentation (RFC 5737), which belong to nobody.
func ip(r *rand.Rand) string {
	return pick(r, []string{"192.0.2.", "198.51.100.", "203.0.113."}) + fmt.Sprint(1+r.IntN(254))
}

func gps(r *rand.Rand) string {
	return fmt.Sprintf("%.6f,%.6f", 20+r.Float64()*25, 100+r.Float64()*20)
}
