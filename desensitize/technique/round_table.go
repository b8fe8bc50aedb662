package technique

import (
	"math"
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// RoundTable rounds a table of counts so that it still adds up: controlled rounding. Each cell and each total goes to
// one of the two multiples of the base next to it, with probabilities that keep its expected value, and totals are
// those of the rounded cells. The table stands in the columns as one record per cell.
type RoundTable struct {
	By    []string `yaml:"by" en:"the one or two columns that spread the table" zh:"构成表的一个或两个维度列"`
	Base  int64    `yaml:"base" en:"from 2 to 10^9" zh:"2 到 10^9"`
	Total string   `yaml:"total" en:"the value of a by column that marks totals, such as 合计; none if absent" zh:"维度列中表示合计的取值，如“合计”；缺省为没有合计行"`
}

func (*RoundTable) about() About {
	return About{
		Title: yumen.Text{EN: "controlled rounding of a table", ZH: "受控取整（汇总表）"},
		Term:  yumen.Text{EN: "generalization: controlled rounding", ZH: "泛化技术：受控取整"},
		Types: "integer", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "additivity, every cell and total within one base, expected values",
			ZH: "可加性；单元格与合计偏差小于一个基数；期望值"},
		Leaks: yumen.Text{EN: "multiples of the base stay exact; an interval of two bases otherwise",
			ZH: "恰为基数倍数者不变；其余可知两个基数宽的区间"},
	}
}

func (p *RoundTable) bind(b *Binding) (Stage, error) {
	if p.Base < 2 || p.Base > maxTableBase || len(p.By) < 1 || len(p.By) > 2 || len(b.Columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"name columns, one or two columns under by, and a base from 2 to 10^9",
			"请列出列、一至两个 by 列，以及 2 到 10^9 的 base").
			ToFix("a table of more dimensions is rounded slice by slice", "更高维的表请按切片取整")
	}
	var by []int
	for _, name := range p.By {
		i, err := b.Column(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(b.Columns, i) || slices.Contains(by, i) {
			return nil, yumen.Errorf(yumen.KindInvalid, "a column is dimension and count at once",
				"同一列不能既为维度又为计数").At(name)
		}
		by = append(by, i)
	}
	if err := b.takes(func(t yumen.Type) bool { return t == yumen.TypeInteger }); err != nil {
		return nil, err
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	return &tableStage{p: p, output: output{to: b.nullable()}, by: by, columns: b.Columns, random: random,
		values: make([][]int64, len(b.Columns))}, nil
}

const maxTableBase = 1_000_000_000

// tableStage holds the table: for each record its place, for each column its counts.
type tableStage struct {
	output
	p       *RoundTable
	by      []int
	columns []int
	random  *randv2.Rand
	keys    [2][]string
	values  [][]int64
	next    int
}

func (s *tableStage) Observe(rec arrow.RecordBatch) error {
	for row := range int(rec.NumRows()) {
		for d := range s.keys {
			key := ""
			if d < len(s.by) {
				if rec.Column(s.by[d]).IsNull(row) {
					return tableError("a null among the dimensions", "维度列中有空值")
				}
				key = string(arrowio.AppendCell(nil, rec.Column(s.by[d]), row))
			}
			s.keys[d] = append(s.keys[d], key)
		}
		for c, i := range s.columns {
			a := rec.Column(i).(*array.Int64)
			if a.IsNull(row) {
				return tableError("a null among the counts", "计数列中有空值")
			}
			v := a.Value(row)
			if v > math.MaxInt64/4 || v < math.MinInt64/4 {
				return tableError("a count out of range", "计数超出范围")
			}
			s.values[c] = append(s.values[c], v)
		}
	}
	return nil
}

func tableError(en, zh string) error {
	return yumen.Errorf(yumen.KindFailed, "the table cannot be rounded: "+en, "该表无法受控取整："+zh)
}

func (s *tableStage) Finish() error {
	rows, cols := newLabels(s.keys[0], s.p.Total), newLabels(s.keys[1], s.p.Total)
	at := make([][]int, rows.n) // the record of each cell, −1 where there is none
	for i := range at {
		at[i] = slices.Repeat([]int{-1}, cols.n)
	}
	for r := range s.keys[0] {
		i, j := rows.of[r], cols.of[r]
		if i < 0 || j < 0 {
			continue
		}
		if at[i][j] >= 0 {
			return tableError("two records for one cell", "同一单元格有两条记录")
		}
		at[i][j] = r
	}
	for c := range s.values {
		s.values[c] = s.roundOne(s.values[c], at, rows.of, cols.of)
	}
	return nil
}

// labels numbers the values of a dimension; a total has number −1.
type labels struct {
	n  int
	of []int // record → number
}

func newLabels(keys []string, total string) labels {
	of, index := make([]int, len(keys)), numbering{}
	for r, k := range keys {
		if of[r] = -1; total == "" || k != total {
			of[r] = index.of(k)
		}
	}
	return labels{len(index), of}
}

// roundOne rounds one column of counts and computes its totals anew.
func (s *tableStage) roundOne(values []int64, at [][]int, rowOf, colOf []int) []int64 {
	cells := make([][]int64, len(at))
	for i := range at {
		cells[i] = make([]int64, len(at[i]))
		for j, r := range at[i] {
			if r >= 0 {
				cells[i][j] = values[r]
			}
		}
	}
	controlledRound(cells, s.p.Base, s.random)
	byRow, byCol, all := sums(cells)
	out := make([]int64, len(values))
	for r := range out {
		switch i, j := rowOf[r], colOf[r]; {
		case i >= 0 && j >= 0:
			out[r] = cells[i][j]
		case i >= 0:
			out[r] = byRow[i]
		case j >= 0:
			out[r] = byCol[j]
		default:
			out[r] = all
		}
	}
	return out
}

// sums returns the sums of rows, of columns, and of all.
func sums(cells [][]int64) (byRow, byCol []int64, all int64) {
	byRow = make([]int64, len(cells))
	for i := range cells {
		if byCol == nil {
			byCol = make([]int64, len(cells[i]))
		}
		for j, v := range cells[i] {
			byRow[i], byCol[j], all = byRow[i]+v, byCol[j]+v, all+v
		}
	}
	return byRow, byCol, all
}

func (s *tableStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	n := int(rec.NumRows())
	defer func() { s.next += n }()
	return replaceNamed(rec, s.to, s.columns, func(c int, in arrow.Array) (arrow.Array, error) {
		row := s.next
		out, count, err := each(func(int64) int64 { row++; return s.values[c][row-1] })(mem, in)
		s.count.Add(count)
		return out, err
	})
}
