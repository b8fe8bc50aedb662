package duck

import (
	"context"
	"strconv"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Plain runs a statement in an engine without views, locks or limits, discards the rows and returns their number. It is
// the baseline that benchmarks compare an enclave with, and never used on the route of a job.
func Plain(ctx context.Context, threads int, sql string) (int64, error) {
	engine, free, err := plain(ctx, threads)
	if err != nil {
		return 0, err
	}
	defer free()
	return readAll(ctx, engine, sql)
}

func plain(ctx context.Context, threads int) (*duckdb.Arrow, func(), error) {
	connector, err := duckdb.NewConnector("?threads="+strconv.Itoa(threads), nil)
	if err != nil {
		return nil, nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		connector.Close()
		return nil, nil, err
	}
	e := &engine{connector: connector, conn: conn}
	if e.arrow, err = duckdb.NewArrowFromConn(conn); err != nil {
		e.close()
		return nil, nil, err
	}
	return e.arrow, e.close, nil
}

func readAll(ctx context.Context, engine *duckdb.Arrow, sql string) (int64, error) {
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

// PlainRepeated runs a statement again and again on one open connection, with a pause before each, and returns how long each
// took: the baseline of a warm enclave.
func PlainRepeated(ctx context.Context, threads int, sql string, runs int, pause time.Duration) ([]time.Duration, error) {
	engine, free, err := plain(ctx, threads)
	if err != nil {
		return nil, err
	}
	defer free()
	took := make([]time.Duration, runs)
	for i := range took {
		time.Sleep(pause)
		begun := time.Now()
		if _, err := readAll(ctx, engine, sql); err != nil {
			return nil, err
		}
		took[i] = time.Since(begun)
	}
	return took, nil
}
