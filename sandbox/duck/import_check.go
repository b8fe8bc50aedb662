package duck

import (
	"context"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/intake"
	"github.com/yumen-data/yumen/internal/task"
)

// violation is what is wrong with a row: the fault that reading it found, or a column and what it breaks, as
// column × violations + violation with columns counted from 1.
type violation int32

const (
	noViolation violation = iota
	breaksType
	breaksNull
	breaksDomain
	breaksBounds
	breaksUnit
	breaksUnique
	violations = 8
)

// check counts the rows of raw and its bad rows, and lists the first of these in the order of the files, each with the
// first thing that is wrong with it.
func (m *importer) check(ctx context.Context, answer *task.ImportAnswer) error {
	first, err := m.firstViolation()
	if err != nil {
		return err
	}
	answer.Rows, answer.BadTotal, err = m.e.twoCounts(ctx,
		"SELECT count(*), count(*) FILTER (WHERE "+first+" <> 0) FROM raw")
	if err != nil || answer.BadTotal == 0 {
		return failure(ctx, err)
	}
	reader, err := m.e.query(ctx,
		fmt.Sprintf(`SELECT %s::BIGINT, %s::BIGINT, (%s)::BIGINT AS violation FROM raw WHERE violation <> 0 ORDER BY %s LIMIT %d`,
			identifier(intake.FileColumn), identifier(intake.LineColumn), first, identifier(intake.RowColumn),
			max(1, m.spec.MaxBad)))
	if err != nil {
		return failure(ctx, err)
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		at := func(col, row int) int64 { return batch.Column(col).(*array.Int64).Value(row) }
		for i := range int(batch.NumRows()) {
			answer.Bad = append(answer.Bad, m.badRow(at(0, i), at(1, i), violation(at(2, i))))
		}
	}
	return failure(ctx, reader.Err())
}

// firstViolation is an expression over raw that gives the violation of a row, 0 for none.
func (m *importer) firstViolation() (string, error) {
	fault := identifier(intake.FaultColumn)
	var b strings.Builder
	fmt.Fprintf(&b, "CASE WHEN %s < 0 THEN %s WHEN %s > 0 THEN %s * %d + %d", fault, fault, fault, fault, violations,
		breaksType)
	for i := range m.spec.Dataset.Columns {
		c := &m.spec.Dataset.Columns[i]
		when := func(cond string, v violation) {
			fmt.Fprintf(&b, " WHEN %s THEN %d", cond, (i+1)*violations+int(v))
		}
		name := identifier(c.Name)
		if c.Name == m.spec.Dataset.Unit.Column && !m.byRow() {
			when("coalesce("+m.keySQL()+", '') = ''", breaksUnit)
			if m.spec.Dataset.Unit.Unique {
				when(m.keySQL()+" IN (SELECT "+m.keySQL()+" FROM raw GROUP BY 1 HAVING count(*) > 1)", breaksUnique)
			}
		}
		if !c.Nullable {
			when(name+" IS NULL", breaksNull)
		}
		if len(c.Domain) > 0 {
			list, err := domainList(c)
			if err != nil {
				return "", err
			}
			when(name+" NOT IN ("+list+")", breaksDomain)
		}
		if c.Bounds != nil && c.Type.Numeric() {
			when(outside(c), breaksBounds)
		}
	}
	b.WriteString(" ELSE 0 END")
	return b.String(), nil
}

// domainList writes the declared values as constants of the column's type, as strictly read as cells are.
func domainList(c *yumen.Column) (string, error) {
	a, err := arrowio.NewAppender(c.Type)
	if err != nil {
		return "", yumen.AsError(err).At(c.Name)
	}
	for i, v := range c.Domain {
		if !a.Append(v) {
			return "", yumen.Errorf(yumen.KindInvalid, "value %d of the declared domain is no %s", "声明的值域中第 %d 个值不是 %s",
				i+1, string(c.Type)).At(c.Name)
		}
	}
	values := a.Builder().NewArray()
	constants := make([]string, values.Len())
	for i := range constants {
		constants[i] = literal(string(arrowio.AppendCell(nil, values, i)))
		if c.Type != yumen.TypeText {
			constants[i] = "CAST(" + constants[i] + " AS " + sqlType(c.Type) + ")"
		}
	}
	return strings.Join(constants, ", "), nil
}

