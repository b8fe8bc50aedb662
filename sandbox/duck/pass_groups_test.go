package duck

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// groupingFiles writes the tables of the differential test as versions are stored.
func groupingFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	e := free(t)
	if err := e.exec(t.Context(), publicData); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"residents", "visits", "enterprises", "census"} {
		files[name] = t.TempDir() + "/" + name
		if err := e.exec(t.Context(),
			"COPY (FROM "+name+"_ ORDER BY _unit) TO '"+files[name]+"' (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// ran runs a query and returns the rows of both streams side by side, cells of doubles as such.
func ran(t *testing.T, spec task.QuerySpec, files map[string]string) [][]any {
	t.Helper()
	inputs := map[string]string{}
	for _, v := range spec.Views {
		inputs[v.Input] = files[v.Name]
	}
	in := newTestEnv(t, spec, inputs)
	if err := in.run(t, task.Query); err != nil {
		t.Fatalf("%v\n%s", err, spec.SQL)
	}
	result, evidence := rowsOf(t, in.Outputs[task.OutResult].Bytes()), rowsOf(t, in.Outputs[task.OutEvidence].Bytes())
	var out [][]any
	for i, row := range result {
		var cells []any
		for j, cell := range slices.Concat(row, evidence[i]) {
			if x, err := strconv.ParseFloat(cell, 64); err == nil &&
				strings.HasSuffix(slices.Concat(result[0], evidence[0])[j], " double") {
				cells = append(cells, x)
			} else {
				cells = append(cells, cell)
			}
		}
		out = append(out, cells)
	}
	return out
}

// A pass over the rows gives the rows and the evidence that the statement gives, columns, types and order included.
func TestGroupingIsTheStatement(t *testing.T) {
	_, judged, scope := publicEngines(t)
	files := groupingFiles(t)
	compared, groups, parts, ofUnits, ratios, rowUnits, values, vectors, settled := 0, 0, 0, 0, 0, 0, 0, 0, 0
	check := func(sql string, plan *analysis.Plan) {
		t.Helper()
		spec := task.QuerySpec{Views: plan.Views, SQL: plan.SQL, Evidence: plan.Evidence, MaxRows: 10000}
		want := ran(t, spec, files)
		spec.SQL, spec.Grouping = "SELECT the pass was not taken", plan.Grouping
		got := ran(t, spec, files)
		settled += settle(want, got, plan.Grouping)
		if d := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 1e-12)); d != "" {
			t.Errorf("%s\n%s\n%s", sql, plan.Grouping.Rest, d)
		}
		compared, groups = compared+1, groups+len(got)-1
		for n, is := range map[*int]bool{&parts: plan.Grouping.Parts > 0, &ofUnits: plan.Grouping.UnitAtoms,
			&ratios: len(plan.Grouping.Ratios) > 0, &rowUnits: plan.Grouping.RowUnits,
			&values:  len(plan.Grouping.Values) > 0,
			&vectors: plan.Grouping.RowUnits && len(plan.Grouping.Vectors) > 0} {
			if is {
				*n++
			}
		}
	}
	for _, risk := range []yumen.Risk{{K: 1, Dominance: yumen.Dominance{N: 2, Share: 1}, PRatio: 1e-300},
		{K: 5, Dominance: yumen.Dominance{N: 4, Share: 0.6}, PRatio: 0.1},
		{K: 60, Dominance: yumen.Dominance{N: 2, Share: 0.6}, PRatio: 0.1}} {
		scope.Risk = risk
		for _, sql := range []string{
			"SELECT department, count(*) AS n, sum(cost) AS c, avg(cost) AS m, count(DISTINCT resident_id) AS people FROM visits GROUP BY department",
			"SELECT sum(days), avg(days), count(cost), count(*) FILTER (WHERE days > 3) FROM visits",
			"SELECT sum(cost), count(*) FROM visits WHERE days > 1000",
			"SELECT diagnosis, visit_date > DATE '2025-01-01' AS late, sum(days * 2 - 5) AS c FROM visits GROUP BY ALL HAVING sum(days) > 100 ORDER BY c DESC LIMIT 3",
			"SELECT hospital_code, count(DISTINCT resident_id) FILTER (WHERE days > 6) AS people, sum(CASE WHEN department = 'eyes' THEN 1 ELSE 0 END) AS eyes FROM visits GROUP BY 1",
			"SELECT CASE WHEN days > 5 THEN cost END AS k, count(*) AS n FROM visits GROUP BY 1 ORDER BY n DESC",
			"SELECT department, count(*), sum(days), sum(cost), sum(days - 5), avg(cost), count(DISTINCT resident_id) FROM visits GROUP BY ALL",
			"SELECT count(DISTINCT resident_id) FILTER (WHERE days > 6), count(DISTINCT resident_id) FILTER (WHERE cost > 500), count(*) FROM visits WHERE days > 100",
			"SELECT department, sum(cost) FILTER (WHERE diagnosis = 'J11'), count(cost) FILTER (WHERE diagnosis = 'C34'), count(DISTINCT resident_id) FILTER (WHERE diagnosis = 'I10') FROM visits GROUP BY 1",
			"SELECT visit_date, count(*), count(DISTINCT resident_id), sum(days) FROM visits GROUP BY 1",
			"SELECT resident_id IS NULL, count(*), sum(CASE WHEN days > 3 THEN cost ELSE 0 END) AS some FROM visits GROUP BY 1",
			filtered("visits", 8), filtered("visits", 12),
		} {
			plan, err := analysed(t, judged, sql, scope)
			if err != nil {
				t.Fatal(err)
			}
			if plan.Grouping == nil {
				t.Errorf("no pass for %s", sql)
				continue
			}
			check(sql, plan)
		}
		for seed := uint64(1); seed < 250; seed++ {
			g := &grammar{Rand: rand.New(rand.NewPCG(seed, 11))}
			statements := []string{g.statement().sql}
			if seed%3 == 0 {
				statements = append(statements, g.parted())
			}
			for _, sql := range statements {
				if plan, err := analysed(t, judged, sql, scope); err == nil && plan.Grouping != nil {
					check(sql, plan)
				}
			}
		}
	}
	t.Logf("%d statements, %d groups, %d statements with parts, %d by value, %d with parts of units, %d with ratios, %d over rows that are units, %d of them with vectors; %d groups whose combinations all change with k units",
		compared, groups, parts, values, ofUnits, ratios, rowUnits, vectors, settled)
	if compared < 200 || groups < 1000 || parts < 100 || values < 100 || ofUnits < 40 || ratios < 100 ||
		rowUnits < 20 || vectors < 10 || settled < 20 {
		t.Error("too few to tell")
	}
}

