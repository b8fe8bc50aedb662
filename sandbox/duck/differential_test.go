package duck

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

var differential = flag.Int("differential", 400, "how many accepted statements the differential test compares")

// publicData makes tables of which everything may be known. The key of a privacy unit is its number, as a job sees it.
const publicData = `
CREATE TABLE residents_ AS SELECT i::BIGINT AS _unit, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END AS sex, (i * 37 % 90)::BIGINT AS age, 'd' || (i * 11 % 4) AS district,
	CASE WHEN i % 13 > 0 THEN (i * 7919 % 900000 / 100.0)::DECIMAL(12,2) END AS income, i % 3 = 0 AS insured, DATE '1940-01-01' + (i * 97 % 29000)::INT AS birth_date FROM range(1, 301) t(i);
CREATE TABLE visits_ AS SELECT (1 + i * i * 31 % 280)::BIGINT AS _unit, i::BIGINT AS visit_id, DATE '2024-01-01' + (i * 17 % 1201)::INT AS visit_date,
	CASE i % 3 WHEN 0 THEN 'surgery' WHEN 1 THEN 'medicine' ELSE 'eyes' END AS department, CASE i % 4 WHEN 0 THEN 'J11' WHEN 1 THEN 'C34' ELSE 'I10' END AS diagnosis,
	CASE WHEN i % 9 > 0 THEN (i * 613 % 100000 / 100.0)::DECIMAL(10,2) END AS cost, (i * 5 % 12)::BIGINT AS days, CASE WHEN i % 7 > 0 THEN (i * 271 % 1000) / 64.0::DOUBLE END AS score,
	'h' || (i % 5) AS hospital_code FROM range(1, 1201) t(i);
CREATE TABLE enterprises_ AS SELECT i::BIGINT AS _unit, CASE i % 3 WHEN 0 THEN 'trade' WHEN 1 THEN 'industry' ELSE 'services' END AS sector, 'd' || (i % 4) AS district,
	(i * 53 % 400)::BIGINT AS employees, (i * 1237 % 100000) / 8.0::DOUBLE AS turnover FROM range(1, 101) t(i);
CREATE TABLE census_ AS SELECT i::BIGINT AS _unit, CASE i % 3 WHEN 0 THEN 'school' WHEN 1 THEN 'bachelor' ELSE 'master' END AS education, (18 + i * 29 % 60)::BIGINT AS age,
	(i * 7 % 60)::BIGINT AS hours, CASE WHEN i % 5 = 0 THEN '>50K' ELSE '<=50K' END AS income FROM range(1, 401) t(i);
CREATE TABLE regions_ AS SELECT i::BIGINT AS _unit, 'd' || (i * i % 6) AS code, CASE WHEN i % 2 = 0 THEN 'coast' ELSE 'hills' END AS area, (i * 1000)::BIGINT AS population FROM range(1, 6) t(i);
CREATE TABLE hospitals_ AS SELECT i::BIGINT AS _unit, 'h' || i AS code, CASE WHEN i % 3 = 0 THEN 'clinic' ELSE 'general' END AS kind, 'd' || (i % 4) AS region, (i * 90)::BIGINT AS beds FROM range(0, 4) t(i);`

// TestDifferential holds that what analysis emits gives the rows that the text gives in the engine, on data that all
// may see.
func TestDifferential(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	tally := tally{}
	refusals := map[string]int{}
	for seed := uint64(1); tally["compared"] < *differential && seed < uint64(*differential)*20; seed++ {
		g := &grammar{Rand: rand.New(rand.NewPCG(seed, 7))}
		s := g.statement()
		tally["generated"]++
		plan, err := analysed(t, judged, s.sql, scope)
		if err != nil {
			tally["refused"]++
			for _, r := range yumen.AsError(err).Reasons {
				refusals[r.Rule]++
			}
			continue
		}
		tally["accepted"]++
		want, err := answer(t, plain, s.sql, shown(plan), 0)
		if err != nil {
			tally["fails as written"]++
			refusals[strings.SplitN(err.Error(), "\n", 2)[0]]++
			continue
		}
		got, empty, err := resultOf(t, judged, plan)
		if err != nil {
			t.Fatalf("seed %d: what is emitted fails: %v\n%s\n%s\n%s", seed, err, s.sql, plan.SQL, plan.Post)
		}
		if empty && (s.without != "" || strings.Contains(s.sql, " LIMIT ") || s.ordered) {
			tally["conditions and orders of cells without a value, which are suppressed"]++
			continue
		}
		tally["compared"]++
		tally.constructs(s.sql)
		if s.units != "" {
			tally["groups whose evidence was counted again"] += recount(t, plain, judged, s, plan)
		}
		tally["class "+string(plan.Class)]++
		tally["rows"] += len(want)
		missing, extra := compare(want, got, s.ordered)
		if len(missing)+len(extra) > 0 {
			t.Errorf("seed %d:\n%s\n%s\n%s\nin the text's answer only: %q\nin ours only: %q", seed, s.sql, plan.SQL,
				plan.Post, few(missing), few(extra))
			if tally["mismatches"]++; tally["mismatches"] > 5 {
				break
			}
		}
	}
	t.Logf("%v\nrefusals %v", map[string]int(tally), refusals)
	if tally["compared"] < *differential {
		t.Errorf("compared %d statements of %d", tally["compared"], *differential)
	}
}

