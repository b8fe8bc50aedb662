package audit

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

// Head is how far a log reached when its checkpoint was read. Its entries are not read, so it is there at once; whether
// they are what was signed, Verify tells.
type Head struct {
	Size       int64
	Checkpoint string

	dir      string
	verifier note.Verifier
}

// ReadHead reads the head of the log in dir, which others may append to.
func ReadHead(dir, vkey string) (Head, error) {
	v, err := parseVerifier(vkey)
	if err != nil {
		return Head{}, err
	}
	var s scanned
	if err := s.readCheckpoint(dir, v); err != nil {
		return Head{}, err
	}
	return Head{Size: s.tree.N, Checkpoint: s.checkpoint, dir: dir, verifier: v}, nil
}

// VerifyConsistency is Log.VerifyConsistency by the stored hashes.
func (h Head) VerifyConsistency(checkpoint string) (err error) {
	f, err := os.Open(filepath.Join(h.dir, hashesFile))
	if err != nil {
		return missing(h.dir, hashesFile, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	l := Log{dir: h.dir, verifier: h.verifier, hashes: f, edge: edge{n: h.Size}}
	return l.VerifyConsistency(checkpoint)
}

// File is a file of a log, to be copied.
type File struct {
	Name  string
	Bytes int64
	io.Reader
}

// First returns the files of a log that holds the first n entries of this one, signed as it was when it held no more.
// They are read while the log is open; more may be appended meanwhile.
func (l *Log) First(n int64, key *Key) ([]File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 || n > l.edge.n {
		return nil, yumen.Errorf(yumen.KindInvalid, "the log holds %d entries, not %d", "日志有 %d 条，不足 %d 条", l.edge.n, n)
	}
	var first edge // of the leaves that were verified: what lies on the disk by now is not signed
	for _, leaf := range l.leaves[:n] {
		first.add(leaf)
	}
	checkpoint, err := signCheckpoint(first.tree(), key)
	if err != nil {
		return nil, err
	}
	end := int64(0)
	if n > 0 {
		end = l.ends[n-1]
	}
	hashes := tlog.StoredHashCount(n) * tlog.HashSize
	return []File{{entriesFile, end, io.NewSectionReader(l.entries, 0, end)},
		{hashesFile, hashes, io.NewSectionReader(l.hashes, 0, hashes)},
		{checkpointFile, int64(len(checkpoint)), strings.NewReader(checkpoint)}}, nil
}
