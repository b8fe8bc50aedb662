package clitest

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestHeldDigestsAreTheirOwn: the same query twice is held under different digests, of every round and of the evidence,
// in the log and in the receipts too, and leaves as the same file.
func TestHeldDigestsAreTheirOwn(t *testing.T) { eachWay(t, testHeldDigestsAreTheirOwn) }

func testHeldDigestsAreTheirOwn(t *testing.T) {
	h := newHome(t)
	var files, receipts [][]byte
	for range 2 {
		j, a := h.submitSQL(countSQL)
		if j.State != yumen.StateInReview {
			t.Fatalf("%s: %s", j.State, a.err)
		}
		artifact := h.artifact(j.ID)
		h.must("review", "vote", j.ID, artifact, "--reason", "fine", "--as", "reviewer")
		h.must("review", "release", j.ID, "--format", "arrow", "--as", "reviewer")
		got := ask[struct{ File, Receipt string }](h, "release", "get", "r"+strings.TrimPrefix(j.ID, "j"), "--out",
			t.TempDir(), "--as", "analyst")
		h.must("release", "verify", got.Receipt, "--file", got.File)
		files, receipts = append(files, readFile(t, got.File)), append(receipts, readFile(t, got.Receipt))
		if len(artifact) == 0 || !bytes.Contains(receipts[len(receipts)-1], []byte(artifact)) {
			t.Error("the receipt does not name the artifact")
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the files differ")
	}
	if bytes.Contains(files[0], []byte("salt")) {
		t.Error("the file carries a salt")
	}
	seen := map[string]bool{}
	held := regexp.MustCompile(`"(artifact|evidence)":"(sha256:[0-9a-f]{64})"`)
	for line := range strings.Lines(h.must("audit", "export", "--as", "regulator")) {
		if !strings.Contains(line, `"job.hold"`) && !strings.Contains(line, `"job.fix"`) {
			continue
		}
		for _, m := range held.FindAllStringSubmatch(line, -1) {
			if seen[m[2]] {
				t.Errorf("the %s %s was held before", m[1], m[2])
			}
			seen[m[2]] = true
		}
	}
	if len(seen) != 8 { // a result and its evidence, as computed and as fixed, twice
		t.Errorf("the log names %d held tables", len(seen))
	}
}

// TestVersionDigestsAreTheirOwn: the same file imported into two homes makes versions of different digests; twice into
// the same, it is refused the second time.
func TestVersionDigestsAreTheirOwn(t *testing.T) { eachWay(t, testVersionDigestsAreTheirOwn) }

func testVersionDigestsAreTheirOwn(t *testing.T) {
	var digests []yumen.Digest
	for range 2 {
		h := makeHome(t)
		d := ask[struct{ Versions []yumen.Version }](h, "catalog", "show", "visits")
		digests = append(digests, d.Versions[0].Digest)
		again := h.run("catalog", "import", "visits", write(t, t.TempDir(), "again.csv", visitsCSV()), "--as",
			"provider")
		if again.code != 1 || !strings.Contains(again.err, "these very rows") {
			t.Errorf("the same rows again: %d %s", again.code, again.err)
		}
		h.must("catalog", "import", "visits",
			write(t, t.TempDir(), "more.csv", visitsCSV()+"P9999,north,2026-01-01,1,\n"), "--as", "provider")
		again = h.run("catalog", "import", "visits", write(t, t.TempDir(), "again.csv", visitsCSV()), "--as",
			"provider")
		if again.code != 1 || !strings.Contains(again.err, "these very rows") {
			t.Errorf("the rows of the first version again: %d %s", again.code, again.err)
		}
	}
	if digests[0] == digests[1] {
		t.Error("two homes gave the same rows the same digest")
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
