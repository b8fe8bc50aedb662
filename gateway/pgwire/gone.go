package pgwire

import (
	"net"
	"sync"
	"time"
)

// goneAfter is how long a statement runs before it is watched whether its client is still there.
const goneAfter = time.Second

// mostAhead is how much is read of what a client sends while its statement runs.
const mostAhead = 64 << 10

// watch reads ahead while a statement runs, and calls gone where the connection ends: nobody waits for the answer then.
// It ends by the function that it returns, which reports whether the connection has ended.
func (r *reader) watch(gone func()) (unwatch func() bool) {
	var mu sync.Mutex
	over := false // the statement is; before the deadline below is set, so that it stays
	done := make(chan struct{})
	timer := time.AfterFunc(goneAfter, func() {
		defer close(done)
		mu.Lock()
		if !over {
			_ = r.conn.SetReadDeadline(time.Time{}) // a closed connection fails below
		}
		mu.Unlock()
		if r.readAhead() != nil {
			gone()
		}
	})
	return func() bool {
		if !timer.Stop() {
			mu.Lock()
			over = true
			_ = r.conn.SetReadDeadline(time.Unix(1, 0)) // the same; each read of a message sets its own
			mu.Unlock()
			<-done
		}
		return r.ended != nil
	}
}

// readAhead reads until it is interrupted, has read enough, or the connection ends, which it returns.
func (r *reader) readAhead() error {
	buf := make([]byte, 4<<10)
	for len(r.ahead) < mostAhead {
		n, err := r.conn.Read(buf)
		r.ahead = append(r.ahead, buf[:n]...)
		if e, ok := err.(net.Error); ok && e.Timeout() {
			return nil
		}
		if r.ended = err; err != nil {
			return err
		}
	}
	return nil
}
