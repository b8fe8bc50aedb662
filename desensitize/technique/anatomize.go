package technique

import (
	"cmp"
	"container/heap"
	"errors"
	"io"
	"maps"
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// Anatomize takes the sensitive column, the one column of the step, out of the table and puts it into a second table,
// joined by a number of a group in which its values differ (Xiao and Tao 2006): no record can be joined to its value
// with more than one chance in l. The second table is written to the side output "sensitive" with the columns _group,
// the value, and count.
type Anatomize struct {
	L int `yaml:"l" en:"least number of different values in a group, from 2" zh:"组内不同取值的最少个数，不小于 2"`
}

// GroupColumn is the column that joins the two tables of Anatomize.
const GroupColumn = "_group"

// SideSensitive names the second table of Anatomize for Options.Side.
const SideSensitive = "sensitive"

func (*Anatomize) about() About {
	return About{
		Title: yumen.Text{EN: "anatomization", ZH: "解构（分表）"},
		Term:  yumen.Text{EN: "anatomization", ZH: "解构（anatomization）"},
		Types: "all", Scope: ColumnScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "quasi-identifiers and sensitive values unchanged, each in its table",
			ZH: "准标识符与敏感值各在其表中保持不变"},
		Leaks: yumen.Text{EN: "who is in the table; a value of a known record with chance 1/l, more with background knowledge", ZH: "谁在表中；已知记录的取值以 1/l 概率被猜中，有背景知识则更高"},
	}
}

func (p *Anatomize) bind(b *Binding) (Stage, error) {
	if p.L < 2 || len(b.Columns) != 1 || b.Schema.NumFields() < 2 || b.Schema.HasField(GroupColumn) {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"name one sensitive column among others, l from 2; no column may be called %s",
			"请在多列中指定一个敏感列，l 不小于 2；列名不得为 %s", GroupColumn)
	}
	if b.Env.Side == nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "a second table needs a side output of the run", "分表需要运行提供附加输出")
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	s := &anatomyStage{l: p.L, column: b.Columns[0], env: b.Env, random: random, index: numbering{}}
	s.field = b.Schema.Field(s.column)
	s.keep = b.otherColumns()
	group := arrow.Field{Name: GroupColumn, Type: arrow.PrimitiveTypes.Int64}
	s.to = arrow.NewSchema(append(selectFields(b.Schema, s.keep).Fields(), group), nil)
	return s, nil
}

type anatomyStage struct {
	output
	l      int
	column int
	keep   []int
	field  arrow.Field
	env    *Env
	random *randv2.Rand
	index  numbering
	values []string // by number; the key form, in which null is a value of its own
	of     []int    // row → number of its value
	groups []int    // row → group
	next   int
}

func (s *anatomyStage) Observe(rec arrow.RecordBatch) error {
	var key []byte
	for row := range int(rec.NumRows()) {
		key = appendKeyCell(key[:0], rec.Column(s.column), row)
		n := s.index.of(string(key))
		if n == len(s.values) {
			s.values = append(s.values, string(key))
		}
		s.of = append(s.of, n)
	}
	return nil
}

func (s *anatomyStage) Finish() (err error) {
	s.groups, err = anatomy(s.of, len(s.values), s.l, s.random)
	return err
}

func (s *anatomyStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	b := array.NewInt64Builder(mem)
	defer b.Release()
	for row := range int(rec.NumRows()) {
		b.Append(int64(s.groups[s.next+row]))
	}
	s.next += int(rec.NumRows())
	s.count.Cells += rec.NumRows()
	group := b.NewArray()
	defer group.Release()
	return array.NewRecordBatch(s.to, append(selectColumns(rec, s.keep), group), rec.NumRows()), nil
}

