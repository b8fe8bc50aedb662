package duck

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox/result"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

var (
	lawStatements = flag.Int("laws", 150, "how many accepted statements the laws are checked on")
	lawTalk       = flag.Bool("laws-talk", false, "say why statements are blocked")
	lawSeed       = flag.Uint64("laws-seed", 1, "where the laws begin")
)

const lawK = 5

// TestLawsOfCells checks, on statements and populations made at random, with constants taken from one person:
//
//   - Support: no sum of up to four visible aggregates of one group, with coefficients −2…2, changes with 1…k−1 people alone.
//     What people change is counted in plain DuckDB, on the text as it was written, by leaving each person out.
//   - Invisibility: where a change of one person's row changes no cell of k people or more, and no count of people that reaches
//     k, nothing that leaves changes, what is suppressed included.
func TestLawsOfCells(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	scope.Risk.K, scope.Risk.Rounding, scope.Risk.MaxRows, scope.Risk.MaxBytes = lawK, 1, 10000, 1<<20
	for _, e := range []*engine{plain, judged} {
		if err := e.exec(t.Context(), "SET threads = 1"); err != nil {
			t.Fatal(err)
		}
	}
	n := tally{}
	for seed := *lawSeed; n["accepted"] < *lawStatements && n["generated"] < 20**lawStatements; seed++ {
		n["generated"]++
		l := newLaw(seed, plain, judged, scope)
		l.populate(t)
		s := l.statement()
		plan, err := analysed(t, judged, s.sql, scope)
		if err != nil {
			for _, r := range yumen.AsError(err).Reasons {
				n["refused: "+r.Rule]++
			}
			continue
		}
		n["accepted"]++
		out, verdict := l.protect(t, plan)
		n["verdict "+string(verdict)]++
		for _, v := range l.support(t, s, plan, out, n) {
			n["violations"]++
			t.Errorf("seed %d, support: %s\n%s\n%s", seed, v, s.sql, strings.Join(out.shown, "\n"))
		}
		if v := l.invisibility(t, s, plan, out, n); v != "" {
			n["violations"]++
			t.Errorf("seed %d, invisibility: %s\n%s", seed, v, s.sql)
		}
		if n["violations"] > 8 {
			break
		}
	}
	t.Logf("%v", map[string]int(n))
	for _, what := range []string{"accepted", "groups with visible aggregates", "groups with several visible", "combinations", "changes that are to be invisible"} {
		if n[what] < *lawStatements/10 {
			t.Errorf("%s: %d", what, n[what])
		}
	}
}

// law is one population and one statement over it.
type law struct {
	*rand.Rand
	plain, judged *engine
	scope         analysis.Scope
	rows          map[string][][]string // of residents and visits, as literals
	unit          []string              // the row of the person whom constants are taken from
	visit         []string              // and one of theirs
}

func newLaw(seed uint64, plain, judged *engine, scope analysis.Scope) *law {
	return &law{Rand: rand.New(rand.NewPCG(seed, 11)), plain: plain, judged: judged, scope: scope, rows: map[string][][]string{}}
}

func (l *law) one(of ...string) string { return of[l.IntN(len(of))] }
func (l *law) chance(percent int) bool { return l.IntN(100) < percent }

// lawColumns are those that statements name, in the order in which rows have them.
var lawColumns = map[string][]field{
	"residents": {{"_unit", "key"}, {"sex", "text"}, {"age", "int"}, {"district", "text"}, {"income", "dec"}, {"insured", "bool"}, {"birth_date", "date"}},
	"visits":    {{"_unit", "key"}, {"visit_id", "id"}, {"visit_date", "date"}, {"department", "text"}, {"diagnosis", "text"}, {"cost", "dec"}, {"days", "int"}},
}

