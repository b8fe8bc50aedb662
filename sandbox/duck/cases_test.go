package duck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/catalog"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/city"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// TestCasesOfTheCity holds what becomes of known attacks, and of statements that were answered wrongly, on the city of
// the demo: under the contract that it ships with, and under one that grants all that the entries allow and rounds
// nothing.
func TestCasesOfTheCity(t *testing.T) {
	shipped := cases{route: caseRoute(t), scope: analysis.Scope{Today: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)}}
	loadCity(t, shipped.data)
	b, err := city.Files.ReadFile("contracts/city-health.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Parse("city-health.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	shipped.scope.Classes, shipped.scope.Risk = c.Classes, c.Risk
	all := shipped
	all.scope.Risk.Rounding = 1
	for _, name := range []string{city.Districts, city.Residents, city.HospitalVisits} {
		b, err := city.Files.ReadFile("datasets/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		d, err := catalog.Parse(name, b)
		if err != nil {
			t.Fatal(err)
		}
		uses := map[string][]yumen.Constraint{}
		for _, c := range d.Columns {
			uses[c.Name] = c.Constraints
		}
		shipped.scope.Tables = append(shipped.scope.Tables, analysis.Table{Dataset: d, Uses: contract.Uses(&c, &d)})
		all.scope.Tables = append(all.scope.Tables, analysis.Table{Dataset: d, Uses: uses})
	}
	t.Run("shipped", func(t *testing.T) { shipped.hold(t, "city") })
	t.Run("all granted", func(t *testing.T) { all.hold(t, "register") })
}

// TestCasesOfTheShop holds the same of a shop, where all columns are granted for all and nothing is rounded.
func TestCasesOfTheShop(t *testing.T) {
	c := cases{route: caseRoute(t), scope: analysis.Scope{Classes: []yumen.ReleaseClass{yumen.ClassAggregate},
		Risk: yumen.Risk{K: 10, Dominance: yumen.Dominance{N: 2, Share: 0.9}, PRatio: 0.1, Rounding: 1, MaxRows: 5000,
			MaxBytes: 1 << 20}}}
	loadShop(t, c.data)
	for _, name := range []string{"orders", "staff", "users"} {
		d, err := catalog.Parse(name, mustRead(t, queryTestdata+"everyday/shop/"+name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		uses := map[string][]yumen.Constraint{}
		for i := range d.Columns {
			column := &d.Columns[i]
			if uses[column.Name] = column.Constraints; column.Name != d.Unit.Column {
				column.Role = yumen.ColumnRolePlain
				uses[column.Name] = []yumen.Constraint{{Use: yumen.UseFilter}, {Use: yumen.UseJoin},
					{Use: yumen.UseGroup},
					{Use: yumen.UseAggregate, Functions: strings.Fields("count count_distinct sum avg stddev var")}}
			}
		}
		c.scope.Tables = append(c.scope.Tables, analysis.Table{Dataset: d, Uses: uses})
	}
	c.hold(t, "shop")
}

func caseRoute(t *testing.T) *route {
	t.Helper()
	return &route{data: free(t), empty: free(t), dir: t.TempDir()}
}

// cases are statements over the data of a route, each with what is right.
type cases struct {
	*route
	scope analysis.Scope
}

// hold judges and answers the statements of testdata/cases. A line "-- refused:" names the rule that refuses one; "--
// shown:" asks for an answer without a suppressed cell; "-- suppressed:" for one in which a column is; "-- change:"
// changes what one person has, which as written the answer shows, and which is to change nothing that leaves; "--
// hides:" as well, where the engine refuses the statement as written or computes it exactly.
func (c cases) hold(t *testing.T, file string) {
	c.risk = c.scope.Risk
	var golden bytes.Buffer
	for _, part := range strings.Split("\n"+string(mustRead(t, "testdata/cases/"+file+".sql")), "\n-- name: ")[1:] {
		name, sql, _ := strings.Cut(part, "\n")
		said := map[string]string{}
		for strings.HasPrefix(sql, "-- ") {
			line, rest, _ := strings.Cut(sql, "\n")
			word, value, _ := strings.Cut(strings.TrimPrefix(line, "-- "), ":")
			said[word], sql = strings.TrimSpace(value), rest
		}
		if sql = strings.TrimSpace(sql); said["columns"] != "" {
			sql = strings.Replace(sql, "COLUMNS_HERE", manyColumns(t, said["columns"]), 1)
		}
		t.Run(name, func(t *testing.T) {
			fmt.Fprintf(&golden, "=== %s\n%s\n--- %s\n", name, cut(sql), c.outcome(t, sql, said))
		})
	}
	goldentest.File(t, "testdata/cases/"+file+".golden", golden.Bytes())
}

func cut(text string) string {
	if len(text) > 900 {
		return text[:900] + "…"
	}
	return text
}

// manyColumns writes "60 f(x - %d) AS c%d" out.
func manyColumns(t *testing.T, of string) string {
	t.Helper()
	number, column, _ := strings.Cut(of, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(column, i, i+1))
	}
	return strings.Join(out, ", ")
}

// outcome is what becomes of a statement: why it is refused, or what leaves.
func (c cases) outcome(t *testing.T, sql string, said map[string]string) string {
	t.Helper()
	plan, err := c.analysed(t, sql, said["only aggregate"])
	if err != nil {
		refusal := yumen.AsError(err)
		rules := map[string]bool{string(refusal.Kind): true}
		for _, r := range refusal.Reasons {
			rules[r.Rule] = true
		}
		if !rules[said["refused"]] {
			t.Errorf("is refused otherwise: %v", err)
		}
		return "refused\n" + refusal.In(yumen.LangEnglish)
	}
	if said["refused"] != "" {
		t.Error("is not refused")
	}
	rows := c.released(t, plan)
	text := rowLines(rows[:min(len(rows), 12)])
	if _, ok := said["shown"]; ok && (len(rows) < 2 || strings.Contains(rowLines(rows)+" ", "| c ")) {
		t.Errorf("something is suppressed\n%s", rowLines(rows))
	}
	if name := said["suppressed"]; name != "" && rows[1][slices.Index(rows[0], name+"_status")] != "c" {
		t.Errorf("%s is not suppressed\n%s", name, text)
	}
	var written [][]string
	if said["change"] != "" {
		written = c.written(t, sql)
	}
	if change := said["change"] + said["hides"]; change != "" {
		run(t, c.data, "BEGIN TRANSACTION; "+change)
		if written != nil && equalRows(written, c.written(t, sql)) {
			t.Errorf("the change does not show as written\n%s", rowLines(written))
		}
		if now := c.released(t, plan); !equalRows(rows, now) {
			t.Errorf("the change shows\n%s\n-- after\n%s", rowLines(rows), rowLines(now))
		}
		run(t, c.data, "ROLLBACK")
	}
	return text + "\n"
}

func (c cases) analysed(t *testing.T, sql, aggregated string) (*analysis.Plan, error) {
	t.Helper()
	tree, ok := treeOf(t, c.data, sql).(json.RawMessage)
	if !ok {
		t.Fatal("no tree")
	}
	sc := c.scope
	sc.Class, sc.Tables = yumen.ClassAggregate, slices.Clone(sc.Tables)
	for i, table := range sc.Tables {
		if uses := table.Uses[aggregated]; uses != nil {
			sc.Tables[i].Uses = maps.Clone(table.Uses)
			sc.Tables[i].Uses[aggregated] = uses[len(uses)-1:]
		}
	}
	return analysis.Analyse(sql, tree, sc)
}

// released is what leaves, names first, nothing where all is blocked.
func (c cases) released(t *testing.T, plan *analysis.Plan) [][]string {
	t.Helper()
	q := c.prepare(t, plan)
	defer q.s.close()
	p, verdict := c.protect(t, q)
	if p.cells == nil {
		return [][]string{{string(verdict)}}
	}
	return c.post(t, c.empty, plan, p.cells)
}

// written is what the engine makes of a statement as it stands, where it does.
func (c cases) written(t *testing.T, sql string) [][]string {
	t.Helper()
	in := c.env(nil, nil)
	if err := c.data.answer(t.Context(), in, task.QuerySpec{SQL: sql}); err != nil {
		t.Fatalf("as written: %v", err)
	}
	return sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)
}

// loadCity puts the city of the demo into the engine, with persons numbered.
func loadCity(t *testing.T, e *engine) {
	t.Helper()
	dir := t.TempDir()
	if err := city.Generate(20260101, city.Default, func(table string) (io.WriteCloser, error) {
		return os.Create(filepath.Join(dir, table+".csv"))
	}); err != nil {
		t.Fatal(err)
	}
	run(t, e, "CREATE TABLE units AS SELECT resident_id, row_number() OVER (ORDER BY resident_id) AS _unit "+
		"FROM read_csv('"+dir+"/residents.csv', all_varchar = true)")
	for table, columns := range map[string]string{
		city.Residents:       "sex, CAST(birth_date AS DATE) AS birth_date, district, education",
		city.SocialInsurance: "industry, CAST(monthly_wage AS DECIMAL(10,2)) AS monthly_wage",
		city.HospitalVisits: "CAST(visit_date AS DATE) AS visit_date, hospital, department, diagnosis_code, " +
			"visit_type, CAST(days AS BIGINT) AS days, CAST(fee_total AS DECIMAL(10,2)) AS fee_total"} {
		run(t, e, fmt.Sprintf("CREATE TABLE %s AS SELECT _unit, _unit AS resident_id, %s FROM read_csv('%s/%s.csv', all_varchar = true) "+
			"JOIN units USING (resident_id)", table, columns, dir, table))
	}
	run(t, e, "CREATE TABLE districts AS SELECT * FROM read_csv('"+dir+"/districts.csv', all_varchar = true)")
}

// loadShop makes the tables of a shop: 4,000 customers, 30,000 orders and 1,000 employees, no two of whom earn the
// same.
func loadShop(t *testing.T, e *engine) {
	t.Helper()
	run(t, e, `CREATE MACRO h(i, n) AS (hash(i * 97 + n) % 1000003)::BIGINT;
CREATE TABLE users AS SELECT i AS _unit, i AS uid,
	['Hangzhou', 'Ningbo', 'Wenzhou', 'Jiaxing', 'Huzhou', 'Shaoxing'][1 + h(i, 1) % 6] AS city,
	['F', 'M'][1 + h(i, 2) % 2] AS sex, 18 + h(i, 3) % 70 AS age, (20000 + h(i, 4) % 90000)::DECIMAL(12,2) AS income,
	h(i, 5) % 9 = 0 AS vip, 'u' || i || '@example.org' AS email FROM range(1, 4001) t(i);
CREATE TABLE orders AS SELECT 1 + h(i, 6) % 4000 AS _unit, 1 + h(i, 6) % 4000 AS uid, i AS order_id,
	'S0' || (1 + h(i, 7) % 6) AS store, ['Food', 'Books', 'Toys', 'Garden', 'Sports'][1 + h(i, 8) % 5] AS category,
	1 + h(i, 9) % 5 AS qty, (1 + h(i, 10) % 20000 / 100)::DECIMAL(10,2) AS amount FROM range(10000, 40000) t(i);
CREATE TABLE staff AS SELECT i AS _unit, i AS seat, ['sales', 'stock', 'office', 'it'][1 + h(i, 11) % 4] AS dept,
	14000 + i * 4 AS salary, 30 + h(i, 12) % 70 AS score FROM range(1, 1001) t(i)`)
}
