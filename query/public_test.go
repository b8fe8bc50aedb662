package query

import (
	"testing"

	"github.com/yumen-data/yumen"
)

// TestPublicColumns: all columns of an aggregate result are public or none is, by everything that it is grouped by.
func TestPublicColumns(t *testing.T) {
	trees, scope := readTrees(t), privateScope(t)
	want := map[string]bool{
		"boolean": true, "a nullable domain": true, "count by a key with a public domain": true,
		"each row a unit": true, "order by an aggregate not shown": true,
		"some of a domain": false, "a filter": false, // behind a condition
		"both sides of a left join": false, "a second key of a subquery by units": false,
		"a condition": false, "a constant key": false, "only a constant key": false, "NULL given a name": false,
		"bounded whole number": false, "sum by a private key": false, "one public, one not": false,
		"no GROUP BY": true, "one group without GROUP BY": true, "grouping by nothing": true,
	}
	found := map[string]bool{}
	for _, file := range []string{"testdata/dp/keys.sql", "testdata/dp/one_table.sql", "testdata/aggregates.sql",
		"testdata/keys.sql"} {
		for _, s := range readCorpus(t, file) {
			sc := scope
			sc.Class = yumen.ClassAggregate
			plan, err := Analyse(s.sql, treeOf(t, trees, s), sc)
			if err != nil {
				continue
			}
			public, known := want[s.name]
			for _, c := range plan.Cells {
				if known && c.Public != public {
					t.Errorf("%s: %s: public is %v", s.name, c.Name, c.Public)
				}
				if c.Public != plan.Cells[0].Public {
					t.Errorf("%s: not all columns are alike", s.name)
				}
			}
			found[s.name] = true
		}
	}
	for name := range want {
		if !found[name] {
			t.Errorf("no statement %q", name)
		}
	}
}
