package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// questionKeySQL writes the key as a column of the type that the question gives it.
func questionKeySQL(k *cells.QuestionKey) string {
	s := canonicalSQL(k.Expr)
	if k.Expr.Op == plan.OpColumn && k.Expr.Column.Base != nil {
		return s
	}
	return fmt.Sprintf("TRY_CAST(%s AS %s)", s, typeSQL(k.Expr.Type))
}

// questionInputSQL writes the input.
func questionInputSQL(in *cells.QuestionInput) string {
	value := "TRUE"
	if in.Value != nil {
		value = canonicalSQL(in.Value)
		switch {
		case in.Hashed:
			value = fmt.Sprintf("CAST(hash(%s) & %d AS BIGINT)", value, in.Spec.Hi)
		case !in.Bare && !(in.Value.Op == plan.OpCast && in.Value.Type == in.Typ):
			value = fmt.Sprintf("TRY_CAST(%s AS %s)", value, typeSQL(in.Typ))
		}
	}
	if cond := texts(in.Filter); len(cond) > 0 {
		all := cond[0]
		for _, c := range cond[1:] {
			all += " AND " + c
		}
		value = fmt.Sprintf("CASE WHEN %s THEN %s ELSE NULL END", all, value)
	}
	return value
}

// questionInputKey is what inputs are told apart and put in order by.
func questionInputKey(in *cells.QuestionInput) string {
	return fmt.Sprintf("%s %s %d %d %d", in.Text, in.Spec.Type, in.Spec.Scale, in.Spec.Lo, in.Spec.Hi)
}

func decimalText(n int64, scale int) string {
	s := strconv.FormatInt(max(n, -n), 10)
	for len(s) <= scale {
		s = "0" + s
	}
	if scale > 0 {
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if n < 0 {
		s = "-" + s
	}
	return s
}

// shareMeasures lets aggregates that measure the same share a measure, and measures that read the same numbers an
// input.
func (p *questionEmitter) shareMeasures() {
	all := p.Measures
	p.Measures = nil
	for _, m := range all {
		if m.Input != nil {
			m.Input = p.share(m.Input)
		}
		i := slices.IndexFunc(p.Measures, func(known *cells.QuestionMeasure) bool {
			return known.Fn == m.Fn && known.Input == m.Input && known.Quantile == m.Quantile
		})
		if i < 0 {
			p.Measures = append(p.Measures, m)
			continue
		}
		for g, of := range p.Of {
			if of == m {
				p.Of[g] = p.Measures[i]
			}
		}
	}
}

// share returns an input known already that reads the same numbers.
func (p *questionEmitter) share(in *cells.QuestionInput) *cells.QuestionInput {
	in.Text = questionInputSQL(in)
	for _, known := range p.inputs {
		if known.Text != in.Text || known.Spec.Type != in.Spec.Type {
			continue
		}
		if in.Square && !known.Square { // where squares are summed, fewer digits are kept, and then for all
			known.Square, known.Spec = true, in.Spec
		}
		return known
	}
	p.inputs = append(p.inputs, in)
	return in
}

// order puts keys, inputs and measures in the order of what they are, with the tables numbered as they are now, and
// returns all that depends on these numbers.
func (p *questionEmitter) order() string {
	at := 0
	for _, k := range p.Keys {
		k.Text = questionKeySQL(k)
	}
	byText := slices.Clone(p.Keys)
	slices.SortStableFunc(byText, func(a, b *cells.QuestionKey) int { return strings.Compare(a.Text, b.Text) })
	for _, k := range byText {
		if k.At >= 0 {
			k.At, at = at, at+1
		}
	}
	for _, in := range p.inputs {
		in.Text = questionInputSQL(in)
	}
	slices.SortStableFunc(p.inputs,
		func(a, b *cells.QuestionInput) int { return strings.Compare(questionInputKey(a), questionInputKey(b)) })
	slices.SortStableFunc(p.Measures, func(a, b *cells.QuestionMeasure) int {
		return strings.Compare(questionMeasureKey(a, p.inputs), questionMeasureKey(b, p.inputs))
	})
	for i, m := range p.Measures {
		m.At = i
	}
	return p.rows()
}

func inputNumber(m *cells.QuestionMeasure, inputs []*cells.QuestionInput) int {
	return slices.Index(inputs, m.Input) + 1
}

func questionMeasureKey(m *cells.QuestionMeasure, inputs []*cells.QuestionInput) string {
	return fmt.Sprintf("%s %03d %v", m.Fn, inputNumber(m, inputs), m.Quantile)
}

// economise lets counts share an input with averages that count the same rows, so that their noise is paid for once.
func (p *questionEmitter) economise() {
	for _, m := range p.Measures {
		if m.Fn != task.MeasureCount {
			continue
		}
		for _, in := range p.inputs {
			if in.Value != nil && p.averaged(in) && slices.Equal(conditionsOf(m.Input), conditionsOf(in)) {
				m.Input = in
				break
			}
		}
	}
	p.inputs = slices.DeleteFunc(p.inputs, func(in *cells.QuestionInput) bool {
		return !slices.ContainsFunc(p.Measures, func(m *cells.QuestionMeasure) bool { return m.Input == in })
	})
}

// averaged reports whether a measure of the input needs to know how many values there are.
func (p *questionEmitter) averaged(in *cells.QuestionInput) bool {
	return slices.ContainsFunc(p.Measures, func(m *cells.QuestionMeasure) bool {
		return m.Input == in &&
			!slices.Contains([]task.MeasureFn{task.MeasureCount, task.MeasureUnits, task.MeasureDistinct,
				task.MeasureSum, task.MeasureQuantile}, m.Fn)
	})
}

// conditionsOf are the conditions under which the input is not NULL; of no input, none.
func conditionsOf(in *cells.QuestionInput) []string {
	if in == nil {
		return nil
	}
	conds := slices.Clone(in.Filter)
	if in.Value != nil && !in.There {
		conds = append(conds, plan.Call("is not null", in.Value, in.Value))
	}
	return texts(conds)
}
