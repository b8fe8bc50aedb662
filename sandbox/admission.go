package sandbox

import (
	"context"
	"slices"
	"sync"

	"github.com/yumen-data/yumen"
)

// admission shares the host's memory and processors among enclaves. What does not fit waits: the accounts that wait take
// turns, and within an account the runs keep their order, so that a hundred runs of one contract delay another's by one run
// at most. The run whose turn it is is never overtaken by a smaller one, so that large ones do not starve.
type admission struct {
	mu      sync.Mutex
	free    cost
	all     cost
	waiting map[string][]*ticket // by account, in order
	turns   []string             // accounts that wait, the next one first
	short   func()               // where not nil, called when somebody has to wait
}

// cost is what a run takes while it lives.
type cost struct {
	memory  int64
	threads int
}

func (c cost) fits(free cost) bool { return c.memory <= free.memory && c.threads <= free.threads }

type ticket struct {
	cost    cost
	granted chan struct{}
}

func newAdmission(all cost) *admission {
	return &admission{free: all, all: all, waiting: map[string][]*ticket{}}
}

// enter waits until there is room for the limits and returns what gives it back. A run that asks for more than there is at
// all waits until it is alone.
func (a *admission) enter(ctx context.Context, account string, l yumen.Limits) (leave func(), err error) {
	t := &ticket{cost: cost{min(int64(l.Memory), a.all.memory), min(l.Threads, a.all.threads)}, granted: make(chan struct{})}
	a.mu.Lock()
	if len(a.waiting[account]) == 0 {
		a.turns = append(a.turns, account)
	}
	a.waiting[account] = append(a.waiting[account], t)
	a.grant()
	waits := len(a.turns) > 0
	a.mu.Unlock()
	if waits && a.short != nil {
		go a.short()
	}

	leave = sync.OnceFunc(func() { a.release(t.cost) })
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

// grant lets in everybody whose turn it is and who fits. The caller holds the lock.
func (a *admission) grant() {
	for len(a.turns) > 0 {
		account := a.turns[0]
		next := a.waiting[account][0]
		if !next.cost.fits(a.free) {
			return
		}
		a.free.memory -= next.cost.memory
		a.free.threads -= next.cost.threads
		close(next.granted)
		a.waiting[account] = a.waiting[account][1:]
		a.turns = a.turns[1:]
		if len(a.waiting[account]) > 0 {
			a.turns = append(a.turns, account)
		} else {
			delete(a.waiting, account)
		}
	}
}

// hasWaiting reports whether anybody waits.
func (a *admission) hasWaiting() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.turns) > 0
}

func (a *admission) release(c cost) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free.memory += c.memory
	a.free.threads += c.threads
	a.grant()
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
