// Package goldentest compares what a test got with what a file holds: golden files, generated parts of pages, and bad
// inputs beside the messages they get. It is for tests only, and it does not decide what is right: whoever updates a
// file reads the difference.
//
// There is one way to update all of them. With UPDATE=1 in the environment a test writes what it got into its files:
//
//	UPDATE=1 go test ./query ./access
package goldentest

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/yumen-data/yumen"
)

// Updating reports whether the tests were asked to write what they got.
func Updating() bool { return os.Getenv("UPDATE") == "1" }

// File compares got with a golden file, or writes the file.
func File(t testing.TB, path string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(path)
	if Updating() {
		write(t, path, want, got)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; UPDATE=1 go test rewrites it):\n%s", path, diff)
	}
}

// Part compares got with the part of a page between the lines "<!-- generated: NAME -->" and "<!-- end -->", or writes
// that part.
func Part(t testing.TB, page, name, got string) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
	before, rest, opened := strings.Cut(string(b), begin)
	want, after, closed := strings.Cut(rest, end)
	if !opened || !closed {
		t.Errorf("%s has no part between %q and %q", page, begin, end)
		return
	}
	if Updating() {
		write(t, page, b, []byte(before+begin+got+end+after))
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s is not what the code says (-page +code; UPDATE=1 go test rewrites it):\n%s", page, name, diff)
	}
}

func write(t testing.TB, path string, old, b []byte) {
	t.Helper()
	if bytes.Equal(old, b) {
		return
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Run feeds each input of a txtar archive to read and compares the error with the archive: the file NAME.yaml is an
// input, NAME.en and NAME.zh are its message in each language. Every input must be refused, with kind invalid and a
// place for each reason.
func Run(t *testing.T, archive string, read func(file string, b []byte) error) {
	t.Helper()
	a, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range a.Files {
		want[f.Name] = string(f.Data)
	}
	out := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		name, isInput := strings.CutSuffix(f.Name, ".yaml")
		if !isInput {
			continue
		}
		got := messages(t, f.Name, read(f.Name, f.Data))
		out.Files = append(out.Files, f, txtar.File{Name: name + ".en", Data: []byte(got.EN)},
			txtar.File{Name: name + ".zh", Data: []byte(got.ZH)})
		if diff := cmp.Diff(yumen.Text{EN: want[name+".en"], ZH: want[name+".zh"]}, got); diff != "" && !Updating() {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	if Updating() {
		write(t, archive, nil, txtar.Format(out))
	}
}

func messages(t *testing.T, name string, err error) yumen.Text {
	t.Helper()
	var e *yumen.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: accepted, or refused without a place: %v", name, err)
		return yumen.Text{}
	}
	if e.Kind != yumen.KindInvalid || e.Place == "" || len(e.Reasons) == 0 {
		t.Errorf("%s: kind %s at %q with %d reasons", name, e.Kind, e.Place, len(e.Reasons))
	}
	for _, r := range e.Reasons {
		if r.Place == "" || r.Rule == "" || r.Msg.EN == "" || r.Msg.ZH == "" {
			t.Errorf("%s: a reason without place, rule or message: %+v", name, r)
		}
	}
	return yumen.Text{EN: e.In(yumen.LangEnglish) + "\n", ZH: e.In(yumen.LangChinese) + "\n"}
}

// Blocks returns the fenced code blocks of a language in a Markdown page, so that a test can hold a page to what it
// shows.
func Blocks(t *testing.T, page, language string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]byte
	for _, part := range strings.Split(string(b), "\n```"+language+"\n")[1:] {
		block, _, closed := strings.Cut(part, "\n```\n")
		if !closed {
			t.Fatalf("%s: a block is not closed", page)
		}
		blocks = append(blocks, []byte(block+"\n"))
	}
	return blocks
}

// Names checks that a Markdown page shows each of the words in code type.
func Names(t *testing.T, page string, words []string) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if !strings.Contains(string(b), "`"+w+"`") {
			t.Errorf("%s does not speak of %s", page, w)
		}
	}
}

// Keys returns the YAML keys of a struct type and of the structs in it, other than those that are read as one value.
func Keys(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return Keys(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if key == "" {
			continue
		}
		keys = append(append(keys, key), Keys(t.Field(i).Type)...)
	}
	return keys
}
