package pgwire

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen/gateway/sqlsession"
)

func only(t *testing.T, sql string) *sqlsession.Statement {
	t.Helper()
	all, err := sqlsession.Split(sql)
	if err != nil || len(all) != 1 {
		t.Fatalf("%s: %v", sql, err)
	}
	return all[0]
}

// TestFetchForms: FETCH asks for what it says, or is refused; it is never one row because its number was not read.
func TestFetchForms(t *testing.T) {
	for sql, want := range map[string]fetch{
		"FETCH c": {name: "c", rows: 1}, "FETCH NEXT FROM c": {name: "c", rows: 1}, "FETCH 7 IN c": {name: "c", rows: 7},
		"FETCH FORWARD 2147483647 c": {name: "c", rows: 2147483647}, "FETCH ALL FROM c": {name: "c"},
		"MOVE FORWARD ALL IN c":     {name: "c"},
		"FETCH 0 c":                 {name: "c", backward: true},
		"FETCH 2147483648 c":        {name: "c", rows: 2147483648, wrong: "2147483648"},
		"FETCH -1 c":                {name: "c", rows: 1, backward: true},
		"FETCH LAST c":              {name: "c", rows: 1, backward: true},
		"FETCH x c":                 {name: "c", wrong: "x", backward: true},
		"FETCH 1.5 c":               {name: "c", wrong: "1.5", backward: true},
		"FETCH 99999999999999999 c": {name: "c", rows: 99999999999999999, wrong: "99999999999999999"},
	} {
		if got := fetchOf(only(t, sql).Statement); got != want {
			t.Errorf("%s: %+v, want %+v", sql, got, want)
		}
	}
}

// TestCopyForms: COPY of columns asks for them; options that would be answered in another way than they say are refused.
func TestCopyForms(t *testing.T) {
	for sql, want := range map[string]string{
		`COPY released."j" TO STDOUT`:                               `SELECT * FROM released."j"`,
		`COPY released."j" (a, "B") TO STDOUT`:                      `SELECT a, "B" FROM released."j"`,
		`COPY (SELECT (1)) TO STDOUT (ENCODING 'UTF8', FORMAT csv)`: `SELECT (1)`,
		`COPY t TO STDOUT (DELIMITER '|', NULL '')`:                 `SELECT * FROM t`,
	} {
		if got, _, err := copyOf(only(t, sql)); err != nil || got.Text != want {
			t.Errorf("%s: %v, %v", sql, got, err)
		}
	}
	for sql, code := range map[string]string{
		"COPY t TO STDOUT (ENCODING 'latin1')": "0A000", "COPY t TO STDOUT (DELIMITER 'n')": "22023",
		`COPY t TO STDOUT (DELIMITER '\')`: "22023", `COPY t TO STDOUT (FORMAT csv, DELIMITER '"')`: "22023",
		"COPY t TO STDOUT (NULL E'\\n')": "22023", "COPY t TO STDOUT (DELIMITER '|', NULL 'a|b')": "22023",
		"COPY t (a FROM STDIN": "0A000", "COPY t (a) FROM STDIN": "0A000", "COPY t (a": "0A000", "COPY t () TO STDOUT": "",
	} {
		if _, _, err := copyOf(only(t, sql)); err == nil != (code == "") || err != nil && sqlsession.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", sql, err, code)
		}
	}
}

// A COPY in a transaction that has failed is passed over in both protocols.
func TestCopyInFailedTransaction(t *testing.T) {
	c := opened(t, func(*Config) {})
	sent(t, c, startup(t), query("BEGIN"), query("SELEC 1"), query("COPY (SELECT 1) TO STDOUT"),
		message('P', "\x00COPY (SELECT 1) TO STDOUT\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"),
		message('E', "\x00\x00\x00\x00\x00"), message('S', ""))
	if got := states(t, c, 5); strings.Join(got[len(got)-2:], " ") != "25P02 25P02" {
		t.Errorf("%v", got)
	}
}

// A notification is sent whole or ends the connection, and what does not read holds up nobody who looks after sessions.
func TestInterjectHoldsUpNobody(t *testing.T) {
	door := New(Config{})
	door.cfg.Limits.Grace = 2 * time.Second
	client, server := connected(t)
	s := newSession(door, server)
	s.idle = true
	full := bytes.Repeat([]byte{'x'}, 32<<20) // more than the system takes for a client that reads nothing
	done := make(chan bool)
	go func() { done <- s.interject(full) }()
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	s.stop(errStopping)
	if took := time.Since(began); took > time.Second {
		t.Errorf("it was stopped after %s", took)
	}
	if <-done {
		t.Error("the client read it")
	}
	if _, err := server.Write([]byte("A")); err == nil {
		t.Error("the connection goes on behind a part of a message")
	}
	_ = client.Close() // the test is over
}
