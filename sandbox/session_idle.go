package sandbox

import (
	"slices"
	"sync"
)

// idleSessions are the sessions whose warm enclave was last seen waiting for a statement, the longest idle first.
type idleSessions struct {
	mu       sync.Mutex
	sessions []*Session
}

func (i *idleSessions) add(s *Session) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sessions = append(i.sessions, s)
}

func (i *idleSessions) remove(s *Session) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sessions = slices.DeleteFunc(i.sessions, func(x *Session) bool { return x == s })
}

// take removes the longest idle session of those that are wanted and returns it, or nil where there is none.
func (i *idleSessions) take(wanted func(*Session) bool) *Session {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.sessions, wanted)
	if at < 0 {
		return nil
	}
	s := i.sessions[at]
	i.sessions = slices.Delete(i.sessions, at, at+1)
	return s
}

// makeRoom retires idle enclaves, the longest idle first, as long as somebody waits for the room they take: on the
// host, or within the limits of their own tenants.
func (h *Host) makeRoom() {
	wanted := func(s *Session) bool { return h.admission.wants(s.task.Tenant) }
	for s := h.idle.take(wanted); s != nil; s = h.idle.take(wanted) {
		s.retireIdle()
	}
}

// retireIdle ends the enclave, unless it is at work this moment. The next statement gets another one.
func (s *Session) retireIdle() {
	select {
	case <-s.turn:
	default:
		return
	}
	s.end()
	s.turn <- struct{}{}
	if s.idled != nil {
		s.idled()
	}
}

// endTurn gives the turn back after a statement or the opening. While somebody waits for room, an idle enclave is in
// the way.
func (s *Session) endTurn() {
	warm := s.warm != nil
	s.turn <- struct{}{}
	if warm {
		s.host.idle.add(s)
		s.host.makeRoom()
	}
}
