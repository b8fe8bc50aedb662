package pipeline

import (
	"testing"
	"time"
)

// The first time grows with what is read, and the row of them doubles.
func TestSlots(t *testing.T) {
	for rows, want := range map[int64]time.Duration{0: time.Second, 100_000: time.Second, 10_000_000: 4 * time.Second,
		1_000_000_000: 512 * time.Second} {
		if got := slotOf(rows); got != want {
			t.Errorf("%d rows: %s", rows, got)
		}
	}
	created := time.UnixMilli(1000)
	for after, want := range map[time.Duration]time.Duration{0: 1, 999: 1000, 1000: 1000, 1001: 2000, 3999: 4000,
		100_000: 128_000} {
		at := shownAt(created, created.Add(after*time.Millisecond), time.Second).Sub(created)
		if want == 1 {
			want = 1000
		}
		if at != want*time.Millisecond {
			t.Errorf("after %d ms: %s", after, at)
		}
	}
	if got := shownAt(created, created.Add(1500*time.Millisecond), 0).Sub(created); got != 2*time.Second {
		t.Errorf("a job that was planned without: %s", got)
	}
}
