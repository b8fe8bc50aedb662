package journal

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
)

// Step is what happens together: what the log says of it, which records are written, which staged objects come into
// being. Every step has an entry.
type Step struct {
	Entries []yumen.Entry
	Records []store.Record
	Objects []store.Object
	// Seen are records, by kind, id and revision, that the step was decided on and does not write: it is refused if one
	// has moved on.
	Seen []store.Record
	// Indexed, where not nil, makes the records that contain the log index of the step's first entry. It may be called
	// more than once; the last call has the index that counts.
	Indexed func(first int64) ([]store.Record, error)
	// Timed says that the times of the entries stand elsewhere too, such as in a receipt.
	Timed bool
}

// Objects is what the journal asks of an object driver.
type Objects interface {
	Create(space store.Space) (store.ObjectWriter, error)
	Publish(o store.Object) error
	Sweep() (int, error)
}

// Log is what the journal asks of the audit log; *audit.Log is one.
type Log interface {
	AppendAll(entries ...yumen.Entry) (int64, error)
	// Settle finds out whether an append that failed reached the log.
	Settle() error
	Size() int64
	Entry(index int64) (yumen.Entry, error)
	Entries(from int64) iter.Seq2[audit.Record, error]
	Checkpoint() string
	VerifyConsistency(checkpoint string) error
	Recovered() audit.Tail
}

// Config wires a Journal. All fields are required.
type Config struct {
	State   store.State
	Objects Objects
	Log     Log
	// Clock tells the time. Nothing is written while it is more than ClockTolerance behind the latest entry of the log.
	Clock func() time.Time
	// Crash is called before and after every durable write with the name of the point.
	Crash func(point string)
}

// Journal commits steps: those that wait at the same time are written together, in the order in which they came. It is
// the only writer of state and log.
type Journal struct {
	cfg Config

	mu    sync.Mutex
	queue []*member // the steps that wait

	writing chan struct{} // holds the one who writes; what follows is theirs
	head    Versioned[logHead]
	latest  time.Time // of an entry
	// unsettled says that a write failed and it is not known, or not yet so, that state and log agree.
	unsettled bool
}

// Commit carries out a step. Either all of it happens or, if the log was not reached, none of it. It fails with kind
// conflict if a record has moved on since it was read, and with kind unavailable where something cannot be written.
// Where the log was reached by then, the step is completed before the next one is begun, or by the next start.
func (j *Journal) Commit(ctx context.Context, st Step) error {
	st, call, err := st.withCall(ctx)
	if err != nil {
		return err
	}
	m := &member{ctx: ctx, step: st, done: make(chan error, 1)}
	j.mu.Lock()
	j.queue = append(j.queue, m)
	j.mu.Unlock()
	for {
		select {
		case err := <-m.done:
			if err == nil && call != nil {
				call.Take()
			}
			return err
		case j.writing <- struct{}{}:
			j.commitQueued()
		}
	}
}

// write makes an intent durable and carries it out.
func (j *Journal) write(ctx context.Context, in *store.Intent) error {
	j.cfg.Crash("before-intent")
	j.unsettled = true
	if err := j.cfg.State.Intend(ctx, in); err != nil {
		return err
	}
	j.cfg.Crash("after-intent")
	if err := j.carryOut(ctx, in); err != nil {
		return j.complete(ctx, in, err)
	}
	j.head.Rev++
	j.latest = latestOf(j.latest, in.Entries)
	j.unsettled = false
	j.cfg.Crash("after-apply")
	return nil
}

// carryOut does what was announced.
func (j *Journal) carryOut(ctx context.Context, in *store.Intent) error {
	if _, err := j.cfg.Log.AppendAll(in.Entries...); err != nil {
		return err
	}
	j.cfg.Crash("after-log")
	return j.apply(ctx, in)
}

// retries are the pauses after which a step that could not be written is tried again while its caller waits.
var retries = []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond}

// complete settles steps that failed because of why: they take place after all, or they are dropped and why returned,
// or they are left for the next step to settle.
func (j *Journal) complete(ctx context.Context, in *store.Intent, why error) error {
	var err error
	for _, pause := range retries {
		time.Sleep(pause)
		if err = j.settle(ctx); err == nil {
			break
		}
	}
	switch {
	case err != nil:
		return yumen.Errorf(yumen.KindUnavailable,
			"the step could not be completed; if the log holds it, it will be completed before the next one",
			"该步骤未能完成；若已记入日志，将在下一步骤之前补全").Because(why)
	case j.cfg.Log.Size() > in.LogIndex:
		return nil
	}
	return why
}

// apply does what an intent says, after its entries stand in the log. Doing it again changes nothing.
func (j *Journal) apply(ctx context.Context, in *store.Intent) error {
	for _, o := range in.Objects {
		if err := j.cfg.Objects.Publish(o); err != nil {
			return err
		}
	}
	j.cfg.Crash("after-publish")
	return j.cfg.State.Apply(ctx, in)
}
