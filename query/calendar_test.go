package query

import (
	"encoding/json"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestCalendar holds which keys of dates and times are answered where the catalog grants parts of the calendar.
func TestCalendar(t *testing.T) {
	sc := readScope(t)
	for _, table := range sc.Tables {
		if table.Dataset.Name == "visits" {
			table.Uses["visit_date"] = []yumen.Constraint{{Use: yumen.UseFilter},
				{Use: yumen.UseCalendar, Parts: []string{"week", "month", "day_of_week"}}}
			table.Uses["admitted_at"] = []yumen.Constraint{{Use: yumen.UseFilter},
				{Use: yumen.UseCalendar, Parts: []string{"hour_of_day", "month+day_of_week"}}}
		}
	}
	holdGoldens(t, "testdata/calendar", func(s statement, tree json.RawMessage) string {
		return outcome(Analyse(s.sql, tree, sc))
	})
}
