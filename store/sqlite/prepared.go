package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// prepared is a database whose statements are parsed once: that takes longer than reading a record does.
type prepared struct {
	*sql.DB

	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

// maxPrepared is how many statements stay prepared, more than there are kinds of queries.
const maxPrepared = 256

// statement returns the statement of a text, nil where it is not prepared: too many are, or it cannot be.
func (p *prepared) statement(ctx context.Context, text string) *sql.Stmt {
	p.mu.RLock()
	st, full := p.byText[text], len(p.byText) >= maxPrepared
	p.mu.RUnlock()
	if st != nil || full {
		return st
	}
	made, err := p.PrepareContext(ctx, text)
	if err != nil {
		return nil // whoever queries gets the error
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st := p.byText[text]; st != nil { // another call was sooner
		_ = made.Close() // nobody has used it
		return st
	}
	if p.byText == nil {
		p.byText = map[string]*sql.Stmt{}
	}
	p.byText[text] = made
	return made
}

// QueryContext queries rows.
func (p *prepared) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if st := p.statement(ctx, text); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, text, args...)
}

// QueryRowContext queries one row.
func (p *prepared) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if st := p.statement(ctx, text); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, text, args...)
}

// Close closes the database with its statements.
func (p *prepared) Close() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, st := range p.byText {
		err = errors.Join(err, st.Close())
	}
	return errors.Join(err, p.DB.Close())
}

// step are the statements of a step.
type step struct {
	open     *sql.Stmt // counts the open intents
	revision *sql.Stmt // of a record
	intend   *sql.Stmt
	end      *sql.Stmt // of an intent
	put      *sql.Stmt // writes a record
}

func (s *step) prepare(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{{&s.open, "SELECT count(*) FROM intent"}, {&s.revision, "SELECT rev FROM record WHERE kind = ? AND id = ?"},
		{&s.intend, "INSERT INTO intent (body) VALUES (?)"}, {&s.end, "DELETE FROM intent WHERE seq = ?"},
		{&s.put, `INSERT INTO record (kind, id, rev, body, salt, state, contract, submitter, updated)
			SELECT ?, ?, 1, body, ?, ` + searched + ` FROM (SELECT ? AS body) WHERE true
			ON CONFLICT (kind, id) DO UPDATE SET rev = rev + 1, body = excluded.body, salt = excluded.salt,
				state = excluded.state, contract = excluded.contract, submitter = excluded.submitter,
				updated = excluded.updated`}} {
		var err error
		if *p.to, err = db.PrepareContext(ctx, p.text); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) close() error {
	var err error
	for _, st := range []*sql.Stmt{s.open, s.revision, s.intend, s.end, s.put} {
		err = errors.Join(err, st.Close())
	}
	return err
}
