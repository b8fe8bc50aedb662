package sandbox

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// process is the process of an enclave, seen from its parent.
type process struct {
	cmd     *exec.Cmd
	control *os.File // to the enclave: the order, then permission to start; its end means that the parent is gone
	result  *os.File // from the enclave: frames
	stderr  *headWriter
}

// end ends the process, collects it and says how it ended.
func (p *process) end() error {
	p.kill()
	end := p.wait()
	p.control.Close()
	p.result.Close()
	return end
}

func (p *process) kill() {
	// The enclave is the init of its pid namespace: the kernel kills everything in it together.
	_ = p.cmd.Process.Kill()
}

// wait collects the dead enclave. Where no filter stopped it, one of its threads may have asked to be traced by this
// process; dead, it then waits to be collected by itself, and the rest would wait for it for ever.
func (p *process) wait() error {
	end := make(chan error, 1)
	go func() { end <- p.cmd.Wait() }()
	for {
		select {
		case err := <-end:
			return err
		case <-time.After(50 * time.Millisecond):
			collectTraced(p.cmd.Process.Pid)
		}
	}
}

// pool holds processes of enclaves that were started ahead of their task. They are in namespaces of their own and wait
// for their order: they have no input, nobody's text and no folder yet, and the walls are put up by the order of the
// task that comes, as in a process that is started for it. Each carries out one task, or one session, and ends with it.
type pool struct {
	start func() (*process, error)
	most  int // that wait

	mu      sync.Mutex
	wanted  bool
	closed  bool
	waiting []chan *process // each gets one process, nil where it could not be started
}

// open has one process started unless enough wait, and another for each that is taken from now on.
func (p *pool) open() {
	p.mu.Lock()
	p.wanted = true
	p.mu.Unlock()
	p.refill()
}

// refill starts a process in the background, unless enough wait.
func (p *pool) refill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wanted || p.closed || len(p.waiting) >= p.most {
		return
	}
	started := make(chan *process, 1)
	p.waiting = append(p.waiting, started)
	go func() {
		got, err := p.start()
		if err != nil {
			got = nil // whoever takes it starts one and gets the error
		}
		started <- got
	}()
}

// take returns the process that has waited longest and is alive, or starts one.
func (p *pool) take() (*process, error) {
	for {
		first := p.first()
		if first == nil {
			defer p.refill() // after the one that is needed now
			return p.start()
		}
		p.refill()
		got := <-first
		switch {
		case got == nil:
			return p.start()
		case !got.dead():
			return got, nil
		}
		_ = got.end() // somebody ended it: that says nothing of the task
	}
}

// first is the process that has waited longest, nil where none waits.
func (p *pool) first() (first chan *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) > 0 {
		first, p.waiting = p.waiting[0], p.waiting[1:]
	}
	return first
}

// close ends the processes that wait. None is started ahead from then on.
func (p *pool) close() {
	p.mu.Lock()
	waiting := p.waiting
	p.waiting, p.closed = nil, true
	p.mu.Unlock()
	for _, started := range waiting {
		if got := <-started; got != nil {
			_ = got.end() // it did nothing
		}
	}
}

// headWriter keeps the first bytes written to it and forgets the rest. What an enclave says on its standard error may
// hold data: it is only searched for signs of lacking memory, never shown or logged.
type headWriter struct {
	mu   sync.Mutex
	head bytes.Buffer
}

func (w *headWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head.Write(p[:min(len(p), max(0, 16<<10-w.head.Len()))])
	return len(p), nil
}

func (w *headWriter) says(words ...string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	head := w.head.String()
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(head, word) })
}
