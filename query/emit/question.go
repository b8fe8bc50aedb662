package emit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// questionEmitter writes a question of class dp in an order and with names that depend on nothing but what is asked.
type questionEmitter struct {
	*cells.Question
	inputs []*cells.QuestionInput // each once, in the order of what they are
}

// Question writes the question, the post statement over its answer, and how that differs from what the text asks for.
func Question(of *cells.Question) (question *task.Question, post string, errors []yumen.ArtifactColumn,
	notes []yumen.Text) {
	p := &questionEmitter{Question: of}
	q := p.question()
	at := p.posting()
	for _, c := range p.errorColumns(at) {
		errors, at.more = append(errors, c.ArtifactColumn), append(at.more, c.sql)
	}
	return q, postSQL(p.Block, at), errors, p.Notes(q)
}

// QuestionOfAnswers writes the question that is asked for the one table of cells that answers are made of, and the post
// statement of the block that is made of them.
func QuestionOfAnswers(of *cells.Question, b *plan.Block, levels map[*plan.Block][]uint64) (question *task.Question,
	post string, notes []yumen.Text) {
	p := &questionEmitter{Question: of}
	q := p.question()
	table := func(t *plan.Block) Posting {
		if levels == nil {
			return p.posting()
		}
		return p.totals(p.posting(), levels[t])
	}
	return q, AnswerWriter{Table: table, Noisy: true}.PostStatement(b), p.Notes(q)
}

// question writes the question.
func (p *questionEmitter) question() *task.Question {
	p.shareMeasures()
	writeReading(p.Reading)
	q := &task.Question{Unit: p.Unit.Kind, Form: p.Form()}
	arrange(p.Reading, 1, p.order)
	p.order()
	p.economise()
	p.order()
	for _, k := range p.Listed() {
		q.Keys = append(q.Keys, k.Spec())
	}
	for _, in := range p.inputs {
		q.Inputs = append(q.Inputs, in.Spec)
	}
	for _, m := range p.Measures {
		q.Measures = append(q.Measures, task.Measure{Fn: m.Fn, Input: inputNumber(m, p.inputs), Q: m.Quantile})
	}
	p.Limits(q)
	q.SQL = p.sql(q.Form)
	q.Views = p.Views()
	return q
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
	cols := append([]string{canonicalSQL(p.Reading.Unit(-1)) + " AS u"}, p.columns()...)
	return "SELECT " + strings.Join(cols, ", ") + rowsSQL(p.Reading)
}

func (p *questionEmitter) columns() (cols []string) {
	for i, k := range p.Listed() {
		cols = append(cols, fmt.Sprintf("%s AS k%d", questionKeySQL(k), i+1))
	}
	for i, in := range p.inputs {
		cols = append(cols, fmt.Sprintf("%s AS a%d", questionInputSQL(in), i+1))
	}
	return cols
}

// summed writes one row for each group, where each row read is a unit of its own.
func (p *questionEmitter) summed() string {
	var cols, clamped, by []string
	for i := range p.Listed() {
		cols, by = append(cols, fmt.Sprintf("k%d", i+1)), append(by, strconv.Itoa(i+1))
		clamped = append(clamped, fmt.Sprintf("k%d", i+1))
	}
	cols = append(cols, "count(*) AS n")
	for i, in := range p.inputs {
		a := fmt.Sprintf("a%d", i+1)
		clamped = append(clamped, clampedSQL(in, a)+" AS "+a)
		count := "count(" + a + ")"
		if in.Sure {
			count = "count(*)"
		}
		cols = append(cols, fmt.Sprintf("%s AS c%d, %s AS s%d", count, i+1, summedSQL(in, a), i+1))
		if in.Square {
			cols = append(cols, fmt.Sprintf("%s AS q%d", squaresSQL(in, a), i+1))
		}
	}
	rows := strings.Join(p.columns(), ", ")
	if rows == "" {
		rows = "1 AS one"
	}
	from := "SELECT " + rows + rowsSQL(p.Reading)
	if len(p.inputs) > 0 {
		from = "SELECT " + strings.Join(clamped, ", ") + " FROM (" + from + ")"
	}
	s := "SELECT " + strings.Join(cols, ", ") + " FROM (" + from + ")"
	if len(by) > 0 {
		s += "\nGROUP BY " + strings.Join(by, ", ")
	}
	return s
}

