package api

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/yumen-data/yumen"
)

// Call is a call that whoever asks has given a key, so that it may be repeated: the first step that it takes is
// recorded with it, and no second one can be.
type Call struct {
	ID      string       // of the key, among all keys of whoever asks
	Request yumen.Digest // of what is asked

	taken atomic.Bool
}

// Take says that a step was taken.
func (c *Call) Take() { c.taken.Store(true) }

// Taken reports whether a step was taken.
func (c *Call) Taken() bool { return c.taken.Load() }

// Carried is what is on record of a call that was carried out.
type Carried struct {
	Request yumen.Digest      `json:"request"`
	At      time.Time         `json:"at"`
	Action  yumen.AuditAction `json:"action"`
	Subject string            `json:"subject"`
}

// callKey is where in a context the call stands.
type callKey struct{}

// WithCall says which call is carried out.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns which call is carried out; nil where it has no key.
func CallOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}
