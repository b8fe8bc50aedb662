package clitest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// TestPostgresTypes: what Describe says of a prepared statement, names, types and type modifiers, is what its execution
// has, and what its rows decode as in both formats: of what recorded clients ask the catalog, of what was released, of
// answers of class dp, explanations, tickets and the session's own tables.
func TestPostgresTypes(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx, aggregate, private := context.Background(), d.connect("analyst", "study"), d.connect("analyst", "private")
	_, err := aggregate.Exec(ctx, countSQL)
	id := regexp.MustCompile(`j-\d+-\w+`).FindString(refusal(t, err, "YM001").Message)
	d.letGo(id)
	for _, sql := range []string{countSQL, `SELECT * FROM released."` + id + `"`, `TABLE released."` + id + `"`,
		"EXPLAIN " + countSQL, "EXPLAIN POLICY " + countSQL, "TABLE yumen.jobs", "TABLE yumen.policy",
		"TABLE yumen.contract", "TABLE yumen.releases", "TABLE yumen.budget", "SHOW TimeZone", "SHOW ALL",
		"SELECT district, fee FROM visits LIMIT 0", "SELECT * FROM visits WHERE false"} {
		if n := holdTypes(t, aggregate.PgConn(), sql); n == 0 && !strings.Contains(sql, "LIMIT 0") &&
			!strings.Contains(sql, "false") && !strings.Contains(sql, "budget") { // class aggregate has none
			t.Errorf("%.90q: no row", sql)
		}
	}
	for _, sql := range []string{privateSQL, "SELECT avg(fee) AS a, count(*) AS n FROM visits"} {
		holdTypes(t, private.PgConn(), sql)
	}
	if _, err := aggregate.Exec(ctx, "SET yumen.on_hold = ticket"); err != nil {
		t.Fatal(err)
	}
	holdTypes(t, aggregate.PgConn(), strings.Replace(countSQL, "visits", "visits /* another */", 1))
	asked, answered := 0, 0
	for _, r := range recordedOverCatalog(t) {
		asked++
		if holdTypes(t, private.PgConn(), r.SQL, r.Params...) >= 0 {
			answered++
		}
	}
	_, err = private.Exec(ctx, "SELECT repeat('x', 900000000)") // after all these, and by itself too large
	refusal(t, err, "53200", "more memory")
	if answered < 100 || answered < asked*9/10 {
		t.Errorf("%d of %d statements over the catalog were answered", answered, asked)
	}
}

// recordedSQL is a statement that a client sent, with its parameters.
type recordedSQL struct {
	SQL    string
	Params []any
}

// recordedOverCatalog are those that ask the catalog and were answered.
func recordedOverCatalog(t *testing.T) (out []recordedSQL) {
	t.Helper()
	f, err := os.Open("../../../sandbox/duck/testdata/client_statements.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r struct {
			recordedSQL
			Error json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		plain := !strings.Contains(fmt.Sprint(r.Params...), "hex:") && !strings.Contains(strings.Trim(r.SQL, "; \n"), ";")
		about := strings.Contains(r.SQL, "pg_") || strings.Contains(r.SQL, "information_schema")
		if plain && about && strings.HasPrefix(strings.ToUpper(r.SQL), "SELECT") &&
			(len(r.Error) == 0 || string(r.Error) == "null") {
			out = append(out, r.recordedSQL)
		}
	}
	return out
}

// holdTypes holds one statement, and returns how many rows it has; -1 where it is refused.
func holdTypes(t *testing.T, c *pgconn.PgConn, sql string, params ...any) int {
	t.Helper()
	ctx := context.Background()
	said, err := c.Prepare(ctx, "", sql, nil)
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		t.Logf("%s: %.100s", refused.Code, sql)
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	var values [][]byte
	for _, p := range params {
		if p == nil {
			values = append(values, nil)
			continue
		}
		values = append(values, []byte(fmt.Sprint(p)))
	}
	var rows [2][][][]byte
	for format := range rows {
		got := c.ExecPrepared(ctx, "", values, nil, []int16{int16(format)})
		for got.NextRow() {
			var row [][]byte
			for _, v := range got.Values() {
				row = append(row, bytes.Clone(v))
			}
			rows[format] = append(rows[format], row)
		}
		fields := slices.Clone(got.FieldDescriptions())
		if _, err := got.Close(); err != nil {
			// the binary form of regproc is a limit that docs/gateway.md tells of
			if e := (*pgconn.PgError)(nil); !errors.As(err, &e) || e.Code != "0A000" {
				t.Errorf("%.90q: described, and then %v", sql, err)
			}
			return -1
		}
		for i, f := range fields {
			f.Format = 0
			if i >= len(said.Fields) || f != said.Fields[i] {
				t.Errorf("%.90q: column %d is %+v, but was described in %+v", sql, i+1, f, said.Fields)
			}
		}
		if len(fields) != len(said.Fields) {
			t.Errorf("%.90q: %d columns, but %d were described", sql, len(fields), len(said.Fields))
		}
	}
	if len(rows[0]) != len(rows[1]) {
		t.Errorf("%.90q: %d rows as text, %d in binary", sql, len(rows[0]), len(rows[1]))
		return -1
	}
	for r := range rows[0] {
		for i, f := range said.Fields {
			sameValue(t, sql, f, rows[0][r][i], rows[1][r][i])
		}
	}
	return len(rows[0])
}

// pgTypes reads values as PostgreSQL writes them.
var pgTypes = pgtype.NewMap()

// sameValue holds that a value decodes as its type says in both formats, and to the same.
func sameValue(t *testing.T, sql string, f pgconn.FieldDescription, text, binary []byte) {
	t.Helper()
	if (text == nil) != (binary == nil) {
		t.Errorf("%.90q: %s is NULL in one format", sql, f.Name)
	}
	typ, known := pgTypes.TypeForOID(f.DataTypeOID)
	if text == nil || !known {
		return
	}
	if f.DataTypeSize > 0 && len(binary) != int(f.DataTypeSize) && f.DataTypeOID != pgtype.NameOID {
		t.Errorf("%.90q: %s has %d bytes, its type %d", sql, f.Name, len(binary), f.DataTypeSize)
	}
	a, err1 := typ.Codec.DecodeValue(pgTypes, f.DataTypeOID, pgtype.TextFormatCode, text)
	b, err2 := typ.Codec.DecodeValue(pgTypes, f.DataTypeOID, pgtype.BinaryFormatCode, binary)
	if err := errors.Join(err1, err2); err != nil {
		t.Errorf("%.90q: %s %s, %q and %x: %v", sql, f.Name, typ.Name, text, binary, err)
	} else if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y && !reflect.DeepEqual(a, b) {
		t.Errorf("%.90q: %s %s is %s as text, %s in binary", sql, f.Name, typ.Name, x, y)
	}
}
