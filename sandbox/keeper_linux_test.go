package sandbox

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// keeping is a Keeper under test, and how often inputs were taken and given back.
type keeping struct {
	*Keeper
	taken, given atomic.Int32
}

func newKeeping(t *testing.T, h *Host, l KeepLimits) *keeping {
	t.Helper()
	check := nothingLeft(t)
	k := &keeping{Keeper: h.Keeper(l)}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		check()
		if left, err := os.ReadDir(h.scratch); err != nil || len(left) > 0 {
			t.Errorf("left in the scratch folder: %v %v", left, err)
		}
		if k.taken.Load() != k.given.Load() || held(h) {
			t.Errorf("inputs taken %d times, given back %d times", k.taken.Load(), k.given.Load())
		}
	})
	return k
}

// ask asks and returns the number of the statement in its enclave.
func (k *keeping) ask(o Owner, key, do string) (int, error) {
	got, err := k.Ask(context.Background(), task.Kept{Owner: o, Key: key, Spec: testSpec{Do: do},
		Open: func(context.Context) (task.Task, func(), error) {
			k.taken.Add(1)
			return task.Task{Role: task.Query, Limits: yumen.Limits{Memory: 1 << 30}}, func() { k.given.Add(1) }, nil
		}}, map[string]io.Writer{"out": io.Discard})
	return got.Report.Statement, err
}

func (k *keeping) must(t *testing.T, o Owner, key string, statement int) {
	t.Helper()
	if n, err := k.ask(o, key, "served"); err != nil || n != statement {
		t.Errorf("%v %s: statement %d, %v; want %d", o, key, n, err, statement)
	}
}

// await waits until so many inputs are given back.
func (k *keeping) await(t *testing.T, given int32) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); k.given.Load() < given; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("given back %d times, want %d", k.given.Load(), given)
		}
	}
}

var ann, bob = Owner{Contract: "c", Actor: "ann"}, Owner{Contract: "c", Actor: "bob"}

// TestKeeper: an enclave serves its owner under its key again, and nobody else; without a holder none is kept.
func TestKeeper(t *testing.T) {
	k := newKeeping(t, testHost(t, Config{}), KeepLimits{})
	k.must(t, ann, "a", 1)
	k.must(t, ann, "a", 1)
	k.await(t, 2)
	leave, again := k.Hold(ann), k.Hold(ann)
	defer k.Hold(bob)()
	k.must(t, ann, "a", 1)
	k.must(t, ann, "a", 2)
	k.must(t, ann, "b", 1)
	k.must(t, bob, "a", 1)
	k.must(t, Owner{Contract: "d", Actor: "ann"}, "a", 1)
	k.must(t, ann, "a", 3)
	leave()
	leave() // the same, which counts once
	k.must(t, ann, "a", 4)
	again()
	k.await(t, 5) // all of ann's
	k.must(t, bob, "a", 2)
	k.must(t, ann, "a", 1)
}

// TestKeeperBounds: the longest idle enclave gives way, and those that are idle too long, that failed and that the host
// took back are kept no longer.
func TestKeeperBounds(t *testing.T) {
	h := testHost(t, Config{Memory: 4 << 30, Threads: 64})
	k := newKeeping(t, h, KeepLimits{Enclaves: 2})
	defer k.Hold(ann)()
	k.must(t, ann, "a", 1)
	k.must(t, ann, "b", 1)
	k.must(t, ann, "a", 2)
	k.must(t, ann, "c", 1)
	k.await(t, 1)
	k.must(t, ann, "a", 3)
	k.must(t, ann, "b", 1)
	if _, err := k.ask(ann, "a", "fail"); yumen.KindOf(err) != yumen.KindFailed {
		t.Error(err)
	}
	k.must(t, ann, "a", 1)
	before := k.given.Load()
	_, err := h.Run(t.Context(), task.Task{Role: task.Query, Spec: testSpec{Do: "answer"},
		Limits: yumen.Limits{Memory: 4 << 30}}, nil)
	if err != nil {
		t.Error(err)
	}
	k.await(t, before+2)

	brief := newKeeping(t, h, KeepLimits{Idle: time.Millisecond})
	defer brief.Hold(ann)()
	brief.must(t, ann, "a", 1)
	brief.await(t, 1)
}

// TestKeeperCannotOpen: what cannot be given, or started, leaves nothing behind.
func TestKeeperCannotOpen(t *testing.T) {
	h := testHost(t, Config{})
	k := newKeeping(t, h, KeepLimits{})
	defer k.Hold(ann)()
	failing := errors.New("no input")
	for _, open := range []func(context.Context) (task.Task, func(), error){
		func(context.Context) (task.Task, func(), error) { return task.Task{}, nil, failing },
		func(context.Context) (task.Task, func(), error) {
			k.taken.Add(1)
			return task.Task{Role: "nothing"}, func() { k.given.Add(1) }, nil
		}} {
		if _, err := k.Ask(t.Context(), task.Kept{Owner: ann, Open: open}, nil); err == nil {
			t.Error("it opened")
		}
	}
	if len(k.all) > 0 || len(k.idle) > 0 {
		t.Errorf("%d enclaves are left", len(k.all))
	}
}

// TestKeeperCloses: closing ends what is under way, and nothing starts any more.
func TestKeeperCloses(t *testing.T) {
	k := newKeeping(t, testHost(t, Config{}), KeepLimits{})
	leave := k.Hold(ann)
	k.must(t, ann, "a", 1)
	ended := make(chan error)
	go func() {
		_, err := k.ask(ann, "a", "sleep")
		ended <- err
	}()
	for idle := 1; idle > 0; runtime.Gosched() {
		k.mu.Lock()
		idle = len(k.idle)
		k.mu.Unlock()
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; yumen.KindOf(err) != yumen.KindUnavailable && yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("the statement under way: %v", err)
	}
	if _, err := k.ask(ann, "a", "served"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("after closing: %v", err)
	}
	leave()
}

// TestKeeperCrowd: many at once, of few owners, get right answers within the bound.
func TestKeeperCrowd(t *testing.T) {
	k := newKeeping(t, testHost(t, Config{}), KeepLimits{Enclaves: 3})
	ended := make(chan error)
	const many = 12
	for i := range many {
		go func() {
			o := []Owner{ann, bob}[i%2]
			leave := k.Hold(o)
			var err error
			for n := 0; n < 5 && err == nil; n++ {
				_, err = k.ask(o, []string{"a", "b"}[i/2%2], "served")
			}
			leave()
			ended <- err
		}()
	}
	for range many {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if len(k.all) > 0 || len(k.holds) > 0 {
		t.Errorf("%d enclaves and %d owners are left", len(k.all), len(k.holds))
	}
}
