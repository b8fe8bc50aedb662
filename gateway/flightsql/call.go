package flightsql

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/tap"

	"github.com/yumen-data/yumen"
)

// call is one call, which ends where its client keeps it waiting.
type call struct {
	grace  time.Duration
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer
}

type callKey struct{}

var errSlow = errors.New("the client keeps the call waiting")

// tap sees a call before anything of it is read.
func (d *Door) tap(ctx context.Context, _ *tap.Info) (context.Context, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	c := &call{grace: d.cfg.Limits.Grace, cancel: cancel}
	c.arm()
	return context.WithValue(ctx, callKey{}, c), nil
}

// arm has the call end unless the client does its part in time.
func (c *call) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer == nil {
		c.timer = time.AfterFunc(c.grace, func() { c.cancel(errSlow) })
		return
	}
	c.timer.Reset(c.grace)
}

// rest says that it is not the client who is waited for.
func (c *call) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
}

// during waits for the client while something is done.
func (c *call) during(do func() error) error {
	c.arm()
	defer c.rest()
	return do()
}

// callOf is the call of a context. A server without a tap has none, which nothing ends.
func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return &call{grace: time.Hour, cancel: func(error) {}}
	}
	return c
}

// unary answers a call of one message, which has been read.
func (d *Door) unary(ctx context.Context, m any, info *grpc.UnaryServerInfo, do grpc.UnaryHandler) (out any, err error) {
	c := callOf(ctx)
	c.arm()
	c.rest()
	defer d.recovered(info.FullMethod, &err)
	ctx = withSource(ctx)
	if out, err = do(ctx, m); err != nil {
		return nil, d.statusOf(ctx, err)
	}
	return out, nil
}

// stream answers a call of several messages.
func (d *Door) stream(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, do grpc.StreamHandler) (err error) {
	c := callOf(s.Context())
	c.arm()
	c.rest()
	defer d.recovered(info.FullMethod, &err)
	ctx := withSource(s.Context())
	if err := do(srv, &waited{s, ctx, c}); err != nil {
		return d.statusOf(ctx, err)
	}
	return nil
}

// recovered ends a call that met a defect.
func (d *Door) recovered(method string, err *error) {
	if p := recover(); p != nil { // what was thrown may hold values
		d.cfg.Log.Error("defect", "door", name, "method", method, "stack", string(debug.Stack()))
		*err = statusFrom(yumen.Errorf(yumen.KindInternal, "unexpected failure", "意外故障"), yumen.LangEnglish, "")
	}
}

// waited is a stream whose client may not keep it waiting.
type waited struct {
	grpc.ServerStream
	ctx  context.Context
	call *call
}

// Context is the context of the call.
func (w *waited) Context() context.Context { return w.ctx }

// RecvMsg reads a message, which is due.
func (w *waited) RecvMsg(m any) error {
	return w.call.during(func() error { return w.ServerStream.RecvMsg(m) })
}

// SendMsg sends a message, once the client has room for it.
func (w *waited) SendMsg(m any) error {
	return w.call.during(func() error { return w.ServerStream.SendMsg(m) })
}
