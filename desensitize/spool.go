package desensitize

import (
	"bufio"
	"io"
	"os"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// spool keeps a table on disk between two passes. Its file has no name: it is gone when it is closed or the process
// ends.
type spool struct{ file *os.File }

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, ".spool-*")
	if err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "no spool file can be made in the work folder",
			"工作目录中无法建立暂存文件").Because(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, yumen.Errorf(yumen.KindUnavailable, "the spool file cannot be hidden", "暂存文件无法隐藏").Because(err)
	}
	return &spool{f}, nil
}

// reopen reads the spool from its beginning.
func (s *spool) reopen() (*source, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "the spool file cannot be read", "暂存文件无法读取").Because(err)
	}
	r, err := arrowio.NewReader(bufio.NewReaderSize(s.file, 1<<20), 0)
	if err != nil {
		return nil, err
	}
	return &source{schema: r.Schema(), read: r.Next, release: r.Release}, nil
}

func (s *spool) close() { s.file.Close() }
