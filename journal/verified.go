package journal

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
)

// Entries reads a log from an entry on, as it is then.
type Entries func(from int64) iter.Seq2[audit.Record, error]

// Verified is a state whose records are compared with the log when they are read: one that was written, changed, put
// back or taken away past the journal is refused with kind corrupt. A query that filters, orders or pages cannot show
// what was taken away; Compare does.
type Verified struct {
	store.State
	entries Entries

	mu        sync.Mutex
	next      int64 // entries read
	records   map[string]yumen.Digest
	counts    map[string]int // of records by the beginnings of names that end with a slash
	complete  bool           // the log commits to every record
	jobs      steps
	lost      map[string]time.Time // of records by name, when a backup with them was restored whose original was lost
	submitted map[quota]int        // jobs
	latest    time.Time            // of an entry
	early     []yumen.Reason       // entries that are earlier than one before them
}

// quota is what jobs are counted by.
type quota struct {
	contract string
	org      string // that submitted them
	day      yumen.Day
}

// Verify returns the state as verified against a log. Others may write to both meanwhile.
func Verify(st store.State, log Entries) *Verified {
	return &Verified{State: st, entries: log, records: map[string]yumen.Digest{}, counts: map[string]int{},
		jobs: newSteps(), lost: map[string]time.Time{}, submitted: map[quota]int{}}
}

// Get returns a record that is as the log says.
func (v *Verified) Get(ctx context.Context, kind store.Kind, id string) (r store.Record, err error) {
	err = v.reading(ctx, func() ([]yumen.Reason, error) {
		r, err = v.State.Get(ctx, kind, id)
		switch {
		case err == nil:
			return v.differences(r), nil
		case yumen.KindOf(err) == yumen.KindNotFound && v.commits(store.Record{Kind: kind, ID: id}):
			return []yumen.Reason{differs(kind, id, missing)}, nil
		}
		return nil, err
	})
	return r, err
}

// Select returns a page of records that are as the log says.
func (v *Verified) Select(ctx context.Context, q store.Query) (p store.Page, err error) {
	err = v.reading(ctx, func() ([]yumen.Reason, error) {
		if p, err = v.State.Select(ctx, q); err != nil {
			return nil, err
		}
		found := v.differences(p.Records...)
		if q.Order == store.ByID && !ascending(p.Records) {
			found = append(found, differs(q.Kind, q.Prefix, disorder))
		}
		if n, ok := v.count(q); ok && n > len(p.Records) {
			found = append(found, differs(q.Kind, q.Prefix, missing))
		}
		return found, nil
	})
	return p, err
}

// Count returns how many records a query finds. Of jobs in certain states there must be as many as the log says.
func (v *Verified) Count(ctx context.Context, q store.Query) (n int, err error) {
	err = v.reading(ctx, func() ([]yumen.Reason, error) {
		if n, err = v.State.Count(ctx, q); err != nil {
			return nil, err
		}
		if q.Kind == store.Job && len(q.States) > 0 && q.Prefix == "" && q.Contract == "" && q.Submitter == "" &&
			n != v.standing(q.States) {
			return []yumen.Reason{differs(q.Kind, "", otherwise)}, nil
		}
		return nil, nil
	})
	return n, err
}

func (v *Verified) standing(in []yumen.State) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.jobs.standing(in)
}

// Compare compares all records with the log, and the log's steps of jobs with each other. It fails with kind corrupt
// and a reason for each difference.
func (v *Verified) Compare(ctx context.Context) error {
	return v.reading(ctx, func() ([]yumen.Reason, error) {
		left, found := v.known()
		for _, kind := range store.Kinds {
			p, err := v.State.Select(ctx, store.Query{Kind: kind})
			if err != nil {
				return nil, err
			}
			found = append(found, v.differences(p.Records...)...)
			if !ascending(p.Records) {
				found = append(found, differs(kind, "", disorder))
			}
			for _, r := range p.Records {
				delete(left, r.Name())
			}
		}
		hidden, err := v.hidden(ctx)
		found = append(found, hidden...)
		for _, name := range slices.Sorted(maps.Keys(left)) {
			kind, id, _ := strings.Cut(name, "/")
			found = append(found, differs(store.Kind(kind), id, missing))
		}
		return found, err
	})
}

