package home

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// Restore makes a home in an empty or missing folder from an archive that Backup wrote. Every object is compared with
// its digest, the log is verified, and state and log are compared; what fails leaves a folder that is no home.
func Restore(ctx context.Context, dir string, r io.Reader) error {
	if files, err := os.ReadDir(dir); err == nil && len(files) > 0 {
		return yumen.Errorf(yumen.KindConflict, "%s is not empty", "%s 非空", dir).
			ToFix("name an empty or new folder", "请指定空目录或新目录")
	}
	if err := makePrivate(dir); err != nil {
		return err
	}
	settings, err := unpack(ctx, dir, tar.NewReader(r))
	if err != nil {
		return err
	}
	if err := check(ctx, dir); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, SettingsFile), settings, 0o600)
}

// unpack writes the files of an archive but for the settings, which it returns.
func unpack(ctx context.Context, dir string, t *tar.Reader) (settings []byte, err error) {
	for ctx.Err() == nil {
		f, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, noBackup().Because(err)
		}
		if !belongs(f) {
			return nil, noBackup().At(f.Name)
		}
		if f.Name == SettingsFile {
			settings, err = io.ReadAll(io.LimitReader(t, 1<<20))
		} else {
			err = unpackFile(dir, f.Name, t)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
			err = noBackup().Because(err)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(settings) == 0 {
		return nil, noBackup().ToFix("it was cut short, or is something else", "文件不完整，或并非备份")
	}
	_, err = parseSettings(SettingsFile, settings)
	return settings, err
}

func noBackup() *yumen.Error {
	return yumen.Errorf(yumen.KindCorrupt, "this is no backup of a home", "这不是主目录的备份")
}

// belongs reports whether Backup writes a file of that name.
func belongs(f *tar.Header) bool {
	if f.Typeflag != tar.TypeReg || !filepath.IsLocal(f.Name) {
		return false
	}
	folder, name := filepath.Split(filepath.FromSlash(f.Name))
	switch folder = filepath.Clean(folder); {
	case folder == ".":
		return slices.Contains([]string{stateFile, PeopleFile, SettingsFile}, name)
	case folder == LogDir || folder == filepath.Dir(keyFile):
		return true
	}
	space, ok := strings.CutPrefix(folder, objectsDir+string(filepath.Separator))
	return ok && slices.Contains(store.Spaces, store.Space(space))
}

// unpackFile writes a file that only its owner may read. An object must be what its name says.
func unpackFile(dir, name string, r io.Reader) (err error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	h := yumen.NewHasher()
	_, err = io.Copy(io.MultiWriter(f, h), r)
	object := strings.HasPrefix(name, objectsDir+"/")
	if object && err == nil {
		err = f.Chmod(0o400)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if object && h.Digest().Hex() != filepath.Base(path) {
		return yumen.Errorf(yumen.KindCorrupt, "the object in the backup does not match its digest", "备份中的对象与其摘要不符").At(name)
	}
	return nil
}

// check opens what was unpacked as a writer does.
func check(ctx context.Context, dir string) (err error) {
	key, err := audit.LoadKey(filepath.Join(dir, keyFile))
	if err != nil {
		return err
	}
	log, err := audit.Open(filepath.Join(dir, LogDir), key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	st, err := sqlite.Open(ctx, filepath.Join(dir, stateFile), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	objects, err := local.Open(filepath.Join(dir, objectsDir))
	if err != nil {
		return err
	}
	_, err = journal.Open(ctx, journal.Config{State: st, Objects: objectStore{objects}, Log: log, Clock: time.Now,
		Crash: func(string) {}})
	return err
}
