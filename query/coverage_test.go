package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/city"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/query/plan"
)

// covered is what became of one statement: the class it is answered in as written, whether class dp answers it as well,
// and the reasons of either refusal.
type covered struct {
	statement
	class, private yumen.ReleaseClass
	why, whyNot    []yumen.Reason
}

// set is a corpus of statements that are judged by one scope.
type set struct {
	file, title, about string
	scope              plan.Scope
}

// Floors of what is answered, in percent of the everyday statements that privacy does not forbid. Raise them with what
// is reached.
const (
	floorAggregate = 95
	floorPrivate   = 88
)

// TestCoverage holds which of a standard benchmark and of everyday statistics are answered, and why the others are not.
// docs/query-coverage.md is its table.
func TestCoverage(t *testing.T) {
	trees := readTrees(t)
	var everyday tally
	var sections bytes.Buffer
	for _, s := range everydaySets(t) {
		all := coverSet(t, trees, s)
		everyday.add(t, all)
		writeCoverage(&sections, s, all)
	}
	tpch := set{"testdata/coverage/tpch", "TPC-H", aboutTPCH, tpchScope(t)}
	writeCoverage(&sections, tpch, coverSet(t, trees, tpch))
	aggregate, private := everyday.percent()
	sum := fmt.Sprintf(coverageSum, everyday.all, everyday.all-everyday.open, everyday.open, everyday.answered,
		aggregate,
		everyday.openDP, everyday.private, private)
	page := coverageHead + sum + sections.String()
	goldentest.File(t, "../docs/query-coverage.md", []byte(page))
	if everyday.all < 200 {
		t.Errorf("%d everyday statements", everyday.all)
	}
	if aggregate < floorAggregate || private < floorPrivate {
		t.Errorf("answered are %.1f %% in class aggregate and %.1f %% in class dp", aggregate, private)
	}
}

// everydaySets are the demo city's statistics and, by feature, those of a shop.
func everydaySets(t *testing.T) []set {
	t.Helper()
	files, _ := filepath.Glob("testdata/everyday/*.sql")
	out := []set{{"testdata/coverage/city", "Everyday statistics over the demo city", aboutCity,
		entriesScope(t, city.Files, "datasets")}}
	shop := entriesScope(t, os.DirFS("testdata/everyday"), "shop")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(b), "\n")
		title, ok := strings.CutPrefix(first, "-- title: ")
		if !ok {
			t.Errorf("%s has no title", file)
		}
		out = append(out, set{strings.TrimSuffix(file, ".sql"), title, "", shop})
	}
	return out
}

func coverSet(t *testing.T, trees map[string]json.RawMessage, of set) (all []covered) {
	t.Helper()
	var golden bytes.Buffer
	for _, s := range readCorpus(t, of.file+".sql") {
		c := cover(t, s, treeOf(t, trees, s), of.scope)
		fmt.Fprintf(&golden, "=== %s\n%s\n--- as written: %s\n%s--- class dp: %s\n%s\n", s.name, s.sql,
			orRefused(c.class), lines(c.why), orRefused(c.private), lines(c.whyNot))
		all = append(all, c)
	}
	goldentest.File(t, of.file+".golden", golden.Bytes())
	return all
}

// tally counts statements: all, those that privacy does not forbid in class aggregate and in class dp, and those
// answered.
type tally struct{ all, open, answered, openDP, private int }

func (n *tally) add(t *testing.T, all []covered) {
	t.Helper()
	for _, c := range all {
		n.all++
		if c.forbidden == "" {
			n.open++
			if c.class != "" {
				n.answered++
			}
		} else if c.class != "" {
			t.Errorf("%s is answered, though %s", c.name, c.forbidden)
		}
		if c.forbidden+c.forbiddenDP == "" {
			n.openDP++
			if c.private != "" {
				n.private++
			}
		} else if c.private != "" {
			t.Errorf("%s is answered in class dp, though %s", c.name, c.forbidden+c.forbiddenDP)
		}
	}
}

func (n tally) percent() (aggregate, private float64) {
	return 100 * float64(n.answered) / float64(n.open), 100 * float64(n.private) / float64(n.openDP)
}

const coverageHead = `# Which queries are answered

What analysis makes of statements, each as a person would write it. This page is written by a test of package
query, and is what the code does. "As written" is the class that a statement has by itself; "dp" says whether a differentially
private answer can be had too, with the bounds and domains that the catalog declares. Statements that privacy forbids are
listed with what they would disclose. Being answered says that the statement may run: cells below the thresholds are still held back.

各类语句的分析结果，由测试生成。“as written”为语句自身所属的类别，“dp”表示是否也可得到差分隐私答案；被拒绝的语句列出理由，
其中因隐私而不得回答的语句说明其会泄露什么。
`

const coverageSum = `
Of %d everyday statements privacy forbids %d. Of the other %d, **%d are answered as written (%.1f %%)**; of the %d that can be asked in
class dp, **%d are answered there (%.1f %%)**.
`

