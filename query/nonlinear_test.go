package query

import (
	"testing"

	"github.com/yumen-data/yumen"
)

// TestNonlinear holds that in class aggregate nothing that depends on a value other than linearly is added up or
// counted of a column that rows may not be filtered by.
func TestNonlinear(t *testing.T) {
	trees, scope := readTrees(t), readScope(t)
	for _, s := range readCorpus(t, "testdata/nonlinear/nonlinear.sql") {
		plan, err := Analyse(s.sql, treeOf(t, trees, s), scope)
		if err == nil {
			t.Errorf("%s: accepted:\n%s\n%s", s.name, s.sql, plan.SQL)
			continue
		}
		reasons := yumen.AsError(err).Reasons
		if len(reasons) == 0 || reasons[0].Rule != "column.not-granted" {
			t.Errorf("%s: refused by %v", s.name, reasons)
		}
	}
}
