package pipeline

import (
	"context"
	"sync"
)

// keyedMutex is a mutex for each key: those who lock the same key go one after the other. Its zero value is ready.
type keyedMutex struct {
	mu   sync.Mutex
	held map[string]chan struct{} // closed when unlocked
}

// lock waits until nobody holds the key, or ctx ends, and returns how to unlock it.
func (m *keyedMutex) lock(ctx context.Context, key string) (unlock func(), err error) {
	for {
		m.mu.Lock()
		other, held := m.held[key]
		if !held {
			defer m.mu.Unlock()
			return m.hold(key), nil
		}
		m.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// hold marks the key as locked; the caller holds mu.
func (m *keyedMutex) hold(key string) (unlock func()) {
	if m.held == nil {
		m.held = map[string]chan struct{}{}
	}
	released := make(chan struct{})
	m.held[key] = released
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.held, key)
		close(released)
	}
}
