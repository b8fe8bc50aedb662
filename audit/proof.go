package audit

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

// Proof shows offline that an entry stands in the log: an audit path as in RFC 6962, section 2.1.1, and the signed
// checkpoint it leads to.
type Proof struct {
	Entry      json.RawMessage  `json:"entry"` // the leaf, byte for byte
	Index      int64            `json:"index"`
	Size       int64            `json:"size"`
	Hashes     tlog.RecordProof `json:"hashes"`
	Checkpoint string           `json:"checkpoint"`
}

// Prove returns the proof that entry i stands in the log, as of now.
func (l *Log) Prove(i int64) (Proof, error) {
	r, err := l.record(i)
	if err != nil {
		return Proof{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := Proof{Entry: r.Raw, Index: i, Size: l.edge.n, Checkpoint: l.checkpoint}
	if p.Hashes, err = tlog.ProveRecord(p.Size, i, tlog.HashReaderFunc(l.readHashes)); err != nil {
		return Proof{}, err
	}
	if err := p.verify(l.verifier); err != nil {
		return Proof{}, corrupt(l.dir, []yumen.Reason{{Rule: "log.hashes", Place: hashesFile,
			Msg: yumen.Say("the stored hashes no longer prove entry %d", "存储的哈希已不能证明第 %d 条", i)}})
	}
	return p, nil
}

// Verify checks the proof against the log's public key.
func (p Proof) Verify(vkey string) error {
	v, err := parseVerifier(vkey)
	if err != nil {
		return err
	}
	return p.verify(v)
}

func (p Proof) verify(v note.Verifier) error {
	tree, err := openCheckpoint(p.Checkpoint, v, false)
	if err != nil {
		return err
	}
	if tree.N != p.Size || tlog.CheckRecord(p.Hashes, tree.N, tree.Hash, p.Index, tlog.RecordHash(p.Entry)) != nil {
		return yumen.Errorf(yumen.KindCorrupt, "the proof does not lead from entry %d to the checkpoint of %d entries",
			"该证明不能从第 %d 条导出 %d 条的检查点", p.Index, p.Size)
	}
	return nil
}

func (l *Log) readHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		_, err := l.hashes.ReadAt(out[i][:], at*tlog.HashSize)
		if errors.Is(err, io.EOF) {
			return nil, corrupt(l.dir, []yumen.Reason{{Rule: "log.hashes", Place: hashPlace(at),
				Msg: yumen.Say("the file ends before it", "文件在此之前终止")}})
		}
		if err != nil {
			return nil, fileError(l.hashes.Name(), err)
		}
	}
	return out, nil
}

// VerifyConsistency checks that the log still begins with what it held when it signed an older checkpoint that was kept
// elsewhere: in a receipt, by a witness, in the state of the pipeline. It fails with kind corrupt where the log was
// rolled back or rewritten.
func (l *Log) VerifyConsistency(checkpoint string) error {
	old, err := openCheckpoint(checkpoint, l.verifier, false)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if old.N > l.edge.n {
		return corrupt(l.dir, []yumen.Reason{{Rule: "log.rolled-back", Place: checkpointFile, Msg: yumen.Say(
			"the log holds %[2]d entries, but it once signed that it held %[1]d", "日志现有 %[2]d 条，而它曾签名确认有 %[1]d 条",
			old.N, l.edge.n)}})
	}
	root, err := tlog.TreeHash(old.N, tlog.HashReaderFunc(l.readHashes))
	if err != nil {
		return err
	}
	if root != old.Hash {
		return corrupt(l.dir, []yumen.Reason{{Rule: "log.rewritten", Place: entriesFile, Msg: yumen.Say(
			"the first %d entries are not those that the log once signed", "前 %d 条与日志曾签名确认的不同", old.N)}})
	}
	return nil
}

// Report says what Verify found in a log that is whole.
type Report struct {
	Size       int64  `json:"size"`
	Root       string `json:"root"` // base64
	Origin     string `json:"origin"`
	Checkpoint string `json:"checkpoint"`
	Bytes      int64  `json:"bytes"` // of the entries
	Hashes     int64  `json:"hashes"`
	Tail       Tail   `json:"tail,omitzero"` // beyond the checkpoint: an append under way, or one that a crash cut short
}

// Verify reads the log in dir from end to end and compares every entry, every stored hash and the signature with each
// other. Where something is not what was written it fails with kind corrupt, one reason for each place. A writer may
// append meanwhile.
func Verify(dir, vkey string) (Report, error) {
	v, err := parseVerifier(vkey)
	if err != nil {
		return Report{}, err
	}
	if _, err := os.Stat(dir); err != nil {
		return Report{}, noCheckpoint(dir)
	}
	s, err := scan(dir, v)
	if err != nil {
		return Report{}, err
	}
	r := Report{Size: s.tree.N, Root: s.tree.Hash.String(), Origin: v.Name(), Checkpoint: s.checkpoint,
		Hashes: tlog.StoredHashCount(s.tree.N), Tail: s.tail}
	if r.Size > 0 {
		r.Bytes = s.ends[r.Size-1]
	}
	return r, nil
}
