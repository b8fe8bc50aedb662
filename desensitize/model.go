package desensitize

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
)

// Model is the anonymity model that the table has to reach after the steps, on its quasi-identifiers. Columns named under
// generalize are generalized as little as will do (the optimal full-domain generalization, see package anonymity) and become
// text; records that still fail are dropped, up to the limit. Where that is not enough the run fails.
type Model struct {
	Quasi      []string     `yaml:"quasi"`
	K          int          `yaml:"k"`           // k-anonymity
	Diversity  *Diversity   `yaml:"l_diversity"` // distinct, entropy or recursive
	Closeness  *Closeness   `yaml:"t_closeness"`
	Suppress   float64      `yaml:"suppress"` // greatest share of records dropped, 0 to 1. Defaults to 0
	Generalize []ModelLevel `yaml:"generalize"`
}

// Diversity is l-diversity of a sensitive column.
type Diversity struct {
	Column string  `yaml:"column"`
	Kind   string  `yaml:"kind"` // distinct (the default), entropy, recursive
	L      float64 `yaml:"l"`
	C      float64 `yaml:"c"` // recursive only
}

// Closeness is t-closeness of a sensitive column.
type Closeness struct {
	Column  string  `yaml:"column"`
	T       float64 `yaml:"t"`
	Ordered bool    `yaml:"ordered"` // distance by order of numbers instead of equal distance
}

// ModelLevel names the hierarchy of a quasi-identifier: region, age, date (month, quarter, year), or a hierarchy given to the run.
type ModelLevel struct {
	Column    string `yaml:"column"`
	Hierarchy string `yaml:"hierarchy"`
}

// RecordModel is what a run says of the model it reached.
type RecordModel struct {
	Quasi   []string                `json:"quasi"`
	Levels  map[string]int          `json:"levels,omitempty"` // of generalized columns
	Results []anonymity.ModelResult `json:"results"`
	Before  *anonymity.Risk         `json:"before"` // after the steps, before generalization and suppression
	After   *anonymity.Risk         `json:"after"`
	Utility *anonymity.Utility      `json:"utility,omitempty"` // where columns were generalized
	Dropped int64                   `json:"dropped"`           // records
}

// models returns the model as package anonymity has it.
func (m *Model) models() ([]anonymity.Model, error) {
	var out []anonymity.Model
	if m.K > 0 {
		out = append(out, anonymity.KAnonymity{K: m.K})
	}
	if d := m.Diversity; d != nil {
		switch d.Kind {
		case "", "distinct":
			out = append(out, anonymity.DistinctLDiversity{Attribute: d.Column, L: int(d.L)})
		case "entropy":
			out = append(out, anonymity.EntropyLDiversity{Attribute: d.Column, L: d.L})
		case "recursive":
			out = append(out, anonymity.RecursiveLDiversity{Attribute: d.Column, C: d.C, L: int(d.L)})
		default:
			return nil, yumen.Errorf(yumen.Invalid, "the kind of l-diversity is distinct, entropy or recursive", "l_diversity 的 kind 为 distinct、entropy 或 recursive")
		}
	}
	if c := m.Closeness; c != nil {
		out = append(out, anonymity.TCloseness{Attribute: c.Column, T: c.T, Ordered: c.Ordered})
	}
	if len(out) == 0 || len(m.Quasi) == 0 || !(m.Suppress >= 0 && m.Suppress <= 1) {
		return nil, yumen.Errorf(yumen.Invalid, "a model names quasi-identifiers and at least one of k, l_diversity, t_closeness; suppress is a share", "model 须列出 quasi，并至少给出 k、l_diversity、t_closeness 之一；suppress 为比例")
	}
	return out, nil
}

