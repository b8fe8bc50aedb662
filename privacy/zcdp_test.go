package privacy

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// accountant is a line of testdata/accountants.csv, which says where each comes from.
type accountant struct {
	name                string
	rho, delta, epsilon float64
}

func accountants(t *testing.T) []accountant {
	t.Helper()
	f, err := os.Open("testdata/accountants.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []accountant
	for _, l := range lines {
		a := accountant{name: l[0]}
		for i, to := range []*float64{&a.rho, &a.delta, &a.epsilon} {
			if *to, err = strconv.ParseFloat(l[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, a)
	}
	return out
}

func TestEpsilonAgreesWithAccountants(t *testing.T) {
	counts := map[string]int{}
	for _, a := range accountants(t) {
		counts[a.name]++
		got := Epsilon(a.rho, a.delta)
		least, most := a.epsilon*(1-1e-9), a.epsilon*(1+1e-9)
		switch a.name {
		case "dp-accounting rdp": // the best of the listed orders, so never below the best of all
			least = a.epsilon * (1 - 1e-6)
		case "dp-accounting exact":
			least, most = a.epsilon, 1.25*a.epsilon+0.05
		}
		if got < least || got > most {
			t.Errorf("%s: ρ %v at δ %v is ε %v, want %v", a.name, a.rho, a.delta, got, a.epsilon)
		}
	}
	if len(counts) != 3 || len(accountants(t)) < 120 {
		t.Errorf("golden values: %v", counts)
	}
}

// Rho and Epsilon undo each other, and both err to the safe side: what Rho allows never costs more than was asked for.
func TestRhoAndEpsilonAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delta := math.Exp(rapid.Float64Range(math.Log(1e-30), math.Log(0.4)).Draw(t, "log δ"))
		eps := math.Exp(rapid.Float64Range(math.Log(1e-6), math.Log(100)).Draw(t, "log ε"))
		rho := Rho(eps, delta)
		back := Epsilon(rho, delta)
		if back > eps*(1+1e-9) || back < eps*(1-1e-9)-1e-12 {
			t.Fatalf("ε %v is ρ %v is ε %v at δ %v", eps, rho, back, delta)
		}
		if more := Epsilon(rho*(1+1e-6), delta); more < back {
			t.Fatalf("ε falls from %v to %v as ρ %v grows", back, more, rho)
		}
		if more := Rho(eps*(1+1e-6), delta); more < rho {
			t.Fatalf("ρ falls as ε %v grows", eps)
		}
		if more := Epsilon(rho, delta*1.001); more > back*(1+1e-9) {
			t.Fatalf("ε grows as δ %v grows", delta)
		}
	})
}

func TestConversionsOfNonsense(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ got, want float64 }{
		{Rho(0, 1e-6), 0}, {Rho(-1, 1e-6), 0}, {Rho(nan, 1e-6), 0}, {Rho(inf, 1e-6), 0}, {Rho(1, 0), 0},
		{Rho(1, nan), 0}, {Rho(1, 1), inf},
		{Epsilon(0, 1e-6), 0}, {Epsilon(-1, 1e-6), 0}, {Epsilon(1, 0), inf}, {Epsilon(1, nan), inf},
		{Epsilon(nan, 1e-6), inf}, {Epsilon(inf, 1e-6), inf}, {Epsilon(1, 1), 0},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
