package journal

import (
	"context"
	"reflect"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// Open completes what a crash interrupted, checks that log and state belong together, removes staged bytes that no step
// refers to, and returns the journal.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	j := &Journal{cfg: cfg, writing: make(chan struct{}, 1)}
	if err := j.recover(ctx); err != nil {
		return nil, err
	}
	if err := j.adopt(ctx); err != nil {
		return nil, err
	}
	_, err := cfg.Objects.Sweep()
	return j, err
}

// recover settles what an earlier process left, if the clock allows to write.
func (j *Journal) recover(ctx context.Context) error {
	if err := j.readHead(ctx); err != nil {
		return err
	}
	if err := checkClock(j.now(), j.latest); err != nil {
		return err
	}
	j.unsettled = true
	if err := j.settle(ctx); err != nil {
		return err
	}
	return j.recordRecovered(ctx)
}

// Settle completes a step whose write failed, if there is one, so that state and log can be compared.
func (j *Journal) Settle(ctx context.Context) error {
	j.writing <- struct{}{}
	defer func() { <-j.writing }()
	return j.settle(ctx)
}

// settle makes state and log agree again after a crash or a failed write: what the log holds is completed, what it
// does not hold is dropped. It does nothing where they agree, and where it fails it may be tried again.
func (j *Journal) settle(ctx context.Context) error {
	if !j.unsettled {
		return nil
	}
	if err := j.cfg.Log.Settle(); err != nil {
		return err
	}
	pending, err := j.cfg.State.Pending(ctx)
	if err != nil {
		return err
	}
	for i := range pending {
		if err := j.settleIntent(ctx, &pending[i]); err != nil {
			return err
		}
	}
	if err := j.checkHead(ctx); err != nil {
		return err
	}
	j.unsettled = false
	return nil
}

func (j *Journal) settleIntent(ctx context.Context, in *store.Intent) error {
	head, err := Find[logHead](ctx, j.cfg.State, store.Log, HeadID)
	if err != nil {
		return err
	}
	taken, err := logged(in, head.V.Size, j.cfg.Log.Size(), j.cfg.Log.Entries)
	switch {
	case err != nil:
		return err
	case taken:
		return j.apply(ctx, in)
	}
	return j.cfg.State.Drop(ctx, in)
}

// logged reports whether a log of that size holds the entries of an intent, all of them at their place. Anything
// between all and none is impossible, since they are appended under one checkpoint. What the intent writes must be what
// they say, and the state must stand where the intent begins: an older state is not made current by the last step
// alone.
func logged(in *store.Intent, stands, size int64, entries Entries) (bool, error) {
	end := in.LogIndex + int64(len(in.Entries))
	if stands != in.LogIndex {
		return false, logAndStateDisagree(stands, size)
	}
	if size == in.LogIndex {
		return false, nil
	}
	if size != end {
		return false, logAndStateDisagree(end, size)
	}
	next := 0
	for got, err := range entries(in.LogIndex) {
		if err != nil {
			return false, err
		}
		if next == len(in.Entries) || !sameEntry(got.Entry, in.Entries[next]) {
			return false, logAndStateDisagree(end, size)
		}
		next++
	}
	if next != len(in.Entries) {
		return false, logAndStateDisagree(end, size)
	}
	if !committed(in.Entries, in.Puts) {
		return false, yumen.Errorf(yumen.KindCorrupt,
			"a step that was interrupted would write other records than the log says",
			"被中断步骤将写入的记录与日志所载不符").ToFix("restore state and log from one backup", "请从同一份备份恢复状态与日志")
	}
	return true, nil
}

func sameEntry(a, b yumen.Entry) bool {
	if !a.At.Equal(b.At) {
		return false
	}
	a.At, b.At = time.Time{}, time.Time{}
	return reflect.DeepEqual(a, b)
}

// logHead is what the state remembers of the log, so that a log put back to an earlier day is noticed.
type logHead struct {
	Size       int64     `json:"size"`            // entries after the last step
	Checkpoint string    `json:"checkpoint"`      // of the log before that step
	Latest     time.Time `json:"latest,omitzero"` // time of an entry
}

// HeadID names the one record of kind log.
const HeadID = "head"

// readHead reads what the state remembers of the log, and the latest time of an entry.
func (j *Journal) readHead(ctx context.Context) (err error) {
	if j.head, err = Find[logHead](ctx, j.cfg.State, store.Log, HeadID); err == nil {
		j.latest, err = j.latestEntry()
	}
	return err
}

// checkHead compares the log with what the state remembers of it. It is called when no intent is open.
func (j *Journal) checkHead(ctx context.Context) error {
	if err := j.readHead(ctx); err != nil {
		return err
	}
	if c := j.head.V.Checkpoint; c != "" {
		if err := j.cfg.Log.VerifyConsistency(c); err != nil {
			return err
		}
	}
	if want, got := j.head.V.Size, j.cfg.Log.Size(); want != got {
		return logAndStateDisagree(want, got)
	}
	return nil
}

func logAndStateDisagree(want, got int64) error {
	return yumen.Errorf(yumen.KindCorrupt,
		"the log and the state disagree: by the state the log has %d entries, it has %d",
		"日志与状态不一致：按状态库日志应有 %d 条，实有 %d 条", want, got).
		ToFix("state and log must come from the same backup", "状态库与日志须来自同一份备份")
}

// recordRecovered records that a crash left bytes in the log behind its last checkpoint, which are now cut off.
func (j *Journal) recordRecovered(ctx context.Context) error {
	tail := j.cfg.Log.Recovered()
	if tail.IsZero() {
		return nil
	}
	e := yumen.Entry{At: j.now(), Actor: yumen.System.Name,
		Action: yumen.ActionLogRecovered, Subject: "log",
		Details: map[string]string{"entry_bytes": strconv.FormatInt(tail.Entries, 10),
			"hash_bytes": strconv.FormatInt(tail.Hashes, 10)}}
	return j.Commit(ctx, Step{Entries: []yumen.Entry{e}})
}
