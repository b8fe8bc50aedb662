package clitest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

const personsYAML = `dataset: persons
title: {en: Persons, zh: 人员}
provider: hospital
source: {system: generated}
unit: {kind: person, column: person, unique: true}
columns:
  - {name: person, title: Person, type: text, role: unit, grade: 3, constraints: [join, aggregate: {functions: [count, count_distinct]}]}
  - {name: name, title: Name, type: text, role: identifier, grade: 4, constraints: [mask: {technique: name}]}
  - {name: district, title: District, type: text, role: quasi, grade: 2, domain: [north, south, east, west], constraints: [filter, join, group, plain]}
  - {name: mobile, title: Mobile, type: text, role: identifier, grade: 4, nullable: true, constraints: [mask: {technique: mobile}]}
  - {name: household, title: Household, type: integer, role: identifier, grade: 3, constraints: [deny]}
sharing: {attribute: conditional, conditions: under a contract}
opening: {attribute: never, conditions: about persons}
update: monthly
`

var namedYAML = strings.NewReplacer("contract: study", "contract: named", "classes: [aggregate, rows, opaque]",
	"  - dataset: persons\n    columns:\n      - {name: person, uses: [join, aggregate]}\n      - {name: name, uses: [mask]}\n"+
		"      - {name: district, uses: [filter, group, plain]}\n      - {name: mobile, uses: [mask]}\nclasses: [aggregate, rows, opaque, dp]\n"+
		"budget: {epsilon: 1, delta: 1e-6, deadlines: [5s]}").Replace(contractYAML)

// personsCSV is the people of visitsCSV, with names of four characters and numbers of eleven digits.
func personsCSV() (text string, numbers, names map[string]bool) {
	numbers, names = map[string]bool{}, map[string]bool{}
	var b strings.Builder
	b.WriteString("person,name,district,mobile,household\n")
	for i := range 800 {
		district := []string{"north", "south", "east"}[i%3]
		if i >= 795 {
			district = "west"
		}
		name, mobile := string([]rune{'欧', '阳', rune(0x4e00 + i), rune(0x5e00 + i)}), fmt.Sprintf("139%08d", i*7919)
		fmt.Fprintf(&b, "P%04d,%s,%s,%s,%d\n", i, name, district, mobile, i/2)
		numbers[mobile], names[name] = true, true
	}
	return b.String(), numbers, names
}

// newNamed is a home whose visits are joined by persons with names and mobile numbers.
func newNamed(t *testing.T) (h home, numbers, names map[string]bool) {
	t.Helper()
	h = newHome(t)
	files := t.TempDir()
	text, numbers, names := personsCSV()
	h.must("catalog", "register", write(t, files, "persons.yaml", personsYAML), "--as", "provider")
	h.must("catalog", "import", "persons", write(t, files, "persons.csv", text), "--as", "provider")
	h.must("catalog", "publish", "persons", "--as", "provider")
	h.must("contract", "sign", write(t, files, "named.yaml", namedYAML), "--as", "regulator")
	return h, numbers, names
}

