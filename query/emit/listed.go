package emit

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// listSQL writes a list of the text as a subquery with columns c1, c2 ….
func listSQL(r *plan.Relation) string {
	var names, empty []string
	for i, c := range r.Cols {
		names = append(names, fmt.Sprintf("c%d", i+1))
		empty = append(empty, fmt.Sprintf("TRY_CAST(NULL AS %s) AS c%d", typeSQL(c.Type), i+1))
	}
	var rows []string
	for _, row := range r.List.Rows {
		var cells []string
		for i, e := range row.Cells {
			cells = append(cells, fmt.Sprintf("TRY_CAST(%s AS %s)", ExprSQL(e, nil), typeSQL(r.Cols[i].Type)))
		}
		there := "TRUE"
		if row.If != nil {
			there = ExprSQL(row.If, nil)
		}
		rows = append(rows, "("+strings.Join(append(cells, there), ", ")+")")
	}
	if len(rows) == 0 {
		return "SELECT " + strings.Join(empty, ", ") + " WHERE FALSE"
	}
	return fmt.Sprintf("SELECT %s FROM (VALUES %s) AS v(%s, there) WHERE there", strings.Join(names, ", "),
		strings.Join(rows, ", "), strings.Join(names, ", "))
}
