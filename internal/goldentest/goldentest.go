// Package goldentest keeps bad inputs beside the messages they get, in one file a person can read from top to bottom. It
// is for tests only.
package goldentest

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/yumen-data/yumen"
)

var update = flag.Bool("update", false, "write what the tests got into their golden files")

// Run feeds each input of a txtar archive to read and compares the error with the archive: the file NAME.yaml is an
// input, NAME.en and NAME.zh are its message in each language. Every input must be refused, with kind invalid and a place
// for each reason.
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
		out.Files = append(out.Files, f, txtar.File{Name: name + ".en", Data: []byte(got.EN)}, txtar.File{Name: name + ".zh", Data: []byte(got.ZH)})
		if diff := cmp.Diff(yumen.Text{EN: want[name+".en"], ZH: want[name+".zh"]}, got); diff != "" && !*update {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(archive, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func messages(t *testing.T, name string, err error) yumen.Text {
	t.Helper()
	var e *yumen.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: accepted, or refused without a place: %v", name, err)
		return yumen.Text{}
	}
	if e.Kind != yumen.Invalid || e.Place == "" || len(e.Reasons) == 0 {
		t.Errorf("%s: kind %s at %q with %d reasons", name, e.Kind, e.Place, len(e.Reasons))
	}
	for _, r := range e.Reasons {
		if r.Place == "" || r.Rule == "" || r.Msg.EN == "" || r.Msg.ZH == "" {
			t.Errorf("%s: a reason without place, rule or message: %+v", name, r)
		}
	}
	return yumen.Text{EN: e.In(yumen.English) + "\n", ZH: e.In(yumen.Chinese) + "\n"}
}
