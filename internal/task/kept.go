package task

import (
	"context"

	"github.com/yumen-data/yumen"
)

// Owner is who a warm enclave belongs to: nobody else, and the same person under no other contract, gets a statement
// into it.
type Owner struct{ Contract, Actor string }

// Kept is a statement for an enclave that is kept warm for its owner.
type Kept struct {
	Owner Owner
	// Key tells the enclaves of one owner apart: it names their role and what they were given.
	Key string
	// Open collects what an enclave is given, where one has to be started, and returns what gives it back. The spec of
	// the task is what all statements share.
	Open    func(ctx context.Context) (t Task, release func(), err error)
	Spec    any          // of the statement
	Program yumen.Digest // for the report
}
