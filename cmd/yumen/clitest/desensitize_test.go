package clitest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/examples/hospital"
)

// example is the hospital's folder, whose files the documentation uses.
const example = "../../../examples/hospital"

// newKeyedHome makes a home with the keys of the hospital's profile.
func newKeyedHome(t *testing.T) home {
	t.Helper()
	h := home{t: t, dir: filepath.Join(t.TempDir(), "home")}
	h.must("init", "--domain", "test-domain")
	write(t, h.dir, "people.yaml", people)
	relax(t, h.dir)
	for _, k := range []string{"pseudonym", "identifiers", "shift", "mark", "vault"} {
		h.must("key", "create", k, "--as", "admin")
	}
	return h
}

func profileOf(steps string) string {
	return "profile: test\nversion: 1\ntitle: test\nsteps:\n" + steps
}

// desensitize runs the command into a new folder and returns the output's path.
func (h home) desensitize(in, profile, format string, flags ...string) (string, answer) {
	h.t.Helper()
	out := filepath.Join(h.t.TempDir(), "out."+format)
	a := h.run(append([]string{"desensitize", in, "--profile", profile, "--out", out, "--as", "provider"}, flags...)...)
	return out, a
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Every format is read and written, and the same cells come of the same table whatever it is written in.
func TestDesensitizeFormats(t *testing.T) { eachWay(t, testDesensitizeFormats) }

func testDesensitizeFormats(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	profile := write(t, dir, "p.yaml",
		profileOf("  - columns: [id]\n    hash: {key: pseudonym, context: test}\n  - columns: [name]\n    mask: {preset: name}\n  - columns: [fee]\n    round: {base: 10}\n"))
	plain := write(t, dir, "in.csv",
		"id,name,fee,day,ok\nA1,张三,14.50,2026-01-02,true\nA2,,25.50,,false\nA1,\"李,四\",-3.00,2026-03-04,\n")
	first, a := h.desensitize(plain, profile, "csv")
	if a.code != 0 {
		t.Fatal(a.err)
	}
	want := readCSV(t, first)
	if want[1][0] != want[3][0] || want[1][0] == want[2][0] || len(want[1][0]) != 32 || want[1][1] != "张*" ||
		want[2][1] != "" || want[2][2] != "30.00" || want[3][4] != "" {
		t.Errorf("%q", want)
	}
	identity := write(t, dir, "same.yaml", profileOf("  - columns: [name]\n    replace: {with: x, values: [nobody]}\n"))
	for _, format := range []string{"ndjson", "parquet"} {
		same, a := h.desensitize(plain, identity, format)
		if a.code != 0 {
			t.Fatal(a.err)
		}
		got, a := h.desensitize(same, profile, "csv")
		if a.code != 0 {
			t.Fatal(format, a.err)
		}
		if fmt.Sprint(readCSV(t, got)) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", format, readCSV(t, got), want)
		}
	}
	if out, a := h.desensitize(plain, profile, "arrow"); a.code != 0 {
		t.Error(a.err)
	} else if fi, err := os.Stat(out); err != nil || fi.Size() == 0 || fi.Mode().Perm() != 0o600 {
		t.Error(fi, err)
	}
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("id,name,fee\nA1,张三,10\n")
	if err != nil {
		t.Fatal(err)
	}
	out, a := h.desensitize(write(t, dir, "gbk.csv", gbk), profile, "csv", "--encoding", "gb18030")
	if a.code != 0 || readCSV(t, out)[1][1] != "张*" {
		t.Error(a.err)
	}
}

// Small tables, nulls and long cells are no errors.
func TestDesensitizeOddTables(t *testing.T) { eachWay(t, testDesensitizeOddTables) }

