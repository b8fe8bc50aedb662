package anonymity

import (
	"math"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// NullLabel is how a null cell is shown after generalization. A null is a value of its own: two nulls are equal, and
// every hierarchy keeps a null apart up to its last level, where it joins the top.
const NullLabel = "∅"

// Table is a table of categories, each column dictionary-encoded. It is made by a Builder or from Arrow and not changed
// afterwards.
type Table struct {
	rows int
	cols []column
	at   map[string]int
}

type column struct {
	name   string
	values []string // code → value; the code of null, where there is one, has NullLabel
	null   int      // code of null, or −1
	codes  []uint32 // row → code
}

// Rows returns the number of rows.
func (t *Table) Rows() int { return t.rows }

// Columns returns the names of the columns in order.
func (t *Table) Columns() []string {
	names := make([]string, len(t.cols))
	for i := range t.cols {
		names[i] = t.cols[i].name
	}
	return names
}

// Value returns one cell as text, NullLabel for a null. Row and column count from 0.
func (t *Table) Value(row, col int) string {
	c := &t.cols[col]
	return c.values[c.codes[row]]
}

// pick returns the places of the named columns, or why they cannot be used.
func (t *Table) pick(names []string, what yumen.Text) ([]int, error) {
	if len(names) == 0 {
		return nil, yumen.Errorf(yumen.Invalid, "no %s named", "没有指定%s", what)
	}
	var reasons []yumen.Reason
	seen := map[string]bool{}
	places := make([]int, 0, len(names))
	for _, name := range names {
		i, ok := t.at[name]
		switch {
		case !ok:
			reasons = append(reasons, yumen.Reason{Rule: "column.unknown", Place: name,
				Msg: yumen.Say("the table has no such column", "表中没有这一列")})
		case seen[name]:
			reasons = append(reasons, yumen.Reason{Rule: "column.twice", Place: name,
				Msg: yumen.Say("the column is named twice", "该列被重复指定")})
		}
		seen[name] = true
		places = append(places, i)
	}
	msg := yumen.Say("the %s cannot be used", "%s不可用", what)
	return places, yumen.Refuse(yumen.Invalid, msg, reasons)
}

var (
	quasiText     = yumen.Say("quasi-identifiers", "准标识符")
	sensitiveText = yumen.Say("sensitive attributes", "敏感属性")
)

// Builder collects rows into a Table.
type Builder struct {
	cols  []column
	index []map[string]uint32
	rows  int
}

// NewBuilder starts a table with the named columns. It fails with kind invalid if there are none, or two of one name.
func NewBuilder(names ...string) (*Builder, error) {
	if len(names) == 0 {
		return nil, yumen.Errorf(yumen.Invalid, "a table needs at least one column", "表至少要有一列")
	}
	b := &Builder{cols: make([]column, len(names)), index: make([]map[string]uint32, len(names))}
	seen := map[string]bool{}
	for i, name := range names {
		if seen[name] {
			return nil, yumen.Errorf(yumen.Invalid, "two columns have one name", "两列同名").At(name)
		}
		seen[name] = true
		b.cols[i] = column{name: name, null: -1}
		b.index[i] = map[string]uint32{}
	}
	return b, nil
}

// Add appends one row. Where null is not nil, null[i] says that cell i is null whatever text stands there. It fails with
// kind invalid on a row of another width or a cell that is not UTF-8.
func (b *Builder) Add(cells []string, null []bool) error {
	if len(cells) != len(b.cols) || null != nil && len(null) != len(cells) {
		return yumen.Errorf(yumen.Invalid, "row %d has %d cells, the table %d columns", "第 %d 行有 %d 个单元格，而表有 %d 列",
			b.rows+1, len(cells), len(b.cols))
	}
	if b.rows == math.MaxInt32 {
		return yumen.Errorf(yumen.Limit, "the table has more than %d rows", "表超过 %d 行", math.MaxInt32)
	}
	for i, s := range cells {
		if !utf8.ValidString(s) {
			return yumen.Errorf(yumen.Invalid, "row %d: the cell is not valid UTF-8", "第 %d 行：单元格不是有效的 UTF-8",
				b.rows+1).At(b.cols[i].name)
		}
	}
	for i, s := range cells {
		b.append(i, s, null != nil && null[i])
	}
	b.rows++
	return nil
}

func (b *Builder) append(i int, s string, null bool) {
	c := &b.cols[i]
	if null {
		if c.null < 0 {
			c.null = len(c.values)
			c.values = append(c.values, NullLabel)
		}
		c.codes = append(c.codes, uint32(c.null))
		return
	}
	code, ok := b.index[i][s]
	if !ok {
		code = uint32(len(c.values))
		b.index[i][s] = code
		c.values = append(c.values, s)
	}
	c.codes = append(c.codes, code)
}

// Table returns what was added. The Builder must not be used afterwards.
func (b *Builder) Table() *Table {
	t := &Table{rows: b.rows, cols: b.cols, at: make(map[string]int, len(b.cols))}
	for i := range b.cols {
		t.at[b.cols[i].name] = i
	}
	return t
}
