package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/yumen-data/yumen/internal/goldentest"
)

// TestLineage holds what is known of the columns of every statement of testdata/lineage.
func TestLineage(t *testing.T) {
	trees, scope := readTrees(t), privateScope(t)
	var got bytes.Buffer
	for _, s := range readCorpus(t, "testdata/lineage/lineage.sql") {
		sc := scope
		sc.Class = s.class
		plan, err := Analyse(s.sql, treeOf(t, trees, s), sc)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		fmt.Fprintf(&got, "=== %s\n%s\n---\n", s.name, s.sql)
		for _, l := range plan.Lineage {
			b, _ := json.Marshal(l)
			fmt.Fprintf(&got, "%s\n", b)
		}
		got.WriteString("\n")
	}
	goldentest.File(t, "testdata/lineage/lineage.golden", got.Bytes())
}
