package clitest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yumen-data/yumen"
)

// badInput is one thing a user can do wrong, or an enemy on purpose, and what the program must say of it.
type badInput struct {
	name string
	kind yumen.ErrorKind
	want []string // each must stand in the English message
	do   func(h home, dir string) answer
}

// secret stands in every bad file. No message, log entry or state may repeat it.
const secret = "S3cretValue"

func importing(file func(dir string) string, flags ...string) func(home, string) answer {
	return func(h home, dir string) answer {
		return h.run(append([]string{"catalog", "import", "visits", file(dir), "--as", "provider"}, flags...)...)
	}
}

func csvOf(t *testing.T, text string) func(string) string {
	return func(dir string) string { return write(t, dir, "in.csv", text) }
}

func query(sql string) func(home, string) answer {
	return func(h home, dir string) answer {
		return h.run("job", "submit", "--contract", "study", "--sql", write(h.t, dir, "q.sql", sql), "--as", "analyst")
	}
}

func signing(change ...string) func(home, string) answer {
	return func(h home, dir string) answer {
		text := strings.NewReplacer(append([]string{"contract: study", "contract: other"},
			change...)...).Replace(contractYAML)
		return h.run("contract", "sign", write(h.t, dir, "c.yaml", text), "--as", "regulator")
	}
}

// module submits a Wasm job that runs the test module of sandbox/wasm, told by its arguments what to do wrong.
func module(args string) func(home, string) answer {
	return func(h home, dir string) answer {
		b, err := os.ReadFile(filepath.Join("..", "..", "..", "sandbox", "wasm", "testdata", "tool.wasm"))
		if err != nil {
			h.t.Fatal(err)
		}
		return submitModule(h, dir, b, args)
	}
}

func submitModule(h home, dir string, b []byte, args string) answer {
	write(h.t, dir, "m.wasm", string(b))
	return h.run("job", "submit", write(h.t, dir, "job.yaml", `job: hostile
contract: `+map[bool]string{true: "brief", false: "study"}[args == "loop"]+`
wasm: m.wasm
args: [`+args+`]
inputs: [{name: visits.csv, dataset: visits, columns: [person, district, fee]}]
output: {name: out.csv, columns: [{name: district, type: text}, {name: n, type: integer}]}
`), "--as", "analyst")
}

const header = "person,district,day,fee,note\n"

