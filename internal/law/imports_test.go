package law

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/yumen-data/yumen"

// level is a storey of the building: the packages on it and the levels below that these may import. A package may
// always import its own parent and what lies under it.
type level struct {
	number   int
	packages []string // path.Match patterns; "." is the root
	below    []int
	why      string
}

var levels = []level{
	{0, []string{".", "api", "guest", "internal/*"}, []int{0}, "the vocabulary depends on nothing that uses it"},
	{1, []string{"access", "access/*", "audit", "catalog", "contract", "contract/*", "desensitize", "desensitize/*",
		"desensitize/*/*", "egress", "egress/*", "federation",
		"keyring", "privacy", "query", "query/*"},
		[]int{0}, "each part of the domain stands alone, so that it can be read and tested alone; pipeline composes them"},
	{2, []string{"sandbox", "sandbox/*", "store", "store/*"},
		[]int{0, 1}, "engines and drivers know the domain, not the route through it"},
	{3, []string{"journal", "pipeline", "service"},
		[]int{0, 1}, "the route knows no engine and no driver: it runs in the control plane, which reads no data"},
	{4, []string{"gateway", "gateway/*", "gateway/*/*", "console"},
		[]int{0}, "a door that cannot reach the sandbox, the store or quarantine cannot leak what lies there"},
	{5, []string{"home", "cmd/*", "cmd/*/*", "deploy", "examples", "examples/*", "examples/*/*"},
		[]int{0, 1, 2, 3, 4, 5}, "wiring needs everything"},
}

// edge is an import between packages that the levels alone would decide otherwise.
type edge struct{ from, to, why string }

// allowed imports within one level or upward.
var allowed = []edge{
	{"desensitize/*", "desensitize/*", "the parts of the editor build on each other"},
	{"desensitize/*/*", "desensitize/*", "the parts of the editor build on each other"},
	{"desensitize/*", "desensitize/*/*", "the parts of the editor build on each other"},
	{"contract/pack", "contract/workday", "clocks of a pack are counted in working days"},
	{"contract/cases", "contract/pack", "the types of cases are those of a pack"},
	{"contract/cases", "contract/workday", "an extension is in time or not by the calendar"},
	{"query/ast", "query/plan", "a syntax tree has the types and constants of the plan"},
	{"query/decode", "query/ast", "a parse tree becomes a syntax tree"},
	{"query/decode", "query/plan", "types, constants and names of functions are those of the plan"},
	{"query/decode", "query/reason", "what is not understood is refused"},
	{"query/interval", "query/plan", "what values can be is asked of expressions of the plan"},
	{"query/bind", "query/ast", "names of the syntax tree are resolved"},
	{"query/bind", "query/plan", "what names mean is a plan"},
	{"query/bind", "query/interval", "some uses depend on what values can be"},
	{"query/bind", "query/reason", "what is not granted is refused"},
	{"query/cells", "query/plan", "what is asked is said in terms of the plan"},
	{"query/cells", "query/interval", "parts that cannot be and bounds of measures follow from what values can be"},
	{"query/cells", "query/reason", "what cannot be a cell is refused"},
	{"query/emit", "query/plan", "plans are written"},
	{"query/emit", "query/cells", "cells and questions are written"},
	{"query/emit", "query/interval", "how many digits a number needs follows from what it can be"},
	{"query/emit", "query/reason", "names are compared as the engine does"},
	{"desensitize", "keyring", "pseudonyms, hashes and ciphers are made with keys that it is handed"},
	{"desensitize/*", "keyring", "pseudonyms, hashes and ciphers are made with keys that it is handed"},
	{"store/local", "store/seal", "files are sealed as they are written and opened as they are read"},
	{"pipeline", "journal", "each arrow of the route is a step; the journal knows nothing of routes"},
	{"gateway/rest", "gateway/wire", "a door and its client agree on what is sent"},
	{"gateway/client", "gateway/wire", "a door and its client agree on what is sent"},
	{"gateway/pgwire/rewrite", "gateway/pgwire/lex", "texts are changed at tokens"},
	{"gateway/pgwire", "gateway/sqlsession", "what a statement means is the same through every door for SQL"},
	{"gateway/flightsql", "gateway/sqlsession", "what a statement means is the same through every door for SQL"},
	{"gateway/flightsql", "gateway/pgwire/lex", "parameters that clients mark by ? are found among tokens"},
	{"gateway/sqlsession", "gateway/pgwire/*", "texts are cut and changed as PostgreSQL reads them"},
	{"service", "pipeline", "use cases are composed of the route and what it writes down"},
	{"service", "journal", "use cases are composed of the route and what it writes down"},
	{"journal", "store", "a step is made of the records and intents that every driver keeps; the drivers stay out of its reach"},
	{"pipeline", "store", "records and intents are words that the route shares with whatever driver keeps them; the drivers stay out of its reach"},
}

