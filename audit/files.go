package audit

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
)

// Names of the files of a log.
const (
	entriesFile    = "entries"
	hashesFile     = "hashes"
	checkpointFile = "checkpoint"
	checkpointTemp = "checkpoint.tmp"
)

// Files names the files of a log that a copy of it needs.
var Files = []string{entriesFile, hashesFile, checkpointFile}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error { return fileError(dir, durable.SyncDir(dir)) }

// writeSynced writes a file and makes its bytes durable, not its name.
func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// replaceTail cuts f at off, writes b there and makes it durable.
func replaceTail(f *os.File, off int64, b []byte) error {
	if err := f.Truncate(off); err != nil {
		return err
	}
	if _, err := f.WriteAt(b, off); err != nil {
		return err
	}
	return f.Sync()
}

// together does things at the same time, because each waits for the disk, and returns the first error in their order.
func together(do ...func() error) error {
	errs := make([]error, len(do))
	var all sync.WaitGroup
	for i, f := range do {
		all.Go(func() { errs[i] = f() })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// lock takes the file for this process alone, without waiting.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return yumen.Errorf(yumen.KindConflict, "another process writes this log",
			"另一进程正在写入此日志").At(filepath.Dir(f.Name())).
			ToFix("wait for it to end, or stop it", "等待其结束，或将其停止")
	}
	return fileError(f.Name(), err)
}

// fileError says that a file of the log could not be read or written; nil stays nil.
func fileError(path string, err error) error {
	if err == nil {
		return nil
	}
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	e := yumen.Errorf(yumen.KindUnavailable, "cannot read or write the file", "无法读写文件").At(path).Because(err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return e.ToFix("free space on the disk and try again", "清理磁盘空间后重试")
	}
	return e
}
