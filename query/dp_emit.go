package query

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// questionEmitter writes a question of class dp in an order and with names that depend on nothing but what is asked.
type questionEmitter struct {
	*private
	inputs []*privateInput // each once, in the order of what they are
}

// emitQuestion writes the question, the post statement over its answer, and how that differs from what the text asks for.
func emitQuestion(of *private) (question *task.Question, post string, errors []yumen.ArtifactColumn, notes []yumen.Text) {
	p := &questionEmitter{private: of}
	p.shareMeasures()
	p.src.write()
	q := &task.Question{Unit: p.unit.kind, Form: p.form()}
	p.src.arrange(1, p.order)
	p.order()
	p.economise()
	p.order()
	for _, k := range p.listed() {
		q.Keys = append(q.Keys, k.spec())
	}
	for _, in := range p.inputs {
		q.Inputs = append(q.Inputs, in.spec)
	}
	for _, m := range p.measures {
		q.Measures = append(q.Measures, task.Measure{Fn: m.fn, Input: m.number(p.inputs), Q: m.q})
	}
	p.limits(q)
	q.SQL = p.sql(q.Form)
	q.Views = p.views()
	at := p.posting()
	for _, c := range p.errorColumns(at) {
		errors, at.more = append(errors, c.ArtifactColumn), append(at.more, c.sql)
	}
	return q, p.b.postSQL(at), errors, p.notes(q)
}

// sql writes the question's statement.
func (p *questionEmitter) sql(form task.Form) string {
	if form == task.Summed {
		return p.summed()
	}
	return p.rows()
}

// rows writes one row for each row read: its unit, keys and inputs.
func (p *questionEmitter) rows() string {
	cols := append([]string{p.src.unit(-1).canonicalSQL() + " AS u"}, p.columns()...)
	return "SELECT " + strings.Join(cols, ", ") + p.src.rowsSQL()
}

func (p *questionEmitter) columns() (cols []string) {
	for i, k := range p.listed() {
		cols = append(cols, fmt.Sprintf("%s AS k%d", k.sql(), i+1))
	}
	for i, in := range p.inputs {
		cols = append(cols, fmt.Sprintf("%s AS a%d", in.sql(), i+1))
	}
	return cols
}

// summed writes one row for each group, where each row read is a unit of its own.
func (p *questionEmitter) summed() string {
	var cols, clamped, by []string
	for i := range p.listed() {
		cols, by = append(cols, fmt.Sprintf("k%d", i+1)), append(by, itoa(i+1))
		clamped = append(clamped, fmt.Sprintf("k%d", i+1))
	}
	cols = append(cols, "count(*) AS n")
	for i, in := range p.inputs {
		a := fmt.Sprintf("a%d", i+1)
		clamped = append(clamped, in.clamped(a)+" AS "+a)
		count := "count(" + a + ")"
		if in.sure {
			count = "count(*)"
		}
		cols = append(cols, fmt.Sprintf("%s AS c%d, %s AS s%d", count, i+1, in.summed(a), i+1))
		if in.square {
			cols = append(cols, fmt.Sprintf("%s AS q%d", in.squares(a), i+1))
		}
	}
	rows := strings.Join(p.columns(), ", ")
	if rows == "" {
		rows = "1 AS one"
	}
	from := "SELECT " + rows + p.src.rowsSQL()
	if len(p.inputs) > 0 {
		from = "SELECT " + strings.Join(clamped, ", ") + " FROM (" + from + ")"
	}
	s := "SELECT " + strings.Join(cols, ", ") + " FROM (" + from + ")"
	if len(by) > 0 {
		s += "\nGROUP BY " + strings.Join(by, ", ")
	}
	return s
}

// clamped writes the input in whole units, held to its interval. Exact types whose values import holds stay as they are.
func (in *privateInput) clamped(a string) string {
	lo, hi := decimalText(in.spec.Lo, in.spec.Scale), decimalText(in.spec.Hi, in.spec.Scale)
	switch {
	case in.typ == tBool:
		return "CAST(" + a + " AS BIGINT)"
	case in.typ == tDouble:
		scaled := fmt.Sprintf("round(%s * 1e%d)", a, in.spec.Scale)
		return fmt.Sprintf("CAST(CASE WHEN %s <= %d THEN %d WHEN %s >= %d THEN %d ELSE %s END AS BIGINT)", scaled, in.spec.Lo, in.spec.Lo, scaled, in.spec.Hi, in.spec.Hi, scaled)
	case !in.spec.Held:
		return fmt.Sprintf("CASE WHEN %s < %s THEN %s WHEN %s > %s THEN %s ELSE %s END", a, lo, lo, a, hi, hi, a)
	}
	return a
}

// summed writes the exact sum in whole units.
func (in *privateInput) summed(a string) string {
	sum := "coalesce(sum(" + a + "), 0)"
	if in.typ.kind == kDecimal && in.spec.Scale > 0 {
		one := "1" + strings.Repeat("0", in.spec.Scale)
		return fmt.Sprintf("CAST(trunc(%s) AS HUGEINT) * %s + CAST((%s - trunc(%s)) * %s AS HUGEINT)", sum, one, sum, sum, one)
	}
	return "CAST(" + sum + " AS HUGEINT)"
}

// squares writes the exact sum of squared distances from the centre, in squared units.
func (in *privateInput) squares(a string) string {
	whole := a
	if in.typ.kind == kDecimal && in.spec.Scale > 0 {
		whole = fmt.Sprintf("CAST(%s * 1%s AS BIGINT)", a, strings.Repeat("0", in.spec.Scale))
	}
	distance := fmt.Sprintf("(%s - %d)", whole, in.spec.Centre())
	if in.spec.Hi-in.spec.Lo >= 1<<32 {
		distance = "CAST(" + distance + " AS HUGEINT)"
	}
	return fmt.Sprintf("CAST(coalesce(sum(%s * %s), 0) AS HUGEINT)", distance, distance)
}

// posting says what the post statement reads: keys k1 …, measures v1 … and errors e1 … of the noisy table and nothing else.
func (p *questionEmitter) posting() posting {
	var keys []*expr
	for _, k := range p.listed() {
		keys = append(keys, cellExpr(fmt.Sprintf("k%d", k.at+1), k.expr.typ))
	}
	return posting{key: p.postKey, aggregate: p.postMeasure, keys: keys, from: quote(task.CellsTable) + " AS r", state: unsuppressed}
}

// typ is the type of the measure's column of the noisy table.
func (m *privateMeasure) typ() sqlType {
	switch {
	case m.fn == task.MeasureCount || m.fn == task.MeasureUnits || m.fn == task.MeasureDistinct:
		return tInt
	case m.fn == task.MeasureSum:
		return sumType(m.input.typ)
	}
	return tDouble
}

// postKey is the column of the noisy table that is a group key, or the constant that it is.
func (p *questionEmitter) postKey(e *expr) *expr {
	k := p.keys[e.key]
	if k.at < 0 {
		return k.expr
	}
	return cellExpr(fmt.Sprintf("k%d", k.at+1), e.typ)
}

// postMeasure is the column of the noisy table that is an aggregate, of the type that the plan gives it.
func (p *questionEmitter) postMeasure(e *expr) *expr {
	m := p.of[e.agg]
	v := cellExpr(fmt.Sprintf("v%d", m.at+1), m.typ())
	if v.typ != e.typ {
		return castTo(v, e.typ)
	}
	return v
}