func testDesensitizeOddTables(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	profile := write(t, dir, "p.yaml", profileOf("  - columns: [a]\n    mask: {preset: generic}\n"))
	long := strings.Repeat("x", 10<<20)
	for name, in := range map[string]string{"no rows": "a,b\n", "one row": "a,b\nsecret,1\n", "nulls": "a,b\n,\n,\n",
		"a cell of 10 MB": "a,b\n" + long + ",1\n"} {
		out, a := h.desensitize(write(t, dir, "in.csv", in), profile, "csv")
		if a.code != 0 {
			t.Errorf("%s: %s", name, a.err)
			continue
		}
		b, err := os.ReadFile(out)
		if err != nil || !strings.HasPrefix(string(b), "a,b\n") || strings.Contains(string(b), "secret") ||
			len(b) != len(in) && name != "nulls" {
			t.Errorf("%s: %v, %d bytes of %d", name, err, len(b), len(in))
		}
	}
}

const good = "a,n,d\nS3cretValue1,1,2026-01-01\nS3cretValue2,2,2026-01-02\nS3cretValue3,3,2026-01-03\n"

// TestDesensitizeBadInput: what is wrong is said, with its kind and place; nothing is written; no value is repeated.
func TestDesensitizeBadInput(t *testing.T) { eachWay(t, testDesensitizeBadInput) }