// forbidden imports that no other rule may allow.
var forbidden = []edge{
	{".", "*", "everything imports the root, so the root imports nothing"},
	{"egress", "desensitize", "the judge must not depend on the editor whose work it judges"},
	{"egress", "desensitize/*", "the judge must not depend on the editor whose work it judges"},
	{"egress", "desensitize/*/*", "the judge must not depend on the editor whose work it judges"},
	{"query/*", "query", "the steps of a statement do not import what calls them"},
	{"desensitize", "egress", "the editor must not know how to please the judge"},
	{"desensitize/*/*", "egress", "the editor must not know how to please the judge"},
	{"desensitize/*", "egress", "the editor must not know how to please the judge"},
	{"journal", "store/*", "which driver keeps the state is for the wiring to say"},
	{"journal", "sandbox", "a step writes what is known; it runs nothing"},
	{"journal", "sandbox/*", "a step writes what is known; it runs nothing"},
	{"desensitize/technique", "desensitize",
		"a technique changes a table and knows nothing of profiles, passes and records"},
	{"pipeline", "store/*", "which driver keeps the state is for the wiring to say"},
	{"pipeline", "sandbox", "the route asks for a run through an interface of its own and never runs an engine"},
	{"pipeline", "sandbox/*", "the route asks for a run through an interface of its own and never runs an engine"},
	{"gateway/*", "sandbox", "no door can touch unreleased bytes"},
	{"gateway/*/*", "sandbox", "no door can touch unreleased bytes"},
	{"gateway/pgwire/lex", "*", "cutting text into tokens needs nothing of what the text means"},
	{"api", "internal/*", "what a door sees is made of the vocabulary alone"},
	{"console", "store", "no door can touch unreleased bytes"},
	{"examples", "home", "only a command opens a domain"},
	{"examples/*", "home", "only a command opens a domain"},
	{"examples/*/*", "home", "only a command opens a domain"},
	{"cmd/*/*", "home", "only a command opens a domain"},
	{"cmd/yumen", "pipeline", "a command asks service, which finds out who asks"},
	{"cmd/yumen", "journal", "a command asks service, which finds out who asks"},
	{"home", "cmd/*", "a command opens a domain, not the other way round"},
	{"guest", "*", "authors of modules link it into programs of their own"},
	{"internal/*", "internal/law", "rules about the source are no part of the program"},
}

// outside says which packages may import a module that is not ours. A module that is not listed is not allowed
// anywhere.
type outside struct {
	module string
	from   []string
	why    string
}

