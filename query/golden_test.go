package query

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/query/plan"
)

// statement is one entry of a corpus file: "-- name: …", optionally lines such as "-- class: …", then the text.
type statement struct {
	name, sql   string
	class       yumen.ReleaseClass
	forbidden   string // why privacy forbids an answer, "" where it does not
	forbiddenDP string // why it does in class dp alone
	params      []yumen.Param
}

func readCorpus(t testing.TB, path string) (out []statement) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(b), "\n-- name: ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		s := statement{name: name}
		for {
			line, body, _ := strings.Cut(text, "\n")
			word, value, directive := strings.Cut(line, ": ")
			if !directive || !strings.HasPrefix(word, "-- ") {
				break
			}
			switch word[3:] {
			case "class":
				s.class = yumen.ReleaseClass(value)
			case "forbidden":
				s.forbidden = value
			case "forbidden dp":
				s.forbiddenDP = value
			case "param": // [$name] type value
				p := yumen.Param{}
				if strings.HasPrefix(value, "$") {
					p.Name, value, _ = strings.Cut(value[1:], " ")
				}
				kind, v, _ := strings.Cut(value, " ")
				p.Type, p.Value = yumen.Type(kind), v
				s.params = append(s.params, p)
			default:
				t.Fatalf("%s: %s says %q", path, name, line)
			}
			text = body
		}
		s.sql = strings.Trim(text, "\n")
		out = append(out, s)
	}
	return out
}

// readTrees reads what DuckDB 1.5.5 made of each text of the corpora.
func readTrees(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	f, err := os.Open("testdata/trees.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]json.RawMessage{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var e struct {
			SQL  string          `json:"sql"`
			Tree json.RawMessage `json:"tree"`
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		var invalid string // what the engine wrote is no JSON, and is kept as a string
		if json.Unmarshal(e.Tree, &invalid) == nil {
			e.Tree = json.RawMessage(invalid)
		}
		out[e.SQL] = e.Tree
	}
	return out
}

func readScope(t testing.TB) (sc plan.Scope) {
	t.Helper()
	b, err := os.ReadFile("testdata/scope.json")
	if err == nil {
		err = json.Unmarshal(b, &sc)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func treeOf(t testing.TB, trees map[string]json.RawMessage, s statement) json.RawMessage {
	t.Helper()
	tree, ok := trees[s.sql]
	if !ok {
		t.Fatalf("%s: testdata/trees.jsonl has no tree for this text", s.name)
	}
	return tree
}

// TestGolden holds the outcome for every statement of testdata/*.sql.
func TestGolden(t *testing.T) {
	scope := readScope(t)
	scope.Today = time.Date(2026, 11, 29, 23, 0, 0, 0, time.UTC)
	holdGoldens(t, "testdata", func(s statement, tree json.RawMessage) string {
		sc := scope
		sc.Class, sc.Params = s.class, s.params
		return outcome(Analyse(s.sql, tree, sc))
	})
}

// holdGoldens compares what becomes of every statement of a folder with the golden file beside its corpus.
func holdGoldens(t *testing.T, dir string, outcome func(statement, json.RawMessage) string) {
	trees := readTrees(t)
	files, _ := filepath.Glob(dir + "/*.sql")
	if len(files) == 0 {
		t.Fatalf("%s holds no corpus", dir)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var got bytes.Buffer
			for _, s := range readCorpus(t, file) {
				fmt.Fprintf(&got, "=== %s\n%s\n--- %s\n", s.name, s.sql, outcome(s, treeOf(t, trees, s)))
			}
			goldentest.File(t, strings.TrimSuffix(file, ".sql")+".golden", got.Bytes())
		})
	}
}

