package cells

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/plan"
)

// defaultGroups is how many groups there may be where the contract's risk appetite does not say.
const defaultGroups = 5000

// domain is the set of values that a key can take, written as the catalog writes them; known is false where it is not
// public.
type domain struct {
	values []string
	null   bool
	known  bool
}

// key takes a group key in.
func (p *Question) key(e *plan.Expr) {
	k := &QuestionKey{Expr: e}
	if !e.Reads() {
		k.At = -1
	}
	k.dom = p.domain(e)
	p.Keys = append(p.Keys, k)
}

// Spec is the key as the question states it.
func (k *QuestionKey) Spec() task.GroupKey {
	g := task.GroupKey{Type: k.Expr.Type.Name()}
	if k.dom.known {
		g.Domain, g.Null = k.dom.values, k.dom.null
	}
	return g
}

// settleDomains makes all keys private where one is, where there are too many groups to answer each, or where nothing
// is asked of the groups but which there are.
func (p *Question) settleDomains() {
	if len(p.Measures) == 0 {
		p.Measures = append(p.Measures, &QuestionMeasure{Fn: task.MeasureUnits})
	}
	most := int(p.Scope.Risk.MaxRows)
	if most <= 0 {
		most = defaultGroups
	}
	if n := p.groups(); n > 0 && n <= most && len(p.Block.Aggs) > 0 {
		return
	}
	for _, k := range p.Keys {
		k.dom = domain{}
	}
}

// groups is how many groups there are, 0 where that is not public.
func (p *Question) groups() int {
	n := 1
	for _, k := range p.Keys {
		if k.At < 0 {
			continue
		}
		size := len(k.dom.values)
		if k.dom.null {
			size++
		}
		if !k.dom.known || size == 0 || n > 1<<30/size {
			return 0
		}
		n *= size
	}
	return n
}

// View shows columns of a dataset.
func View(d yumen.Dataset, used map[string]bool) task.View {
	v := task.View{Name: d.Name, Input: d.Name, Columns: []task.ViewColumn{}}
	for _, c := range d.Columns {
		switch {
		case !used[c.Name]:
		case !d.Unit.ByRow() && c.Name == d.Unit.Column:
			v.Columns = append(v.Columns,
				task.ViewColumn{Name: c.Name, From: yumen.UnitColumn, Type: yumen.TypeInteger})
		default:
			v.Columns = append(v.Columns, task.ViewColumn{Name: c.Name, From: c.Name, Type: c.Type})
		}
	}
	return v
}
