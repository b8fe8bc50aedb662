package anonymity

import (
	"math"

	"github.com/yumen-data/yumen"
)

// ModelResult is what one model measures on a table.
type ModelResult struct {
	Model    string  `json:"model"`
	Holds    bool    `json:"holds"`
	Least    float64 `json:"least"`    // measure over the classes: rows, values, distance or share, as the model says
	Greatest float64 `json:"greatest"` // +Inf is written as the largest float
	Classes  int     `json:"classes"`  // classes that fail
	Rows     int64   `json:"rows"`     // rows in them
}

// Measure tests models on a table as it is, without generalization or suppression: a class of rows that are all
// Suppressed counts like any other. Where released is not nil, the table is a population and released marks the rows
// that the release is about. A table without rows meets every model. It fails with kind invalid if the columns or
// parameters do not fit.
func Measure(t *Table, quasi []string, models []Model, released []bool) ([]ModelResult, error) {
	p, err := classify(t, quasi, models, released)
	if err != nil {
		return nil, err
	}
	results := make([]ModelResult, len(models))
	for i, m := range models {
		results[i] = ModelResult{Model: m.String(), Holds: true}
		if p.tests != nil {
			p.fillResult(&results[i], p.tests[i])
		}
	}
	return results, nil
}

// classify finds the classes of a table as it is.
func classify(t *Table, quasi []string, models []Model, released []bool) (*partition, error) {
	places, err := t.pick(quasi, quasiText)
	if err != nil {
		return nil, err
	}
	sensitive, err := sensitivePlaces(t, quasi, models)
	if err != nil {
		return nil, err
	}
	v, err := newTuples(t, places, sensitive, released)
	if err != nil {
		return nil, err
	}
	var tests []*test // none where there is nothing to test
	if v.rows > 0 {
		if tests, err = bindAll(models, v); err != nil {
			return nil, err
		}
	}
	p := newPartition(v, identities(t, places), tests)
	p.make(make([]uint8, len(places)), false)
	return p, nil
}

// identities are ladders of one level that leave every value as it is.
func identities(t *Table, places []int) []*ladder {
	ladders := make([]*ladder, len(places))
	for i, place := range places {
		c := &t.cols[place]
		to := make([]uint32, len(c.values))
		for code := range to {
			to[code] = uint32(code)
		}
		ladders[i] = &ladder{to: [][]uint32{to}, card: []int{len(to)}, labels: [][]string{c.values}}
	}
	return ladders
}

func (p *partition) fillResult(r *ModelResult, t *test) {
	first := true
	for id := range p.size {
		p.eachTest(id, func(each *test, measure float64) {
			if each != t {
				return
			}
			measure = min(measure, math.MaxFloat64)
			if first {
				r.Least, r.Greatest, first = measure, measure, false
			}
			r.Least, r.Greatest = min(r.Least, measure), max(r.Greatest, measure)
			if !t.holds(measure) {
				r.Holds = false
				r.Classes++
				r.Rows += p.size[id]
			}
		})
	}
}

// Failing marks the rows of a table in classes that fail any of the models, for suppression. It fails as Measure does.
func Failing(t *Table, quasi []string, models []Model) ([]bool, error) {
	if len(models) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "no model named", "没有指定模型")
	}
	p, err := classify(t, quasi, models, nil)
	if err != nil {
		return nil, err
	}
	marks := make([]bool, t.rows)
	for row, tuple := range p.v.of {
		marks[row] = p.bad[p.ids[tuple]]
	}
	return marks, nil
}