type tally map[string]int

func (n tally) constructs(sql string) {
	for _, word := range []string{" UNION ", " EXISTS ", " IN (SELECT", "NOT IN (SELECT", "NOT EXISTS", " SEMI ",
		" ANTI ", " LEFT JOIN ", "WITH ", " HAVING ", " FILTER ", "CASE ", "DISTINCT", " LIMIT ", "regions",
		"hospitals"} {
		if strings.Contains(sql, word) {
			n["with "+strings.TrimSpace(word)]++
		}
	}
}

// recount holds the evidence against what the engine counts when it is asked openly: no group has more units than the
// distinct ones behind its rows, whatever sides and subqueries they come from, and where rows are all that is counted,
// exactly those and their dominance.
func recount(t *testing.T, plain, judged *engine, s statement, plan *analysis.Plan) (groups int) {
	t.Helper()
	for i := range s.keys {
		if i >= len(plan.Cells) || plan.Cells[i].Name != plan.Columns[i].Name {
			return 0 // grouped by in another order than shown, or shown twice
		}
	}
	question := *plan
	question.Columns = plan.Cells
	all := len(plan.Cells) + plan.Evidence
	got, err := cellsOf(t, judged, plan.SQL, &question, all, len(plan.Cells)+5)
	if err != nil {
		t.Fatal(err)
	}
	counted := *plan
	counted.Columns = plan.Columns[:s.keys]
	open, err := cellsOf(t, plain, s.units, &counted, s.keys+2, s.keys+2)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.units)
	}
	want := map[string][]string{}
	for _, cells := range open {
		want[strings.Join(cells[:s.keys], " | ")] = cells[s.keys:]
	}
	for _, cells := range got {
		w, ok := want[strings.Join(cells[:s.keys], " | ")]
		units, n := cells[len(plan.Cells)], math.Inf(-1)
		if ok {
			n, _ = strconv.ParseFloat(w[0], 64)
		}
		u, err := strconv.ParseFloat(units, 64)
		if err != nil || ok && u > n || !ok && u > 0 {
			t.Errorf("%s units are said to be behind a group of %v\n%s\n%s", units, n, s.sql, plan.SQL)
		}
		sides := strings.Contains(s.sql, " UNION ") // the units are those of the smallest side
		if share := cells[len(plan.Cells)+3:]; s.bare && ok && (u != n && !sides || n > 0 && share[0] != w[1]) {
			t.Errorf("%s units with share %s, counted openly %v\n%s\n%s", units, share[0], w, s.sql, plan.SQL)
		}
		groups++
	}
	return groups
}

// suppressedCell stands for a cell without a value, which is suppressed: it tells nothing, so it agrees with
// everything.
const suppressedCell = "suppressed"

// shown is a plan without the columns that say where others are suppressed.
func shown(plan *analysis.Plan) *analysis.Plan {
	out := *plan
	out.Columns = slices.DeleteFunc(slices.Clone(plan.Columns),
		func(c yumen.ArtifactColumn) bool { return c.Kind == yumen.ColumnStatus })
	return &out
}

