package technique

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// SuppressCell makes the cells null that meet one of the conditions.
type SuppressCell SuppressRecord

func (*SuppressCell) about() About {
	return About{
		Title: yumen.Text{EN: "local (cell) suppression", ZH: "局部抑制"},
		Term:  yumen.Text{EN: "suppression: local suppression", ZH: "抑制技术：局部抑制"},
		Types: "all", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "all other cells", ZH: "其余单元格"},
		Leaks: yumen.Text{EN: "that the value met the condition; totals beside it may give it back",
			ZH: "该值满足条件这一事实；并列合计可能还原"},
	}
}

func (p *SuppressCell) bind(b *Binding) (Stage, error) {
	c, err := newCondition(b, (*SuppressRecord)(p))
	if err != nil {
		return nil, err
	}
	return c.counted(&nullCells{condition: c, output: output{to: b.nullable()}}), nil
}

// nullCells suppresses single cells.
type nullCells struct {
	*condition
	output
}

func (s *nullCells) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	return replaceNamed(rec, s.to, s.columns, func(_ int, in arrow.Array) (arrow.Array, error) {
		other := func(row int) bool { return !s.rare(rec, row) && !s.met(in, row) }
		rows := slices.DeleteFunc(allRows(in.Len()), other)
		out, n, err := NullAt(rows)(mem, in)
		s.count.Add(n)
		return out, err
	})
}
