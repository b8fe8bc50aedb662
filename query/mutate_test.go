package query

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"pgregory.net/rapid"
)

// TestMutated holds the law that whatever is done to the tree of a statement, what is emitted reads granted columns
// only. Trees are mutated rather than texts, because a text needs the engine; a tree can also hold what no text could.
func TestMutated(t *testing.T) {
	trees := readTrees(t)
	roots, from := mutationPool(t, trees)
	for name, scope := range map[string]plan.Scope{"derived": readScope(t), "dp": privateScope(t)} {
		t.Run(name, func(t *testing.T) {
			accepted := 0
			law := func(t *rapid.T) {
				root := clone(rapid.SampledFrom(roots).Draw(t, "tree"))
				for range rapid.IntRange(1, 4).Draw(t, "mutations") {
					mutate(t, root, from)
				}
				tree, _ := json.Marshal(root)
				p, err := Analyse("", tree, scope)
				if err != nil {
					if k := yumen.KindOf(err); k != yumen.KindDenied && k != yumen.KindInvalid {
						t.Fatalf("refused as %s: %v", k, err)
					}
					return
				}
				accepted++
				if msg := readsUngranted(p, scope); msg != "" {
					t.Fatalf("%s\n%s", msg, p.SQL)
				}
			}
			// Few mutated statements are accepted, and -short draws a fifth as many: more are drawn until the law was
			// tried.
			for round := 0; accepted == 0 && round < 50; round++ {
				rapid.Check(t, law)
			}
			if accepted == 0 {
				t.Error("no mutated statement was accepted: the law was never tried")
			}
		})
	}
}

// node is a node of a parse tree.
type node = map[string]any

// pool is what mutations put in: expressions and whole queries.
type pool struct{ exprs, queries, subqueries []node }

// mutationPool returns the trees that are no errors, and what is found in them.
func mutationPool(t *testing.T, trees map[string]json.RawMessage) (roots []any, from pool) {
	files, _ := filepath.Glob("testdata/*.sql")
	private, _ := filepath.Glob("testdata/dp/*.sql")
	files = append(files, private...)
	more, _ := filepath.Glob("testdata/hostile/*.sql")
	for i, file := range slices.Concat(files, more) {
		for _, s := range readCorpus(t, file) {
			var root any
			if json.Unmarshal(treeOf(t, trees, s), &root) != nil || root.(node)["error"] == true {
				continue
			}
			if i < len(files) {
				roots = append(roots, root)
			}
			each(root, func(o node) {
				if o["class"] != nil {
					from.exprs = append(from.exprs, o)
				}
				if o["class"] == "SUBQUERY" {
					from.subqueries = append(from.subqueries, o)
				}
				if o["type"] == "SELECT_NODE" {
					from.queries = append(from.queries, o)
				}
			})
		}
	}
	return roots, from
}

func each(v any, visit func(node)) {
	switch v := v.(type) {
	case node:
		visit(v)
		for _, key := range slices.Sorted(mapKeys(v)) {
			each(v[key], visit)
		}
	case []any:
		for _, x := range v {
			each(x, visit)
		}
	}
}

func mapKeys(o node) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range o {
			if !yield(k) {
				return
			}
		}
	}
}

func clone(v any) any {
	b, _ := json.Marshal(v)
	var out any
	_ = json.Unmarshal(b, &out)
	return out
}

var columnNames = []string{"resident_id", "name", "sex", "age", "district", "address", "income", "visit_id", "cost",
	"days", "score", "diagnosis",
	"legal_person", "turnover", "credit_code", "hours", "education", "rowid", "_unit", "t1", "c1", "k1", "v1"}

