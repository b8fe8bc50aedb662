package desensitize

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
)

// WriteFile makes the file at path out of what write gives it, whole or not at all: until write has succeeded and
// everything is on disk, nothing stands under that name, and a file that stood there before stays. Nobody but the owner
// can read it.
func WriteFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".desensitize-*") // mode 0600
	if err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "the output folder cannot be written to", "输出目录无法写入").Because(err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing under this name
	err = write(f)
	if sync := errors.Join(f.Sync(), f.Close()); err == nil && sync != nil {
		err = yumen.Errorf(yumen.KindUnavailable, "the output cannot be written", "输出无法写入").Because(sync)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "the output cannot be put in its place", "输出无法就位").Because(err)
	}
	return nil
}
