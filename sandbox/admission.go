package sandbox

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
)

// admission shares the host's memory and processors among enclaves. What does not fit waits: the accounts that wait
// take turns, and within an account the runs keep their order, so that a hundred runs of one contract delay another's
// by one run at most. The run whose turn it is is never overtaken by a smaller one, so that large ones do not starve. A
// run that its tenants' own limits hold back is in nobody's way but theirs: it keeps its place, and runs of others pass
// it. One that waits for others that keep their place until a deadline is in nobody's way but that of its like.
type admission struct {
	tenants *tenant.Current // may be nil

	mu      sync.Mutex
	free    cost
	all     cost
	kept    int                  // threads of runs that keep their place
	waiting map[string][]*ticket // by account, in order
	turns   []string             // accounts that wait, the next one first
	used    map[tenant.Key]share
	delayed map[tenant.Key]uint64 // runs that a tenant's limits held back
	short   func()                // where not nil, called when somebody has to wait
}

// cost is what a run takes while it lives.
type cost struct {
	memory  int64
	threads int
}

func (c cost) fits(free cost) bool { return c.memory <= free.memory && c.threads <= free.threads }

// share is what a tenant has of the host.
type share struct {
	runs   int
	memory int64
}

// ticket is a run that waits or lives.
type ticket struct {
	cost    cost
	tenant  task.Tenant
	held    bool // back, by a limit of its tenants
	granted chan struct{}
	began   time.Time
}

func newAdmission(all cost) *admission {
	return &admission{free: all, all: all, waiting: map[string][]*ticket{}, used: map[tenant.Key]share{},
		delayed: map[tenant.Key]uint64{}}
}

// enter waits until there is room for the limits and returns what gives it back. A run that asks for more than there is
// at all waits until it is alone.
func (a *admission) enter(ctx context.Context, of task.Tenant, l yumen.Limits) (leave func(), err error) {
	t := &ticket{cost: a.claim(of, l), tenant: of, granted: make(chan struct{})}
	account := accountOf(of)
	a.mu.Lock()
	if len(a.waiting[account]) == 0 {
		a.turns = append(a.turns, account)
	}
	a.waiting[account] = queued(a.waiting[account], t)
	a.grant()
	waits := len(a.turns) > 0
	a.mu.Unlock()
	if waits && a.short != nil {
		go a.short()
	}

	leave = sync.OnceFunc(func() { a.release(t) })
	select {
	case <-t.granted:
		return leave, nil
	case <-ctx.Done():
		if !a.withdraw(account, t) {
			leave() // it was granted at the same moment
		}
		return nil, ctx.Err()
	}
}

// queued puts a ticket into the queue of its account: what goes ahead before the others.
func queued(queue []*ticket, t *ticket) []*ticket {
	at := slices.IndexFunc(queue, func(other *ticket) bool { return !other.tenant.Ahead })
	if !t.tenant.Ahead || at < 0 {
		at = len(queue)
	}
	return slices.Insert(queue, at, t)
}

// claim is what a run takes of the host. A run that keeps its place, since an answer that is late is lost, takes whole
// processors.
func (a *admission) claim(of task.Tenant, l yumen.Limits) cost {
	threads := min(l.Threads, a.all.threads)
	if of.Keeps > 0 {
		threads = min(l.Threads*max(1, a.all.threads/runtime.NumCPU()), max(threads, a.mostKept()))
	}
	return cost{min(int64(l.Memory), a.all.memory), threads}
}

// mostKept is how many threads runs that keep their place have together: what else is computed at that time finds room
// beside them.
func (a *admission) mostKept() int { return a.all.threads - a.all.threads/4 }

// accountOf is whose turn a run waits for.
func accountOf(t task.Tenant) string {
	if t.Contract == "" {
		return string(tenant.Organisation) + " " + t.Organisation
	}
	return t.Contract
}

// grant lets in everybody whose turn it is, whose tenants' limits allow it and who fits. The caller holds the lock.
func (a *admission) grant() {
	full := map[tenant.Key]bool{} // tenants that a run before waits for
	for i := 0; i < len(a.turns); {
		account := a.turns[i]
		n := slices.IndexFunc(a.waiting[account], func(t *ticket) bool { return a.allowed(t, full) })
		if n < 0 {
			i++
			continue
		}
		next := a.waiting[account][n]
		if !next.cost.fits(a.free) {
			return
		}
		a.take(next)
		close(next.granted)
		a.waiting[account] = slices.Delete(a.waiting[account], n, n+1)
		a.turns = slices.Delete(a.turns, i, i+1)
		if len(a.waiting[account]) > 0 {
			a.turns = append(a.turns, account)
		} else {
			delete(a.waiting, account)
		}
	}
}

// take gives a run its share.
func (a *admission) take(t *ticket) {
	t.began = time.Now()
	a.free.memory -= t.cost.memory
	a.free.threads -= t.cost.threads
	if t.tenant.Keeps > 0 {
		a.kept += t.cost.threads
	}
	for _, k := range keysOf(t.tenant) {
		a.used[k] = share{a.used[k].runs + 1, a.used[k].memory + t.cost.memory}
	}
}

// release gives back a run's share of the host and of its tenants, when it need no longer be kept.
func (a *admission) release(t *ticket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if left := t.tenant.Keeps - time.Since(t.began); left > 0 {
		time.AfterFunc(left, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.giveBack(t)
		})
		return
	}
	a.giveBack(t)
}

// withdraw takes a ticket out of the queue and reports whether it was still there.
func (a *admission) withdraw(account string, t *ticket) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.Index(a.waiting[account], t)
	if i < 0 {
		return false
	}
	a.waiting[account] = slices.Delete(a.waiting[account], i, i+1)
	if len(a.waiting[account]) == 0 {
		delete(a.waiting, account)
		a.turns = slices.DeleteFunc(a.turns, func(s string) bool { return s == account })
	}
	a.grant() // it may have been in the way of others
	return true
}
