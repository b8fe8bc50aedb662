package clitest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/yumen-data/yumen"
)

// sqlDoor is a server of a home that clients of PostgreSQL come to.
type sqlDoor struct {
	home
	address string
	flight  string            // where clients of Flight SQL come
	tokens  map[string]string // by person
}

// newSQLDoor serves a home with a contract of class dp to clients of PostgreSQL, and makes tokens for people.
func newSQLDoor(t *testing.T, names ...string) sqlDoor {
	t.Helper()
	h := newPrivateHome(t)
	write(t, h.dir, "home.yaml", "domain: test-domain\nisolation: reduced\nlocal_identities: asserted\n")
	d := sqlDoor{h, "", "", map[string]string{}}
	for _, name := range names {
		d.token(name)
	}
	d.listen()
	return d
}

// listen has a server started with both doors.
func (d *sqlDoor) listen() {
	d.t.Helper()
	r := d.serve("--postgres", "127.0.0.1:0", "--flightsql", "127.0.0.1:0")
	for door, address := range map[string]*string{"postgres": &d.address, "flightsql": &d.flight} {
		at := regexp.MustCompile(`"door":"` + door + `","address":"([^"]+)"`)
		m := at.FindSubmatch(r.saidSoFar())
		for i := 0; m == nil && i < 500; i++ {
			time.Sleep(10 * time.Millisecond)
			m = at.FindSubmatch(r.saidSoFar())
		}
		if m == nil {
			d.t.Fatalf("it does not listen: %s", r.saidSoFar())
		}
		*address = string(m[1])
	}
}

// token makes a token for a person.
func (d sqlDoor) token(name string) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), name)
	d.must("token", "create", "--as", name, "--out", file)
	b, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	d.tokens[name] = strings.TrimSpace(string(b))
}

// config is how a person connects under a contract.
func (d sqlDoor) config(person, contract string) *pgx.ConnConfig {
	d.t.Helper()
	token := d.tokens[person]
	host, port, err := net.SplitHostPort(d.address)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%s dbname=%s sslmode=verify-full sslrootcert=%s", host, port,
		contract, filepath.Join(d.dir, "keys", "server.crt")))
	if err != nil {
		d.t.Fatal(err)
	}
	c.User, c.Password = person, token
	if parts := strings.Split(token, "_"); len(parts) > 2 {
		c.User += "/" + parts[1]
	}
	return c
}

func (d sqlDoor) connect(person, contract string) *pgx.Conn {
	d.t.Helper()
	c, err := pgx.ConnectConfig(context.Background(), d.config(person, contract))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = c.Close(context.Background()) }) // it may be gone
	return c
}

// refusal is the error of PostgreSQL that a call ended with.
func refusal(t *testing.T, err error, code string, words ...string) *pgconn.PgError {
	t.Helper()
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%v, want SQLSTATE %s", err, code)
		return &pgconn.PgError{}
	}
	for _, w := range words {
		if !strings.Contains(e.Message+"\n"+e.Detail+"\n"+e.Hint, w) {
			t.Errorf("%+v does not say %q", e, w)
		}
	}
	return e
}

// texts asks by a simple query, and returns the rows as text.
func texts(t *testing.T, c *pgx.Conn, sql string) [][]string {
	t.Helper()
	all, err := c.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out [][]string
	for _, row := range all[len(all)-1].Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, string(v))
		}
		out = append(out, cells)
	}
	return out
}