const aboutTPCH = `The 22 queries of the TPC-H specification with the parameters of its validation run. The customer is the privacy unit:
"customer" and "orders" carry its key, and so does "lineitem", as a provider would add it at import; lines and orders are still joined by
order number, as the queries do. Nations, regions and parts are reference data, about nobody. Suppliers are enterprises, so they and what they
supply are rows that are each their own unit. Names, addresses, phone numbers and comments of customers are not granted, and an order number
may be joined on but is no group.

What is said of a part or a nation is said of the lines, customers and suppliers that are joined to it: part numbers of lines may therefore be filtered by,
and nations of customers and suppliers grouped by. Queries that read customers and suppliers together (Q5, Q7, Q8, Q9), or suppliers and what
they supply (Q11), depend on two units and are refused. So are orders and lines that only an order number joins (Q12): with "and o_custkey = l_custkey"
they are of one customer.`

const aboutCity = `Statistics that offices ask for, over the registers that ` + "`yumen demo`" + ` generates, under a contract that grants all that the catalog
entries allow. The list of districts is reference data.`

func cover(t *testing.T, s statement, tree json.RawMessage, sc plan.Scope) (c covered) {
	t.Helper()
	c.statement = s
	sc.Class, sc.Params = "", s.params
	if p, err := Analyse(s.sql, tree, sc); err == nil {
		c.class = p.Class
	} else if c.why = yumen.AsError(err).Reasons; yumen.KindOf(err) != yumen.KindDenied || len(c.why) == 0 {
		t.Errorf("%s: %v", s.name, err)
	}
	sc.Class = yumen.ClassDP
	if p, err := Analyse(s.sql, tree, sc); err == nil {
		c.private = p.Class
	} else if c.whyNot = yumen.AsError(err).Reasons; yumen.KindOf(err) != yumen.KindDenied || len(c.whyNot) == 0 {
		t.Errorf("%s in class dp: %v", s.name, err)
	}
	return c
}

func orRefused(c yumen.ReleaseClass) string {
	if c == "" {
		return "refused"
	}
	return string(c)
}

func lines(reasons []yumen.Reason) string {
	var b strings.Builder
	for _, r := range reasons {
		fmt.Fprintf(&b, "  %s [%s] %s", r.Place, r.Rule, r.Msg.EN)
		if r.Fix.EN != "" {
			b.WriteString(" → " + r.Fix.EN)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func writeCoverage(page *bytes.Buffer, of set, all []covered) {
	fmt.Fprintf(page, "\n## %s\n\n", of.title)
	if of.about != "" {
		fmt.Fprintf(page, "%s\n\n", of.about)
	}
	written, private := 0, 0
	for _, c := range all {
		if c.class != "" {
			written++
		}
		if c.private != "" {
			private++
		}
	}
	fmt.Fprintf(page, "Of %d, %d are answered as written, %d in class dp.\n\n| | as written | dp | why not |\n|---|---|---|---|\n", len(all), written, private)
	for _, c := range all {
		fmt.Fprintf(page, "| %s | %s | %s | %s |\n", c.name, orDash(c.class), orDash(c.private), c.whyNotAnswered())
	}
}

func (c covered) whyNotAnswered() string {
	if c.forbidden != "" {
		return "forbidden: " + c.forbidden
	}
	why := rules(c.why)
	if c.forbiddenDP != "" {
		return strings.TrimPrefix(why+"; dp: "+c.forbiddenDP, "; ")
	}
	if c.private == "" && rules(c.whyNot) != why {
		why = strings.TrimPrefix(why+"; dp: "+rules(c.whyNot), "; ")
	}
	return why
}

func orDash(c yumen.ReleaseClass) string {
	if c == "" {
		return "–"
	}
	return string(c)
}

// rules lists the rules behind a refusal, each once, as docs/query.md explains them.
func rules(reasons []yumen.Reason) string {
	var out []string
	for _, r := range reasons {
		if name := "`" + r.Rule + "`"; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func tpchScope(t *testing.T) (sc plan.Scope) {
	t.Helper()
	b, err := os.ReadFile("testdata/coverage/tpch.json")
	if err == nil {
		err = json.Unmarshal(b, &sc)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// entriesScope grants what the catalog entries of a folder allow.
func entriesScope(t *testing.T, in fs.FS, folder string) plan.Scope {
	t.Helper()
	sc := plan.Scope{Classes: []yumen.ReleaseClass{yumen.ClassDP, yumen.ClassAggregate, yumen.ClassRows},
		Privacy: yumen.PrivacySpec{Epsilon: 1, RowsPerUnit: 10, GroupsPerUnit: 3},
		Today:   time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)}
	files, err := fs.ReadDir(in, folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(in, folder+"/"+f.Name())
		if err != nil {
			t.Fatal(err)
		}
		var table plan.Table
		if err := strictyaml.Decode(f.Name(), b, &table.Dataset); err != nil {
			t.Fatal(err)
		}
		table.Uses = map[string][]yumen.Constraint{}
		for _, c := range table.Dataset.Columns {
			table.Uses[c.Name] = c.Constraints
		}
		sc.Tables = append(sc.Tables, table)
	}
	return sc
}
