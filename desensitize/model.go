package desensitize

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
	"github.com/yumen-data/yumen/desensitize/technique"
)

// Model is the anonymity model that the table has to reach after the steps, on its quasi-identifiers. Columns named
// under generalize are generalized as little as will do (the optimal full-domain generalization, see package anonymity)
// and become text; records that still fail are dropped, up to the limit. Where that is not enough the run fails.
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

// ModelLevel names the hierarchy of a quasi-identifier: region, age, date (month, quarter, year), or a hierarchy given
// to the run.
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
			return nil, yumen.Errorf(yumen.KindInvalid, "the kind of l-diversity is distinct, entropy or recursive",
				"l_diversity 的 kind 为 distinct、entropy 或 recursive")
		}
	}
	if c := m.Closeness; c != nil {
		out = append(out, anonymity.TCloseness{Attribute: c.Column, T: c.T, Ordered: c.Ordered})
	}
	if len(out) == 0 || len(m.Quasi) == 0 || !(m.Suppress >= 0 && m.Suppress <= 1) {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"a model names quasi-identifiers and at least one of k, l_diversity, t_closeness; suppress is a share",
			"model 须列出 quasi，并至少给出 k、l_diversity、t_closeness 之一；suppress 为比例")
	}
	return out, nil
}

// bind makes the stage that reaches the model.
func (m *Model) bind(b *technique.Binding) (*modelStage, error) {
	models, err := m.models()
	if err != nil {
		return nil, err
	}
	s := &modelStage{m: m, models: models, ctx: b.Context, files: b.Env.Hierarchies, to: b.Schema,
		dropped: map[int]bool{}}
	names := slices.Clone(m.Quasi)
	if m.Diversity != nil {
		names = append(names, m.Diversity.Column)
	}
	if m.Closeness != nil && (m.Diversity == nil || m.Closeness.Column != m.Diversity.Column) {
		names = append(names, m.Closeness.Column)
	}
	var bad technique.Reasons
	for _, name := range names {
		if _, err := b.Column(name); err != nil {
			bad.AddError("model.column", name, err)
		}
	}
	for _, g := range m.Generalize {
		i, err := b.Column(g.Column)
		switch {
		case err != nil || !slices.Contains(m.Quasi, g.Column):
			bad.Add("model.generalize", g.Column, "this is no quasi-identifier of the model", "这不是模型的准标识符")
		case technique.Levels(g.Hierarchy) == nil && s.files[g.Hierarchy] == nil:
			bad.Add("model.generalize", g.Hierarchy, "no hierarchy of this name is given", "未提供此名称的层级")
		default:
			s.to = technique.WithField(s.to, i, arrow.BinaryTypes.String)
		}
	}
	if err := bad.Refuse("the model does not fit the table", "模型与表不符"); err != nil {
		return nil, err
	}
	s.names = names
	s.builder, err = anonymity.NewBuilder(names...)
	return s, err
}
