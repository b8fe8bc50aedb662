package law

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const architecture = "docs/architecture.md"

// The table of packages has one row for each package and no other, and the list of what is changed where names files
// and folders that exist.
func TestArchitecturePage(t *testing.T) {
	page := texts(t)[architecture]
	var packages []string
	for _, p := range list(t) {
		packages = append(packages, p.path())
	}
	for _, v := range wrongRows(part(page, "Packages"), packages) {
		t.Error(v)
	}
	for _, v := range deadPlaces(part(page, "Where to change what"), exists) {
		t.Error(v)
	}
}

// part returns what stands under a heading of the second level.
func part(page, title string) string {
	_, rest, _ := strings.Cut(page, "\n## "+title+"\n")
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

var packageRow = regexp.MustCompile("(?m)^\\| (?:\\[root\\]\\([^)]*\\)|\\[?`([^`]+)`(?:\\]\\([^)]*\\))?) \\|")

// wrongRows says which packages have no row of a table, and which rows have no package or are there twice.
func wrongRows(table string, packages []string) []string {
	var out, rows []string
	for _, m := range packageRow.FindAllStringSubmatch(table, -1) {
		row := m[1]
		if row == "" {
			row = "."
		}
		if slices.Contains(rows, row) || !slices.Contains(packages, row) {
			out = append(out, fmt.Sprintf("%s: the row of %s is superfluous", architecture, row))
		}
		rows = append(rows, row)
	}
	for _, p := range packages {
		if !slices.Contains(rows, p) {
			out = append(out, fmt.Sprintf("%s: no row for %s", architecture, p))
		}
	}
	return out
}

var code = regexp.MustCompile("`([^`]+)`")

// deadPlaces says which places of a table do not exist. A row without a place is wrong as well.
func deadPlaces(table string, exists func(string) bool) []string {
	var out []string
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[2]) == "open" {
			continue
		}
		rows++
		places := code.FindAllStringSubmatch(cells[2], -1)
		if len(places) == 0 {
			out = append(out, fmt.Sprintf("%s: no place is named for%s", architecture, cells[1]))
		}
		for _, m := range places {
			if !exists(m[1]) {
				out = append(out, fmt.Sprintf("%s: %s does not exist", architecture, m[1]))
			}
		}
	}
	if rows < 10 {
		out = append(out, fmt.Sprintf("%s: %d rows say where to change what", architecture, rows))
	}
	return out
}

func TestArchitectureCheckCatches(t *testing.T) {
	table := "| package | what |\n|---|---|\n| [root](../doc.go) | a |\n| `b` | b |\n" +
		"| [`b`](b.md) | twice |\n| `gone` | c |\n"
	want := []string{architecture + ": the row of b is superfluous", architecture + ": the row of gone is superfluous",
		architecture + ": no row for c/d"}
	if got := wrongRows(table, []string{".", "b", "c/d"}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	places := "| to change | open |\n|---|---|\n| this | `a.go`, `gone.go` |\n| that | nothing |\n" +
		strings.Repeat("| other | `a.go` |\n", 8)
	want = []string{architecture + ": gone.go does not exist", architecture + ": no place is named for that "}
	if got := deadPlaces(places, func(name string) bool { return name == "a.go" }); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := deadPlaces("", exists); len(got) != 1 {
		t.Errorf("an empty list: %q", got)
	}
}
