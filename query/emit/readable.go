package emit

import (
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// Readable writes an expression with the names that columns have in the text, without the parentheses around all of it.
func Readable(e *plan.Expr) string {
	s := emitter{readable: true}.expr(e, false)
	if strings.HasPrefix(s, "(") { // operators are written inside parentheses, and nothing else begins with one
		s = s[1 : len(s)-1]
	}
	return s
}
