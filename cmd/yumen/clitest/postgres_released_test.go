package clitest

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// jobID is what an id of a job looks like.
var jobID = regexp.MustCompile(`j-\d+-\w+`)

// releases asks two questions of class dp, and returns the jobs whose answers were released.
func (d sqlDoor) releases(c *pgx.Conn) (first, second string) {
	d.t.Helper()
	texts(d.t, c, privateSQL)
	texts(d.t, c, "SELECT district AS d, count(*) * 2 AS twice FROM visits GROUP BY 1")
	got := texts(d.t, c, "SELECT job FROM yumen.jobs ORDER BY sql LIKE '%twice%'")
	if len(got) != 2 {
		d.t.Fatalf("%v", got)
	}
	return got[0][0], got[1][0]
}

// TestPostgresAsksReleased: what was released can be asked anything, in every way that clients ask.
func TestPostgresAsksReleased(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	c := d.connect("analyst", "private")
	a, b := d.releases(c)
	r, twice := `released."`+a+`"`, `released."`+b+`"`
	all := texts(t, c, "SELECT * FROM "+r)
	for sql, want := range map[string]string{
		"SELECT district FROM " + r + " WHERE visits > -1000 ORDER BY district LIMIT 1": all[0][0],
		"SELECT count(*) FROM " + r: "4",
		"WITH s AS (SELECT sum(visits) AS n FROM " + r + ") SELECT n = (SELECT sum(visits) FROM " + r + ") FROM s":      "t",
		"SELECT count(*) FROM " + r + " x JOIN " + twice + " y ON x.district = y.d AND y.twice = 2 * x.visits":          "4",
		"SELECT j.state FROM yumen.jobs j WHERE j.job = '" + a + "'":                                                    "released",
		"SELECT count(*) FROM yumen.jobs j, " + r + " WHERE j.job = '" + a + "'":                                        "4",
		"SELECT relname FROM pg_class JOIN " + r + " x ON relname = '" + a + "' LIMIT 1":                                a,
		"SELECT count(*) FROM (VALUES (1)) v(x) WHERE EXISTS (SELECT 1 FROM " + r + ")":                                 "1",
		`SELECT count(*) FROM "private".` + r:                                                                           "4",
		"SELECT median(visits) IS NOT NULL FROM " + r:                                                                   "t",
		"SELECT count(*) OVER () FROM yumen.result('" + a + "') x LIMIT 1":                                              "4",
		"SELECT max(spent::float8) > 0 FROM yumen.budget":                                                               "t",
		"SELECT string_agg(district, ',' ORDER BY district) FROM " + r:                                                  join(all),
		"SELECT round(avg(visits_error)) > 0 AND upper(min(district)) = '" + strings.ToUpper(all[0][0]) + "' FROM " + r: "t",
	} {
		if got := texts(t, c, sql); len(got) != 1 || got[0][0] != want {
			t.Errorf("%s: %v, want %s", sql, got, want)
		}
		var out strings.Builder
		if _, err := c.PgConn().CopyTo(context.Background(), &out, "COPY ("+sql+") TO STDOUT"); err != nil ||
			strings.TrimSpace(out.String()) != want {
			t.Errorf("COPY %s: %q, %v", sql, out.String(), err)
		}
	}
	d.asksInAllWays(c, r, all)
	d.readsInPieces(c, r, all)
	if got := fmt.Sprint(texts(t, c, "EXPLAIN POLICY SELECT count(*) AS n FROM "+r)); !strings.Contains(got, "released") ||
		!strings.Contains(got, "[column n ") {
		t.Errorf("%s", got)
	}
}

func join(rows [][]string) string {
	var out []string
	for _, r := range rows {
		out = append(out, r[0])
	}
	return strings.Join(out, ",")
}

