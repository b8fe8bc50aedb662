package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

const (
	maxEntry  = 64 << 10 // bytes of one line
	maxListed = 20       // damages named one by one
)

// Tail is what lies in the files beyond the checkpointed part.
type Tail struct {
	Entries int64 `json:"entries"` // bytes of the entries file
	Lines   int64 `json:"lines"`   // complete lines among them
	Hashes  int64 `json:"hashes"`  // bytes of the hashes file
}

// IsZero reports whether there is no tail.
func (t Tail) IsZero() bool { return t == Tail{} }

// scanned is a log that was read from end to end and found whole.
type scanned struct {
	checkpoint string
	tree       tlog.Tree
	edge       edge
	ends       []int64 // offset after each line of entries
	leaves     []tlog.Hash
	tail       Tail
}

// scan reads the log in dir and compares all of it with its checkpoint, which it reads first, so that a writer may
// append meanwhile.
func scan(dir string, v note.Verifier) (*scanned, error) {
	s := &scanned{}
	if err := s.readCheckpoint(dir, v); err != nil {
		return nil, err
	}
	entries, err := os.Open(filepath.Join(dir, entriesFile))
	if err != nil {
		return nil, missing(dir, entriesFile, err)
	}
	defer entries.Close()
	hashes, err := os.Open(filepath.Join(dir, hashesFile))
	if err != nil {
		return nil, missing(dir, hashesFile, err)
	}
	defer hashes.Close()
	c := comparison{tree: s.tree}
	if err := c.read(entries, hashes); err != nil {
		return nil, fileError(dir, err)
	}
	if err := c.judge(dir); err != nil {
		return nil, err
	}
	s.edge, s.ends, s.leaves, s.tail = c.fromEntries, c.ends, c.of, c.tail
	return s, nil
}

func (s *scanned) readCheckpoint(dir string, v note.Verifier) error {
	path := filepath.Join(dir, checkpointFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return noCheckpoint(dir)
	}
	if err != nil {
		return fileError(path, err)
	}
	s.checkpoint = string(b)
	if s.tree, err = openCheckpoint(s.checkpoint, v, true); err != nil {
		return corrupt(dir, []yumen.Reason{{Rule: "log.checkpoint", Place: checkpointFile,
			Msg: yumen.AsError(err).Msg}})
	}
	return nil
}

// noCheckpoint tells a folder without a log from a log whose checkpoint is gone.
func noCheckpoint(dir string) error {
	if info, err := os.Stat(filepath.Join(dir, entriesFile)); err == nil && info.Size() > 0 {
		return missing(dir, checkpointFile, fs.ErrNotExist)
	}
	return yumen.Errorf(yumen.KindNotFound, "there is no audit log here", "此处没有审计日志").At(dir)
}

func missing(dir, name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fileError(filepath.Join(dir, name), err)
	}
	return corrupt(dir, []yumen.Reason{{Rule: "log." + name, Place: name, Msg: yumen.Say("the file is gone", "文件不见了")}})
}

// comparison holds the entries against the stored hashes and both against the signed root. Two trees are computed: one
// from the entries, one from the stored leaf hashes. Whichever reaches the signed root is right, and shows what is
// wrong in the other.
type comparison struct {
	tree        tlog.Tree
	fromEntries edge
	fromLeaves  edge
	ends        []int64
	of          []tlog.Hash // leaves of the entries
	tail        Tail

	lines      int64   // complete lines within the checkpointed part
	hashBytes  int64   // bytes of hashes within the checkpointed part
	leaves     damages // entries that differ from their stored leaf hash
	vsEntries  damages // stored hashes that differ from the tree of the entries
	vsLeaves   damages // stored hashes that differ from the tree of the stored leaves
	incomplete bool    // the files end before the checkpointed part does
}

// damages counts damages and keeps the first.
type damages struct {
	first []int64
	count int64
}

func (d *damages) add(i int64) {
	if d.count++; len(d.first) < maxListed {
		d.first = append(d.first, i)
	}
}

// read goes through both files once, keeping nothing but offsets and hashes of leaves.
func (c *comparison) read(entries, hashes io.Reader) error {
	er, hr := bufio.NewReaderSize(entries, 1<<20), bufio.NewReaderSize(hashes, 1<<20)
	c.ends = make([]int64, 0, min(c.tree.N, 1<<20))
	var off int64
	for i := range c.tree.N {
		line, err := readLine(er)
		if err != nil && err != io.EOF {
			return err
		}
		if err == io.EOF {
			c.incomplete = true
			break
		}
		off += int64(len(line))
		c.ends = append(c.ends, off)
		c.lines++
		if err := c.compare(i, tlog.RecordHash(line[:len(line)-1]), hr); err != nil {
			return err
		}
	}
	return c.readTail(er, hr)
}

// compare takes the leaf of entry i and as many stored hashes as belong to it.
func (c *comparison) compare(i int64, leaf tlog.Hash, hr io.Reader) error {
	want := c.fromEntries.add(leaf)
	c.of = append(c.of, leaf)
	stored := make([]tlog.Hash, len(want))
	for j := range stored {
		n, err := io.ReadFull(hr, stored[j][:])
		c.hashBytes += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			c.incomplete = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	if stored[0] != leaf {
		c.leaves.add(i)
	}
	at := tlog.StoredHashIndex(0, i)
	other := c.fromLeaves.add(stored[0])
	for j := range stored {
		if stored[j] != want[j] {
			c.vsEntries.add(at + int64(j))
		}
		if stored[j] != other[j] {
			c.vsLeaves.add(at + int64(j))
		}
	}
	return nil
}

func (c *comparison) readTail(er, hr *bufio.Reader) error {
	if c.lines < c.tree.N {
		return nil
	}
	var err error
	buf := make([]byte, 64<<10)
	for err == nil {
		var n int
		n, err = er.Read(buf)
		c.tail.Entries += int64(n)
		c.tail.Lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
	}
	if err != io.EOF {
		return err
	}
	c.tail.Hashes, err = io.Copy(io.Discard, hr)
	return err
}

// readLine returns the next line with its newline; a last line without one is io.EOF, it was never acknowledged.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	long := bytes.Clone(line) // only a damaged log has lines this long
	rest, err := r.ReadBytes('\n')
	return append(long, rest...), err
}

