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
	"strconv"
	"strings"
	"syscall"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/durable"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

// Original says what became of the home that a backup is of, so that not both of them answer questions: each would have
// the whole privacy budget, and answer with noise of its own. One of the two must be given.
type Original struct {
	// Replaced is its folder. It must have gone no further than the backup, and takes no step afterwards.
	Replaced string
	// Lost says that it is gone. What it answered since the backup is not known then, so contracts that were signed
	// before pay for no new answer.
	Lost bool
}

// Restore makes a home in an empty or missing folder from an archive that Backup wrote. Every object is compared with
// its digest and every record with the log, the log is verified, and the objects that records name must be there; what
// fails leaves a folder that is no home. The log says what became of the original. A restore that was interrupted when
// all but the settings was there is ended by repeating it.
func Restore(ctx context.Context, dir string, r io.Reader, original Original) error {
	if (original.Replaced != "") == original.Lost {
		return yumen.Errorf(yumen.KindInvalid, "what became of the home that the backup is of is not said",
			"未说明备份所属原主目录的去向").
			ToFix("name the home that is replaced, or say that it is lost", "请指明被取代的主目录，或说明其已丢失")
	}
	if files, err := os.ReadDir(dir); err == nil && len(files) > 0 {
		return resume(ctx, dir, r, original)
	}
	if err := newKeysFolder(dir); err != nil {
		return err
	}
	if err := makePrivate(dir); err != nil {
		return err
	}
	settings, err := unpack(ctx, dir, tar.NewReader(r))
	if err != nil {
		return writing(dir, err)
	}
	if err := checkKeys(dir, settings); err != nil {
		return err
	}
	if err := begun(ctx, dir, settings, original); err != nil {
		return err
	}
	return begin(dir, settings)
}

// begin makes a home of a folder that has all but the settings.
func begin(dir string, settings []byte) error {
	if err := durable.Replace(filepath.Join(dir, SettingsFile), settings); err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "cannot write the settings, which make the folder a home",
			"无法写入设置文件，主目录尚未生效").
			At(dir).ToFix("leave the folder as it is, see whether its disk is full, and repeat the same command",
			"请保留该目录，检查磁盘是否已满，然后重复同一命令").Because(err)
	}
	return nil
}

// writing says that a folder cannot be written to, where that is the cause of an error.
func writing(dir string, err error) error {
	if _, ok := errors.AsType[*yumen.Error](err); ok || !errors.As(err, new(syscall.Errno)) {
		return err
	}
	return yumen.Errorf(yumen.KindUnavailable, "cannot write the files of the home", "无法写入主目录的文件").At(dir).
		ToFix("see whether its disk is full, empty the folder, and repeat", "请检查磁盘是否已满，清空该目录后重试").Because(err)
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
		return slices.Contains([]string{stateFile, PeopleFile, PoliciesFile, SettingsFile}, name)
	case folder == LogDir:
		return slices.Contains(audit.Files, name)
	case folder == filepath.Dir(keyFile):
		return slices.Contains(keyFiles, filepath.Join(folder, name))
	}
	if key, ok := strings.CutPrefix(filepath.FromSlash(f.Name), objectKeys+string(filepath.Separator)); ok {
		return seal.IsKeyFile(key)
	}
	space, ok := strings.CutPrefix(folder, objectsDir+string(filepath.Separator))
	return ok && slices.Contains(store.Spaces, store.Space(space)) && objectName(name)
}

// unpackFile writes a file that only its owner may read.
func unpackFile(dir, name string, r io.Reader) (err error) {
	file := PathOf(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if strings.HasPrefix(name, objectsDir+"/") && err == nil {
		err = f.Chmod(0o400)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// checkKeys compares the domain of the settings and the public key with the key that signs, and reads the people.
func checkKeys(dir string, text []byte) error {
	settings, err := parseSettings(SettingsFile, text)
	if err != nil {
		return err
	}
	key, err := audit.LoadKey(PathOf(dir, keyFile))
	if err != nil {
		return noBackup().At(keyFile).Because(err)
	}
	public, err := os.ReadFile(PathOf(dir, PublicKeyFile))
	if err != nil || strings.TrimSpace(string(public)) != key.Verifier() {
		return noBackup().At(PublicKeyFile).ToFix("it is not the key that signs", "与签名密钥不符").Because(err)
	}
	if name, _, _ := strings.Cut(key.Verifier(), "+"); name != settings.Domain {
		return noBackup().At(SettingsFile).ToFix("its domain is not the key's", "域名称与密钥不符")
	}
	return nil
}

// begun opens what was unpacked as a writer does, compares all of it, objects with their digests, and takes the first
// step of the new home and the last one of the original.
func begun(ctx context.Context, dir string, text []byte, original Original) error {
	settings, err := parseSettings(SettingsFile, text)
	if err != nil {
		return err
	}
	h := &Home{Dir: dir, Settings: settings}
	vkey, err := h.publicKey()
	if err != nil {
		return err
	}
	backup, err := audit.ReadHead(h.path(LogDir), vkey)
	if err != nil {
		return err
	}
	log, st, steps, err := h.openSteps(ctx)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	h.route = pipeline.Reader(st, log.Entries, h.objects, nil)
	err = h.objects.Each(func(o store.Object) error { return h.objects.Verify(ctx, o) })
	if err == nil {
		_, err = h.route.Verify(ctx, api.VerifyOptions{Quick: true}) // the bytes were read
	}
	if err == nil {
		err = steps.Commit(ctx, stepOf(yumen.ActionHomeRestore, map[string]string{"original": original.word(),
			"entries": strconv.FormatInt(backup.Size, 10)}))
	}
	if err == nil && original.Replaced != "" {
		err = retire(ctx, original.Replaced, backup, rootOf(log.Checkpoint())) // from here on the new home is the one
	}
	return errors.Join(err, h.Close())
}

func (o Original) word() string {
	if o.Lost {
		return yumen.OriginalLost
	}
	return "replaced"
}

// retire takes the last step of a home that another one replaces, whose log is the backup's. It is replaced once: two
// homes in its place would have two budgets. Its last entry names the one by its log.
func retire(ctx context.Context, dir string, backup audit.Head, successor string) (err error) {
	h, err := openShared(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.lock(ctx, false); err != nil {
		return err
	}
	log, _, steps, err := h.openSteps(ctx)
	if err != nil {
		return err
	}
	if err := refuseRetired(log); err != nil {
		return yumen.AsError(err).At(dir).ToFix("use that one; if it is gone, say that the original is lost",
			"请使用新的主目录；若其已不存在，请说明原主目录已丢失")
	}
	if err := log.VerifyConsistency(backup.Checkpoint); err != nil {
		return yumen.Errorf(yumen.KindConflict, "the backup is not of this home", "该备份不属于此主目录").At(dir).Because(err)
	}
	for r, err := range log.Entries(backup.Size) {
		if err != nil {
			return err
		}
		switch r.Entry.Action {
		case yumen.ActionLogRecovered, yumen.ActionRecordsAdopt:
		default:
			return yumen.Errorf(yumen.KindConflict,
				"the home has gone on since the backup: its log has %d entries more",
				"该主目录在备份之后仍有变更：日志多出 %d 条", log.Size()-backup.Size).At(dir).
				ToFix("back it up again, and restore that", "请重新备份后再恢复")
		}
	}
	return steps.Commit(ctx, stepOf(yumen.ActionHomeRetire, map[string]string{successorDetail: successor}))
}