// asksInAllWays asks with a parameter, as pgx can.
func (d sqlDoor) asksInAllWays(c *pgx.Conn, r string, all [][]string) {
	d.t.Helper()
	ctx := context.Background()
	sql := "SELECT district, visits, visits_error FROM " + r + " WHERE district = $1"
	for name, mode := range map[string]pgx.QueryExecMode{"simple": pgx.QueryExecModeSimpleProtocol,
		"extended": pgx.QueryExecModeExec, "described": pgx.QueryExecModeDescribeExec,
		"prepared": pgx.QueryExecModeCacheStatement} {
		var district string
		var n int64
		var e float64
		err := c.QueryRow(ctx, sql, mode, all[2][0]).Scan(&district, &n, &e)
		if err != nil || district != all[2][0] || fmt.Sprint(n) != all[2][1] {
			d.t.Errorf("%s: %s %d, %v, want %v", name, district, n, err, all[2])
		}
	}
	st, err := c.PgConn().Prepare(ctx, "typed", "SELECT $1 + visits, visits_error, count(*) OVER () FROM "+r, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	got := c.PgConn().ExecPrepared(ctx, "typed", [][]byte{[]byte("1")}, nil, []int16{1}).Read()
	if got.Err != nil || len(got.Rows) != 4 || len(got.FieldDescriptions) != len(st.Fields) {
		d.t.Fatalf("%v", got)
	}
	for i, f := range got.FieldDescriptions {
		if f.DataTypeOID != st.Fields[i].DataTypeOID || string(f.Name) != string(st.Fields[i].Name) {
			d.t.Errorf("described as %+v, answered as %+v", st.Fields[i], f)
		}
	}
}

// readsInPieces reads by cursors.
func (d sqlDoor) readsInPieces(c *pgx.Conn, r string, all [][]string) {
	d.t.Helper()
	got := texts(d.t, c, "BEGIN; DECLARE a CURSOR FOR SELECT district FROM "+r+" ORDER BY 1 DESC; FETCH 1 FROM a; FETCH 2 a")
	if len(got) != 2 || got[0][0] != all[2][0] {
		d.t.Errorf("fetched %v of %v", got, all)
	}
	got = texts(d.t, c, "DECLARE b CURSOR FOR SELECT district FROM "+r+" ORDER BY 1; FETCH 2 FROM b; FETCH ALL a")
	if len(got) != 1 || got[0][0] != all[0][0] {
		d.t.Errorf("fetched %v of %v", got, all)
	}
	if got = texts(d.t, c, "MOVE 1 b; FETCH ALL b"); len(got) != 1 || got[0][0] != all[3][0] {
		d.t.Errorf("fetched %v of %v", got, all)
	}
	texts(d.t, c, "DECLARE n CURSOR FOR SELECT i FROM "+r+", generate_series(1, 200000) g(i) WHERE visits IS NOT NULL")
	seen := 0
	for range 3 {
		got := texts(d.t, c, "FETCH 100000 n")
		for i, row := range got {
			if want := fmt.Sprint((seen+i)%200000 + 1); row[0] != want && seen == 0 {
				break // in whatever order
			}
		}
		seen += len(got)
	}
	rest := texts(d.t, c, "FETCH ALL n")
	if seen != 300000 || len(rest) != 500000 {
		d.t.Errorf("%d and %d of 800000 rows", seen, len(rest))
	}
	texts(d.t, c, "COMMIT")
}

// TestPostgresReleasedIsApart: a question over what was released reaches nothing else, in whatever words.
//
// Duty 121 (SJZ13.1): tenants are apart.
func TestPostgresReleasedIsApart(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "private")
	a, _ := d.releases(c)
	r := `released."` + a + `"`
	study := d.connect("analyst", "study")
	_, err := study.Exec(ctx, countSQL)
	held := jobID.FindString(refusal(t, err, "YM001").Message)
	for sql, code := range map[string]string{
		"SELECT count(*) FROM " + r + `, released."` + held + `"`:                    "42P01",
		`SELECT count(*) FROM released."` + held + `"`:                               "42P01",
		`SELECT count(*) FROM released."nonsense" x`:                                 "42P01",
		`SELECT count(*) FROM released."x""; DROP TABLE y; --"`:                      "42P01",
		`SELECT count(*) FROM released.U&"\0041" x`:                                  "42P01",
		"SELECT count(*) FROM " + r + ", released.t0":                                "42P01",
		"SELECT count(*) FROM " + r + ", own.session":                                "42P01",
		"SELECT count(*) FROM " + r + ", visits v":                                   "0A000",
		"SELECT count(*) FROM " + r + ", '/etc/passwd'":                              "42P01",
		"SELECT count(*) FROM " + r + `, "/etc/passwd"`:                              "42P01",
		"SELECT count(*) FROM " + r + ", read_csv('/etc/passwd')":                    "42883",
		"SELECT count(*) FROM " + r + ", read_text('/proc/self/environ')":            "42883",
		"SELECT count(*) FROM " + r + ", read_parquet('/in/released-0')":             "42883",
		"SELECT count(*) FROM " + r + ", glob('/in/*')":                              "42883",
		"SELECT count(*) FROM " + r + ", duckdb_settings()":                          "42883",
		"SELECT count(*) FROM " + r + ", duckdb_tables()":                            "42883",
		"SELECT getenv('HOME') FROM " + r:                                            "42883",
		"SELECT query('SELECT 1') FROM " + r:                                         "42883",
		"SELECT nextval('s') FROM " + r:                                              "",
		"SELECT own.json_value(1) FROM " + r:                                         "42883",
		"SELECT * FROM sniff_csv('/in/released-0'), " + r:                            "42883",
		"SELECT count(*) FROM " + r + ` AT (VERSION => 1)`:                           "",
		"WITH x AS MATERIALIZED (SELECT * FROM visits) SELECT * FROM x, " + r:        "0A000",
		"SELECT 1 FROM " + r + " UNION ALL SELECT 1 FROM visits":                     "0A000",
		"SELECT (SELECT count(*) FROM visits) FROM " + r:                             "0A000",
		"SELECT nothing FROM " + r:                                                   "42703",
		"SELECT * FROM " + r + " WHERE district = 1/0::INTEGER::VARCHAR OR":          "42601",
		"COPY (SELECT * FROM " + r + ") TO '/tmp/x'":                                 "0A000",
		"COPY " + r + " TO PROGRAM 'id'":                                             "0A000",
		"COPY " + r + " FROM '/etc/passwd'":                                          "0A000",
		"CREATE TABLE x AS SELECT * FROM " + r:                                       "0A000",
		"INSERT INTO " + r + " VALUES ('a', 1, 1)":                                   "0A000",
		"WITH x AS (DELETE FROM " + r + " RETURNING *) SELECT * FROM x":              "",
		"ATTACH '/tmp/x.db'":                                                         "0A000",
		"INSTALL httpfs":                                                             "0A000",
		"PRAGMA database_list":                                                       "0A000",
		"SELECT * FROM pragma_version(), " + r:                                       "42883",
		"DESCRIBE " + r:                                                              "0A000",
		"SUMMARIZE " + r:                                                             "0A000",
		"EXPLAIN ANALYZE SELECT * FROM " + r:                                         "0A000",
		"SELECT yumen.submit('SELECT 1', 2), * FROM " + r:                            "0A000",
		"SELECT count(*) FROM " + r + " a, " + r + " b WHERE a.district = b.nothing": "42703",
	} {
		if _, err := c.Exec(ctx, sql); err == nil {
			t.Errorf("%s is answered", sql)
		} else if code != "" {
			t.Log(sql)
			refusal(t, err, code)
		} else {
			t.Logf("%s: %v", sql, err)
		}
	}
	if got := texts(t, c, "SELECT count(*) FROM "+r); got[0][0] != "4" {
		t.Errorf("after all that: %v", got)
	}
	for _, sql := range []string{`SELECT count(*) FROM released."` + a + `"`, `SELECT * FROM released."` + a + `"`,
		"SELECT yumen.receipt('" + a + "')", "SELECT * FROM yumen.result('" + a + "')",
		"SELECT count(*) FROM yumen.result('" + a + "') x"} {
		_, err := study.Exec(ctx, sql)
		refusal(t, err, "42P01", "nothing was released")
	}
}