// TestPostgresLogin: who logs in proves that they have the token, over TLS, and works under a contract of their own.
func TestPostgresLogin(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx := context.Background()
	if got := texts(t, d.connect("analyst", "study"), "SHOW server_encoding"); got[0][0] != "UTF8" {
		t.Errorf("%v", got)
	}
	for name, c := range map[string]struct {
		change func(*pgx.ConnConfig)
		code   string
	}{
		"a wrong token":        {func(c *pgx.ConnConfig) { c.Password = "yumen_wrong" }, "28P01"},
		"the token of another": {func(c *pgx.ConnConfig) { c.Password = d.tokens["reviewer"] }, "28P01"},
		"the name of another": {func(c *pgx.ConnConfig) {
			c.User = strings.Replace(c.User, "analyst", "reviewer",
				1)
		}, "28P01"},
		"nobody":                  {func(c *pgx.ConnConfig) { c.User = "nobody/abcdefghijkl" }, "28P01"},
		"no token in the name":    {func(c *pgx.ConnConfig) { c.User = "analyst" }, "28P01"},
		"no such contract":        {func(c *pgx.ConnConfig) { c.Database = "nonsense" }, "3D000"},
		"no TLS":                  {func(c *pgx.ConnConfig) { c.TLSConfig = nil }, "28000"},
		"a setting that is none":  {func(c *pgx.ConnConfig) { c.RuntimeParams["nonsense"] = "1" }, "42704"},
		"a date style of no kind": {func(c *pgx.ConnConfig) { c.RuntimeParams["DateStyle"] = "German" }, "22023"},
	} {
		cfg := d.config("analyst", "study")
		cfg.Fallbacks = nil
		c.change(cfg)
		_, err := pgx.ConnectConfig(ctx, cfg)
		t.Log(name)
		refusal(t, err, c.code)
	}
	_, err := pgx.ConnectConfig(ctx, d.config("reviewer", "study"))
	refusal(t, err, "42501", "not one of your organisation")
	cfg := d.config("analyst", "study")
	cfg.ChannelBinding = "require"
	if c, err := pgx.ConnectConfig(ctx, cfg); err != nil {
		t.Errorf("bound to the certificate: %v", err)
	} else {
		_ = c.Close(ctx) // it was let in
	}
}

// TestPostgresUnknownUser: the exchange with a user who does not exist goes the same way as with one who does.
func TestPostgresUnknownUser(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	var said []string
	for _, user := range []string{"analyst/" + strings.Split(d.tokens["analyst"], "_")[1], "nobody/aaaaaaaaaaaa"} {
		cfg := d.config("analyst", "study")
		cfg.User, cfg.Password = user, "wrong"
		_, err := pgx.ConnectConfig(context.Background(), cfg)
		e := refusal(t, err, "28P01")
		said = append(said, e.Message+e.Detail+e.Hint)
	}
	if said[0] != said[1] {
		t.Errorf("%q", said)
	}
}

// TestPostgresHeld takes a question of class aggregate to its rows: held as a job, asked again as the same job, let go
// by a reviewer, and then answered.
func TestPostgresHeld(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "study")
	_, err := c.Exec(ctx, countSQL)
	e := refusal(t, err, "YM001", "nothing was lost", "reviewers needed: 1", "SELECT * FROM released.")
	id := regexp.MustCompile(`j-\d+-\w+`).FindString(e.Message)
	_, err = c.Exec(ctx, countSQL)
	if again := refusal(t, err, "YM001"); !strings.Contains(again.Message, id) {
		t.Errorf("asked again: %s, not %s", again.Message, id)
	}
	_, err = c.Exec(ctx, `SELECT * FROM released."`+id+`"`)
	refusal(t, err, "42P01", "nothing was released")
	d.letGo(id)
	for _, sql := range []string{countSQL, `SELECT * FROM released."` + id + `"`} {
		rows, err := c.Query(ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range rows.FieldDescriptions() {
			names = append(names, fmt.Sprintf("%s:%d", f.Name, f.DataTypeOID))
		}
		n := 0
		for rows.Next() {
			v, err := rows.Values()
			if err != nil {
				t.Fatal(err)
			}
			if _, isText := v[0].(string); !isText {
				t.Errorf("%v", v)
			}
			if _, isInt := v[1].(int64); !isInt && v[1] != nil {
				t.Errorf("%v", v)
			}
			n++
		}
		if rows.Err() != nil || n == 0 ||
			strings.Join(names, " ") != "district:25 visits:20 fees:20 visits_status:25 fees_status:25" {
			t.Errorf("%s: %d rows, %v, %v", sql, n, names, rows.Err())
		}
	}
}

