package duck

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
	"github.com/yumen-data/yumen/gateway/pgwire/rewrite"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// cityHealth is the database that the recorded clients saw, as one person may see it.
func cityHealth() api.CatalogView {
	column := func(name string, oid uint32, mod int32) api.CatalogColumn {
		return api.CatalogColumn{Name: name, OID: oid, Mod: mod, NotNull: name == "resident_id"}
	}
	visits := api.CatalogTable{Schema: "public", Name: "hospital_visits", Comment: "Hospital visits 就诊记录",
		Columns: []api.CatalogColumn{column("resident_id", 23, -1), column("visit_date", 1082, -1),
			column("hospital", 25, -1),
			column("department", 25, -1), column("diagnosis_code", 25, -1), column("diagnosis", 25, -1),
			column("visit_type", 25, -1), column("days", 23, -1), column("fee_total", 1700, 655366),
			column("insurance_paid", 1700, 655366)}}
	visits.Columns[8].Comment = "Total fee in yuan 总费用（元）"
	return api.CatalogView{Database: "city-health", User: "analyst_lin",
		Schemas: []string{"public", "released", "yumen"},
		Settings: []api.CatalogPair{{Name: "server_version", Value: "15.18"},
			{Name: "server_version_num", Value: "150018"},
			{Name: "max_index_keys", Value: "32"}, {Name: "jit", Value: "off"}, {Name: "TimeZone", Value: "UTC"},
			{Name: "server_encoding", Value: "UTF8"}, {Name: "search_path", Value: `"$user", public`}},
		Tables: []api.CatalogTable{visits,
			{Schema: "public", Name: "residents", Comment: "Registered residents 户籍人口", Key: []string{"resident_id"},
				Columns: []api.CatalogColumn{column("resident_id", 23, -1), column("sex", 25, -1),
					column("birth_date", 1082, -1),
					column("district", 25, -1), column("education", 25, -1)}},
			{Schema: "public", Name: "kinds", Columns: []api.CatalogColumn{column("b", 16, -1), column("i2", 21, -1),
				column("i4", 23, -1), column("i8", 20, -1), column("f8", 701, -1), column("n", 1700, 1179656),
				column("t", 25, -1),
				column("d", 1082, -1), column("ts", 1114, -1), column("tz", 1184, -1)}},
			{Schema: "yumen", Name: "jobs", View: true, Columns: []api.CatalogColumn{column("job", 25, -1),
				column("state", 25, -1), column("updated", 1184, -1)}}}}
}

// catalogUnderTest answers statements as an enclave of role catalog does.
type catalogUnderTest struct {
	t   *testing.T
	run sandbox.Handler
}

