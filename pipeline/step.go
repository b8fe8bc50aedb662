package pipeline

import (
	"context"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// step is one arrow of the route: what the log will say, what is written, which staged objects come into being.
type step struct {
	entries []yumen.Entry
	puts    []store.Record
	objects []store.Object
	// indexed makes a record that must know the log index of the step's first entry.
	indexed func(index int64) (store.Record, error)
}

// entry begins an audit entry.
func (s *Service) entry(actor yumen.Actor, action yumen.AuditAction, subject string) yumen.Entry {
	return yumen.Entry{At: s.now(), Actor: actor.Name, Org: actor.Org, Action: action, Subject: subject, Asserted: s.cfg.Asserted}
}

// systemEntry is an entry of the machine's own doing; there is nobody to authenticate.
func (s *Service) systemEntry(action yumen.AuditAction, subject string) yumen.Entry {
	e := s.entry(yumen.System, action, subject)
	e.Asserted = false
	return e
}

// put makes the record of v. Rev is the revision that was read, 0 for a new record.
func put(kind store.Kind, id string, rev int64, v any) (store.Record, error) {
	body, err := json.Marshal(v)
	return store.Record{Kind: kind, ID: id, Rev: rev, Body: body}, err
}

// commit takes a step and returns the log index of its first entry. Either all of it happens or, if the log was not
// reached, none of it; a step that was announced but not finished is finished at the next start. Every step has an entry.
func (s *Service) commit(ctx context.Context, st step) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	in := &store.Intent{LogIndex: s.cfg.Log.Size(), Entries: st.entries, Puts: st.puts, Objects: st.objects}
	if st.indexed != nil {
		p, err := st.indexed(in.LogIndex)
		if err != nil {
			return 0, err
		}
		in.Puts = append(in.Puts, p)
	}
	head, err := s.nextHead(in)
	if err != nil {
		return 0, err
	}
	in.Puts = append(in.Puts, head)
	s.cfg.Crash("before-intent")
	if err := s.cfg.State.Intend(ctx, in); err != nil {
		return 0, err
	}
	s.cfg.Crash("after-intent")
	if _, err := s.cfg.Log.AppendAll(in.Entries...); err != nil {
		// Whether the log took the entries is for the next start to find out; until then nothing may follow them.
		s.err = err
		return 0, err
	}
	s.cfg.Crash("after-log")
	// What is announced must happen, whether or not the caller still waits.
	if err := s.finish(context.WithoutCancel(ctx), in); err != nil {
		s.err = yumen.Errorf(yumen.KindUnavailable, "a step was announced but could not be written; nothing more is done until the home is opened again",
			"某一步骤已记入日志但未能写入；重新打开之前不再执行任何操作").Because(err)
		return 0, s.err
	}
	s.head.rev++
	s.cfg.Crash("after-apply")
	return in.LogIndex, nil
}

// logHead is what the state remembers of the log, so that a log put back to an earlier day is noticed.
type logHead struct {
	Size       int64  `json:"size"`       // entries after the last step
	Checkpoint string `json:"checkpoint"` // of the log before that step
}

const headID = "head"

func (s *Service) nextHead(in *store.Intent) (store.Record, error) {
	return put(store.Log, headID, s.head.rev, logHead{Size: in.LogIndex + int64(len(in.Entries)), Checkpoint: s.cfg.Log.Checkpoint()})
}

// checkHead compares the log with what the state remembers of it. It is called when no intent is open.
func (s *Service) checkHead(ctx context.Context) error {
	head, err := load[logHead](ctx, s.cfg.State, store.Log, headID)
	if err != nil && yumen.KindOf(err) == yumen.KindNotFound {
		head, err = versioned[logHead]{}, nil
	}
	if err != nil {
		return err
	}
	s.head = head
	if head.V.Checkpoint != "" {
		if err := s.cfg.Log.VerifyConsistency(head.V.Checkpoint); err != nil {
			return err
		}
	}
	if size := s.cfg.Log.Size(); size != head.V.Size {
		return logAndStateDisagree(head.V.Size, size)
	}
	return nil
}

func logAndStateDisagree(want, got int64) error {
	return yumen.Errorf(yumen.KindCorrupt, "the log and the state disagree: by the state the log has %d entries, it has %d",
		"日志与状态不一致：按状态库日志应有 %d 条，实有 %d 条", want, got).
		ToFix("state and log must come from the same backup", "状态库与日志须来自同一份备份")
}

func (s *Service) finish(ctx context.Context, in *store.Intent) error {
	for _, o := range in.Objects {
		if err := s.cfg.Objects.Publish(o); err != nil {
			return err
		}
	}
	s.cfg.Crash("after-publish")
	return s.cfg.State.Apply(ctx, in)
}

// recover completes or drops the intents that an earlier process left.
func (s *Service) recover(ctx context.Context) error {
	pending, err := s.cfg.State.Pending(ctx)
	if err != nil {
		return err
	}
	for i := range pending {
		in := &pending[i]
		logged, err := s.logged(in)
		if err != nil {
			return err
		}
		if !logged {
			err = s.cfg.State.Drop(ctx, in)
		} else {
			err = s.finish(ctx, in)
		}
		if err != nil {
			return err
		}
	}
	if err := s.checkHead(ctx); err != nil {
		return err
	}
	return s.tellRecovered(ctx)
}

// tellRecovered records that a crash left bytes behind in the log that nobody was told of and that are now cut off.
func (s *Service) tellRecovered(ctx context.Context) error {
	tail := s.cfg.Log.Recovered()
	if tail.IsZero() {
		return nil
	}
	e := s.systemEntry(yumen.ActionLogRecovered, "log")
	e.Details = map[string]string{"entry_bytes": strconv.FormatInt(tail.Entries, 10), "hash_bytes": strconv.FormatInt(tail.Hashes, 10)}
	_, err := s.commit(ctx, step{entries: []yumen.Entry{e}})
	return err
}

// logged reports whether the log holds the entries of an intent, all of them at their place. Anything between all and
// none is impossible, since they are appended under one checkpoint.
func (s *Service) logged(in *store.Intent) (bool, error) {
	size := s.cfg.Log.Size()
	if size == in.LogIndex {
		return false, nil
	}
	ok := size == in.LogIndex+int64(len(in.Entries))
	for i, want := range in.Entries {
		if !ok {
			break
		}
		got, err := s.cfg.Log.Entry(in.LogIndex + int64(i))
		if err != nil {
			return false, err
		}
		ok = sameEntry(got, want)
	}
	if !ok {
		return false, logAndStateDisagree(in.LogIndex+int64(len(in.Entries)), size)
	}
	return true, nil
}

func sameEntry(a, b yumen.Entry) bool {
	if !a.At.Equal(b.At) {
		return false
	}
	a.At, b.At = a.At.UTC(), a.At.UTC()
	return reflect.DeepEqual(a, b)
}
