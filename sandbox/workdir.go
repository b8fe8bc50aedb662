package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
)

// workdir is the folder of one run on the host: root is where the enclave mounts its private root, work is what it sees
// as /work. A lock on the folder says that its run is alive.
type workdir struct {
	dir, root, work string
	lock            *os.File
	over            atomic.Bool // the scratch cap was passed
}

const workdirPrefix = "yumen-enclave-"

func newWorkdir(scratch string) (*workdir, error) {
	dir, err := os.MkdirTemp(scratch, workdirPrefix)
	if err != nil {
		return nil, workdirError(err)
	}
	b := &workdir{dir: dir, root: filepath.Join(dir, "root"), work: filepath.Join(dir, "work")}
	if b.lock, err = lockFolder(dir); err != nil {
		b.remove()
		return nil, workdirError(err)
	}
	for _, d := range []string{b.root, b.work} {
		if err := os.Mkdir(d, 0o700); err != nil {
			b.remove()
			return nil, workdirError(err)
		}
	}
	return b, nil
}

// lockFolder takes the lock of a folder that nobody else holds. The kernel releases it when the process dies.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweepWorkdirs removes the folders that runs of a crashed process left in scratch. One that was made this moment, and
// is not locked yet, is left alone.
func sweepWorkdirs(scratch string) {
	entries, _ := os.ReadDir(scratch)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), workdirPrefix) ||
			time.Since(info.ModTime()) < time.Minute {
			continue
		}
		b := &workdir{dir: filepath.Join(scratch, e.Name())}
		if b.lock, err = lockFolder(b.dir); err == nil {
			b.remove()
		}
	}
}

func workdirError(err error) *yumen.Error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return diskFull().Because(err)
	}
	return yumen.Errorf(yumen.KindUnavailable, "cannot make a scratch folder", "无法创建临时目录").Because(err)
}

// remove deletes the folder and all an enclave left in it, whatever modes it gave it.
func (b *workdir) remove() {
	if b.lock != nil {
		defer b.lock.Close()
	}
	if os.RemoveAll(b.dir) == nil {
		return
	}
	_ = filepath.WalkDir(b.dir, func(p string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(b.dir)
}

// watch calls stop once the files under work take more than max bytes together. RLIMIT_FSIZE bounds one file; this
// bounds their sum, a few tenths of a second late. It returns when quit is closed.
func (b *workdir) watch(max yumen.Size, quit <-chan struct{}, stop func()) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
			if b.usage(int64(max)) > int64(max) {
				b.over.Store(true)
				stop()
				return
			}
		}
	}
}

// leastFile is what a file or folder counts for at least: a million empty ones fill a disk, too.
const leastFile = 4096

// usage sums the blocks taken by all files, giving up past limit. Files deleted but still open are not seen.
func (b *workdir) usage(limit int64) int64 {
	var sum int64
	_ = filepath.WalkDir(b.work, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d == nil {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += max(blocks(info)*512, leastFile)
		}
		if sum > limit {
			return fs.SkipAll
		}
		return nil
	})
	return sum
}

func blocks(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks
	}
	return (info.Size() + 511) / 512
}