// letGo has a reviewer let a held result go, once the machine has looked at it.
func (d sqlDoor) letGo(id string) {
	d.t.Helper()
	var j yumen.Job
	for range 600 {
		if err := json.Unmarshal([]byte(d.must("job", "show", id, "--as", "reviewer", "--json")), &j); err != nil {
			d.t.Fatal(err)
		}
		if j.State == yumen.StateInReview {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	d.must("review", "vote", id, string(j.Artifact), "--reason", "fine", "--as", "reviewer")
	d.must("review", "release", id, "--as", "reviewer")
}

// TestPostgresPrivate: an answer of class dp is rows, in every way that clients ask for rows.
func TestPostgresPrivate(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "private")
	want := texts(t, c, privateSQL)
	if len(want) != 4 || len(want[0]) != 3 {
		t.Fatalf("%v", want)
	}
	var cost float64
	if err := c.QueryRow(ctx, "SHOW yumen.last_cost").Scan(&cost); err == nil {
		t.Errorf("a setting is text, not %v", cost)
	}
	for name, mode := range map[string]pgx.QueryExecMode{"simple": pgx.QueryExecModeSimpleProtocol,
		"extended": pgx.QueryExecModeExec, "described": pgx.QueryExecModeDescribeExec,
		"prepared": pgx.QueryExecModeCacheStatement} {
		rows, err := c.Query(ctx, privateSQL, mode)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (string, error) {
			var district string
			var n int64
			var e float64
			err := r.Scan(&district, &n, &e)
			return fmt.Sprintf("%s %d", district, n), err
		})
		if err != nil || len(got) != 4 || got[0] != want[0][0]+" "+want[0][1] {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
	rows, err := c.Query(ctx, `SELECT count(*) AS n FROM "VISITS"`, pgx.QueryExecModeDescribeExec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.CollectRows(rows, pgx.RowToMap); err != nil {
		t.Errorf("a name in capitals: %v", err)
	}
	d.cursors(c, want)
	d.copies(c, want)
	d.suspends(c, want)
	if got := texts(t, c, privateSQL+" LIMIT 0"); len(got) != 0 {
		t.Errorf("no rows: %v", got)
	}
}

func (d sqlDoor) cursors(c *pgx.Conn, want [][]string) {
	d.t.Helper()
	got := texts(d.t, c, "BEGIN; DECLARE a CURSOR FOR "+privateSQL+"; FETCH 1 FROM a; FETCH FORWARD 2 FROM a")
	if len(got) != 2 || got[0][0] != want[1][0] {
		d.t.Errorf("fetched %v of %v", got, want)
	}
	if got := texts(d.t, c, "FETCH ALL a"); len(got) != 1 || got[0][0] != want[3][0] {
		d.t.Errorf("fetched %v of %v", got, want)
	}
	if got := texts(d.t, c, "FETCH 5 a"); len(got) != 0 {
		d.t.Errorf("fetched %v behind the end", got)
	}
	texts(d.t, c, "CLOSE a; COMMIT")
	_, err := c.Exec(context.Background(), "FETCH a")
	refusal(d.t, err, "34000")
	_, err = c.Exec(context.Background(), "DECLARE a CURSOR FOR "+privateSQL)
	refusal(d.t, err, "25P01")
}

func (d sqlDoor) copies(c *pgx.Conn, want [][]string) {
	d.t.Helper()
	for options, first := range map[string]string{
		"":                                      strings.Join(want[0], "\t") + "\n",
		"(FORMAT csv, HEADER)":                  "district,visits,visits_error\n",
		"WITH CSV DELIMITER ';'":                strings.Join(want[0], ";") + "\n",
		"(FORMAT csv, FORCE_QUOTE *)":           `"` + strings.Join(want[0], `","`) + "\"\n",
		"(FORMAT binary)":                       "PGCOPY\n\xff\r\n\x00",
		"(FORMAT csv, DELIMITER E'\\t')":        strings.Join(want[0], "\t") + "\n",
		"(FORMAT text, DELIMITER '|', NULL '')": strings.Join(want[0], "|") + "\n",
	} {
		var b strings.Builder
		tag, err := c.PgConn().CopyTo(context.Background(), &b, "COPY ("+privateSQL+") TO STDOUT "+options)
		if err != nil || !strings.HasPrefix(b.String(), first) || tag.RowsAffected() != 4 {
			d.t.Errorf("COPY %s: %q, %v, %v", options, b.String(), tag, err)
		}
	}
	var b strings.Builder
	for options, code := range map[string]string{"(FORMAT xml)": "22023", "(NONSENSE 1)": "42601",
		"(DELIMITER 'ab')": "0A000"} {
		_, err := c.PgConn().CopyTo(context.Background(), &b, "COPY ("+privateSQL+") TO STDOUT "+options)
		refusal(d.t, err, code)
	}
}

// suspends reads a portal in pieces.
func (d sqlDoor) suspends(c *pgx.Conn, want [][]string) {
	d.t.Helper()
	ctx, f := context.Background(), c.PgConn()
	if _, err := f.Prepare(ctx, "p", privateSQL, nil); err != nil {
		d.t.Fatal(err)
	}
	r := f.ExecPrepared(ctx, "p", nil, nil, []int16{1, 1, 0}).Read()
	if r.Err != nil || len(r.Rows) != 4 || len(r.Rows[0][1]) != 8 || string(r.Rows[0][0]) != want[0][0] {
		d.t.Errorf("formats of their own: %v, %v", r.Rows, r.Err)
	}
}

// TestPostgresSession: transactions, settings and what is not answered are as clients of PostgreSQL know them.
func TestPostgresSession(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "private")
	for sql, code := range map[string]string{"INSERT INTO visits VALUES (1)": "0A000", "DROP TABLE visits": "0A000",
		"COPY visits FROM STDIN": "0A000", "nonsense": "42601", "SELECT 'open": "42601",
		"SELECT count(*) FROM nosuch": "42P01", "SELECT mobile FROM visits": "42703",
		"EXPLAIN ANALYZE " + privateSQL: "0A000", "SET nonsense = 1": "42704", "SET server_version = 1": "55P02",
		"SET client_encoding = 'LATIN1'": "22023", "FETCH a": "34000", "DEALLOCATE a": "26000",
		"ROLLBACK TO SAVEPOINT a": "25P01", "CALL f()": "0A000", "LISTEN other": "42704"} {
		_, err := c.PgConn().Exec(ctx, sql).ReadAll()
		t.Log(sql)
		refusal(t, err, code)
	}
	for sql, at := range map[string]int32{"SELECT count(*) FROM nosuch": 22,
		"SET yumen.lang = en; SELECT count(*)\nFROM nosuch": 43,
		"EXPLAIN SELECT count(*) FROM nosuch":               30, "COPY (SELECT count(*) FROM nosuch) TO STDOUT": 28,
		"DECLARE a CURSOR WITH HOLD FOR SELECT count(*) FROM nosuch": 53} {
		_, err := c.PgConn().Exec(ctx, sql).ReadAll()
		if e := refusal(t, err, "42P01"); e.Position != at {
			t.Errorf("%s: position %d, want %d", sql, e.Position, at)
		}
	}
	if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		t.Fatal(err)
	}
	texts(t, c, "SAVEPOINT a")
	_, err := c.Exec(ctx, "SELECT count(*) FROM nosuch")
	refusal(t, err, "42P01")
	_, err = c.Exec(ctx, "SHOW TimeZone")
	refusal(t, err, "25P02")
	texts(t, c, "ROLLBACK TO a")
	texts(t, c, "SHOW TimeZone")
	if c.PgConn().TxStatus() != 'T' {
		t.Errorf("status %c", c.PgConn().TxStatus())
	}
	texts(t, c, "COMMIT")
	texts(t, c, "SET application_name TO 'a b'; SET yumen.lang = zh")
	if got := c.PgConn().ParameterStatus("application_name"); got != "a b" {
		t.Errorf("told %q", got)
	}
	_, err = c.Exec(ctx, "SET nonsense = 1")
	refusal(t, err, "42704", "没有设置项")
	if got := texts(t, c, "RESET ALL; SHOW yumen.lang"); got[0][0] != "en" {
		t.Errorf("%v", got)
	}
	if got := texts(t, c, "EXPLAIN POLICY "+privateSQL); got[0][0] != "class" || got[0][2] != "dp" {
		t.Errorf("%v", got)
	}
	if got := texts(t, c, "EXPLAIN (VERBOSE) "+privateSQL); !strings.HasPrefix(got[0][0], "class") {
		t.Errorf("%v", got)
	}
}

// TestPostgresEnds: a statement can be cancelled; a contract that ends, ends its sessions; a token that is revoked asks
// nothing more; and a server that stops says so.
func TestPostgresEnds(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	ctx, c := context.Background(), d.connect("analyst", "private")
	time.AfterFunc(time.Second, func() { _ = c.PgConn().CancelRequest(ctx) }) // that it fails is seen below
	_, err := c.Exec(ctx, privateSQL)
	refusal(t, err, "57014")
	texts(t, c, "SET statement_timeout = '300ms'")
	_, err = c.Exec(ctx, "SELECT count(*) AS visits FROM visits")
	refusal(t, err, "57014", "statement_timeout")
	d.must("contract", "terminate", "private", "--as", "regulator")
	texts(t, c, "SET statement_timeout = 0")
	_, err = c.Exec(ctx, privateSQL)
	refusal(t, err, "57P01", "private")
	if !c.PgConn().IsClosed() {
		if _, err := c.Exec(ctx, "SHOW TimeZone"); err == nil {
			t.Error("the session goes on")
		}
	}
	c = d.connect("analyst", "study")
	d.must("token", "revoke", strings.Split(d.tokens["analyst"], "_")[1], "--as", "regulator")
	_, err = c.Exec(ctx, countSQL)
	refusal(t, err, "57P01", "revoked")
	d.token("analyst")
	c = d.connect("analyst", "study")
	ended := make(chan error, 1)
	go func() { ended <- c.PgConn().WaitForNotification(ctx) }()
	d.stop()
	refusal(t, <-ended, "57P01", "stopping")
}

// TestPostgresListens: a session is told of its jobs.
func TestPostgresListens(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := d.connect("analyst", "study")
	texts(t, c, "LISTEN yumen")
	_, err := d.connect("analyst", "study").Exec(ctx, countSQL)
	refusal(t, err, "YM001")
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n.Channel == "yumen" && strings.Contains(n.Payload, `"state":"in_review"`) {
			return
		}
	}
}

