package contract

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/uses"
	"pgregory.net/rapid"
)

func TestUses(t *testing.T) {
	c, datasets := visits(t), cityCatalog()
	residents, visited := datasets["residents"], datasets["visits"]
	if diff := cmp.Diff(map[string][]yumen.Constraint{
		"id_no": {{Use: "join"}}, "birth": {{Use: "filter"}, {Use: "bucket", Width: 7305}},
		"district": {{Use: "filter"}, {Use: "group", MinK: 20}},
	}, Uses(&c, &residents)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]yumen.Constraint{
		"id_no": {{Use: "join"}}, "dept": {{Use: "group"}},
		"cost": {{Use: "aggregate", Functions: []string{"count", "avg"}, MinK: 20, MaxDominance: 0.4}},
	}, Uses(&c, &visited)); diff != "" {
		t.Error(diff)
	}
	if other := (yumen.Dataset{Name: "other", Columns: visited.Columns}); len(Uses(&c, &other)) != 0 {
		t.Error("uses on a dataset that the contract does not name")
	}
}

// request is one thing somebody wants to do with a column.
type request struct {
	use       yumen.Use
	function  string
	technique string
	k         int
	share     float64
	width     float64
	parts     uses.Parts
}

// permits says from the words of the design alone whether constraints allow a request. What a contract leaves out is
// for the catalog to say; a catalog entry must say it.
func permits(list []yumen.Constraint, r request, isContract bool) bool {
	found := false
	for _, c := range list {
		if c.Use == yumen.UseDeny {
			return false
		}
		if c.Use != r.use {
			continue
		}
		found = true
		ok := r.k >= c.MinK && (c.MaxDominance == 0 || r.share <= c.MaxDominance)
		switch r.use {
		case yumen.UseAggregate:
			ok = ok && (slices.Contains(c.Functions, r.function) || isContract && len(c.Functions) == 0)
		case yumen.UseBucket:
			ok = ok && r.width >= c.Width && (c.Width > 0 || isContract)
		case yumen.UseCalendar:
			ok = ok && (uses.Covers(c.Parts, r.parts) || isContract && len(c.Parts) == 0)
		case yumen.UseMask:
			ok = ok && (c.Technique == r.technique && c.Technique != "" || isContract && c.Technique == "")
		}
		if !ok {
			return false
		}
	}
	return found
}

var someUses = []yumen.Use{yumen.UseFilter, yumen.UseGroup, yumen.UseAggregate, yumen.UseBucket, yumen.UseCalendar,
	yumen.UseMask}

func constraints(t *rapid.T, label string) []yumen.Constraint {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) yumen.Constraint {
		c := yumen.Constraint{Use: rapid.SampledFrom(someUses).Draw(t, "use")}
		if rapid.IntRange(0, 19).Draw(t, "deny") == 19 {
			c.Use = yumen.UseDeny
		}
		switch c.Use {
		case yumen.UseGroup:
			c.MinK = rapid.IntRange(0, 4).Draw(t, "min_k")
		case yumen.UseAggregate:
			c.MinK = rapid.IntRange(0, 4).Draw(t, "min_k")
			c.MaxDominance = float64(rapid.IntRange(0, 4).Draw(t, "dominance")) / 4
			c.Functions = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"count", "sum", "avg"}),
				rapid.ID[string]).Draw(t, "functions")
		case yumen.UseBucket:
			c.Width = float64(rapid.IntRange(0, 3).Draw(t, "width"))
		case yumen.UseCalendar:
			c.Parts = rapid.SliceOfN(rapid.SampledFrom([]string{"year", "quarter", "month", "week", "day",
				"quarter_of_year", "day_of_week", "week+day_of_week", "quarter+day_of_week"}), 0, 3).Draw(t, "parts")
		case yumen.UseMask:
			c.Technique = rapid.SampledFrom([]string{"", "mobile", "name"}).Draw(t, "technique")
		}
		return c
	}), 1, 6).Draw(t, label)
}

