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
	"github.com/yumen-data/yumen/store/seal"
)

// keyFiles are those that a home keeps its keys in, beside the keys of objects. The master key may be kept elsewhere,
// and homes may have no keys of desensitization, or no sealed objects.
var keyFiles = []string{keyFile, PublicKeyFile, masterFile, ringFile, sealFile, apartFile}

// Backup writes the home in dir as a tar archive, as it is at one moment, while others may write in it. The state is
// read first; of the log follows what the state knows of, and of the objects all that is there by then: they come into
// being before the state refers to them and never change. Every object is compared with its digest, and files that are
// not the home's are left out. Nothing is written in the home. The archive holds the keys, but for a master key that
// the home does not hold itself: it is as secret as the home.
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
	if err := h.objects.Each(func(o store.Object) error { return b.object(ctx, o) }); err != nil {
		return err
	}
	for _, name := range append(keyFiles, PeopleFile, PoliciesFile, SettingsFile) { // the settings last: without them it is no home
		if err := b.file(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
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

// object adds an object as it is stored, after its key where it is sealed, and compares it with its digest.
func (b *backup) object(ctx context.Context, o store.Object) error {
	name := filepath.Join(objectsDir, string(o.Space), o.Digest.Hex())
	f, err := b.home.objects.File(o)
	if err != nil {
		return err
	}
	defer f.Close() // read only
	key, sealed, err := "", false, error(nil)
	if o.Space != store.Released { // which may begin with any bytes
		key, sealed, err = seal.KeyFile(f, o.Space, o.Digest)
	}
	if err != nil {
		return backedUpCorrupt(err, name)
	}
	if sealed {
		if err := b.file(filepath.Join(objectKeys, key)); errors.Is(err, fs.ErrNotExist) {
			return yumen.Errorf(yumen.KindCorrupt, "the key of a sealed object is not there", "缺少密封对象的密钥").At(name).
				ToFix("put the folder of keys back", "请放回密钥目录")
		} else if err != nil {
			return err
		}
	}
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if err := b.tar.WriteHeader(header(name, fi.Size())); err != nil {
		return err
	}
	copied := io.TeeReader(f, b.tar)
	if err := b.home.objects.VerifyFile(ctx, o, f, copied); err != nil {
		return backedUpCorrupt(err, name)
	}
	_, err = io.Copy(io.Discard, copied) // nothing is left, or it would not have been whole
	return err
}

func backedUpCorrupt(err error, name string) error {
	if yumen.KindOf(err) != yumen.KindCorrupt {
		return err
	}
	return yumen.AsError(err).At(name).ToFix("put it back from an earlier backup", "请从更早的备份恢复该对象")
}

// objectName reports whether a file is named as an object is: by the digits of its digest.
func objectName(name string) bool {
	_, err := yumen.ParseDigest("sha256:" + name)
	return err == nil && !strings.ContainsRune(name, ':')
}

// file adds a file.
func (b *backup) file(name string) (err error) {
	f, err := os.Open(b.home.path(name))
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

func header(name string, size int64) *tar.Header {
	return &tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: size}
}

func (b *backup) add(name string, size int64, r io.Reader) error {
	if err := b.tar.WriteHeader(header(name, size)); err != nil {
		return err
	}
	n, err := io.Copy(b.tar, r)
	if err == nil && n != size {
		err = yumen.Errorf(yumen.KindConflict, "the file changed while it was copied", "文件在复制过程中发生变化").At(name)
	}
	return err
}
