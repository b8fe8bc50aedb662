package clitest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// eachWay runs a script twice: on homes that nobody serves, and through a server of each home.
func eachWay(t *testing.T, script func(*testing.T)) {
	t.Run("direct", script)
	t.Run("served", func(t *testing.T) {
		served = true
		defer func() { served = false }()
		script(t)
	})
}

// served says that scripts go through servers, which are here by their homes.
var (
	served  bool
	servers = map[string]*running{}
)

// running is a server of a test.
type running struct {
	cmd   *exec.Cmd
	said  *os.File
	ended chan error
}

// saidSoFar is what the server wrote to its log.
func (r *running) saidSoFar() []byte {
	b, err := os.ReadFile(r.said.Name())
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

// direct are the commands that are not for a server: they act on no domain, or need its home for themselves.
var direct = []string{"init", "demo", "bench", "doctor", "backup", "restore", "store migrate", "serve", "config check"}

// through has a server started for a command that goes through one, and stopped for one that does not.
func (h home) through(args []string) {
	h.t.Helper()
	if !served {
		return
	}
	first := strings.Join(args[:min(2, len(args))], " ")
	alone := slices.ContainsFunc(direct, func(c string) bool { return first == c || args[0] == c })
	if alone || len(h.env) > 0 {
		h.stop()
		return
	}
	if _, err := os.Stat(filepath.Join(h.dir, "home.yaml")); err == nil && servers[h.dir] == nil {
		h.serve()
	}
}

// serve starts a server of the home. One that refuses to start leaves the home to the command, which says the same.
func (h home) serve(args ...string) *running {
	h.t.Helper()
	said, err := os.Create(filepath.Join(h.t.TempDir(), "said"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer said.Close()
	args = append([]string{"serve", "--home", h.dir, "--listen", "none", "--operations", "none"}, args...)
	r := &running{cmd: exec.Command(bin, args...), said: said, ended: make(chan error, 1)}
	r.cmd.Stderr, r.cmd.Env = r.said, append(os.Environ(), h.env...)
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	for !h.answers() {
		select {
		case err := <-r.ended:
			r.ended <- err
			return r
		case <-time.After(5 * time.Millisecond):
		}
	}
	servers[h.dir] = r
	h.t.Cleanup(h.stop)
	return r
}

// answers reports whether somebody listens on the socket of the home.
func (h home) answers() bool {
	dir, err := os.Open(h.dir)
	if err != nil {
		return false
	}
	defer dir.Close()
	c, err := net.Dial("unix", "/proc/self/fd/"+strconv.Itoa(int(dir.Fd()))+"/server.sock")
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// stop ends the server of the home in order.
func (h home) stop() {
	h.t.Helper()
	r := servers[h.dir]
	if r == nil {
		return
	}
	delete(servers, h.dir)
	_ = r.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case err := <-r.ended:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) || r.cmd.ProcessState.ExitCode() != 0 {
			h.t.Errorf("the server ended with %v\n%s", err, r.saidSoFar())
		}
	case <-time.After(time.Minute):
		_ = r.cmd.Process.Kill() // it failed already
		h.t.Errorf("the server does not stop\n%s", r.saidSoFar())
	}
}
