package query

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSame holds that texts which mean the same by construction ask the same question, so that asking again in other
// words gives the stored answer and no second look at the data, and that other questions stay other ones. Statements
// are named "question: variant".
func TestSame(t *testing.T) {
	trees, scope := readTrees(t), privateScope(t)
	first, of := map[string]string{}, map[string]string{}
	variants := 0
	for _, s := range readCorpus(t, "testdata/same/same.sql") {
		scope.Params = s.params
		plan, err := Analyse(s.sql, treeOf(t, trees, s), scope)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		b, _ := json.MarshalIndent(plan.Private, "", " ")
		question, text := strings.Split(s.name, ":")[0], string(b)
		switch known, ok := first[question]; {
		case ok && known != text:
			t.Errorf("%s is another question:\n%s\n%s", s.name, cmp.Diff(known, text), plan.Private.SQL)
		case !ok && of[text] != "":
			t.Errorf("%s is the same question as %s", s.name, of[text])
		case !ok:
			first[question], of[text] = text, question
		default:
			variants++
		}
	}
	if len(first) < 10 || variants < 30 {
		t.Errorf("%d questions with %d variants; some are missing", len(first), variants)
	}
}