// hidden returns a reason for each state that more or fewer jobs are found in than the log says.
func (v *Verified) hidden(ctx context.Context) (found []yumen.Reason, err error) {
	for _, a := range yumen.Arrows {
		st := []yumen.State{a.To}
		n, err := v.State.Count(ctx, store.Query{Kind: store.Job, States: st})
		if err != nil {
			return nil, err
		}
		if n != v.standing(st) &&
			!slices.ContainsFunc(found, func(r yumen.Reason) bool { return r.Place == string(a.To) }) {
			found = append(found, differs(store.Job, string(a.To), otherwise))
		}
	}
	return found, nil
}

// OriginalLost returns when the state was last restored from a backup of a home that was lost, if a record was written
// before by the order of the log, whatever the clocks said; zero otherwise.
func (v *Verified) OriginalLost(ctx context.Context, kind store.Kind, id string) (time.Time, error) {
	err := v.catchUp(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lost[store.Record{Kind: kind, ID: id}.Name()], err
}

// Submitted returns how many jobs that name a contract were submitted on a day by people of its parties, by the log,
// whatever the state has of them. Anybody can name a contract; only its parties use up what it allows.
func (v *Verified) Submitted(ctx context.Context, contract string, of yumen.Parties, day yumen.Day) (int, error) {
	err := v.catchUp(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.submitted[quota{contract, of.Applicant, day}]
	if of.Operator != of.Applicant {
		n += v.submitted[quota{contract, of.Operator, day}]
	}
	return n, err
}

// Committed returns how many records of a kind were ever written by the log, whatever the state has of them.
func (v *Verified) Committed(ctx context.Context, kind store.Kind) (int, error) {
	err := v.catchUp(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.counts[string(kind)+"/"], err
}

// catchUp reads the log as far as the state has followed it.
func (v *Verified) catchUp(ctx context.Context) error {
	size, err := LogSize(ctx, v.State)
	if err != nil {
		return err
	}
	return v.Follow(ctx, size)
}

// reading has something read and compared with the log. Where they differ because somebody wrote meanwhile, it is read
// again.
func (v *Verified) reading(ctx context.Context, read func() ([]yumen.Reason, error)) error {
	for range 20 {
		size, err := LogSize(ctx, v.State)
		if err != nil {
			return err
		}
		if err := v.Follow(ctx, size); err != nil {
			return err
		}
		found, err := read()
		if err != nil || len(found) == 0 {
			return err
		}
		after, err := LogSize(ctx, v.State)
		if err != nil {
			return err
		}
		if after == size {
			return v.refuse(found)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return yumen.Errorf(yumen.KindConflict, "others write so much that the state cannot be compared with the log",
		"写入过于频繁，无法将状态与日志比对").ToFix("repeat when less is going on", "请在空闲时重试")
}

// refuse says what is wrong with a state.
func (v *Verified) refuse(found []yumen.Reason) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.complete {
		return yumen.Errorf(yumen.KindConflict,
			"this home was written by an earlier version, whose log does not commit to records",
			"该主目录由更早版本写成，其日志未锁定记录").ToFix("open it once for writing; the log then says which records it had",
			"请先以写入方式打开一次，届时日志会载明其当时的记录")
	}
	return yumen.Refuse(yumen.KindCorrupt, yumen.Say("the state is not what the log says", "状态与日志所载不符"), found)
}

// Follow reads what the log commits to, up to a size that the state knows of. A state that knew of more before was put
// back, and is refused.
func (v *Verified) Follow(ctx context.Context, size int64) (err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if size < v.next { // others may have followed a later one meanwhile
		if size, err = LogSize(ctx, v.State); err != nil {
			return err
		}
	}
	switch {
	case size < v.next:
		return logAndStateDisagree(size, v.next)
	case size == v.next:
		return nil
	}
	for r, err := range v.entries(v.next) {
		if err != nil {
			return err
		}
		v.add(r)
		if v.next == size {
			return nil
		}
	}
	return logAndStateDisagree(size, v.next)
}

// add takes an entry into account.
func (v *Verified) add(r audit.Record) {
	v.next = r.Index + 1
	v.jobs.add(r)
	v.addTime(r)
	switch e := r.Entry; {
	case e.Action == yumen.ActionHomeRestore && e.Details["original"] == yumen.OriginalLost:
		for name := range v.records {
			v.lost[name] = e.At
		}
	case e.Action == yumen.ActionJobSubmit:
		v.submitted[quota{e.Details["contract"], e.Org, yumen.DayOf(e.At)}]++
	}
	v.complete = v.complete || r.Entry.Records != nil || r.Entry.Action == yumen.ActionHomeCreate
	for name, d := range r.Entry.Records {
		if _, ok := v.records[name]; !ok {
			for i := range name {
				if name[i] == '/' {
					v.counts[name[:i+1]]++
				}
			}
		}
		v.records[name] = d
	}
}

// mostEarly is how many entries that are too early are named one by one.
const mostEarly = 20

// addTime notes an entry that is earlier than the clock of one before it allows.
func (v *Verified) addTime(r audit.Record) {
	if by := v.latest.Sub(r.Entry.At); by > ClockTolerance && len(v.early) < mostEarly {
		v.early = append(v.early, yumen.Reason{Rule: "log.time", Place: "log", Msg: yumen.Say(
			"entry %d is of a time %s before that of an earlier entry", "第 %d 条的时间比此前条目早 %s", r.Index,
			by.Round(time.Millisecond))})
	}
	v.latest = later(v.latest, r.Entry.At)
}

// differences returns a reason for each record that is not as the log says.
func (v *Verified) differences(rs ...store.Record) (found []yumen.Reason) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range rs {
		switch want, ok := v.records[r.Name()]; {
		case r.Kind == store.Log: // compared by itself
		case !ok:
			found = append(found, differs(r.Kind, r.ID, unknown))
		case want != r.Commitment() || r.Rev < 1: // 0 is that of a record which is not there
			found = append(found, differs(r.Kind, r.ID, changed))
		}
	}
	return found
}

var (
	unknown   = yumen.Say("the log does not say that it was written", "日志中没有写入它的记载")
	changed   = yumen.Say("it is not what the log says was written last", "与日志所载的最后一次写入不符")
	otherwise = yumen.Say("the jobs that are found in this state are not as many as the log says", "处于该状态的任务数与日志所载不符")
	disorder  = yumen.Say("the state has a record of this kind twice or not in its place", "状态库中该类记录有重复或次序有误")
	missing   = yumen.Say("the log says that it was written, the state does not have it", "日志载有其写入，状态库中却没有")
)

func differs(kind store.Kind, id string, msg yumen.Text) yumen.Reason {
	return yumen.Reason{Rule: "state." + string(kind), Place: id, Msg: msg,
		Fix: yumen.Say("restore state and log from one backup", "请从同一份备份恢复状态与日志")}
}

// ascending reports whether records are in the order of their ids, each once.
func ascending(rs []store.Record) bool {
	for i := 1; i < len(rs); i++ {
		if rs[i-1].ID >= rs[i].ID {
			return false
		}
	}
	return true
}

// commits reports whether the log says that a record was written.
func (v *Verified) commits(r store.Record) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, ok := v.records[r.Name()]
	return ok
}

// known returns what the log commits to, and what is wrong with its own steps.
func (v *Verified) known() (map[string]yumen.Digest, []yumen.Reason) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.records), slices.Concat(v.jobs.wrong, v.early)
}

// count returns how many records the log has for a query that leaves nothing out of a kind or of what belongs to a
// thing.
func (v *Verified) count(q store.Query) (int, bool) {
	if len(q.States) > 0 || q.Contract != "" || q.Submitter != "" || q.Order != store.ByID || q.After != "" ||
		q.Limit > 0 ||
		q.Prefix != "" && !strings.HasSuffix(q.Prefix, "/") {
		return 0, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.counts[string(q.Kind)+"/"+q.Prefix], true
}