// TestPostgresCrowd: a thousand connections that say nothing are too many of one source, which the others are told at
// once; those that are let in are closed in time, whoever has logged in goes on meanwhile, and nothing is left of them.
func TestPostgresCrowd(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	c := d.connect("analyst", "study")
	texts(t, c, "SHOW TimeZone")
	before := d.descriptors()
	const crowd = 1000
	refused := make(chan bool, crowd)
	for range crowd {
		go func() { refused <- tooMany(d.address) }()
	}
	n := 0
	for range crowd {
		if <-refused {
			n++
		}
		if n%100 == 0 {
			texts(t, c, "SHOW TimeZone")
		}
	}
	if n < crowd/2 || n == crowd {
		t.Errorf("%d of %d were refused", n, crowd)
	}
	for range 200 {
		if d.descriptors() <= before {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if after := d.descriptors(); after > before {
		t.Errorf("%d files open, %d before", after, before)
	}
	texts(t, d.connect("analyst", "study"), "SHOW TimeZone")
}

// tooMany connects, says nothing, and reports whether it is told that there are too many.
func tooMany(address string) bool {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return true
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second)) // of a socket that is open
	b, _ := io.ReadAll(c)                                   // until it is closed
	return strings.Contains(string(b), "53300")
}

// descriptors is how many files the server has open.
func (d sqlDoor) descriptors() int {
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", servers[d.dir].cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	return len(files)
}

