package strictyaml

import (
	"reflect"

	"github.com/yumen-data/yumen"
	"go.yaml.in/yaml/v3"
)

// wrong refuses a node that cannot be read as a value of type t.
func (d *Doc) wrong(n *yaml.Node, t reflect.Type, path []any) {
	want, got := expected(t), found(n)
	msg := yumen.Say("expected %s, found %s", "应为%s，实际为%s", want, got)
	if len(path) > 0 {
		if key, ok := path[len(path)-1].(string); ok {
			msg = yumen.Say("%q takes %s, here it has %s", "%q 应为%s，实际为%s", key, want, got)
		}
	}
	d.add(n.Line, n.Column, "type", msg, wrongFix(n, t))
	d.broken[pathKey(path)] = true
}

func wrongFix(n *yaml.Node, t reflect.Type) yumen.Text {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	switch k := t.Kind(); {
	case isNull(n) && n.Value == "":
		return yumen.Say("write a value, or remove the key", "请填写取值，或删除该键")
	case isNull(n):
		return yumen.Say("put it in quotes if it is meant as text", "若为文本请加引号")
	case quoted && (k == reflect.Bool || k == reflect.Int || k == reflect.Int64 || k == reflect.Float64):
		return yumen.Say("write it without quotes", "请去掉引号")
	}
	return yumen.Text{}
}

// expected describes the form of a type.
func expected(t reflect.Type) yumen.Text {
	switch t {
	case reflect.TypeFor[yumen.Text]():
		return yumen.Say("text, or a mapping with en and zh", "文本，或含 en 与 zh 的键值对")
	case reflect.TypeFor[yumen.Size]():
		return yumen.Say("a size such as 500kB, 16MiB or 2GiB", "大小，如 500kB、16MiB 或 2GiB")
	case reflect.TypeFor[yumen.Duration]():
		return yumen.Say("a time span such as 500ms, 60s or 2h", "时长，如 500ms、60s 或 2h")
	case reflect.TypeFor[yumen.Day]():
		return yumen.Say("a day written YYYY-MM-DD", "日期，格式为 YYYY-MM-DD")
	case reflect.TypeFor[yumen.Constraint]():
		return yumen.Say("a use, or one use with its parameters", "一种用法，或带参数的一种用法")
	}
	switch t.Kind() {
	case reflect.Slice:
		return yumen.Say("a list", "列表")
	case reflect.Struct, reflect.Map:
		return yumen.Say("a mapping", "键值对")
	case reflect.Bool:
		return yumen.Say("true or false", " true 或 false")
	case reflect.Int, reflect.Int64:
		return yumen.Say("a whole number", "整数")
	case reflect.Float64:
		return yumen.Say("a number", "数字")
	}
	return yumen.Say("text", "文本")
}

// found describes the form of a node, never its value.
func found(n *yaml.Node) yumen.Text {
	switch {
	case n.Kind == yaml.SequenceNode:
		return yumen.Say("a list", "列表")
	case n.Kind == yaml.MappingNode:
		return yumen.Say("a mapping", "键值对")
	case isNull(n):
		return yumen.Say("nothing", "空值")
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return yumen.Say("a number of another kind or size", "形式或大小不符的数字")
	case "!!bool":
		return yumen.Say("true or false", " true 或 false")
	}
	return yumen.Say("other text", "其他文本")
}