// populate makes 40 to 120 people.
func (l *law) populate(t *testing.T) {
	t.Helper()
	people, groups, visit := 40+l.IntN(81), 2+l.IntN(3), 0
	for u := 1; u <= people; u++ {
		income := "NULL"
		if l.chance(93) {
			income = fmt.Sprintf("%d.%02d", 10*(1+l.IntN(60)), 25*l.IntN(4))
		}
		l.rows["residents"] = append(l.rows["residents"], []string{fmt.Sprint(u), l.one("'F'", "'M'"), fmt.Sprint(20 + l.IntN(30)),
			fmt.Sprintf("'d%d'", l.IntN(groups)), income, l.one("true", "false"), fmt.Sprintf("DATE '1960-01-01' + %d", 30*l.IntN(400))})
		for range l.IntN(4) {
			visit++
			cost := "NULL"
			if l.chance(90) {
				cost = fmt.Sprintf("%d.50", l.IntN(40))
			}
			l.rows["visits"] = append(l.rows["visits"], []string{fmt.Sprint(u), fmt.Sprint(visit), fmt.Sprintf("DATE '2024-01-01' + %d", l.IntN(60)),
				l.one("'surgery'", "'medicine'", "'eyes'"), l.one("'J11'", "'C34'", "'I10'"), cost, fmt.Sprint(l.IntN(8))})
		}
	}
	l.visit = l.rows["visits"][l.IntN(visit)]
	l.unit = l.rows["residents"][slices.IndexFunc(l.rows["residents"], func(r []string) bool { return r[0] == l.visit[0] })]
	l.load(t)
}