var modules = []outside{
	{"github.com/duckdb/duckdb-go", []string{"sandbox/duck"},
		"an engine runs only in an enclave, and each further importer links 70 MB into its tests"},
	{"github.com/tetratelabs/wazero", []string{"sandbox/wasm"}, "an engine runs only in an enclave"},
	{"github.com/apache/arrow-go/v18/arrow/flight/gen", []string{"gateway/flightsql"},
		"messages of a protocol, which read no Arrow"},
	{"github.com/apache/arrow-go", []string{"internal/arrowio", "internal/cellparse", "internal/intake",
		"internal/pgrows", "internal/flightmeta", "sandbox/*", "desensitize", "desensitize/*",
		"cmd/yumen/clitest", "cmd/yumen-bench"},
		"the control plane moves results and never parses them; " +
			"desensitize edits columns, and is called on them in an enclave only; a client of a door reads its answers"},
	{"github.com/google/flatbuffers", []string{"internal/arrowio"},
		"what frames an Arrow stream, looked at before arrow-go trusts its lengths"},
	{"github.com/landlock-lsm/go-landlock", []string{"sandbox"}, "isolation is applied in one place"},
	{"github.com/elastic/go-seccomp-bpf", []string{"sandbox"}, "isolation is applied in one place"},
	{"kernel.org/pub/linux/libs/security/libcap/psx", []string{"sandbox"},
		"isolation is applied in one place, to every thread"},
	{"golang.org/x/sys", []string{"sandbox", "store", "store/*", "cmd/*"},
		"what asks the operating system stays at the edges"},
	{"modernc.org/sqlite", []string{"store/sqlite"}, "one driver, one package"},
	{"github.com/minio/minio-go", []string{"store/s3"}, "one driver, one package"},
	{"github.com/minio/sio", []string{"store/*"}, "objects are sealed where they are stored"},
	{"github.com/jackc/pgx", []string{"store/postgres", "gateway/pgwire", "gateway/sqlsession", "internal/pgrows",
		"cmd/yumen", "cmd/yumen/clitest", "cmd/yumen-bench"},
		"one driver, one package; the wire protocol is a door's and its client's, and rows are tested against its decoder"},
	{"golang.org/x/mod", []string{"audit"}, "tiles, checkpoints and their signatures belong to the log"},
	{"github.com/emmansun/gmsm", []string{"audit", "keyring", "internal/*", "store/*", "desensitize", "desensitize/*"},
		"national algorithms where something is hashed, signed or sealed"},
	{"github.com/google/differential-privacy", []string{"privacy", "desensitize/technique"},
		"noise comes from one secure source, and only where it is meant to protect"},
	{"gonum.org/v1/gonum", []string{"desensitize", "desensitize/*", "cmd/yumen-bench/*"},
		"tails of distributions are computed by those who tested them"},
	{"github.com/cedar-policy/cedar-go", []string{"access"}, "policies are decided in one place"},
	{"github.com/coreos/go-oidc", []string{"access/oidc"}, "who is asking is found out in one place"},
	{"golang.org/x/oauth2", []string{"access/oidc"}, "who is asking is found out in one place"},
	{"github.com/xdg-go/scram", []string{"access"}, "who is asking is found out in one place"},
	{"golang.org/x/time", []string{"service", "access"}, "how often one may ask is the same through every door"},
	{"github.com/prometheus/client_golang", []string{"gateway/ops"},
		"figures of operation leave through a door of their own"},
	{"google.golang.org/grpc", []string{"gateway/flightsql", "cmd/yumen/clitest", "cmd/yumen-bench"},
		"one protocol, one door, and clients of it in tests and measurements"},
	{"google.golang.org/protobuf", []string{"gateway/flightsql"}, "one protocol, one door"},
	{"google.golang.org/genproto", []string{"gateway/flightsql", "cmd/yumen/clitest"},
		"how gRPC says the details of an error"},
	{"github.com/alexedwards/scs", []string{"console"}, "cookies are for pages; other doors carry tokens"},
	{"github.com/danielgtaylor/huma", []string{"gateway/rest"}, "one protocol, one door"},
	{"github.com/spf13/cobra", []string{"cmd/*", "cmd/internal/*"}, "nothing but the command knows of commands"},
	{"github.com/spf13/pflag", []string{"cmd/*"}, "nothing but the command knows of flags"},
	{"golang.org/x/term", []string{"cmd/*", "cmd/internal/*"}, "nothing but the command knows of terminals"},
	{"github.com/xuri/excelize", []string{"cmd/*", "cmd/yumen/clitest"}, "a workbook is made of what a command shows"},
	{"golang.org/x/text", []string{"sandbox/*", "internal/*", "cmd/*", "cmd/*/*", "access"},
		"foreign encodings are read inside an enclave; a terminal needs the width of a character; names have one form"},
	{"go.mau.fi/util", []string{"access"}, "which names look the same is decided in one place"},
	{"github.com/duckdb/duckdb-go-bindings", []string{"sandbox/duck"},
		"what the driver does not show of the same engine: results while they are made"},
	{"go.yaml.in/yaml", []string{"internal/*", "catalog", "contract", "cmd/*", "examples", "examples/*"},
		"YAML is how people write, not how parts talk"},
}

// testOnly are modules that no program contains.
var testOnly = []string{"github.com/google/go-cmp", "pgregory.net/rapid", "github.com/rogpeppe/go-internal",
	"github.com/chromedp/chromedp", "github.com/johannesboyne/gofakes3",
	"github.com/oauth2-proxy/mockoidc", "github.com/golang-jwt/jwt"}

// testHelpers are packages that tests alone import.
var testHelpers = []string{"internal/*test", "store/storetest"}

// heavy is what only its own tests may link.
const heavy = "sandbox/duck"

// engines are the packages that link one. Those withoutEngine must not import them, directly or through others.
var (
	engines       = []string{heavy, "sandbox/wasm"}
	withoutEngine = []string{"home", "cmd/yumen-bench", "cmd/yumen-bench/*"}
)