func badInputs(t *testing.T) []badInput {
	return []badInput{
		{"truncated Parquet", yumen.KindCorrupt, nil, importing(func(dir string) string {
			return write(t, dir, "in.parquet", "PAR1"+strings.Repeat("\x00", 500)+"PAR")
		})},
		{"wrong types", yumen.KindInvalid, []string{"line 3", "fee", "nothing was imported"},
			importing(csvOf(t, header+"P1,north,2026-01-01,5,\nP2,north,2026-01-01,"+secret+",\n"))},
		{"value outside the declared domain", yumen.KindInvalid, []string{"line 2", "district"},
			importing(csvOf(t, header+"P1,"+secret+",2026-01-01,5,\n"))},
		{"value outside the declared bounds", yumen.KindInvalid, []string{"line 2", "fee"},
			importing(csvOf(t, header+"P1,north,2026-01-01,-5,\n"))},
		{"missing unit key", yumen.KindInvalid, []string{"line 2", "person"},
			importing(csvOf(t, header+",north,2026-01-01,5,\n"))},
		{"wrong columns", yumen.KindInvalid, nil,
			importing(csvOf(t, "person,district,day,wage\nP1,north,2026-01-01,5\n"))},
		{"wrong encoding", yumen.KindInvalid, []string{"line 2"}, importing(func(dir string) string {
			b, err := simplifiedchinese.GB18030.NewEncoder().String(header + "张三,north,2026-01-01,5,\n")
			if err != nil {
				t.Fatal(err)
			}
			return write(t, dir, "in.csv", b)
		})},
		{"no rows", yumen.KindInvalid, nil, importing(csvOf(t, header))},
		{"truncated gzip", yumen.KindCorrupt, nil, importing(func(dir string) string {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write([]byte(header + strings.Repeat("P1,north,2026-01-01,5,\n", 1000))); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return write(t, dir, "in.csv.gz", b.String()[:b.Len()/2])
		})},
		{"import by another organisation", yumen.KindDenied, []string{"hospital"}, func(h home, dir string) answer {
			h.must("org", "add", "elsewhere", "--as", "admin")
			h.must("person", "add", "stranger", "--org", "elsewhere", "--role", "provider", "--as", "regulator")
			return h.run("catalog", "import", "visits", write(t, dir, "in.csv", visitsCSV()), "--as", "stranger")
		}},
		{"unknown keys in a catalog entry", yumen.KindInvalid, []string{"provder", "provider", ":3:"},
			func(h home, dir string) answer {
				return h.run("catalog", "register",
					write(t, dir, "d.yaml", strings.Replace(visitsYAML, "provider:", "provder:", 1)), "--as",
					"provider")
			}},
		{"contract beyond the catalog", yumen.KindDenied, []string{"note"},
			signing("name: day, uses: [filter, plain]", "name: note, uses: [plain]")},
		{"expired contract", yumen.KindDenied, []string{"2021"}, func(h home, dir string) answer {
			h.must("contract", "sign",
				write(t, dir, "c.yaml",
					strings.NewReplacer("contract: study", "contract: old", "2099-12-31",
						"2021-12-31").Replace(contractYAML)),
				"--as", "regulator")
			return h.run("job", "submit", "--contract", "old", "--sql", write(t, dir, "q.sql", countSQL), "--as",
				"analyst")
		}},
		{"SQL in another encoding", yumen.KindInvalid, []string{"not UTF-8", "save the file as UTF-8"},
			query("SELECT count(*) AS n FROM visits WHERE district = '\xb1\xb1'")},
		{"a folder in place of a job file", yumen.KindNotFound, []string{"cannot read the file"},
			func(h home, dir string) answer {
				return h.run("job", "submit", dir, "--as", "analyst")
			}},
		{"malformed SQL", yumen.KindInvalid, []string{"1:"},
			query("SELEC district\nFROM visits WHERE note = '" + secret + "'")},
		{"column not granted", yumen.KindDenied, []string{"note"},
			query("SELECT note, count(*) FROM visits GROUP BY note")},
		{"several reasons at once", yumen.KindDenied, []string{"note", "max", "random"},
			query("SELECT note, max(fee), random() FROM visits GROUP BY note")},
		{"statement other than SELECT", "", nil, query("COPY visits TO '/tmp/" + secret + "'")},
		{"module that never ends", yumen.KindLimit, []string{"deadline 5s"}, module("loop")},
		{"module that takes all memory", "", nil, module("grow")},
		{"module that traps", yumen.KindFailed, []string{"module"}, module("trap")},
		{"output too large", yumen.KindLimit, []string{"output"}, module("flood, /out/out.csv, '300'")},
		{"a full work folder", yumen.KindLimit, []string{"memory", "larger quota"},
			module("flood, /out/out.csv, '600'")},
		{"module that is not Wasm", yumen.KindInvalid, nil,
			func(h home, dir string) answer { return submitModule(h, dir, []byte("#!/bin/sh\necho hello\n"), "") }},
		{"raw rows", yumen.KindDenied, []string{"rows.equal-input"}, query("SELECT district, day, fee FROM visits")},
		{"vote on one's own job", yumen.KindDenied, nil, func(h home, dir string) answer {
			h.must("person", "role", "grant", "analyst", "reviewer", "--as", "regulator")
			j, _ := h.submitSQL(countSQL)
			return h.run("review", "vote", j.ID, "sha256:000000000000", "--reason", "mine", "--as", "analyst")
		}},
		{"vote without a reason, on another digest", yumen.KindDenied, []string{"reason", "digest"},
			func(h home, dir string) answer {
				j, _ := h.submitSQL(countSQL)
				return h.run("review", "vote", j.ID, string(yumen.DigestOf([]byte("x"))), "--as", "reviewer")
			}},
		{"release before approval", yumen.KindConflict, []string{"approved"}, func(h home, dir string) answer {
			j, _ := h.submitSQL(countSQL)
			return h.run("review", "release", j.ID, "--as", "reviewer")
		}},
		{"unknown person", yumen.KindDenied, []string{"analist"},
			func(h home, dir string) answer { return h.run("review", "list", "--as", "analist") }},
		{"role that may not", yumen.KindDenied, []string{"review"},
			func(h home, dir string) answer { return h.run("review", "list", "--as", "admin") }},
		{"second writer on one home", yumen.KindConflict, []string{"pid"}, secondWriter},
		{"full disk", yumen.KindUnavailable, []string{"full"}, fullDisk},
		{"tampered receipt", yumen.KindCorrupt, nil, tamperedReceipt},
		{"tampered log", yumen.KindCorrupt, []string{"entries"}, func(h home, dir string) answer {
			flip(t, filepath.Join(h.dir, "log", "entries"))
			return h.run("audit", "verify")
		}},
		{"tampered version", yumen.KindCorrupt, []string{"digest"}, func(h home, dir string) answer {
			files, err := filepath.Glob(filepath.Join(h.dir, "objects", "versions", "*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no versions: %v", err)
			}
			flip(t, files[0])
			return query(countSQL)(h, dir)
		}},
		{"no home", yumen.KindNotFound, []string{"yumen init"}, func(h home, dir string) answer {
			h.dir = filepath.Join(dir, "nothing-here")
			return h.run("catalog", "list")
		}},
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func secondWriter(h home, dir string) answer {
	f, err := os.OpenFile(filepath.Join(h.dir, "lock"), os.O_RDWR, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		h.t.Fatal(err)
	}
	return query(countSQL)(h, dir)
}

// fullDisk imports into a home on a file system that has no room for the new version.
func fullDisk(h home, dir string) answer {
	if os.Getuid() != 0 {
		h.t.Skip("mounting a small file system needs root")
	}
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=2m"); err != nil {
		h.t.Skipf("this machine does not let tests mount a small file system: %v", err)
	}
	h.t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	if err := exec.Command("cp", "-a", h.dir, filepath.Join(small, "home")).Run(); err != nil {
		h.t.Fatal(err)
	}
	h.dir = filepath.Join(small, "home")
	fill, err := os.Create(filepath.Join(small, "fill"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer fill.Close()
	for err == nil {
		_, err = fill.Write(make([]byte, 4096))
	}
	if err := fill.Truncate(max(0, size(h.t, fill)-64<<10)); err != nil { // room for the announcement, not for the data
		h.t.Fatal(err)
	}
	a := h.run("catalog", "import", "visits", write(h.t, dir, "in.csv", header+bigCSV()), "--as", "provider")
	if err := fill.Truncate(0); err != nil {
		h.t.Fatal(err)
	}
	again := home{t: h.t, dir: h.dir}
	again.must("job", "resume") // with room again, what was announced is completed
	again.must("audit", "verify")
	if vs := ask[struct{ Versions []yumen.Version }](again, "catalog", "show", "visits").Versions; len(vs) != 1 {
		h.t.Errorf("%d versions after an import that failed", len(vs))
	}
	return a
}

func size(t *testing.T, f *os.File) int64 {
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return fi.Size()
}

func bigCSV() string {
	var b strings.Builder
	for i := range 60_000 {
		b.WriteString("Q" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) +
			string(rune('a'+i/676%26)) + string(rune('a'+i/17576)) + ",east,2026-02-02,7,\n")
	}
	return b.String()
}

func tamperedReceipt(h home, dir string) answer {
	j, _ := h.submitSQL(countSQL)
	h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", j.ID, "--as", "reviewer")
	name := "r" + strings.TrimPrefix(j.ID, "j")
	h.must("release", "get", name, "--out", dir, "--as", "analyst")
	flip(h.t, filepath.Join(dir, name+".receipt"))
	return h.run("release", "verify", filepath.Join(dir, name+".receipt"))
}

// TestBadInput does each bad thing to a fresh home and checks the answer, and that the home is none the worse for it.
// With -v it prints the table of messages.
func TestBadInput(t *testing.T) { eachWay(t, testBadInput) }

func testBadInput(t *testing.T) {
	base := newHome(t)
	for _, c := range badInputs(t) {
		t.Run(c.name, func(t *testing.T) {
			h := copyHome(t, base)
			a := c.do(h, t.TempDir())
			if a.code != 1 {
				t.Fatalf("exit code %d, want 1\n%s%s", a.code, a.out, a.err)
			}
			for _, w := range c.want {
				if !strings.Contains(a.err, w) {
					t.Errorf("the message does not name %q", w)
				}
			}
			if strings.Contains(a.out+a.err, secret) {
				t.Error("the message repeats a value")
			}
			t.Logf("| %s | %s |", c.name, strings.ReplaceAll(strings.TrimSpace(a.err), "\n", "<br>"))
			switch h.env = nil; c.name {
			case "tampered log", "no home", "full disk":
			case "tampered version":
				h.must("audit", "verify", "--quick")
				if a := h.run("audit", "verify"); a.code != 1 || !strings.Contains(a.err, "objects/versions/") {
					t.Errorf("verified: %d, %s", a.code, a.err)
				}
			default:
				h.must("audit", "verify")
			}
			logged, err := os.ReadFile(filepath.Join(h.dir, "log", "entries"))
			if err == nil && bytes.Contains(logged, []byte(secret)) {
				t.Error("the audit log repeats a value")
			}
		})
	}
}

// TestKinds checks that the JSON error names the kind and carries both languages.
func TestKinds(t *testing.T) { eachWay(t, testKinds) }

func testKinds(t *testing.T) {
	if testing.Short() {
		t.Skip("TestBadInput does the same things")
	}
	base := newHome(t)
	for _, c := range badInputs(t) {
		if c.kind == "" || c.name == "second writer on one home" { // both take their time or end in more than one way
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			h := copyHome(t, base)
			h.json = true
			a := c.do(h, t.TempDir())
			var e struct {
				Error yumen.Error `json:"error"`
			}
			if err := json.Unmarshal([]byte(a.err), &e); err != nil {
				t.Fatalf("not JSON: %v\n%s", err, a.err)
			}
			if e.Error.Kind != c.kind || e.Error.Msg.EN == "" || e.Error.Msg.ZH == "" {
				t.Errorf("got kind %q, messages %q and %q, want kind %q", e.Error.Kind, e.Error.Msg.EN, e.Error.Msg.ZH,
					c.kind)
			}
		})
	}
}
