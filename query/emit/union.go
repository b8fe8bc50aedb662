package emit

import (
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// unionSQL writes the sides.
func unionSQL(r *plan.Relation) string {
	var sides []string
	for _, p := range r.Parts {
		sides = append(sides, innerSQL(p.Inner, p))
	}
	return strings.Join(sides, "\n  UNION ALL ")
}
