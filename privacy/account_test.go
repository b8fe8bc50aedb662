package privacy

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// However costs are chosen, what is spent never passes the limit, and what is left can be bought.
func TestAccountIsAFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := yumen.Budget{Epsilon: math.Exp(rapid.Float64Range(-5, 4.5).Draw(t, "log ε")),
			Delta: math.Exp(rapid.Float64Range(-40, -3).Draw(t, "log δ"))}
		limit, q := Limit(b), everything(privateKey)
		var a Account
		for range rapid.IntRange(0, 20).Draw(t, "answers") {
			ask := b.Epsilon * rapid.Float64Range(0.001, 1).Draw(t, "part")
			if rapid.Bool().Draw(t, "all") {
				ask = a.Left(b)
			}
			if ask = min(ask, floor4(Epsilon(maxRho, b.Delta/2))); ask < minEpsilon {
				continue
			}
			n, err := Price(q, ask, b, 10)
			if err != nil {
				t.Fatal(err)
			}
			left := a.Left(b)
			after, err := a.Spend(Cost(n), b)
			if err == nil && (after.Rho < a.Rho+n.Rho || after.Delta < a.Delta+n.Delta ||
				after.Spent(b) > b.Epsilon*(1+1e-9)) {
				t.Fatalf("%v after %v and %v", after, a, Cost(n))
			}
			if err != nil && (after != a || yumen.KindOf(err) != yumen.KindLimit || ask <= left) {
				t.Fatalf("ε %v of %v left: %v", ask, left, err)
			}
			a = after
			if a.Rho > limit.Rho || a.Delta > limit.Delta {
				t.Fatalf("spent %v of %v", a, limit)
			}
		}
	})
}

// In zCDP ten answers at a tenth of the ε cost far less than the whole, and the whole can be spent at once.
func TestAccountAddsInRho(t *testing.T) {
	b := yumen.Budget{Epsilon: 1, Delta: 1e-6}
	n, err := Price(everything(), 0, b, 10)
	if err != nil {
		t.Fatal(err)
	}
	var a Account
	answers := 0
	for ; err == nil; answers++ {
		a, err = a.Spend(Cost(n), b)
	}
	if answers < 70 || answers > 100 {
		t.Errorf("the budget held %d answers at a tenth of its ε, want about eighty", answers)
	}
	if n, err = Price(everything(), 1, b, 10); err != nil {
		t.Fatal(err)
	}
	if a, err = (Account{}).Spend(Cost(n), b); err != nil || a.Left(b) != 0 {
		t.Errorf("all at once: %v, %v left", err, a.Left(b))
	}
}

func TestAccountSaysWhatIsLeft(t *testing.T) {
	b := yumen.Budget{Epsilon: 2, Delta: 1e-6}
	most, err := Price(everything(), 1.9, b, 10)
	if err != nil {
		t.Fatal(err)
	}
	a, err := (Account{}).Spend(Cost(most), b)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Spend(Cost(most), b)
	en, zh := yumen.AsError(err).In(yumen.LangEnglish), yumen.AsError(err).In(yumen.LangChinese)
	if !strings.Contains(en, "it costs ε 1.9, and 0.554 of ε 2 is left") ||
		!strings.Contains(zh, "需要 ε 1.9，剩余 0.554（总额 ε 2）") {
		t.Errorf("%s\n%s", en, zh)
	}
	b.Epsilon = 1.9
	if _, err = a.Spend(Cost(most), b); !strings.Contains(yumen.AsError(err).In(yumen.LangEnglish), "a larger budget") {
		t.Errorf("nothing is left: %v", err)
	}
	for _, cost := range []Account{{}, {Rho: -1}, {Rho: math.NaN()}, {Rho: math.Inf(1)}, {Rho: 1, Delta: -1},
		{Rho: 1, Delta: math.NaN()}} {
		if after, err := a.Spend(cost, yumen.Budget{Epsilon: 50, Delta: 1e-6}); err == nil || after != a {
			t.Errorf("%v could be spent", cost)
		}
	}
}
