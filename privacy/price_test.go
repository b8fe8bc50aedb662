package privacy

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

var budget = yumen.Budget{Epsilon: 10, Delta: 1e-6}

// everything asks for every measure of one number, in groups by keys.
func everything(keys ...task.GroupKey) *task.Question {
	q := &task.Question{Unit: "person", RowsPerUnit: 3, GroupsPerUnit: 2, Keys: keys,
		Inputs: []task.MeasuredInput{{Type: "decimal(10,2)", Scale: 2, Lo: -1000, Hi: 20000}}}
	for _, fn := range []task.MeasureFn{task.MeasureCount, task.MeasureUnits, task.MeasureSum, task.MeasureAvg,
		task.MeasureVar, task.MeasureVarPop, task.MeasureStddev, task.MeasureStddevPop, task.MeasureQuantile} {
		m := task.Measure{Fn: fn, Input: 1}
		if fn == task.MeasureQuantile {
			m.Q = 0.5
		}
		q.Measures = append(q.Measures, m)
	}
	return q
}

var (
	publicKey  = task.GroupKey{Type: yumen.TypeText, Domain: []string{"a", "b", "c"}, Null: true}
	privateKey = task.GroupKey{Type: yumen.TypeText}
)

func mustPrice(t *testing.T, q *task.Question, epsilon float64) task.Noise {
	t.Helper()
	n, err := Price(q, epsilon, budget, 10)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPrice(t *testing.T) {
	for name, q := range map[string]*task.Question{"no keys": everything(), "public": everything(publicKey),
		"private": everything(privateKey, publicKey)} {
		n := mustPrice(t, q, 1)
		if got := Epsilon(n.Rho, budget.Delta/2); math.Abs(got-1) > 1e-8 || got > 1 {
			t.Errorf("%s: the answer costs ε %v, want 1", name, got)
		}
		rho := 0.0
		for _, c := range n.Components {
			rho += c.Sensitivity * c.Sensitivity / (2 * c.Sigma * c.Sigma)
		}
		if rho > n.Rho || rho < n.Rho*(1-1e-9) {
			t.Errorf("%s: components cost ρ %v together, want %v", name, rho, n.Rho)
		}
		if (n.Tau > 0) != !Public(q) || (n.Delta > 0) != !Public(q) {
			t.Errorf("%s: τ %v, δ %v", name, n.Tau, n.Delta)
		}
		d, err := Draw(q, n, 5)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(d.noises[0]); name == "private" && got != 5 || name == "public" && got != 4 ||
			name == "no keys" && got != 1 {
			t.Errorf("%s: noise for %d groups", name, got)
		}
	}
}

func TestPriceRefuses(t *testing.T) {
	ask := func(change func(*task.Question)) *task.Question { q := everything(privateKey); change(q); return q }
	b := budget
	for name, c := range map[string]struct {
		q       *task.Question
		epsilon float64
		budget  yumen.Budget
		k       int
		rules   string
	}{
		"an ε below 0":      {everything(), -1, b, 10, "privacy.epsilon"},
		"an ε of no number": {everything(), math.NaN(), b, 10, "privacy.epsilon"},
		"a boundless ε":     {everything(), math.Inf(1), b, 10, "privacy.epsilon"},
		"an ε too large":    {everything(), 14, yumen.Budget{Epsilon: 20, Delta: 1e-6}, 10, "privacy.epsilon"},
		"no budget":         {everything(), 1, yumen.Budget{}, 10, "privacy.budget privacy.delta"},
		"no δ":              {everything(), 1, yumen.Budget{Epsilon: 1}, 10, "privacy.delta"},
		"no k":              {everything(privateKey), 1, b, 0, "privacy.k"},
		"no rows, no groups": {ask(func(q *task.Question) { q.RowsPerUnit, q.GroupsPerUnit = 0, -1 }), 1, b, 10,
			"privacy.rows privacy.groups"},
		"nothing measured":  {ask(func(q *task.Question) { q.Measures = nil }), 1, b, 10, "privacy.measures"},
		"no such input":     {ask(func(q *task.Question) { q.Measures[0].Input = 2 }), 1, b, 10, "privacy.measure"},
		"no such quantile":  {ask(func(q *task.Question) { q.Measures[8].Q = 1.1 }), 1, b, 10, "privacy.measure"},
		"no such measure":   {ask(func(q *task.Question) { q.Measures[8].Fn = "mode" }), 1, b, 10, "privacy.measure"},
		"bounds swapped":    {ask(func(q *task.Question) { q.Inputs[0].Lo = 1 << 40 }), 1, b, 10, "privacy.bounds"},
		"squares too large": {ask(func(q *task.Question) { q.Inputs[0].Hi = 1 << 45 }), 1, b, 10, "privacy.bounds"},
		"bounds too far": {ask(func(q *task.Question) {
			q.Inputs[0].Lo, q.Inputs[0].Hi = math.MinInt64,
				math.MaxInt64
		}), 1, b, 10, "privacy.bounds"},
		"grouped blocks": {ask(func(q *task.Question) { q.Blocks = 3; q.Measures = q.Measures[8:] }), 1, b, 10,
			"privacy.blocks"},
		"a sum of blocks": {&task.Question{Blocks: 3, RowsPerUnit: 1, GroupsPerUnit: 1, Inputs: everything().Inputs,
			Measures: everything().Measures[2:3]}, 1, b, 10, "privacy.measure"},
		"too many groups": {everything(task.GroupKey{Type: yumen.TypeInteger, Domain: make([]string, 3000)},
			task.GroupKey{Type: yumen.TypeInteger, Domain: make([]string, 3000)}), 1, b, 10, "privacy.size"},
	} {
		_, err := Price(c.q, c.epsilon, c.budget, c.k)
		e := yumen.AsError(err)
		var rules []string
		for _, r := range e.Reasons {
			rules = append(rules, r.Rule)
			if r.Msg.EN == "" || r.Msg.ZH == "" {
				t.Errorf("%s: %s is not said in both languages", name, r.Rule)
			}
		}
		if got := strings.Join(rules, " "); got != c.rules || e.Kind != yumen.KindInvalid {
			t.Errorf("%s: refused for %q (%s), want %q", name, got, e.Kind, c.rules)
		}
	}
}

// A price depends on the question and the contract alone, and less noise costs more.
func TestPriceIsMonotone(t *testing.T) {
	last := math.Inf(1)
	for _, epsilon := range []float64{0.001, 0.1, 1, 5, 10} {
		n := mustPrice(t, everything(privateKey), epsilon)
		if n.Components[0].Sigma >= last {
			t.Errorf("ε %v: σ %v after %v", epsilon, n.Components[0].Sigma, last)
		}
		last = n.Components[0].Sigma
	}
	if n, d := mustPrice(t, everything(), 0), mustPrice(t, everything(), budget.Epsilon/10); n.Rho != d.Rho {
		t.Errorf("ε of 0 costs %v, a tenth of the budget %v", n.Rho, d.Rho)
	}
}

func TestThreshold(t *testing.T) {
	// 10 + 3·Φ⁻¹(1 − 10⁻⁶) = 24.26; Φ⁻¹(1 − 10⁻⁶) = 4.7534243088 (NIST, Abramowitz and Stegun 26.2).
	if got := threshold(10, 3, 1e-6, 1); got != 10+math.Ceil(3*4.7534243088+1) {
		t.Errorf("τ is %v", got)
	}
	for _, delta := range []float64{1e-35, 1e-20, 1e-9, 0.1} {
		for _, l0 := range []float64{1, 2, 100, 1e6} {
			z := (threshold(0, 1e6, delta, l0) - 1) / 1e6
			if got := -math.Expm1(l0 * math.Log1p(-math.Erfc(z/math.Sqrt2)/2)); got > delta*(1+1e-9) ||
				got < delta*0.99 {
				t.Errorf("δ %v, L0 %v: one of the groups passes with probability %v", delta, l0, got)
			}
		}
	}
}

// Where one row of a unit counts, rows are units: nothing is paid twice.
func TestComponentsAreShared(t *testing.T) {
	kinds := func(q *task.Question) (out []string) {
		for _, c := range Components(q) {
			out = append(out, string(c.Kind)+" "+strconv.Itoa(c.Input))
		}
		return out
	}
	q := everything(privateKey)
	q.Measures = append(q.Measures, task.Measure{Fn: task.MeasureCount})
	if d := cmp.Diff([]string{"units 0", "rows 1", "units 1", "centred 1", "squares 1", "tree 1", "rows 0"},
		kinds(q)); d != "" {
		t.Error(d)
	}
	alone := everything()
	alone.Measures = alone.Measures[2:3]
	if d := cmp.Diff([]string{"sum 1"}, kinds(alone)); d != "" {
		t.Error(d)
	}
	q.RowsPerUnit = 1
	if d := cmp.Diff([]string{"units 0", "units 1", "centred 1", "squares 1", "tree 1"}, kinds(q)); d != "" {
		t.Error(d)
	}
	n := mustPrice(t, q, 1)
	totals := totalsOf(q, [][]Value{{{Text: "a"}}}, [][]int64{make([]int64, 5000)})
	rows, err := Finish(q, n, silent(t, q, n), totals, 1)
	if err != nil || len(rows) != 1 || rows[0].Cells[0].Int != Int(5000) || rows[0].Cells[1].Int != Int(5000) ||
		rows[0].Cells[9].Int != Int(5000) {
		t.Errorf("%v, %v", rows, err)
	}
}
