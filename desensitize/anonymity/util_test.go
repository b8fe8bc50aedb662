package anonymity

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func itoa(i int) string { return strconv.Itoa(i) }

// table builds a table from rows of text.
func table(t testing.TB, names []string, rows ...[]string) *Table {
	t.Helper()
	b, err := NewBuilder(names...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := b.Add(r, nil); err != nil {
			t.Fatal(err)
		}
	}
	return b.Table()
}

// adult reads the Adult extract and its hierarchies.
func adult(t testing.TB) (*Table, map[string]*Hierarchy) {
	dir := dataDir(t, "adult")
	f, err := os.Open(filepath.Join(dir, "adult.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Scan()
	names := strings.Split(sc.Text(), ";")
	b, err := NewBuilder(names...)
	if err != nil {
		t.Fatal(err)
	}
	for sc.Scan() {
		if err := b.Add(strings.Split(sc.Text(), ";"), nil); err != nil {
			t.Fatal(err)
		}
	}
	hierarchies := map[string]*Hierarchy{}
	for _, name := range names {
		file := "adult_hierarchy_" + name + ".csv"
		r, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		hierarchies[name], err = ReadHierarchy(file, r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Table(), hierarchies
}
