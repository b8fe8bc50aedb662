package query

import (
	"encoding/json"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestTitles holds that columns are found by the title and the header that the catalog gives them, and when.
func TestTitles(t *testing.T) {
	sc := readScope(t)
	titled := map[string]yumen.Column{
		"residents.sex": {Title: yumen.Text{EN: "sex at birth",
			ZH: "性别"}}, "residents.district": {Title: yumen.Text{ZH: "区县"}},
		"enterprises.district": {Title: yumen.Text{ZH: "区县"}}, "residents.age": {Header: "XM_AGE"},
		"residents.address": {Title: yumen.Text{ZH: "住址"}}, "residents.income": {Title: yumen.Text{EN: "district",
			ZH: "age"}},
	}
	for _, table := range sc.Tables {
		for i := range table.Dataset.Columns {
			c := &table.Dataset.Columns[i]
			if as, ok := titled[table.Dataset.Name+"."+c.Name]; ok {
				c.Title, c.Header = as.Title, as.Header
			}
		}
	}
	holdGoldens(t, "testdata/titles", func(s statement, tree json.RawMessage) string {
		return outcome(Analyse(s.sql, tree, sc))
	})
}
