package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// Two tenants work in one domain on data of the same provider. Whatever is called alpha belongs to the one, and bob and
// ben are of the other: a party of contracts, and a provider of data.
const tenantPeople = people + `  - {name: ann-alpha, org: alpha, roles: [operator, analyst, applicant]}
  - {name: al-alpha,  org: alpha-labs, roles: [applicant]}
  - {name: cy-alpha,  org: alpha-clinic, roles: [provider]}
  - {name: bob,       org: beta, roles: [operator, analyst, applicant]}
  - {name: ben,       org: beta-clinic, roles: [provider]}
`

var strangers = []string{"bob", "ben"}

// tenants is a domain in which one tenant has something of everything.
type tenants struct {
	home
	files string
	has   names
}

// names are by what they name: a contract, a person, an organisation, a token, a record, jobs in several states and a
// release.
type names map[string]string

// nobodys are names of the same shape that nothing has.
var nobodys = names{"contract": "gamma-study", "person": "gus-gamma", "org": "gamma", "token": "gammagammagamma2",
	"record": "d-20260101-gammaa", "case": "c-20260101-gammaa", "held": "j-20260101-gammaa", "released": "j-20260101-gammab",
	"recurring": "j-20260101-gammab", "release": "r-20260101-gammab", "key": "gamma-key",
	"digest": "sha256:" + strings.Repeat("9e", 32)}

func newTenants(t *testing.T) tenants {
	t.Helper()
	d := tenants{home{t: t, dir: filepath.Join(t.TempDir(), "home")}, t.TempDir(), names{}}
	d.must("init", "--domain", "test-domain")
	write(t, d.dir, "people.yaml", tenantPeople)
	write(t, d.dir, "home.yaml", "domain: test-domain\nisolation: reduced\nlocal_identities: asserted\n")
	d.must("catalog", "register", write(t, d.files, "visits.yaml", visitsYAML), "--as", "provider")
	d.must("catalog", "import", "visits", write(t, d.files, "visits.csv", visitsCSV()), "--as", "provider")
	d.must("catalog", "publish", "visits", "--as", "provider")
	d.sign("alpha-study", "alpha", "alpha-labs")
	d.sign("beta-study", "beta", "beta")
	d.has = names{"contract": "alpha-study", "person": "ann-alpha", "org": "alpha", "key": "alpha-key"}
	d.must("key", "create", "alpha-key", "--as", "admin", "--for", "alpha-clinic")
	d.must("token", "create", "--as", "ann-alpha", "--label", "alpha's", "--out", filepath.Join(d.files, "token"))
	d.has["token"] = ask[[]api.Token](d.home, "token", "list", "--as", "ann-alpha")[0].ID
	d.has["case"] = d.openCase("ann-alpha", "complaint", "--field", "内容=about alpha").ID
	d.has["held"], d.has["released"] = d.submit("ann-alpha", "alpha-study"), d.submit("ann-alpha", "alpha-study")
	d.has["digest"] = d.artifact(d.has["held"])
	d.must("review", "vote", d.has["released"], d.artifact(d.has["released"]), "--reason", "alpha may", "--as", "reviewer")
	d.must("review", "release", d.has["released"], "--as", "reviewer")
	d.must("job", "recur", d.has["released"], "--every", "24h", "--as", "ann-alpha")
	d.has["recurring"], d.has["release"] = d.has["released"], "r"+strings.TrimPrefix(d.has["released"], "j")
	d.desensitized()
	return d
}

func (d tenants) sign(name, operator, applicant string) {
	d.t.Helper()
	text := strings.NewReplacer("contract: study", "contract: "+name, "A study", "Of "+operator, "to test", "for "+operator,
		"operator: lab, applicant: lab", "operator: "+operator+", applicant: "+applicant).Replace(contractYAML)
	d.must("contract", "sign", write(d.t, d.files, name+".yaml", text), "--as", "regulator")
}

func (d tenants) submit(as, contract string) string {
	d.t.Helper()
	sql := write(d.t, d.files, "q.sql", countSQL)
	return ask[yumen.Job](d.home, "job", "submit", "--contract", contract, "--sql", sql, "--as", as).ID
}

