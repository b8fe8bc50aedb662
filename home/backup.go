package home

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/sqlite"
)

// Backup writes the home in dir as a tar archive, as it is at one moment, while others may write in it. The state is
// copied first; of the log follows what the state knows of, and of the objects all that is there by then: they come
// into being before the state refers to them and never change. The archive holds the keys: it is as secret as the home.
func Backup(ctx context.Context, dir string, w io.Writer) (err error) {
	h, err := OpenReader(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	temp, err := os.MkdirTemp(dir, ".backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	b := &backup{home: h, tar: tar.NewWriter(w)}
	size, err := b.state(ctx, filepath.Join(temp, stateFile))
	if err != nil {
		return err
	}
	if err := b.log(size); err != nil {
		return err
	}
	for _, space := range store.Spaces {
		if err := b.folder(ctx, filepath.Join(objectsDir, string(space))); err != nil {
			return err
		}
	}
	if err := b.folder(ctx, filepath.Dir(keyFile)); err != nil {
		return err
	}
	for _, name := range []string{PeopleFile, SettingsFile} { // the settings last: without them it is no home
		if err := b.file(name, h.path(name)); err != nil {
			return err
		}
	}
	return b.tar.Close()
}

// backup is an archive that is being written.
type backup struct {
	home *Home
	tar  *tar.Writer
}

// state adds a copy of the state, made at the path, and returns how many entries of the log it knows of. A step that is
// not completed in it is dropped when the copy is first opened, because the log that follows does not hold it.
func (b *backup) state(ctx context.Context, path string) (size int64, err error) {
	st, err := sqlite.Open(ctx, b.home.path(stateFile), false)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(st.Backup(ctx, path), st.Close()); err != nil {
		return 0, err
	}
	snapshot, err := sqlite.Open(ctx, path, false)
	if err != nil {
		return 0, err
	}
	size, err = journal.LogSize(ctx, snapshot)
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return 0, err
	}
	return size, b.file(stateFile, path)
}

// log adds the first entries of the log, under the checkpoint that was signed when it held no more.
func (b *backup) log(size int64) (err error) {
	key, err := audit.LoadKey(b.home.path(keyFile))
	if err != nil {
		return err
	}
	l, err := audit.OpenReader(b.home.path(LogDir), key.Verifier())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	files, err := l.First(size, key)
	for _, f := range files {
		if err == nil {
			err = b.add(filepath.Join(LogDir, f.Name), f.Bytes, f)
		}
	}
	return err
}

// folder adds the files that a folder holds now.
func (b *backup) folder(ctx context.Context, name string) error {
	files, err := os.ReadDir(b.home.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f.Type().IsRegular() {
			continue
		}
		if err := b.file(filepath.Join(name, f.Name()), b.home.path(filepath.Join(name, f.Name()))); err != nil {
			return err
		}
	}
	return nil
}

func (b *backup) file(name, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	return b.add(name, fi.Size(), f)
}

func (b *backup) add(name string, size int64, r io.Reader) error {
	if err := b.tar.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: size}); err != nil {
		return err
	}
	n, err := io.Copy(b.tar, r)
	if err == nil && n != size {
		err = yumen.Errorf(yumen.KindConflict, "the file changed while it was copied", "文件在复制过程中发生变化").At(name)
	}
	return err
}