// givenTo are the roles of a job's enclaves that were given an input.
func (h home) givenTo(job, input string) (out []string) {
	h.t.Helper()
	enclaves := 0
	for _, a := range ask[api.Case](h, "review", "show", job, "--as", "reviewer").Artifacts {
		for _, e := range a.Enclaves {
			enclaves++
			if slices.ContainsFunc(e.Inputs,
				func(in yumen.InputDigest) bool { return in.Name == input && in.Digest != "" }) {
				out = append(out, e.Role)
			}
		}
	}
	if enclaves == 0 {
		h.t.Fatalf("%s has no enclaves", job)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

const modulePerPerson = `job: module
contract: named
wasm: m.wasm
inputs: [{name: p.csv, dataset: persons, columns: [%s]}]
output: {name: out.csv, columns: [{name: person, type: integer}, {name: district, type: text}]}
args: [copy, /in/p.csv, /out/out.csv]
`

func (h home) submitNamedModule(columns string) (yumen.Job, answer) {
	h.t.Helper()
	dir := h.t.TempDir()
	tool, err := os.ReadFile(filepath.Join("..", "..", "..", "sandbox", "wasm", "testdata", "tool.wasm"))
	if err != nil {
		h.t.Fatal(err)
	}
	write(h.t, dir, "m.wasm", string(tool))
	a := h.run("job", "submit", write(h.t, dir, "job.yaml", fmt.Sprintf(modulePerPerson, columns)), "--as", "analyst",
		"--json")
	var j yumen.Job
	if err := json.Unmarshal([]byte(a.out), &j); err != nil {
		h.t.Fatalf("job submit: %v\n%s%s", err, a.out, a.err)
	}
	return j, a
}

// Rows with names are masked before they leave; of all enclaves, those of class rows that read names are given them,
// and no other.
func TestIdentifiersReachRowsAlone(t *testing.T) {
	h, numbers, names := newNamed(t)
	rows := "SELECT name, mobile, district FROM persons WHERE district = 'north'"
	for sql, want := range map[string]string{
		rows: "[check sql]",
		"SELECT p.name, v.district FROM persons p JOIN visits v ON p.person = v.person WHERE v.district = 'north'": "[check sql]",
		"SELECT district FROM persons WHERE district = 'north'":                                                    "[]",
		"SELECT district, count(*) AS n FROM persons GROUP BY district":                                            "[]",
	} {
		j, a := h.submitTo("named", sql)
		if j.State != yumen.StateInReview {
			t.Errorf("%s: %s %v\n%s", sql, j.State, j.Error, a.err)
			continue
		}
		if got := fmt.Sprint(h.givenTo(j.ID, "persons:identifiers")); got != want {
			t.Errorf("%s: identifiers were given to %s", sql, got)
		}
		if got := h.givenTo(j.ID, "persons"); len(got) == 0 {
			t.Errorf("%s: the reports do not say what enclaves were given", sql)
		}
		if sql != rows {
			continue
		}
		for _, by := range []string{"reviewer", "reviewer2"} {
			h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", by)
		}
		h.must("review", "release", j.ID, "--as", "reviewer")
		text := h.released("r" + strings.TrimPrefix(j.ID, "j"))
		if in := found([]byte(text), numbers, names); len(in) > 0 || strings.Count(text, "*") < 10 ||
			strings.Count(text, "\n") != 266 {
			t.Errorf("released with %d identifiers:\n%s", len(in), text)
		}
	}
	j, a := h.submitTo("named", "SELECT district, count(*) AS n FROM persons GROUP BY district", "--class", "dp")
	if j.State != yumen.StateReleased || len(h.givenTo(j.ID, "persons:identifiers")) > 0 {
		t.Errorf("class dp: %s, %v\n%s", j.State, h.givenTo(j.ID, "persons:identifiers"), a.err)
	}
	j, a = h.submitNamedModule("person, district")
	if got := h.givenTo(j.ID, "persons"); !slices.Contains(got, "wasm") ||
		len(h.givenTo(j.ID, "persons:identifiers")) > 0 {
		t.Errorf("a module: %s, %v\n%s", j.State, got, a.err)
	}
}

// However a job names an identifier, it is refused before it meets data, unless it shows it as it is stored, in rows,
// to be masked.
func TestIdentifiersAreRefused(t *testing.T) {
	h, _, _ := newNamed(t)
	refused := func(what string, j yumen.Job, a answer) {
		t.Helper()
		if a.code != 1 || j.State != yumen.StateRejected {
			t.Errorf("%s: exit code %d, %s\n%s", what, a.code, j.State, a.err)
		}
	}
	for _, sql := range []string{
		"SELECT name, count(*) AS n FROM persons GROUP BY name",
		"SELECT count(*) AS n FROM persons WHERE name = '欧阳一丁'",
		"SELECT count(mobile) AS n FROM persons",
		"SELECT count(DISTINCT name) AS n FROM persons",
		"SELECT min(name) AS n FROM persons",
		"SELECT district, count(*) AS n FROM persons GROUP BY district, left(mobile, 3)",
		"SELECT count(*) FILTER (WHERE mobile LIKE '139%') AS n FROM persons",
		"SELECT count(*) AS n FROM (SELECT name, district FROM persons WHERE name IS NOT NULL)",
		"SELECT count(*) AS n FROM persons p JOIN persons q ON p.name = q.name",
		"SELECT upper(name) AS n FROM persons",
		"SELECT name || mobile AS n FROM persons",
		"SELECT district FROM persons WHERE mobile > '13900000000'",
		"SELECT household FROM persons",
		"SELECT household, district FROM persons",
		"SELECT * FROM persons",
	} {
		j, a := h.submitTo("named", sql)
		refused(sql, j, a)
		j, a = h.submitTo("named", sql, "--class", "dp")
		refused("class dp: "+sql, j, a)
	}
	for _, columns := range []string{"name", "district, mobile", "household", "person, name"} {
		j, a := h.submitNamedModule(columns)
		refused("a module over "+columns, j, a)
		if columns != "household" && !strings.Contains(a.err, "column.identifier") {
			t.Errorf("a module over %s: %s", columns, a.err)
		}
	}
}

// A version is destroyed with its identifiers. Files that are put back without their keys are said to be destroyed
// ones, until they are destroyed again.
func TestDestroyedVersionIsPutBack(t *testing.T) {
	h, _, _ := newNamed(t)
	kept := filepath.Join(t.TempDir(), "objects")
	copyTree(t, filepath.Join(h.dir, "objects"), kept)
	gone := ask[[]api.Destroyed](h, "store", "destroy", "persons/1", "--reason", "the term is over", "--as", "provider")
	if len(gone) != 2 || gone[0].Space != "identifiers" && gone[1].Space != "identifiers" {
		t.Fatalf("destroyed %+v", gone)
	}
	h.must("audit", "verify")
	for _, d := range gone {
		file := filepath.Join(d.Space, d.Digest.Hex())
		if keys, err := filepath.Glob(filepath.Join(h.dir, "keys", "objects", file+"*")); err != nil || len(keys) > 0 {
			t.Errorf("keys are left: %v, %v", keys, err)
		}
		if err := os.Rename(filepath.Join(kept, file), filepath.Join(h.dir, "objects", file)); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"audit", "verify"}, {"backup", filepath.Join(t.TempDir(), "b.tar")}} {
		if a := h.run(args...); a.code != 1 || strings.Count(a.err, "it was destroyed by provider on") != 2 ||
			!strings.Contains(a.err, "destroy it again") {
			t.Errorf("%v: exit code %d\n%s", args, a.code, a.err)
		}
	}
	sql := write(t, t.TempDir(), "q.sql", "SELECT district, count(*) AS n FROM persons GROUP BY district")
	if a := h.run("job", "submit", "--contract", "named", "--sql", sql, "--as", "analyst"); a.code != 1 ||
		!strings.Contains(a.err, "destroyed by provider") {
		t.Errorf("a job over it: %d\n%s", a.code, a.err)
	}
	h.must("store", "destroy", "persons/1", "--reason", "it was put back", "--as", "provider")
	h.must("audit", "verify")
}
