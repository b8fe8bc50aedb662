package duck

import (
	"context"
	"database/sql/driver"
	"errors"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	bindings "github.com/duckdb/duckdb-go-bindings"
	duckdb "github.com/duckdb/duckdb-go/v2"
)

// stream is the result of a statement while the engine makes it: chunks of at most 2048 rows, in the order of the
// result. The engine holds no more of it than a small buffer, and works on while the chunks are read. It is not safe
// for concurrent use, and the engine can run nothing else until it is closed.
type stream struct {
	ctx    context.Context
	conn   bindings.Connection
	stmt   bindings.PreparedStatement
	res    bindings.Result
	chunk  bindings.DataChunk
	opts   bindings.ArrowOptions
	schema *arrow.Schema // as the engine's own conversion to Arrow would have it
	free   func()
}

// stream starts a statement; with several in the text, it runs all but the last, which has the parameters. Its errors,
// and those of the stream, quote data: pass them through failure.
func (e *engine) stream(ctx context.Context, sql string, args ...any) (*stream, error) {
	conn, err := rawConnection(e.conn)
	if err != nil {
		return nil, err
	}
	s := &stream{ctx: ctx, conn: conn}
	s.free = s.interruptWith(ctx)
	if err := s.start(sql, args); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// rawConnection returns the handle below a connection of the driver, which has no way to stream a result.
func rawConnection(conn driver.Conn) (bindings.Connection, error) {
	v := reflect.ValueOf(conn)
	if c, ok := conn.(*duckdb.Conn); ok && c != nil {
		if f := v.Elem().FieldByName("conn"); f.IsValid() && f.Type() == reflect.TypeFor[bindings.Connection]() {
			return bindings.Connection{Ptr: f.FieldByName("Ptr").UnsafePointer()}, nil
		}
	}
	return bindings.Connection{}, errors.New("the driver has no handle where it is looked for")
}

// interruptWith interrupts the engine from when ctx ends, again and again, because an interrupt that comes between two
// steps is lost. What it returns stops that.
func (s *stream) interruptWith(ctx context.Context) func() {
	quit, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		select {
		case <-ctx.Done():
		case <-quit:
			return
		}
		for {
			bindings.Interrupt(s.conn)
			select {
			case <-time.After(10 * time.Millisecond):
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-over }
}

func (s *stream) start(sql string, args []any) error {
	if strings.ContainsRune(sql, 0) {
		return errors.New("a zero byte in the statement")
	}
	var all bindings.ExtractedStatements
	n := bindings.ExtractStatements(s.conn, sql, &all)
	defer bindings.DestroyExtracted(&all)
	if n == 0 {
		return engineError(bindings.ExtractStatementsError(all))
	}
	for i := range n {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		s.clear()
		if bindings.PrepareExtractedStatement(s.conn, all, i, &s.stmt) == bindings.StateError {
			return engineError(bindings.PrepareError(s.stmt))
		}
		if i == n-1 {
			for at, v := range args {
				if !bind(s.stmt, bindings.IdxT(at+1), v) {
					return engineError(bindings.PrepareError(s.stmt))
				}
			}
		}
		if err := s.execute(i == n-1); err != nil {
			return err
		}
	}
	return s.readSchema()
}

func (s *stream) execute(last bool) error {
	var pending bindings.PendingResult
	defer bindings.DestroyPending(&pending)
	begin := bindings.PendingPrepared
	if last {
		begin = bindings.PendingPreparedStreaming
	}
	if begin(s.stmt, &pending) == bindings.StateError {
		return engineError(bindings.PendingError(pending))
	}
	if bindings.ExecutePending(pending, &s.res) == bindings.StateError {
		return errors.Join(s.ctx.Err(), engineError(bindings.ResultError(&s.res)))
	}
	return nil
}

func (s *stream) readSchema() error {
	s.opts = bindings.ResultGetArrowOptions(&s.res)
	n := bindings.ColumnCount(&s.res)
	names, types := make([]string, n), make([]bindings.LogicalType, n)
	for i := range n {
		names[i], types[i] = bindings.ColumnName(&s.res, i), bindings.ColumnLogicalType(&s.res, i)
		defer bindings.DestroyLogicalType(&types[i])
	}
	schema, failed := bindings.NewArrowSchema(s.opts, types, names)
	s.schema = schema
	return dataError(failed)
}

// next fetches the next chunk and returns its number of rows, 0 after the last. The chunk is valid until the following
// call.
func (s *stream) next() (int, error) {
	for {
		bindings.DestroyDataChunk(&s.chunk)
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		if s.chunk = bindings.FetchChunk(s.res); s.chunk.Ptr == nil {
			break
		}
		if n := int(bindings.DataChunkGetSize(s.chunk)); n > 0 {
			return n, nil
		}
	}
	if text := bindings.ResultError(&s.res); text != "" {
		return 0, errors.Join(s.ctx.Err(), engineError(text))
	}
	return 0, s.ctx.Err() // an interrupted result must not pass for a complete one
}

// vector returns a column of the current chunk.
func (s *stream) vector(i int) vector {
	v := bindings.DataChunkGetVector(s.chunk, bindings.IdxT(i))
	return vector{data: bindings.VectorGetData(v), valid: bindings.VectorGetValidity(v)}
}

// arrow returns the current chunk as the engine itself converts it, to be released.
func (s *stream) arrow() (arrow.RecordBatch, error) {
	batch, failed := bindings.DataChunkToArrowArray(s.opts, s.schema, s.chunk)
	return batch, dataError(failed)
}

func (s *stream) clear() {
	bindings.DestroyDataChunk(&s.chunk)
	bindings.DestroyResult(&s.res)
	bindings.DestroyPrepare(&s.stmt)
}

func (s *stream) close() {
	s.free()
	s.clear()
	if s.opts.Ptr != nil {
		bindings.DestroyArrowOptions(&s.opts)
	}
}

// engineError makes an error of the driver's type out of the engine's text. Where a statement fails before its first
// chunk, the engine wraps why.
func engineError(text string) error {
	if _, why, ok := strings.Cut(text, "closed pending query result\nError: "); ok {
		text = why
	}
	e := &duckdb.Error{Msg: text}
	if strings.HasPrefix(text, "IO Error: ") {
		e.Type = duckdb.ErrorTypeIO
	}
	return e
}

func dataError(e bindings.ErrorData) error {
	defer bindings.DestroyErrorData(&e)
	if bindings.ErrorDataHasError(e) {
		return engineError(bindings.ErrorDataMessage(e))
	}
	return nil
}

// vector is a column of a chunk in the engine's memory: values one after the other, and a bit for each row that is not
// NULL, or no bits where no row is.
type vector struct {
	data, valid unsafe.Pointer
}

// values returns n rows of a vector whose values are of type T.
func values[T any](v vector, n int) []T { return unsafe.Slice((*T)(v.data), n) }

// bits returns the validity bits of n rows, the least significant first, or nil where all are valid.
func (v vector) bits(n int) []byte {
	if v.valid == nil {
		return nil
	}
	return unsafe.Slice((*byte)(v.valid), (n+63)/64*8)
}
