package duck

import (
	"context"
	"strconv"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Plain runs a statement in an engine without views, locks or limits, discards the rows and returns their number. It is
// the baseline that benchmarks compare an enclave with, and never used on the route of a job.
func Plain(ctx context.Context, threads int, sql string) (int64, error) {
	connector, err := duckdb.NewConnector("?threads="+strconv.Itoa(threads), nil)
	if err != nil {
		return 0, err
	}
	defer connector.Close()
	conn, err := connector.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	engine, err := duckdb.NewArrowFromConn(conn)
	if err != nil {
		return 0, err
	}
	reader, err := engine.QueryContext(ctx, sql)
	if err != nil {
		return 0, err
	}
	defer reader.Release()
	var rows int64
	for reader.Next() {
		rows += reader.RecordBatch().NumRows()
	}
	return rows, reader.Err()
}
