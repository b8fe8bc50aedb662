package desensitize

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
	"github.com/yumen-data/yumen/desensitize/technique"
)

// modelStage holds the quasi-identifiers and sensitive columns of the whole table, dictionary-encoded.
type modelStage struct {
	m       *Model
	models  []anonymity.Model
	ctx     context.Context
	files   map[string]*anonymity.Hierarchy
	names   []string
	to      *arrow.Schema
	builder *anonymity.Builder
	table   *anonymity.Table

	levels  map[string]int
	trees   map[string]*anonymity.Hierarchy
	dropped map[int]bool
	next    int
	record  RecordModel
	count   technique.Tally
}

func (s *modelStage) Schema() *arrow.Schema  { return s.to }
func (s *modelStage) Tally() technique.Tally { return s.count }

func (s *modelStage) Observe(rec arrow.RecordBatch) error {
	if rec.NumRows() == 0 {
		return nil
	}
	return s.builder.AddBatch(rec)
}

func (s *modelStage) Finish() (err error) {
	s.table = s.builder.Table()
	s.record.Quasi = s.m.Quasi
	if s.record.Before, err = anonymity.MeasureRisk(s.table, s.m.Quasi, 0, nil); err != nil {
		return err
	}
	if len(s.m.Generalize) > 0 && s.table.Rows() > 0 {
		if err := s.search(); err != nil {
			return err
		}
	}
	return s.suppress()
}

// lastResort weighs a column that must stay as it is: every other generalization is cheaper than its loss.
const lastResort = 1e9

// search finds the levels. Quasi-identifiers without a hierarchy stay as they are.
func (s *modelStage) search() error {
	s.trees, s.levels = map[string]*anonymity.Hierarchy{}, map[string]int{}
	all, weights := map[string]*anonymity.Hierarchy{}, map[string]float64{}
	for _, g := range s.m.Generalize {
		h, err := s.tree(g)
		if err != nil {
			return err
		}
		s.trees[g.Column], all[g.Column] = h, h
	}
	for _, name := range s.m.Quasi {
		if all[name] == nil {
			h, err := treeOf(name, s.valuesOf(name), nil)
			if err != nil {
				return err
			}
			all[name], weights[name] = h, lastResort
		}
	}
	solution, err := anonymity.Optimal(s.ctx,
		anonymity.Problem{Table: s.table, Quasi: s.m.Quasi, Hierarchies: all, Models: s.models,
			Weights: weights, MaxSuppressed: s.m.Suppress})
	if err != nil {
		return err
	}
	for i, name := range solution.Quasi {
		s.levels[name] = solution.Levels[i]
		if s.trees[name] == nil && solution.Levels[i] > 0 { // a column without hierarchy had to go whole
			return s.unreached()
		}
	}
	u := solution.Utility()
	s.record.Utility, s.record.Levels = &u, s.levels
	return nil
}

func (s *modelStage) tree(g ModelLevel) (*anonymity.Hierarchy, error) {
	if h := s.files[g.Hierarchy]; h != nil {
		return h, nil
	}
	return treeOf(g.Column, s.valuesOf(g.Column), technique.Levels(g.Hierarchy))
}

func (s *modelStage) valuesOf(name string) []string {
	seen := map[string]bool{}
	var out []string
	col := slices.Index(s.names, name)
	for row := range s.table.Rows() {
		if v := s.table.Value(row, col); !seen[v] && v != anonymity.NullLabel {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// treeOf writes the hierarchy of the values of a column and reads it as a file would be.
func treeOf(name string, values []string, levels []technique.TextFunc) (*anonymity.Hierarchy, error) {
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	var b strings.Builder
	for _, v := range values {
		if strings.ContainsAny(v, "\r\n") {
			return nil, yumen.Errorf(yumen.KindFailed, "values with line breaks cannot be generalized",
				"含换行的取值无法泛化").At(name)
		}
		b.WriteString(quote(v))
		for _, f := range levels {
			label, ok := f(nil, v)
			if !ok {
				label = []byte(anonymity.Suppressed)
			}
			b.WriteString(";" + quote(string(label)))
		}
		b.WriteString(";" + anonymity.Suppressed + "\n")
	}
	if b.Len() == 0 { // nothing but nulls
		b.WriteString(quote("") + strings.Repeat(";"+anonymity.Suppressed, len(levels)+1) + "\n")
	}
	return anonymity.ReadHierarchy(name, strings.NewReader(b.String()))
}

// label returns what a value of a column becomes, and whether it is null.
func (s *modelStage) label(column, value string, null bool) (string, bool) {
	h := s.trees[column]
	switch {
	case h == nil:
		return value, null
	case null:
		return anonymity.Suppressed, s.levels[column] < h.Levels()-1
	}
	label, ok := h.Generalize(value, s.levels[column])
	if !ok { // Optimal has refused such values; should one be left, it is hidden
		label = anonymity.Suppressed
	}
	return label, false
}

// suppress drops the records that fail, again where that changes what others are measured against.
func (s *modelStage) suppress() error {
	for {
		t, rows, err := s.remaining()
		if err != nil {
			return err
		}
		failing, err := anonymity.Failing(t, s.m.Quasi, s.models)
		if err != nil {
			return err
		}
		failed := false
		for i, f := range failing {
			if f {
				failed = true
				s.dropped[rows[i]] = true
			}
		}
		if len(s.dropped) > int(math.Floor(s.m.Suppress*float64(s.table.Rows()))) {
			return s.unreached()
		}
		if !failed {
			s.record.Dropped = int64(len(s.dropped))
			if s.record.Results, err = anonymity.Measure(t, s.m.Quasi, s.models, nil); err != nil {
				return err
			}
			s.record.After, err = anonymity.MeasureRisk(t, s.m.Quasi, 0, nil)
			return err
		}
	}
}

func (s *modelStage) unreached() error {
	return yumen.Errorf(yumen.KindFailed, "the model is not reached: more records fail than may be dropped",
		"未达到模型：不合格记录多于可删除的上限").
		ToFix("generalize further, choose a weaker model, or raise suppress", "请进一步泛化、放宽模型，或提高 suppress")
}

// remaining returns the table as it would leave, and the rows it has.
func (s *modelStage) remaining() (*anonymity.Table, []int, error) {
	b, err := anonymity.NewBuilder(s.names...)
	if err != nil {
		return nil, nil, err
	}
	var rows []int
	cells, null := make([]string, len(s.names)), make([]bool, len(s.names))
	for row := range s.table.Rows() {
		if s.dropped[row] {
			continue
		}
		for c, name := range s.names {
			v := s.table.Value(row, c)
			cells[c], null[c] = s.label(name, v, v == anonymity.NullLabel)
		}
		if err := b.Add(cells, null); err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return b.Table(), rows, nil
}

func (s *modelStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	var keep []int
	for row := range int(rec.NumRows()) {
		if !s.dropped[s.next+row] {
			keep = append(keep, row)
		}
	}
	s.next += int(rec.NumRows())
	s.count.Rows += rec.NumRows() - int64(len(keep))
	kept, err := technique.TakeRows(mem, rec, rec.Schema(), keep)
	if err != nil {
		return nil, err
	}
	defer kept.Release()
	return technique.ReplaceColumns(kept, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		name := rec.ColumnName(i)
		if !slices.ContainsFunc(s.m.Generalize, func(g ModelLevel) bool { return g.Column == name }) {
			return nil, nil
		}
		label := func(v string, null bool) (string, bool) { return s.label(name, v, null) }
		out, n, err := technique.Relabel(mem, in, label)
		s.count.Add(n)
		return out, err
	})
}
