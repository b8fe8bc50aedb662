package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
)

// workbox is the folder of one run on the host: root is where the enclave mounts its private root, work is what it sees as
// /work.
type workbox struct {
	dir, root, work string
	over            atomic.Bool // the scratch cap was passed
}

func newWorkbox(scratch string) (*workbox, error) {
	dir, err := os.MkdirTemp(scratch, "yumen-enclave-")
	if err != nil {
		return nil, workboxError(err)
	}
	b := &workbox{dir: dir, root: filepath.Join(dir, "root"), work: filepath.Join(dir, "work")}
	for _, d := range []string{b.root, b.work} {
		if err := os.Mkdir(d, 0o700); err != nil {
			b.remove()
			return nil, workboxError(err)
		}
	}
	return b, nil
}

func workboxError(err error) *yumen.Error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return diskFull().Because(err)
	}
	return yumen.Errorf(yumen.Unavailable, "cannot make a scratch folder", "无法创建临时目录").Because(err)
}

// remove deletes the folder and all an enclave left in it, whatever modes it gave it.
func (b *workbox) remove() {
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

// watch calls stop once the files under work take more than max bytes together. RLIMIT_FSIZE bounds one file; this bounds
// their sum, a few tenths of a second late. It returns when quit is closed.
func (b *workbox) watch(max yumen.Size, quit <-chan struct{}, stop func()) {
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

// usage sums the blocks taken by all files, giving up past max. Files deleted but still open are not seen.
func (b *workbox) usage(max int64) int64 {
	var sum int64
	_ = filepath.WalkDir(b.work, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d == nil {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += blocks(info) * 512
		}
		if sum > max {
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