// desensitized has a provider apply a profile for the tenant.
func (d *tenants) desensitized() {
	d.t.Helper()
	const profile = "profile: a-profile\nversion: 1\nsteps:\n  - columns: [name]\n    hash: {key: KEY, context: x}\n"
	for _, key := range []string{d.has["key"], nobodys["key"]} {
		write(d.t, d.files, key+".yaml", strings.Replace(profile, "KEY", key, 1))
	}
	table := write(d.t, d.files, "alpha.csv", "name\nx\ny\n")
	d.must("desensitize", table, "--profile", filepath.Join(d.files, d.has["key"]+".yaml"), "--out",
		filepath.Join(d.files, "out.csv"), "--as", "cy-alpha")
	d.has["record"] = ask[[]api.Desensitization](d.home, "desensitize", "records", "--as", "cy-alpha")[0].ID
}

// secrets is what belongs to the tenant in a text: its name, and what its things are called.
func (d tenants) secrets(text string) (found []string) {
	for _, name := range append(slices.Collect(maps.Values(d.has)), "alpha") {
		if strings.Contains(strings.ToLower(text), strings.ToLower(name)) {
			found = append(found, name)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(found)))
}

// judge compares what is said of something of the tenant's with what is said where there is nothing of the kind.
func (d tenants) judge(what, of, ofNothing string) {
	d.t.Helper()
	of, ofNothing = without(of, d.has), without(ofNothing, nobodys)
	if s := d.secrets(of + ofNothing); len(s) > 0 {
		d.t.Errorf("%s names %s:\n%s\n%s", what, s, of, ofNothing)
	}
	if of != ofNothing {
		d.t.Errorf("%s tells that there is such a thing:\n%s\nand where there is none:\n%s", what, of, ofNothing)
	}
}

// walks are the arguments with which each command is asked, without who asks.
var walks = map[string][][]string{
	"audit export": {{}}, "audit tail": {{}, {"--job", "{held}"}}, "audit verify": {{"--quick"}},
	"calendar add": {{"{files}/none.yaml"}}, "calendar list": {{}},
	"case accept": {{"{case}"}}, "case appeal": {{"{case}", "--reason", "x"}}, "case attach": {{"{case}", "{files}/alpha.csv"}},
	"case close": {{"{case}", "--result", "x"}}, "case complete": {{"{case}"}}, "case decide": {{"{case}", "--pass"}},
	"case delegate": {{"{case}", "--to", "bureau"}}, "case export": {{"{case}", "--out", "{files}/case.zip"}},
	"case extend": {{"{case}", "--reason", "x"}}, "case list": {{}, {"--overdue"}}, "case opine": {{"{case}", "--reason", "x"}},
	"case open": {{"complaint"}, {"objection", "--subject", "contract:{contract}"}, {"objection", "--subject", "job:{held}"},
		{"objection", "--subject", "release:{release}"}, {"rectify", "--to", "operator={org}"}},
	"case print": {{"{case}", "--out", "{files}/form.html"}}, "case resume": {{"{case}"}},
	"case return": {{"{case}", "--reason", "x"}}, "case rule": {{"{case}", "--pass"}}, "case set": {{"{case}", "--span", "5wd"}},
	"case show": {{"{case}"}}, "case stop": {{"{case}", "--event", "x"}}, "case withdraw": {{"{case}"}},
	"catalog list": {{}}, "catalog show": {{"visits"}}, "catalog publish": {{"visits"}},
	"catalog import": {{"visits", "{files}/visits.csv"}}, "catalog register": {{"{files}/visits.yaml"}},
	"catalog profile": {{"visits"}},
	"contract budget": {{"{contract}"}}, "contract check": {{"{files}/beta-study.yaml"}}, "contract list": {{}},
	"contract show": {{"{contract}"}}, "contract sign": {{"{files}/beta-study.yaml"}},
	"contract withdraw": {{"{contract}"}},
	"contract suspend":  {{"{contract}", "--reason", "x"}}, "contract resume": {{"{contract}", "--reason", "x"}},
	"contract terminate":           {{"{contract}"}},
	"desensitize":                  {{"{files}/alpha.csv", "--profile", "{files}/{key}.yaml", "--out", "{files}/stolen.csv"}},
	"desensitize detect-watermark": {{"{files}/alpha.csv", "--profile", "{files}/{key}.yaml"}},
	"desensitize records":          {{}}, "desensitize show": {{"{record}"}},
	"job cancel": {{"{held}"}, {"{released}"}}, "job list": {{}}, "job logs": {{"{held}"}},
	"job recur": {{}, {"{released}", "--every", "24h"}, {"{recurring}", "--end"}}, "job resume": {{}},
	"job show":   {{"{held}"}, {"{released}"}},
	"job submit": {{"--contract", "{contract}", "--sql", "{files}/q.sql"}},
	"key create": {{"{key}"}}, "key destroy": {{"{key}", "1", "--reason", "x"}}, "key list": {{}}, "key rotate": {{"{key}"}},
	"office appoint": {{"center", "{org}"}}, "office dismiss": {{"center", "{org}"}}, "office list": {{}},
	"org add": {{"{org}"}}, "org change": {{"{org}", "--contact", "x"}}, "org list": {{}}, "org show": {{"{org}"}},
	"pack list": {{}}, "pack signed": {{}}, "pack sign": {{"default"}}, "pack show": {{"default"}},
	"person add":     {{"{person}", "--org", "{org}", "--role", "analyst"}},
	"person disable": {{"{person}"}}, "person enable": {{"{person}"}}, "person list": {{}}, "person show": {{"{person}"}},
	"person role":       {{"grant", "{person}", "reviewer"}, {"withdraw", "{person}", "analyst"}},
	"query":             {{countSQL, "--contract", "{contract}", "--explain"}},
	"report indicators": {{}},
	"release get":       {{"{release}", "--out", "{files}"}}, "release list": {{}},
	"review list": {{}}, "review show": {{"{held}"}}, "review preview": {{"{held}"}},
	"review vote": {{"{held}", "sha256:00", "--reason", "x"}}, "review reject": {{"{held}", "sha256:00", "--reason", "x"}},
	"review return": {{"{held}", "sha256:00", "--reason", "x"}}, "review release": {{"{released}"}},
	"store destroy": {{"{release}", "--reason", "x"}, {"{digest}", "--reason", "x"}},
	"store rotate":  {{}}, "token list": {{}}, "token revoke": {{"{token}"}},
	"token create": {{"--person", "{person}", "--out", "{files}/code"}},
}

