package wasm

import (
	"context"
	"reflect"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// private is what class dp adds to a run over units. Noise is drawn before any data is touched, totals are exact whole
// numbers, and what leaves is the noisy table alone: no evidence, no word on how far a run has come, since how many
// units there are is itself a secret.
type private struct {
	*task.PrivateSpec
	noise *privacy.Drawn
}

// newPrivate takes from the question of a spec everything else that the spec would say, and draws the noise. It returns
// nil where the spec asks for no noise.
func newPrivate(spec *task.WasmSpec) (*private, error) {
	if spec.Private == nil {
		return nil, nil
	}
	p := &private{PrivateSpec: spec.Private}
	q := &p.Question
	if q.Module == nil || !reflect.DeepEqual(*q, privacy.OverUnits(q.Unit, q.Views, *q.Module)) || spec.Units != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "the question is not the one that its module answers", "问题与其模块不符")
	}
	spec.Views, spec.Files, spec.Units, spec.MaxRows = q.Views, q.Module.Files, &q.Module.Units, p.MaxRows
	var err error
	p.noise, err = privacy.Draw(q, p.Noise, p.MaxRows)
	return p, err
}

// verify makes sure that the question is about this very module.
func (p *private) verify(module []byte) error {
	if yumen.DigestOf(module) != p.Question.Module.Program {
		return yumen.Errorf(yumen.KindInvalid, "the question is about another module", "问题针对的是另一模块")
	}
	return nil
}

// counters say how the doubles of a question are counted.
func (p *private) counters() []privacy.Counter {
	list := make([]privacy.Counter, len(p.Question.Module.Units.Coordinates))
	for i, c := range p.Question.Module.Units.Coordinates {
		list[i] = privacy.NewCounter(c)
	}
	return list
}

// hideUnits has the record show which unit of it a row is of, wherever the module asks for the unit. What is stored is
// a number of the domain, which says something about all units: how many were there before.
func hideUnits(r *record, spec *task.WasmSpec) error {
	views := map[string]task.View{}
	for _, v := range spec.Views {
		views[v.Name] = v
	}
	for i, f := range spec.Files {
		columns := views[f.View].Columns
		if len(columns) != len(r.tables[i].columns)+1 {
			return yumen.Errorf(yumen.KindInternal, "a table has other columns than its view", "表与其视图的列不符")
		}
		for j := range r.tables[i].columns {
			r.tables[i].columns[j].unit = columns[j+1].From == yumen.UnitColumn
		}
	}
	return nil
}

// totals are the exact totals that a private run adds noise to.
func (u *units) totals(ctx context.Context) (*privacy.Totals, error) {
	if u.spec.Mode == yumen.ModeBlock {
		results, _, err := u.results(ctx)
		if err != nil {
			return nil, err
		}
		return u.private.blockTotals(results), nil
	}
	groups, err := u.sums(ctx)
	if err != nil {
		return nil, err
	}
	return u.private.mapTotals(groups), nil
}

// mapTotals are the totals of mode map.
func (p *private) mapTotals(groups []sums) *privacy.Totals {
	t := p.newTotals(len(groups))
	for i, c := range p.Noise.Components {
		for g := range groups {
			if c.Kind == task.TotalUnits {
				t.Sums[i][g] = privacy.Int(groups[g].units)
			} else {
				t.Sums[i][g] = groups[g].total[c.Input-1]
			}
		}
	}
	return t
}

// blockTotals are the totals of mode block, over what the module gave for each coordinate and block.
func (p *private) blockTotals(results [][]privacy.Int128) *privacy.Totals {
	t := p.newTotals(1)
	for i, c := range p.Noise.Components {
		in := p.Question.Inputs[c.Input-1]
		if c.Kind == task.TotalTree {
			t.Sums[i], t.Trees[i] = nil, []map[uint32]int64{{}}
		}
		for _, v := range results[c.Input-1] {
			x := int64(v.Lo)
			if c.Kind == task.TotalTree {
				t.Trees[i][0][privacy.Leaf(in, x)]++
			} else {
				t.Sums[i][0] = t.Sums[i][0].Add(privacy.Int(x - in.Centre()))
			}
		}
	}
	return t
}

func (p *private) newTotals(groups int) *privacy.Totals {
	n := len(p.Noise.Components)
	t := &privacy.Totals{Keys: make([][]privacy.Value, groups), Sums: make([][]privacy.Int128, n),
		Trees: make([][]map[uint32]int64, n)}
	for g := range groups {
		if len(p.Question.Keys) > 0 {
			t.Keys[g] = []privacy.Value{{Text: strconv.Itoa(g)}}
		}
	}
	for i := range t.Sums {
		t.Sums[i] = make([]privacy.Int128, groups)
	}
	return t
}

// writeNoisy answers with the noisy table.
func (u *units) writeNoisy(t *privacy.Totals) error {
	p, columns := u.private, privacy.Columns(&u.private.Question)
	rows, err := privacy.Finish(&p.Question, p.Noise, p.noise, t, p.MaxRows)
	if err != nil {
		return err
	}
	var cells [][]string
	for _, r := range rows {
		var row []string
		for _, k := range r.Keys {
			row = append(row, k.Text)
		}
		for i, c := range r.Cells {
			if columns[len(r.Keys)+i].Type == yumen.TypeInteger {
				row = append(row, strconv.FormatInt(int64(c.Int.Lo), 10)) // held to 64 bits
			} else {
				row = append(row, formatDouble(c.Float))
			}
		}
		cells = append(cells, row)
	}
	if err := u.stream(task.OutNoisy, columns, cells); err != nil {
		return err
	}
	return u.in.Answer(resultAnswer(columns, int64(len(cells))))
}
