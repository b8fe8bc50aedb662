package sandbox

import (
	"context"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// KeepLimits bound what a Keeper keeps.
type KeepLimits struct {
	// Enclaves is how many are kept, of all owners together. Defaults to four for each processor.
	Enclaves int
	// Idle is how long one waits for its next statement. Defaults to a minute.
	Idle time.Duration
	// Session bounds each of them. Defaults to Config.Session.
	Session SessionLimits
}

// Keeper carries out statements in enclaves that stay warm for the next one of the same owner with the same key, as
// long as somebody holds the owner. An enclave is given its inputs once, when it is started, and is never used for
// another owner or other inputs. It ends when it was idle for so long, got too old, is the longest idle while another
// is due, when a statement fails, and when its owner is held no more. A Keeper is safe for concurrent use.
type Keeper struct {
	host   *Host
	limits KeepLimits

	mu     sync.Mutex
	closed bool
	holds  map[Owner]int
	all    map[*kept]bool
	idle   []*kept // the longest idle first
	open   sync.WaitGroup
}

// kept is a session that a Keeper keeps.
type kept struct {
	owner   Owner
	key     string
	session *Session
	release func() // gives its inputs back
	expiry  *time.Timer
}

// Keeper returns a Keeper, to be closed, which starts no enclave yet.
func (h *Host) Keeper(l KeepLimits) *Keeper {
	fill(&l.Enclaves, 4*runtime.NumCPU())
	fill(&l.Idle, time.Minute)
	fill(&l.Session.Statements, h.session.Statements)
	fill(&l.Session.Age, h.session.Age)
	return &Keeper{host: h, limits: l, holds: map[Owner]int{}, all: map[*kept]bool{}}
}

// Hold says that an owner is about to ask again and again, until they leave.
func (k *Keeper) Hold(o Owner) (leave func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holds[o]++
	return sync.OnceFunc(func() { k.leave(o) })
}

func (k *Keeper) leave(o Owner) {
	k.mu.Lock()
	if k.holds[o]--; k.holds[o] == 0 {
		delete(k.holds, o)
	}
	ended := k.takeIdle(func(e *kept) bool { return e.owner == o && k.holds[o] == 0 })
	k.mu.Unlock()
	k.end(ended...)
}

// Ask carries out one statement. Where no enclave of its owner and key is idle, it starts one, which waits for room on
// the host as a run does. Errors are those of Session.Run and of what the statement is opened with.
func (k *Keeper) Ask(ctx context.Context, st task.Kept, outs map[string]io.Writer) (task.Outcome, error) {
	e, err := k.take(ctx, st)
	if err != nil {
		return task.Outcome{}, err
	}
	got, err := e.session.Run(ctx, st.Owner, Statement{Spec: st.Spec, Program: st.Program}, outs)
	k.put(e, err == nil)
	return got, err
}

// take returns an idle enclave of the owner and the key, or a new one.
func (k *Keeper) take(ctx context.Context, st task.Kept) (*kept, error) {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return nil, yumen.Errorf(yumen.KindConflict, "the session is closed", "会话已关闭")
	}
	for i, e := range slices.Backward(k.idle) {
		if e.owner == st.Owner && e.key == st.Key {
			k.idle = slices.Delete(k.idle, i, i+1)
			k.mu.Unlock()
			e.expiry.Stop() // where it has begun, it finds that the enclave is not idle
			return e, nil
		}
	}
	e := &kept{owner: st.Owner, key: st.Key}
	k.all[e] = true
	k.open.Add(1)
	excess := len(k.all) - k.limits.Enclaves
	ended := k.takeIdle(func(*kept) bool { excess--; return excess >= 0 })
	k.mu.Unlock()
	k.end(ended...)
	if err := k.start(ctx, e, st); err != nil {
		k.mu.Lock()
		delete(k.all, e)
		k.mu.Unlock()
		k.open.Done()
		return nil, err
	}
	return e, nil
}

func (k *Keeper) start(ctx context.Context, e *kept, st task.Kept) error {
	t, release, err := st.Open(ctx)
	if err != nil {
		return err
	}
	session, err := k.host.openSession(ctx, t, st.Owner, k.limits.Session, func() { k.drop(e) })
	if err != nil {
		release()
		return err
	}
	k.mu.Lock()
	e.session, e.release = session, release
	closed := k.closed
	k.mu.Unlock()
	if closed {
		session.Close() // its statement says so
	}
	return nil
}

// put takes an enclave back after its statement.
func (k *Keeper) put(e *kept, well bool) {
	k.mu.Lock()
	if well && !k.closed && k.holds[e.owner] > 0 && len(k.all) <= k.limits.Enclaves {
		k.idle = append(k.idle, e)
		e.expiry = time.AfterFunc(k.limits.Idle, func() { k.drop(e) })
		k.mu.Unlock()
		return
	}
	delete(k.all, e)
	k.mu.Unlock()
	k.end(e)
}

// drop ends an enclave if it is idle.
func (k *Keeper) drop(e *kept) {
	k.mu.Lock()
	ended := k.takeIdle(func(other *kept) bool { return other == e })
	k.mu.Unlock()
	k.end(ended...)
}

// takeIdle removes the idle enclaves that are chosen, which the caller closes. The caller holds the lock.
func (k *Keeper) takeIdle(chosen func(*kept) bool) (out []*kept) {
	k.idle = slices.DeleteFunc(k.idle, func(e *kept) bool {
		if !chosen(e) {
			return false
		}
		delete(k.all, e)
		out = append(out, e)
		return true
	})
	return out
}

// end ends enclaves that are kept no longer.
func (k *Keeper) end(all ...*kept) {
	for _, e := range all {
		if e.expiry != nil {
			e.expiry.Stop()
		}
		e.session.Close()
		e.release()
		k.open.Done()
	}
}

// Close ends all enclaves, and the statements that they are at. None is started any more. The error is always nil.
func (k *Keeper) Close() error {
	k.mu.Lock()
	k.closed = true
	ended := k.takeIdle(func(*kept) bool { return true })
	var busy []*Session
	for e := range k.all {
		if e.session != nil {
			busy = append(busy, e.session)
		}
	}
	k.mu.Unlock()
	k.end(ended...)
	for _, s := range busy {
		s.Close()
	}
	k.open.Wait()
	return nil
}