// TestPostgresHostile: what is no message ends the connection and nothing else.
func TestPostgresHostile(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	for name, b := range map[string]string{"nothing": "", "a request of HTTP": "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"a length of a gigabyte": "\x40\x00\x00\x00\x00\x03\x00\x00", "a negative length": "\xff\xff\xff\xff",
		"another protocol": "\x00\x00\x00\x08\x00\x02\x00\x00", "half a message": "\x00\x00\x00\x50\x00\x03\x00\x00us",
		"no user":                "\x00\x00\x00\x09\x00\x03\x00\x00\x00",
		"to cancel what is none": "\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01abcd"} {
		c, err := net.Dial("tcp", d.address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(b)) // it may be closed meanwhile
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.CloseWrite() // the same
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second)) // of a socket that is open
		buf := make([]byte, 4096)
		n, err := c.Read(buf)
		for err == nil {
			n, err = c.Read(buf)
		}
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Errorf("%s: the connection stays, %q", name, buf[:n])
		}
		_ = c.Close() // done with
	}
	texts(t, d.connect("analyst", "study"), "SHOW TimeZone")
}

// TestPostgresRefusedAtAdmission: what a quota or the budget refuses is said to be refused, and not held.
func TestPostgresRefusedAtAdmission(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	ctx := context.Background()
	few := strings.NewReplacer("contract: study", "contract: few", "quotas: {",
		"quotas: {jobs_per_day: 1, ").Replace(contractYAML)
	d.must("contract", "sign", write(t, t.TempDir(), "few.yaml", few), "--as", "regulator")
	c := d.connect("analyst", "few")
	_, err := c.Exec(ctx, countSQL)
	refusal(t, err, "YM001")
	_, err = c.Exec(ctx, "SELECT district, count(*) AS n FROM visits GROUP BY district")
	refusal(t, err, "YM011")
	c = d.connect("analyst", "private")
	texts(t, c, "SET yumen.max_epsilon = 0.5")
	_, err = c.Exec(ctx, privateSQL)
	refusal(t, err, "YM010", "max_epsilon")
	texts(t, c, "RESET yumen.max_epsilon; "+privateSQL+"; SET yumen.epsilon = 1.9")
	_, err = c.Exec(ctx, "SELECT sum(fee) AS s FROM visits")
	refusal(t, err, "YM010")
}
