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

func (h *Home) lock(ctx context.Context) error {
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
	_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

func (h *Home) held(f *os.File) error {
	pid := make([]byte, 20)
	n, _ := f.ReadAt(pid, 0) // best effort: it only names the other process
	return yumen.Errorf(yumen.KindConflict, "another process (pid %s) is writing in this home",
		"另一进程（pid %s）正在写入该主目录", strings.TrimSpace(string(pid[:n]))).At(h.Dir).
		ToFix("wait for it, or look with a reading command meanwhile", "请等待其结束；期间可使用只读命令")
}
