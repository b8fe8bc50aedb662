package goldentest

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Section compares the part of a Markdown page between the lines begin and end with what a test made of the source.
func Section(t *testing.T, page, begin, end, got string) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(b), begin+"\n")
	want, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no part between %q and %q", page, begin, end)
	}
	if diff := cmp.Diff(want, got); diff != "" && !*update {
		t.Errorf("%s differs from the source; run the test with -update (-page +source):\n%s", page, diff)
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+"\n"+got+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
