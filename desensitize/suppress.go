package desensitize

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
)

// SuppressAttribute takes the columns out of the table.
type SuppressAttribute struct{}

func (*SuppressAttribute) about() About {
	return About{
		Title: yumen.Text{EN: "attribute suppression", ZH: "属性抑制"}, Term: yumen.Text{EN: "suppression of an attribute", ZH: "抑制技术：删除属性"},
		Types: "all", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "nothing of the column", ZH: "不保留该列任何内容"},
		Leaks:     yumen.Text{EN: "only what other columns imply", ZH: "仅其他列可推知的内容"},
	}
}

func (*SuppressAttribute) bind(b *binding) (stage, error) {
	if len(b.columns) == 0 || len(b.columns) == b.schema.NumFields() {
		return nil, yumen.Errorf(yumen.KindInvalid, "name the columns to take out, and leave one", "请列出要删除的列，且至少保留一列")
	}
	s := &dropColumns{}
	for i := range b.schema.NumFields() {
		if !slices.Contains(b.columns, i) {
			s.keep = append(s.keep, i)
		}
	}
	s.to = selectFields(b.schema, s.keep)
	return s, nil
}

func selectFields(schema *arrow.Schema, keep []int) *arrow.Schema {
	fields := make([]arrow.Field, len(keep))
	for j, i := range keep {
		fields[j] = schema.Field(i)
	}
	return arrow.NewSchema(fields, nil)
}

type dropColumns struct {
	keep  []int
	to    *arrow.Schema
	count tally
}

func (s *dropColumns) schema() *arrow.Schema { return s.to }
func (s *dropColumns) tally() tally          { return s.count }

func (s *dropColumns) apply(_ allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	out := make([]arrow.Array, len(s.keep))
	for j, i := range s.keep {
		out[j] = rec.Column(i)
	}
	s.count.Cells += rec.NumRows() * (rec.NumCols() - int64(len(s.keep)))
	return array.NewRecordBatch(s.to, out, rec.NumRows()), nil
}

// SuppressRecord drops the records in which a column of the step meets one of the conditions.
type SuppressRecord struct {
	Values    []string `yaml:"values" en:"the cell is one of these" zh:"单元格为其中之一"`
	Null      bool     `yaml:"null" en:"the cell is null" zh:"单元格为空"`
	Below     *float64 `yaml:"below" en:"the number is below this" zh:"数值低于此"`
	Above     *float64 `yaml:"above" en:"the number is above this" zh:"数值高于此"`
	RarerThan int      `yaml:"rarer_than" en:"fewer records than this share the values of all the columns (two passes)" zh:"这些列取值组合的记录数少于此（须先读完整表）"`
}

// SuppressCell makes the cells null that meet one of the conditions.
type SuppressCell SuppressRecord

func (*SuppressRecord) about() About {
	return About{
		Title: yumen.Text{EN: "record suppression", ZH: "记录抑制"}, Term: yumen.Text{EN: "suppression: record suppression", ZH: "抑制技术：记录抑制"},
		Types: "all", Scope: RecordScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the other records unchanged", ZH: "其余记录不变"},
		Leaks:     yumen.Text{EN: "that records were dropped, and statistics are biased by it", ZH: "有记录被删除这一事实；统计因此有偏"},
	}
}

func (*SuppressCell) about() About {
	return About{
		Title: yumen.Text{EN: "local (cell) suppression", ZH: "局部抑制"}, Term: yumen.Text{EN: "suppression: local suppression", ZH: "抑制技术：局部抑制"},
		Types: "all", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "all other cells", ZH: "其余单元格"},
		Leaks:     yumen.Text{EN: "that the value met the condition; totals beside it may give it back", ZH: "该值满足条件这一事实；并列合计可能还原"},
	}
}

func (p *SuppressRecord) bind(b *binding) (stage, error) {
	c, err := newCondition(b, p)
	if err != nil {
		return nil, err
	}
	s := &dropRows{condition: c, to: b.schema}
	if p.RarerThan > 0 {
		return &dropRare{s, newCounts(b.columns)}, nil
	}
	return s, nil
}

func (p *SuppressCell) bind(b *binding) (stage, error) {
	c, err := newCondition(b, (*SuppressRecord)(p))
	if err != nil {
		return nil, err
	}
	s := &nullCells{condition: c, to: b.schema}
	for _, i := range b.columns {
		s.to = withField(s.to, i, b.schema.Field(i).Type)
	}
	if p.RarerThan > 0 {
		return &nullRare{s, newCounts(b.columns)}, nil
	}
	return s, nil
}

