package duck

import (
	"context"
	"unsafe"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// vectors is an engine whose results are read where they lie, vector by vector: converting them to Arrow costs more
// than reading them. It has a connection for each thread, which may be used at the same time.
type vectors struct {
	*engine
	conns     []*engine // the engine's own connection is the first
	threads   int       // of the engine
	functions []*function
	helpers   []*engine // further connections, which functions use
}

// singleThreaded is an Env whose engine has no threads but those that ask it, one for each connection. An engine with
// more has its own make a result before it is asked for; whoever reads it then waits in a busy loop, on a processor
// that another reader needs.
type singleThreaded struct{ sandbox.Env }

// Limits are those of the enclave with one thread, which stands for whichever asks.
func (in singleThreaded) Limits() yumen.Limits {
	l := in.Env.Limits()
	l.Threads = 1
	return l
}

// openVectors starts the engine within the limits of one, with the views over the stored versions, and a connection for
// each thread of in.
func openVectors(ctx context.Context, in, one sandbox.Env, views []task.View) (*vectors, error) {
	e, err := openWithViews(ctx, one, views)
	if err != nil {
		return nil, err
	}
	v := &vectors{engine: e, conns: []*engine{e}, threads: one.Limits().Threads}
	if err := v.connect(ctx, in); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

// connect opens the further connections.
func (v *vectors) connect(ctx context.Context, in sandbox.Env) error {
	for range in.Limits().Threads - 1 {
		conn, err := v.connector.Connect(ctx)
		if err != nil {
			return unavailable()
		}
		v.conns = append(v.conns, &engine{conn: conn})
	}
	return nil
}

// disconnect closes them.
func (v *vectors) disconnect() {
	for _, c := range append(v.conns[1:], v.helpers...) {
		_ = c.conn.Close()
	}
}

func (v *vectors) close() {
	v.disconnect()
	v.engine.close()
	v.forget()
}

// leave closes the engine if another one has to be opened, as answered says.
func (v *vectors) leave(in sandbox.Env, answered *bool) {
	if *answered {
		in.Leave(v.close)
	} else {
		v.close()
	}
}

// scan runs a statement and shows its rows, some thousand at a time, in order. What is shown is valid until show
// returns. Its errors quote data: pass them through failure.
func (e *engine) scan(ctx context.Context, sql string, show func(chunk) error) error {
	s, err := e.stream(ctx, sql)
	if err != nil {
		return err
	}
	defer s.close()
	for {
		n, err := s.next()
		if n == 0 || err != nil {
			return err
		}
		if err := show(chunk{s, n}); err != nil {
			return err
		}
	}
}

// chunk is some rows of a result.
type chunk struct {
	*stream
	rows int
}

// column returns the values of a column, which must be of the C type that T mirrors (duckdb.h, duckdb_vector_get_data),
// and which of them are not null: bit i%64 of word i/64; nil where all are. The vectors of a result are flat.
func column[T any](c chunk, i int) (rows []T, valid []uint64) {
	v := c.vector(i)
	if v.valid != nil {
		valid = unsafe.Slice((*uint64)(v.valid), (c.rows+63)/64)
	}
	return values[T](v, c.rows), valid
}

func isNull(valid []uint64, i int) bool { return valid != nil && valid[i>>6]>>(i&63)&1 == 0 }

// wide is a value of 16 bytes: a HUGEINT or a wide decimal in two's complement, or a text, which begins with its length
// in 32 bits and, up to inlined bytes, holds its bytes after that; a longer one holds the address of its bytes in hi.
type wide struct{ lo, hi uint64 }

const inlined = 12

func (w *wide) length() int { return int(uint32(w.lo)) }

// text returns the bytes of a text, valid as long as the vector.
func (w *wide) text() []byte {
	n := w.length()
	if n <= inlined {
		return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(w), 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&w.hi)), n)
}

// trimmed returns a short text with nothing after its last byte, so that equal texts are equal numbers.
func (w *wide) trimmed() wide {
	n := w.length()
	if n <= 4 {
		return wide{w.lo & (1<<(32+8*n) - 1), 0}
	}
	return wide{w.lo, w.hi & (1<<(8*(n-4)) - 1)}
}