func newCatalog(t *testing.T) *catalogUnderTest {
	t.Helper()
	c := &catalogEngine{}
	run, _, err := c.prepare(t.Context(), sandboxtest.New(t, api.CatalogSpec{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.engine.close)
	return &catalogUnderTest{t: t, run: run}
}

// ask answers the only statement of a text; rows are in text.
func (c *catalogUnderTest) ask(spec api.CatalogSpec) (api.CatalogAnswer, [][]string) {
	c.t.Helper()
	list, err := lex.Split(spec.SQL)
	if err != nil || len(list) != 1 {
		c.t.Fatalf("%d statements (%v): %s", len(list), err, spec.SQL)
	}
	spec.SQL, _ = rewrite.Catalog(list[0])
	in := sandboxtest.New(c.t, spec, nil)
	ans := sandboxtest.AnswerOf[api.CatalogAnswer](c.t, in, c.run)
	var rows [][]string
	if out := in.Outputs[task.OutRows]; out != nil {
		rows = wireRows(out.Bytes())
	}
	return ans, rows
}

func wireRows(frames []byte) [][]string {
	var rows [][]string
	for len(frames) > 0 {
		body := frames[6 : 4+binary.BigEndian.Uint32(frames)]
		row := make([]string, 0, binary.BigEndian.Uint16(frames[4:]))
		frames = frames[6+len(body):]
		for len(body) > 0 {
			n := int32(binary.BigEndian.Uint32(body))
			body = body[4:]
			if n < 0 {
				row = append(row, "NULL")
				continue
			}
			row = append(row, string(body[:n]))
			body = body[n:]
		}
		rows = append(rows, row)
	}
	return rows
}

// recorded is a statement that a client sent to PostgreSQL 15, and what came of it.
type recorded struct {
	Client, SQL string
	Alone       bool // the only statement of its text
	Rows        int
	Error       json.RawMessage
	Columns     [][][]any
	ParamTypes  []string `json:"param_types"`
	Params      []any
	Tags        []string // none where it was described only
}

func recordedStatements(t *testing.T) []recorded {
	t.Helper()
	f, err := os.Open("testdata/client_statements.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []recorded
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// overData are statements that read tables of the city, whose rows no catalog has.
var overData = regexp.MustCompile(`(?i)(from|join)\s+(public\.|"public"\.|\(select \* from )?"?(hospital_visits|residents|kinds|jobs)\b`)

// ofCatalog returns the statements that a catalog engine answers alone, each with what belongs to it.
func ofCatalog(t *testing.T) (out []recorded) {
	t.Helper()
	for _, r := range recordedStatements(t) {
		list, err := lex.Split(r.SQL)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range list {
			if strings.Contains(string(r.Error), "57014") { // a test of cancelling
				continue
			}
			if first := s.Word(0); first != "SELECT" && first != "WITH" && first != "VALUES" ||
				overData.MatchString(s.Text) {
				continue
			}
			one := r
			one.SQL, one.Alone = s.Text, len(list) == 1
			if i < len(r.Columns) {
				one.Columns = r.Columns[i : i+1]
			}
			out = append(out, one)
		}
	}
	return out
}

// TestClientStatements asks what real clients asked PostgreSQL 15, and compares names, types and rows. What differs
// stands in testdata/client_statements.golden with its reason.
func TestClientStatements(t *testing.T) {
	c := newCatalog(t)
	var misses []string
	all := ofCatalog(t)
	for _, r := range all {
		if why := c.differs(r); why != "" {
			misses = append(misses, fmt.Sprintf("%s: %s (%s)\n    %.150s\n", r.Client, why, reason(t, why+r.SQL),
				strings.Join(strings.Fields(r.SQL), " ")))
		}
	}
	slices.Sort(misses)
	share := 100 * float64(len(all)-len(misses)) / float64(len(all))
	t.Logf("%d of %d statements as PostgreSQL (%.1f %%)", len(all)-len(misses), len(all), share)
	if share < 95 {
		t.Errorf("%.1f %% of the statements as PostgreSQL, want 95 %%", share)
	}
	goldentest.File(t, "testdata/client_statements.golden", []byte(strings.Join(misses, "")))
}

// reason says why an answer may differ.
func reason(t *testing.T, of string) string {
	for part, why := range map[string]string{
		"text:name":    "a union of text and name is of type name in the engine",
		"pg_extension": "there are no extensions",
		"tableoid":     "system columns of tables are not there",
		"indkey[ia.":   "the engine counts elements of int2vector from 1",
	} {
		if strings.Contains(of, part) {
			return why
		}
	}
	t.Errorf("an answer differs without a reason: %.300s", of)
	return "?"
}

// differs says how an answer differs from the recorded one, or "".
func (c *catalogUnderTest) differs(r recorded) string {
	spec := api.CatalogSpec{View: cityHealth(), SQL: ownOIDsOf.Replace(r.SQL)}
	for i := range r.Params {
		v := api.CatalogParam{}
		if i < len(r.ParamTypes) {
			v.OID = oidsOf[r.ParamTypes[i]]
		}
		spec.Params = append(spec.Params, v)
	}
	spec.Describe = true
	asked, _ := c.ask(spec)
	spec.Describe, spec.Params = false, spec.Params[:0]
	for i, p := range r.Params {
		v := api.CatalogParam{}
		if i < len(r.ParamTypes) {
			v.OID = oidsOf[r.ParamTypes[i]]
		} else if i < len(asked.Params) {
			v.OID = asked.Params[i]
		}
		if p != nil {
			text := ownOIDsOf.Replace(textOf(fmt.Sprint(p), v.OID))
			v.Text = &text
		}
		spec.Params = append(spec.Params, v)
	}
	ans, rows := c.ask(spec)
	failed := len(r.Error) > 0 && string(r.Error) != "null"
	switch {
	case failed && ans.Refused != nil:
		return ""
	case ans.Refused != nil:
		return ans.Refused.State + " " + ans.Refused.Message
	case failed:
		return "PostgreSQL refuses it"
	}
	var got, want []string
	for _, col := range ans.Columns {
		got = append(got, fmt.Sprintf("%s:%s:%d", col.Name, typeNamesOf[col.OID], col.Mod))
	}
	if len(r.Columns) > 0 {
		for _, col := range r.Columns[0] {
			want = append(want, fmt.Sprintf("%v:%v:%v", col[0], col[1], col[2]))
		}
		for i := range want {
			if i < len(got) && got[i] != want[i] {
				return fmt.Sprintf("column %d is %s, want %s", i+1, got[i], want[i])
			}
		}
		if len(got) != len(want) {
			return fmt.Sprintf("%d columns, want %d", len(got), len(want))
		}
	}
	if r.Alone && len(r.Tags) > 0 && (len(rows) == 0) != (r.Rows == 0) {
		return fmt.Sprintf("%d rows, PostgreSQL had %d", len(rows), r.Rows)
	}
	return ""
}

// ownOIDsOf puts oids of the view in place of those that the tables had when the statements were recorded.
var ownOIDsOf = strings.NewReplacer("16389", "16385", "16394", "16390", "16401", "16395", "16407", "16400")

// textOf returns a recorded parameter as text: a binary one begins with hex:.
func textOf(param string, oid uint32) string {
	coded, ok := strings.CutPrefix(param, "hex:")
	raw, err := hex.DecodeString(coded)
	if !ok || err != nil {
		return param
	}
	switch oid {
	case 16:
		return fmt.Sprint(raw[0] == 1)
	case 20, 21, 23, 26:
		return new(big.Int).SetBytes(raw).String()
	case 1028:
		var list []string
		for rest := raw[20:]; len(rest) >= 8; rest = rest[8:] {
			list = append(list, fmt.Sprint(binary.BigEndian.Uint32(rest[4:])))
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	return string(raw)
}

var oidsOf = func() map[string]uint32 {
	out := map[string]uint32{}
	for oid, name := range typeNamesOf {
		out[name] = oid
	}
	return out
}()

var typeNamesOf = map[uint32]string{16: "boolean", 17: "bytea", 18: `"char"`, 19: "name", 20: "bigint", 21: "smallint",
	22: "int2vector", 23: "integer", 24: "regproc", 25: "text", 26: "oid", 28: "xid", 30: "oidvector", 114: "json",
	194: "pg_node_tree", 700: "real", 701: "double precision", 1000: "boolean[]", 1003: "name[]", 1002: `"char"[]`,
	1005: "smallint[]",
	1007: "integer[]", 1009: "text[]", 1016: "bigint[]", 1028: "oid[]", 1034: "aclitem[]", 1043: "character varying",
	1082: "date", 1114: "timestamp without time zone", 1184: "timestamp with time zone", 1186: "interval",
	1700: "numeric",
	2205: "regclass", 2206: "regtype", 2249: "record", 2277: "anyarray", 2278: "void", 3802: "jsonb",
	4089: "regnamespace"}

// TestCatalogRefuses holds that a statement can name nothing but PostgreSQL's catalog and functions, and change
// nothing.
func TestCatalogRefuses(t *testing.T) {
	c := newCatalog(t)
	for sql, state := range map[string]string{
		"SELECT * FROM public.residents":                      "42P01",
		"SELECT * FROM nothing":                               "42P01",
		"SELECT * FROM own.tables":                            "42P01",
		"SELECT * FROM fixed.pg_class":                        "42P01",
		"SELECT * FROM duckdb_tables()":                       "42883",
		"SELECT * FROM duckdb_tables":                         "42P01",
		"SELECT * FROM '/etc/passwd'":                         "42P01",
		"SELECT * FROM read_text('/etc/passwd')":              "42883",
		"SELECT * FROM read_csv('/etc/passwd')":               "42883",
		"SELECT * FROM query('SELECT 1')":                     "42883",
		"SELECT getvariable('x')":                             "42883",
		"SELECT own.relation('pg_class')":                     "42883",
		"SELECT (SELECT getenv('HOME')) FROM pg_class":        "42883",
		"WITH x AS (SELECT * FROM duckdb_logs) SELECT 1":      "42P01",
		"SELECT * FROM pg_class ORDER BY write_log('x')":      "42883",
		"SELECT 1 FROM pg_class WHERE nextval('x') = 1":       "42P01",
		"SELECT nothing FROM pg_class":                        "42703",
		"SELECT 1 +":                                          "42601",
		"SELECT relname, oid FROM pg_class c, pg_namespace n": "42702",
		"SELECT 'x'::int":                                     "22P02",
		"SELECT 'x'::nothing":                                 "42704",
		"CREATE TABLE x (a int)":                              "0A000",
		"DROP VIEW pg_tables":                                 "0A000",
		"COPY pg_class TO '/tmp/x'":                           "0A000",
		"SET memory_limit = '1TB'":                            "0A000",
		"ATTACH ':memory:' AS x":                              "0A000",
		"SHOW TABLES":                                         "0A000",
		"SUMMARIZE pg_class":                                  "0A000",
		"PRAGMA version":                                      "0A000",
	} {
		ans, rows := c.ask(api.CatalogSpec{View: cityHealth(), SQL: sql})
		if ans.Refused == nil {
			t.Errorf("%s: answered with %d rows", sql, len(rows))
		} else if ans.Refused.State != state {
			t.Errorf("%s: %s %s, want %s", sql, ans.Refused.State, ans.Refused.Message, state)
		}
	}
	if _, rows := c.ask(api.CatalogSpec{View: cityHealth(), SQL: "SELECT 1 AS one"}); len(rows) != 1 {
		t.Error("the engine does not go on after refusals")
	}
}

// TestCatalogShowsOneView asks in turn for two people; neither sees what the other may see.
func TestCatalogShowsOneView(t *testing.T) {
	c := newCatalog(t)
	other := api.CatalogView{Database: "mill's", User: "o\"x",
		Tables: []api.CatalogTable{{Schema: "public", Name: "looms'; --",
			Columns: []api.CatalogColumn{{Name: "a\"b", OID: 25, Mod: -1}}}}}
	const sql = "SELECT current_database(), current_user, (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class " +
		"WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace), (SELECT count(*) FROM information_schema.columns " +
		"WHERE table_schema = 'public')"
	for range 2 {
		for _, want := range []struct {
			view api.CatalogView
			row  []string
		}{{cityHealth(), []string{"city-health", "analyst_lin", "hospital_visits,kinds,residents", "25"}},
			{other, []string{"mill's", "o\"x", "looms'; --", "1"}}} {
			ans, rows := c.ask(api.CatalogSpec{View: want.view, SQL: sql})
			if len(rows) != 1 || !slices.Equal(rows[0], want.row) {
				t.Errorf("got %q (%+v), want %q", rows, ans.Refused, want.row)
			}
		}
	}
}

// TestCatalogParameters binds values that try to be SQL, and asks for columns without a run.
func TestCatalogParameters(t *testing.T) {
	c := newCatalog(t)
	attack := "x' OR '1'='1"
	spec := api.CatalogSpec{View: cityHealth(), SQL: "SELECT relname FROM pg_class WHERE relname = $1",
		Params: []api.CatalogParam{{Text: &attack}}}
	if ans, rows := c.ask(spec); ans.Refused != nil || len(rows) != 0 {
		t.Errorf("got %v, %+v", rows, ans.Refused)
	}
	spec.Params = nil
	if ans, _ := c.ask(spec); ans.Refused == nil || ans.Refused.State != "08P01" {
		t.Errorf("without its parameter: %+v", ans.Refused)
	}
	spec.Describe = true
	ans, rows := c.ask(spec)
	want := []api.CatalogResult{{Name: "relname", OID: 19, Len: 64, Mod: -1}}
	if !slices.Equal(ans.Columns, want) || !slices.Equal(ans.Params, []uint32{19}) || rows != nil {
		t.Errorf("described as %+v, parameters %v, rows %v", ans.Columns, ans.Params, rows)
	}
}
