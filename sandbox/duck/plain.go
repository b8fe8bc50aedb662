package duck

import (
	"context"
	"errors"
	"strconv"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Plain runs a statement in an engine with DuckDB's own settings but for the number of threads, reads its answer as Arrow to
// the end and returns the number of rows. Nothing is locked and nothing confined: it is the baseline that `yumen bench`
// compares an enclave with, over generated data only.
func Plain(ctx context.Context, threads int, sql string) (rows int64, err error) {
	connector, err := duckdb.NewConnector("?threads="+strconv.Itoa(threads), nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, connector.Close()) }()
	conn, err := connector.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	reader, err := duckdb.NewArrowFromConn(conn)
	if err != nil {
		return 0, err
	}
	answer, err := reader.QueryContext(ctx, sql)
	if err != nil {
		return 0, err
	}
	defer answer.Release()
	for answer.Next() {
		rows += answer.RecordBatch().NumRows()
	}
	return rows, answer.Err()
}
