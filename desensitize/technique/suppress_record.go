package technique

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// SuppressRecord drops the records in which a column of the step meets one of the conditions.
type SuppressRecord struct {
	Values    []string `yaml:"values" en:"the cell is one of these" zh:"单元格为其中之一"`
	Null      bool     `yaml:"null" en:"the cell is null" zh:"单元格为空"`
	Below     *float64 `yaml:"below" en:"the number is below this" zh:"数值低于此"`
	Above     *float64 `yaml:"above" en:"the number is above this" zh:"数值高于此"`
	RarerThan int      `yaml:"rarer_than" en:"fewer records than this share the values of all the columns (two passes)" zh:"这些列取值组合的记录数少于此（须先读完整表）"`
}

func (*SuppressRecord) about() About {
	return About{
		Title: yumen.Text{EN: "record suppression", ZH: "记录抑制"},
		Term:  yumen.Text{EN: "suppression: record suppression", ZH: "抑制技术：记录抑制"},
		Types: "all", Scope: RecordScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the other records unchanged", ZH: "其余记录不变"},
		Leaks: yumen.Text{EN: "that records were dropped, and statistics are biased by it",
			ZH: "有记录被删除这一事实；统计因此有偏"},
	}
}

func (p *SuppressRecord) bind(b *Binding) (Stage, error) {
	c, err := newCondition(b, p)
	if err != nil {
		return nil, err
	}
	return c.counted(&dropRows{condition: c, output: output{to: b.Schema}}), nil
}

// dropRows drops records.
type dropRows struct {
	*condition
	output
}

func (s *dropRows) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	rows := slices.DeleteFunc(allRows(int(rec.NumRows())), func(row int) bool {
		met := func(i int) bool { return s.met(rec.Column(i), row) }
		return s.rare(rec, row) || slices.ContainsFunc(s.columns, met)
	})
	s.count.Rows += rec.NumRows() - int64(len(rows))
	return TakeRows(mem, rec, s.to, rows)
}
