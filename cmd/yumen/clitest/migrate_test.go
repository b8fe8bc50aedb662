package clitest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Homes that earlier releases made, with what came out of them, are in testdata: made-unsealed by commit cfd8a15,
// before objects were sealed, made-together by 60c2382, when versions held identifiers. Each is made again by that
// commit's program:
//
//	YUMEN_BIN=/tmp/yumen-60c2382 YUMEN_MAKE_HOME=testdata/made-together.tar.gz go test ./cmd/yumen/clitest -run TestMakeHome
const makeHomeVariable = "YUMEN_MAKE_HOME"

const (
	namesSQL   = "SELECT name, district FROM persons WHERE district = 'north'"
	onceSQL    = "SELECT district, count(*) AS n FROM persons GROUP BY district"
	madeAnswer = "r-dp.csv"
)

func TestMakeHome(t *testing.T) {
	to := os.Getenv(makeHomeVariable)
	if to == "" {
		t.Skip("only to make the homes of testdata")
	}
	h, _, _ := newNamed(t)
	files := filepath.Join(filepath.Dir(h.dir), "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		t.Fatal(err)
	}
	j, _ := h.submitTo("named", onceSQL)
	for _, by := range []string{"reviewer", "reviewer2"} {
		h.run("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", by) // one suffices for some
	}
	h.must("review", "release", j.ID, "--as", "reviewer")
	private, _ := h.submitTo("named", onceSQL, "--class", "dp")
	for _, id := range []string{j.ID, private.ID} {
		h.must("release", "get", "r"+strings.TrimPrefix(id, "j"), "--out", files, "--as", "analyst")
	}
	if err := os.Rename(filepath.Join(files, "r"+strings.TrimPrefix(private.ID, "j")+".csv"),
		filepath.Join(files, madeAnswer)); err != nil {
		t.Fatal(err)
	}
	if waiting, _ := h.submitTo("named", namesSQL); waiting.State != yumen.StateInReview {
		t.Fatalf("rows are %s", waiting.State)
	}
	h.env = []string{"YUMEN_CRASH=after-apply:3"}
	if _, a := h.submitTo("named", namesSQL+" LIMIT 40"); a.code >= 0 {
		t.Fatal("not killed")
	}
	if out, err := exec.Command("tar", "-C", filepath.Dir(h.dir), "-czf", to, "home",
		"files").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// madeBefore unpacks a home that an earlier release made, and what came out of it.
func madeBefore(t *testing.T, name string) (h home, files string) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-C", dir, "-xzf",
		filepath.Join("testdata", name+".tar.gz")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	relax(t, filepath.Join(dir, "home"))
	return home{t: t, dir: filepath.Join(dir, "home")}, filepath.Join(dir, "files")
}

// A migration that is killed before or after any durable write goes on when it is repeated, and nothing is lost,
// superfluous or in clear.
func TestMigrationIsKilled(t *testing.T) {
	_, numbers, names := personsCSV()
	for _, made := range []string{"made-unsealed", "made-together"} {
		base, _ := madeBefore(t, made)
		if in := base.inClear(numbers, names); (in["objects/versions"] > 0) != (made == "made-unsealed") {
			t.Fatalf("%s: identifiers in clear before: %v", made, in)
		}
		killed := 0
		all := append(slices.Clone(points), "seal-written", "seal-key", "seal-placed", "destroy-keys", "destroy-file")
		if testing.Short() {
			all = []string{"after-publish", "destroy-keys"}
		}
		for _, point := range all {
			for n := 1; ; n++ {
				h := copyHome(t, base)
				h.env = []string{fmt.Sprintf("YUMEN_CRASH=%s:%d", point, n)}
				if a := h.run("store", "migrate"); a.code == 0 {
					break // there are fewer
				} else if a.code > 0 {
					t.Fatalf("%s: exit code %d\n%s", made, a.code, a.err)
				}
				killed++
				h.env = nil
				h.must("store", "migrate")
				h.migrated(numbers, names)
				if t.Failed() {
					t.Fatalf("%s: killed at %s %d", made, point, n)
				}
			}
		}
		if killed < 2*len(all) && !testing.Short() {
			t.Errorf("%s: killed %d times; the points are no longer reached", made, killed)
		}
		t.Logf("%s: killed %d times", made, killed)
	}
}

// migrated checks that a home is as the present release stores it, and that nothing more lies in it.
func (h home) migrated(numbers, names map[string]bool) {
	h.t.Helper()
	if got := strings.Join(strings.Fields(h.must("store", "migrate", "--json")),
		" "); got != `{ "sealed": 0, "separated": 0 }` {
		h.t.Errorf("migrated again: %s", got)
	}
	h.must("audit", "verify")
	if in := h.inClear(numbers, names); len(in) > 0 {
		h.t.Errorf("identifiers in clear: %v", in)
	}
	objects := map[string]int{}
	h.eachFile(func(folder, _ string) { objects[folder]++ })
	if objects["objects/versions"] != 2 || objects["objects/identifiers"] != 1 || objects["objects/incoming"] != 0 {
		h.t.Errorf("objects: %v", objects)
	}
	for _, space := range []string{"versions", "identifiers", "units", "held", "programs"} {
		if objects["objects/"+space] != objects["keys/objects/"+space] {
			h.t.Errorf("%d keys of %d %s", objects["keys/objects/"+space], objects["objects/"+space], space)
		}
	}
	if n := len(slices.DeleteFunc(h.log(),
		func(e yumen.Entry) bool { return e.Action != yumen.ActionVersionSeparate })); n != 2 {
		h.t.Errorf("the log says of %d versions that they were separated", n)
	}
}

