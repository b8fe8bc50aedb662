package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/internal/task"
)

// sql writes the key as a column of the type that the question gives it.
func (k *privateKey) sql() string {
	s := k.expr.canonicalSQL()
	if k.expr.op == opColumn && k.expr.col.base != nil {
		return s
	}
	return fmt.Sprintf("TRY_CAST(%s AS %s)", s, k.expr.typ.sql())
}

// sql writes the input.
func (in *privateInput) sql() string {
	value := "TRUE"
	if in.value != nil {
		value = in.value.canonicalSQL()
		switch {
		case in.hashed:
			value = fmt.Sprintf("CAST(hash(%s) & %d AS BIGINT)", value, in.spec.Hi)
		case !in.bare && !(in.value.op == opCast && in.value.typ == in.typ):
			value = fmt.Sprintf("TRY_CAST(%s AS %s)", value, in.typ.sql())
		}
	}
	if cond := texts(in.filter); len(cond) > 0 {
		all := cond[0]
		for _, c := range cond[1:] {
			all += " AND " + c
		}
		value = fmt.Sprintf("CASE WHEN %s THEN %s ELSE NULL END", all, value)
	}
	return value
}

// key is what inputs are told apart and put in order by.
func (in *privateInput) key() string {
	return fmt.Sprintf("%s %s %d %d %d", in.text, in.spec.Type, in.spec.Scale, in.spec.Lo, in.spec.Hi)
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

// shareMeasures lets aggregates that measure the same share a measure, and measures that read the same numbers an input.
func (p *questionEmitter) shareMeasures() {
	all := p.measures
	p.measures = nil
	for _, m := range all {
		if m.input != nil {
			m.input = p.share(m.input)
		}
		i := slices.IndexFunc(p.measures, func(known *privateMeasure) bool {
			return known.fn == m.fn && known.input == m.input && known.q == m.q
		})
		if i < 0 {
			p.measures = append(p.measures, m)
			continue
		}
		for g, of := range p.of {
			if of == m {
				p.of[g] = p.measures[i]
			}
		}
	}
}

// share returns an input known already that reads the same numbers.
func (p *questionEmitter) share(in *privateInput) *privateInput {
	in.text = in.sql()
	for _, known := range p.inputs {
		if known.text != in.text || known.spec.Type != in.spec.Type {
			continue
		}
		if in.square && !known.square { // where squares are summed, fewer digits are kept, and then for all
			known.square, known.spec = true, in.spec
		}
		return known
	}
	p.inputs = append(p.inputs, in)
	return in
}

// order puts keys, inputs and measures in the order of what they are, with the tables numbered as they are now, and returns
// all that depends on these numbers.
func (p *questionEmitter) order() string {
	at := 0
	for _, k := range p.keys {
		k.text = k.sql()
	}
	byText := slices.Clone(p.keys)
	slices.SortStableFunc(byText, func(a, b *privateKey) int { return strings.Compare(a.text, b.text) })
	for _, k := range byText {
		if k.at >= 0 {
			k.at, at = at, at+1
		}
	}
	for _, in := range p.inputs {
		in.text = in.sql()
	}
	slices.SortStableFunc(p.inputs, func(a, b *privateInput) int { return strings.Compare(a.key(), b.key()) })
	slices.SortStableFunc(p.measures, func(a, b *privateMeasure) int { return strings.Compare(a.key(p.inputs), b.key(p.inputs)) })
	for i, m := range p.measures {
		m.at = i
	}
	return p.rows()
}

func (m *privateMeasure) number(inputs []*privateInput) int { return slices.Index(inputs, m.input) + 1 }

func (m *privateMeasure) key(inputs []*privateInput) string {
	return fmt.Sprintf("%s %03d %v", m.fn, m.number(inputs), m.q)
}

// economise lets counts share an input with averages that count the same rows, so that their noise is paid for once.
func (p *questionEmitter) economise() {
	for _, m := range p.measures {
		if m.fn != task.MeasureCount {
			continue
		}
		for _, in := range p.inputs {
			if in.value != nil && p.averaged(in) && slices.Equal(m.input.rows(), in.rows()) {
				m.input = in
				break
			}
		}
	}
	p.inputs = slices.DeleteFunc(p.inputs, func(in *privateInput) bool {
		return !slices.ContainsFunc(p.measures, func(m *privateMeasure) bool { return m.input == in })
	})
}

// averaged reports whether a measure of the input needs to know how many values there are.
func (p *questionEmitter) averaged(in *privateInput) bool {
	return slices.ContainsFunc(p.measures, func(m *privateMeasure) bool {
		return m.input == in && !slices.Contains([]task.MeasureFn{task.MeasureCount, task.MeasureUnits, task.MeasureDistinct, task.MeasureSum, task.MeasureQuantile}, m.fn)
	})
}

// rows are the conditions under which the input is not NULL; of no input, none.
func (in *privateInput) rows() []string {
	if in == nil {
		return nil
	}
	conds := slices.Clone(in.filter)
	if in.value != nil && !in.there {
		conds = append(conds, call("is not null", in.value, in.value))
	}
	return texts(conds)
}
