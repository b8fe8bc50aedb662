package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/city"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// covered is what became of one statement: the class it is answered in as written, whether class dp answers it as well, and
// the reasons of either refusal.
type covered struct {
	statement
	class, private yumen.ReleaseClass
	why, whyNot    []yumen.Reason
}

// TestCoverage holds which of a standard benchmark and of everyday statistics are answered, and why the others are not.
// docs/query-coverage.md is its table.
func TestCoverage(t *testing.T) {
	trees := readTrees(t)
	var page bytes.Buffer
	page.WriteString(coverageHead)
	for _, set := range []struct {
		file, title, about string
		scope              Scope
		least              int
	}{
		{"tpch", "TPC-H", aboutTPCH, tpchScope(t), 22},
		{"city", "Everyday statistics over the demo city", aboutCity, cityScope(t), 60},
	} {
		var all []covered
		var golden bytes.Buffer
		for _, s := range readCorpus(t, "testdata/coverage/"+set.file+".sql") {
			c := cover(t, s, treeOf(t, trees, s), set.scope)
			fmt.Fprintf(&golden, "=== %s\n%s\n--- as written: %s\n%s--- class dp: %s\n%s\n", s.name, s.sql, orRefused(c.class), lines(c.why), orRefused(c.private), lines(c.whyNot))
			all = append(all, c)
		}
		if len(all) < set.least {
			t.Errorf("%s has %d statements", set.file, len(all))
		}
		goldentest.File(t, "testdata/coverage/"+set.file+".golden", golden.Bytes())
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n", set.title, set.about)
		writeCoverage(&page, all)
	}
	goldentest.File(t, "../docs/query-coverage.md", page.Bytes())
}

const coverageHead = `# Which queries are answered

What analysis makes of two sets of statements, each as a person would write it. This page is written by a test of package
query, and is what the code does. "As written" is the class that a statement has by itself; "dp" says whether a differentially
private answer can be had too, with the bounds and domains that the catalog declares. A statement is refused only for the
reasons told. Being answered says that the statement may run: cells below the thresholds are still held back.

各类语句的分析结果，由测试生成。“as written”为语句自身所属的类别，“dp”表示是否也可得到差分隐私答案；被拒绝的语句列出理由。
`

const aboutTPCH = `The 22 queries of the TPC-H specification with the parameters of its validation run. The customer is the privacy unit:
"customer" and "orders" carry its key, and so does "lineitem", as a provider would add it at import; lines and orders are still joined by
order number, as the queries do. Nations, regions and parts are reference data, about nobody. Suppliers are enterprises, so they and what they
supply are rows that are each their own unit. Names, addresses, phone numbers and comments of customers are not granted, and an order number
may be joined on but is no group.

What is said of a part or a nation is said of the lines, customers and suppliers that are joined to it: part numbers of lines may therefore be filtered by,
and nations of customers and suppliers grouped by. Queries that read customers and suppliers together (Q5, Q7, Q8, Q9) depend on two units; they are
answered in class aggregate, where both are counted.`

const aboutCity = `Statistics that offices ask for, over the registers that ` + "`yumen demo`" + ` generates, under a contract that grants all that the catalog
entries allow. The list of districts is reference data.`

func cover(t *testing.T, s statement, tree json.RawMessage, sc Scope) (c covered) {
	t.Helper()
	c.statement = s
	sc.Class = ""
	if plan, err := Analyse(s.sql, tree, sc); err == nil {
		c.class = plan.Class
	} else if c.why = yumen.AsError(err).Reasons; yumen.KindOf(err) != yumen.KindDenied || len(c.why) == 0 {
		t.Errorf("%s: %v", s.name, err)
	}
	sc.Class = yumen.ClassDP
	if plan, err := Analyse(s.sql, tree, sc); err == nil {
		c.private = plan.Class
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

func writeCoverage(page *bytes.Buffer, all []covered) {
	written, private, either := 0, 0, 0
	for _, c := range all {
		if c.class != "" {
			written++
		}
		if c.private != "" {
			private++
		}
		if c.class != "" || c.private != "" {
			either++
		}
	}
	fmt.Fprintf(page, "Of %d, %d are answered as written, %d in class dp, %d in either; %d are refused.\n\n| | as written | dp | why not |\n|---|---|---|---|\n", len(all), written, private, either, len(all)-either)
	for _, c := range all {
		dp := "–"
		if c.private != "" {
			dp = "dp"
		}
		class := string(c.class)
		if class == "" {
			class = "–"
		}
		why := rules(c.why)
		if c.private == "" && rules(c.whyNot) != why {
			why = strings.TrimPrefix(why+"; dp: "+rules(c.whyNot), "; ")
		}
		fmt.Fprintf(page, "| %s | %s | %s | %s |\n", c.name, class, dp, why)
	}
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

func tpchScope(t *testing.T) (sc Scope) {
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

// cityScope grants what the catalog entries of the demo city allow.
func cityScope(t *testing.T) Scope {
	t.Helper()
	sc := Scope{Classes: []yumen.ReleaseClass{yumen.ClassDP, yumen.ClassAggregate, yumen.ClassRows},
		Privacy: yumen.PrivacySpec{Epsilon: 1, RowsPerUnit: 10, GroupsPerUnit: 3}}
	files, err := city.Files.ReadDir("datasets")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := city.Files.ReadFile("datasets/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		var table Table
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
