package duck

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, sql string
		want      string // part of the tree, or the kind of the error
	}{
		{"select", "SELECT a, count(*) FROM t GROUP BY a", `"error":false`},
		{"several", "SELECT 1; SELECT 2", `"error":false`},
		{"quotes", `SELECT 'it''s' AS "a""b"`, `it's`},
		{"chinese", "SELECT 科室 FROM 就诊", "科室"},
		{"syntax error", "SELECT FROM WHERE", `"error_type":"parser"`},
		{"not a select", "DROP TABLE t", `"error":true`},
		{"copy", "COPY t TO '/tmp/x'", `"error":true`},
		{"empty", "", `"statements":[]`},
		{"nul", "SELECT '\x00'", "invalid"},
		{"too long", "SELECT '" + strings.Repeat("x", maxSQL) + "'", "invalid"},
		{"much OR", "SELECT 1 WHERE 1=1" + strings.Repeat(" OR 1=1", 10000), `"error":false`},
		{"long list", "SELECT [1" + strings.Repeat(",1", 100000) + "]", `"error":false`},
		{"nested parentheses", "SELECT " + strings.Repeat("(", 10000) + "1" + strings.Repeat(")", 10000),
			`"error":true`},
		{"nested selects", "SELECT * FROM " + strings.Repeat("(SELECT * FROM ", 10000) + "t" +
			strings.Repeat(")", 10000), `"error":true`},
		{"nested functions", "SELECT " + strings.Repeat("abs(", 10000) + "1" + strings.Repeat(")", 10000),
			`"error":true`},
		{"nested case", "SELECT " + strings.Repeat("CASE WHEN true THEN ", 5000) + "1" + strings.Repeat(" END", 5000),
			`"error":true`},
		{"nested not", "SELECT " + strings.Repeat("NOT ", 100000) + "true", `"error":true`},
		{"a number no double can hold", "SELECT 1e400", "invalid"},
	} {
		in := newTestEnv(t, task.ParseSpec{SQL: c.sql}, nil)
		err := in.run(t, task.Parse)
		got := string(yumen.KindOf(err))
		if err == nil {
			var answer task.ParseAnswer
			if err := json.Unmarshal(in.Said, &answer); err != nil {
				t.Fatal(err)
			}
			got = string(answer.Tree)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %.300s, want %s", c.name, got, c.want)
		}
	}
}