// clampedSQL writes the input in whole units, held to its interval. Exact types whose values import holds stay as they
// are.
func clampedSQL(in *cells.QuestionInput, a string) string {
	lo, hi := decimalText(in.Spec.Lo, in.Spec.Scale), decimalText(in.Spec.Hi, in.Spec.Scale)
	switch {
	case in.Typ == plan.Bool:
		return "CAST(" + a + " AS BIGINT)"
	case in.Typ == plan.Double:
		scaled := fmt.Sprintf("round(%s * 1e%d)", a, in.Spec.Scale)
		return fmt.Sprintf("CAST(CASE WHEN %s <= %d THEN %d WHEN %s >= %d THEN %d ELSE %s END AS BIGINT)", scaled,
			in.Spec.Lo, in.Spec.Lo, scaled, in.Spec.Hi, in.Spec.Hi, scaled)
	case !in.Spec.Held:
		return fmt.Sprintf("CASE WHEN %s < %s THEN %s WHEN %s > %s THEN %s ELSE %s END", a, lo, lo, a, hi, hi, a)
	}
	return a
}

// summedSQL writes the exact sum in whole units.
func summedSQL(in *cells.QuestionInput, a string) string {
	sum := "coalesce(sum(" + a + "), 0)"
	if in.Typ.Kind == plan.KindDecimal && in.Spec.Scale > 0 {
		one := "1" + strings.Repeat("0", in.Spec.Scale)
		return fmt.Sprintf("CAST(trunc(%s) AS HUGEINT) * %s + CAST((%s - trunc(%s)) * %s AS HUGEINT)", sum, one, sum,
			sum, one)
	}
	return "CAST(" + sum + " AS HUGEINT)"
}

// squaresSQL writes the exact sum of squared distances from the centre, in squared units.
func squaresSQL(in *cells.QuestionInput, a string) string {
	whole := a
	if in.Typ.Kind == plan.KindDecimal && in.Spec.Scale > 0 {
		whole = fmt.Sprintf("CAST(%s * 1%s AS BIGINT)", a, strings.Repeat("0", in.Spec.Scale))
	}
	distance := fmt.Sprintf("(%s - %d)", whole, in.Spec.Centre())
	if in.Spec.Hi-in.Spec.Lo >= 1<<32 {
		distance = "CAST(" + distance + " AS HUGEINT)"
	}
	return fmt.Sprintf("CAST(coalesce(sum(%s * %s), 0) AS HUGEINT)", distance, distance)
}

// posting says what the post statement reads: keys k1 …, measures v1 … and errors e1 … of the noisy table and nothing
// else.
func (p *questionEmitter) posting() Posting {
	var keys []*plan.Expr
	for _, k := range p.Listed() {
		keys = append(keys, cellExpr(fmt.Sprintf("k%d", k.At+1), k.Expr.Type))
	}
	return Posting{key: p.postKey, aggregate: p.postMeasure, keys: keys, from: Quote(task.CellsTable) + " AS r",
		state: unsuppressed}
}

// measureType is the type of the measure's column of the noisy table.
func measureType(m *cells.QuestionMeasure) plan.Type {
	switch {
	case m.Fn == task.MeasureCount || m.Fn == task.MeasureUnits || m.Fn == task.MeasureDistinct:
		return plan.Int
	case m.Fn == task.MeasureSum:
		return plan.SumType(m.Input.Typ)
	}
	return plan.Double
}

// postKey is the column of the noisy table that is a group key, or the constant that it is.
func (p *questionEmitter) postKey(e *plan.Expr) *plan.Expr {
	k := p.Keys[e.Key]
	if k.At < 0 {
		return k.Expr
	}
	return cellExpr(fmt.Sprintf("k%d", k.At+1), e.Type)
}

// postMeasure is the column of the noisy table that is an aggregate, of the type that the plan gives it.
func (p *questionEmitter) postMeasure(e *plan.Expr) *plan.Expr {
	m := p.Of[e.Aggregate]
	v := cellExpr(fmt.Sprintf("v%d", m.At+1), measureType(m))
	if v.Type != e.Type {
		return plan.CastTo(v, e.Type)
	}
	return v
}
