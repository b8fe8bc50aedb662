package pgwire

import (
	"unsafe"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// keeps refuses to keep so many bytes more where prepared statements, portals and cursors take too much already.
func (s *session) keeps(more int) error {
	counted := map[*statement]bool{nil: true}
	for name, st := range s.statements {
		counted[st] = true
		more += len(name) + st.size()
	}
	for name, p := range s.portals { // its statement may have been closed
		more += len(name) + p.size()
		if !counted[p.st] {
			counted[p.st] = true
			more += p.st.size()
		}
	}
	if most := s.door.cfg.Limits.Kept; more > int(most) {
		return state("53400", yumen.Errorf(yumen.KindLimit,
			"the statements and cursors of a session may take %s at most",
			"单个会话的预备语句与游标合计不得超过 %s", most).ToFix("close some", "请关闭一些"))
	}
	return nil
}

// size is how much memory a prepared statement takes, roughly.
func (st *statement) size() int {
	return len(st.Text) + cap(st.Tokens)*int(unsafe.Sizeof(lex.Token{})) + 4*len(st.types)
}

// size is how much memory a portal takes besides its statement, roughly.
func (p *portal) size() int {
	n := len(p.params) * int(unsafe.Sizeof(given{}))
	for _, v := range p.params {
		n += len(v.value)
	}
	if p.window == nil {
		return n
	}
	switch rows := p.window.rows.(type) {
	case texts:
		for _, row := range rows {
			for _, v := range row {
				n += len(v)
			}
		}
	case catalogued:
		n += len(rows.spec.SQL)
	}
	return n
}
