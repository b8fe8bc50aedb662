package query

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// defaultGroups is how many groups there may be where the contract's risk appetite does not say.
const defaultGroups = 5000

// domain is the set of values that a key can take, written as the catalog writes them; known is false where it is not public.
type domain struct {
	values []string
	null   bool
	known  bool
}

// key takes a group key in.
func (p *private) key(e *expr) {
	k := &privateKey{expr: e}
	if !e.reads() {
		k.at = -1
	}
	k.dom = p.domain(e)
	p.keys = append(p.keys, k)
}

func (k *privateKey) spec() task.GroupKey {
	g := task.GroupKey{Type: k.expr.typ.name()}
	if k.dom.known {
		g.Domain, g.Null = k.dom.values, k.dom.null
	}
	return g
}

// settleDomains makes all keys private where one is, where there are too many groups to answer each, or where nothing is
// asked of the groups but which there are.
func (p *private) settleDomains() {
	if len(p.measures) == 0 {
		p.measures = append(p.measures, &privateMeasure{fn: task.MeasureUnits})
	}
	most := int(p.scope.Risk.MaxRows)
	if most <= 0 {
		most = defaultGroups
	}
	if n := p.groups(); n > 0 && n <= most && len(p.b.aggs) > 0 {
		return
	}
	for _, k := range p.keys {
		k.dom = domain{}
	}
}

// groups is how many groups there are, 0 where that is not public.
func (p *private) groups() int {
	n := 1
	for _, k := range p.keys {
		if k.at < 0 {
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

// view shows columns of a dataset.
func view(d yumen.Dataset, used map[string]bool) task.View {
	v := task.View{Name: d.Name, Input: d.Name, Columns: []task.ViewColumn{}}
	for _, c := range d.Columns {
		switch {
		case !used[c.Name]:
		case !d.Unit.ByRow() && c.Name == d.Unit.Column:
			v.Columns = append(v.Columns, task.ViewColumn{Name: c.Name, From: yumen.UnitColumn, Type: yumen.TypeInteger})
		default:
			v.Columns = append(v.Columns, task.ViewColumn{Name: c.Name, From: c.Name, Type: c.Type})
		}
	}
	return v
}