// TestPostgresReleasedBombs: a question that asks for too much ends at its limits, and hurts nobody else.
func TestPostgresReleasedBombs(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "private")
	a, _ := d.releases(c)
	r := `released."` + a + `"`
	for sql, code := range map[string]string{
		"SELECT repeat('x', 100000) FROM generate_series(1, 700) g(i), " + r:                    "54000",
		"SELECT repeat('x', 1000000) FROM generate_series(1, 1000) g(i), " + r:                  "53200",
		"SELECT string_agg(repeat('x', 1000000), ',') FROM generate_series(1, 5000) g(i), " + r: "53200",
		"SET statement_timeout = '3s'; SELECT sum(sin(a.i * b.i * c.i)) FROM generate_series(1, 100000) a(i), " +
			"generate_series(1, 100000) b(i), generate_series(1, 100000) c(i), " + r: "57014",
	} {
		tag, err := c.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		t.Log(tag)
		t.Log(sql)
		refusal(t, err, code)
		if got := texts(t, d.connect("analyst", "private"), "SELECT count(*) FROM "+r); got[0][0] != "4" {
			t.Errorf("another session: %v", got)
		}
		if got := texts(t, c, "SELECT count(*) FROM "+r); got[0][0] != "4" {
			t.Errorf("the session itself: %v", got)
		}
	}
}

