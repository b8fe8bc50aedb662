package desensitize

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
)

func patients(n int) []string {
	r := rand.New(rand.NewPCG(11, 12))
	rows := make([]string, n)
	for i := range rows {
		age := fmt.Sprint(20 + r.IntN(60))
		if r.IntN(40) == 0 {
			age = "∅"
		}
		rows[i] = fmt.Sprintf("%s|%s|2024-%02d-%02d|%s", age,
			[]string{"440303", "440304", "440305", "110101"}[r.IntN(4)], 1+r.IntN(12), 1+r.IntN(28),
			[]string{"J18", "I10", "E11", "K29"}[r.IntN(4)])
	}
	return rows
}

const patientCols = "age:integer region:text seen:date illness:text"

func runModel(t *testing.T, rows []string, model string) ([]string, *Record, error) {
	t.Helper()
	p, err := ReadProfile("m.yaml", []byte("profile: m\nversion: 1\nmodel:\n"+model))
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	type result struct {
		rec *Record
		err error
	}
	done := make(chan result)
	go func() {
		rec, err := Run(t.Context(), reader(t, patientCols, 64, rows...), p, nil, w, Options{Work: t.TempDir()})
		w.CloseWithError(err)
		done <- result{rec, err}
	}()
	b, _ := io.ReadAll(r)
	res := <-done
	if res.err != nil {
		return nil, nil, res.err
	}
	return read(t, strings.NewReader(string(b))), res.rec, nil
}

func classes(rows []string, columns int) map[string][]string {
	m := map[string][]string{}
	for _, row := range rows {
		c := strings.Split(row, "|")
		key := strings.Join(c[:columns], "|")
		m[key] = append(m[key], c[3])
	}
	return m
}

func TestModelByGeneralization(t *testing.T) {
	rows := patients(600)
	got, rec, err := runModel(t, rows, `
  quasi: [age, region, seen]
  k: 5
  l_diversity: {column: illness, l: 2}
  suppress: 0.1
  generalize:
    - {column: age, hierarchy: age}
    - {column: region, hierarchy: region}
    - {column: seen, hierarchy: date}
`)
	if err != nil {
		t.Fatal(err)
	}
	for class, ill := range classes(got, 3) {
		values := map[string]bool{}
		for _, v := range ill {
			values[v] = true
		}
		if len(ill) < 5 || len(values) < 2 {
			t.Errorf("class %s has %d records, %d values", class, len(ill), len(values))
		}
	}
	if len(got) < 540 || rec.Model.Dropped != int64(600-len(got)) || rec.Model.After.Smallest < 5 ||
		rec.Model.Before.SampleUniques == 0 || rec.Model.Utility == nil {
		t.Errorf("%d rows, %+v", len(got), rec.Model)
	}
	for _, r := range rec.Model.Results {
		if !r.Holds {
			t.Errorf("%+v", r)
		}
	}
}

func TestModelBySuppression(t *testing.T) {
	rows := patients(200)
	for i := range rows {
		c := strings.Split(rows[i], "|")
		rows[i] = strings.Join([]string{[]string{"30", "∅", "50"}[i%3], c[1], "2024-01-01", c[3]}, "|")
	}
	rows = append(rows, "99|440303|2024-01-01|J18")
	got, rec, err := runModel(t, rows, "  quasi: [age, region]\n  k: 3\n  suppress: 0.05\n")
	if err != nil || len(got) != 200 || rec.Model.Dropped != 1 {
		t.Fatal(len(got), err)
	}
	if _, _, err := runModel(t, rows, "  quasi: [age, region]\n  k: 3\n"); yumen.KindOf(err) != yumen.KindFailed {
		t.Error("dropped without leave:", err)
	}
	if _, _, err := runModel(t, rows, "  quasi: [age]\n  k: 300\n  suppress: 0.5\n"); err == nil {
		t.Error("k larger than the table was reached")
	}
	got, _, err = runModel(t, rows, "  quasi: [region]\n  t_closeness: {column: illness, t: 0.3}\n  suppress: 0.2\n")
	if err != nil || len(got) == 0 {
		t.Error(err)
	}
	if got, _, err := runModel(t, nil,
		"  quasi: [age]\n  k: 5\n  generalize:\n    - {column: age, hierarchy: age}\n"); err != nil || len(got) != 0 {
		t.Error("an empty table:", err)
	}
}

func TestModelRefusals(t *testing.T) {
	for _, model := range []string{"  quasi: [nowhere]\n  k: 5\n",
		"  quasi: [age]\n  k: 5\n  generalize:\n    - {column: region, hierarchy: region}\n",
		"  quasi: [age]\n  k: 5\n  generalize:\n    - {column: age, hierarchy: nothing}\n",
		"  quasi: [age]\n  l_diversity: {column: nowhere, l: 2}\n"} {
		if _, _, err := runModel(t, patients(3), model); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", model, err)
		}
	}
	for _, model := range []string{"  quasi: [age]\n", "  k: 5\n", "  quasi: [age]\n  k: 5\n  suppress: 2\n",
		"  quasi: [age]\n  l_diversity: {column: a, l: 2, kind: odd}\n"} {
		if _, err := ReadProfile("m.yaml",
			[]byte("profile: m\nversion: 1\nmodel:\n"+model)); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", model, err)
		}
	}
}

// A gap in a hierarchy file is an error, for the values in it cannot be hidden otherwise.
func TestModelWithAGap(t *testing.T) {
	h, err := anonymity.ReadHierarchy("r", strings.NewReader("440303;a;*\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadProfile("m.yaml",
		[]byte("profile: m\nversion: 1\nmodel:\n  quasi: [region]\n  k: 2\n  generalize:\n    - {column: region, hierarchy: r}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), reader(t, patientCols, 64, patients(50)...), p, nil, io.Discard,
		Options{Work: t.TempDir(), Hierarchies: map[string]*anonymity.Hierarchy{"r": h}})
	if err == nil || strings.Contains(err.Error(), "440304") {
		t.Error(err)
	}
}