// inClear counts the identifiers that files hold, by folder.
func (h home) inClear(numbers, names map[string]bool) map[string]int {
	h.t.Helper()
	out := map[string]int{}
	h.eachFile(func(folder, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			h.t.Error(err)
		}
		if n := len(found(text, numbers, names)); n > 0 {
			out[folder] += n
		}
	})
	return out
}

// eachFile calls f with the files of a home, and the folder of each within it.
func (h home) eachFile(f func(folder, path string)) {
	h.t.Helper()
	if err := filepath.WalkDir(h.dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			dir, _ := filepath.Rel(h.dir, filepath.Dir(p)) // both are absolute
			f(filepath.ToSlash(dir), p)
		}
		return err
	}); err != nil {
		h.t.Error(err)
	}
}

// After a migration everything that names the versions goes on: receipts, answers, jobs in review and jobs on their
// way, imports of the same rows, backups. So it does before one, but for imports of the same rows.
func TestHomeMadeBefore(t *testing.T) {
	for _, made := range []string{"made-unsealed", "made-together"} {
		for _, migrate := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s migrated %v", made, migrate), func(t *testing.T) {
				h, files := madeBefore(t, made)
				if a := h.run("job", "list", "--as", "analyst"); a.code != 1 ||
					!strings.Contains(a.err, "yumen store migrate") {
					t.Errorf("read before it is brought up to date: %d\n%s", a.code, a.err)
				}
				if migrate {
					h.must("store", "migrate")
				} else {
					h.must("job", "resume")
				}
				h.goesOnAsBefore(files)
				if migrate {
					h.importedAlready(files)
				}
				h.restorable()
				for _, d := range ask[[]api.Dataset](h, "catalog", "list", "--as", "provider") {
					v := d.Versions[0]
					if !slices.Contains(h.imported(), v.Digest) || (v.Data != "") != migrate ||
						(v.Identifiers != "") != (migrate && d.Name == "persons") {
						t.Errorf("%+v", v)
					}
				}
			})
		}
	}
}

// imported are the names of all versions as the log says that they were stored.
func (h home) imported() (out []yumen.Digest) {
	h.t.Helper()
	for _, e := range h.log() {
		if e.Action == yumen.ActionVersionStore {
			out = append(out, e.Digests["version"])
		}
	}
	return out
}

func (h home) goesOnAsBefore(files string) {
	t := h.t
	t.Helper()
	receipts, err := filepath.Glob(filepath.Join(files, "*.receipt"))
	if err != nil || len(receipts) != 2 {
		t.Fatal(receipts, err)
	}
	for _, r := range receipts {
		file := strings.TrimSuffix(r, ".receipt") + ".csv"
		if _, err := os.Stat(file); err != nil {
			file = filepath.Join(files, madeAnswer)
		}
		h.must("release", "verify", r, "--file", file)
	}
	before, err := os.ReadFile(filepath.Join(files, madeAnswer))
	if err != nil {
		t.Fatal(err)
	}
	private, a := h.submitTo("named", onceSQL, "--class", "dp")
	if private.State != yumen.StateReleased {
		t.Fatalf("class dp: %s\n%s", private.State, a.err)
	}
	out := t.TempDir()
	h.must("release", "get", "r"+strings.TrimPrefix(private.ID, "j"), "--out", out, "--as", "analyst")
	if again, err := os.ReadFile(filepath.Join(out, "r"+strings.TrimPrefix(private.ID, "j")+".csv")); err != nil ||
		!bytes.Equal(before, again) {
		t.Errorf("the same question got another answer:\n%s%s", before, again)
	}
	h.must("job", "resume")
	queue := h.queue()
	if len(queue) != 2 {
		t.Errorf("%d jobs wait for review, of one that waited and one that was on its way", len(queue))
	}
	for _, j := range queue {
		for _, by := range []string{"reviewer", "reviewer2"} {
			h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", by)
		}
		h.must("review", "release", j.ID, "--as", "reviewer")
		_, numbers, names := personsCSV()
		if in := found([]byte(h.released("r"+strings.TrimPrefix(j.ID, "j"))), numbers, names); len(in) > 0 {
			t.Errorf("released with %d identifiers", len(in))
		}
	}
}

// importedAlready checks that the rows of a migrated version are noticed when they are imported again.
func (h home) importedAlready(files string) {
	t := h.t
	t.Helper()
	text, _, _ := personsCSV()
	if a := h.run("catalog", "import", "visits", write(t, files, "visits.csv", visitsCSV()), "--as",
		"provider"); a.code != 1 || !strings.Contains(a.err, "very rows") {
		t.Errorf("the same visits again: exit code %d\n%s", a.code, a.err)
	}
	if a := h.run("catalog", "import", "persons", write(t, files, "persons.csv", text), "--as",
		"provider"); a.code != 1 || !strings.Contains(a.err, "very rows") {
		t.Errorf("the same persons again: exit code %d\n%s", a.code, a.err)
	}
}

func (h home) restorable() {
	t := h.t
	t.Helper()
	tar := filepath.Join(t.TempDir(), "b.tar")
	h.must("backup", tar)
	restored := home{t: t, dir: filepath.Join(t.TempDir(), "restored")}
	restored.must("restore", tar, "--original-lost")
	relax(t, restored.dir)
	restored.must("audit", "verify")
}
