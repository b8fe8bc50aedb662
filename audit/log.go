package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

// MaxBatch is how many entries one AppendAll takes, and so how long a tail a crash can leave.
const MaxBatch = 256

// CheckEntry reports whether an entry can be appended.
func CheckEntry(e yumen.Entry) error {
	_, err := encode(e)
	return err
}

// Log is an open log. Its methods may be called from several goroutines; one process at a time may have it open for
// appending, any number for reading.
type Log struct {
	dir      string
	verifier note.Verifier
	key      *Key // nil when open for reading only

	mu         sync.Mutex
	entries    *os.File
	hashes     *os.File
	checkpoint string
	edge       edge
	ends       []int64
	leaves     []tlog.Hash // of the entries as they were verified or appended
	recovered  Tail
	unsettled  *batch // written, but its checkpoint may or may not have become durable; Settle finds out
}

// Create makes an empty log in dir, which may exist, and opens it for appending. It fails with kind conflict where a
// log is already.
func Create(dir string, key *Key) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fileError(dir, err)
	}
	for _, name := range []string{checkpointFile, entriesFile, hashesFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err == nil && (info.Size() > 0 || name == checkpointFile) {
			return nil, yumen.Errorf(yumen.KindConflict, "an audit log is already here", "此处已有审计日志").At(dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fileError(dir, err)
		}
	}
	checkpoint, err := signCheckpoint(new(edge).tree(), key)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct{ name, text string }{{entriesFile, ""}, {hashesFile, ""}, {checkpointTemp, checkpoint}} {
		if err := writeSynced(filepath.Join(dir, f.name), []byte(f.text)); err != nil {
			return nil, fileError(dir, err)
		}
	}
	if err := publish(dir); err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, err
	}
	return Open(dir, key)
}

// Open opens a log for appending after reading and verifying all of it, which takes about a second for a million
// entries. It fails with kind not_found where there is no log, conflict where another process has it open for
// appending, and corrupt, naming every place, where anything within the checkpointed part is not what was signed.
func Open(dir string, key *Key) (*Log, error) {
	verifier, err := parseVerifier(key.Verifier())
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, key: key, verifier: verifier}
	if err := l.openFiles(os.O_RDWR); err != nil {
		return nil, err
	}
	err = lock(l.entries)
	if err == nil {
		err = l.load()
	}
	if err == nil && l.recovered.Lines > MaxBatch {
		err = corrupt(dir, []yumen.Reason{{Rule: "log.checkpoint", Place: checkpointFile, Msg: yumen.Say(
			"it counts %d entries, but %d more follow, more than a crash can leave: an older checkpoint was put back",
			"检查点记有 %d 条，其后却还有 %d 条，超出一次崩溃所能遗留：检查点被换成了旧的", len(l.ends), l.recovered.Lines)}})
	}
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// OpenReader opens a log for reading as of its present checkpoint, after verifying all of it like Open.
func OpenReader(dir, vkey string) (*Log, error) {
	verifier, err := parseVerifier(vkey)
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, verifier: verifier}
	if err := l.openFiles(os.O_RDONLY); err != nil {
		return nil, err
	}
	if err := l.load(); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Log) openFiles(mode int) (err error) {
	if _, err := os.Stat(filepath.Join(l.dir, checkpointFile)); errors.Is(err, fs.ErrNotExist) {
		return noCheckpoint(l.dir)
	}
	if l.entries, err = os.OpenFile(filepath.Join(l.dir, entriesFile), mode, 0); err != nil {
		return missing(l.dir, entriesFile, err)
	}
	if l.hashes, err = os.OpenFile(filepath.Join(l.dir, hashesFile), mode, 0); err != nil {
		_ = l.entries.Close()
		return missing(l.dir, hashesFile, err)
	}
	return nil
}

func (l *Log) load() error {
	s, err := scan(l.dir, l.verifier)
	if err != nil {
		return err
	}
	l.checkpoint, l.edge, l.ends, l.leaves, l.recovered = s.checkpoint, s.edge, s.ends, s.leaves, s.tail
	return nil
}

// Close closes the log and lets another process open it for appending.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.entries.Close(), l.hashes.Close())
}

// Recovered says what Open found beyond the checkpointed part: the rest of an append that was never acknowledged. It is
// cut off by the next append.
func (l *Log) Recovered() Tail { return l.recovered }

// Size returns the number of entries.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.ends))
}

// Checkpoint returns the signed checkpoint. Kept elsewhere, it shows later whether the log was rolled back or
// rewritten.
func (l *Log) Checkpoint() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.checkpoint
}

// Append appends one entry and returns its index once it is durable.
func (l *Log) Append(e yumen.Entry) (int64, error) { return l.AppendAll(e) }

