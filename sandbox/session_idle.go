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

// take removes the longest idle session and returns it, or nil where there is none.
func (i *idleSessions) take() *Session {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.sessions) == 0 {
		return nil
	}
	s := i.sessions[0]
	i.sessions = slices.Delete(i.sessions, 0, 1)
	return s
}

// makeRoom retires idle enclaves, the longest idle first, as long as somebody waits for room on the host.
func (h *Host) makeRoom() {
	for h.admission.hasWaiting() {
		s := h.idle.take()
		if s == nil {
			return
		}
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
