package clitest

import (
	"encoding/csv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// identifiers are those of the residents of the demonstration's city: ids and mobile numbers, and names of three characters and
// more.
func identifiers(t *testing.T, file string) (numbers, names map[string]bool) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	numbers, names = map[string]bool{}, map[string]bool{}
	for _, r := range rows[1:] {
		numbers[r[column["resident_id"]]], numbers[r[column["mobile"]]] = true, true
		if name := r[column["name"]]; utf8.RuneCountInString(name) > 2 {
			names[name] = true
		}
	}
	return numbers, names
}

var (
	digits = regexp.MustCompile(`[0-9]{11}[0-9X]*`)
	chars  = regexp.MustCompile(`\p{Han}{3,}`)
)

// found are identifiers that a file holds.
func found(text []byte, numbers, names map[string]bool) (out []string) {
	for _, run := range digits.FindAllString(string(text), -1) {
		for _, n := range []int{11, 18} {
			for i := 0; i+n <= len(run); i++ {
				if numbers[run[i:i+n]] {
					out = append(out, run[i:i+n])
				}
			}
		}
	}
	for _, run := range chars.FindAllString(string(text), -1) {
		r := []rune(run)
		for _, n := range []int{3, 4} {
			for i := 0; i+n <= len(r); i++ {
				if names[string(r[i:i+n])] {
					out = append(out, string(r[i:i+n]))
				}
			}
		}
	}
	return out
}

// After the whole demonstration no file of the home holds the id, the mobile number or the name of anybody in its city. What was
// imported holds all of them, and so would versions that are not sealed: Parquet keeps such columns as they are.
func TestNothingInClear(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the demonstration")
	}
	dir := filepath.Join(t.TempDir(), "home")
	if out, err := exec.Command(bin, "demo", "--home", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	imported := filepath.Join(dir+"-files", "residents.csv")
	numbers, names := identifiers(t, imported)
	text, err := os.ReadFile(imported)
	if n := len(found(text, numbers, names)); err != nil || n < 100_000 {
		t.Fatalf("%d identifiers found in what was imported, %v: the search does not work", n, err)
	}
	files := 0
	if err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(p)
		files++
		if in := found(text, numbers, names); len(in) > 0 {
			t.Errorf("%s holds %d identifiers", strings.TrimPrefix(p, dir), len(in))
		}
		return err
	}); err != nil || files < 20 {
		t.Errorf("%d files, %v", files, err)
	}
}
