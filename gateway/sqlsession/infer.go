package sqlsession

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// comparisons are the operators whose other side a parameter has the type of.
var comparisons = []string{"=", "<>", "!=", "<", ">", "<=", ">="}

// guess gives parameters that a client has left open the type of the column that they are compared with: where one
// stands beside a parameter, before BETWEEN, or before IN. It is a guess by the words alone, so that a statement can be
// described; the value that comes has its own type, and the analysis decides.
func (st *Statement) guess(see *sight) {
	for i, t := range st.Tokens {
		if t.Kind != lex.Parameter {
			continue
		}
		n := 0
		for _, c := range st.Source(i)[1:] {
			n = n*10 + int(c-'0')
		}
		if n < 1 || n > len(st.Types) || st.Types[n-1] != 0 && st.Types[n-1] != OIDUnknown {
			continue
		}
		if at := st.comparedWith(i); at >= 0 {
			st.Types[n-1] = see.typeOf(st.Ident(at))
		}
	}
}

// comparedWith returns the token that names the column which a parameter is compared with, and -1 where none does.
func (st *Statement) comparedWith(i int) int {
	switch {
	case slices.Contains(comparisons, st.Source(i-1)):
		return i - 2
	case slices.Contains(comparisons, st.Source(i+1)):
		if st.Source(i+3) == "." {
			return i + 4
		}
		return i + 2
	case st.Word(i-1) == "BETWEEN":
		return i - 2
	case st.Word(i-1) == "AND" && st.Word(i-3) == "BETWEEN":
		return i - 4
	}
	for j := i - 1; j > 0; j-- { // the elements of a list, back to what is in it
		switch {
		case st.Source(j) == "(" && st.Word(j-1) == "IN" && st.Word(j-2) == "NOT":
			return j - 3
		case st.Source(j) == "(" && st.Word(j-1) == "IN":
			return j - 2
		case st.Source(j) == "(" || st.Word(j) != "":
			return -1
		}
	}
	return -1
}

// typeOf is the type of the columns of a name that questions about data can name, and 0 where it is none or several.
func (v *sight) typeOf(column string) (oid uint32) {
	for _, t := range v.Tables {
		for _, c := range t.Columns {
			if t.Schema != "public" || !strings.EqualFold(c.Name, column) {
				continue
			}
			if oid != 0 && oid != c.OID {
				return 0
			}
			oid = c.OID
		}
	}
	return oid
}
