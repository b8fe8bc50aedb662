package attacks

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// samples are answers of a Gaussian mechanism whose target moves the mean by shift standard deviations.
func samples(n int, shift float64) (with, without []float64) {
	r := rand.New(rand.NewPCG(7, 8))
	for range n {
		with, without = append(with, shift+r.NormFloat64()), append(without, r.NormFloat64())
	}
	return with, without
}

// A gate that cannot fail is none: noise of a third of its width is found out, and noise of its full width is not.
func TestDistinguishFindsThinNoise(t *testing.T) {
	rho := privacy.Rho(attackEpsilon, attackDelta/2)
	mu := math.Sqrt(2 * rho)
	for _, c := range []struct {
		thin float64
		want Verdict
	}{{1, Holds}, {3, Broken}} {
		with, without := samples(40_000, c.thin*mu)
		if got := distinguish("x", with, without, rho, yumen.Text{})[0]; got.Verdict != c.want {
			t.Errorf("noise of 1/%g of the width: %+v, want %s", c.thin, got, c.want)
		}
	}
}

func TestLowerBoundFindsTooLittleNoise(t *testing.T) {
	with, without := samples(20_000, 4)
	if got := lowerBound("x", with, without); got.Verdict != Broken || got.Epsilon.Low <= attackEpsilon {
		t.Errorf("%+v", got.Epsilon)
	}
	with, without = samples(20_000, 0.2)
	if got := lowerBound("x", with, without); got.Verdict != Holds {
		t.Errorf("%+v", got.Epsilon)
	}
}

// The two datasets of every mechanism are as far apart as its price allows, so that the attack is as strong as it can
// be: for all but those whose answer is no sum, within one in a hundred.
func TestMechanismsAreAttackedAtTheirWorst(t *testing.T) {
	for _, m := range mechanisms() {
		t.Run(m.name, func(t *testing.T) {
			n, err := privacy.Price(&m.q, attackEpsilon, attackBudget, K)
			if err != nil {
				t.Fatal(err)
			}
			with, err := m.totals(true)
			if err != nil {
				t.Fatal(err)
			}
			without, err := m.totals(false)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range n.Components {
				if c.Kind == task.TotalTree {
					continue
				}
				moved := 0.0
				for g := range with.Sums[i] {
					d := with.Sums[i][g].Add(without.Sums[i][g].Neg()).Float64()
					moved += d * d
				}
				if want := c.Sensitivity * c.Sensitivity; moved < 0.97*want || moved > want {
					t.Errorf("%s: the target moves the totals by %g squared, priced are %g", c.Kind, moved, want)
				}
			}
		})
	}
}
