package decode

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/reason"
)

// Bounds on what is examined at all. The parser has its own bound on depth; these keep analysis linear and its stack
// small.
const (
	maxText  = 1 << 20  // bytes of SQL
	maxTree  = 64 << 20 // bytes of its tree
	maxDepth = 250      // nested nodes
	maxNodes = 50_000
)

// decoder turns DuckDB's tree into ours. It is an allow-list: a node kind or a field that it does not know is refused.
type decoder struct {
	*reason.List
	depth, nodes int
	overflow     bool
	params       []yumen.Param
	used         []bool // of params
}

type object = map[string]any

// Tree returns the one SELECT of a text, of which tree is what DuckDB made, with params in the places of its
// parameters. What is not on the list goes into rs.
func Tree(tree json.RawMessage, params []yumen.Param, rs *reason.List) (*ast.Select, error) {
	if n := len(rs.Source.Text); n > maxText {
		return nil, yumen.Errorf(yumen.KindInvalid, "the text has %d bytes; %d are allowed", "文本有 %d 字节，最多允许 %d", n,
			maxText)
	}
	d := &decoder{List: rs, params: params, used: make([]bool, len(params))}
	if len(tree) > maxTree {
		return nil, yumen.Errorf(yumen.KindInvalid, "the statement is too large to be analysed",
			"语句过大，无法分析").ToFix("split it into smaller queries", "请拆分为更小的查询")
	}
	dec := json.NewDecoder(bytes.NewReader(tree))
	dec.UseNumber()
	var root object
	if err := dec.Decode(&root); err != nil {
		return nil, d.unreadable()
	}
	if failed, _ := root["error"].(bool); failed {
		return nil, d.syntaxError(root)
	}
	statements, ok := root["statements"].([]any)
	if !ok || len(statements) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the text holds no statement", "文本中没有语句").
			ToFix("write one SELECT", "请写一条 SELECT 语句")
	}
	if len(statements) > 1 {
		d.AddFix("statement.many", d.firstPlace(statements[1]),
			yumen.Say("the text holds %d statements; one job is one statement", "文本中有 %d 条语句；一个任务只能有一条",
				len(statements)),
			yumen.Say("submit each as a job of its own", "请将每条语句作为单独的任务提交"))
	}
	var first *ast.Select
	for _, s := range statements {
		st, _ := s.(object)
		d.known(st, -1, "node", "named_param_map")
		if q := d.query(st["node"]); first == nil {
			first = q
		}
	}
	if first == nil {
		return nil, d.unreadable()
	}
	if !d.overflow {
		d.unusedParams()
	}
	return first, nil
}

// unreadable says why a tree is no JSON: the engine writes a number that no type holds as a word.
func (d *decoder) unreadable() error {
	for _, at := range number.FindAllStringIndex(d.Source.Text, -1) {
		quoted := strings.Count(d.Source.Text[:at[0]], "'")%2 == 1
		if f, _ := strconv.ParseFloat(d.Source.Text[at[0]:at[1]], 64); math.IsInf(f, 0) && !quoted {
			d.AddFix("type.constant", at[0], yumen.Say("this number is larger than any type holds", "该数字超出任何类型的范围"),
				yumen.Say("write a number up to 1.7e308", "请写不超过 1.7e308 的数字"))
			return d.Refusal()
		}
	}
	return yumen.Errorf(yumen.KindInvalid, "the parse tree cannot be read", "无法读取语法树")
}

// number is how one is written that may be too large.
var number = regexp.MustCompile(`\b[0-9]+(\.[0-9]*)?([eE]\+?[0-9]+)?\b`)

// known refuses fields this package has never seen: a newer grammar must be looked at before it is let in.
func (d *decoder) known(o object, pos int, fields ...string) {
	for name, v := range o {
		if !slices.Contains(fields, name) && !empty(v) {
			d.Add("tree.field", pos,
				yumen.Say("the parser reports %q, which analysis does not know", "解析器报告了分析器未知的 %q", name))
		}
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}

// enter counts a node and reports whether it may be examined.
func (d *decoder) enter(pos int) bool {
	d.depth++
	d.nodes++
	if d.depth <= maxDepth && d.nodes <= maxNodes {
		return true
	}
	if !d.overflow {
		d.overflow = true
		d.AddFix("statement.size", pos,
			yumen.Say("the statement is nested more than %d levels deep or has more than %d parts",
				"语句嵌套超过 %d 层或组成部分超过 %d 个", maxDepth, maxNodes),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
	}
	return false
}

func (d *decoder) leave() { d.depth-- }

func position(o object) int {
	n, ok := o["query_location"].(json.Number)
	if !ok {
		return -1
	}
	at, err := strconv.Atoi(n.String())
	if err != nil {
		return -1
	}
	return at
}

func str(o object, field string) string { s, _ := o[field].(string); return s }
func sub(o object, field string) object { s, _ := o[field].(object); return s }
func list(o object, field string) []any { s, _ := o[field].([]any); return s }
func isSet(o object, field string) bool { b, _ := o[field].(bool); return b }
func stringsOf(o object, field string) (out []string) {
	for _, v := range list(o, field) {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}
