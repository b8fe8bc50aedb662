package attacks

import (
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// The budget that mechanisms are attacked under: all of it is spent on one answer.
const (
	attackEpsilon = 1.0
	attackDelta   = 1e-6
)

var attackBudget = yumen.Budget{Epsilon: attackEpsilon, Delta: attackDelta, PerQuery: attackEpsilon, RowsPerUnit: 1,
	GroupsPerUnit: 1}

// mechanism is a question with two neighbouring datasets that are as far apart for it as any, and what an attacker who
// knows both computes from an answer. The code under attack is that of package privacy from rows to noisy table: Pass,
// Draw, Finish.
type mechanism struct {
	name string
	q    task.Question // its keys, if any, are the attacker's concern: groups of one answer
	// rows are the values of each unit, one for each row, of both datasets; groups are those of the rows.
	rows func(with bool) []unitRows
	// signal is what the attacker makes of one answer: of its rows, which are the groups.
	signal func(q *task.Question, n task.Noise, answer []privacy.Row) float64
	draws  int // noises of one answer, which cost the time
	// chooses is set where more of a unit's rows or groups are there than count, so that every run chooses anew.
	chooses bool
}

// unitRows are the rows of one unit.
type unitRows struct {
	values []int64
	groups []int32 // nil: all in group 0
}

func ones(units int, value int64) []unitRows {
	return slices.Repeat([]unitRows{{values: []int64{value}}}, units)
}

// plus is a base with the target at its end, or without.
func plus(base []unitRows, target unitRows) func(bool) []unitRows {
	return func(with bool) []unitRows {
		if with {
			return append(base[:len(base):len(base)], target)
		}
		return base
	}
}

func number(i int) func(*task.Question, task.Noise, []privacy.Row) float64 {
	return func(q *task.Question, _ task.Noise, answer []privacy.Row) float64 {
		if privacy.Columns(q)[len(q.Keys)+i].Type == yumen.TypeDouble {
			return answer[0].Cells[i].Float
		}
		return answer[0].Cells[i].Int.Float64()
	}
}

func integers(lo, hi int64) []task.MeasuredInput {
	return []task.MeasuredInput{{Type: yumen.TypeInteger, Lo: lo, Hi: hi}}
}

func question(m task.Measure, inputs []task.MeasuredInput) task.Question {
	return task.Question{Unit: "person", Form: task.Clustered, Inputs: inputs, Measures: []task.Measure{m},
		RowsPerUnit: 1, GroupsPerUnit: 1}
}

// mechanisms lists every one that an answer of class dp can be made of.
func mechanisms() []mechanism {
	one := func(fn task.MeasureFn) task.Measure { return task.Measure{Fn: fn, Input: 1} }
	many := question(task.Measure{Fn: task.MeasureCount}, nil)
	many.RowsPerUnit = 5
	return []mechanism{
		{name: "count", q: question(task.Measure{Fn: task.MeasureCount}, nil),
			rows: plus(ones(400, 0), unitRows{values: []int64{0}}), signal: number(0), draws: 1},
		{name: "count, 100 rows of 5 counted", q: many, rows: plus(ones(400, 0), unitRows{values: make([]int64, 100)}),
			signal: number(0), draws: 1, chooses: true},
		{name: "distinct units", q: question(task.Measure{Fn: task.MeasureUnits}, nil),
			rows: plus(ones(400, 0), unitRows{values: []int64{0}}), signal: number(0), draws: 1},
		{name: "sum", q: question(one(task.MeasureSum), integers(0, maxIncome)),
			rows: plus(ones(400, 1000), unitRows{values: []int64{maxIncome}}), signal: number(0), draws: 1},
		{name: "sum, a value far out of bounds", q: question(one(task.MeasureSum), integers(0, maxIncome)),
			rows: plus(ones(400, 1000), unitRows{values: []int64{math.MaxInt64}}), signal: number(0), draws: 1},
		{name: "avg", q: question(one(task.MeasureAvg), integers(0, 1000)),
			rows: plus(ones(20, 500), unitRows{values: []int64{1000}}), signal: number(0), draws: 2},
		{name: "var", q: question(one(task.MeasureVar), integers(0, 1000)),
			rows: plus(ones(20, 500), unitRows{values: []int64{1000}}), signal: number(0), draws: 3},
		{name: "stddev", q: question(one(task.MeasureStddevPop), integers(0, 1000)),
			rows: plus(ones(20, 500), unitRows{values: []int64{1000}}), signal: number(0), draws: 3},
		{name: "median", q: question(task.Measure{Fn: task.MeasureQuantile, Input: 1, Q: 0.5}, integers(0, 1000)),
			rows: plus(append(ones(10, 0), ones(10, 1000)...), unitRows{values: []int64{1000}}), signal: number(0),
			draws: 64},
		severalGroups(), wasmMap(), wasmBlock(yumen.CentralMean), wasmBlock(yumen.CentralMedian),
	}
}

// severalGroups counts in eight groups, of which a unit that has rows in all counts in four.
func severalGroups() mechanism {
	m := mechanism{name: "count, 4 of 8 groups of a unit", q: question(task.Measure{Fn: task.MeasureCount}, nil),
		draws: 8, chooses: true}
	m.q.GroupsPerUnit = 4
	m.q.Keys = []task.GroupKey{{Type: yumen.TypeInteger, Domain: numbers(8)}}
	var base []unitRows
	for i := range 400 {
		base = append(base, unitRows{[]int64{0}, []int32{int32(i % 8)}})
	}
	m.rows = plus(base, unitRows{make([]int64, 8), []int32{0, 1, 2, 3, 4, 5, 6, 7}})
	m.signal = func(_ *task.Question, _ task.Noise, answer []privacy.Row) (sum float64) {
		for _, r := range answer {
			sum += r.Cells[0].Int.Float64()
		}
		return sum
	}
	return m
}

// wasmMap is the answer of a module in mode map: units and the sum of a coordinate. The two are weighted as tells most.
func wasmMap() mechanism {
	q := privacy.OverUnits("person", nil, task.Module{Units: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1,
		Coordinates: []yumen.Coordinate{{Name: "x", Type: yumen.TypeInteger, Max: 100}}}})
	return mechanism{name: "wasm map", q: q, rows: plus(ones(400, 10), unitRows{values: []int64{100}}), draws: 2,
		signal: func(_ *task.Question, n task.Noise, answer []privacy.Row) (sum float64) {
			for i, by := range n.Components { // errors come after
				sum += answer[0].Cells[i].Int.Float64() * by.Sensitivity / (by.Sigma * by.Sigma)
			}
			return sum
		}}
}

