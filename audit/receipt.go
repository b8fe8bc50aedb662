package audit

import (
	"bytes"
	"encoding/json"
	"io"

	"golang.org/x/mod/sumdb/note"

	"github.com/yumen-data/yumen"
)

// ReleaseEntry returns the entry to append before a release takes effect: it binds the log to the body by its digest.
func ReleaseEntry(by yumen.Actor, body json.RawMessage) (yumen.Entry, error) {
	var s ReceiptBody
	if err := json.Unmarshal(body, &s); err != nil {
		return yumen.Entry{}, yumen.Errorf(yumen.KindInternal, "not a statement", "不是声明").Because(err)
	}
	return yumen.Entry{At: s.At, Actor: by.Name, Org: by.Org, Asserted: by.Asserted, HandedBy: by.HandedBy,
		Action:  yumen.ActionRelease,
		Subject: s.Job.ID,
		From:    yumen.StateApproved, To: yumen.StateReleased,
		Digests: map[string]yumen.Digest{"receipt": yumen.DigestOf(body), "file": s.Release.File,
			"artifact": s.Artifact, "contract": s.Contract.Digest},
		Details: map[string]string{"release": s.Release.Name, "contract": s.Contract.Name}}, nil
}

// sealed is the text of a receipt.
type sealed struct {
	Body json.RawMessage `json:"statement"`
	Log  Proof           `json:"log"`
}

// Seal makes the receipt of the release that the body attests to and that entry index of the log announces: a signed
// note whose text is indented JSON. Sealing again later gives a receipt with a later checkpoint, as good as the first.
func Seal(l *Log, body json.RawMessage, index int64) ([]byte, error) {
	if l.key == nil {
		return nil, yumen.Errorf(yumen.KindInternal, "the log is open for reading only", "日志以只读方式打开")
	}
	proof, err := l.Prove(index)
	if err != nil {
		return nil, err
	}
	compact, err := marshal(sealed{Body: body, Log: proof})
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInternal, "cannot write the receipt", "无法写出回执").Because(err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, compact, "", "  "); err != nil {
		return nil, yumen.Errorf(yumen.KindInternal, "cannot write the receipt", "无法写出回执").Because(err)
	}
	text.WriteByte('\n')
	b, err := sign(text.String(), l.key)
	if err != nil {
		return nil, err
	}
	if _, _, err := verifyReceipt(b, l.verifier); err != nil { // never sign away what will not verify
		return nil, yumen.Errorf(yumen.KindInternal, "the log entry does not announce this release",
			"日志条目与此次出域不符").Because(err)
	}
	return b, nil
}

// Receipt is the receipt of a release. Only VerifyReceipt makes one that counts; the zero value attests to nothing.
type Receipt struct {
	verified bool
	body     ReceiptBody
	proof    Proof
	entry    yumen.Entry
}

// Verified reports whether the receipt has passed VerifyReceipt.
func (r Receipt) Verified() bool { return r.verified }

// Body returns what the receipt attests.
func (r Receipt) Body() ReceiptBody { return r.body }

// Proof returns the proof that the release stands in the log. Its checkpoint is fit for Log.VerifyConsistency.
func (r Receipt) Proof() Proof { return r.proof }

// Entry returns the log entry of the release.
func (r Receipt) Entry() yumen.Entry { return r.entry }

// VerifyFile reads a file to its end and checks that it is the one that was released.
func (r Receipt) VerifyFile(file io.Reader) error {
	if !r.verified {
		return yumen.Errorf(yumen.KindInternal, "the receipt has not been verified", "回执尚未验证")
	}
	d, n, err := yumen.DigestReader(file)
	if err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "cannot read the file", "无法读取文件").Because(err)
	}
	if d != r.body.Release.File {
		return yumen.Errorf(yumen.KindCorrupt,
			"the file is not the one that was released: it has %d bytes and digest %s; released were %d bytes, %s",
			"文件与出域文件不符：此文件 %d 字节，摘要 %s；出域文件 %d 字节，%s", n, d, r.body.Release.Bytes, r.body.Release.File)
	}
	return nil
}

// Check is one step of verifying a receipt and how it went.
type Check struct {
	Name string     `json:"name"` // stable: signature, format, checkpoint, inclusion, entry, statement
	OK   bool       `json:"ok"`
	Msg  yumen.Text `json:"message"`
}