// resultOf runs what is emitted: of class aggregate the question, and over its cells, unprotected, the post statement.
// Empty says that some cell has no value.
func resultOf(t *testing.T, e *engine, plan *analysis.Plan) (rows []string, empty bool, err error) {
	t.Helper()
	if plan.Post == "" {
		rows, err = answer(t, e, plan.SQL, plan, 0)
		return rows, false, err
	}
	if f := plan.Figures; f != nil {
		if _, empty, err := resultOf(t, e, f); err != nil || empty {
			return nil, empty, err
		}
		if err := e.exec(t.Context(), "CREATE OR REPLACE TABLE "+task.FiguresTable+" AS "+f.Post); err != nil {
			return nil, false, err
		}
	}
	var names []string
	for _, c := range plan.Cells {
		name := `"` + strings.ReplaceAll(c.Name, `"`, `""`) + `"`
		if strings.HasPrefix(c.Function, "count") { // nobody is fewer than any threshold
			name = "nullif(" + name + ", 0) AS " + name
		}
		names = append(names, name)
	}
	if err := e.exec(t.Context(),
		"CREATE OR REPLACE TABLE "+task.CellsTable+" AS SELECT "+strings.Join(names, ", ")+" FROM ("+plan.SQL+
			")"); err != nil {
		return nil, false, err
	}
	cells, err := cellsOf(t, e, plan.Post, plan, len(plan.Columns), len(plan.Columns))
	for _, row := range cells {
		for i, c := range plan.Columns {
			if c.Kind == yumen.ColumnStatus && row[i] != "∅" {
				of := slices.IndexFunc(plan.Columns, func(o yumen.ArtifactColumn) bool { return o.Name == c.Of })
				row[of], empty = suppressedCell, true
			}
		}
		rows = append(rows, strings.Join(row[:len(shown(plan).Columns)], " | "))
	}
	question := *plan
	question.Columns = plan.Cells
	all, err2 := cellsOf(t, e, "FROM "+task.CellsTable, &question, len(plan.Cells), len(plan.Cells))
	for _, row := range all {
		for i, c := range plan.Cells {
			empty = empty || c.Kind == yumen.ColumnAggregate && row[i] == "∅"
		}
	}
	return rows, empty, errors.Join(err, err2)
}

func few(rows []string) []string { return rows[:min(4, len(rows))] }