// What a contract and a catalog entry allow together is what each of them allows: never more, and not less either. This
// holds for lists that Parse would refuse, too.
//
// Duty 48 (XX63.1): columns and their uses are granted one by one.
func TestUsesAreTheIntersection(t *testing.T) {
	permitted := 0
	law := func(t *rapid.T) {
		catalog, granted := constraints(t, "catalog"), constraints(t, "contract")
		d := yumen.Dataset{Name: "d", Columns: []yumen.Column{{Name: "x", Constraints: catalog}}}
		c := yumen.Contract{Datasets: []yumen.ContractDataset{{Dataset: "d",
			Columns: []yumen.GrantedColumn{{Name: "x", Uses: granted}}}}}
		both := Uses(&c, &d)["x"]
		r := request{
			use:       rapid.SampledFrom(someUses).Draw(t, "use"),
			function:  rapid.SampledFrom([]string{"count", "sum", "avg"}).Draw(t, "function"),
			technique: rapid.SampledFrom([]string{"mobile", "name"}).Draw(t, "technique"),
			k:         rapid.IntRange(0, 4).Draw(t, "k"), share: float64(rapid.IntRange(1, 4).Draw(t, "share")) / 4,
			width: float64(rapid.IntRange(1, 3).Draw(t, "width")),
			parts: uses.Parts(rapid.SampledFrom([]int{int(uses.Year), int(uses.Quarter),
				int(uses.Month | uses.DayOfWeek), int(uses.QuarterOfYear), int(uses.Week), int(uses.Day),
				int(uses.DayOfWeek), int(uses.Year | uses.QuarterOfYear)}).Draw(t, "part")),
		}
		got, want := permits(both, r, false), permits(catalog, r, false) && permits(granted, r, true)
		if got != want {
			t.Fatalf("catalog %+v\ncontract %+v\ntogether %+v\npermit %+v: %v, want %v", catalog, granted, both, r, got,
				want)
		}
		if got {
			permitted++
		}
	}
	// Few requests are permitted, and -short draws a fifth as many: more are drawn until the law was tried.
	for round := 0; permitted == 0 && round < 50; round++ {
		rapid.Check(t, law)
	}
	if permitted == 0 {
		t.Error("no request was ever permitted: the property was not tested")
	}
}

// A contract that Check has nothing against gets exactly the parameters it names.
func TestCheckedContractsGetWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		catalog, granted := constraints(t, "catalog"), constraints(t, "contract")
		d := yumen.Dataset{Name: "d", Provider: "p",
			Columns: []yumen.Column{{Name: "x", Constraints: distinct(catalog)}}}
		c := yumen.Contract{Parties: yumen.Parties{Providers: []string{"p"}},
			Datasets: []yumen.ContractDataset{{Dataset: "d",
				Columns: []yumen.GrantedColumn{{Name: "x", Uses: distinct(granted)}}}}}
		if len(Check(&c, map[string]yumen.Dataset{"d": d})) > 0 {
			return
		}
		for _, u := range Uses(&c, &d)["x"] {
			g := c.Datasets[0].Columns[0].Uses[slices.IndexFunc(c.Datasets[0].Columns[0].Uses,
				func(g yumen.Constraint) bool { return g.Use == u.Use })]
			if g.MinK > 0 && g.MinK != u.MinK || g.MaxDominance > 0 && g.MaxDominance != u.MaxDominance ||
				g.Width > 0 && g.Width != u.Width ||
				g.Technique != "" && g.Technique != u.Technique || len(g.Functions) > 0 &&
				fmt.Sprint(sorted(g.Functions)) != fmt.Sprint(sorted(u.Functions)) {
				t.Fatalf("granted %+v, got %+v", g, u)
			}
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func distinct(list []yumen.Constraint) []yumen.Constraint {
	var out []yumen.Constraint
	for _, c := range list {
		if !slices.ContainsFunc(out, func(o yumen.Constraint) bool { return o.Use == c.Use }) {
			out = append(out, c)
		}
	}
	return out
}
