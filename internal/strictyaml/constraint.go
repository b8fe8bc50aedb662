package strictyaml

import (
	"reflect"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	"github.com/yumen-data/yumen/internal/uses"
	"go.yaml.in/yaml/v3"
)

// constraint takes a bare use ("filter") or a mapping of one use to its parameters ("group: {min_k: 20}"), and refuses
// parameters that the use does not have.
func (d *Doc) constraint(n *yaml.Node, c *yumen.Constraint, path []any) {
	switch {
	case isText(n):
		d.use(n, c, path)
	case n.Kind == yaml.MappingNode && len(n.Content) == 2:
		if !d.use(n.Content[0], c, path) {
			return
		}
		path = with(path, string(c.Use))
		params := n.Content[1]
		if params.Kind != yaml.MappingNode {
			d.wrong(params, reflect.TypeFor[struct{}](), path)
			return
		}
		v := reflect.ValueOf(c).Elem()
		_, index := keysOf(v.Type())
		d.pairs(params, uses.Params(c.Use), path, func(key string, value *yaml.Node) {
			d.value(value, v.Field(index[key]), with(path, key))
		})
	case n.Kind == yaml.MappingNode && len(n.Content) > 2:
		d.broken[pathKey(path)] = true
		key := n.Content[2]
		d.add(key.Line, key.Column, "constraint.use",
			yumen.Say("an element names one use; this is a second", "每个元素只能写一种用法，这里出现了第二种"),
			yumen.Say("start a new line with \"- \"; indent parameters further", "另起一行并以“- ”开头；参数需再缩进"))
	default:
		d.wrong(n, reflect.TypeFor[yumen.Constraint](), path)
	}
}

// use reads the name of a use and reports whether it is known.
func (d *Doc) use(n *yaml.Node, c *yumen.Constraint, path []any) bool {
	if u := yumen.Use(n.Value); n.Kind == yaml.ScalarNode && slices.Contains(uses.All, u) {
		c.Use = u
		return true
	}
	fix := suggest.Fix(n.Value, suggest.Names(uses.All))
	if fix.IsZero() {
		known := strings.Join(suggest.Names(uses.All), ", ")
		fix = yumen.Say("known: %s", "可用：%s", known)
	}
	d.broken[pathKey(path)] = true
	d.add(n.Line, n.Column, "constraint.use", yumen.Say("unknown use %s", "未知的用法 %s", quote(n.Value)), fix)
	return false
}
