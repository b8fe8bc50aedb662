package duck

import (
	"strings"
	"testing"
)

// TestWindows holds that window functions over an answer give what they give in the engine as written.
func TestWindows(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	for _, part := range strings.Split("\n"+string(mustRead(t, queryTestdata+"windows.sql")), "\n-- name: ")[1:] {
		name, sql, _ := strings.Cut(part, "\n")
		plan, err := analysed(t, judged, sql, scope)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := answer(t, plain, sql, shown(plan), 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, empty, err := resultOf(t, judged, plan)
		if err != nil || empty {
			t.Errorf("%s: %v, a cell without value is %v\n%s", name, err, empty, plan.Post)
		}
		if missing, extra := compare(want, got, false); len(missing)+len(extra) > 0 {
			t.Errorf("%s\n%s\nin the text's answer only: %q\nin ours only: %q", name, plan.Post, few(missing), few(extra))
		}
		if len(want) < 2 {
			t.Errorf("%s: %d rows", name, len(want))
		}
	}
}
