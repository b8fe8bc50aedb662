package law

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"testing"
)

func TestImportLawCatches(t *testing.T) {
	duck := "github.com/duckdb/duckdb-go/v2"
	for _, c := range []struct{ from, to, why string }{
		{".", module + "/internal/task", "everything imports the root, so the root imports nothing"},
		{".", "go.yaml.in/yaml/v3", "YAML is how people write, not how parts talk"},
		{"egress", module + "/desensitize", "the judge must not depend on the editor whose work it judges"},
		{"desensitize", module + "/egress", "the editor must not know how to please the judge"},
		{"desensitize/anonymity", module + "/egress", "the editor must not know how to please the judge"},
		{"desensitize/technique", module + "/desensitize",
			"a technique changes a table and knows nothing of profiles, passes and records"},
		{"query", module + "/catalog", levels[1].why},
		{"query", module + "/pipeline", levels[1].why},
		{"internal/task", module + "/query", levels[0].why},
		{"query/plan", module + "/query/bind", levels[1].why},
		{"query/bind", module + "/query/cells", levels[1].why},
		{"query/cells", module + "/query/emit", levels[1].why},
		{"query/plan", module + "/query", "the steps of a statement do not import what calls them"},
		{"sandbox/duck", module + "/pipeline", levels[2].why},
		{"sandbox/duck", module + "/sandbox/wasm", levels[2].why},
		{"pipeline", module + "/sandbox",
			"the route asks for a run through an interface of its own and never runs an engine"},
		{"pipeline", module + "/store/sqlite", "which driver keeps the state is for the wiring to say"},
		{"pipeline", module + "/cmd/yumen", levels[3].why},
		{"pipeline", duck, "an engine runs only in an enclave, and each further importer links 70 MB into its tests"},
		{"pipeline", "github.com/apache/arrow-go/v18/arrow", modules[3].why},
		{"sandbox/duck", "github.com/tetratelabs/wazero", "an engine runs only in an enclave"},
		{"journal", module + "/pipeline", levels[3].why},
		{"journal", module + "/sandbox", "a step writes what is known; it runs nothing"},
		{"journal", module + "/store/sqlite", "which driver keeps the state is for the wiring to say"},
		{"pipeline", module + "/service", levels[3].why},
		{"service", module + "/store/sqlite", levels[3].why},
		{"api", module + "/access", levels[0].why},
		{"federation", module + "/query", levels[1].why},
		{"gateway/rest", module + "/service", levels[4].why},
		{"api", module + "/internal/task", "what a door sees is made of the vocabulary alone"},
		{"api", module + "/pipeline", levels[0].why},
		{"service", module + "/store", levels[3].why},
		{"gateway/rest", module + "/home", levels[4].why},
		{"pipeline", module + "/home", levels[3].why},
		{"examples/hospital", module + "/home", "only a command opens a domain"},
		{"cmd/yumen/clitest", module + "/home", "only a command opens a domain"},
		{"cmd/yumen", module + "/pipeline", "a command asks service, which finds out who asks"},
		{"home", module + "/cmd/yumen", "a command opens a domain, not the other way round"},
		{"pipeline", "github.com/riverqueue/river", "the module is not on the list of those in use"},
		{"gateway/rest", "google.golang.org/grpc",
			"one protocol, one door, and clients of it in tests and measurements"},
		{"gateway/pgwire", "github.com/apache/arrow-go/v18/arrow/flight/gen/flight",
			"messages of a protocol, which read no Arrow"},
		{"gateway/flightsql", "github.com/apache/arrow-go/v18/arrow/ipc", modules[3].why},
		{"gateway/flightsql", module + "/sandbox", "no door can touch unreleased bytes"},
		{"gateway/flightsql", module + "/gateway/pgwire", levels[4].why},
		{"gateway/rest", "github.com/alexedwards/scs/v2", "cookies are for pages; other doors carry tokens"},
		{"console", "golang.org/x/oauth2", "who is asking is found out in one place"},
		{"gateway/pgwire", "github.com/xdg-go/scram", "who is asking is found out in one place"},
		{"pipeline", "github.com/prometheus/client_golang", "figures of operation leave through a door of their own"},
		{"gateway/rest", "golang.org/x/time/rate", "how often one may ask is the same through every door"},
		{"gateway/rest", module + "/sandbox", "no door can touch unreleased bytes"},
		{"gateway/rest", module + "/pipeline", levels[4].why},
		{"console", module + "/store", "no door can touch unreleased bytes"},
		{"store/s3", "modernc.org/sqlite", "one driver, one package"},
		{"catalog", "github.com/google/go-cmp/cmp", "it is for tests"},
		{"catalog", "example.org/anything", "the module is not on the list of those in use"},
		{"catalog", module + "/internal/goldentest", "it is for tests"},
		{"catalog", module + "/nowhere", "it stands on no level"},
	} {
		got := violations([]source{{ImportPath: path.Join(module, c.from), Imports: []string{c.to}}})
		want := []string{fmt.Sprintf("%s must not import %s: %s", c.from, c.to, c.why)}
		if !slices.Equal(got, want) {
			t.Errorf("violations = %q, want %q", got, want)
		}
	}
}

