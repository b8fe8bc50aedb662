package examples

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/catalog"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/desensitize/mask"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/uses"
)

// sets are the folders of real data.
var sets = []string{"adult", "airline"}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file %s: %v", pattern, err)
	}
	return files
}

func datasets(t *testing.T, set string) map[string]yumen.Dataset {
	t.Helper()
	all := map[string]yumen.Dataset{}
	for _, file := range glob(t, filepath.Join(set, "datasets", "*.yaml")) {
		d, err := catalog.Parse(file, read(t, file))
		if err != nil {
			t.Fatal(yumen.AsError(err).In(yumen.LangEnglish))
		}
		all[d.Name] = d
	}
	return all
}

// Each contract grants what its datasets allow and no more, and each job is one that its contract admits, submitted by
// a person that a new home has.
func TestFilesBelongTogether(t *testing.T) {
	people, err := access.Parse("people.yaml", access.Starter())
	if err != nil {
		t.Fatal(err)
	}
	applicant, err := people.Find(t.Context(), "applicant")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		t.Run(set, func(t *testing.T) {
			entries, file := datasets(t, set), filepath.Join(set, "contract.yaml")
			c, err := contract.Parse(file, read(t, file))
			if err != nil {
				t.Fatal(yumen.AsError(err).In(yumen.LangEnglish))
			}
			for _, r := range contract.Check(&c, entries) {
				t.Errorf("%s: %+v", file, r)
			}
			for _, file := range glob(t, filepath.Join(set, "jobs", "*.yaml")) {
				job := yumen.Job{Spec: jobSpec(t, file), Submitter: applicant}
				for _, r := range contract.Admit(&yumen.SignedContract{Contract: c}, &job, entries,
					contract.Facts{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}) {
					t.Errorf("%s: %+v", file, r)
				}
				if job.Spec.Contract != c.Name {
					t.Errorf("%s names the contract %s", file, job.Spec.Contract)
				}
			}
		})
	}
}

// jobSpec reads a job file with the query it names.
func jobSpec(t *testing.T, file string) yumen.JobSpec {
	t.Helper()
	var spec yumen.JobSpec
	if err := strictyaml.Decode(file, read(t, file), &spec); err != nil {
		t.Fatal(yumen.AsError(err).In(yumen.LangEnglish))
	}
	if strings.HasSuffix(spec.SQL, ".sql") {
		spec.SQL = string(read(t, filepath.Join(filepath.Dir(file), spec.SQL)))
	}
	return spec
}

// A mask that a catalog entry can ask for is one that desensitize has, and the other way round. The two packages cannot
// look at each other; here both are in sight.
func TestMasksThatCanBeGrantedExist(t *testing.T) {
	for _, name := range uses.Techniques {
		if _, ok := mask.Lookup(name); !ok {
			t.Errorf("there is no mask %s", name)
		}
	}
	for _, p := range mask.Presets {
		if !slices.Contains(uses.Techniques, p.Name) {
			t.Errorf("the mask %s cannot be granted", p.Name)
		}
	}
}

// docs/job.md shows jobs that can be read, and speaks of every key a job can have.
func TestJobDocument(t *testing.T) {
	const page = "../docs/job.md"
	blocks := goldentest.Blocks(t, page, "yaml")
	if len(blocks) != 5 {
		t.Fatalf("%d jobs", len(blocks))
	}
	for _, b := range blocks {
		var spec yumen.JobSpec
		if err := strictyaml.Decode(page, b, &spec); err != nil {
			t.Error(yumen.AsError(err).In(yumen.LangEnglish))
		}
	}
	goldentest.Names(t, page, goldentest.Keys(reflect.TypeFor[yumen.JobSpec]()))
}
