package home

import (
	"archive/tar"
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
)

// successorDetail is where the last entry of a home that was replaced says which log goes on in its place: by how many
// entries it had and their root hash, when the home it is in was not one yet.
const successorDetail = "successor"

// rootOf is size and root hash of a checkpoint, as in its second and third line (C2SP tlog-checkpoint).
func rootOf(checkpoint string) string {
	lines := strings.SplitN(checkpoint, "\n", 4)
	if len(lines) < 4 {
		return ""
	}
	return lines[1] + " " + lines[2]
}

// resume ends a restore that was interrupted after the original took its last step and before the folder was a home:
// the last entry of the original names the log that lies in the folder, which nobody can have opened since. What else
// is in a folder is left alone.
func resume(ctx context.Context, dir string, r io.Reader, original Original) error {
	h := &Home{Dir: dir}
	ok, err := h.succeeds(original)
	if err != nil {
		return err
	}
	if !ok {
		return yumen.Errorf(yumen.KindConflict, "%s is not empty", "%s 非空", dir).
			ToFix("name an empty or new folder", "请指定空目录或新目录")
	}
	settings, err := settingsIn(ctx, tar.NewReader(r))
	if err != nil {
		return err
	}
	if err := checkKeys(dir, settings); err != nil {
		return err
	}
	if h.Settings, err = parseSettings(SettingsFile, settings); err != nil {
		return err
	}
	if h, err = openReader(ctx, h); err != nil {
		return err
	}
	_, err = h.route.Verify(ctx, api.VerifyOptions{})
	if err := errors.Join(err, h.Close()); err != nil {
		return err
	}
	return begin(dir, settings)
}

// succeeds reports whether the folder, which is no home, has the log that the original names as its successor.
func (h *Home) succeeds(original Original) (bool, error) {
	if _, err := os.Lstat(h.path(SettingsFile)); original.Replaced == "" || !errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	vkey, err := audit.LoadVerifier(h.path(PublicKeyFile))
	if err != nil {
		return false, nil // it was interrupted before it had a log
	}
	head, err := audit.ReadHead(h.path(LogDir), vkey)
	if err != nil {
		return false, nil
	}
	dir := filepath.Join(original.Replaced, LogDir)
	old, err := audit.ReadHead(dir, vkey)
	if err != nil || old.Size == 0 {
		return false, err
	}
	for r, err := range audit.Reader(dir, vkey)(old.Size - 1) {
		return err == nil && r.Entry.Action == yumen.ActionHomeRetire &&
			r.Entry.Details[successorDetail] == rootOf(head.Checkpoint), err
	}
	return false, nil
}

// settingsIn returns the settings of an archive.
func settingsIn(ctx context.Context, t *tar.Reader) ([]byte, error) {
	for ctx.Err() == nil {
		f, err := t.Next()
		if err != nil {
			return nil, noBackup().Because(err)
		}
		if f.Name == SettingsFile {
			return io.ReadAll(io.LimitReader(t, 1<<20))
		}
	}
	return nil, ctx.Err()
}
