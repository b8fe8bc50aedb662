package technique

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// condition tests rows and single cells.
type condition struct {
	*SuppressRecord
	columns []int
	values  map[string]bool
	shared  map[string]int // records by the values of the columns, where RarerThan asks: every combination there is
	buf     []byte
}

func newCondition(b *Binding, p *SuppressRecord) (*condition, error) {
	c := &condition{SuppressRecord: p, columns: b.Columns, values: map[string]bool{}, shared: map[string]int{}}
	for _, v := range p.Values {
		c.values[v] = true
	}
	if len(b.Columns) == 0 || len(p.Values) == 0 && !p.Null && p.Below == nil && p.Above == nil && p.RarerThan < 1 {
		return nil, yumen.Errorf(yumen.KindInvalid, "name columns and at least one condition", "请列出列并给出至少一个条件")
	}
	for _, i := range b.Columns {
		if (p.Below != nil || p.Above != nil) && !b.kind(i).Numeric() {
			return nil, yumen.Errorf(yumen.KindInvalid, "below and above are for numbers",
				"below 与 above 用于数值").At(b.name(i))
		}
	}
	return c, nil
}

// met reports whether a cell meets a condition on single cells.
func (c *condition) met(in arrow.Array, row int) bool {
	if in.IsNull(row) {
		return c.Null
	}
	if len(c.values) > 0 {
		c.buf = arrowio.AppendCell(c.buf[:0], in, row)
		if c.values[string(c.buf)] {
			return true
		}
	}
	if c.Below == nil && c.Above == nil {
		return false
	}
	v := number(in, row)
	return c.Below != nil && v < *c.Below || c.Above != nil && v > *c.Above
}

func (c *condition) key(rec arrow.RecordBatch, row int) []byte {
	c.buf = appendKey(c.buf[:0], rec, c.columns, row)
	return c.buf
}

// rare reports whether too few records share the values of the row.
func (c *condition) rare(rec arrow.RecordBatch, row int) bool {
	return c.RarerThan > 0 && c.shared[string(c.key(rec, row))] < c.RarerThan
}

// counted returns the stage, as a watcher that counts first where the condition is about how many records share values.
func (c *condition) counted(s Stage) Stage {
	if c.RarerThan > 0 {
		return &rareStage{s, c}
	}
	return s
}

type rareStage struct {
	Stage
	condition *condition
}

func (s *rareStage) Observe(rec arrow.RecordBatch) error {
	for row := range int(rec.NumRows()) {
		s.condition.shared[string(s.condition.key(rec, row))]++
	}
	return nil
}

func (s *rareStage) Finish() error { return nil }
