package seal

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// span is how much of an object is decrypted and written at a time: whole chunks.
const span = 16 * chunkSize

// fill decrypts all of r into a new file and ends what can be written. Spans are decrypted on all threads while another
// one is written: the pages of new memory cost more than decrypting by AES, and less than by SM4. The kernel takes one
// write to a file at a time.
func fill(ctx context.Context, f *os.File, r *Reader) error {
	var next atomic.Int64
	var group sync.WaitGroup
	var writing sync.Mutex
	spans := max(1, (r.Bytes+span-1)/span) // an object without bytes is read to its end, too
	errs := make([]error, min(int64(runtime.GOMAXPROCS(0)), spans))
	for i := range errs {
		group.Go(func() {
			buf := make([]byte, min(span, r.Bytes))
			for n := next.Add(1) - 1; n < spans; n = next.Add(1) - 1 {
				if errs[i] = fillSpan(ctx, f, r, n*span, buf, &writing); errs[i] != nil {
					next.Store(spans) // the others need not go on
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return freeze(f)
}

func fillSpan(ctx context.Context, f *os.File, r *Reader, at int64, buf []byte, writing *sync.Mutex) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	buf = buf[:min(span, r.Bytes-at)]
	if err := r.span(buf, at); err != nil {
		return err
	}
	writing.Lock()
	defer writing.Unlock()
	_, err := f.WriteAt(buf, at)
	return err
}

// span reads the span of an object that begins at a place, and, where it is the last, makes sure that the stream ends
// there.
func (r *Reader) span(to []byte, at int64) error {
	plain, err := r.from(at)
	if err != nil {
		return err
	}
	e := &exact{plain, int64(len(to))}
	if _, err := io.ReadFull(e, to); err != nil {
		return err
	}
	if at+int64(len(to)) < r.Bytes {
		return nil
	}
	n, err := io.ReadFull(e, make([]byte, 1))
	if err == io.EOF && n == 0 {
		return nil
	}
	return errors.Join(err, errDamaged)
}
