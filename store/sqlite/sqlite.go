// Package sqlite keeps Yumen's state in one SQLite file: records as JSON with a revision, and the intents of steps
// under way. One transaction writes a whole step. It is the embedded default; it holds no data of any dataset and no
// result.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	"modernc.org/sqlite" // registers the driver

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// readers is how many reads go on at the same time.
const readers = 4

// Store is the state of one home: one connection that writes, and some that read beside it.
type Store struct {
	db   *sql.DB
	step step // statements of db
	read prepared
	path string
}

// Open opens the state file at path, making it if create is set, and brings its schema up to date.
func Open(ctx context.Context, path string, create bool) (*Store, error) {
	mode := "rw"
	if create {
		mode = "rwc"
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // the files beside it get its mode
		if err != nil {
			return nil, fmt.Errorf("open state: %w", err)
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("open state: %w", err)
		}
	}
	db, err := connect(path, mode, "&_pragma=synchronous(FULL)&_txlock=immediate", 1)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(s.wrap("open state", err), db.Close())
	}
	if err := s.step.prepare(ctx, db); err != nil {
		return nil, errors.Join(s.wrap("open state", err), db.Close())
	}
	if s.read.DB, err = connect(path, "rw", "&_pragma=query_only(1)", readers); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// OpenReader opens the state file at path for reading only. It needs no space on the disk: where the files that SQLite
// keeps beside the state cannot be made and nothing lies in them, nobody writes, and the state is read without them.
func OpenReader(ctx context.Context, path string) (*Store, error) {
	s := &Store{path: path}
	err := s.connectReader(ctx, "rw", "")
	if fi, err2 := os.Stat(path + "-wal"); blocked(err) && (err2 != nil || fi.Size() == 0) {
		err = s.connectReader(ctx, "ro", "&immutable=1")
	}
	return s, err
}

func (s *Store) connectReader(ctx context.Context, mode, more string) (err error) {
	if s.read.DB, err = connect(s.path, mode, "&_pragma=query_only(1)"+more, readers); err != nil {
		return err
	}
	v, err := version(ctx, &s.read)
	switch {
	case err != nil:
		err = s.wrap("open state", err)
	case v > schemaVersion:
		err = newer(v)
	case v == 0:
		err = yumen.Errorf(yumen.KindCorrupt, "the state file is empty", "状态库文件为空").At(s.path).
			ToFix("restore state and log from one backup", "请从同一份备份恢复状态与日志")
	case v < schemaVersion:
		err = yumen.Errorf(yumen.KindConflict, "the state was written by an earlier version", "状态库由更早版本写成").
			ToFix("open it once for writing, which brings it up to date", "请先以写入方式打开一次，系统会自动升级").Then("store.migrate",
			"")
	}
	if err != nil {
		return errors.Join(err, s.read.Close())
	}
	return nil
}

// blocked reports whether an error is of the disk.
func blocked(err error) bool {
	se, ok := errors.AsType[*sqlite.Error](err)
	return ok && slices.Contains([]int{codeReadOnly, codeIOErr, codeFull, codeCannotOpen}, se.Code()&0xff)
}