// notWalked are the commands that act on no domain or on its files as whoever may read them, verify what they are given,
// or ask the server in ways that TestTenantsByStatements walks.
var notWalked = []string{"backup", "restore", "demo", "init", "serve", "help", "doctor", "login", "sql",
	"config check", "store migrate", "release verify", "pack check", "pack due"}

var moments = regexp.MustCompile(`"id":"[^"]*"|o-[A-Z0-9]+|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^" ]*|[cj]-\d{8}-\w{6}|"?digest"?:? ?"?sha256:\w+|[a-z0-9]{26}`)

// without takes out of an answer the names that were asked about, moments, and ids made for the answer.
func without(text string, asked names) string {
	longest := slices.SortedFunc(maps.Values(asked), func(a, b string) int { return len(b) - len(a) })
	for _, name := range longest {
		text = strings.ReplaceAll(text, name, "NAME")
	}
	return moments.ReplaceAllString(text, "NEW")
}

// Duty 121 (SJZ13.1): every command, asked by somebody of one tenant about what another has, answers as if there were
// nothing of the kind.
func TestTenantsByCommands(t *testing.T) { eachWay(t, testTenantsByCommands) }

func testTenantsByCommands(t *testing.T) {
	d := newTenants(t)
	leaves := d.leaves()
	for _, leaf := range leaves {
		if _, walked := walks[leaf]; !walked && !slices.Contains(notWalked, leaf) {
			t.Errorf("yumen %s is not walked", leaf)
		}
	}
	for _, leaf := range slices.Sorted(maps.Keys(walks)) {
		if !slices.Contains(leaves, leaf) {
			t.Errorf("there is no command yumen %s", leaf)
		}
		for _, as := range strangers {
			for _, args := range walks[leaf] {
				d.walk(as, append(strings.Fields(leaf), args...))
			}
		}
	}
	for _, as := range strangers { // and after all that, the tenant has what it had
		for _, j := range ask[[]yumen.Job](d.home, "job", "list", "--as", as) {
			if j.Submitter.Name != as {
				t.Errorf("%s sees job %s of %s", as, j.ID, j.Submitter.Name)
			}
		}
	}
	if got := ask[yumen.Job](d.home, "job", "show", d.has["held"], "--as", "ann-alpha"); got.State != yumen.StateInReview {
		t.Errorf("the job of another is %s", got.State)
	}
}