// condition tests single cells.
type condition struct {
	*SuppressRecord
	columns []int
	values  map[string]bool
}

func newCondition(b *binding, p *SuppressRecord) (*condition, error) {
	c := &condition{p, b.columns, map[string]bool{}}
	for _, v := range p.Values {
		c.values[v] = true
	}
	if len(b.columns) == 0 || len(p.Values) == 0 && !p.Null && p.Below == nil && p.Above == nil && p.RarerThan < 1 {
		return nil, yumen.Errorf(yumen.KindInvalid, "name columns and at least one condition", "请列出列并给出至少一个条件")
	}
	for _, i := range b.columns {
		if (p.Below != nil || p.Above != nil) && !b.kind(i).Numeric() {
			return nil, yumen.Errorf(yumen.KindInvalid, "below and above are for numbers", "below 与 above 用于数值").At(b.name(i))
		}
	}
	return c, nil
}

func (c *condition) met(in arrow.Array, row int, buf []byte) (bool, []byte) {
	if in.IsNull(row) {
		return c.Null, buf
	}
	if len(c.values) > 0 {
		buf = appendCell(buf[:0], in, row)
		if c.values[string(buf)] {
			return true, buf
		}
	}
	if c.Below == nil && c.Above == nil {
		return false, buf
	}
	v := number(in, row)
	return c.Below != nil && v < *c.Below || c.Above != nil && v > *c.Above, buf
}

// dropRows drops records by single cells.
type dropRows struct {
	*condition
	to    *arrow.Schema
	count tally
	rare  func(rec arrow.RecordBatch, row int) bool
}

func (s *dropRows) schema() *arrow.Schema { return s.to }
func (s *dropRows) tally() tally          { return s.count }

func (s *dropRows) apply(mem allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	var rows []int
	var buf []byte
	for row := range int(rec.NumRows()) {
		drop := s.rare != nil && s.rare(rec, row)
		for _, i := range s.columns {
			var met bool
			met, buf = s.met(rec.Column(i), row, buf)
			drop = drop || met
		}
		if !drop {
			rows = append(rows, row)
		}
	}
	s.count.Rows += rec.NumRows() - int64(len(rows))
	return takeRows(mem, rec, s.to, rows)
}

// nullCells suppresses single cells.
type nullCells struct {
	*condition
	to    *arrow.Schema
	count tally
	rare  func(rec arrow.RecordBatch, row int) bool
}

func (s *nullCells) schema() *arrow.Schema { return s.to }
func (s *nullCells) tally() tally          { return s.count }

func (s *nullCells) apply(mem allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	var buf []byte
	return replaceColumns(rec, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		if !slices.Contains(s.columns, i) {
			in.Retain()
			return in, nil
		}
		var rows []int
		for row := range in.Len() {
			met := s.rare != nil && s.rare(rec, row)
			if !met {
				met, buf = s.met(in, row, buf)
			}
			if met {
				rows = append(rows, row)
			}
		}
		out, n, err := nullAt(rows)(mem, in)
		s.count.add(n)
		return out, err
	})
}

// counts is how many records share the values of some columns. It holds every combination that occurs.
type counts struct {
	columns []int
	of      map[string]int
	buf     []byte
}

func newCounts(columns []int) *counts { return &counts{columns: columns, of: map[string]int{}} }

func (c *counts) key(rec arrow.RecordBatch, row int) []byte {
	c.buf = appendKey(c.buf[:0], rec, c.columns, row)
	return c.buf
}

func (c *counts) observe(rec arrow.RecordBatch) error {
	for row := range int(rec.NumRows()) {
		c.of[string(c.key(rec, row))]++
	}
	return nil
}

func (c *counts) rarer(k int) func(arrow.RecordBatch, int) bool {
	return func(rec arrow.RecordBatch, row int) bool { return c.of[string(c.key(rec, row))] < k }
}

type dropRare struct {
	*dropRows
	*counts
}

func (s *dropRare) finish() error { s.rare = s.rarer(s.RarerThan); return nil }

type nullRare struct {
	*nullCells
	*counts
}

func (s *nullRare) finish() error { s.rare = s.rarer(s.RarerThan); return nil }