// mutate changes one place of a tree: a column's or function's name, a table, a flag, a whole expression; it makes a
// union of a query, exchanges a side of one, and adds subqueries to conditions or makes them ask something else.
func mutate(t *rapid.T, root any, from pool) {
	var places []node
	each(root, func(o node) {
		if o["class"] != nil || o["type"] == "BASE_TABLE" || o["type"] == "SELECT_NODE" ||
			o["type"] == "SET_OPERATION_NODE" {
			places = append(places, o)
		}
	})
	if len(places) == 0 {
		return
	}
	o := rapid.SampledFrom(places).Draw(t, "place")
	switch {
	case o["type"] == "BASE_TABLE":
		o["table_name"] = rapid.SampledFrom([]string{"residents", "visits", "enterprises", "census", "x"}).Draw(t,
			"table")
	case o["type"] == "SET_OPERATION_NODE":
		o["setop_type"] = rapid.SampledFrom([]string{"UNION", "UNION", "UNION", "EXCEPT", "INTERSECT",
			"UNION_BY_NAME"}).Draw(t, "operation")
		o["setop_all"] = rapid.Bool().Draw(t, "all")
		o[rapid.SampledFrom([]string{"left", "right"}).Draw(t, "side")] = clone(rapid.SampledFrom(from.queries).Draw(t,
			"query"))
	case o["type"] == "SELECT_NODE" && rapid.Bool().Draw(t, "unite"):
		left, right := clone(o), clone(o)
		if rapid.Bool().Draw(t, "with another") {
			right = clone(rapid.SampledFrom(from.queries).Draw(t, "query"))
		}
		clear(o)
		for k, v := range map[string]any{"type": "SET_OPERATION_NODE", "modifiers": []any{},
			"cte_map": node{"map": []any{}}, "setop_type": "UNION", "left": left,
			"right": right, "setop_all": rapid.Bool().Draw(t, "all")} {
			o[k] = v
		}
	case o["type"] == "SELECT_NODE":
		add := clone(rapid.SampledFrom(from.subqueries).Draw(t, "subquery"))
		if rapid.Bool().Draw(t, "not") {
			add = node{"class": "OPERATOR", "type": "OPERATOR_NOT", "alias": "", "children": []any{add}}
		}
		if where := o["where_clause"]; where != nil {
			add = node{"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "children": []any{where, add}}
		}
		o["where_clause"] = add
	case o["class"] == "SUBQUERY" && rapid.Bool().Draw(t, "ask something else"):
		o["subquery_type"] = rapid.SampledFrom([]string{"ANY", "EXISTS", "SCALAR", "NOT_EXISTS"}).Draw(t, "kind")
		o["comparison_type"] = rapid.SampledFrom([]string{"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "INVALID"}).Draw(t,
			"comparison")
	case o["class"] == "COLUMN_REF" && rapid.Bool().Draw(t, "rename"):
		o["column_names"] = []any{rapid.SampledFrom(columnNames).Draw(t, "column")}
	case o["class"] == "FUNCTION" && rapid.Bool().Draw(t, "call another"):
		all := slices.Concat(slices.Sorted(keysOf(plan.Functions)), slices.Sorted(keysOf(plan.Aggregates)),
			[]string{"max", "random", "list"})
		o["function_name"] = rapid.SampledFrom(all).Draw(t, "function")
		o["distinct"] = rapid.Bool().Draw(t, "distinct")
	default:
		with := clone(rapid.SampledFrom(from.exprs).Draw(t, "expression")).(node)
		clear(o)
		for k, v := range with {
			o[k] = v
		}
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

var columnPattern = regexp.MustCompile(`t\d+\."((?:[^"]|"")*)"`)

// readsUngranted names a column of a view or of the emitted text that the scope does not grant, or "".
func readsUngranted(p *Plan, sc plan.Scope) string {
	granted := map[string]bool{yumen.UnitColumn: true}
	for _, v := range p.Views {
		i := slices.IndexFunc(sc.Tables, func(t plan.Table) bool { return t.Dataset.Name == v.Name })
		if i < 0 {
			return "the view " + v.Name + " is of no granted dataset"
		}
		for _, c := range v.Columns {
			uses := sc.Tables[i].Uses[c.Name]
			if len(uses) == 0 || plan.HasUse(uses, yumen.UseDeny) {
				return "the view " + v.Name + " shows " + c.Name
			}
			granted[c.Name] = true
		}
	}
	sql := p.SQL
	if p.Private != nil {
		sql = p.Private.SQL
	}
	for _, m := range columnPattern.FindAllStringSubmatch(sql, -1) {
		if name := strings.ReplaceAll(m[1], `""`, `"`); !granted[name] {
			return "the statement reads " + name + ", which no view shows"
		}
	}
	return ""
}

// FuzzAnalyse holds that no tree, however broken, makes analysis fail in any way but a refusal, and that no plan reads
// what is not granted.
func FuzzAnalyse(f *testing.F) {
	trees, scope, private := readTrees(f), readScope(f), privateScope(f)
	files, _ := filepath.Glob("testdata/*.sql")
	more, _ := filepath.Glob("testdata/dp/*.sql")
	for _, file := range slices.Concat(files, more) {
		for _, s := range readCorpus(f, file) {
			f.Add(s.sql, []byte(treeOf(f, trees, s)))
		}
	}
	f.Add("", []byte(`{"error":false,"statements":[{"node":{"type":"SELECT_NODE","select_list":[{"class":"STAR"}]}}]}`))
	f.Add("", []byte(`{"error":true,"position":"-1"}`))
	f.Add("", []byte(`[`))
	f.Fuzz(func(t *testing.T, sql string, tree []byte) {
		for _, scope := range []plan.Scope{scope, private} {
			p, err := Analyse(sql, tree, scope)
			if err != nil {
				if k := yumen.KindOf(err); k != yumen.KindDenied && k != yumen.KindInvalid {
					t.Fatalf("refused as %s: %v", k, err)
				}
				continue
			}
			if msg := readsUngranted(p, scope); msg != "" {
				t.Fatalf("%s\n%s", msg, p.SQL)
			}
		}
	})
}