func TestImportLawCatchesTests(t *testing.T) {
	packages := []source{
		{ImportPath: module + "/sandbox/duck", Imports: []string{"github.com/duckdb/duckdb-go/v2"}},
		{ImportPath: module + "/cmd/yumen", Imports: []string{module + "/sandbox/duck"}},
		{ImportPath: module + "/pipeline",
			XTestImports: []string{module + "/cmd/yumen", "github.com/google/go-cmp/cmp"}},
		{ImportPath: module + "/catalog", TestImports: []string{"github.com/duckdb/duckdb-go/v2"}},
		{ImportPath: module + "/surprise"},
		{ImportPath: module + "/home", Imports: []string{module + "/cmd/yumen"}},
	}
	want := []string{
		"a test of pipeline must not import " + module + "/cmd/yumen: it links DuckDB; drive the built program instead",
		"a test of catalog must not import github.com/duckdb/duckdb-go/v2: " + modules[0].why,
		"surprise stands on no level: give it one",
		"home must not import " + module + "/cmd/yumen: a command opens a domain, not the other way round",
		"home must not link sandbox/duck: " + whyWithoutEngine,
	}
	if got := violations(packages); !slices.Equal(got, want) {
		t.Errorf("violations = %q, want %q", got, want)
	}
}

func TestImportLawAllows(t *testing.T) {
	for _, c := range [][2]string{
		{"query", module}, {"query", module + "/query/emit"}, {"query/emit", module + "/query/cells"},
		{"query", module + "/internal/task"}, {"query", "strings"}, {"desensitize", module + "/desensitize/anonymity"},
		{"sandbox/duck", module + "/sandbox"}, {"sandbox/duck", module + "/query"},
		{"sandbox/duck", "github.com/duckdb/duckdb-go/v2"},
		{"pipeline", module + "/egress"}, {"pipeline", module + "/store"}, {"pipeline", module + "/desensitize"},
		{"cmd/yumen", module + "/sandbox/duck"},
		{"gateway/rest", module + "/api"}, {"service", module + "/api"}, {"federation", module + "/internal/task"},
		{"service", module + "/pipeline"}, {"service", module + "/journal"}, {"pipeline", module + "/journal"},
		{"journal", module + "/audit"}, {"journal", module + "/store"}, {"home", module + "/store/sqlite"},
		{"home", module + "/pipeline"}, {"cmd/yumen", module + "/home"}, {"cmd/yumen-bench", module + "/home"},
		{"access/oidc", "golang.org/x/oauth2"}, {"access", "github.com/xdg-go/scram"},
		{"service", "golang.org/x/time/rate"},
		{"console", "github.com/alexedwards/scs/v2"}, {"gateway/flightsql", "google.golang.org/grpc"},
		{"gateway/ops", "github.com/prometheus/client_golang/prometheus"},
		{"gateway/rest", module + "/internal/task"}, {"internal/arrowio", "github.com/apache/arrow-go/v18/arrow/ipc"},
	} {
		if why := broken(c[0], c[1]); why != "" {
			t.Errorf("%s may not import %s: %s", c[0], c[1], why)
		}
	}
}

// Every rule says why.
func TestEveryRuleHasAReason(t *testing.T) {
	for _, l := range levels {
		if l.why == "" {
			t.Errorf("level %d has no reason", l.number)
		}
	}
	for _, e := range slices.Concat(allowed, forbidden) {
		if e.why == "" {
			t.Errorf("the edge from %s to %s has no reason", e.from, e.to)
		}
	}
	for _, m := range modules {
		if m.why == "" {
			t.Errorf("%s has no reason", m.module)
		}
	}
	if !slices.IsSortedFunc(levels, func(a, b level) int { return cmp.Compare(a.number, b.number) }) {
		t.Error("levels are out of order")
	}
}
