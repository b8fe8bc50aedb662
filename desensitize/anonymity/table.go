package anonymity

import (
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
		return nil, yumen.Errorf(yumen.KindInvalid, "no %s named", "没有指定%s", what)
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
	return places, yumen.Refuse(yumen.KindInvalid, msg, reasons)
}

var (
	quasiText     = yumen.Say("quasi-identifiers", "准标识符")
	sensitiveText = yumen.Say("sensitive attributes", "敏感属性")
)
