package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
)

// newFile is a file without a name until it is complete: a process that is killed leaves nothing behind. It never takes
// the place of another file. Where the file system has no nameless files it has a hidden name meanwhile.
type newFile struct {
	f    *os.File
	path string
	temp string // the hidden name, "" where there is none
}

func createNew(path string) (*newFile, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fileThere(path)
	}
	dir := filepath.Dir(path)
	n := &newFile{path: path}
	var err error
	if n.f, err = nameless(dir); err == nil {
		return n, nil
	}
	if n.f, err = os.CreateTemp(dir, ".yumen-*"); err != nil {
		return nil, cannotWrite(path, err)
	}
	n.temp = n.f.Name()
	return n, nil
}

func fileThere(path string) error {
	return yumen.Errorf(yumen.KindConflict, "the file is already there",
		"文件已存在").At(path).ToFix("name another with --out", "请用 --out 指定其他文件")
}

func cannotWrite(path string, err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "cannot write the file", "无法写出文件").At(path).Because(err)
}

// Write appends to the file.
func (n *newFile) Write(b []byte) (int, error) {
	written, err := n.f.Write(b)
	if err != nil {
		err = cannotWrite(n.path, err)
	}
	return written, err
}

// Commit makes the file durable and gives it its name.
func (n *newFile) Commit() error {
	if err := n.f.Sync(); err != nil {
		return errors.Join(cannotWrite(n.path, err), n.Abort())
	}
	var err error
	if n.temp == "" {
		err = giveName(n.f, n.path)
	} else {
		err = os.Link(n.temp, n.path)
	}
	if errors.Is(err, fs.ErrExist) {
		return errors.Join(fileThere(n.path), n.Abort())
	}
	if err != nil {
		return errors.Join(cannotWrite(n.path, err), n.Abort())
	}
	return errors.Join(n.Abort(), durable.SyncDir(filepath.Dir(n.path)))
}

// Abort lets go of the file, or of its hidden name.
func (n *newFile) Abort() error {
	err := n.f.Close()
	if n.temp != "" {
		err = errors.Join(err, os.Remove(n.temp))
	}
	return err
}