// settle writes the second table, ordered by group and value, so that its order says nothing of the first.
func (s *anatomyStage) Settle() error {
	out, err := s.env.Side(SideSensitive)
	if err != nil {
		return err
	}
	type entry struct{ group, value int }
	n := map[entry]int64{}
	for row, g := range s.groups {
		n[entry{g, s.of[row]}]++
	}
	entries := slices.SortedFunc(maps.Keys(n), func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(s.values[a.value], s.values[b.value]))
	})
	t, _ := arrowio.TypeOf(s.field.Type)
	value, err := arrowio.NewAppender(t)
	if err != nil {
		return err
	}
	group, count := array.NewInt64Builder(s.env.Memory), array.NewInt64Builder(s.env.Memory)
	defer group.Release()
	defer count.Release()
	for _, e := range entries {
		group.Append(int64(e.group))
		count.Append(n[e])
		if key := s.values[e.value]; key[0] == 0 {
			value.Null()
		} else if !value.Append(key[5:]) {
			return yumen.Errorf(yumen.KindFailed, "a sensitive value cannot be written to the second table",
				"敏感值无法写入第二张表")
		}
	}
	return writeSide(out, s.field, group.NewArray(), value.Builder().NewArray(), count.NewArray())
}

// anatomy gives every row a group such that no group has a value twice, each has l or more, and which rows meet is
// random.
func anatomy(of []int, values, l int, random *randv2.Rand) ([]int, error) {
	buckets := make(bucketHeap, values)
	for row, v := range of {
		buckets[v] = append(buckets[v], row)
	}
	for _, b := range buckets {
		if len(b)*l > len(of) {
			return nil, yumen.Errorf(yumen.KindFailed, "one sensitive value makes up more than 1/%d of the records",
				"某一敏感值占记录数超过 1/%d", l).
				ToFix("choose a smaller l, or suppress records", "请减小 l，或先抑制部分记录")
		}
		random.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	}
	heap.Init(&buckets)
	groups := make([]int, len(of))
	var has []map[int]bool // group → its values
	for len(buckets) >= l {
		taken := make([][]int, l)
		in := map[int]bool{}
		for i := range taken {
			b := heap.Pop(&buckets).([]int)
			row := b[len(b)-1]
			groups[row] = len(has)
			in[of[row]] = true
			taken[i] = b[:len(b)-1]
		}
		for _, b := range taken {
			if len(b) > 0 {
				heap.Push(&buckets, b)
			}
		}
		has = append(has, in)
	}
	// What is left, one row of fewer than l values, joins groups that lack its value.
	for _, b := range buckets {
		for _, row := range b {
			start := random.IntN(len(has))
			for i := range has {
				if g := (start + i) % len(has); !has[g][of[row]] {
					groups[row], has[g][of[row]] = g, true
					break
				}
				if i == len(has)-1 {
					return nil, yumen.Errorf(yumen.KindInternal, "a record found no group", "有记录未能入组")
				}
			}
		}
	}
	return groups, nil
}

// bucketHeap has the largest bucket on top.
type bucketHeap [][]int

func (h bucketHeap) Len() int           { return len(h) }
func (h bucketHeap) Less(i, j int) bool { return len(h[i]) > len(h[j]) }
func (h bucketHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *bucketHeap) Push(b any)        { *h = append(*h, b.([]int)) }
func (h *bucketHeap) Pop() any {
	b := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return b
}

// writeSide writes a table of group, value and count as an Arrow IPC stream.
func writeSide(out io.Writer, field arrow.Field, columns ...arrow.Array) error {
	schema := arrow.NewSchema([]arrow.Field{{Name: GroupColumn, Type: arrow.PrimitiveTypes.Int64},
		{Name: field.Name, Type: field.Type, Nullable: true}, {Name: "count", Type: arrow.PrimitiveTypes.Int64}}, nil)
	rec := array.NewRecordBatch(schema, columns, int64(columns[0].Len()))
	defer rec.Release()
	for _, c := range columns {
		c.Release()
	}
	w := arrowio.NewWriter(out, schema, 0)
	if err := errors.Join(w.Write(rec), w.Close()); err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "the second table cannot be written", "第二张表无法写出").Because(err)
	}
	return nil
}
