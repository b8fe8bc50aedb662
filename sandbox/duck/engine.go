package duck

import (
	"context"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/sandbox"
)

// engine is one in-memory database with one connection, locked down. It is not safe for concurrent use.
type engine struct {
	connector *duckdb.Connector
	conn      driver.Conn
	arrow     *duckdb.Arrow
}

// open starts the engine under the limits of the enclave. It can read the files given, and read and write below
// in.Work(); nothing else, and no setting can be changed any more.
func open(ctx context.Context, in sandbox.Env, files ...string) (*engine, error) {
	connector, err := duckdb.NewConnector("?"+settings(in).Encode(), nil)
	if err != nil {
		return nil, unavailable()
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		_ = connector.Close()
		return nil, unavailable()
	}
	e := &engine{connector: connector, conn: conn}
	if e.arrow, err = duckdb.NewArrowFromConn(conn); err == nil {
		err = e.lockDown(ctx, files)
	}
	if err != nil {
		e.close()
		return nil, unavailable()
	}
	in.Engine(engineName())
	return e, nil
}

func engineName() string { return "DuckDB " + mapping.LibraryVersion() }

// settings are those that may be given when the database is opened, which is faster than one statement for each. The
// connection string is unordered, so none of them may depend on another.
func settings(in sandbox.Env) url.Values {
	limits := in.Limits()
	v := url.Values{}
	v.Set("threads", strconv.Itoa(max(1, limits.Threads)))
	v.Set("memory_limit", mebibytes(engineMemory(limits.Memory)))
	v.Set("temp_directory", filepath.Join(in.Work(), "spill"))
	v.Set("max_temp_directory_size", mebibytes(limits.Scratch))
	v.Set("autoload_known_extensions", "false")
	v.Set("autoinstall_known_extensions", "false")
	v.Set("allow_community_extensions", "false")
	v.Set("allow_persistent_secrets", "false")
	v.Set("preserve_insertion_order", "true") // equal inputs give equal bytes
	return v
}

// engineMemory is what the engine may count as its own of the process's memory: without what Go and the threads take
// (ownMemory), two thirds, because the allocator below the engine holds on to about half as much again when it spills.
func engineMemory(all yumen.Size) yumen.Size { return max(64<<20, (all-ownMemory)/3*2) }

const ownMemory = 128 << 20

// mebibytes rounds up: DuckDB takes no smaller unit exactly.
func mebibytes(s yumen.Size) string { return strconv.FormatInt((int64(s)+1<<20-1)>>20, 10) + "MiB" }

// lockDown closes the doors in the one order that works: the files allowed, then no other file, then no other setting.
func (e *engine) lockDown(ctx context.Context, files []string) error {
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = literal(f)
	}
	return e.exec(ctx, "SET allowed_paths = ["+strings.Join(quoted, ", ")+"]; "+
		"SET enable_external_access = false; SET lock_configuration = true")
}

func (e *engine) close() {
	_ = e.conn.Close()
	_ = e.connector.Close()
}

// exec runs statements that return nothing. Its errors quote data: pass them through failure.
func (e *engine) exec(ctx context.Context, sql string) error {
	_, err := e.conn.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}

// query runs a statement. Its errors quote data: pass them through failure.
func (e *engine) query(ctx context.Context, sql string, args ...any) (array.RecordReader, error) {
	return e.arrow.QueryContext(ctx, sql, args...)
}

// one runs a statement that answers in one batch, which the caller must release.
func (e *engine) one(ctx context.Context, sql string, args ...any) (arrow.RecordBatch, error) {
	r, err := e.query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	if !r.Next() {
		return nil, errors.Join(errors.New("no row"), r.Err())
	}
	batch := r.RecordBatch()
	batch.Retain()
	return batch, nil
}
