package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	"go.yaml.in/yaml/v3"
)

func (d *Doc) into(v any) {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("strictyaml: cannot decode into %T", v))
	}
	d.value(d.root, p.Elem(), nil)
}

// value decodes one node. A value of the wrong form is refused and leaves v as it was.
func (d *Doc) value(n *yaml.Node, v reflect.Value, path []any) {
	switch p := v.Addr().Interface().(type) {
	case *yumen.Text:
		d.text(n, p, path)
		return
	case *yumen.Constraint:
		d.constraint(n, p, path)
		return
	case encoding.TextUnmarshaler:
		if !isText(n) || !unmarshalText(n, v) {
			d.wrong(n, v.Type(), path)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.fields(n, v, path)
	case reflect.Slice:
		d.elements(n, v, path)
	case reflect.Map:
		d.entries(n, v, path)
	case reflect.Pointer:
		if isNull(n) && n.Value != "" { // null on purpose
			return
		}
		fresh := reflect.New(v.Type().Elem())
		d.value(n, fresh.Elem(), path)
		v.Set(fresh)
	default:
		if !scalar(n, v) {
			d.wrong(n, v.Type(), path)
		}
	}
}

func unmarshalText(n *yaml.Node, v reflect.Value) bool {
	fresh := reflect.New(v.Type()) // a failed UnmarshalText may leave anything behind
	if fresh.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)) != nil {
		return false
	}
	v.Set(fresh.Elem())
	return true
}

// Word is implemented by structs and lists that may be written as one word.
type Word interface{ FromWord(word string) error }

// word decodes one word into what takes it, and reports whether there was one.
func (d *Doc) word(n *yaml.Node, v reflect.Value, path []any) bool {
	w, ok := v.Addr().Interface().(Word)
	if !ok || !isText(n) {
		return false
	}
	if w.FromWord(n.Value) != nil {
		d.wrong(n, v.Type(), path)
	}
	return true
}

// entries decodes a mapping whose keys are names of the writer's own.
func (d *Doc) entries(n *yaml.Node, v reflect.Value, path []any) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, v.Type(), path)
		return
	}
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	m := reflect.MakeMapWithSize(v.Type(), len(keys))
	d.pairs(n, keys, path, func(key string, value *yaml.Node) {
		one := reflect.New(v.Type().Elem()).Elem()
		d.value(value, one, with(path, key))
		m.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), one)
	})
	v.Set(m)
}

func (d *Doc) fields(n *yaml.Node, v reflect.Value, path []any) {
	if d.word(n, v, path) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, v.Type(), path)
		return
	}
	keys, index := keysOf(v.Type())
	d.pairs(n, keys, path, func(key string, value *yaml.Node) {
		d.value(value, v.Field(index[key]), with(path, key))
	})
}

// pairs calls known for each key of a mapping that is among keys, once, and refuses the others.
func (d *Doc) pairs(n *yaml.Node, keys []string, path []any, known func(key string, value *yaml.Node)) {
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch before := first[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			d.add(key.Line, key.Column, "type", yumen.Say("a key is one word", "键必须是一个词"), yumen.Text{})
		case before != nil:
			d.add(key.Line, key.Column, "key.duplicate",
				yumen.Say("%s stands here a second time; first in line %d", "%s 重复出现，首次在第 %d 行", quote(key.Value),
					before.Line), yumen.Text{})
		case !slices.Contains(keys, key.Value):
			d.unknown(key, value, keys, path)
		default:
			known(key.Value, value)
		}
		if first[key.Value] == nil {
			first[key.Value] = key
		}
	}
}

func (d *Doc) unknown(key, value *yaml.Node, keys []string, path []any) {
	fix := yumen.Say("known here: %s", "此处可用：%s", strings.Join(keys, ", "))
	if len(keys) == 0 {
		fix = yumen.Say("nothing can stand here", "此处不能有任何键")
	}
	if near, ok := suggest.Nearest(key.Value, keys); ok {
		fix = yumen.Say("did you mean %q?", "是否想写 %q？", near)
		d.broken[pathKey(with(path, near))] = true
	}
	if value.Line == key.Line && isNull(value) && value.Value == "" { // {en: One, two} is a key "two" without a value
		fix = yumen.Say("put text that contains a comma in quotes", "含逗号的文本请加引号")
	}
	d.add(key.Line, key.Column, "key.unknown", yumen.Say("unknown key %s", "未知的键 %s", quote(key.Value)), fix)
}

func (d *Doc) elements(n *yaml.Node, v reflect.Value, path []any) {
	if d.word(n, v, path) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, v.Type(), path)
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.value(c, list.Index(i), with(path, i))
	}
	v.Set(list)
}

// text takes a plain string, which stands for both languages, or a mapping with en and zh.
func (d *Doc) text(n *yaml.Node, t *yumen.Text, path []any) {
	switch {
	case isText(n):
		*t = yumen.Text{EN: n.Value, ZH: n.Value}
	case n.Kind == yaml.MappingNode:
		before := len(d.reasons)
		defer func() { d.broken[pathKey(path)] = d.broken[pathKey(path)] || len(d.reasons) > before }()
		d.pairs(n, []string{"en", "zh"}, path, func(key string, value *yaml.Node) {
			into := &t.EN
			if key == "zh" {
				into = &t.ZH
			}
			d.value(value, reflect.ValueOf(into).Elem(), with(path, key))
		})
	default:
		d.wrong(n, reflect.TypeFor[yumen.Text](), path)
	}
}

// scalar sets v to the value of a scalar node and reports whether it could.
func scalar(n *yaml.Node, v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.String && isText(n):
		v.SetString(n.Value)
		return true
	case n.Kind != yaml.ScalarNode ||
		n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return false
	case v.Kind() == reflect.Bool && (n.Value == "true" || n.Value == "false"):
		v.SetBool(n.Value == "true")
		return true
	case v.CanInt() && wholeNumber.MatchString(n.Value):
		i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		if err == nil {
			v.SetInt(i)
		}
		return err == nil
	case v.CanFloat() && decimalNumber.MatchString(n.Value):
		f, err := strconv.ParseFloat(n.Value, v.Type().Bits())
		if err == nil {
			v.SetFloat(f)
		}
		return err == nil
	}
	return false
}

// Decimal digits only: what YAML versions read as octal, hexadecimal or sexagesimal, with or without underscores, is
// not what a person sees.
var (
	wholeNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	decimalNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

// isText reports whether a node is a scalar that can be read as text: anything but null.
func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && !isNull(n) }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// keysOf returns the YAML keys of a struct's fields, in their order, and the field of each.
func keysOf(t reflect.Type) (keys []string, index map[string]int) {
	index = map[string]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || key == "" || key == "-" {
			continue
		}
		keys = append(keys, key)
		index[key] = i
	}
	return keys, index
}

// with returns path and one step more, in memory of its own.
func with(path []any, step any) []any { return append(slices.Clip(path), step) }
