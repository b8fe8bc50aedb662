package city

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/catalog"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// read returns the files of a pattern by their base name without extension.
func read(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	names, err := fs.Glob(Files, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		b, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(path.Base(name), path.Ext(name))] = b
	}
	return out
}

func entries(t *testing.T) map[string]yumen.Dataset {
	t.Helper()
	out := map[string]yumen.Dataset{}
	for name, text := range read(t, "datasets/*.yaml") {
		d, err := catalog.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if d.Name != name {
			t.Errorf("%s describes %s", name, d.Name)
		}
		out[name] = d
	}
	return out
}

// Every table has its entry, and every cell keeps to it.
func TestTablesKeepToTheirEntries(t *testing.T) {
	all := entries(t)
	for table := range city {
		d, ok := all[table]
		if !ok {
			t.Errorf("%s has no entry", table)
			continue
		}
		header, _, _ := strings.Cut(city[table].String(), "\n")
		var names []string
		for i := range d.Columns {
			names = append(names, d.Columns[i].InFiles())
		}
		if strings.Join(names, ",") != header {
			t.Errorf("%s: the entry has %v, the table %s", table, names, header)
			continue
		}
		for _, row := range rows(t, table, names...) {
			for i := range d.Columns {
				if why := breaks(t, &d.Columns[i], row[i]); why != "" {
					t.Fatalf("%s.%s: %s", table, names[i], why)
				}
			}
		}
	}
	if len(all) != len(city) {
		t.Errorf("%d entries for %d tables", len(all), len(city))
	}
}

func breaks(t *testing.T, c *yumen.Column, cell string) string {
	switch {
	case cell == "" && !c.Nullable:
		return "a null"
	case cell == "":
	case len(c.Domain) > 0 && !slices.Contains(c.Domain, cell):
		return "outside its domain"
	case c.Bounds != nil && (number(t, cell) < c.Bounds.Min || number(t, cell) > c.Bounds.Max):
		return "outside its bounds"
	case c.Type == yumen.TypeDate:
		if _, err := time.Parse(time.DateOnly, cell); err != nil {
			return "no date"
		}
	}
	return ""
}

// Contracts hold against the catalog, and jobs name what there is.
func TestContractsAndJobs(t *testing.T) {
	all := entries(t)
	contracts := map[string]yumen.Contract{}
	for name, text := range read(t, "contracts/*.yaml") {
		c, err := contract.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range contract.Check(&c, all) {
			t.Errorf("%s: %s: %v", name, r.Place, r.Msg)
		}
		contracts[c.Name] = c
	}
	for name, text := range read(t, "jobs/*.yaml") {
		var spec yumen.JobSpec
		if err := strictyaml.Decode(name, text, &spec); err != nil {
			t.Error(err)
			continue
		}
		c, known := contracts[spec.Contract]
		if !known || spec.Name != name || spec.Purpose.IsZero() {
			t.Errorf("%s: name %q, contract %q", name, spec.Name, spec.Contract)
		}
		if spec.SQL != "" {
			if _, err := Files.ReadFile("jobs/" + spec.SQL); err != nil {
				t.Error(err)
			}
		}
		job := yumen.Job{Spec: spec, Submitter: yumen.Actor{Org: c.Parties.Applicant}}
		signed := yumen.SignedContract{Contract: c}
		for _, r := range contract.Admit(&signed, &job, all,
			contract.Facts{Now: time.Date(Year, 7, 1, 0, 0, 0, 0, time.UTC)}) {
			t.Errorf("%s: %s: %v", name, r.Place, r.Msg)
		}
	}
}
