package journal

import (
	"context"
	"io"
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
	// Indexed, where not nil, makes a record that contains the log index of the step's first entry.
	Indexed func(index int64) (store.Record, error)
}

// Objects is what the journal asks of an object driver.
type Objects interface {
	Create(space store.Space) (ObjectWriter, error)
	Publish(o store.Object) error
	Sweep() (int, error)
}

// ObjectWriter takes the bytes of one object. Stage ends it, and so does Abort.
type ObjectWriter interface {
	io.Writer
	Stage() (store.Object, error)
	Abort() error
}

// Config wires a Journal. All fields are required.
type Config struct {
	State   store.State
	Objects Objects
	Log     *audit.Log
	// Clock tells the time for the entry that a recovery may leave.
	Clock func() time.Time
	// Crash is called before and after every durable write with the name of the point.
	Crash func(point string)
}

// Journal commits steps, one at a time. It is the only writer of state and log.
type Journal struct {
	cfg  Config
	mu   sync.Mutex
	head Versioned[logHead]
	err  error // set when a step is half done; nothing more is done before the journal is opened again
}

// Commit carries out a step. Either all of it happens or, if the log was not reached, none of it; a step that was
// announced but not finished is finished at the next start. It fails with kind conflict if a record has moved on
// since it was read.
func (j *Journal) Commit(ctx context.Context, st Step) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	in, err := j.intent(st)
	if err != nil {
		return err
	}
	j.cfg.Crash("before-intent")
	if err := j.cfg.State.Intend(ctx, in); err != nil {
		return err
	}
	j.cfg.Crash("after-intent")
	if _, err := j.cfg.Log.AppendAll(in.Entries...); err != nil {
		// Whether the log took the entries is for the next start to find out; until then nothing may follow them.
		j.err = err
		return err
	}
	j.cfg.Crash("after-log")
	// What is announced must happen, whether or not the caller still waits.
	if err := j.apply(context.WithoutCancel(ctx), in); err != nil {
		j.err = yumen.Errorf(yumen.KindUnavailable, "a step was announced but could not be written; nothing more is done until the home is opened again",
			"某一步骤已记入日志但未能写入；重新打开之前不再执行任何操作").Because(err)
		return j.err
	}
	j.head.Rev++
	j.cfg.Crash("after-apply")
	return nil
}

// intent is the step as it is announced: with the log index that its entries will have, and how far the log then
// reaches.
func (j *Journal) intent(st Step) (*store.Intent, error) {
	in := &store.Intent{LogIndex: j.cfg.Log.Size(), Entries: st.Entries, Puts: st.Records, Objects: st.Objects}
	if st.Indexed != nil {
		r, err := st.Indexed(in.LogIndex)
		if err != nil {
			return nil, err
		}
		in.Puts = append(in.Puts, r)
	}
	head, err := Put(store.Log, headID, j.head.Rev, logHead{Size: in.LogIndex + int64(len(in.Entries)),
		Checkpoint: j.cfg.Log.Checkpoint()})
	in.Puts = append(in.Puts, head)
	return in, err
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
