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
	e, err := plain(ctx, threads)
	if err != nil {
		return 0, err
	}
	defer e.close()
	return readAll(ctx, e, sql)
}

func plain(ctx context.Context, threads int) (*engine, error) {
	connector, err := duckdb.NewConnector("?threads="+strconv.Itoa(threads), nil)
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		connector.Close()
		return nil, err
	}
	return &engine{connector: connector, conn: conn}, nil
}

// readAll reads the engine's chunks and does nothing with them, which is the least that anybody can do with a result.
func readAll(ctx context.Context, e *engine, sql string) (int64, error) {
	result, err := e.stream(ctx, sql)
	if err != nil {
		return 0, err
	}
	defer result.close()
	for rows := int64(0); ; {
		n, err := result.next()
		if n == 0 || err != nil {
			return rows, err
		}
		rows += int64(n)
	}
}

// PlainRepeated runs a statement again and again on one open connection, with a pause before each, and returns how long
// each took: the baseline of a warm enclave.
func PlainRepeated(ctx context.Context, threads int, sql string, runs int, pause time.Duration) ([]time.Duration,
	error) {
	e, err := plain(ctx, threads)
	if err != nil {
		return nil, err
	}
	defer e.close()
	took := make([]time.Duration, runs)
	for i := range took {
		time.Sleep(pause)
		begun := time.Now()
		if _, err := readAll(ctx, e, sql); err != nil {
			return nil, err
		}
		took[i] = time.Since(begun)
	}
	return took, nil
}
