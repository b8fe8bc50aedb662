package sqlsession

import (
	"unsafe"

	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// Size is how much memory a statement takes, about.
func (st *Statement) Size() int {
	return len(st.Text) + cap(st.Tokens)*int(unsafe.Sizeof(lex.Token{})) + 4*len(st.Types)
}

// SizeOf is how much memory values of parameters take, about.
func SizeOf(params []Given) int {
	n := len(params) * int(unsafe.Sizeof(Given{}))
	for _, v := range params {
		n += len(v.Value)
	}
	return n
}

// Size is how much memory an answer takes while it waits to be read, about.
func (a *Answer) Size() int {
	n := 0
	switch rows := a.Rows.(type) {
	case Texts:
		for _, row := range rows {
			for _, v := range row {
				n += len(v)
			}
		}
	case *askedRows:
		n += len(rows.ask.SQL) + rows.size
	case catalogued:
		n += len(rows.spec.SQL)
	}
	return n
}
