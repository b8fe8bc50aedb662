package journal

import (
	"context"
	"time"

	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
)

// LogSize returns how many entries the log has by the state, without those of a step that is not completed.
func LogSize(ctx context.Context, st store.State) (int64, error) {
	head, err := Find[logHead](ctx, st, store.Log, HeadID)
	return head.V.Size, err
}

// SizeIn is LogSize by the record of kind log named HeadID, which has revision 0 where there is none.
func SizeIn(r store.Record) (int64, error) {
	if r.Rev == 0 {
		return 0, nil
	}
	head, err := Decode[logHead](r)
	return head.V.Size, err
}

// CheckHead compares state and log for somebody who only reads, while others may write: it fails with kind corrupt
// where they are not from the same moment. A step that a crash interrupted is no difference, if it is the one that the
// log ends with; the next start settles it.
func CheckHead(ctx context.Context, st store.State, log func() (audit.Head, error), entries Entries) error {
	var err error
	for range 20 {
		var agree bool
		if agree, err = checkHead(ctx, st, log, entries); agree {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond): // a writer may have come between
		}
	}
	return err
}

// checkHead reads the log before and after the state, so that the state must lie between.
func checkHead(ctx context.Context, st store.State, log func() (audit.Head, error), entries Entries) (bool, error) {
	before, err := log()
	if err != nil {
		return false, err
	}
	head, err := Find[logHead](ctx, st, store.Log, HeadID)
	if err != nil {
		return false, err
	}
	pending, err := st.Pending(ctx)
	if err != nil {
		return false, err
	}
	after, err := log()
	if err != nil {
		return false, err
	}
	explained := before.Size <= head.V.Size
	for i := range pending { // at most one
		if !explained {
			if explained, err = logged(&pending[i], head.V.Size, after.Size, entries); err != nil {
				return false, err
			}
		}
	}
	if !explained || head.V.Size > after.Size {
		return false, logAndStateDisagree(head.V.Size, after.Size)
	}
	if head.V.Checkpoint != "" {
		err = after.VerifyConsistency(head.V.Checkpoint)
	}
	return err == nil, err
}
