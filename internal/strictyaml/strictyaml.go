// Package strictyaml reads the YAML files people write for Yumen (catalog entries, contracts, jobs, people) into the
// types of the root package. It knows where everything stands, refuses whatever it does not know, and says all of what
// is wrong at once, in English and Chinese, each with file:line:column.
//
// It takes a small, unambiguous part of YAML: one document of mappings, lists and plain scalars. Anchors, aliases,
// merge keys and tags are refused, and so are numbers in quotes and values left empty. It is not for YAML that other
// programs wrote, nor for data.
package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"go.yaml.in/yaml/v3"
)

const (
	maxBytes   = 1 << 20 // of a file
	maxReasons = 100     // listed; the others are counted
)

// Decode reads one file into v, a pointer to a struct. The error is a *yumen.Error of kind invalid with every reason.
func Decode(file string, b []byte, v any) error { return Parse(file, b, v).Err() }

// Doc is a file that was read, with what is wrong with it so far and where everything stands.
type Doc struct {
	file    string
	root    *yaml.Node // nil where the file could not be read at all
	reasons []placed
	broken  map[string]bool // field paths whose value in v says nothing
}

type placed struct {
	line, column int
	reason       yumen.Reason
}

// Parse reads as much of a file into v, a pointer to a struct, as is well formed. Fields that are missing or wrong keep
// what v held before. Err tells what was wrong; before asking, add with Refuse what the values themselves make wrong.
func Parse(file string, b []byte, v any) *Doc {
	d := &Doc{file: file, broken: map[string]bool{}}
	d.root = d.read(b)
	if d.root == nil {
		d.broken[""] = true
		return d
	}
	d.into(v)
	return d
}

// Place returns file:line:column of the value at a field path, of strings for keys and ints for list elements, such as
// "columns", 3, "bounds". For a field that is not there it is the place of the nearest one around it.
func (d *Doc) Place(path ...any) string {
	line, column := d.find(path)
	return d.at(line, column)
}

func (d *Doc) at(line, column int) string {
	if d.file == "" {
		return fmt.Sprintf("%d:%d", line, column)
	}
	return fmt.Sprintf("%s:%d:%d", d.file, line, column)
}

func (d *Doc) find(path []any) (line, column int) {
	if d.root == nil {
		return 1, 1
	}
	n := d.root
	for _, step := range path {
		next := child(n, step)
		if next == nil {
			break
		}
		n = next
	}
	return n.Line, n.Column
}

// child returns the element or the value of the key, or nil.
func child(n *yaml.Node, step any) *yaml.Node {
	switch s := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && s < len(n.Content) {
			return n.Content[s]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// Refuse adds a reason about the value at a field path. It does nothing where that value, or one around it, has been
// refused already for its form: what follows from a misspelled key is no reason of its own.
func (d *Doc) Refuse(rule string, msg, fix yumen.Text, path ...any) {
	for i := range len(path) + 1 {
		if d.broken[pathKey(path[:i])] {
			return
		}
	}
	line, column := d.find(path)
	d.add(line, column, rule, msg, fix)
}

// Missing refuses the absence, or the emptiness, of what should stand at a field path.
func (d *Doc) Missing(path ...any) {
	msg := yumen.Say("%q is missing", "缺少 %q", keys(path))
	if d.Has(path...) {
		msg = yumen.Say("%q is empty", "%q 为空", keys(path))
	}
	d.Refuse("missing", msg, yumen.Text{}, path...)
}

// keys joins the keys of a path that follow its last list element: the place says which element it is.
func keys(path []any) string {
	joined := ""
	for _, step := range path {
		key, ok := step.(string)
		switch {
		case !ok:
			joined = ""
		case joined == "":
			joined = key
		default:
			joined += "." + key
		}
	}
	if joined == "" {
		return listKey(path)
	}
	return joined
}

// Has reports whether there is a value at a field path, whatever its form.
func (d *Doc) Has(path ...any) bool {
	n := d.root
	for i := 0; n != nil && i < len(path); i++ {
		n = child(n, path[i])
	}
	return n != nil
}

func (d *Doc) add(line, column int, rule string, msg, fix yumen.Text) {
	d.reasons = append(d.reasons,
		placed{line, column, yumen.Reason{Rule: rule, Place: d.at(line, column), Msg: msg, Fix: fix}})
}

// Err returns a *yumen.Error of kind invalid with every reason in the order of the file, or nil if there is none.
func (d *Doc) Err() error {
	if len(d.reasons) == 0 {
		return nil
	}
	slices.SortStableFunc(d.reasons, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	total := len(d.reasons)
	msg := yumen.Say("the file is not accepted, for %d reasons", "文件未被接受，共 %d 处原因", total)
	switch {
	case total == 1:
		msg = yumen.Say("the file is not accepted", "文件未被接受")
	case total > maxReasons:
		msg = yumen.Say("the file is not accepted, for %d reasons; the first %d are", "文件未被接受，共 %d 处原因，先列出前 %d 处",
			total, maxReasons)
	}
	e := yumen.Errorf(yumen.KindInvalid, "", "")
	e.Msg = msg
	e.Place = d.file
	if d.file == "" {
		e.Place = d.at(d.reasons[0].line, d.reasons[0].column)
	}
	for _, p := range d.reasons[:min(total, maxReasons)] {
		e.Reasons = append(e.Reasons, p.reason)
	}
	return e
}

func pathKey(path []any) string {
	var b strings.Builder
	for _, step := range path {
		fmt.Fprintf(&b, "/%v", step)
	}
	return b.String()
}

// quote shows a word of the file in a message, shortened.
func quote(s string) string {
	const longest = 40
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