// outside is the condition that a value lies beyond the declared bounds, which are taken as they are written: 0.1 means
// one tenth, not the double nearest to it.
func outside(c *yumen.Column) string {
	name := identifier(c.Name)
	below, above := boundLiteral(c.Bounds.Min, c.Type, false), boundLiteral(c.Bounds.Max, c.Type, true)
	return "(" + name + " < " + below + " OR " + name + " > " + above + ")"
}

// boundLiteral writes a bound as a constant of the type, rounded inward to a value that the type has. A bound beyond
// the type's range becomes the end of the range.
func boundLiteral(bound float64, t yumen.Type, down bool) string {
	text := strconv.FormatFloat(bound, 'f', -1, 64)
	if t == yumen.TypeDouble {
		return "CAST('" + strconv.FormatFloat(bound, 'g', -1, 64) + "' AS DOUBLE)"
	}
	digits, scale := 0, 0
	greatest := new(big.Int).SetUint64(1<<63 - 1)
	if p, s, ok := t.Decimal(); ok {
		digits, scale = p, s
		greatest = new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil), big.NewInt(1))
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return "NULL" // NaN: the catalog refuses it
	}
	exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	n := new(big.Int).Div(exact.Num(), exact.Denom()) // floor, because the denominator is positive
	if !down && !exact.IsInt() {
		n.Add(n, big.NewInt(1))
	}
	if n.CmpAbs(greatest) > 0 {
		n.Mul(greatest, big.NewInt(int64(n.Sign())))
	}
	return "CAST('" + new(big.Rat).SetFrac(n,
		new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale) + "' AS " + sqlType(t) + ")"
}

// badRow says in words what is wrong, without the value.
func (m *importer) badRow(file, line int64, v violation) task.BadRow {
	bad := task.BadRow{Line: line}
	if len(m.sources) > 1 {
		bad.File = int(file)
	}
	if v < 0 {
		bad.Rule, bad.Msg = rowFault(intake.Fault(v))
		return bad
	}
	c := &m.spec.Dataset.Columns[int(v)/violations-1]
	bad.Column = c.Name
	bad.Rule, bad.Msg = cellFault(c, v%violations)
	return bad
}

func rowFault(f intake.Fault) (string, yumen.Text) {
	switch f {
	case intake.FaultColumns:
		return "columns", yumen.Say("too few or too many cells, or a key that is no column or stands twice",
			"单元格过多或过少，或有不属于数据集或重复的键")
	case intake.FaultEncoding:
		return "encoding", yumen.Say("bytes that are no text in the encoding, or a NUL character",
			"含有编码中不存在的字节或 NUL 字符")
	case intake.FaultQuote:
		return "quote", yumen.Say("a quote that is not closed, or one inside an unquoted cell", "引号未闭合，或未加引号的单元格中有引号")
	}
	return "json", yumen.Say("not one JSON object", "不是一个 JSON 对象")
}

func cellFault(c *yumen.Column, v violation) (string, yumen.Text) {
	switch v {
	case breaksNull:
		return "null", yumen.Say("empty, but the column is not nullable", "为空，但该列不可为空")
	case breaksDomain:
		return "domain", yumen.Say("not one of the %d declared values", "不在声明的 %d 个取值之内", len(c.Domain))
	case breaksBounds:
		return "bounds", yumen.Say("outside the declared bounds %v to %v", "超出声明的上下界 %v 至 %v", c.Bounds.Min,
			c.Bounds.Max)
	case breaksUnique:
		return "unit.unique", yumen.Say("the privacy unit has more rows than this one, though the catalog entry declares one each", "该隐私单位不止这一行，而目录声明每个单位至多一行")
	case breaksUnit:
		return "unit", yumen.Say("the key of the privacy unit is empty", "隐私单位的键为空")
	}
	return "type", yumen.Say("not of type %s", "不是 %s 类型", string(c.Type))
}
