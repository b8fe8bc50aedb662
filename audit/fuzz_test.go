package audit

import (
	"bytes"
	"testing"

	"github.com/yumen-data/yumen"
)

// No bytes but those that were sealed verify, whatever they look like, and none make the verifier panic.
func FuzzVerifyReceipt(f *testing.F) {
	sealed, _, key := sealedReceipt(f, 5)
	f.Add(sealed)
	f.Add([]byte("{}\n\n— yumen.test/log AAAA\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, checks, err := VerifyReceipt(b, key.Verifier())
		if bytes.Equal(b, sealed) {
			return
		}
		if r.Verified() || yumen.KindOf(err) != yumen.KindCorrupt || len(checks) == 0 || checks[len(checks)-1].OK {
			t.Fatalf("verified %v, checks %v, %v", r.Verified(), checks, err)
		}
	})
}

// Whatever a checkpoint file holds, the log is refused, unless it is the signed text itself.
func FuzzCheckpoint(f *testing.F) {
	dir, key := newLog(f, 3)
	whole := read(f, dir, checkpointFile)
	f.Add([]byte(whole))
	f.Add([]byte("yumen.test/log\n3\nAAAA\n\n— yumen.test/log AAAA\n"))
	v, err := parseVerifier(key.Verifier())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if tree, err := openCheckpoint(string(b), v, true); (err == nil) != (string(b) == whole) {
			t.Fatalf("size %d, %v", tree.N, err)
		}
	})
}
