package home

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
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
	if err := checkKeys(dir, settings); err != nil {
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
	if f.Typeflag != tar.TypeReg || !filepath.IsLocal(f.Name) || path.Clean(f.Name) != f.Name {
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
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
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
	if object && h.Digest().Hex() != filepath.Base(file) {
		return yumen.Errorf(yumen.KindCorrupt, "the object in the backup does not match its digest", "备份中的对象与其摘要不符").At(name)
	}
	return nil
}

// checkKeys compares the domain of the settings and the public key with the key that signs, and reads the people.
func checkKeys(dir string, text []byte) error {
	settings, err := parseSettings(SettingsFile, text)
	if err != nil {
		return err
	}
	people, err := os.ReadFile(filepath.Join(dir, PeopleFile))
	if err != nil {
		return noBackup().At(PeopleFile).Because(err)
	}
	if _, err := access.Parse(PeopleFile, people); err != nil {
		return err
	}
	key, err := audit.LoadKey(filepath.Join(dir, keyFile))
	if err != nil {
		return noBackup().At(keyFile).Because(err)
	}
	public, err := os.ReadFile(filepath.Join(dir, PublicKeyFile))
	if err != nil || strings.TrimSpace(string(public)) != key.Verifier() {
		return noBackup().At(PublicKeyFile).ToFix("it is not the key that signs", "与签名密钥不符").Because(err)
	}
	if name, _, _ := strings.Cut(key.Verifier(), "+"); name != settings.Domain {
		return noBackup().At(SettingsFile).ToFix("its domain is not the key's", "域名称与密钥不符")
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