func testDesensitizeBadInput(t *testing.T) {
	h := newKeyedHome(t)
	maskA := "  - columns: [a]\n    mask: {preset: generic}\n"
	model := func(text string) string { return profileOf(maskA) + "model: {" + text + "}\n" }
	for _, c := range []struct {
		name    string
		kind    yumen.ErrorKind
		want    string
		in      string
		profile string
		flags   []string
	}{
		{"invalid UTF-8", yumen.KindInvalid, "line 3", "a,n,d\nx,1,2026-01-01\nS3cretValue\xff,2,2026-01-01\n",
			profileOf(maskA), nil},
		{"mixed encodings", yumen.KindInvalid, "line 2", "a,n,d\n\xd5\xc5,1,2026-01-01\n张,2,2026-01-01\n",
			profileOf(maskA), nil},
		{"too few cells", yumen.KindInvalid, "line 3", "a,n,d\nx,1,2026-01-01\nS3cretValue\n", profileOf(maskA), nil},
		{"NaN in a column of numbers", yumen.KindInvalid, "n", "a,n,d\nx,NaN,2026-01-01\n",
			profileOf("  - columns: [n]\n    round: {base: 10}\n"), nil},
		{"NaN where a number is declared", yumen.KindInvalid, "line 2", "a,n,d\nx,NaN,2026-01-01\n",
			profileOf("  - columns: [n]\n    round: {base: 10}\n"), []string{"--type", "n=double"}},
		{"overflow", yumen.KindInvalid, "line 3", "a,n,d\nx,1,2026-01-01\nx,99999999999999999999,2026-01-01\n",
			profileOf("  - columns: [n]\n    round: {base: 10}\n"), []string{"--type", "n=integer"}},
		{"empty file", yumen.KindInvalid, "empty", "", profileOf(maskA), nil},
		{"unknown column", yumen.KindInvalid, "b", good, profileOf("  - columns: [b]\n    mask: {preset: generic}\n"),
			nil},
		{"wrong type", yumen.KindInvalid, "d", good, profileOf("  - columns: [d]\n    round: {base: 10}\n"), nil},
		{"unknown technique", yumen.KindInvalid, "p.yaml:6", good,
			profileOf("  - columns: [a]\n    maks: {preset: generic}\n"), nil},
		{"missing key", yumen.KindNotFound, "nokey", good,
			profileOf("  - columns: [a]\n    hash: {key: nokey, context: x}\n"), nil},
		{"type of no column", yumen.KindInvalid, "type", good, profileOf(maskA), []string{"--type", "zzz=integer"}},
		{"unknown type", yumen.KindInvalid, "decimal(p,s)", good, profileOf(maskA), []string{"--type", "n=number"}},
		{"k larger than the table", yumen.KindFailed, "not reached", good, model("quasi: [n], k: 5"), nil},
		{"k out of reach", yumen.KindFailed, "not reached", good, model("quasi: [n], k: 2"), nil},
		{"hierarchy with a gap", yumen.KindInvalid, "hierarchy.gap", good,
			model("quasi: [n], k: 2, generalize: [{column: n, hierarchy: h}]"),
			[]string{"--hierarchy", "h=1;low;*\n2;;*\n3;low;*\n"}},
		{"hierarchy with a cycle", yumen.KindInvalid, "hierarchy.cycle", good,
			model("quasi: [n], k: 2, generalize: [{column: n, hierarchy: h}]"),
			[]string{"--hierarchy", "h=1;2;*\n2;1;*\n3;2;*\n"}},
		{"hierarchy that is not given", yumen.KindInvalid, "no hierarchy", good,
			model("quasi: [n], k: 2, generalize: [{column: n, hierarchy: h}]"), nil},
		{"value the hierarchy lacks", yumen.KindInvalid, "", good,
			model("quasi: [n], k: 2, generalize: [{column: n, hierarchy: h}]"),
			[]string{"--hierarchy", "h=1;*\n2;*\n"}},
		{"no watermark to mark with", yumen.KindInvalid, "watermark", good, profileOf(maskA),
			[]string{"--recipient", "x"}},
		{"truncated Parquet", yumen.KindCorrupt, "Parquet", "PAR1" + strings.Repeat("\x00", 300) + "PAR1",
			profileOf(maskA), []string{"--format", "parquet"}},
		{"JSON that is none", yumen.KindInvalid, "line 2", "{\"a\":\"x\"}\n{\"a\":S3cretValue}\n", profileOf(maskA),
			[]string{"--format", "ndjson"}},
		{"JSON of mixed types", yumen.KindInvalid, "line 1", "{\"a\":1}\n{\"a\":\"S3cretValue\"}\n", profileOf(maskA),
			[]string{"--format", "ndjson"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			h := h
			h.t = t
			flags := append([]string(nil), c.flags...)
			if len(flags) == 2 && flags[0] == "--hierarchy" {
				name, text, _ := strings.Cut(flags[1], "=")
				flags[1] = name + "=" + write(t, dir, "h.csv", text)
			}
			out, a := h.desensitize(write(t, dir, "in.csv", c.in), write(t, dir, "p.yaml", c.profile), "csv",
				append(flags, "--json")...)
			var said struct{ Error yumen.Error }
			if err := json.Unmarshal([]byte(a.err), &said); a.code != 1 || err != nil {
				t.Fatalf("exit code %d: %s%s", a.code, a.out, a.err)
			}
			if said.Error.Kind != c.kind || !strings.Contains(said.Error.In(yumen.LangEnglish), c.want) ||
				said.Error.Msg.ZH == "" {
				t.Errorf("kind %s, want %s and %q: %s", said.Error.Kind, c.kind, c.want,
					said.Error.In(yumen.LangEnglish))
			}
			if strings.Contains(a.err, "S3cret") {
				t.Errorf("a value is repeated: %s", a.err)
			}
			if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	if log := h.must("audit", "export", "--as", "regulator"); strings.Contains(log, "S3cret") {
		t.Error("the log repeats a value")
	}
}

// What is there is not overwritten, and who may not does not.
func TestDesensitizeRefusals(t *testing.T) { eachWay(t, testDesensitizeRefusals) }

func testDesensitizeRefusals(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	in, p := write(t, dir, "in.csv", good),
		write(t, dir, "p.yaml", profileOf("  - columns: [a]\n    mask: {preset: generic}\n"))
	there := write(t, dir, "there.csv", "precious")
	if a := h.run("desensitize", in, "--profile", p, "--out", there, "--as", "provider"); a.code != 1 {
		t.Error(a.err)
	}
	if b, _ := os.ReadFile(there); string(b) != "precious" {
		t.Error("overwritten")
	}
	h.must("desensitize", in, "--profile", p, "--as", "provider")
	if b, err := os.ReadFile(filepath.Join(dir, "in.desensitized.csv")); err != nil ||
		strings.Contains(string(b), "S3cret") {
		t.Errorf("told nothing else, it writes beside the file: %v", err)
	}
	for _, who := range []string{"analyst", "reviewer", "regulator", "admin"} {
		if a := h.run("desensitize", in, "--profile", p, "--out", filepath.Join(dir, "o.csv"), "--as",
			who); a.code != 1 || !strings.Contains(a.err, "provider") {
			t.Errorf("%s: %s", who, a.err)
		}
	}
	for _, args := range [][]string{{"desensitize", in}, {"desensitize"},
		{"desensitize", in, "--profile", p, "--out", "x.xlsx"},
		{"desensitize", "in.doc", "--profile", p, "--out", "x.csv"}, {"key", "destroy", "vault", "1"},
		{"key", "destroy", "vault", "x", "--reason", "r"}, {"catalog", "profile"}} {
		if a := h.run(append(args, "--as", "provider")...); a.code != 2 {
			t.Errorf("yumen %s: exit code %d, %s", strings.Join(args, " "), a.code, a.err)
		}
	}
}

// A process that is killed at any moment leaves no part of the output behind, and the home works afterwards.
func TestDesensitizeKilled(t *testing.T) {
	h := newKeyedHome(t)
	dir, outDir := t.TempDir(), t.TempDir()
	in := write(t, dir, "in.csv", hospital.Extract(60_000))
	out := filepath.Join(outDir, "out.csv")
	args := []string{"desensitize", in, "--profile", filepath.Join(example, "profile.yaml"), "--recipient", "x",
		"--out", out, "--as", "provider", "--home", h.dir}
	killed := 0
	for _, after := range []time.Duration{50, 150, 300, 500, 800} {
		cmd := exec.Command(bin, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGKILL) // it may be done
		err := cmd.Wait()
		if err != nil {
			killed++
		}
		left, _ := os.ReadDir(outDir)
		switch {
		case len(left) == 0 && err != nil: // nothing came of it
		case len(left) == 1 && whole(h, out): // it was done, or a moment from it
			if err := os.Remove(out); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("ended after %d ms with %v, and there is %v", after, err, left)
		}
	}
	if killed == 0 {
		t.Skip("the machine was faster than every kill")
	}
	h.must(args[:len(args)-2]...)
	h.must("audit", "verify")
}

// whole reports whether a file is what some record says was written.
func whole(h home, file string) bool {
	h.t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	h.must("job", "resume") // opens the home, which completes what was announced
	return slices.ContainsFunc(ask[[]api.Desensitization](h, "desensitize", "records", "--as", "provider"),
		func(d api.Desensitization) bool {
			return d.Record.Output == yumen.DigestOf(b)
		})
}

// Keys live and die with entries in the log; secrets are nowhere but in the keyring, sealed.
func TestKeys(t *testing.T) { eachWay(t, testKeys) }

func testKeys(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	in, p := write(t, dir, "in.csv", good),
		write(t, dir, "p.yaml",
			profileOf("  - columns: [a]\n    encrypt: {mode: randomized, key: identifiers, context: c}\n"))
	back := write(t, dir, "back.yaml",
		profileOf("  - columns: [a]\n    encrypt: {mode: randomized, key: identifiers, context: c, reverse: true}\n"))
	sealed, a := h.desensitize(in, p, "csv")
	if a.code != 0 {
		t.Fatal(a.err)
	}
	h.must("key", "rotate", "identifiers", "--as", "admin")
	opened, a := h.desensitize(sealed, back, "csv")
	if a.code != 0 {
		t.Fatal(a.err)
	}
	if b, _ := os.ReadFile(opened); string(b) != good {
		t.Errorf("decrypted under an older version: %q", b)
	}
	h.must("key", "destroy", "identifiers", "1", "--reason", "contract ended", "--as", "admin")
	if _, a := h.desensitize(sealed, back, "csv"); a.code != 0 {
		t.Error(a.err) // what cannot be opened is suppressed
	} else if out, _ := h.desensitize(sealed, back, "csv"); strings.Contains(fmt.Sprint(readCSV(t, out)), "S3cret") {
		t.Error("decrypted under a destroyed key")
	}
	list := h.must("key", "list", "--as", "regulator")
	if !strings.Contains(list, "contract ended") {
		t.Error(list)
	}
	for _, args := range [][]string{{"create", "pseudonym"}, {"create", "Bad Id"}, {"rotate", "nothing"},
		{"destroy", "identifiers", "1", "--reason", "again"}} {
		if a := h.run(append(append([]string{"key"}, args...), "--as", "admin")...); a.code != 1 {
			t.Errorf("key %v: %s", args, a.err)
		}
	}
	for _, who := range []string{"provider", "regulator", "analyst"} {
		if a := h.run("key", "create", "more", "--as", who); a.code != 1 {
			t.Errorf("%s created a key", who)
		}
	}
	log := h.must("audit", "export", "--as", "regulator")
	for _, action := range []string{"key.create", "key.rotate", "key.destroy", "key.refuse", "desensitize.start",
		"desensitize.done"} {
		if !strings.Contains(log, `"`+action+`"`) {
			t.Errorf("the log lacks %s", action)
		}
	}
	master, err := os.ReadFile(filepath.Join(h.dir, "keys", "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(filepath.Join(h.dir, "keys", "master.key")); err != nil || fi.Mode().Perm() != 0o600 {
		t.Error(fi.Mode(), err)
	}
	state, err := os.ReadFile(filepath.Join(h.dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"log": []byte(log), "state": state, "list": []byte(list)} {
		if bytes.Contains(b, bytes.TrimSpace(master)) {
			t.Errorf("the master key is in the %s", name)
		}
	}
}

// Tokens are the same from run to run, and turn back.
func TestTokenVault(t *testing.T) { eachWay(t, testTokenVault) }

func testTokenVault(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	in, p := write(t, dir, "in.csv", good),
		write(t, dir, "p.yaml", profileOf("  - columns: [a]\n    tokenize: {context: c}\n"))
	one, a := h.desensitize(in, p, "csv")
	if a.code != 0 {
		t.Fatal(a.err)
	}
	two, a := h.desensitize(in, p, "csv")
	if a.code != 0 {
		t.Fatal(a.err)
	}
	b, _ := os.ReadFile(one)
	c, _ := os.ReadFile(two)
	if string(b) != string(c) || strings.Contains(string(b), "S3cret") || !strings.Contains(string(b), "tk_") {
		t.Errorf("%q\n%q", b, c)
	}
	back, a := h.desensitize(one,
		write(t, dir, "back.yaml", profileOf("  - columns: [a]\n    tokenize: {context: c, reverse: true}\n")), "csv")
	if a.code != 0 {
		t.Fatal(a.err)
	}
	if b, _ := os.ReadFile(back); string(b) != good {
		t.Errorf("%q", b)
	}
}

// A split table comes as two files, neither of which has both sides.
func TestAnatomize(t *testing.T) { eachWay(t, testAnatomize) }

func testAnatomize(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	in := write(t, dir, "in.csv", "age,ill\n20,flu\n21,cold\n22,flu\n23,gout\n24,cold\n25,gout\n")
	p := write(t, dir, "p.yaml", profileOf("  - columns: [ill]\n    anatomize: {l: 2}\n"))
	if _, a := h.desensitize(in, p, "csv"); a.code != 1 || !strings.Contains(a.err, "second file") {
		t.Error(a.err)
	}
	side := filepath.Join(dir, "side.csv")
	out, a := h.desensitize(in, p, "csv", "--side", side)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	first, second := readCSV(t, out), readCSV(t, side)
	if strings.Contains(fmt.Sprint(first), "flu") || !strings.Contains(fmt.Sprint(second), "flu") ||
		strings.Contains(fmt.Sprint(second), "age") {
		t.Errorf("%q\n%q", first, second)
	}
}

// TestWalkthrough runs what docs/desensitize-walkthrough.md shows: profile the columns, try, desensitize for two
// recipients, find out whose copy leaked, show the record, and import with the profile.
func TestWalkthrough(t *testing.T) { eachWay(t, testWalkthrough) }

func testWalkthrough(t *testing.T) {
	h := newKeyedHome(t)
	dir := t.TempDir()
	patients, profile := filepath.Join(example, "patients.csv"), filepath.Join(example, "profile.yaml")

	ps := ask[[]api.ColumnProposal](h, "catalog", "profile", patients, "--as", "provider")
	roles := map[string]yumen.ColumnRole{}
	for _, p := range ps {
		roles[p.Column] = p.Role
	}
	if roles["id_card"] != yumen.ColumnRoleUnit || roles["name"] != yumen.ColumnRoleIdentifier ||
		roles["mobile"] != yumen.ColumnRoleIdentifier || roles["note"] != yumen.ColumnRoleText ||
		roles["sex"] != yumen.ColumnRoleQuasi {
		t.Errorf("%v", roles)
	}
	starter := h.must("catalog", "profile", patients, "--yaml", "--as", "provider")
	h.must("catalog", "register", write(t, dir, "patients.yaml", starter), "--as", "provider")
	values := readCSV(t, patients)
	for _, row := range values[1:] {
		if strings.Contains(starter, row[2]) || strings.Contains(starter, row[3]) {
			t.Fatal("the starter shows a value")
		}
	}

	try := ask[api.DryRun](h, "desensitize", patients, "--profile", profile, "--dry-run", "--as", "provider")
	if try.Record.Model == nil || try.Record.Model.After.Prosecutor.Highest > 0.2 || len(try.Preview.Before) != 5 {
		t.Errorf("%+v", try.Record.Model)
	}
	made := fmt.Sprint(try.Preview)
	for _, row := range values[1:] {
		if strings.Contains(made, row[2]) {
			t.Fatal("a dry run shows a real value")
		}
	}

	university, insurer := filepath.Join(dir, "university.csv"), filepath.Join(dir, "insurer.parquet")
	d := ask[api.Desensitization](h, "desensitize", patients, "--profile", profile, "--recipient", "university",
		"--out", university, "--as", "provider")
	h.must("desensitize", patients, "--profile", profile, "--recipient", "insurer", "--out", insurer, "--as",
		"provider")
	classes := map[string]int{}
	rows := readCSV(t, university)
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, row := range rows[1:] {
		classes[row[at["age"]]+row[at["region"]]+row[at["sex"]]]++
	}
	for c, n := range classes {
		if n < 5 {
			t.Errorf("class %s has %d rows", c, n)
		}
	}
	b, err := os.ReadFile(university)
	if err != nil || yumen.DigestOf(b) != d.Record.Output {
		t.Error("the record names another output", err)
	}
	for _, row := range values[1:] {
		if strings.Contains(string(b), row[2]) || strings.Contains(string(b), row[3]) {
			t.Fatal("an identifier is left")
		}
	}

	// Half of the rows, columns in another order, as a leaked copy might look.
	var leaked strings.Builder
	for i, row := range rows {
		if i%2 == 0 {
			fmt.Fprintf(&leaked, "%s,%s,%s\n", row[at["cost"]], row[at["patient_id"]], row[at["diagnosis"]])
		}
	}
	type trace struct {
		Recipient string `json:"recipient"`
		Found     bool   `json:"found"`
	}
	for file, whose := range map[string]string{write(t, dir, "leaked.csv", leaked.String()): "university",
		insurer: "insurer", patients: ""} {
		for _, tr := range ask[[]trace](h, "desensitize", "detect-watermark", file, "--profile", profile, "--as",
			"regulator") {
			if tr.Found != (tr.Recipient == whose) {
				t.Errorf("%s: %+v", filepath.Base(file), tr)
			}
		}
	}

	shown := ask[api.Desensitization](h, "desensitize", "show", d.ID, "--as", "reviewer")
	if shown.Record.Output != d.Record.Output || shown.Record.By != "provider" || len(shown.Record.Steps) != 9 {
		t.Errorf("%+v", shown)
	}
	if got := ask[[]api.Desensitization](h, "desensitize", "records", "--as", "regulator"); len(got) != 2 {
		t.Errorf("%d records", len(got))
	}

	h.must("catalog", "register", filepath.Join(example, "dataset.yaml"), "--as", "provider")
	v := ask[yumen.Version](h, "catalog", "import", "stays", patients, "--profile",
		filepath.Join(example, "import.profile.yaml"), "--as", "provider")
	if v.Desensitization == "" || v.Rows != 600 || v.Source != d.Record.Input {
		t.Errorf("%+v", v)
	}
	h.must("desensitize", "show", v.Desensitization, "--as", "provider")
	if work, _ := os.ReadDir(filepath.Join(h.dir, "work")); len(work) > 0 {
		t.Errorf("left in the work folder: %v", work)
	}
	h.must("audit", "verify")
}
