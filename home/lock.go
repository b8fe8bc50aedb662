package home

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
)

// lockWait is how long a command waits for another one to finish with the home.
const lockWait = 5 * time.Second

func (h *Home) lock(ctx context.Context, serving bool) error {
	f, err := os.OpenFile(h.path(lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, f)
	deadline := time.Now().Add(lockWait)
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(deadline) {
			return h.held(f)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	who := fmt.Appendf(nil, "%d\n", os.Getpid())
	if serving {
		who = fmt.Appendf(nil, "%d %s\n", os.Getpid(), server)
	}
	_, err = f.WriteAt(who, 0)
	return err
}

// server is what a server writes into the lock, after its process id.
const server = "server"

// held says who has the lock, and what to do about it.
func (h *Home) held(f *os.File) error {
	text := make([]byte, 40)
	n, _ := f.ReadAt(text, 0) // best effort: it only names the other process
	pid, role, _ := strings.Cut(strings.TrimSpace(string(text[:n])), " ")
	if role == server {
		return yumen.Errorf(yumen.KindConflict, "a server (pid %s) has this home open", "服务（pid %s）正在使用该主目录",
			pid).At(h.Dir).
			ToFix("what acts on the domain goes through it by itself; for this, stop the server first: systemctl stop yumen, or kill -TERM %[1]s",
				"对域的操作会自动经由该服务；若要执行此操作，请先停止服务：systemctl stop yumen，或 kill -TERM %[1]s", pid)
	}
	return yumen.Errorf(yumen.KindConflict, "another process (pid %s) is writing in this home",
		"另一进程（pid %s）正在写入该主目录", pid).At(h.Dir).
		ToFix("wait for it, or look with a reading command meanwhile", "请等待其结束；期间可使用只读命令")
}
