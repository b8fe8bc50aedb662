package contract

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
)

func visits(t testing.TB) yumen.Contract {
	t.Helper()
	b, err := os.ReadFile("testdata/visits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("visits.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	c := visits(t)
	c.Datasets = c.Datasets[1:]
	c.Title, c.Purpose = yumen.Text{}, yumen.Text{}
	want := yumen.Contract{
		Name:    "elder-care-2026",
		Parties: yumen.Parties{Providers: []string{"市卫生健康委员会", "市公安局"}, Operator: "城市数据运营公司", Applicant: "养老研究院"},
		Datasets: []yumen.ContractDataset{{Dataset: "visits", Columns: []yumen.GrantedColumn{
			{Name: "id_no", Uses: []yumen.Constraint{{Use: "join"}}},
			{Name: "cost", Uses: []yumen.Constraint{{Use: "aggregate", Functions: []string{"count", "avg"}, MinK: 20,
				MaxDominance: 0.4}}},
			{Name: "dept", Uses: []yumen.Constraint{{Use: "group"}}},
		}}},
		Classes: []yumen.ReleaseClass{"aggregate", "opaque"},
		Engines: []yumen.Engine{"sql"},
		Risk: yumen.Risk{K: 20, Dominance: yumen.Dominance{N: 2, Share: 0.8}, PRatio: 0.15, Rounding: 10,
			MaxRows: 1000, MaxBytes: 1 << 20},
		Budget: yumen.Budget{Epsilon: 1, Delta: 1e-6, PerQuery: 0.1, RowsPerUnit: 1, GroupsPerUnit: 1,
			Deadlines: []yumen.Duration{100e6, 1e9, 10e9, 100e9}},
		Valid:  yumen.Validity{From: "2026-01-01", Until: "2026-12-31"},
		Quotas: yumen.Quotas{JobsPerDay: 20, Wall: yumen.Duration(120e9), Memory: 1 << 30},
		Review: yumen.ReviewRule{Reviewers: 2},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

// What is not written is as the documentation of yumen.Contract says.
func TestDefaults(t *testing.T) {
	c, err := Parse("short.yaml",
		[]byte("contract: c\ntitle: T\npurpose: P\nparties: {providers: [a], operator: b, applicant: c}\n"+
			"datasets: [{dataset: d, columns: [{name: x, uses: [filter]}]}]\nclasses: [aggregate]\nvalid: {from: 2026-01-01, until: 2026-01-01}\nrisk: {dominance: {n: 3}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(yumen.Risk{K: 10, Dominance: yumen.Dominance{N: 3, Share: 0.9}, PRatio: 0.1, Rounding: 5,
		MaxRows: 5000, MaxBytes: 16 << 20}, c.Risk); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(yumen.Quotas{JobsPerDay: 100, Wall: yumen.Duration(60e9), Memory: 2 << 30},
		c.Quotas); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(yumen.ReviewRule{Reviewers: 1, Independent: true}, c.Review); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]yumen.Engine{"sql", "wasm"}, c.Engines); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	goldentest.Run(t, "testdata/bad.txtar", func(file string, b []byte) error {
		_, err := Parse(file, b)
		return err
	})
}

// cityCatalog has the datasets of visits.yaml.
func cityCatalog() map[string]yumen.Dataset {
	col := func(name string, cs ...yumen.Constraint) yumen.Column {
		return yumen.Column{Name: name, Type: yumen.TypeText, Role: yumen.ColumnRoleQuasi, Constraints: cs}
	}
	use := func(u yumen.Use) yumen.Constraint { return yumen.Constraint{Use: u} }
	return map[string]yumen.Dataset{
		"residents": {Name: "residents", Provider: "市公安局", Columns: []yumen.Column{
			col("id_no", use("join")), col("name", yumen.Constraint{Use: "mask", Technique: "name"}),
			col("birth", use("filter"), yumen.Constraint{Use: "bucket", Width: 3652.5}),
			col("district", use("plain"), use("filter"), yumen.Constraint{Use: "group", MinK: 10}),
			col("note", use("deny")),
		}},
		"visits": {Name: "visits", Provider: "市卫生健康委员会", Columns: []yumen.Column{
			col("id_no", use("join")), col("dept", use("group")), col("diagnosis"),
			col("seen", yumen.Constraint{Use: "calendar", Parts: []string{"week", "month"}}),
			col("cost", yumen.Constraint{Use: "aggregate", Functions: []string{"count", "sum", "avg"}, MinK: 15,
				MaxDominance: 0.5}),
		}},
	}
}

func TestCheck(t *testing.T) {
	if reasons := Check(new(visits(t)), cityCatalog()); len(reasons) > 0 {
		t.Fatalf("got %+v", reasons)
	}
	uses := func(cs ...yumen.Constraint) []yumen.Constraint { return cs }
	for _, c := range []struct {
		name   string
		change func(*yumen.Contract)
		want   string // rule place, then the fix if there is one
	}{
		{"dataset", func(c *yumen.Contract) { c.Datasets[0].Dataset = "resident" },
			`dataset.unknown datasets.resident did you mean "residents"?`},
		{"provider", func(c *yumen.Contract) { c.Parties.Providers = c.Parties.Providers[:1] },
			"provider.not-party datasets.residents add it to parties.providers"},
		{"column", func(c *yumen.Contract) { c.Datasets[0].Columns[2].Name = "districts" },
			`column.unknown datasets.residents.columns.districts did you mean "district"?`},
		{"denied", func(c *yumen.Contract) { c.Datasets[0].Columns[2].Name = "note" },
			"use.not-in-catalog datasets.residents.columns.note.uses.filter\nuse.not-in-catalog datasets.residents.columns.note.uses.group"},
		{"without constraints", func(c *yumen.Contract) { c.Datasets[1].Columns[2].Name = "diagnosis" },
			"use.not-in-catalog datasets.visits.columns.diagnosis.uses.group"},
		{"use", func(c *yumen.Contract) { c.Datasets[1].Columns[2].Uses = uses(yumen.Constraint{Use: "plain"}) },
			"use.not-in-catalog datasets.visits.columns.dept.uses.plain allowed are group"},
		{"min_k", func(c *yumen.Contract) { c.Datasets[1].Columns[1].Uses[0].MinK = 14 },
			"use.more-permissive datasets.visits.columns.cost.uses.aggregate.min_k write at least 15"},
		{"dominance", func(c *yumen.Contract) { c.Datasets[1].Columns[1].Uses[0].MaxDominance = 0.6 },
			"use.more-permissive datasets.visits.columns.cost.uses.aggregate.max_dominance"},
		{"functions", func(c *yumen.Contract) { c.Datasets[1].Columns[1].Uses[0].Functions = []string{"avg", "var"} },
			"use.more-permissive datasets.visits.columns.cost.uses.aggregate.functions allowed are count, sum, avg"},
		{"narrow bucket", func(c *yumen.Contract) { c.Datasets[0].Columns[1].Uses[1].Width = 365 },
			"use.more-permissive datasets.residents.columns.birth.uses.bucket.width"},
		{"odd bucket", func(c *yumen.Contract) { c.Datasets[0].Columns[1].Uses[1].Width = 5000 },
			"width.multiple datasets.residents.columns.birth.uses.bucket.width such as 7305"},
		{"mask", func(c *yumen.Contract) {
			c.Datasets[0].Columns[0] = yumen.GrantedColumn{Name: "name",
				Uses: uses(yumen.Constraint{Use: "mask", Technique: "generic"})}
		}, "use.more-permissive datasets.residents.columns.name.uses.mask.technique"},
		{"finer part", func(c *yumen.Contract) {
			c.Datasets[1].Columns[2] = yumen.GrantedColumn{Name: "seen",
				Uses: uses(yumen.Constraint{Use: "calendar", Parts: []string{"quarter", "day"}})}
		}, "use.more-permissive datasets.visits.columns.seen.uses.calendar.parts allowed are week, month, and what follows from one of them"},
		{"parts together", func(c *yumen.Contract) {
			c.Datasets[1].Columns[2] = yumen.GrantedColumn{Name: "seen",
				Uses: uses(yumen.Constraint{Use: "calendar", Parts: []string{"week+month"}})}
		}, "use.more-permissive datasets.visits.columns.seen.uses.calendar.parts allowed are week, month, and what follows from one of them"},
		{"coarser part", func(c *yumen.Contract) {
			c.Datasets[1].Columns[2] = yumen.GrantedColumn{Name: "seen",
				Uses: uses(yumen.Constraint{Use: "calendar", Parts: []string{"quarter", "week"}})}
		}, ""},
		{"left to the catalog", func(c *yumen.Contract) {
			c.Datasets[1].Columns[1].Uses = uses(yumen.Constraint{Use: "aggregate"})
			c.Datasets[0].Columns[1].Uses = uses(yumen.Constraint{Use: "bucket"})
		}, ""},
		{"several", func(c *yumen.Contract) { c.Datasets[0].Dataset = "x"; c.Datasets[1].Columns[0].Name = "y" },
			"dataset.unknown datasets.x\ncolumn.unknown datasets.visits.columns.y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := visits(t)
			c.change(&v)
			if diff := cmp.Diff(c.want, render(t, Check(&v, cityCatalog()))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func render(t *testing.T, reasons []yumen.Reason) string {
	t.Helper()
	lines := make([]string, len(reasons))
	for i, r := range reasons {
		lines[i] = strings.TrimSpace(r.Rule + " " + r.Place + " " + r.Fix.EN)
		if r.Msg.EN == "" || r.Msg.ZH == "" || strings.Contains(r.Msg.EN+r.Msg.ZH+r.Fix.EN+r.Fix.ZH, "%!") {
			t.Errorf("bad message in %+v", r)
		}
	}
	return strings.Join(lines, "\n")
}
