package duck

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	analysis "github.com/yumen-data/yumen/query"
)

// population is 40 to 120 people with their visits, one of whom statements take their constants from.
type population struct {
	*rand.Rand
	apart *rand.Rand // what is drawn here changes no other statement
	e     *engine
	scope analysis.Scope
	rows  map[string][][]string // of residents and visits, as literals
	unit  []string              // the row of the person
	visit []string              // and one of theirs
}

// lawColumns are those that statements name, in the order in which rows have them.
var lawColumns = map[string][]field{
	"residents": {{"_unit", "key"}, {"sex", "text"}, {"age", "int"}, {"district", "text"}, {"income", "dec"},
		{"insured", "bool"}, {"birth_date", "date"}},
	"visits": {{"_unit", "key"}, {"visit_id", "id"}, {"visit_date", "date"}, {"department", "text"},
		{"diagnosis", "text"}, {"cost", "dec"}, {"days", "int"}, {"hospital_code", "text"}},
}

// lawTypes are those of the columns, by kind.
var lawTypes = map[string]string{"key": "BIGINT", "id": "BIGINT", "text": "VARCHAR", "int": "BIGINT",
	"dec": "DECIMAL(12,2)", "bool": "BOOLEAN", "date": "DATE"}

// lawBounds are those that the catalog declares.
var lawBounds = map[string]yumen.Bounds{"age": {Min: 20, Max: 49}, "days": {Min: 0, Max: 7}}

// declareBounds says in the catalog what values people are given.
func declareBounds(scope *analysis.Scope) {
	for _, table := range scope.Tables {
		for i, c := range table.Dataset.Columns {
			if b, ok := lawBounds[c.Name]; ok && table.Dataset.Name != "census" {
				table.Dataset.Columns[i].Bounds = &b
			}
		}
	}
}

// newPopulation makes people and puts them into the engine.
func newPopulation(t *testing.T, seed uint64, e *engine, scope analysis.Scope) *population {
	t.Helper()
	l := &population{Rand: rand.New(rand.NewPCG(seed, 11)), apart: rand.New(rand.NewPCG(seed, 12)), e: e, scope: scope,
		rows: map[string][][]string{}}
	people, groups, visit := 40+l.IntN(81), 2+l.IntN(3), 0
	for u := 1; u <= people; u++ {
		income := "NULL"
		if l.chance(93) {
			income = fmt.Sprintf("%d.%02d", 10*(1+l.IntN(60)), 25*l.IntN(4))
		}
		l.rows["residents"] = append(l.rows["residents"], []string{fmt.Sprint(u), l.one("'F'", "'M'"),
			fmt.Sprint(20 + l.IntN(30)), fmt.Sprintf("'d%d'", l.IntN(groups)), income, l.one("true", "false"),
			fmt.Sprintf("DATE '1960-01-01' + %d", 30*l.IntN(400))})
		for range l.IntN(4) {
			visit++
			cost := "NULL"
			if l.chance(90) {
				cost = fmt.Sprintf("%d.50", l.IntN(40))
			}
			l.rows["visits"] = append(l.rows["visits"], []string{fmt.Sprint(u), fmt.Sprint(visit),
				fmt.Sprintf("DATE '2024-01-01' + %d", l.IntN(60)), l.one("'surgery'", "'medicine'", "'eyes'"),
				l.one("'J11'", "'C34'", "'I10'"), cost, fmt.Sprint(l.IntN(8)), fmt.Sprintf("'h%d'", l.IntN(4))})
		}
	}
	l.load(t)
	l.choose()
	return l
}

// choose takes a person, and one of their visits, whom the next statements take their constants from.
func (l *population) choose() {
	l.visit = l.rows["visits"][l.IntN(len(l.rows["visits"]))]
	l.unit = l.rows["residents"][slices.IndexFunc(l.rows["residents"],
		func(r []string) bool { return r[0] == l.visit[0] })]
}

func (l *population) one(of ...string) string { return of[l.IntN(len(of))] }
func (l *population) chance(percent int) bool { return l.IntN(100) < percent }

// lawTables makes the tables empty, with the columns that the views of publicEngines show and the number of each row.
func lawTables(t *testing.T, e *engine) {
	t.Helper()
	for table, columns := range lawColumns {
		var cols []string
		for _, c := range columns {
			typ := lawTypes[c.kind]
			if c.sql == "cost" {
				typ = "DECIMAL(10,2)"
			}
			cols = append(cols, c.sql+" "+typ)
		}
		if table == "visits" {
			cols = append(cols, "score DOUBLE")
		}
		run(t, e, "CREATE OR REPLACE TABLE "+table+"_ ("+strings.Join(cols, ", ")+", _row BIGINT)")
	}
	// What is prepared once and run after a row was changed must not rest on what was known of rows before.
	run(t, e, "SET disabled_optimizers = 'statistics_propagation'")
	// A division by zero is NULL in what is emitted (docs/query.md), so it is where a statement runs as it was written.
	run(t, e, "SET ieee_floating_point_ops = false")
}

// load puts the population into the engine in place of the one before it.
func (l *population) load(t *testing.T) {
	t.Helper()
	for table, rows := range l.rows {
		var names, values []string
		for _, c := range lawColumns[table] {
			names = append(names, c.sql)
		}
		for i, r := range rows {
			values = append(values, "("+strings.Join(r, ", ")+", "+fmt.Sprint(i)+")")
		}
		run(t, l.e, "TRUNCATE "+table+"_; INSERT INTO "+table+"_ ("+strings.Join(names, ", ")+", _row) VALUES "+
			strings.Join(values, ", "))
	}
}

// set writes one value of one row.
func (l *population) set(t *testing.T, table string, row, column int, value string) {
	t.Helper()
	l.rows[table][row][column] = value
	run(t, l.e, fmt.Sprintf("UPDATE %s_ SET %s = %s WHERE _row = %d", table, lawColumns[table][column].sql, value, row))
}

func run(t *testing.T, e *engine, sql string) {
	t.Helper()
	if err := e.exec(t.Context(), sql); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}
