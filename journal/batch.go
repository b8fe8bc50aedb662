package journal

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
)

// member is a step that is written together with others.
type member struct {
	ctx  context.Context // of its caller
	step Step
	done chan error // what becomes of it; room for one

	answered bool // for the one who writes
}

// answer tells the caller what became of the step. Only the first answer counts.
func (m *member) answer(err error) {
	if !m.answered {
		m.answered = true
		m.done <- err
	}
}

// commitQueued writes the steps that wait, as many as the log takes at once, and answers their callers. Its own caller
// holds writing, which it gives back.
func (j *Journal) commitQueued() {
	ms := j.dequeue()
	defer func() {
		for _, m := range ms { // after a panic nobody may wait for ever
			m.answer(yumen.Errorf(yumen.KindInternal, "the step was not carried out", "该步骤未能执行"))
		}
		<-j.writing
	}()
	if len(ms) == 0 {
		return
	}
	// What is announced must happen, whether or not its caller still waits.
	ctx := context.WithoutCancel(ms[0].ctx)
	err := j.settle(ctx)
	if err != nil {
		err = yumen.Errorf(yumen.KindUnavailable,
			"an earlier step could not be completed yet, and none can be begun before",
			"前一步骤尚未能完成，在此之前不能开始新的步骤").Because(err)
	}
	var in *store.Intent
	if err == nil {
		in, err = j.assemble(ctx, ms)
	}
	if err == nil && len(in.Entries) > 0 {
		err = j.write(ctx, in)
	}
	for _, m := range ms {
		m.answer(err)
	}
}

// dequeue takes the steps that go into one batch off the queue, in their order.
func (j *Journal) dequeue() []*member {
	j.mu.Lock()
	defer j.mu.Unlock()
	n, entries := 0, 0
	for n < len(j.queue) {
		entries += len(j.queue[n].step.Entries)
		if n > 0 && entries > audit.MaxBatch {
			break
		}
		n++
	}
	ms := j.queue[:n:n]
	j.queue = j.queue[n:]
	return ms
}

// assemble makes one intent of the steps. A step that cannot be taken, because its caller is gone, or a record that it
// writes has moved on or is written by a step before it, is answered here and leaves the others to go on.
func (j *Journal) assemble(ctx context.Context, ms []*member) (*store.Intent, error) {
	now := j.now()
	if err := checkClock(now, j.latest); err != nil {
		return nil, err
	}
	in := &store.Intent{LogIndex: j.cfg.Log.Size()}
	var named []store.Record
	for _, m := range ms {
		puts, err := m.check(in.LogIndex)
		if err != nil {
			m.answer(err)
			continue
		}
		named = append(append(named, puts...), m.step.Seen...)
	}
	revs, err := j.revisions(ctx, named)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		if m.answered {
			continue
		}
		err := m.order(now, latestOf(j.latest, in.Entries))
		if err == nil {
			err = m.join(in, revs)
		}
		if err != nil {
			m.answer(err)
		}
	}
	head, err := Put(store.Log, HeadID, j.head.Rev, logHead{Size: in.LogIndex + int64(len(in.Entries)),
		Checkpoint: j.cfg.Log.Checkpoint(), Latest: latestOf(j.latest, in.Entries)})
	in.Puts = append(in.Puts, head)
	return in, err
}

// check refuses a step whose caller is gone or that no batch can hold, and returns its records.
func (m *member) check(index int64) ([]store.Record, error) {
	if err := m.ctx.Err(); err != nil {
		return nil, err
	}
	if n := len(m.step.Entries); n == 0 || n > audit.MaxBatch {
		return nil, yumen.Errorf(yumen.KindInternal, "a step has 1 to %d entries", "一个步骤须有 1 至 %d 条日志", audit.MaxBatch)
	}
	return m.puts(index)
}

// puts are the records of the step, if its first entry has the index.
func (m *member) puts(first int64) ([]store.Record, error) {
	if m.step.Indexed == nil {
		return m.step.Records, nil
	}
	indexed, err := m.step.Indexed(first)
	return slices.Concat(m.step.Records, indexed), err
}

// key names a record.
type key struct {
	kind store.Kind
	id   string
}

// revisions are those at which the records are now.
func (j *Journal) revisions(ctx context.Context, of []store.Record) (map[key]int64, error) {
	revs, err := j.cfg.State.Revisions(ctx, of)
	out := make(map[key]int64, len(revs))
	for i, rev := range revs {
		out[key{of[i].Kind, of[i].ID}] = rev
	}
	return out, err
}

// join adds the step to an intent, if each record that it writes is at the revision that it saw; revs then has the
// next.
func (m *member) join(in *store.Intent, revs map[key]int64) error {
	puts, err := m.puts(in.LogIndex + int64(len(in.Entries)))
	if err != nil {
		return err
	}
	for _, r := range m.step.Seen {
		if revs[key{r.Kind, r.ID}] != r.Rev {
			return store.Stale(r)
		}
	}
	entries, puts, err := commitTo(m.step.Entries, puts)
	if err != nil {
		return err
	}
	for i, p := range puts {
		k := key{p.Kind, p.ID}
		if revs[k] != p.Rev {
			for _, q := range puts[:i] {
				revs[key{q.Kind, q.ID}]--
			}
			return store.Stale(p)
		}
		revs[k]++
	}
	in.Entries = append(in.Entries, entries...)
	in.Puts = append(in.Puts, puts...)
	in.Objects = append(in.Objects, m.step.Objects...)
	return nil
}