// outcome writes a plan or a refusal for a reader.
func outcome(p *Plan, err error) string {
	if err != nil {
		e := yumen.AsError(err)
		return string(e.Kind) + "\n" + e.In(yumen.LangEnglish) + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s k=%d", p.Class, p.K)
	if p.MaxDominance > 0 {
		fmt.Fprintf(&b, " max_dominance=%v", p.MaxDominance)
	}
	b.WriteString("\n")
	for _, c := range p.Columns {
		fmt.Fprintf(&b, "column %s\n", describeColumn(c))
	}
	for _, c := range p.Cells {
		fmt.Fprintf(&b, "cells %s\n", describeColumn(c))
	}
	for _, v := range p.Views {
		fmt.Fprintf(&b, "view %s(", v.Name)
		for i, c := range v.Columns {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c.Name)
			if c.From != c.Name {
				b.WriteString(" = " + c.From)
			}
		}
		b.WriteString(")\n")
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	for _, k := range p.Lookups {
		fmt.Fprintf(&b, "lookup %s\n", k.SQL)
		if k.Why.Rule == "" || k.Why.Msg.ZH == "" || k.Why.Fix.ZH == "" {
			fmt.Fprintf(&b, "lookup without a reason: %+v\n", k.Why)
		}
	}
	b.WriteString(p.SQL + "\n")
	if p.Post != "" {
		b.WriteString("\n" + p.Post + "\n")
	}
	return b.String()
}

func describeColumn(c yumen.ArtifactColumn) string {
	s := fmt.Sprintf("%q %s %s", c.Name, c.Type, c.Kind)
	if c.Of != "" {
		return s + fmt.Sprintf(" of %q", c.Of)
	}
	if c.Function != "" {
		s += " " + c.Function
	}
	if c.Measure > 0 {
		s += fmt.Sprintf(" measure %d", c.Measure)
	}
	if len(c.From) > 0 {
		s += fmt.Sprintf(" from %q", c.From)
	}
	if c.Over != nil {
		s += fmt.Sprintf(" over measure %d", c.Over.Measure)
	}
	if c.Direct {
		s += " direct"
	}
	if c.Mask != "" {
		s += " mask " + c.Mask
	}
	var from []string
	for _, r := range c.Sources {
		from = append(from, r.Dataset+"."+r.Column)
	}
	return s + " ← " + strings.Join(from, ", ")
}

// TestHostile holds that nothing in the hostile corpus is accepted, and which rules refuse each statement.
func TestHostile(t *testing.T) {
	trees, scope := readTrees(t), readScope(t)
	files, _ := filepath.Glob("testdata/hostile/*.sql")
	var got bytes.Buffer
	count := 0
	for _, file := range files {
		for _, s := range readCorpus(t, file) {
			count++
			p, err := Analyse(s.sql, treeOf(t, trees, s), scope)
			if err == nil {
				t.Errorf("%s: accepted:\n%s\n%s", s.name, s.sql, p.SQL)
				continue
			}
			e := yumen.AsError(err)
			if e.Kind != yumen.KindDenied && e.Kind != yumen.KindInvalid || e.Kind == yumen.KindDenied &&
				len(e.Reasons) == 0 {
				t.Errorf("%s: refused as %s with %d reasons", s.name, e.Kind, len(e.Reasons))
			}
			fmt.Fprintf(&got, "%s: %s", s.name, e.Kind)
			for _, r := range e.Reasons {
				fmt.Fprintf(&got, " %s@%s", r.Rule, r.Place)
				mustBeWhole(t, s, r)
			}
			got.WriteString("\n")
		}
	}
	if count < 798 {
		t.Errorf("the hostile corpus has %d statements; some are missing", count)
	}
	goldentest.File(t, "testdata/hostile/rules.golden", got.Bytes())
}

// mustBeWhole checks that a reason speaks both languages and quotes no literal of the text.
func mustBeWhole(t *testing.T, s statement, r yumen.Reason) {
	t.Helper()
	if r.Msg.EN == "" || r.Msg.ZH == "" || (r.Fix.EN == "") != (r.Fix.ZH == "") {
		t.Errorf("%s: %s speaks one language: %+v", s.name, r.Rule, r)
	}
	for _, secret := range []string{"Zhang San", "secret text", "330102199001011234", "/etc/passwd", "nonsense",
		"yesterday", "C34"} {
		if strings.Contains(fmt.Sprint(r.Msg, r.Fix), secret) && !strings.Contains(s.sql, `"`) {
			t.Errorf("%s: %s quotes a literal of the text: %+v", s.name, r.Rule, r)
		}
	}
}
