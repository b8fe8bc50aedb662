package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

var admin = yumen.Actor{Name: "m", Org: "bureau", Roles: []yumen.Role{yumen.RoleAdmin}}

// keyed opens a service with a keyring.
func keyed(t *testing.T, d *domain, e pipeline.Enclave) (*pipeline.Service, *audit.Log) {
	t.Helper()
	st, err1 := sqlite.Open(t.Context(), d.path("state.db"), false)
	log, err2 := audit.Open(d.path("log"), d.key)
	obj, err3 := local.Open(d.path("objects"))
	kms, err4 := keyring.OpenLocal(d.path("master"))
	ring, err5 := keyring.Open(d.path("ring"), kms)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(log.Close(), st.Close()) })
	s, err := pipeline.Open(t.Context(),
		pipeline.Config{State: st, Objects: obj, Enclave: e, Log: log, Key: d.key, Keys: ring, Scratch: inMemory})
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// newFile notes what becomes of it.
type newFile struct {
	bytes.Buffer
	fate     []string
	onCommit func()
}

func (n *newFile) Commit() error { n.onCommit(); n.fate = append(n.fate, "committed"); return nil }
func (n *newFile) Abort() error  { n.fate = append(n.fate, "aborted"); return nil }

func lastAction(t *testing.T, log *audit.Log) yumen.AuditAction {
	t.Helper()
	e, err := log.Entry(log.Size() - 1)
	if err != nil {
		t.Fatal(err)
	}
	return e.Action
}

const hashing = `profile: p
version: 1
title: t
steps:
  - columns: [a]
    hash: {key: used, context: c}
`

func recordAnswer() task.DesensitizeAnswer {
	body, _ := json.Marshal(desensitize.Record{Profile: "p", Version: 1, RowsOut: 1})
	return task.DesensitizeAnswer{Record: body}
}

// The log says first what is about to happen; the file comes into being last, when the record is kept. A run gets the
// current version of the keys its profile names, and nothing else.
func TestDesensitizeOrder(t *testing.T) {
	d := newDomain(t)
	var log *audit.Log
	var spec task.DesensitizeSpec
	s, log := keyed(t, d, script{task.Desensitize: func(tk task.Task, outs map[string]io.Writer) (any, error) {
		if got := lastAction(t, log); got != "desensitize.start" {
			t.Errorf("the enclave ran after %s", got)
		}
		spec = tk.Spec.(task.DesensitizeSpec)
		_, err := io.WriteString(outs[task.OutFile], "a\nx\n")
		return recordAnswer(), err
	}})
	for _, id := range []string{"used", "other"} {
		if _, err := s.CreateKey(t.Context(), admin, api.NewKey{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.RotateKey(t.Context(), admin, "used"); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &newFile{}
	out.onCommit = func() {
		if got := lastAction(t, log); got != "desensitize.done" {
			t.Errorf("the file came into being after %s", got)
		}
	}
	f := api.DesensitizeFile{Table: api.TableFiles{Paths: []string{in}, Format: yumen.FormatCSV},
		Profile: api.ProfileFile{Name: "p.yaml", Text: []byte(hashing)},
		Format:  yumen.FormatCSV, Out: out}
	got, err := s.Desensitize(t.Context(), provider, f)
	if err != nil || !slices.Equal(out.fate, []string{"committed"}) ||
		got.Record.Output != yumen.DigestOf(out.Bytes()) {
		t.Fatal(err, out.fate, got.Record.Output)
	}
	if len(spec.Keys) != 1 || spec.Keys[0].ID != "used" || spec.Keys[0].Version != 2 ||
		len(spec.Keys[0].Secret) != keyring.SecretSize {
		t.Errorf("keys handed out: %v", spec.Keys)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", spec.Keys, spec, spec.Keys[0], spec.Keys); strings.Contains(printed,
		fmt.Sprint(spec.Keys[0].Secret[:4])[1:8]) {
		t.Error("a secret is printed")
	}
	if kept, err := s.Desensitizations(t.Context(), regulator); err != nil || len(kept) != 1 || kept[0].ID != got.ID {
		t.Error(kept, err)
	}
}

// Where the run fails there is no file and no record, and the log says so.
func TestDesensitizeFails(t *testing.T) {
	s, log := keyed(t, newDomain(t), script{task.Desensitize: fails(yumen.Errorf(yumen.KindLimit, "too long", "过长"))})
	if _, err := s.CreateKey(t.Context(), admin, api.NewKey{ID: "used"}); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{strings.Replace(hashing, "used", "missing", 1), hashing} {
		out := &newFile{onCommit: func() { t.Error("a file came into being") }}
		_, err := s.Desensitize(t.Context(), provider,
			api.DesensitizeFile{Table: api.TableFiles{Paths: []string{in}, Format: yumen.FormatCSV},
				Profile: api.ProfileFile{Name: "p.yaml", Text: []byte(profile)}, Format: yumen.FormatCSV, Out: out})
		if err == nil || !slices.Equal(out.fate, []string{"aborted"}) {
			t.Errorf("%v, %v", err, out.fate)
		}
	}
	if got := lastAction(t, log); got != "desensitize.refuse" {
		t.Errorf("the log ends with %s", got)
	}
	if kept, err := s.Desensitizations(t.Context(), regulator); err != nil || len(kept) != 0 {
		t.Error(kept, err)
	}
}

// A module gets a column masked where the contract lets it leave under a mask only.
func TestModulesSeeMaskedColumns(t *testing.T) {
	d := newDomain(t)
	e := calm()
	var views []task.View
	wasm := e[task.Wasm]
	e[task.Wasm] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		views = tk.Spec.(task.WasmSpec).Views
		return wasm(tk, outs)
	}
	s, _ := keyed(t, d, e)
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	entry := strings.Replace(dataset, "columns:\n", `columns:
  - {name: phone, title: Phone, type: text, role: quasi, grade: 3, constraints: [filter, mask: {technique: mobile}]}
  - {name: ward, title: Ward, type: text, role: quasi, grade: 2, constraints: [plain, mask: {technique: generic}]}
`, 1)
	signed := strings.Replace(agreement, "columns: [",
		"columns: [{name: phone, uses: [filter, mask: {technique: mobile}]}, {name: ward, uses: [plain]}, ", 1)
	_, err1 := s.Register(t.Context(), provider, "d.yaml", []byte(entry))
	_, err2 := s.Import(t.Context(), provider,
		api.ImportFiles{Dataset: "visits", Paths: []string{in}, Format: yumen.FormatCSV, Acquired: "2026-01-01"})
	_, err3 := s.Publish(t.Context(), provider, "visits")
	_, err4 := s.Sign(t.Context(), regulator, "c.yaml", []byte(signed))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	job := moduleJob
	job.Inputs = []yumen.JobInput{{Name: "visits.csv", Dataset: "visits",
		Columns: []string{"person", "phone", "ward", "fee"}}}
	j, err := s.Submit(t.Context(), analyst, job, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	if j, err = s.Drive(t.Context(), reviewer1, j.ID); err != nil || j.Error != nil {
		t.Fatal(err, j.Error)
	}
	got := map[string]string{}
	for _, c := range views[0].Columns {
		got[c.Name] = c.Mask
	}
	if fmt.Sprint(got) != "map[fee: person: phone:mobile ward:]" {
		t.Error(got)
	}
}
