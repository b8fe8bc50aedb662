package journal

import (
	"context"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
)

// adoptedEach is how many records an entry commits to, so that it is not longer than an entry may be.
const adoptedEach = 200

// adopt has the log commit to records that were written before entries did so, as they are now. It does so once: where
// any entry commits to a record, one that none commits to was written past the journal.
func (j *Journal) adopt(ctx context.Context) error {
	older, err := j.older()
	if err != nil || !older {
		return err
	}
	st := Step{}
	for _, kind := range store.Kinds {
		page, err := j.cfg.State.Select(ctx, store.Query{Kind: kind})
		if err != nil {
			return err
		}
		st.Records = append(st.Records, page.Records...)
	}
	if err := j.checkOlder(st.Records); err != nil {
		return err
	}
	if len(st.Records) > adoptedEach*audit.MaxBatch {
		return yumen.Errorf(yumen.KindLimit, "the home holds %d records, more than can be brought up to date at once",
			"该主目录有 %d 条记录，超出一次可升级的数量", len(st.Records))
	}
	for n := 0; n < len(st.Records); n += adoptedEach {
		st.Entries = append(st.Entries, yumen.Entry{At: j.now(), Actor: yumen.System.Name,
			Action: yumen.ActionRecordsAdopt, Subject: "state",
			Details: map[string]string{"records": strconv.Itoa(len(st.Records))}})
	}
	if len(st.Entries) == 0 {
		return nil
	}
	return j.Commit(ctx, st)
}

// older reports whether the log was begun by a version whose entries did not commit to records, and goes on so.
func (j *Journal) older() (bool, error) {
	for i := j.cfg.Log.Size() - 1; i >= 0; i-- {
		e, err := j.cfg.Log.Entry(i)
		if err != nil {
			return false, err
		}
		if e.Records != nil || e.Action == yumen.ActionHomeCreate {
			return false, nil
		}
	}
	return j.cfg.Log.Size() > 0, nil
}

// checkOlder compares where jobs stand with the log, which has said that since the first version.
func (j *Journal) checkOlder(records []store.Record) error {
	logged := newSteps()
	for r, err := range j.cfg.Log.Entries(0) {
		if err != nil {
			return err
		}
		logged.add(r)
	}
	found := logged.wrong
	for _, r := range records {
		if r.Kind != store.Job {
			continue
		}
		job, err := Decode[yumen.Job](r)
		if err != nil {
			return err
		}
		if want := logged.at[r.ID]; job.V.State != want {
			found = append(found, differs(r.Kind, r.ID, yumen.Say("the job is %s by the state, %s by the log",
				"任务按状态库为 %s，按日志为 %s", string(job.V.State), string(want))))
		}
	}
	return yumen.Refuse(yumen.KindCorrupt, yumen.Say("the state is not what the log says", "状态与日志所载不符"), found)
}
