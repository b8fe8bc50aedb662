package query

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/query/plan"
)

var rulePattern = regexp.MustCompile(`(?:[aA]dd|[aA]ddFix)\("([a-z]+\.[a-z-]+)"|\{"([a-z]+\.[a-z-]+)", yumen`)

// TestDocumented holds that docs/query.md names every rule and every function.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ToLower(string(b))
	rules := 0
	files, _ := filepath.Glob("*.go")
	steps, _ := filepath.Glob("*/*.go")
	for _, file := range slices.Concat(files, steps) {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range rulePattern.FindAllStringSubmatch(string(code), -1) {
			rules++
			if rule := m[1] + m[2]; !strings.Contains(page, "`"+rule+"`") {
				t.Errorf("docs/query.md does not list rule %s (%s)", rule, file)
			}
		}
	}
	if rules < 60 {
		t.Errorf("found %d rules in the code; the pattern misses some", rules)
	}
	for name := range plan.Functions {
		word := strings.TrimPrefix(strings.NewReplacer("||", `\|\|`, "is not", "is [not]", "is distinct",
			"is [not] distinct").Replace(name), "not ")
		if !strings.Contains(page, word) {
			t.Errorf("docs/query.md does not list function %s", name)
		}
	}
}
