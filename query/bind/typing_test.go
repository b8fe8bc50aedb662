package bind

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen/query/plan"
)

// TestExamples holds that every function with constant arguments has an example.
func TestExamples(t *testing.T) {
	for name, f := range plan.Functions {
		if strings.ContainsAny(f.Params, "NITLD") && examples[name] == "" {
			t.Errorf("%s has no example", name)
		}
	}
	for name := range examples {
		if f := plan.Functions[name]; f == nil || !strings.ContainsAny(f.Params, "NITLD") {
			t.Errorf("%s needs no example", name)
		}
	}
}
