package sandbox

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// TestSharedAsksAnew: a statement for which an enclave has no room after those of others is asked in a fresh one, and what
// the first wrote of it is not passed on. One that a fresh enclave has no room for either meets its limit, and hurts nobody.
func TestSharedAsksAnew(t *testing.T) {
	check := nothingLeft(t)
	shared, err := testHost(t, Config{}).Share(task.Task{Role: task.Query}, 1, SessionLimits{Statements: 100})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(do string, n int64) (string, string, error) {
		var out bytes.Buffer
		got, err := shared.Ask(t.Context(), "a", testSpec{Do: do, N: n}, map[string]io.Writer{"out": &out})
		return string(got.Answer), out.String(), err
	}
	for _, want := range []string{"1", "2", "3"} {
		if answer, _, err := ask("lack room", 3); err != nil || answer != want {
			t.Errorf("answer %s, %v; want %s", answer, err, want)
		}
	}
	if answer, out, err := ask("lack room", 3); err != nil || answer != "1" || out != "written by 1" {
		t.Errorf("asked anew: answer %s, wrote %q, %v", answer, out, err)
	}
	if _, out, err := ask("lack room", 0); yumen.KindOf(err) != yumen.KindLimit || out != "" {
		t.Errorf("too large for a fresh one: wrote %q, %v", out, err)
	}
	if answer, _, err := ask("lack room", 3); err != nil || answer != "1" {
		t.Errorf("afterwards: answer %s, %v", answer, err)
	}
	if err := shared.Close(); err != nil {
		t.Error(err)
	}
	check()
}

// TestSharedLeavesRoom: statements of one tenant that do not end keep nobody else waiting, and are not asked anew once their
// time is over.
func TestSharedLeavesRoom(t *testing.T) {
	check := nothingLeft(t)
	const wall = 3 * time.Second
	of := task.Task{Role: task.Query, Limits: yumen.Limits{Wall: yumen.Duration(wall)}}
	shared, err := testHost(t, Config{}).Share(of, 2, SessionLimits{Statements: 100})
	if err != nil {
		t.Fatal(err)
	}
	var hanging sync.WaitGroup
	for range 2 {
		hanging.Go(func() {
			began := time.Now()
			_, err := shared.Ask(t.Context(), "a", testSpec{Do: "hang"}, nil)
			if yumen.KindOf(err) != yumen.KindLimit || !timedOut(err) {
				t.Errorf("what does not end: %v", err)
			}
			if took := time.Since(began); took > 3*wall {
				t.Errorf("it took %s", took)
			}
		})
	}
	time.Sleep(wall / 4)
	began := time.Now()
	if _, err := shared.Ask(t.Context(), "b", testSpec{Do: "lack room", N: 3}, map[string]io.Writer{"out": io.Discard}); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > wall/2 {
		t.Errorf("another tenant waited %s", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := shared.Ask(ctx, "a", testSpec{Do: "hang"}, nil); err == nil {
		t.Error("it was asked although nobody waits")
	}
	hanging.Wait()
	if len(shared.tenants) != 0 {
		t.Errorf("%d tenants are kept", len(shared.tenants))
	}
	if err := shared.Close(); err != nil {
		t.Error(err)
	}
	check()
}