func (d tenants) walk(as string, args []string) {
	d.t.Helper()
	ask := func(of names) string {
		var filled []string
		for _, a := range args {
			for kind, name := range of {
				a = strings.ReplaceAll(a, "{"+kind+"}", name)
			}
			filled = append(filled, strings.ReplaceAll(a, "{files}", d.files))
		}
		a := d.run(append(filled, "--as", as)...)
		return fmt.Sprintf("%d\n%s\n%s", a.code, a.out, a.err)
	}
	d.judge(as+": yumen "+strings.Join(args, " "), ask(d.has), ask(nobodys))
}

var listed = regexp.MustCompile(`(?m)^  ([a-z-]+) `)

// leaves lists the commands that have none below them, such as "job show".
func (d tenants) leaves() (out []string) {
	below := func(args ...string) (names []string) {
		_, list, _ := strings.Cut(d.help(args), "Available Commands:\n")
		list, _, _ = strings.Cut(list, "\n\n")
		for _, m := range listed.FindAllStringSubmatch(list, -1) {
			names = append(names, m[1])
		}
		return names
	}
	for _, top := range below() {
		if top == "bench" { // a program of its own
			continue
		}
		subs := below(top)
		if top == "desensitize" { // which acts by itself, too
			out = append(out, top)
		}
		for _, sub := range subs {
			out = append(out, top+" "+sub)
		}
		if len(subs) == 0 {
			out = append(out, top)
		}
	}
	return out
}

// help is what a command says of itself.
func (d tenants) help(args []string) string {
	d.t.Helper()
	out, err := exec.Command(bin, append(args, "--help")...).Output()
	if err != nil {
		d.t.Fatalf("yumen %s --help: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// Duty 121 (SJZ13.1): every call, asked by somebody of one tenant about what another has, answers as if there were
// nothing of the kind.
func TestTenantsByCalls(t *testing.T) {
	served = true
	defer func() { served = false }()
	d := newTenants(t)
	doc := struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}{}
	text, err := os.ReadFile("../../../docs/openapi.json")
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.must("job", "list", "--as", "bob") // a server is there
	calls := 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range []string{"get", "post"} {
			op := doc.Paths[path][method].OperationID
			if op == "" {
				continue
			}
			for _, as := range strangers {
				calls++
				d.judge(as+": "+op, d.call(as, method, path, op, d.has), d.call(as, method, path, op, nobodys))
			}
		}
	}
	if calls < 100 {
		t.Errorf("%d calls", calls)
	}
}

// call makes one call with names put in where it takes some, and returns what came of it.
func (d tenants) call(as, method, path, op string, of names) string {
	d.t.Helper()
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return net.Dial("unix", filepath.Join(d.dir, "server.sock"))
		}}}
	for in, kind := range placesOf(path) {
		name, ok := of[kind]
		if !ok {
			name = kind
		}
		path = strings.ReplaceAll(path, "{"+in+"}", url.PathEscape(name))
	}
	if op == "list-log" {
		path += "?job=" + of["held"]
	}
	body := bodyOf(op, of)
	r, err := http.NewRequest(strings.ToUpper(method), "http://yumen"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set(wire.HeaderAs, as)
	if method == "post" {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := client.Do(r)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer a.Body.Close()
	var said bytes.Buffer
	if _, err := io.Copy(&said, io.LimitReader(a.Body, 1<<20)); err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf("%d\n%s\n%s", a.StatusCode, a.Header.Get("Location"), said.String())
}

// placesOf says what the places in a path take.
func placesOf(path string) map[string]string {
	kinds := map[string]string{"contracts": "contract", "people": "person", "organisations": "org", "tokens": "token",
		"desensitizations": "record", "jobs": "held", "reviews": "held", "releases": "release", "keys": "key", "cases": "case"}
	kind := kinds[strings.Split(path, "/")[2]]
	if strings.Contains(path, "recurrence") {
		kind = "recurring"
	}
	return map[string]string{"name": kind, "job": kind, "case": kind, "digest": "digest", "role": "analyst", "version": "1"}
}

// bodyOf is what a call sends; most take no more than a reason.
func bodyOf(op string, of names) string {
	q := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // of texts
		}
		return string(b)
	}
	type m = map[string]any
	spec := m{"contract": of["contract"], "sql": countSQL}
	switch op {
	case "submit-job", "explain-job":
		return q(m{"spec": spec})
	case "recur-job":
		return q(m{"every": "24h"})
	case "preview-result":
		return q(m{"rows": 5})
	case "release-result":
		return q(m{"format": "csv"})
	case "vote":
		return q(m{"digest": "sha256:" + strings.Repeat("0", 64), "decision": "approve", "reason": "x"})
	case "create-token":
		return q(m{"person": of["person"]})
	case "destroy":
		return q(m{"name": of["digest"], "reason": "x"})
	case "check-contract", "sign-contract":
		return q(m{"file": "x.yaml", "text": strings.Replace(contractYAML, "contract: study", "contract: "+of["contract"], 1)})
	case "add-person":
		return q(m{"name": of["person"], "org": of["org"], "roles": []string{"analyst"}})
	case "add-organisation":
		return q(m{"name": of["org"]})
	case "open-case":
		return q(m{"type": "objection", "subject": "contract:" + of["contract"]})
	case "act-on-case":
		return q(m{"kind": "withdraw"})
	case "appoint-office", "dismiss-office":
		return q(m{"office": "center", "org": of["org"]})
	case "create-key":
		return q(m{"id": of["key"]})
	case "verify", "list-log", "change-organisation":
		return "{}"
	}
	return q(m{"reason": "x"})
}

