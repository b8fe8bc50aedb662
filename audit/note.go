package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

// maxNote bounds what is parsed as a note, in bytes.
const maxNote = 16 << 20

// openNote returns the text of a note that v has signed. It is stricter than note.Open in one thing: the signature must
// be written the one way that base64 is meant to be, so that no byte of a note can be changed unnoticed. Signatures of
// others (witnesses) may stand beside it where alone is false.
func openNote(msg []byte, v note.Verifier, alone bool) (string, error) {
	if len(msg) > maxNote {
		return "", yumen.Errorf(yumen.KindCorrupt, "too long for a signed note", "过长，不是签名文本")
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return "", noteError(err, v)
	}
	sig := n.Sigs[0]
	raw, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != sig.Base64 {
		return "", yumen.Errorf(yumen.KindCorrupt, "the signature line is damaged", "签名行已损坏")
	}
	if alone && string(msg) != n.Text+"\n— "+sig.Name+" "+sig.Base64+"\n" {
		return "", yumen.Errorf(yumen.KindCorrupt, "there is more than one signature line", "签名行多于一行")
	}
	return n.Text, nil
}

func noteError(err error, v note.Verifier) *yumen.Error {
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &invalid):
		return yumen.Errorf(yumen.KindCorrupt, "the text is not what was signed", "文本与签名不符")
	case errors.As(err, &unverified):
		return yumen.Errorf(yumen.KindCorrupt, "there is no signature by the key %s+%08x", "没有密钥 %s+%08x 的签名", v.Name(),
			v.KeyHash())
	}
	return yumen.Errorf(yumen.KindCorrupt, "not a signed note", "不是签名文本")
}

// sign returns text as a note signed by k.
func sign(text string, k *Key) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInternal, "cannot sign", "无法签名").Because(err)
	}
	return b, nil
}

// signCheckpoint returns the signed checkpoint of a tree.
func signCheckpoint(t tlog.Tree, k *Key) (string, error) {
	b, err := sign(fmt.Sprintf("%s\n%d\n%s\n", k.Name(), t.N, t.Hash), k)
	return string(b), err
}

// openCheckpoint verifies a signed checkpoint and returns its tree.
func openCheckpoint(msg string, v note.Verifier, alone bool) (tlog.Tree, error) {
	text, err := openNote([]byte(msg), v, alone)
	if err != nil {
		return tlog.Tree{}, err
	}
	malformed := yumen.Errorf(yumen.KindCorrupt, "not a checkpoint", "不是检查点")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" { // extension lines would say something that no monitor can audit
		return tlog.Tree{}, malformed
	}
	if lines[0] != v.Name() {
		return tlog.Tree{}, yumen.Errorf(yumen.KindCorrupt, "the checkpoint is of another log", "检查点属于另一日志")
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != lines[1] {
		return tlog.Tree{}, malformed
	}
	h, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, malformed
	}
	return tlog.Tree{N: n, Hash: h}, nil
}