// settle puts what a pass says of all combinations of figures in place of what single units add, where it follows from
// that.
func settle(want, got [][]any, g *task.Grouping) (settled int) {
	at := slices.IndexFunc(want[0],
		func(name any) bool { return strings.HasPrefix(fmt.Sprint(name), task.EvidenceVectors) })
	for i := 1; at >= 0 && i < min(len(want), len(got)); i++ {
		all := fmt.Sprintf("1:%s:%d", task.AllCombinations, g.Threshold)
		listed := vectorsOf(fmt.Sprint(want[i][at]), len(g.Vectors))["1"]
		if got[i][at] == all && linear.AtLeast(int64(g.Threshold), len(g.Vectors), listed.exact) {
			want[i][at] = all
			settled++
		}
	}
	return settled
}

// filtered counts rows under so many filters.
func filtered(table string, parts int) string {
	sql := "SELECT department, count(*) AS n"
	for i := range parts {
		sql += fmt.Sprintf(", count(*) FILTER (WHERE days = %d) AS n%d", i, i)
	}
	return sql + " FROM " + table + " GROUP BY department"
}

// parted writes aggregates over one table, most of them under filters.
func (g *grammar) parted() string {
	s := g.table(g.one("visits", "visits", "residents", "census"))
	value := s.fields[slices.IndexFunc(s.fields, func(f field) bool { return f.kind == "dec" || f.kind == "int" })].sql
	key := s.fields[g.IntN(len(s.fields))].sql
	sql := "SELECT " + key + " AS k"
	for i := range 1 + g.IntN(5) {
		fn := g.one("count(*)", "sum("+value+")", "avg("+value+")", "count("+value+")")
		if s.key != "" && g.chance(30) {
			fn = "count(DISTINCT " + s.key + ")"
		}
		if g.chance(70) {
			fn += " FILTER (WHERE " + g.condition(s, 1) + ")"
		}
		sql += fmt.Sprintf(", %s AS v%d", fn, i)
	}
	return sql + " FROM " + s.from + " GROUP BY k"
}

// What a pass cannot do is done by the statement.
func TestGroupingFallsBack(t *testing.T) {
	_, judged, scope := publicEngines(t)
	plan, err := analysed(t, judged, "SELECT department, count(*) AS n, sum(days) AS s FROM visits GROUP BY department",
		scope)
	if err != nil {
		t.Fatal(err)
	}
	rows := "SELECT (i % 50)::BIGINT AS _unit, 'd' || (i % 3) AS department, %s AS days FROM range(1000) t(i)"
	for name, sql := range map[string]string{
		"not clustered": strings.Replace(rows, "%s", "(i % 9)::BIGINT", 1),
		"too large": strings.Replace(strings.Replace(rows, "(i % 50)", "(i // 50)", 1), "%s",
			strconv.FormatInt(math.MaxInt64/4, 10)+"::BIGINT", 1),
	} {
		files := map[string]string{"visits": parquetOf(t, sql)}
		spec := task.QuerySpec{Views: plan.Views, SQL: plan.SQL, Evidence: plan.Evidence, MaxRows: 100}
		want := ran(t, spec, files)
		spec.Grouping = plan.Grouping
		if d := cmp.Diff(want, ran(t, spec, files)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
