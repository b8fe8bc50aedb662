package clitest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// said is what a door says to a statement: columns and rows, or a refusal.
type said struct {
	columns []string // name and type of PostgreSQL
	rows    []string // in order of their text
	refusal string   // SQLSTATE, message, detail and hint
}

// bothAsked are the statements that both doors are asked: those that real clients sent, and some about data.
func bothAsked(t *testing.T) (out []string) {
	t.Helper()
	f, err := os.Open("../../../sandbox/duck/testdata/client_statements.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	seen := map[string]bool{}
	question := regexp.MustCompile(`(?i)^[\s(]*(SELECT|WITH|VALUES|TABLE)\b`)
	manifold := regexp.MustCompile(`;\s*\S`)
	for lines.Scan() {
		var r struct{ SQL string }
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if seen[r.SQL] || !question.MatchString(r.SQL) || strings.Contains(r.SQL, "$1") || manifold.MatchString(r.SQL) ||
			strings.Contains(r.SQL, "pg_sleep") {
			continue
		}
		seen[r.SQL] = true
		out = append(out, r.SQL)
	}
	if lines.Err() != nil || len(out) < 100 {
		t.Fatalf("%d statements, %v", len(out), lines.Err())
	}
	return append(out, privateSQL, privateSQL+" LIMIT 0", "EXPLAIN POLICY "+privateSQL, "EXPLAIN "+privateSQL,
		"EXPLAIN ANALYZE "+privateSQL, "SHOW yumen.max_epsilon", "SHOW nonsense", "TABLE yumen.contract",
		"TABLE yumen.policy", "TABLE yumen.jobs", "TABLE yumen.budget", "TABLE yumen.releases", "TABLE yumen.nonsense",
		`SELECT * FROM released."j-20260101-aaaaaa"`, "SELECT * FROM visits", "SELECT nope FROM visits",
		"SELECT count(*) FROM nonsense", "SELECT 1 +", "SELECT 'open", "DELETE FROM visits", "nonsense", "SELECT 1 / 0",
		"SELECT 1.5::numeric, sum(1), 1.25, true, NULL, 'x'::text, DATE '2020-02-29', TIMESTAMP '2020-02-29 12:34:56.789'",
		"SELECT 7::smallint, 7::int, 7::bigint, 1.5::real, 1.5::float8, 'x'::name, 26::oid, '{1,2}'::int[]")
}

// TestFlightSQLSame asks both doors the same and compares names, types, rows and refusals, and the schema at prepare
// with that before the rows.
func TestFlightSQLSame(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	pg, fl := d.connect("analyst", "private"), d.flightAs("analyst", "private")
	differ, refused := 0, 0
	all := bothAsked(t)
	for _, sql := range all {
		a, b := askPostgres(t, pg, sql), askFlight(t, fl, sql)
		if a.refusal != "" {
			refused++
		}
		if changing.MatchString(sql) { // each answer is another
			a.rows, b.rows = nil, nil
		}
		if a.refusal != b.refusal || !slices.Equal(a.columns, b.columns) || !slices.Equal(a.rows, b.rows) {
			differ++
			t.Errorf("%s\nPostgreSQL: %s\nFlight SQL: %s", sql, a, b)
		}
	}
	t.Logf("%d statements, %d of them refused, %d differ", len(all), refused, differ)
}

// changing are statements whose answer depends on the time, or on the session that asks.
var changing = regexp.MustCompile(`(?i)\bnow\(|clock_timestamp|current_timestamp|backend_pid|postmaster|random|gen_random`)

func (s said) String() string {
	text := fmt.Sprint(s.refusal, s.columns, len(s.rows), s.rows)
	return text[:min(len(text), 600)]
}

func askPostgres(t *testing.T, c *pgx.Conn, sql string) (out said) {
	t.Helper()
	all := c.PgConn().Exec(context.Background(), sql)
	for all.NextResult() {
		r := all.ResultReader()
		kinds := map[int]string{}
		for i, f := range r.FieldDescriptions() {
			kinds[i] = arrowOf(f.DataTypeOID)
			out.columns = append(out.columns, f.Name+" "+kinds[i])
		}
		for r.NextRow() {
			var cells []string
			for i, v := range r.Values() {
				cells = append(cells, plainCell(v == nil, string(v), kinds[i]))
			}
			out.rows = append(out.rows, strings.Join(cells, "|"))
		}
	}
	err := all.Close()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		parts := slices.DeleteFunc([]string{e.Code, e.Message, e.Detail, e.Hint}, func(s string) bool { return s == "" })
		return said{refusal: strings.Join(parts, "\n")}
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	slices.Sort(out.rows)
	return out
}

// arrowOf is what the Arrow type begins with that stands for a type of PostgreSQL.
func arrowOf(oid uint32) string {
	known := map[uint32]string{16: "bool", 20: "int64", 21: "int16", 23: "int32", 26: "uint32", 28: "uint32",
		700: "float32", 701: "float64", 1082: "date32", 1114: "timestamp", 1184: "timestamp", 1700: "decimal", 17: "binary"}
	if t := known[oid]; t != "" {
		return t
	}
	return "utf8"
}

// plainCell writes a value so that both spellings of it are one.
func plainCell(null bool, text, kind string) string {
	if null {
		return "NULL"
	}
	switch kind {
	case "bool":
		return text[:1]
	case "decimal", "float32", "float64":
		if r, ok := new(big.Rat).SetString(text); ok {
			return r.FloatString(12)
		}
		return strings.NewReplacer("+Inf", "Infinity", "-Inf", "-Infinity").Replace(text)
	case "timestamp":
		text = strings.TrimSuffix(strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z"), "+00")
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
	}
	return text
}

func askFlight(t *testing.T, c flightClient, sql string) (out said) {
	t.Helper()
	var prepared *arrow.Schema
	p, prepareErr := c.Prepare(c.ctx, sql)
	if prepareErr == nil {
		prepared = p.DatasetSchema()
		if err := p.Close(c.ctx); err != nil {
			t.Error(err)
		}
	}
	info, err := c.Execute(c.ctx, sql)
	if err != nil {
		return said{refusal: refusedFlight(t, err)}
	}
	for _, e := range info.Endpoint {
		r, err := c.DoGet(c.ctx, e.Ticket)
		if err != nil {
			return said{refusal: refusedFlight(t, err)}
		}
		defer r.Release()
		if prepared == nil || !prepared.Equal(r.Schema()) {
			t.Errorf("%s: %v at prepare (%v), %v before the rows", sql, prepared, prepareErr, r.Schema())
		}
		kinds := map[int]string{}
		for i, f := range r.Schema().Fields() {
			kinds[i] = regexp.MustCompile(`^[a-z]+(8|16|32|64)?`).FindString(f.Type.String())
			kinds[i] = strings.TrimSuffix(kinds[i], "128")
			out.columns = append(out.columns, f.Name+" "+kinds[i])
		}
		for r.Next() {
			b := r.RecordBatch()
			for row := range int(b.NumRows()) {
				var cells []string
				for i, col := range b.Columns() {
					cells = append(cells, plainCell(col.IsNull(row), col.ValueStr(row), kinds[i]))
				}
				out.rows = append(out.rows, strings.Join(cells, "|"))
			}
		}
		if r.Err() != nil {
			return said{refusal: refusedFlight(t, r.Err())}
		}
	}
	slices.Sort(out.rows)
	return out
}

// refusedFlight is a refusal as the other door words it.
func refusedFlight(t *testing.T, err error) string {
	t.Helper()
	s := status.Convert(err)
	if len(s.Details()) != 1 {
		t.Fatalf("%v has no details", err)
	}
	text := s.Details()[0].(*errdetails.ErrorInfo).Reason + "\n" + s.Message()
	return strings.NewReplacer("\nDETAIL:  ", "\n", "\nHINT:  ", "\n").Replace(text)
}
