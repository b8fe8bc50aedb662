package egress

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/egress.md must have a section for every rule there is and for no other.
func TestEveryRuleIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/egress.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^(?:### |\\| )`([a-z.<>-]+)`").FindAllStringSubmatch(string(text), -1) {
		got[m[1]] = true
	}
	want := map[string]bool{}
	for _, s := range kinds() {
		for _, f := range Check(s) {
			rule := string(f.Rule)
			if strings.HasPrefix(rule, "identifiers.") {
				rule = "identifiers.<type>"
			}
			want[rule] = true
		}
	}
	for _, cs := range [][]struct {
		name   string
		change func(*reviewCase)
		want   string
	}{voteCases, clearCases} {
		for _, c := range cs {
			for _, r := range strings.Fields(c.want) {
				want[r] = true
			}
		}
	}
	for _, r := range ledgerRules {
		want[string(r)] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("rules (-) against docs/egress.md (+):\n%s", diff)
	}
}

// The defaults that docs/egress.md names are those that the comments of the root package promise.
func TestDocumentedDefaults(t *testing.T) {
	text, err := os.ReadFile("../docs/egress.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../contract.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ doc, field, promise string }{
		{"Default: k = 10.", "K ", "Defaults to 10"},
		{"Default: n = 2, share = 0.9.", "Dominance ", "Defaults to n=2, share=0.9"},
		{"Default: p = 0.1.", "PRatio ", "Defaults to 0.1"}, {"Default: base = 5.", "Rounding ", "Defaults to 5"},
		{"Default: 5000 rows.", "MaxRows ", "Defaults to 5000"}, {"Default: 16MiB.", "MaxBytes ", "Defaults to 16MiB"},
		{"Default: 0 hits.", "MaxHits ", "Defaults to 0"},
	} {
		if !strings.Contains(string(text), c.doc) {
			t.Errorf("docs/egress.md does not say %q", c.doc)
		}
		if !regexp.MustCompile(`(?m)^\s+` + c.field + `.*` + c.promise).Match(source) {
			t.Errorf("contract.go promises another default for %s", c.field)
		}
	}
}