// Duty 121 (SJZ13.1): a statement, asked under another tenant's contract or about it, finds nothing of it.
func TestTenantsByStatements(t *testing.T) {
	d := newTenants(t)
	door := sqlDoor{d.home, "", "", map[string]string{}}
	for _, name := range []string{"bob", "ann-alpha"} {
		door.token(name)
	}
	door.listen()
	defer door.stop()
	_, of := pgx.ConnectConfig(t.Context(), door.config("bob", d.has["contract"]))
	_, ofNothing := pgx.ConnectConfig(t.Context(), door.config("bob", nobodys["contract"]))
	d.judge("connecting", fmt.Sprint(of), fmt.Sprint(ofNothing))
	c := door.connect("bob", "beta-study")
	for _, sql := range []string{"SELECT yumen.cancel('{held}')", "SELECT * FROM yumen.result('{released}')",
		"SELECT yumen.receipt('{released}')", `SELECT count(*) FROM released."{released}"`,
		"SELECT count(*) FROM \"{contract}\".visits", "SET yumen.contract = '{contract}'"} {
		say := func(of names) string {
			text := sql
			for kind, name := range of {
				text = strings.ReplaceAll(text, "{"+kind+"}", name)
			}
			_, err := c.Exec(t.Context(), text)
			return fmt.Sprint(err)
		}
		d.judge(sql, say(d.has), say(nobodys))
	}
	for _, table := range append(texts(t, c, "SELECT schemaname || '.' || tablename FROM pg_tables"),
		texts(t, c, "SELECT schemaname || '.' || viewname FROM pg_views")...) {
		if !strings.HasPrefix(table[0], "yumen.") && !strings.HasPrefix(table[0], "pg_catalog.") &&
			!strings.HasPrefix(table[0], "information_schema.") {
			continue // data, which is asked by other ways
		}
		all, err := c.PgConn().Exec(t.Context(), "SELECT * FROM "+table[0]).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", table[0], err)
			continue
		}
		var said strings.Builder
		for _, row := range all[0].Rows {
			fmt.Fprintf(&said, "%s\n", row)
		}
		if s := d.secrets(said.String()); len(s) > 0 {
			t.Errorf("%s names %s", table[0], s)
		}
	}
}