// TestPostgresFunctions: the functions of schema yumen do what the command line does.
func TestPostgresFunctions(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "study")
	id := texts(t, c, "SELECT yumen.submit('"+countSQL+"')")[0][0]
	if !jobID.MatchString(id) {
		t.Fatalf("%q is no job", id)
	}
	var again string
	if err := c.QueryRow(ctx, "SELECT yumen.submit($1) AS job", countSQL).Scan(&again); err != nil || again != id {
		t.Errorf("asked again it is job %s, %v, not %s", again, err, id)
	}
	_, err := c.Exec(ctx, "SELECT * FROM yumen.result('"+id+"')")
	refusal(t, err, "42P01")
	d.letGo(id)
	want := texts(t, c, `SELECT * FROM released."`+id+`"`)
	for _, sql := range []string{"SELECT * FROM yumen.result('" + id + "')", "SELECT * FROM yumen.result('" + id + "'::text) AS r",
		"SELECT r.* FROM yumen.result('" + id + "') r"} {
		if got := texts(t, c, sql); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
	}
	rows, err := c.Query(ctx, "SELECT * FROM yumen.result($1)", pgx.QueryExecModeExec, id)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pgx.CollectRows(rows, pgx.RowToMap); err != nil || len(got) != len(want) {
		t.Errorf("with a parameter: %v, %v", got, err)
	}
	if got := texts(t, c, "SELECT yumen.receipt('"+id+"')"); !strings.Contains(got[0][0], `"job"`) ||
		!strings.HasPrefix(got[0][0], "{") {
		t.Errorf("the receipt is %v", got)
	}
	if got, want := texts(t, c, "SELECT * FROM yumen.explain('"+countSQL+"')"), texts(t, c,
		"EXPLAIN POLICY "+countSQL); fmt.Sprint(got) != fmt.Sprint(want) || len(got) < 5 {
		t.Errorf("explained as %v, want %v", got, want)
	}
	other := texts(t, c, "SELECT yumen.submit('SELECT district, count(*) AS n FROM visits GROUP BY district')")[0][0]
	if got := texts(t, c, "SELECT yumen.cancel('"+other+"')"); got[0][0] != "cancelled" {
		t.Errorf("%v", got)
	}
	for sql, code := range map[string]string{
		"SELECT yumen.cancel('" + id + "')":                   "55000",
		"SELECT yumen.cancel('j-20260101-aaaaaa')":            "42704",
		"SELECT yumen.receipt('nonsense')":                    "42P01",
		"SELECT yumen.submit('DROP TABLE visits')":            "42601",
		"SELECT yumen.submit('SELECT 1; SELECT 2')":           "42601",
		"SELECT yumen.submit('SELECT person FROM visits')":    "42501",
		"SELECT yumen.submit(lower('X'))":                     "0A000",
		"SELECT yumen.submit('SELECT 1') FROM visits":         "0A000",
		"SELECT yumen.nonsense('x')":                          "42883",
		"SELECT yumen.submit('SELECT count(*) FROM nothing')": "42P01",
		"SELECT * FROM yumen.result('a\"; DROP TABLE x; --')": "42P01",
		"SELECT count(*) FROM yumen.result('a\"; DROP') x, q": "42P01",
		"EXPLAIN SELECT yumen.submit('" + countSQL + "')":     "",
	} {
		_, err := c.Exec(ctx, sql)
		if err == nil {
			t.Errorf("%s is answered", sql)
		} else if t.Logf("%s: %v", sql, err); code != "" {
			refusal(t, err, code)
		}
	}
	listed := texts(t, c, `SELECT p.proname, pg_catalog.pg_get_function_result(p.oid), pg_catalog.pg_get_function_arguments(p.oid)
		FROM pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname OPERATOR(pg_catalog.~) '^(yumen)$' COLLATE pg_catalog.default ORDER BY 1`)
	if len(listed) != 5 || fmt.Sprint(listed[4]) != "[submit text text]" {
		t.Errorf("functions are listed as %v", listed)
	}
	reviewer := d.connectError("reviewer", "study")
	refusal(t, reviewer, "42501")
}

func (d sqlDoor) connectError(person, contract string) error {
	c, err := pgx.ConnectConfig(context.Background(), d.config(person, contract))
	if err == nil {
		_ = c.Close(context.Background()) // it should not be there
	}
	return err
}