const whyWithoutEngine = "it starts enclaves from the program yumen and is none itself"

// source is a package as go list gives it.
type source struct {
	ImportPath                         string
	Name                               string
	Dir                                string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
}

func (s source) path() string { return inside(s.ImportPath) }

// inside returns the path of a package of ours within the module, and "" for any other.
func inside(importPath string) string {
	if importPath == module {
		return "."
	}
	rest, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	return rest
}

func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func TestImportLaw(t *testing.T) {
	packages := list(t)
	if len(packages) < 5 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

func list(t *testing.T) []source {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags=duckdb_arrow",
		"-json=ImportPath,Name,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = top
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []source
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var s source
		if err := d.Decode(&s); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, s)
	}
	return packages
}

// violations returns a sentence for each import that breaks the law.
func violations(packages []source) []string {
	var out []string
	graph := map[string][]string{}
	for _, p := range packages {
		graph[p.path()] = p.Imports
	}
	for _, p := range packages {
		if _, ok := levelOf(p.path()); !ok {
			out = append(out, fmt.Sprintf("%s stands on no level: give it one", p.path()))
			continue
		}
		for _, to := range p.Imports {
			if why := broken(p.path(), to); why != "" {
				out = append(out, fmt.Sprintf("%s must not import %s: %s", p.path(), to, why))
			}
		}
		for _, engine := range engines {
			if matches(p.path(), withoutEngine...) && reaches(p.path(), engine, graph, map[string]bool{}) {
				out = append(out, fmt.Sprintf("%s must not link %s: %s", p.path(), engine, whyWithoutEngine))
			}
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := brokenByTest(p.path(), to, graph); why != "" {
				out = append(out, fmt.Sprintf("a test of %s must not import %s: %s", p.path(), to, why))
			}
		}
	}
	return out
}

// broken says why a package may not import another, or "".
func broken(from, to string) string {
	if standard(to) {
		return ""
	}
	if to := inside(to); to != "" {
		return brokenInside(from, to)
	}
	for _, m := range modules {
		if within(m.module, to) {
			if matches(from, m.from...) {
				return ""
			}
			return m.why
		}
	}
	if slices.ContainsFunc(testOnly, func(m string) bool { return within(m, to) }) {
		if matches(from, testHelpers...) {
			return ""
		}
		return "it is for tests"
	}
	return "the module is not on the list of those in use"
}

func brokenInside(from, to string) string {
	if matches(to, testHelpers...) && !matches(from, testHelpers...) {
		return "it is for tests"
	}
	for _, e := range forbidden {
		if matches(from, e.from) && (e.to == "*" || matches(to, e.to)) {
			return e.why
		}
	}
	if slices.ContainsFunc(allowed, func(e edge) bool { return matches(from, e.from) && matches(to, e.to) }) {
		return ""
	}
	a, _ := levelOf(from)
	b, ok := levelOf(to)
	switch {
	case !ok:
		return "it stands on no level"
	case slices.Contains(a.below, b.number), family(from, to):
		return ""
	}
	return a.why
}

// brokenByTest says why a test may not import a package, or "". Tests may use any part of the project that does not
// link an engine, and the modules of tests.
func brokenByTest(from, to string, graph map[string][]string) string {
	if standard(to) || slices.ContainsFunc(testOnly, func(m string) bool { return within(m, to) }) {
		return ""
	}
	path := inside(to)
	switch {
	case path == "":
		return broken(from, to)
	case from == path, from == heavy, matches(from, "cmd/*"):
		return ""
	case reaches(path, heavy, graph, map[string]bool{}):
		return "it links DuckDB; drive the built program instead"
	}
	return ""
}

func reaches(from, to string, graph map[string][]string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(graph[from], func(next string) bool {
		p := inside(next)
		return p != "" && reaches(p, to, graph, seen)
	})
}

func levelOf(pkg string) (level, bool) {
	i := slices.IndexFunc(levels, func(l level) bool { return matches(pkg, l.packages...) })
	if i < 0 {
		return level{}, false
	}
	return levels[i], true
}

// family reports whether one package lies under the other.
func family(a, b string) bool {
	return a != "." && b != "." && (within(a, b) || within(b, a))
}

func within(parent, child string) bool {
	return child == parent || strings.HasPrefix(child, parent+"/")
}

func matches(pkg string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, pkg)
		return err == nil && ok
	})
}