// publicEngines gives an engine with the tables as people see them, one as a job sees them, and a scope that grants
// everything.
func publicEngines(t *testing.T) (plain, judged *engine, scope analysis.Scope) {
	t.Helper()
	if err := json.Unmarshal(mustRead(t, queryTestdata+"scope.json"), &scope); err != nil {
		t.Fatal(err)
	}
	scope.Risk = yumen.Risk{K: 1, Dominance: yumen.Dominance{N: 2, Share: 1}, PRatio: 1e-300}
	plain, judged = free(t), free(t)
	for _, e := range []*engine{plain, judged} {
		if err := e.exec(t.Context(), publicData); err != nil {
			t.Fatal(err)
		}
	}
	for i := range scope.Tables {
		d := &scope.Tables[i].Dataset
		d.Unit.Unique = d.Name == "residents" || d.Name == "enterprises"
		uses := map[string][]yumen.Constraint{}
		key := ""
		for i, c := range d.Columns {
			d.Columns[i].Nullable = c.Nullable || c.Name == "income" // some have none
			uses[c.Name] = []yumen.Constraint{{Use: yumen.UseFilter}, {Use: yumen.UseJoin}, {Use: yumen.UseGroup},
				{Use: yumen.UsePlain},
				{Use: yumen.UseAggregate, Functions: strings.Fields("count sum avg stddev stddev_pop var var_pop")}}
			if c.Name == d.Unit.Column {
				uses[c.Name], key = []yumen.Constraint{{Use: yumen.UseJoin}}, ", _unit AS "+c.Name
			}
		}
		scope.Tables[i].Uses = uses
		for _, x := range []struct {
			e    *engine
			cols string
		}{{plain, "* EXCLUDE (_unit)" + key}, {judged, "*" + key}} {
			if err := x.e.exec(t.Context(),
				"CREATE VIEW "+d.Name+" AS SELECT "+x.cols+" FROM "+d.Name+"_"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return plain, judged, scope
}

func analysed(t *testing.T, e *engine, sql string, scope analysis.Scope) (*analysis.Plan, error) {
	t.Helper()
	tree, ok := treeOf(t, e, sql).(json.RawMessage)
	if !ok {
		t.Fatalf("no tree for %s", sql)
	}
	return analysis.Analyse(sql, tree, scope)
}

// answer gives the rows of a statement, without its last columns of evidence.
func answer(t *testing.T, e *engine, sql string, plan *analysis.Plan, evidence int) (out []string, err error) {
	t.Helper()
	rows, err := cellsOf(t, e, sql, plan, len(plan.Columns)+evidence, len(plan.Columns))
	for _, cells := range rows {
		out = append(out, strings.Join(cells, " | "))
	}
	return out, err
}

// cellsOf runs a statement of n columns and gives the first shown of them as text, each in the type the plan says.
func cellsOf(t *testing.T, e *engine, sql string, plan *analysis.Plan, n, shown int) (rows [][]string, err error) {
	t.Helper()
	var names, cols []string
	for i := range n {
		names = append(names, fmt.Sprintf("c%d", i))
		c := fmt.Sprintf("CAST(c%d AS DOUBLE)", i)
		if i < len(plan.Columns) {
			switch typ := plan.Columns[i].Type; {
			case typ == yumen.TypeDate || typ == yumen.TypeTimestamp || typ == yumen.TypeBoolean:
				c = fmt.Sprintf("CAST(CAST(c%d AS %s) AS VARCHAR)", i, typ)
			case typ == yumen.TypeText:
				c = fmt.Sprintf("c%d", i)
			}
		}
		if i < shown {
			cols = append(cols, c)
		}
	}
	r, err := e.query(t.Context(),
		"SELECT "+strings.Join(cols, ", ")+" FROM ("+sql+") AS t("+strings.Join(names, ", ")+")")
	if err != nil {
		return nil, err
	}
	defer r.Release()
	for r.Next() {
		batch := r.RecordBatch()
		for row := range int(batch.NumRows()) {
			var cells []string
			for _, col := range batch.Columns() {
				cells = append(cells, cellOf(col, row))
			}
			rows = append(rows, cells)
		}
	}
	return rows, r.Err()
}

// cellOf writes a cell; numbers with the digits that two orders of adding up agree in, and what is no number as NULL.
func cellOf(col interface{ IsNull(int) bool }, row int) string {
	if col.IsNull(row) {
		return "∅"
	}
	switch col := col.(type) {
	case *array.Float64:
		x := col.Value(row)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return "∅"
		}
		if math.Abs(x) < 1e-6 {
			x = 0
		}
		return strconv.FormatFloat(x, 'g', 9, 64)
	case *array.String:
		return strings.Clone(col.Value(row)) // the batch does not outlive its reader
	}
	return fmt.Sprintf("%T", col)
}

// compare gives what only one of two answers has. Where the order is fixed, it counts.
func compare(want, got []string, ordered bool) (missing, extra []string) {
	if ordered && slices.Equal(want, got) {
		return nil, nil
	}
	if ordered && len(want) == len(got) {
		for i := range want {
			if !near(want[i], got[i]) {
				missing, extra = append(missing, fmt.Sprintf("row %d: %s", i, want[i])),
					append(extra, fmt.Sprintf("row %d: %s", i, got[i]))
			}
		}
		return missing, extra
	}
	count := map[string]int{}
	for _, r := range want {
		count[r]++
	}
	for _, r := range got {
		if count[r]--; count[r] < 0 {
			extra = append(extra, r)
		}
	}
	for _, r := range want {
		if count[r] > 0 {
			missing = append(missing, r)
			count[r]--
		}
	}
	missing = slices.DeleteFunc(missing, func(m string) bool {
		i := slices.IndexFunc(extra, func(x string) bool { return near(m, x) })
		if i >= 0 {
			extra = slices.Delete(extra, i, i+1)
		}
		return i >= 0
	})
	return missing, extra
}

// near reports whether two rows differ in the last digits of numbers only: adding up in another order may round the
// other way.
func near(a, b string) bool {
	x, y := strings.Split(a, " | "), strings.Split(b, " | ")
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] == y[i] || y[i] == suppressedCell {
			continue
		}
		u, err1 := strconv.ParseFloat(x[i], 64)
		v, err2 := strconv.ParseFloat(y[i], 64)
		if err1 != nil || err2 != nil || math.Abs(u-v) > 2e-8*math.Max(math.Abs(u), math.Abs(v)) {
			return false
		}
	}
	return true
}
