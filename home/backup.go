package home

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// keyFiles are those that a home keeps its keys in; the last two only where it has keys of desensitization.
var keyFiles = []string{keyFile, PublicKeyFile, masterFile, ringFile}

// Backup writes the home in dir as a tar archive, as it is at one moment, while others may write in it. The state is
// read first; of the log follows what the state knows of, and of the objects all that is there by then: they come
// into being before the state refers to them and never change. Every object is compared with its digest, and files that
// are not the home's are left out. Nothing is written in the home. The archive holds the keys: it is as secret as the home.
func Backup(ctx context.Context, dir string, w io.Writer) (err error) {
	h, err := OpenReader(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if _, err := h.route.VerifyObjects(ctx, api.VerifyOptions{Quick: true}); err != nil { // the bytes are read below
		return err
	}
	b := &backup{home: h, tar: tar.NewWriter(stoppable{ctx, w})}
	state, head, err := h.state.Snapshot(ctx, store.Log, journal.HeadID)
	if err != nil {
		return err
	}
	size, err := journal.SizeIn(head)
	if err != nil {
		return err
	}
	if err := b.add(stateFile, int64(len(state)), bytes.NewReader(state)); err != nil {
		return err
	}
	if err := b.log(size); err != nil {
		return err
	}
	for _, space := range store.Spaces {
		if err := b.objects(filepath.Join(objectsDir, string(space))); err != nil {
			return err
		}
	}
	for _, name := range append(keyFiles, PeopleFile, SettingsFile) { // the settings last: without them it is no home
		if err := b.file(name, io.Discard); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return b.tar.Close()
}

// backup is an archive that is being written. A step that is not completed in its state is dropped when it is first
// opened, because its log does not hold it.
type backup struct {
	home *Home
	tar  *tar.Writer
}

// stoppable is a writer until its context ends.
type stoppable struct {
	ctx context.Context
	w   io.Writer
}

func (s stoppable) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(b)
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

// objects adds the objects that a folder holds now.
func (b *backup) objects(folder string) error {
	files, err := os.ReadDir(b.home.path(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if !f.Type().IsRegular() || !objectName(f.Name()) {
			continue
		}
		name, h := filepath.Join(folder, f.Name()), yumen.NewHasher()
		if err := b.file(name, h); err != nil {
			return err
		}
		if h.Digest().Hex() != f.Name() {
			return yumen.Errorf(yumen.KindCorrupt, "the object no longer matches its digest", "对象与其摘要不符").At(name).
				ToFix("put it back from an earlier backup", "请从更早的备份恢复该对象")
		}
	}
	return nil
}

// objectName reports whether a file is named as an object is: by the digits of its digest.
func objectName(name string) bool {
	_, err := yumen.ParseDigest("sha256:" + name)
	return err == nil && !strings.ContainsRune(name, ':')
}

// file adds a file, and shows its bytes to another writer.
func (b *backup) file(name string, also io.Writer) (err error) {
	f, err := os.Open(b.home.path(name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	return b.add(name, fi.Size(), io.TeeReader(f, also))
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