// AppendAll appends up to 256 entries as one step: after a crash either all of them are in the log or none is. It
// returns the index of the first. Where it fails, none of them counts as appended, and it may be tried again after
// Settle.
func (l *Log) AppendAll(entries ...yumen.Entry) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key == nil {
		return 0, yumen.Errorf(yumen.KindInternal, "the log is open for reading only", "日志以只读方式打开")
	}
	if l.unsettled != nil {
		return 0, yumen.Errorf(yumen.KindUnavailable, "whether the log holds the last append is not known yet",
			"上次追加是否已写入日志尚不确定").At(l.dir)
	}
	if len(entries) == 0 || len(entries) > MaxBatch {
		return 0, yumen.Errorf(yumen.KindInternal, "a batch holds 1 to %d entries", "一批须有 1 至 %d 条", MaxBatch)
	}
	next, err := l.prepare(entries)
	if err != nil {
		return 0, err
	}
	first := int64(len(l.ends))
	if err := l.write(next); err != nil {
		return 0, err
	}
	l.accept(next)
	return first, nil
}

// accept counts a batch as appended.
func (l *Log) accept(b *batch) {
	l.checkpoint, l.edge = b.checkpoint, b.edge
	l.ends, l.leaves = append(l.ends, b.ends...), append(l.leaves, b.leaves...)
}

// Settle finds out whether a failed AppendAll reached the log after all; Size then tells. Whichever checkpoint stands
// in the folder is written once more, because a file or folder that failed to be synced may be lost although a later
// sync succeeds. Nothing is done where the last append came to an end. Where Settle fails it may be tried again.
func (l *Log) Settle() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unsettled == nil {
		return nil
	}
	path := filepath.Join(l.dir, checkpointFile)
	found, err := os.ReadFile(path)
	if err != nil {
		return fileError(path, err)
	}
	appended := string(found) == l.unsettled.checkpoint
	if !appended && string(found) != l.checkpoint {
		return corrupt(l.dir, []yumen.Reason{{Rule: "log.checkpoint", Place: checkpointFile, Msg: yumen.Say(
			"the checkpoint was changed by somebody else", "检查点被他人改动")}})
	}
	if err := l.writeCheckpoint(string(found)); err != nil {
		return err
	}
	if err := publish(l.dir); err != nil {
		return err
	}
	if appended {
		l.accept(l.unsettled)
	}
	l.unsettled = nil
	return nil
}

// batch is all that an append writes.
type batch struct {
	lines, hashes []byte
	ends          []int64
	leaves        []tlog.Hash
	edge          edge
	checkpoint    string
}

func (l *Log) prepare(entries []yumen.Entry) (*batch, error) {
	b := &batch{edge: l.edge}
	for _, e := range entries {
		line, err := encode(e)
		if err != nil {
			return nil, err
		}
		b.lines = append(b.lines, line...)
		b.ends = append(b.ends, l.end()+int64(len(b.lines)))
		leaf := tlog.RecordHash(line[:len(line)-1])
		b.leaves = append(b.leaves, leaf)
		for _, h := range b.edge.add(leaf) {
			b.hashes = append(b.hashes, h[:]...)
		}
	}
	var err error
	b.checkpoint, err = signCheckpoint(b.edge.tree(), l.key)
	return b, err
}

// write makes a batch durable: entries, hashes, and the checkpoint under its temporary name, in any order; then the
// checkpoint takes the place of the one before, by which alone the batch counts.
func (l *Log) write(b *batch) error {
	err := together(
		func() error { return fileError(l.entries.Name(), replaceTail(l.entries, l.end(), b.lines)) },
		func() error {
			return fileError(l.hashes.Name(),
				replaceTail(l.hashes, tlog.StoredHashCount(l.edge.n)*tlog.HashSize, b.hashes))
		},
		func() error { return l.writeCheckpoint(b.checkpoint) })
	if err != nil {
		return err
	}
	if err = publish(l.dir); err != nil {
		l.unsettled = b
	}
	return err
}

// writeCheckpoint makes a checkpoint durable under its temporary name.
func (l *Log) writeCheckpoint(text string) error {
	temp := filepath.Join(l.dir, checkpointTemp)
	return fileError(temp, writeSynced(temp, []byte(text)))
}

// publish puts the new checkpoint in the place of the old one.
func publish(dir string) error {
	path := filepath.Join(dir, checkpointFile)
	if err := os.Rename(filepath.Join(dir, checkpointTemp), path); err != nil {
		return fileError(path, err)
	}
	return syncDir(dir)
}

// end returns the offset after the last entry.
func (l *Log) end() int64 {
	if len(l.ends) == 0 {
		return 0
	}
	return l.ends[len(l.ends)-1]
}

// encode returns the line of an entry, with its newline.
func encode(e yumen.Entry) ([]byte, error) {
	if e.Action == "" || e.Actor == "" || e.At.IsZero() {
		return nil, yumen.Errorf(yumen.KindInternal, "an audit entry needs a time, an actor and an action",
			"审计条目须有时间、主体和动作")
	}
	e.At = e.At.UTC()
	b, err := marshal(e)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInternal, "cannot write the audit entry", "无法写出审计条目").Because(err)
	}
	if b = append(b, '\n'); len(b) > maxEntry {
		return nil, yumen.Errorf(yumen.KindInternal, "an audit entry may not be longer than %d bytes", "审计条目不得超过 %d 字节",
			maxEntry)
	}
	return b, nil
}
