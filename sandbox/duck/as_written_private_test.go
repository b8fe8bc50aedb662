package duck

import (
	"strings"
	"testing"
)

// TestAsWrittenPrivate holds that in class dp what is made of answers, over a table of cells without noise, is what the
// text gives in the engine.
func TestAsWrittenPrivate(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	declarePublic(&scope)
	compared := 0
	for _, file := range []string{"answers", "windows", "lists", "correlated", "several", "levels"} {
		for _, part := range strings.Split("\n"+string(mustRead(t, queryTestdata+file+".sql")), "\n-- name: ")[1:] {
			name, sql, _ := strings.Cut(part, "\n")
			p, err := analysed(t, judged, sql, scope)
			if err != nil {
				continue
			}
			want, err := answer(t, plain, sql, p, 0)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := judged.exec(t.Context(), exactly(p.Private)); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, p.Private.SQL)
			}
			got, err := answer(t, judged, p.Post, p, 0)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, p.Post)
			}
			compared++
			if missing, extra := compare(want, got, false); len(missing)+len(extra) > 0 {
				t.Errorf("%s\n%s\n%s\nin the text's answer only: %q\nin ours only: %q", name, p.Private.SQL, p.Post,
					few(missing), few(extra))
			}
		}
	}
	if compared < 60 {
		t.Errorf("compared %d statements", compared)
	}
}
