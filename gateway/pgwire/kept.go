package pgwire

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// keeps refuses to keep so many bytes more where prepared statements, portals and cursors take too much already.
func (s *session) keeps(more int) error {
	counted := map[*sqlsession.Statement]bool{nil: true}
	for name, st := range s.statements {
		counted[st] = true
		more += len(name) + st.Size()
	}
	for name, p := range s.portals { // its statement may have been closed
		more += len(name) + p.size()
		if !counted[p.st] {
			counted[p.st] = true
			more += p.st.Size()
		}
	}
	if most := s.door.cfg.Limits.Kept; more > int(most) {
		return sqlsession.Coded("53400", yumen.Errorf(yumen.KindLimit,
			"the statements and cursors of a session may take %s at most",
			"单个会话的预备语句与游标合计不得超过 %s", most).ToFix("close some", "请关闭一些"))
	}
	return nil
}

// size is how much memory a portal takes besides its statement, about.
func (p *portal) size() int {
	n := sqlsession.SizeOf(p.params)
	if p.window != nil {
		n += p.window.Size()
	}
	return n
}
