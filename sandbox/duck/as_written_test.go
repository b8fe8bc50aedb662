package duck

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	analysis "github.com/yumen-data/yumen/query"
)

// asWritten are the corpora whose statements give what they give in the engine as written.
var asWritten = []string{"windows", "unit_values", "unit_order", "answers", "presence", "levels", "lists", "correlated",
	"several", "figures"}

// TestAsWritten holds that they do.
func TestAsWritten(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	scope.Class = yumen.ClassAggregate
	for _, file := range asWritten {
		t.Run(file, func(t *testing.T) { holdAsWritten(t, file, plain, judged, scope) })
	}
}

func holdAsWritten(t *testing.T, file string, plain, judged *engine, scope analysis.Scope) {
	for _, part := range strings.Split("\n"+string(mustRead(t, queryTestdata+file+".sql")), "\n-- name: ")[1:] {
		name, sql, _ := strings.Cut(part, "\n")
		if strings.HasPrefix(name, "refused") {
			continue
		}
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
			t.Errorf("%s\n%s\nin the text's answer only: %q\nin ours only: %q", name, plan.Post, few(missing),
				few(extra))
		}
		if len(want) < 1 {
			t.Errorf("%s: %d rows", name, len(want))
		}
	}
}
