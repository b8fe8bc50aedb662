package clitest

import (
	"bytes"
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/seal"
)

// identifiers are those of the residents of the demonstration's city: ids and mobile numbers, and names of three
// characters and more.
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

// After the whole demonstration no file of the home holds the id, the mobile number or the name of anybody in its city.
// What was imported holds all of them, and so would versions that are not sealed: Parquet keeps such columns as they
// are.
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
	insider(t, dir, numbers, names)
}

// insider reads a home with the keys but for that of identifiers: no version holds an identifier, and nothing else of
// the identifiers or of the dictionary can be had with it.
func insider(t *testing.T, dir string, numbers, names map[string]bool) {
	t.Helper()
	kms, err := keyring.OpenLocal(filepath.Join(dir, "keys", "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Open(filepath.Join(dir, "keys", "sealing.json"), kms)
	if err != nil {
		t.Fatal(err)
	}
	opener := seal.NewOpener(1<<30, "", false)
	defer opener.Close()
	objects := local.OpenReader(filepath.Join(dir, "objects"),
		seal.NewVault(filepath.Join(dir, "keys", "objects"), ring, seal.AES256GCM), opener)
	opened := map[store.Space]int{}
	if err := objects.Each(func(o store.Object) error {
		f, release, err := objects.Fetch(t.Context(), o)
		if o.Space == store.Identifiers {
			if err == nil {
				t.Errorf("opened identifiers by the key of versions")
				release()
			}
			opened[o.Space]++
			return nil
		}
		if err != nil || o.Space != store.Versions {
			return err
		}
		defer release()
		text, err := io.ReadAll(f)
		if in := found(text, numbers, names); len(in) > 0 {
			t.Errorf("version %s holds %d identifiers", o.Digest.Short(), len(in))
		}
		for _, column := range []string{"resident_id", "mobile", "household_id", "credit_code"} {
			if bytes.Contains(text, []byte(column)) {
				t.Errorf("version %s has a column %s", o.Digest.Short(), column)
			}
		}
		opened[o.Space]++
		return err
	}); err != nil || opened[store.Versions] < 4 || opened[store.Identifiers] < 3 {
		t.Errorf("%v, %v", opened, err)
	}
}
