package clitest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sql runs yumen sql as a person under a contract.
func (d sqlDoor) sql(person, contract, in string, more ...string) answer {
	d.t.Helper()
	token := write(d.t, d.t.TempDir(), "token", d.tokens[person])
	args := append([]string{"sql", "--contract", contract, "--at", d.address, "--token-file", token, "--ca",
		filepath.Join(d.dir, "keys", "server.crt")}, more...)
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+d.t.TempDir())
	var out, errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &errs
	_ = cmd.Run() // the exit code says it
	return answer{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// TestSQL: yumen sql asks through the gateway, one statement or what stands in the standard input, and writes rows for
// people, as CSV or as JSON; what is refused has its code, its hint and exit code 1.
func TestSQL(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	if a := d.sql("analyst", "private", "", privateSQL); a.code != 0 || strings.Count(a.out, "\n") != 5 ||
		!strings.HasPrefix(a.out, "district") || !strings.Contains(a.err, "the answer cost ε 1") {
		t.Errorf("%+v", a)
	}
	if a := d.sql("analyst", "private", privateSQL+"; SHOW yumen.class;", "--csv"); a.code != 0 ||
		!strings.HasPrefix(a.out, "district,visits,visits_error\neast,") {
		t.Errorf("%+v", a)
	}
	a := d.sql("analyst", "private", "TABLE yumen.policy", "--json")
	var got []struct {
		Columns []string
		Rows    [][]*string
	}
	if err := json.Unmarshal([]byte(a.out), &got); err != nil || a.code != 0 || len(got) != 1 ||
		len(got[0].Rows) != 3 ||
		*got[0].Rows[0][0] != "visits" {
		t.Errorf("%+v, %v", a, err)
	}
	for sql, want := range map[string][]string{
		"SELECT mobile FROM visits":   {"[42703]"},
		"SELECT person FROM visits":   {"person"},
		"DELETE FROM visits":          {"[0A000]", "→ ask by SELECT"},
		"SELECT * FROM released.none": {"[42P01]"},
	} {
		a := d.sql("analyst", "private", "", sql)
		for _, w := range want {
			if a.code != 1 || !strings.Contains(a.err, w) {
				t.Errorf("%s: %+v, want %s", sql, a, w)
			}
		}
	}
	if a := d.sql("analyst", "private", "", "SELECT nonsense", "--lang", "zh"); a.code != 1 ||
		!strings.Contains(a.err, "不存在") {
		t.Errorf("%+v", a)
	}
	if a := d.sql("analyst", "nonsense", "", "SHOW TimeZone"); a.code != 1 || !strings.Contains(a.err, "[3D000]") {
		t.Errorf("%+v", a)
	}
	if a := d.sql("analyst", "private", "", "SHOW TimeZone; SELECT nonsense"); a.code != 1 ||
		a.out != "TimeZone\nUTC\n" {
		t.Errorf("what was answered before an error is not shown: %+v", a)
	}
	if a := d.sql("analyst", "private", "copy("+privateSQL+") to stdout (format csv);"); a.code != 0 ||
		!strings.Contains(a.out, "east,") {
		t.Errorf("%+v", a)
	}
	for _, more := range [][]string{{"SHOW TimeZone; COPY (" + privateSQL + ") TO STDOUT"},
		{"COPY (" + privateSQL + ") TO STDOUT", "--json"}} {
		if a := d.sql("analyst", "private", "", more...); a.code != 1 || !strings.Contains(a.out+a.err, "COPY") {
			t.Errorf("rows of COPY are lost in silence: %+v", a)
		}
	}
	d.tokens["analyst"] = "yumen_aaaaaaaaaaaa_" + strings.Repeat("a", 43)
	if a := d.sql("analyst", "private", "", "SHOW TimeZone"); a.code != 1 || !strings.Contains(a.err, "[28P01]") {
		t.Errorf("%+v", a)
	}
	d.tokens["analyst"] = ""
	if a := d.sql("analyst", "private", "", "SHOW TimeZone"); a.code == 0 || !strings.Contains(a.err, "token") {
		t.Errorf("%+v", a)
	}
}