// load puts the population into both engines.
func (l *law) load(t *testing.T) {
	t.Helper()
	for table, rows := range l.rows {
		types := map[string]string{"key": "BIGINT", "id": "BIGINT", "text": "VARCHAR", "int": "BIGINT", "dec": "DECIMAL(12,2)", "bool": "BOOLEAN", "date": "DATE"}
		var cols, values []string
		for i, c := range lawColumns[table] {
			typ := types[c.kind]
			if c.sql == "cost" {
				typ = "DECIMAL(10,2)"
			}
			cols = append(cols, fmt.Sprintf("CAST(c%d AS %s) AS %s", i, typ, c.sql))
		}
		if table == "visits" {
			cols = append(cols, "NULL::DOUBLE AS score", "'h' || (visit_id % 3) AS hospital_code")
		}
		for _, r := range rows {
			values = append(values, "("+strings.Join(r, ", ")+")")
		}
		names := make([]string, len(lawColumns[table]))
		for i := range names {
			names[i] = fmt.Sprintf("c%d", i)
		}
		sql := "CREATE OR REPLACE TABLE " + table + "_ AS SELECT " + strings.Join(cols, ", ") + " FROM (VALUES " + strings.Join(values, ", ") + ") t(" + strings.Join(names, ", ") + ")"
		for _, e := range []*engine{l.plain, l.judged} {
			if err := e.exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// lawStatement is an aggregate statement in parts: all aggregates are shown as they are, others are computed from them.
type lawStatement struct {
	from, where, key string
	keys, aggregates []string
	sql              string
}

func (l *law) statement() lawStatement {
	s := lawStatement{}
	var fields []field
	of := func(table, alias string) {
		for _, f := range lawColumns[table] {
			if f.kind != "key" {
				fields = append(fields, field{alias + "." + f.sql, f.kind})
			}
		}
	}
	switch l.IntN(8) {
	case 0, 1:
		s.from, s.key = "residents r", "r.resident_id"
		of("residents", "r")
	case 2:
		s.from, s.key = "visits v", "v.resident_id"
		of("visits", "v")
	case 3:
		s.from, s.key = "visits v JOIN residents r ON v.resident_id = r.resident_id", "r.resident_id"
		of("residents", "r")
		of("visits", "v")
	case 4:
		s.from, s.key = "residents r LEFT JOIN visits v ON r.resident_id = v.resident_id", "r.resident_id"
		of("residents", "r")
		of("visits", "v")
	case 5:
		of("visits", "v")
		s.from, s.key = l.unitValues(fields), "p.id"
		fields = []field{{"p.f", "date"}, {"p.m", "int"}, {"p.d", "text"}, {"p.e", "int"}, {"p.l", "int"}, {"p.o", "bool"}}
	case 6:
		of("visits", "v")
		s.from, s.key = l.unitOrder(fields), "p.id"
		fields = []field{{"p.days", "int"}, {"p.cost", "dec"}, {"p.k", "int"}, {"p.g", "int"}, {"p.s", "dec"}, {"p.d", "text"}, {"p.r", "int"}}
	default:
		of("visits", "v")
		inner := fields
		fields = []field{{"p.n", "int"}, {"p.d", "int"}, {"p.c", "dec"}}
		filter := ""
		if l.chance(50) {
			filter = " FILTER (WHERE " + l.condition(inner, 1) + ")"
		}
		s.from, s.key = "(SELECT v.resident_id AS id, count(*) AS n, sum(v.days)"+filter+" AS d, sum("+l.measure(inner, 1)+") AS c FROM visits v GROUP BY v.resident_id) p", "p.id"
		if l.chance(50) {
			s.from, s.key = "residents r JOIN "+s.from+" ON r.resident_id = p.id", "r.resident_id"
			of("residents", "r")
		}
	}
	for range l.IntN(3) {
		if s.where != "" {
			s.where += " AND "
		}
		s.where += l.condition(fields, 1)
	}
	for range l.IntN(3) {
		if k := l.column(fields, l.one("text", "text", "bool")); k != "" && !slices.Contains(s.keys, k) {
			s.keys = append(s.keys, k)
		}
	}
	for range 1 + l.IntN(4) {
		s.aggregates = append(s.aggregates, l.aggregate(s, fields))
	}
	if l.chance(15) { // inclusion and exclusion
		a, b := l.condition(fields, 0), l.condition(fields, 0)
		s.aggregates = []string{"count(*) FILTER (WHERE " + a + ")", "count(*) FILTER (WHERE " + b + ")", "count(*) FILTER (WHERE " + a + " OR " + b + ")"}
	}
	s.sql = l.text(s)
	return s
}

// unitValues is a subquery of what single rows of each person have.
func (l *law) unitValues(fields []field) string {
	filter := func() string { return l.one("", " FILTER (WHERE "+l.condition(fields, 1)+")") }
	c := l.column(fields, "int", "dec")
	return "(SELECT v.resident_id AS id, " + l.one("min", "max") + "(v.visit_date)" + filter() + " AS f, " + l.one("min", "max") + "(v.days)" + filter() +
		" AS m, first(v.department ORDER BY v.visit_date, v.visit_id)" + filter() + " AS d, max(CASE WHEN " + l.condition(fields, 1) + " THEN 1 ELSE 0 END)" + filter() +
		" AS e, " + l.one("arg_min", "arg_max") + "(v.days, " + l.one("v.visit_id", c) + ")" + filter() + " AS l, " + l.one("bool_or", "bool_and") +
		"(" + l.condition(fields, 0) + ")" + filter() + " AS o FROM visits v GROUP BY v.resident_id) p"
}

// unitOrder is a subquery of rows beside what other rows of the same person have.
func (l *law) unitOrder(fields []field) string {
	over := " OVER (PARTITION BY v.resident_id ORDER BY " + l.column(fields, "int", "date", "text") + l.one("", " DESC") + ", v.visit_id)"
	where := l.one("", " WHERE "+l.condition(fields, 1), " QUALIFY row_number()"+over+l.one(" = 1", " > 1"))
	return "(SELECT v.resident_id AS id, v.days, v.cost, row_number()" + over + " AS k, v.days - " + l.one("lag", "lead") + "(v.days)" + over + " AS g, sum(v.cost) OVER (PARTITION BY v.resident_id) AS s, " +
		l.one("lag", "first_value") + "(v.department)" + over + " AS d, " + l.one("rank()", "count(*)", "max(v.days)") + over + " AS r FROM visits v" + where + ") p"
}

// text writes the statement.
func (l *law) text(s lawStatement) string {
	var items []string
	for i, k := range s.keys {
		items = append(items, fmt.Sprintf("%s AS k%d", k, i+1))
	}
	for i, a := range s.aggregates {
		items = append(items, fmt.Sprintf("%s AS a%d", a, i+1))
	}
	any := func() string { return l.one(s.aggregates...) }
	for i := range l.IntN(3) {
		items = append(items, l.one(any()+" - "+any(), any()+" + "+any()+" - "+any(), "CASE WHEN "+any()+" > "+any()+" THEN 1 ELSE 0 END", any()+" / "+any(),
			"CAST("+any()+" AS VARCHAR)", "coalesce(nullif("+any()+", "+any()+"), -1)", any()+" % 5", "rank() OVER (ORDER BY "+any()+" DESC)",
			"sum("+any()+") OVER ()")+fmt.Sprintf(" AS x%d", i+1))
	}
	sql := "SELECT " + strings.Join(items, ", ") + " FROM " + s.from
	if s.where != "" {
		sql += " WHERE " + s.where
	}
	if len(s.keys) > 0 {
		sql += " GROUP BY " + strings.Join(s.keys, ", ")
		if l.chance(25) {
			sql += " HAVING " + any() + l.one(" > ", " <> ", " <= ") + l.one(any(), any(), "3", "20")
		}
		if l.chance(25) {
			sql += " ORDER BY " + any() + l.one("", " DESC") + l.one("", " LIMIT 3")
		}
	}
	return sql
}

func (l *law) column(fields []field, kinds ...string) string {
	var fit []string
	for _, f := range fields {
		if slices.Contains(kinds, f.kind) {
			fit = append(fit, f.sql)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return l.one(fit...)
}

// constant is what the person has in a column.
func (l *law) constant(column string) string {
	alias, name, _ := strings.Cut(column, ".")
	table, row := "residents", l.unit
	if alias == "v" {
		table, row = "visits", l.visit
	}
	for i, f := range lawColumns[table] {
		if f.sql == name && row[i] != "NULL" {
			return "(" + row[i] + ")"
		}
	}
	return l.one("1", "2", "3", "7")
}

func (l *law) condition(fields []field, depth int) string {
	if depth > 0 && l.chance(45) {
		return "(" + l.condition(fields, depth-1) + l.one(" AND ", " OR ", " AND NOT ") + l.condition(fields, depth-1) + ")"
	}
	c := l.column(fields, "int", "dec", "int", "text", "date")
	v := l.constant(c)
	number := l.column(fields, "int", "dec")
	n := l.constant(number)
	return l.one(c+" = "+v, c+" <> "+v, c+" <= "+v, c+" < "+v, c+" > "+v, "coalesce("+number+" = "+n+", true)", "nullif("+number+", "+n+") IS NULL",
		"abs("+number+" - "+n+") < 2", "least("+number+", "+n+") = "+n, number+" IS NULL")
}

func (l *law) measure(fields []field, depth int) string {
	x := l.column(fields, "int", "dec")
	v := l.constant(x)
	c := func() string { return l.condition(fields, 0) }
	if depth > 0 && l.chance(30) {
		return "(" + l.measure(fields, depth-1) + l.one(" + ", " - ") + l.measure(fields, depth-1) + ")"
	}
	y := l.column(fields, "int", "dec")
	return l.one(x, x, x+" * "+y, x+" - "+v, "2 * "+x+" + 0.5", x+" + 0 * nullif("+y+", "+l.constant(y)+")", "CASE WHEN "+c()+" THEN "+x+" ELSE 0 END", "CASE WHEN "+c()+" THEN "+x+" END",
		"CASE WHEN "+c()+" THEN NULL ELSE 1 END", "coalesce("+x+", 0)", "abs("+x+" - "+v+")", "sign("+x+" - "+v+")", "greatest("+x+", "+v+")", "least("+x+", "+v+")", x+" * CAST("+c()+" AS INTEGER)",
		x+" // 2", x+" % 3", "CASE WHEN "+x+" = "+v+" THEN "+y+" + 1 ELSE "+y+" END")
}

func (l *law) aggregate(s lawStatement, fields []field) string {
	filter := ""
	if l.chance(30) {
		filter = " FILTER (WHERE " + l.condition(fields, 1) + ")"
	}
	if l.chance(15) {
		var visits []field
		for _, f := range lawColumns["visits"][1:] {
			visits = append(visits, field{"v." + f.sql, f.kind})
		}
		filter = " FILTER (WHERE " + l.one("", "NOT ") + s.key + " IN (SELECT v.resident_id FROM visits v WHERE " + l.condition(visits, 1) + "))"
	}
	return l.one("count(*)", "count(DISTINCT "+s.key+")", "count("+l.measure(fields, 0)+")", "sum("+l.measure(fields, 1)+")", "sum("+l.measure(fields, 1)+")") + filter
}

// protected is what leaves of a statement: rows of the result, as text with names, and for each the names of cells with a value.
type protected struct {
	shown    []string
	rows     [][]string // of the result, with the columns that say what is suppressed
	exact    [][]string // the question's rows before anything is done to them, evidence included
	names    []string
	released bool
}

// protect runs a statement as a job does: question, checks and fixes, post statement.
func (l *law) protect(t *testing.T, plan *analysis.Plan) (*protected, yumen.Verdict) {
	t.Helper()
	dir := t.TempDir()
	env := func(spec any, inputs map[string]string) *sandboxtest.Env { return sandboxtest.New(t, spec, inputs) }
	in := env(nil, nil)
	if err := l.judged.answer(t.Context(), in, task.QuerySpec{SQL: plan.SQL, Evidence: plan.Evidence}); err != nil {
		t.Fatalf("%v\n%s", err, plan.SQL)
	}
	out := &protected{exact: sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)}
	for i, row := range sandboxtest.Rows(t, in.Outputs[task.OutEvidence].Bytes(), "∅", false) {
		out.exact[i] = slices.Concat(out.exact[i], row)
	}
	sub := egress.Subject{Class: plan.Class, Columns: plan.Cells, Risk: l.scope.Risk, K: plan.K, Cells: true, Possible: plan.Possible}
	for ; ; sub.Round++ {
		inputs := map[string]string{}
		for _, name := range []string{task.OutResult, task.OutEvidence} {
			inputs[name] = filepath.Join(dir, name)
			if err := os.WriteFile(inputs[name], in.Outputs[name].Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		files := map[string]string{task.InArtifact: inputs[task.OutResult], task.InEvidence: inputs[task.OutEvidence]}
		r := l.scope.Risk
		sub.Evidence = sandboxtest.AnswerOf[yumen.Evidence](t, env(task.CheckSpec{Columns: plan.Cells, K: plan.K, Rounding: r.Rounding, P: r.PRatio, MaxCells: 20}, files), check)
		findings := egress.Check(sub)
		verdict := egress.Overall(findings)
		if verdict == yumen.VerdictPass || verdict == yumen.VerdictReview {
			l.post(t, plan, in.Outputs[task.OutResult].Bytes(), out)
			return out, verdict
		}
		fixes := egress.Remedy(findings)
		if len(fixes) == 0 {
			if *lawTalk {
				t.Logf("%+v", findings)
			}
			return out, verdict
		}
		in = env(task.FixSpec{Columns: plan.Cells, Fixes: fixes}, files)
		sub.Fixes = append(sub.Fixes, sandboxtest.AnswerOf[task.ResultAnswer](t, in, result.Handlers()[task.Fix]).Fixes...)
	}
}

// post runs the post statement over protected cells.
func (l *law) post(t *testing.T, plan *analysis.Plan, cells []byte, out *protected) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cells")
	if err := os.WriteFile(path, cells, 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := readHeld(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.judged.exec(t.Context(), "DROP TABLE IF EXISTS "+task.CellsTable); err != nil {
		t.Fatal(err)
	}
	if err := l.judged.load(t.Context(), task.CellsTable, h.schema, h.batches); err != nil {
		t.Fatal(err)
	}
	in := sandboxtest.New(t, nil, nil)
	as := task.View{Name: task.CellsTable, Columns: []task.ViewColumn{{Type: wideDecimal}}}
	if err := l.judged.answer(t.Context(), in, task.QuerySpec{SQL: plan.Post, Views: []task.View{as}}); err != nil {
		t.Fatalf("%v\n%s", err, plan.Post)
	}
	rows := sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)
	out.names, out.rows, out.released = rows[0], rows[1:], true
	for _, r := range rows {
		out.shown = append(out.shown, strings.Join(r, " | "))
	}
}

// support looks for combinations of visible aggregates that only a few people change.
func (l *law) support(t *testing.T, s lawStatement, plan *analysis.Plan, out *protected, n tally) (violations []string) {
	t.Helper()
	if !out.released {
		return nil
	}
	effects := l.effects(t, s)
	at := func(name string) int { return slices.Index(out.names, name) }
	for _, row := range out.rows {
		var keys []string
		for i := range s.keys {
			keys = append(keys, row[at(fmt.Sprintf("k%d", i+1))])
		}
		var visible []int
		for i := range s.aggregates {
			name := fmt.Sprintf("a%d", i+1)
			if status := at(name + "_status"); status < 0 || row[status] == "∅" {
				visible = append(visible, i)
			}
		}
		if len(visible) == 0 {
			continue
		}
		n["groups with visible aggregates"]++
		if len(visible) > 1 {
			n["groups with several visible"]++
		}
		each := effects[strings.Join(keys, " | ")]
		for c := range combinations(len(visible)) {
			n["combinations"]++
			touched := 0
			for _, effect := range each {
				sum := 0.0
				for i, k := range c {
					sum += k * effect[visible[i]]
				}
				if math.Abs(sum) > 1e-7 {
					touched++
				}
			}
			if touched > 0 && touched < lawK {
				violations = append(violations, fmt.Sprintf("%v of aggregates %v in group %v change with %d people", c, visible, keys, touched))
				break
			}
		}
	}
	return violations
}

// combinations gives coefficients from −2 to 2 of which at most four are not 0, one of each pair of opposites.
func combinations(n int) func(func([]float64) bool) {
	return func(yield func([]float64) bool) {
		c := make([]float64, n)
		var from func(i, used int, positive bool) bool
		from = func(i, used int, positive bool) bool {
			if i == n {
				return used == 0 || yield(c)
			}
			for _, k := range []float64{0, 1, 2, -1, -2} {
				if k != 0 && (used == 4 || !positive && k < 0) {
					continue
				}
				c[i] = k
				u := used
				if k != 0 {
					u++
				}
				if !from(i+1, u, positive || k > 0) {
					return false
				}
			}
			c[i] = 0
			return true
		}
		from(0, 0, false)
	}
}

// effects says, for each group, by how much each aggregate falls when a person is left out, as the text gives it in plain
// DuckDB. A group that is gone with a person falls to nothing.
func (l *law) effects(t *testing.T, s lawStatement) map[string][][]float64 {
	t.Helper()
	var keys, aggs []string
	for i, k := range s.keys {
		keys = append(keys, fmt.Sprintf("coalesce(CAST(%s AS VARCHAR), '∅') AS k%d", k, i+1))
	}
	for i, a := range s.aggregates {
		aggs = append(aggs, fmt.Sprintf("coalesce(CAST(%s AS DOUBLE), 0) AS a%d", a, i+1))
	}
	where := " WHERE true"
	if s.where != "" {
		where = " WHERE (" + s.where + ")"
	}
	ask := func(more []string, from, and string) [][]string {
		items := slices.Concat(more, keys, aggs)
		sql := "SELECT " + strings.Join(items, ", ") + " FROM " + from + where + and
		if by := len(more) + len(keys); by > 0 {
			sql += " GROUP BY 1"
			for i := 2; i <= by; i++ {
				sql += fmt.Sprintf(", %d", i)
			}
		}
		in := sandboxtest.New(t, nil, nil)
		if err := l.plain.answer(t.Context(), in, task.QuerySpec{SQL: sql}); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
		return sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)[1:]
	}
	numbers := func(cells []string) (out []float64) {
		for _, c := range cells {
			x, err := strconv.ParseFloat(c, 64)
			if err != nil {
				t.Fatalf("%q is no number", c)
			}
			out = append(out, x)
		}
		return out
	}
	out, whole := map[string][][]float64{}, map[string][]float64{}
	people := len(l.rows["residents"])
	for _, r := range ask(nil, s.from, "") {
		group := strings.Join(r[:len(s.keys)], " | ")
		whole[group] = numbers(r[len(s.keys):])
		for range people {
			out[group] = append(out[group], slices.Clone(whole[group]))
		}
	}
	for _, r := range ask([]string{"CAST(w._unit AS VARCHAR) AS w"}, s.from+" CROSS JOIN residents_ w", " AND "+s.key+" <> w._unit") {
		group, person := strings.Join(r[1:1+len(s.keys)], " | "), int(numbers(r[:1])[0])-1
		for i, x := range numbers(r[1+len(s.keys):]) {
			out[group][person][i] -= x
		}
	}
	return out
}

// invisibility changes one value of one row and, where no figure of k people or more and no count that reaches k changes, wants
// the same to leave.
func (l *law) invisibility(t *testing.T, s lawStatement, plan *analysis.Plan, before *protected, n tally) string {
	t.Helper()
	table := l.one("residents", "visits")
	cols := lawColumns[table]
	for range 4 {
		row, c := l.IntN(len(l.rows[table])), 1+l.IntN(len(cols)-1)
		if l.chance(40) {
			row = slices.IndexFunc(l.rows[table], func(r []string) bool { return r[0] == l.unit[0] })
		}
		other := l.rows[table][l.IntN(len(l.rows[table]))][c]
		old := l.rows[table][row][c]
		if cols[c].kind == "id" || other == old {
			continue
		}
		l.rows[table][row][c] = other
		l.load(t)
		after, _ := l.protect(t, plan)
		l.rows[table][row][c] = old
		if !unseen(plan, before.exact, after.exact) {
			continue
		}
		n["changes that are to be invisible"]++
		if !slices.Equal(before.shown, after.shown) {
			return fmt.Sprintf("%s.%s of one row from %s to %s\n%s\n-- after\n%s\n-- exact\n%v\n-- after\n%v", table, cols[c].sql, old, other,
				strings.Join(before.shown, "\n"), strings.Join(after.shown, "\n"), before.exact, after.exact)
		}
	}
	return ""
}

// unseen reports whether two tables of exact cells differ in nothing that k people stand behind: they have the same groups, those
// of fewer than k people apart the same figures, and counts of people differ only where both are less than k.
func unseen(plan *analysis.Plan, a, b [][]string) bool {
	if len(a) != len(b) {
		return false
	}
	groups := map[string][]string{}
	keys := len(slices.DeleteFunc(slices.Clone(plan.Cells), func(c yumen.ArtifactColumn) bool { return c.Kind != yumen.ColumnKey }))
	name := func(r []string) string { return strings.Join(r[:keys], " | ") }
	for _, r := range a[1:] {
		groups[name(r)] = r
	}
	units := slices.Index(a[0], "_units")
	for _, r := range b[1:] {
		was, ok := groups[name(r)]
		if !ok {
			return false
		}
		if tooFew(was[units]) && tooFew(r[units]) {
			continue
		}
		for i, column := range a[0] {
			if !sameBut(column, was[i], r[i]) {
				return false
			}
		}
	}
	return true
}

// sameBut compares a cell, or a column of the evidence. Counts of people agree where both are less than k.
func sameBut(column, a, b string) bool {
	switch {
	case a == b:
		return true
	case strings.HasPrefix(column, "_units"):
		return tooFew(a) && tooFew(b)
	case column == "_atoms" || column == "_unit_atoms":
		return enough(a) == enough(b)
	}
	return false
}

func tooFew(count string) bool {
	var n int
	_, err := fmt.Sscan(count, &n)
	return err != nil || n < lawK
}

// enough are the combinations of parts with k people or more, with their counts.
func enough(atoms string) string {
	var out []string
	for _, a := range strings.Fields(atoms) {
		if _, n, _ := strings.Cut(a, ":"); !tooFew(n) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
