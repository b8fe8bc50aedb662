package sandbox

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

func need(memory yumen.Size, threads int) yumen.Limits {
	return yumen.Limits{Memory: memory, Threads: threads}
}

func TestAccountsTakeTurns(t *testing.T) {
	a := newAdmission(cost{10, 2})
	leave, err := a.enter(t.Context(), task.Tenant{Contract: "noisy"}, need(10, 2))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var all sync.WaitGroup
	waits := func(account, name string) {
		before := waitingIn(a)
		all.Go(func() {
			leave, err := a.enter(context.Background(), task.Tenant{Contract: account}, need(10, 2))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			leave()
		})
		for waitingIn(a) == before {
			runtime.Gosched()
		}
	}
	for _, n := range []string{"n1", "n2", "n3", "n4"} {
		waits("noisy", n)
	}
	waits("quiet", "q1")
	waits("other", "o1")
	waits("quiet", "q2")
	leave()
	all.Wait()
	want := []string{"n1", "q1", "o1", "n2", "q2", "n3", "n4"}
	if !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
	if a.free != a.all || len(a.waiting) != 0 || len(a.turns) != 0 {
		t.Errorf("left: %+v", a)
	}
}

func waitingIn(a *admission) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, w := range a.waiting {
		n += len(w)
	}
	return n
}

func TestWithdrawnRunGivesWay(t *testing.T) {
	a := newAdmission(cost{10, 2})
	leave, _ := a.enter(t.Context(), task.Tenant{Contract: "x"}, need(5, 1))
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := a.enter(ctx, task.Tenant{Contract: "large"}, need(10, 2))
		gaveUp <- err
	}()
	for waitingIn(a) == 0 {
		runtime.Gosched()
	}
	small := make(chan func())
	go func() {
		leave, err := a.enter(context.Background(), task.Tenant{Contract: "small"}, need(5, 1))
		if err != nil {
			t.Error(err)
		}
		small <- leave
	}()
	for waitingIn(a) < 2 {
		runtime.Gosched()
	}
	cancel()
	if err := <-gaveUp; err != context.Canceled {
		t.Error(err)
	}
	(<-small)()
	leave()
	if a.free != a.all {
		t.Errorf("left: %+v", a.free)
	}
}

// TestNeverMoreThanThereIs: whatever comes and goes, the sum stays within the budget and everybody gets in.
func TestNeverMoreThanThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newAdmission(cost{100, 4})
		var mu sync.Mutex
		var used cost
		var all sync.WaitGroup
		for range rapid.IntRange(1, 30).Draw(t, "runs") {
			account := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "account")
			l := need(yumen.Size(rapid.Int64Range(1, 150).Draw(t, "memory")), rapid.IntRange(1, 6).Draw(t, "threads"))
			all.Go(func() {
				leave, err := a.enter(context.Background(), task.Tenant{Contract: account}, l)
				if err != nil {
					panic(err)
				}
				mine := cost{min(int64(l.Memory), 100), min(l.Threads, 4)}
				mu.Lock()
				used = cost{used.memory + mine.memory, used.threads + mine.threads}
				over := used.memory > 100 || used.threads > 4
				mu.Unlock()
				if over {
					panic("over the budget")
				}
				mu.Lock()
				used = cost{used.memory - mine.memory, used.threads - mine.threads}
				mu.Unlock()
				leave()
			})
		}
		all.Wait()
		if a.free != a.all || len(a.turns) != 0 {
			t.Fatalf("left: %+v", a)
		}
	})
}
