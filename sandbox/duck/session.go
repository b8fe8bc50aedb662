package duck

import (
	"context"
	"os"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// statements prepares the statements of one session. Opening a database takes several times as long as a small
// statement, so two are kept: shared serves statements that leave no trace and find none, each on a connection of its
// own; own is one that has served nobody, for any other statement, and is closed after it.
type statements struct {
	shared, own *engine
	views       []task.View
	asked       *engine // which of them the statement had
}

// prepare is the sandbox.Opener.
func (s *statements) prepare(ctx context.Context, in sandbox.Env) (sandbox.Handler, func(), error) {
	var session task.QuerySpec
	if err := in.Spec(&session); err != nil {
		return nil, nil, err
	}
	s.views, s.asked = session.Views, nil
	for _, e := range []**engine{&s.shared, &s.own} {
		if *e != nil {
			continue
		}
		var err error
		if *e, err = openWithViews(ctx, in, session.Views); err != nil {
			return nil, nil, err
		}
	}
	in.Engine(engineName())
	return s.answer, func() { s.free(in.Work()) }, nil
}

// answer runs one statement. Its own spec names no views.
func (s *statements) answer(ctx context.Context, in sandbox.Env) error {
	var spec task.QuerySpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	if spec.Figures {
		return yumen.Errorf(yumen.KindInvalid, "a session has no figures to compare with", "会话不支持与统计值比较")
	}
	if len(spec.Views) > 0 {
		return yumen.Errorf(yumen.KindInvalid, "the views of a session are fixed when it is opened", "会话的视图在打开时已固定")
	}
	if err := checkText(spec.SQL); err != nil {
		return err
	}
	spec.Views, s.asked = s.views, s.own
	if len(spec.Lookups) == 0 && s.shared.stateless(ctx, capped(spec), s.views) {
		s.asked = s.shared
	}
	return s.asked.answer(ctx, in, spec)
}

// free closes what the statement had, unless another may have it: the shared database on a new connection, if it
// spilled nothing. The folder of what it spilled is removed between statements, and it would not make it again.
func (s *statements) free(work string) {
	if left, err := os.ReadDir(work); s.asked == s.shared && err == nil && len(left) == 0 &&
		s.shared.reconnect() == nil {
		return
	}
	for _, e := range []**engine{&s.shared, &s.own} {
		if *e == s.asked && *e != nil {
			(*e).close()
			*e = nil
		}
	}
}

// reconnect ends the connection, with all that belongs to it, and opens another one to the same database.
func (e *engine) reconnect() error {
	_ = e.conn.Close()
	conn, err := e.connector.Connect(context.Background())
	if err != nil {
		return err
	}
	e.conn = conn
	e.arrow, err = duckdb.NewArrowFromConn(conn)
	return err
}
