package law

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// makesPrincipal is where a principal comes into being.
var makesPrincipal = regexp.MustCompile(`api\.(Principal\{[^}]|Asserted\(|Machine\(\))`)

// principalMakers are the files outside package access that make principals, and why.
var principalMakers = map[string]string{
	"gateway/client/client.go": "what a server says of who asks; the server asks access",
	"gateway/rest/request.go":  "the machine, on the socket of the home's owner",
	"cmd/yumen/serve.go":       "the machine, for its own upkeep",
	"cmd/yumen/domain.go":      "a name that the server of the home is asked about, and the machine",
}

// Who asks is found out by package access: no door and no command makes a person out of a name.
func TestPrincipalsAreMadeByAccess(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		rel, err1 := filepath.Rel(top, path)
		if err != nil || err1 != nil {
			return err
		}
		if d.IsDir() && (rel == "cmd/yumen-bench" || strings.HasPrefix(d.Name(), ".") && rel != ".") { // generated people of generated data
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") ||
			strings.HasPrefix(rel, "access/") || strings.HasPrefix(rel, "api/") {
			return nil
		}
		b, err := os.ReadFile(path)
		if makesPrincipal.Match(b) {
			if principalMakers[rel] == "" {
				t.Errorf("%s makes a principal: %s", rel, makesPrincipal.Find(b))
			}
			found[rel] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for f := range principalMakers {
		if !found[f] {
			t.Errorf("%s makes no principal any more", f)
		}
	}
}