// wasmBlock is the answer of a module in mode block. A unit decides about the output of its block alone.
func wasmBlock(take yumen.CentralMeasure) mechanism {
	q := privacy.OverUnits("person", nil, task.Module{Units: task.UnitsSpec{Mode: yumen.ModeBlock, Blocks: 21,
		Coordinates: []yumen.Coordinate{{Name: "x", Type: yumen.TypeInteger, Max: 1000, Take: take}}}})
	base := append(ones(10, 0), ones(10, 1000)...)
	m := mechanism{name: "wasm block, " + string(take), q: q, draws: 1, signal: number(0),
		rows: func(with bool) []unitRows {
			return append(base[:len(base):len(base)], unitRows{values: []int64{1000 * int64(bit(with))}})
		}}
	if take == yumen.CentralMedian {
		m.draws = 64
	}
	return m
}

func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

// totals are those of a dataset, of each group.
func (m *mechanism) totals(with bool) (privacy.Totals, error) {
	p, err := privacy.NewPass(&m.q, privacy.NewChoice())
	if err != nil {
		return privacy.Totals{}, err
	}
	for u, rows := range m.rows(with) {
		n := len(rows.values)
		groups := rows.groups
		if groups == nil {
			groups = make([]int32, n)
		}
		valid := slices.Repeat([]uint64{math.MaxUint64}, n/64+1)
		inputs := slices.Repeat([]privacy.Column{{Values: rows.values, Valid: valid}}, len(m.q.Inputs))
		if err := p.Add(slices.Repeat([]int64{int64(u)}, n), groups, inputs); err != nil {
			return privacy.Totals{}, err
		}
	}
	return p.Totals(make([][]privacy.Value, p.Groups())), nil
}

// run answers the question again and again about one dataset and returns what the attacker makes of each answer.
func (m *mechanism) run(with bool, runs int) ([]float64, task.Noise, error) {
	n, err := privacy.Price(&m.q, attackEpsilon, attackBudget, K)
	if err != nil {
		return nil, n, err
	}
	t, err := m.totals(with)
	out := make([]float64, 0, runs)
	for err == nil && len(out) < runs {
		var rows []privacy.Row
		if rows, err = answer(&m.q, n, &t); err == nil {
			out = append(out, m.signal(&m.q, n, rows))
		}
		if err == nil && m.chooses {
			t, err = m.totals(with)
		}
	}
	return out, n, err
}

// answer adds new noise to totals.
func answer(q *task.Question, n task.Noise, t *privacy.Totals) ([]privacy.Row, error) {
	d, err := privacy.Draw(q, n, 1)
	if err != nil {
		return nil, err
	}
	return privacy.Finish(q, n, d, t, 1000)
}