// judge says what is wrong, if anything.
func (c *comparison) judge(dir string) error {
	entriesRight := c.lines == c.tree.N && c.fromEntries.tree() == c.tree
	leavesRight := c.lines == c.tree.N && c.fromLeaves.tree() == c.tree
	switch {
	case entriesRight && c.vsEntries.count == 0 && !c.incomplete:
		return nil
	case entriesRight:
		return corrupt(dir, c.hashReasons(c.vsEntries))
	case c.lines < c.tree.N:
		return corrupt(dir, append(c.entryReasons(), c.shortEntries()))
	case leavesRight:
		return corrupt(dir, append(c.entryReasons(), c.hashReasons(c.vsLeaves)...))
	}
	return corrupt(dir, append(c.rootReasons(), append(c.entryReasons(), c.hashReasons(c.vsLeaves)...)...))
}

// rootReasons says that neither file leads to the signed root, so that neither shows what is wrong in the other.
func (c *comparison) rootReasons() []yumen.Reason {
	msg := yumen.Say("neither the entries nor the stored hashes lead to the signed root of %d entries; where they differ, either may be wrong",
		"日志条目与存储的哈希都不能导出已签名的 %d 条根哈希；两者不一致之处，均可能有误", c.tree.N)
	if c.leaves.count == 0 && !c.incomplete {
		msg = yumen.Say("the entries and their hashes agree with each other but not with the signed root of %d entries: both were rewritten",
			"日志条目与其哈希彼此一致，但与已签名的 %d 条根哈希不符：两者都被改写过", c.tree.N)
	}
	return []yumen.Reason{{Rule: "log.root", Place: checkpointFile, Msg: msg}}
}

func (c *comparison) shortEntries() yumen.Reason {
	return yumen.Reason{Rule: "log.entries", Place: entryPlace(c.lines, c.start(c.lines), c.start(c.lines)),
		Msg: yumen.Say(
			"no complete line follows; the checkpoint counts %[1]d entries", "此后再无完整的行，而检查点记有 %[1]d 条", c.tree.N)}
}

// start returns the offset of line i, counted from 0.
func (c *comparison) start(i int64) int64 {
	if i == 0 {
		return 0
	}
	return c.ends[i-1]
}

func entryPlace(i, from, to int64) string {
	return fmt.Sprintf("%s:line %d (entry %d, bytes %d-%d)", entriesFile, i+1, i, from, to)
}

func lineChanged(i, from, to int64) yumen.Reason {
	return yumen.Reason{Rule: "log.entries", Place: entryPlace(i, from, to),
		Msg: yumen.Say("the line is not what was appended", "该行与写入时不符")}
}

// entryReasons names the entries that are not what was written.
func (c *comparison) entryReasons() []yumen.Reason {
	var out []yumen.Reason
	for _, i := range c.leaves.first {
		out = append(out, lineChanged(i, c.start(i), c.ends[i]-1))
	}
	return appendMore(out, "log.entries", entriesFile, c.leaves)
}

// hashReasons names stored hashes that are not what was written, and whether the file is too short.
func (c *comparison) hashReasons(d damages) []yumen.Reason {
	var out []yumen.Reason
	for _, i := range d.first {
		out = append(out, yumen.Reason{Rule: "log.hashes", Place: hashPlace(i),
			Msg: yumen.Say("the stored hash is not that of the entries", "存储的哈希与日志条目不符")})
	}
	out = appendMore(out, "log.hashes", hashesFile, d)
	if want := tlog.StoredHashCount(c.tree.N) * tlog.HashSize; c.hashBytes < want {
		out = append(out, yumen.Reason{Rule: "log.hashes", Place: hashPlace(c.hashBytes / tlog.HashSize),
			Msg: yumen.Say(
				"the file ends here, %[1]d bytes short", "文件在此终止，缺 %[1]d 字节", want-c.hashBytes)})
	}
	return out
}

func hashPlace(i int64) string {
	level, n := tlog.SplitStoredHashIndex(i)
	return fmt.Sprintf("%s:hash %d (level %d, number %d, bytes %d-%d)", hashesFile, i, level, n, i*tlog.HashSize,
		(i+1)*tlog.HashSize-1)
}

func appendMore(out []yumen.Reason, rule, file string, d damages) []yumen.Reason {
	if more := d.count - int64(len(d.first)); more > 0 {
		out = append(out, yumen.Reason{Rule: rule, Place: file,
			Msg: yumen.Say("and %d more after these", "此后还有 %d 处", more)})
	}
	return out
}

func corrupt(dir string, reasons []yumen.Reason) error {
	e := yumen.AsError(yumen.Refuse(yumen.KindCorrupt, yumen.Say("the audit log is damaged", "审计日志已损坏"), reasons))
	return e.At(dir).ToFix("keep the folder as it is for the regulator; restore the log from a backup and compare it with a receipt",
		"原样保留该目录，交主管部门查验；从备份恢复日志，并与回执核对")
}
