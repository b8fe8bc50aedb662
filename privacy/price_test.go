package privacy

import (
	"math"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

var budget = yumen.Budget{Epsilon: 10, Delta: 1e-6}

// everything asks for every measure of one number, in groups by keys.
func everything(keys ...task.GroupKey) *task.Question {
	q := &task.Question{Unit: "person", RowsPerUnit: 3, GroupsPerUnit: 2, Keys: keys,
		Inputs: []task.MeasuredInput{{Type: "decimal(10,2)", Scale: 2, Lo: -1000, Hi: 20000}}}
	for _, fn := range []task.MeasureFn{task.MeasureCount, task.MeasureUnits, task.MeasureSum, task.MeasureAvg, task.MeasureVar, task.MeasureVarPop, task.MeasureStddev, task.MeasureStddevPop, task.MeasureQuantile} {
		m := task.Measure{Fn: fn, Input: 1}
		if fn == task.MeasureQuantile {
			m.Q = 0.5
		}
		q.Measures = append(q.Measures, m)
	}
	return q
}

var (
	publicKey  = task.GroupKey{Type: yumen.String, Domain: []string{"a", "b", "c"}, Null: true}
	privateKey = task.GroupKey{Type: yumen.String}
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
	for name, q := range map[string]*task.Question{"no keys": everything(), "public": everything(publicKey), "private": everything(privateKey, publicKey)} {
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
		if got := len(d.noises[0]); name == "private" && got != 5 || name == "public" && got != 4 || name == "no keys" && got != 1 {
			t.Errorf("%s: noise for %d groups", name, got)
		}
	}
}