// bind makes the stage that reaches the model.
func (m *Model) bind(b *binding) (*modelStage, error) {
	models, err := m.models()
	if err != nil {
		return nil, err
	}
	s := &modelStage{m: m, models: models, ctx: b.ctx, files: b.run.opts.Hierarchies, to: b.schema, dropped: map[int]bool{}}
	names := slices.Clone(m.Quasi)
	if m.Diversity != nil {
		names = append(names, m.Diversity.Column)
	}
	if m.Closeness != nil && (m.Diversity == nil || m.Closeness.Column != m.Diversity.Column) {
		names = append(names, m.Closeness.Column)
	}
	var bad reasons
	for _, name := range names {
		if _, err := b.column(name); err != nil {
			bad.addError("model.column", name, err)
		}
	}
	for _, g := range m.Generalize {
		i, err := b.column(g.Column)
		switch {
		case err != nil || !slices.Contains(m.Quasi, g.Column):
			bad.add("model.generalize", g.Column, "this is no quasi-identifier of the model", "这不是模型的准标识符")
		case builtinHierarchies[g.Hierarchy] == nil && s.files[g.Hierarchy] == nil:
			bad.add("model.generalize", g.Hierarchy, "no hierarchy of this name is given", "未提供此名称的层级")
		default:
			s.to = withField(s.to, i, arrow.BinaryTypes.String)
		}
	}
	if err := bad.refuse("the model does not fit the table", "模型与表不符"); err != nil {
		return nil, err
	}
	s.names = names
	s.builder, err = anonymity.NewBuilder(names...)
	return s, err
}

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
	count   tally
}

func (s *modelStage) schema() *arrow.Schema { return s.to }
func (s *modelStage) tally() tally          { return s.count }

func (s *modelStage) observe(rec arrow.RecordBatch) error {
	if rec.NumRows() == 0 {
		return nil
	}
	return s.builder.AddBatch(rec)
}

func (s *modelStage) finish() (err error) {
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

// search finds the levels. Quasi-identifiers without a hierarchy stay as they are.
func (s *modelStage) search() error {
	s.trees, s.levels = map[string]*anonymity.Hierarchy{}, map[string]int{}
	all := map[string]*anonymity.Hierarchy{}
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
			all[name] = h
		}
	}
	solution, err := anonymity.Optimal(s.ctx, anonymity.Problem{Table: s.table, Quasi: s.m.Quasi, Hierarchies: all, Models: s.models, MaxSuppressed: s.m.Suppress})
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
	return treeOf(g.Column, s.valuesOf(g.Column), builtinHierarchies[g.Hierarchy])
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

// builtinHierarchies generalize a value to each level between itself and the top; a value that does not fit goes to the top.
var builtinHierarchies = map[string][]textFunc{
	"region": {regionText(4), regionText(2)},
	"age":    {ageText(5), ageText(10), ageText(20)},
	"date":   {dateText("month"), dateText("quarter"), dateText("year")},
}

func ageText(width int) textFunc {
	return func(dst []byte, s string) ([]byte, bool) {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return dst, false
		}
		return appendAge(dst, v, width)
	}
}

// treeOf writes the hierarchy of the values of a column and reads it as a file would be.
func treeOf(name string, values []string, levels []textFunc) (*anonymity.Hierarchy, error) {
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	var b strings.Builder
	for _, v := range values {
		if strings.ContainsAny(v, "\r\n") {
			return nil, yumen.Errorf(yumen.Failed, "values with line breaks cannot be generalized", "含换行的取值无法泛化").At(name)
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
	return yumen.Errorf(yumen.Failed, "the model is not reached: more records fail than may be dropped", "未达到模型：不合格记录多于可删除的上限").
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

func (s *modelStage) apply(mem allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	var keep []int
	for row := range int(rec.NumRows()) {
		if !s.dropped[s.next+row] {
			keep = append(keep, row)
		}
	}
	s.next += int(rec.NumRows())
	s.count.Rows += rec.NumRows() - int64(len(keep))
	kept, err := takeRows(mem, rec, rec.Schema(), keep)
	if err != nil {
		return nil, err
	}
	defer kept.Release()
	return replaceColumns(kept, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		name := rec.ColumnName(i)
		if !slices.ContainsFunc(s.m.Generalize, func(g ModelLevel) bool { return g.Column == name }) {
			in.Retain()
			return in, nil
		}
		out, n, err := labelled(mem, in, func(v string, null bool) (string, bool) { return s.label(name, v, null) })
		s.count.add(n)
		return out, err
	})
}
