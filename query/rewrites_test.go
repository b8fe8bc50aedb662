package query

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// TestRewrites holds that what a refusal suggests is accepted. Statements stand in pairs: one that is refused, and it
// as its
// suggestion rewrites it.
func TestRewrites(t *testing.T) {
	sc := readScope(t)
	sc.Today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	trees := readTrees(t)
	all := readCorpus(t, "testdata/rewrites/all.sql")
	if len(all) < 50 || len(all)%2 != 0 {
		t.Fatalf("%d statements", len(all))
	}
	var got bytes.Buffer
	for i := 0; i < len(all); i += 2 {
		refused, rewritten := all[i], all[i+1]
		_, err := Analyse(refused.sql, treeOf(t, trees, refused), sc)
		if err == nil {
			t.Errorf("accepted: %s", refused.sql)
			continue
		}
		e := yumen.AsError(err)
		fixed := !e.Fix.IsZero()
		for _, r := range e.Reasons {
			fixed = fixed || !r.Fix.IsZero()
		}
		if !fixed {
			t.Errorf("%s\nsuggests nothing: %v", refused.sql, err)
		}
		if _, err := Analyse(rewritten.sql, treeOf(t, trees, rewritten), sc); err != nil {
			t.Errorf("%s\nis refused, though suggested by %v: %v", rewritten.sql, e, err)
		}
		fmt.Fprintf(&got, "%s\n%s\n⇒ %s\n\n", refused.sql, e.In(yumen.LangEnglish), rewritten.sql)
	}
	goldentest.File(t, "testdata/rewrites/all.golden", got.Bytes())
}
