package surrogate

import (
	"math/rand/v2"
	"net/netip"
	"regexp"
	"testing"
	"time"

	"github.com/yumen-data/yumen/internal/chinaid"
)

func TestSurrogatesAreValid(t *testing.T) {
	form := func(s string) func(string) bool { return regexp.MustCompile("^" + s + "$").MatchString }
	valid := map[string]func(string) bool{
		"name":        form(`\p{Han}{2,4}`),
		"resident_id": chinaid.ResidentID,
		"mobile":      chinaid.Mobile,
		"phone":       form(`0\d{2,3}-\d{8}`),
		"bank_card":   chinaid.BankCard,
		"email":       form(`[a-z]+\d*@example\.\w+`),
		"address":     form(`\p{Han}+\d+号\d+栋\d+室`),
		"credit_code": chinaid.CreditCode,
		"plate":       form(`\p{Han}[A-Z][A-HJ-NP-Z0-9]{5}`),
		"passport":    form(`E[A-Z]\d{7}`),
		"ip":          func(s string) bool { _, err := netip.ParseAddr(s); return err == nil },
		"date": func(s string) bool {
			d,
				err := time.Parse(time.DateOnly, s)
			return err == nil && d.Before(time.Now())
		},
		"gps": form(`\d+\.\d{6},\d+\.\d{6}`),
	}
	for _, kind := range Kinds {
		r := rand.New(rand.NewPCG(1, 2))
		again := rand.New(rand.NewPCG(1, 2))
		seen := map[string]bool{}
		for range 500 {
			v, ok := Make(nil, kind, r)
			if !ok || valid[kind] == nil || !valid[kind](string(v)) {
				t.Fatalf("%s: %s", kind, v)
			}
			if same, _ := Make(nil, kind, again); string(same) != string(v) {
				t.Fatalf("%s: equal streams give %s and %s", kind, v, same)
			}
			seen[string(v)] = true
		}
		if len(seen) < 300 {
			t.Errorf("%s: %d different values of 500", kind, len(seen))
		}
	}
	if len(valid) != len(Kinds) {
		t.Errorf("%d kinds, %d checks", len(Kinds), len(valid))
	}
	if _, ok := Make(nil, "soul", nil); ok {
		t.Error("an unknown kind was made")
	}
}
