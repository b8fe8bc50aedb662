package privacy

import (
	"math"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Account is what the answers of one contract about one kind of unit have cost together. Its zero value has spent
// nothing.
type Account struct {
	Rho   float64 `json:"rho"`   // zCDP
	Delta float64 `json:"delta"` // of telling of groups that are not public
}

// Cost is the price of an answer with that noise.
func Cost(n task.Noise) Account { return Account{Rho: n.Rho, Delta: n.Delta} }

// Limit is what a budget allows in all. Half of δ is for the conversion of ρ into ε, the other half for the thresholds
// of groups that are not public.
func Limit(b yumen.Budget) Account {
	return Account{Rho: Rho(b.Epsilon, b.Delta/2), Delta: b.Delta / 2}
}

// Spend returns the account after an answer of that cost, or an error of kind Limit if a budget does not allow it. This
// is a privacy filter: costs may be chosen in the light of all earlier answers (Whitehouse, Ramdas, Rogers and Wu,
// Fully-Adaptive Composition in Differential Privacy, 2023, the filter for approximate zCDP; for ρ alone, Feldman and
// Zrnic, Individual Privacy Accounting via a Rényi Filter, 2021).
func (a Account) Spend(cost Account, b yumen.Budget) (Account, error) {
	if !(cost.Rho > 0) || math.IsInf(cost.Rho, 0) || !(cost.Delta >= 0) {
		return a, yumen.Errorf(yumen.KindInternal, "an answer costs something", "每个结果都有代价")
	}
	limit := Limit(b)
	after := Account{Rho: sumUp(a.Rho, cost.Rho), Delta: sumUp(a.Delta, cost.Delta)}
	if after.Rho <= limit.Rho && after.Delta <= limit.Delta {
		return after, nil
	}
	return a, exhausted(a, cost, b)
}

// sumUp adds and rounds up.
func sumUp(a, b float64) float64 {
	if b == 0 {
		return a
	}
	return math.Nextafter(a+b, math.Inf(1))
}

func exhausted(a, cost Account, b yumen.Budget) error {
	left := floor4(a.Left(b))
	wanted := Epsilon(cost.Rho, b.Delta/2)
	e := yumen.Errorf(yumen.KindLimit,
		"the privacy budget does not allow this answer: it costs ε %s, and %s of ε %s is left",
		"隐私预算不足以支付本次结果：需要 ε %s，剩余 %s（总额 ε %s）", yumen.FormatEpsilon(wanted), yumen.FormatEpsilon(left),
		yumen.FormatEpsilon(b.Epsilon))
	if left > 0 {
		return e.ToFix("ask for less: ε of at most %s; an answer given before is given again at no cost",
			"请降低要求：ε 不超过 %s；已给出过的结果可再次获取，不计费用", yumen.FormatEpsilon(left))
	}
	return e.ToFix("an answer given before is given again at no cost; for new ones the contract needs a larger budget",
		"已给出过的结果可再次获取，不计费用；新的结果需要在合同中增加预算")
}

// floor4 rounds down to four digits, so that what is suggested is allowed.
func floor4(x float64) float64 {
	if x <= 0 {
		return 0
	}
	step := math.Pow(10, math.Floor(math.Log10(x))-3)
	return math.Floor(x/step) * step
}

// Left is the largest ε, at the budget's δ, of an answer that can still be bought; 0 if next to nothing is left.
func (a Account) Left(b yumen.Budget) float64 {
	limit := Limit(b).Rho
	rho := limit - a.Rho
	if rho <= limit*epsilonFloor {
		return 0
	}
	if epsilon := Epsilon(rho, b.Delta/2) * (1 - margin); epsilon >= minEpsilon {
		return epsilon
	}
	return 0
}

// epsilonFloor is the part of a limit below which nothing is left: a difference so small is not known to within margin.
const epsilonFloor = 1e-6

// Spent is the ε, at the budget's δ, of all answers together. It is less than the sum of their own: in zCDP it is ρ
// that adds up.
func (a Account) Spent(b yumen.Budget) float64 { return Epsilon(a.Rho, b.Delta/2) }
