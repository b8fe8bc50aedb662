package home

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
)

// clientEnv names the home that the test program, started again under another account, comes to.
const clientEnv = "YUMEN_TEST_SOCKET_OF"

// TestSocketClient is that program: it says what becomes of it by Dial, and by a connection of its own.
func TestSocketClient(t *testing.T) {
	dir := os.Getenv(clientEnv)
	if dir == "" {
		t.Skip("it is started by TestSocketOfAnotherAccount")
	}
	c, err := Dial(t.Context(), dir)
	fmt.Printf("dial: %v %v\n", c != nil, err)
	for _, l := range []yumen.Lang{yumen.LangEnglish, yumen.LangChinese} {
		fmt.Printf("%s: %s\n", l, yumen.AsError(err).In(l))
	}
	raw, err := net.Dial("unix", filepath.Join(dir, socketFile))
	if err != nil {
		fmt.Printf("raw: %v\n", err)
		return
	}
	defer raw.Close() // the test is over
	_ = raw.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(raw, "GET /v1/people HTTP/1.1\r\nHost: h\r\nYumen-As: admin\r\n\r\n") // it may be closed
	b, err := io.ReadAll(raw)
	fmt.Printf("raw: %d bytes %v\n", len(b), errors.Is(err, os.ErrDeadlineExceeded))
}

// The socket of a home answers its owner alone, as the kernel says, also where files and folders let others come to it;
// whoever else comes reads why.
func TestSocketOfAnotherAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("another account's process can be started by root alone")
	}
	h := openHome(t, access.LocalAsserted)
	l, err := h.Listen()
	if err != nil {
		t.Fatal(err)
	}
	var served atomic.Int64
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { served.Add(1) })}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close() // the test is over
	program := filepath.Join(t.TempDir(), "client")
	self, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(program, self, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(program); dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	come := func() string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, "-test.run=^TestSocketClient$")
		cmd.Env = []string{clientEnv + "=" + h.Dir}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	if out := come(); !strings.Contains(out, "dial: false") || !strings.Contains(out, "raw: dial unix") {
		t.Errorf("as it is:\n%s", out)
	}
	for path, mode := range map[string]os.FileMode{filepath.Dir(h.Dir): 0o755, h.Dir: 0o755,
		filepath.Join(h.Dir, socketFile): 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if out := come(); !strings.Contains(out, "dial: false") || !strings.Contains(out, "raw: 0 bytes false") ||
		!strings.Contains(out, "belongs to another account") || !strings.Contains(out, "属于本机其他账户") {
		t.Errorf("open to others:\n%s", out)
	}
	if n := served.Load(); n != 0 {
		t.Errorf("another account was answered %d times", n)
	}
	c, err := Dial(t.Context(), h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() // the test is over
	if _, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); err != nil || served.Load() != 1 || !strings.HasPrefix(string(b), "HTTP/1.0 200") {
		t.Errorf("its owner: %s %v", b, err)
	}
}