// Snapshot returns the state as it is at one moment, as the bytes of a state file, and one of its records as it is
// there, with revision 0 if it is not. Others may write meanwhile.
func (s *Store) Snapshot(ctx context.Context, kind store.Kind, id string) (file []byte, r store.Record, err error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, r, s.wrap("back up state", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, r, s.wrap("back up state", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if r, err = s.get(ctx, tx, kind, id); err != nil && yumen.KindOf(err) != yumen.KindNotFound {
		return nil, r, err
	}
	err = conn.Raw(func(c any) error {
		file, err = c.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	return file, r, s.wrap("back up state", err)
}

func connect(path, mode, more string, connections int) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)" + more
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// Close closes the file.
func (s *Store) Close() error {
	err := s.read.Close()
	if s.db != nil {
		err = errors.Join(err, s.step.close(), s.db.Close())
	}
	return err
}

// Get returns a record, or kind not_found.
func (s *Store) Get(ctx context.Context, kind store.Kind, id string) (store.Record, error) {
	return s.get(ctx, &s.read, kind, id)
}

func (s *Store) get(ctx context.Context, db querier, kind store.Kind, id string) (store.Record, error) {
	r := store.Record{Kind: kind, ID: id}
	err := db.QueryRowContext(ctx, "SELECT rev, body, salt FROM record WHERE kind = ? AND id = ?", kind, id).
		Scan(&r.Rev, (*[]byte)(&r.Body), &r.Salt)
	if errors.Is(err, sql.ErrNoRows) {
		return r, store.Missing(kind, id)
	}
	return r, s.wrap("read state", err)
}

// Intend makes in durable and gives it its number. It is refused with kind conflict if any record it would write has
// moved on since, or if another intent is still open.
func (s *Store) Intend(ctx context.Context, in *store.Intent) error {
	return s.wrap("record intent", s.tx(ctx, durable, func(tx *sql.Tx) error {
		var open int
		if err := tx.StmtContext(ctx, s.step.open).QueryRowContext(ctx).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return yumen.Errorf(yumen.KindConflict, "an earlier step is unfinished", "前一步骤尚未完成").
				ToFix("open the home again; it completes the step", "请重新打开，系统会先完成该步骤")
		}
		for _, p := range in.Puts {
			if err := s.checkRev(ctx, tx, p); err != nil {
				return err
			}
		}
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		res, err := tx.StmtContext(ctx, s.step.intend).ExecContext(ctx, string(body))
		if err != nil {
			return err
		}
		in.Seq, err = res.LastInsertId()
		return err
	}))
}

func (s *Store) checkRev(ctx context.Context, tx *sql.Tx, p store.Record) error {
	var rev int64
	err := tx.StmtContext(ctx, s.step.revision).QueryRowContext(ctx, p.Kind, p.ID).Scan(&rev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if rev != p.Rev {
		return store.Stale(p)
	}
	return nil
}

// Apply writes an intent's records and closes the intent, in one transaction. It does not wait for the disk: until it is
// durable, which it is with the next intent at the latest, the intent is open after a failure of power, and applied
// again.
func (s *Store) Apply(ctx context.Context, in *store.Intent) error {
	return s.wrap("apply intent", s.tx(ctx, ordered, func(tx *sql.Tx) error {
		res, err := tx.StmtContext(ctx, s.step.end).ExecContext(ctx, in.Seq)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("intent %d is not open", in.Seq))
		}
		for _, p := range in.Puts {
			if err := s.checkRev(ctx, tx, p); err != nil {
				return err
			}
			if _, err := tx.StmtContext(ctx, s.step.put).ExecContext(ctx, p.Kind, p.ID, p.Salt,
				string(p.Body)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Drop forgets an intent that never reached the log.
func (s *Store) Drop(ctx context.Context, in *store.Intent) error {
	return s.wrap("drop intent", s.tx(ctx, durable, func(tx *sql.Tx) error {
		_, err := tx.StmtContext(ctx, s.step.end).ExecContext(ctx, in.Seq)
		return err
	}))
}

// Pending returns the intents that were not applied, oldest first.
func (s *Store) Pending(ctx context.Context) (out []store.Intent, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT seq, body FROM intent ORDER BY seq")
	if err != nil {
		return nil, s.wrap("read intents", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var seq int64
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return nil, s.wrap("read intents", err)
		}
		var in store.Intent
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, s.wrap("read intents", err)
		}
		in.Seq = seq
		out = append(out, in)
	}
	return out, s.wrap("read intents", rows.Err())
}

// syncing says whether a transaction waits until it is on the disk.
type syncing string

const (
	durable syncing = "FULL"
	ordered syncing = "NORMAL" // after those before it, and before those behind it
)

func (s *Store) tx(ctx context.Context, to syncing, f func(*sql.Tx) error) (err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous="+string(to)); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// SQLite's primary result codes that a person can do something about.
const (
	codeBusy       = 5
	codeReadOnly   = 8
	codeIOErr      = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCannotOpen = 14
	codeNotADB     = 26
)

// wrap gives an error its kind, once.
func (s *Store) wrap(verb string, err error) error {
	var known *yumen.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return fmt.Errorf("%s: %w", verb, err)
	}
	switch se.Code() & 0xff {
	case codeCannotOpen:
		return yumen.Errorf(yumen.KindCorrupt, "the state file is not there or cannot be opened",
			"状态库文件不存在或无法打开").At(s.path).
			ToFix("see who may read it; where it is gone, restore state and log from one backup",
				"请检查读取权限；若文件缺失，请从同一份备份恢复状态与日志").Because(err)
	case codeFull:
		return yumen.Errorf(yumen.KindUnavailable, "the disk that holds the state is full", "存放状态库的磁盘已满").At(s.path).
			ToFix("free some space and repeat", "请清理空间后重试").Because(err)
	case codeIOErr:
		return yumen.Errorf(yumen.KindUnavailable, "cannot read or write the state file", "无法读写状态库文件").At(s.path).
			ToFix("see whether its disk is full or fails, and repeat", "请检查其磁盘是否已满或有故障，然后重试").Because(err)
	case codeBusy:
		return yumen.Errorf(yumen.KindConflict, "the state is locked by another process",
			"状态库被其他进程占用").At(s.path).Because(err)
	case codeCorrupt, codeNotADB:
		return yumen.Errorf(yumen.KindCorrupt, "the state file is damaged", "状态库文件已损坏").At(s.path).
			ToFix("restore it from a backup; the audit log tells what it must hold", "请从备份恢复，并与审计日志核对").Because(err)
	}
	return fmt.Errorf("%s: %w", verb, err)
}
