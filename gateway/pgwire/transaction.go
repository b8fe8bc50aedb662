package pgwire

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// transaction is the block that a client believes to be in. Nothing is written, so there is nothing to undo; but
// clients go by its state.
type transaction struct {
	status     byte // 'I' none, 'T' open, 'E' failed
	savepoints []string
}

// Bounds of what a transaction keeps. PostgreSQL cuts names of more bytes.
const (
	mostSavepoints = 1024
	mostName       = 63
)

// control answers a statement about transactions, and returns its tag and what to warn of.
func (t *transaction) control(st lex.Statement) (tag string, warning *yumen.Text, err error) {
	none := yumen.Say("there is no transaction in progress", "当前没有进行中的事务")
	switch st.Word(0) {
	case "BEGIN", "START":
		if t.status != 'I' {
			w := yumen.Say("there is already a transaction in progress", "事务已在进行中")
			warning = &w
		} else {
			t.status = 'T'
		}
		return map[string]string{"BEGIN": "BEGIN", "START": "START TRANSACTION"}[st.Word(0)], warning, nil
	case "COMMIT", "END":
		tag = "COMMIT"
		if t.status == 'E' {
			tag = "ROLLBACK"
		}
		if t.status == 'I' {
			warning = &none
		}
		*t = transaction{status: 'I'}
		return tag, warning, nil
	case "ROLLBACK", "ABORT":
		if name, to := afterTo(st); to {
			return "ROLLBACK", nil, t.rollbackTo(name)
		}
		if t.status == 'I' {
			warning = &none
		}
		*t = transaction{status: 'I'}
		return "ROLLBACK", warning, nil
	case "SAVEPOINT":
		if t.status == 'I' {
			return "", nil, outsideBlock("SAVEPOINT")
		}
		if len(t.savepoints) >= mostSavepoints || len(st.Ident(1)) > mostName {
			return "", nil, sqlsession.Coded("53400", yumen.Errorf(yumen.KindLimit,
				"a transaction has %d savepoints at most, with names of up to %d bytes", "单个事务最多 %d 个保存点，名称不超过 %d 字节",
				mostSavepoints, mostName).ToFix("release some", "请释放一些"))
		}
		t.savepoints = append(t.savepoints, strings.Clone(st.Ident(1))) // without the text that it stands in
		return "SAVEPOINT", nil, nil
	}
	return "RELEASE", nil, t.release(st)
}

// afterTo returns the savepoint that a statement rolls back to.
func afterTo(st lex.Statement) (string, bool) {
	for i := 1; st.Word(i) != ""; i++ {
		if st.Word(i) == "TO" {
			if st.Word(i+1) == "SAVEPOINT" {
				i++
			}
			return st.Ident(i + 1), true
		}
	}
	return "", false
}

func (t *transaction) rollbackTo(name string) error {
	i := t.find(name)
	if t.status == 'I' {
		return outsideBlock("ROLLBACK TO SAVEPOINT")
	}
	if i < 0 {
		return noSavepoint(name)
	}
	t.savepoints, t.status = t.savepoints[:i+1], 'T'
	return nil
}

func (t *transaction) release(st lex.Statement) error {
	name := st.Ident(1)
	if st.Word(1) == "SAVEPOINT" {
		name = st.Ident(2)
	}
	i := t.find(name)
	if t.status == 'I' {
		return outsideBlock("RELEASE SAVEPOINT")
	}
	if i < 0 {
		return noSavepoint(name)
	}
	t.savepoints = t.savepoints[:i]
	return nil
}

// find returns the newest savepoint of a name.
func (t *transaction) find(name string) int {
	for i, s := range slices.Backward(t.savepoints) {
		if s == name {
			return i
		}
	}
	return -1
}

func outsideBlock(what string) error {
	return sqlsession.Coded("25P01", yumen.Errorf(yumen.KindInvalid, "%s can only be used in a transaction", "%s 只能在事务中使用", what).
		ToFix("begin one", "请先开始事务"))
}

func noSavepoint(name string) error {
	return sqlsession.Coded("3B001", yumen.Errorf(yumen.KindInvalid, "there is no savepoint %q", "没有保存点 %q", name))
}

// errFailed refuses statements in a transaction that has failed.
func errFailed() error {
	return sqlsession.Coded("25P02", yumen.Errorf(yumen.KindInvalid,
		"the transaction has failed: commands are ignored until it ends", "事务已失败：在其结束前的语句均被忽略").
		ToFix("roll it back", "请回滚"))
}

// endsBlock reports whether a statement may be given in a transaction that has failed.
func endsBlock(st lex.Statement) bool {
	return slices.Contains([]string{"COMMIT", "END", "ROLLBACK", "ABORT"}, st.Word(0))
}
