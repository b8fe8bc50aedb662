package pipeline

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// inputs are what a task is given. Whoever collects them releases them when the task is over.
type inputs struct {
	all      []task.Input
	releases []func()
}

// release gives all of them back.
func (in *inputs) release() {
	for _, r := range in.releases {
		r()
	}
	in.all, in.releases = nil, nil
}

// fetch adds an object.
func (in *inputs) fetch(ctx context.Context, from store.Objects, name string, space store.Space, d yumen.Digest) error {
	f, release, err := from.Fetch(ctx, store.Object{Space: space, Digest: d})
	if err != nil {
		return err
	}
	in.all, in.releases = append(in.all, task.Input{Name: name, File: f, Digest: d}), append(in.releases, release)
	return nil
}

// open adds a file of this machine and returns its digest.
func (in *inputs) open(name, path string) (yumen.Digest, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would block
	if err != nil {
		return "", yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").Because(err)
	}
	d, err := in.opened(name, f)
	if yumen.KindOf(err) == yumen.KindInvalid {
		err = yumen.AsError(err).At(path)
	}
	return d, err
}

// opened adds an open file, which it closes on release, and returns its digest.
func (in *inputs) opened(name string, f *os.File) (yumen.Digest, error) {
	in.releases = append(in.releases, func() { _ = f.Close() }) // read only
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() {
		return "", yumen.Errorf(yumen.KindInvalid, "not a regular file", "不是普通文件")
	}
	d, _, err := yumen.DigestReader(io.NewSectionReader(f, 0, fi.Size()))
	in.all = append(in.all, task.Input{Name: name, File: f, Digest: d})
	return d, err
}

// sources adds the files of a table and returns the digest of the one file, or of the list of digests.
func (in *inputs) sources(paths []string) (yumen.Digest, error) {
	var d yumen.Digest
	var err error
	all := yumen.NewHasher()
	for i, p := range paths {
		if d, err = in.open(task.SourceName(i+1), p); err != nil {
			return "", err
		}
		fmt.Fprintln(all, d)
	}
	if len(paths) > 1 {
		d = all.Digest()
	}
	return d, nil
}
