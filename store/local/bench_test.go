package local

import (
	"context"
	"crypto/rand"
	"io"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

// BenchmarkSealedRead reads objects of 64 MB sealed and as they are, in turn, and gives how fast the sealed ones are
// beside the others (sealed/plain), by the fastest of its tries: from the disk and from the system's cache when nothing
// of them is known yet, so that one is decrypted and the other compared with its digest, and then once more.
func BenchmarkSealedRead(b *testing.B) {
	text := make([]byte, 64<<20)
	rand.Read(text)
	dir := b.TempDir()
	for _, suite := range []seal.Suite{seal.AES256GCM, seal.SM4GCM} {
		sealed := sealedStore(b, suite, 1<<30)
		plain := func() *Store { return reopened(b, dir, nil, nil) }
		o := put(b, sealed(), store.Versions, text)
		put(b, plain(), store.Versions, text)
		b.Run(suite.String(), func(b *testing.B) {
			var fastest [3][2]time.Duration
			for b.Loop() {
				for i, open := range []func() *Store{sealed, plain} {
					s := open()
					uncache(b, s, o)
					for how := range fastest {
						if how == 1 { // forgets what it has read, which is in the system's cache
							_ = s.Close()
							s = open()
						}
						if took := readOnce(b, s, o); fastest[how][i] == 0 || took < fastest[how][i] {
							fastest[how][i] = took
						}
					}
					_ = s.Close()
				}
			}
			for how, name := range []string{"disk", "cache", "again"} {
				b.ReportMetric(float64(fastest[how][1])/float64(fastest[how][0]), name+":sealed/plain")
				b.ReportMetric(float64(len(text))/1e6/fastest[how][0].Seconds(), name+":MB/s")
			}
		})
	}
}

// uncache has the system forget what it holds of an object's file.
func uncache(b *testing.B, s *Store, o store.Object) {
	f, err := s.File(o)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close() // read only
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatal(err)
	}
}

func readOnce(b *testing.B, s *Store, o store.Object) time.Duration {
	begun := time.Now()
	f, release, err := s.Fetch(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f},
		make([]byte, 256<<10)); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}
