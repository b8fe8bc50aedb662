package desensitize

import (
	"bytes"
	"os"
	"testing"

	"github.com/yumen-data/yumen"
)

// Whatever a profile holds, it is read or refused, and applied to a table or refused: nothing panics, and output comes
// from runs that succeed.
func FuzzProfile(f *testing.F) {
	hospital, err := os.ReadFile("testdata/hospital.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(hospital)
	for _, a := range Techniques() {
		f.Add([]byte("profile: x\nversion: 1\nsteps:\n  - columns: [a, n]\n    " + a.Name + ": {}\n"))
		for _, p := range a.Params {
			f.Add([]byte("profile: x\nversion: 1\nsteps:\n  - columns: [n]\n    " + a.Name + ": {" + p.Name + ": 5}\n"))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ReadProfile("p.yaml", b)
		if err != nil {
			if yumen.KindOf(err) != yumen.KindInvalid {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		in := reader(t, "a:text n:integer x:double day:date", 2, "11010519491231002X|1|0.5|2024-01-01", "∅|∅|∅|∅",
			"|-9|1e300|0001-01-01")
		rec, err := Run(t.Context(), in, p, testKeys, &out, Options{Work: t.TempDir(), Vault: mockVault{}})
		if err == nil && rec.Output != yumen.DigestOf(out.Bytes()) {
			t.Fatal("the record has another digest than the output")
		}
	})
}

// Every technique and parameter is described in both languages.
func TestEveryTechniqueIsDescribed(t *testing.T) {
	for _, a := range Techniques() {
		for what, text := range map[string]yumen.Text{"title": a.Title, "term": a.Term, "reversible": a.Reversible,
			"preserves": a.Preserves, "leaks": a.Leaks} {
			if text.EN == "" || text.ZH == "" {
				t.Errorf("%s: no %s in both languages", a.Name, what)
			}
		}
		if a.Types == "" || a.Scope == "" {
			t.Errorf("%s: no types or scope", a.Name)
		}
		for _, p := range a.Params {
			if p.Name == "" || p.Msg.EN == "" || p.Msg.ZH == "" {
				t.Errorf("%s: parameter %s is not described in both languages", a.Name, p.Name)
			}
		}
	}
}
