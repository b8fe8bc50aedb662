package emit

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// LookupSQL writes a statement that gives a row where a list has several rows for what it is looked up by. It reads
// nothing but reference data. NULL is equal to nothing.
func LookupSQL(k cells.Lookup) string {
	var where, by []string
	for _, c := range k.Columns {
		name := ExprSQL(plan.ColumnExpr(c, -1), nil)
		where, by = append(where, name+" IS NOT NULL"), append(by, name)
	}
	for _, c := range k.Where {
		where = append(where, ExprSQL(c, nil))
	}
	s := "SELECT 1 AS several FROM " + relationSQL(k.List)
	if len(where) > 0 {
		s += " WHERE " + strings.Join(where, " AND ")
	}
	if len(by) > 0 {
		s += " GROUP BY " + strings.Join(by, ", ")
	}
	return fmt.Sprintf("%s HAVING count(*) > 1 LIMIT 1", s)
}
