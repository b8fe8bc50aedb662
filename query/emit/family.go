package emit

import (
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// FamilyPosting reads the rows of a block in the table of all.
func FamilyPosting(f *cells.Family, columns []yumen.ArtifactColumn) func(*plan.Block) Posting {
	return func(b *plan.Block) Posting {
		p := postingOf(f.Block, columns)
		if len(f.Levels) > 0 {
			p = p.leveled(f, b, columns[len(columns)-1])
		}
		var visible []string
		for _, o := range f.Rows[b] {
			visible = append(visible, "NOT ("+p.suppressed(o.Expr)+")")
		}
		if len(visible) > 0 {
			p.filter = p.and("(" + strings.Join(visible, " OR ") + ")")
		}
		return p
	}
}
