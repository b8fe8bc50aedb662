package sandbox

import (
	"context"
	"io"

	"github.com/yumen-data/yumen"
)

// Handler carries out one role inside an enclave, after lock-down. A returned *yumen.Error goes to the control plane
// with its kind; it must not carry data values. Any other error arrives there as kind failed and without its text.
type Handler func(ctx context.Context, in Env) error

// Opener prepares one statement of a session, before it is known: it gets the Env of the session's opening, whose spec
// names what all statements share, and returns the handler that runs the statement and what frees all that was
// prepared. It is called anew for each statement, ahead of time. What it keeps from one to the next must be as if it
// had served nobody.
type Opener func(ctx context.Context, in Env) (run Handler, free func(), err error)

// Env is all that a Handler can reach.
type Env interface {
	// Spec decodes the task's spec.
	Spec(v any) error
	// Input returns the path of the named input, which is read-only, and whether it was given.
	Input(name string) (path string, ok bool)
	// Work returns a private writable folder that vanishes with the enclave.
	Work() string
	// Limits returns the limits in force, none of them zero.
	Limits() yumen.Limits
	// Output returns the named stream to the control plane. Writing more than the output limit fails with kind limit.
	Output(stream string) io.Writer
	// Salt returns 32 bytes, random for each run and stream, that a table to be held carries: its digest stands in the
	// log, and whoever sees it must not be able to try out which table it is of.
	Salt(stream string) [32]byte
	// Answer sets the small JSON answer.
	Answer(v any) error
	// Progress says how far the run has come; total is 0 where unknown.
	Progress(done, total int64)
	// Engine names an engine and its version for the enclave report.
	Engine(name string)
	// Leave frees what the handler does not need any more as it returns, or leaves that to the end of the process where
	// it ends with the handler: an engine takes milliseconds to free its memory piece by piece.
	Leave(free func())
}

// Narrower is what the Env of a confined enclave offers besides: giving up files for good. A handler that is about to
// run a party's code calls it when that code no longer needs the inputs.
type Narrower interface {
	// Narrow leaves the process reading below readOnly and writing below writable, and no other files, on every thread.
	// Only roles whose system calls include Landlock's may call it.
	Narrow(readOnly, writable string) error
}
