package query

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// privateScope is the scope of the other tests with class dp allowed and asked for, and with what a provider declares
// of columns for it: bounds and domains.
func privateScope(t testing.TB) plan.Scope {
	t.Helper()
	sc := readScope(t)
	sc.Class, sc.Classes = yumen.ClassDP, append(sc.Classes, yumen.ClassDP)
	sc.Privacy = yumen.PrivacySpec{Epsilon: 1, RowsPerUnit: 5, GroupsPerUnit: 2}
	var declared map[string]struct {
		Bounds    *yumen.Bounds
		Domain    []string
		Nullable  *bool
		Functions []string
		Uses      []yumen.Use
	}
	b, err := os.ReadFile("testdata/dp/columns.json")
	if err == nil {
		err = json.Unmarshal(b, &declared)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range sc.Tables {
		d := &sc.Tables[i].Dataset
		for j := range d.Columns {
			c := &d.Columns[j]
			name := d.Name + "." + c.Name
			says := declared[name]
			delete(declared, name)
			c.Bounds, c.Domain = says.Bounds, says.Domain
			if says.Nullable != nil {
				c.Nullable = *says.Nullable
			}
			for _, u := range says.Uses {
				sc.Tables[i].Uses[c.Name] = append(sc.Tables[i].Uses[c.Name], yumen.Constraint{Use: u})
			}
			if len(says.Functions) > 0 {
				sc.Tables[i].Uses[c.Name] = append(sc.Tables[i].Uses[c.Name],
					yumen.Constraint{Use: yumen.UseAggregate, Functions: says.Functions})
			}
		}
	}
	if len(declared) > 0 {
		t.Fatalf("columns.json speaks of columns that are not there: %v", declared)
	}
	return sc
}

// TestPrivateGolden holds the question and what is made of its answer for every statement of testdata/dp/*.sql.
func TestPrivateGolden(t *testing.T) {
	scope := privateScope(t)
	holdGoldens(t, "testdata/dp", func(s statement, tree json.RawMessage) string {
		return privateOutcome(Analyse(s.sql, tree, scope))
	})
}

func privateOutcome(p *Plan, err error) string {
	if err != nil {
		return outcome(p, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s k=%d\n", p.Class, p.K)
	for _, c := range p.Columns {
		fmt.Fprintf(&b, "column %s\n", describeColumn(c))
	}
	q := p.Private
	fmt.Fprintf(&b, "unit %s, %s, %d rows in %d groups\n", q.Unit, q.Form, q.RowsPerUnit, q.GroupsPerUnit)
	line := func(what string, v any) {
		j, _ := json.Marshal(v)
		fmt.Fprintf(&b, "%s %s\n", what, j)
	}
	for _, v := range q.Views {
		line("view", v)
	}
	for _, k := range q.Keys {
		line("key", k)
	}
	for _, in := range q.Inputs {
		line("input", in)
	}
	for _, m := range q.Measures {
		line("measure", m)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	return b.String() + q.SQL + "\n\n" + p.Post + "\n"
}

// answerable are the statements of the hostile corpus that class dp may answer, each with the reason: what makes them
// dangerous elsewhere is hidden by noise there. Names are those of testdata/hostile.
var answerable = map[string]string{
	"absent 1":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 2":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 3":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 4":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 5":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 6":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 7":        "what few people add beside many is hidden by noise as large as what one may add",
	"absent 8":        "how often a person's rows count is bounded, and hidden by noise as large",
	"alternatives 1":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 2":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 3":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 4":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 5":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 6":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 7":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 8":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 9":  "what few people add beside many is hidden by noise as large as what one may add",
	"alternatives 10": "what few people add beside many is hidden by noise as large as what one may add",
	"repeats 10":      "how many people have so many rows is hidden by noise as large as what one may have",
	"repeats 13":      "how often a person's rows count is bounded, and hidden by noise as large",
	"repeats 16":      "what few people add beside many is hidden by noise as large as what one may add",
	"repeats 18":      "what few people add beside many is hidden by noise as large as what one may add",
	"single_value 20": "the greatest value as a quantile is found among noisy counts, and never read off a row",
	"unbounded 23":    "weights that carry a table in one exact sum are drowned by noise as large as the greatest weight",
	"union 52":        "weights on the sides of a union are a CASE like any other",
	"union 53":        "which side a person's rows came from is hidden by noise as large as the greatest weight",
	"unit 40":         "which of a person's rows chose the weight is hidden by noise as large as the greatest weight",
}

// TestPrivateHostile holds that class dp opens no door that the other classes keep shut.
func TestPrivateHostile(t *testing.T) {
	trees, scope := readTrees(t), privateScope(t)
	files, _ := filepath.Glob("testdata/hostile/*.sql")
	count, accepted := 0, map[string]bool{}
	for _, file := range files {
		for _, s := range readCorpus(t, file) {
			count++
			p, err := Analyse(s.sql, treeOf(t, trees, s), scope)
			if err == nil {
				accepted[s.name] = true
				if answerable[s.name] == "" {
					t.Errorf("%s: accepted:\n%s\n%s", s.name, s.sql, p.Private.SQL)
				}
				continue
			}
			if e := yumen.AsError(err); e.Kind != yumen.KindDenied && e.Kind != yumen.KindInvalid ||
				e.Kind == yumen.KindDenied && len(e.Reasons) == 0 {
				t.Errorf("%s: refused as %s with %d reasons", s.name, e.Kind, len(e.Reasons))
			} else {
				for _, r := range e.Reasons {
					mustBeWhole(t, s, r)
				}
			}
		}
	}
	for name := range answerable {
		if !accepted[name] {
			t.Errorf("%s is said to be answerable, but is refused", name)
		}
	}
	if count < 600 {
		t.Errorf("the hostile corpus has %d statements; some are missing", count)
	}
}