// VerifyReceipt verifies a receipt from its own bytes and the domain's public key alone. It returns the steps in
// order, up to the first that fails: what follows a bad signature is not worth reading. The error has kind corrupt.
func VerifyReceipt(b []byte, vkey string) (Receipt, []Check, error) {
	v, err := parseVerifier(vkey)
	if err != nil {
		return Receipt{}, nil, err
	}
	return verifyReceipt(b, v)
}

// verification goes through the steps; each method is one of them.
type verification struct {
	v      note.Verifier
	note   []byte
	text   string
	sealed sealed
	entry  yumen.Entry
	body   ReceiptBody
}

func verifyReceipt(b []byte, v note.Verifier) (Receipt, []Check, error) {
	c := &verification{v: v, note: b}
	steps := []struct {
		name string
		run  func() error
		msg  yumen.Text
	}{
		{"signature", c.signature, yumen.Say("signed by %s", "签名方为 %s", v.Name())},
		{"format", c.format, yumen.Say("it is a receipt of a release", "是出域回执")},
		{"checkpoint", c.checkpoint, yumen.Say("the log's checkpoint is signed", "日志检查点签名有效")},
		{"inclusion", c.inclusion, yumen.Say("the release stands in the log", "该次出域已记入日志")},
		{"entry", c.announces, yumen.Say("the log entry announces this release", "日志条目对应此次出域")},
		{"statement", c.binding, yumen.Say("the log entry binds what is stated", "日志条目锁定了声明内容")},
	}
	var checks []Check
	for _, s := range steps {
		if err := s.run(); err != nil {
			e := yumen.AsError(err)
			return Receipt{}, append(checks, Check{Name: s.name, Msg: e.Msg}),
				yumen.Errorf(yumen.KindCorrupt, "the receipt is not valid", "回执无效").Because(e).At(s.name)
		}
		checks = append(checks, Check{Name: s.name, OK: true, Msg: s.msg})
	}
	return Receipt{verified: true, body: c.body, proof: c.sealed.Log, entry: c.entry}, checks, nil
}

func (c *verification) signature() (err error) {
	c.text, err = openNote(c.note, c.v, true)
	return err
}

func (c *verification) format() error {
	malformed := yumen.Errorf(yumen.KindCorrupt, "the signed text is not a receipt", "签名文本不是回执")
	if err := json.Unmarshal([]byte(c.text), &c.sealed); err != nil {
		return malformed
	}
	for _, raw := range []*json.RawMessage{&c.sealed.Body, &c.sealed.Log.Entry} {
		var compact bytes.Buffer // indentation is the receipt's, not theirs
		if err := json.Compact(&compact, *raw); err != nil {
			return malformed
		}
		*raw = compact.Bytes()
	}
	if json.Unmarshal(c.sealed.Body, &c.body) != nil || json.Unmarshal(c.sealed.Log.Entry, &c.entry) != nil {
		return malformed
	}
	if c.body.Schema != ReceiptSchema {
		return yumen.Errorf(yumen.KindCorrupt, "the receipt is of a form that this version does not know",
			"此版本不识别该回执格式")
	}
	return nil
}

func (c *verification) checkpoint() error {
	_, err := openCheckpoint(c.sealed.Log.Checkpoint, c.v, true)
	return err
}

func (c *verification) inclusion() error { return c.sealed.Log.verify(c.v) }

func (c *verification) announces() error {
	e, s := c.entry, c.body
	if e.Action != yumen.ActionRelease || e.Subject != s.Job.ID || e.Details["release"] != s.Release.Name ||
		e.Digests["file"] != s.Release.File || e.Digests["artifact"] != s.Artifact ||
		e.Digests["contract"] != s.Contract.Digest {
		return yumen.Errorf(yumen.KindCorrupt, "the log entry is not that of this release", "日志条目与此次出域不符")
	}
	return nil
}

func (c *verification) binding() error {
	if c.entry.Digests["receipt"] != yumen.DigestOf(c.sealed.Body) {
		return yumen.Errorf(yumen.KindCorrupt, "the statement is not the one that the log entry binds", "声明与日志条目锁定的不一致")
	}
	return nil
}
