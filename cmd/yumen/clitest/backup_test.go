package clitest

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/sqlite"
)

// A backup that is restored elsewhere holds what was under way, and goes on to a release whose receipt verifies.
//
// Duty 147 (XX68.1): a backup is made, verified and restored.
func TestBackupAndRestore(t *testing.T) {
	h := newHome(t)
	job, _ := h.submitSQL(countSQL)
	file := filepath.Join(t.TempDir(), "backup.tar")
	if said := h.must("backup", file); !strings.Contains(said, "secret") {
		t.Errorf("backup says %q", said)
	}
	if fi, err := os.Stat(file); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the archive: %v, %v", fi, err)
	}
	h.must("job", "cancel", job.ID, "--as", "analyst") // after the backup
	if a := h.run("backup", file); a.code != 1 || !strings.Contains(a.err, "already there") {
		t.Errorf("over another file: %d %s", a.code, a.err)
	}
	if a := h.run("backup", filepath.Join(h.dir, "objects", "held", "x.tar")); a.code != 1 ||
		!strings.Contains(a.err, "would lie in the home") {
		t.Errorf("into the home: %d %s", a.code, a.err)
	}
	to := home{t: t, dir: filepath.Join(t.TempDir(), "restored")}
	if a := to.run("restore", file); a.code != 2 || !strings.Contains(a.err, "--original-lost") {
		t.Errorf("the original not named: %d %s", a.code, a.err)
	}
	if a := to.run("restore", file, "--replaces", h.dir); a.code != 1 ||
		!strings.Contains(a.err, "gone on since the backup") {
		t.Errorf("the original has gone on: %d %s", a.code, a.err)
	}
	if err := os.RemoveAll(to.dir); err != nil {
		t.Fatal(err)
	}
	to.must("restore", file, "--original-lost")
	if a := to.run("restore", file, "--original-lost", "--lang", "zh"); a.code != 1 || !strings.Contains(a.err, "非空") {
		t.Errorf("over a home: %d %s", a.code, a.err)
	}
	to.bringHome()
	to.intact()
	if j := ask[yumen.Job](h, "job", "show", job.ID); j.State != yumen.StateCancelled {
		t.Errorf("the first home's job is %s", j.State)
	}
	garbage := home{t: t, dir: filepath.Join(t.TempDir(), "garbage")}
	for lang, want := range map[string]string{"en": "no backup", "zh": "不是主目录的备份"} {
		if a := garbage.run("restore", write(t, t.TempDir(), "x.tar", "text"), "--original-lost", "--lang",
			lang); a.code != 1 || !strings.Contains(a.err, want) {
			t.Errorf("garbage: %d %s", a.code, a.err)
		}
		if err := os.RemoveAll(garbage.dir); err != nil {
			t.Fatal(err)
		}
	}
}

// A backup says where it would go wrong, and so does a restore of a file that is not there.
func TestBackupMessages(t *testing.T) {
	h := newHome(t)
	file := write(t, t.TempDir(), "x.tar", "text")
	for want, args := range map[string][]string{
		"name another file":      {"backup", file},
		"请指定其他文件":                {"backup", file, "--lang", "zh"},
		"not to standard output": {"backup", "-"},
		"不能写到标准输出":               {"backup", "-", "--lang", "zh"},
		"cannot read the backup": {"restore", filepath.Join(h.dir, "none.tar"), "--original-lost"},
		"无法读取备份":                 {"restore", filepath.Join(h.dir, "none.tar"), "--original-lost", "--lang", "zh"},
	} {
		if a := h.run(args...); a.code != 1 || !strings.Contains(a.err, want) || strings.Contains(a.err, "unexpected") {
			t.Errorf("yumen %s: %d %s", strings.Join(args, " "), a.code, a.err)
		}
	}
}

// Every command that reads says that a record was edited.
func TestEditedRecords(t *testing.T) {
	h := newHome(t)
	job, _ := h.submitSQL(countSQL)
	st, err := sqlite.Open(t.Context(), filepath.Join(h.dir, "state.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []struct {
		kind store.Kind
		id   string
	}{{store.Job, job.ID}, {store.Contract, "study"}, {store.Dataset, "visits"}} {
		r, err := st.Get(t.Context(), id.kind, id.id)
		if err != nil {
			t.Fatal(err)
		}
		r.Body = json.RawMessage(strings.Replace(string(r.Body), "{", `{"edited": true,`, 1))
		in := &store.Intent{Puts: []store.Record{r}}
		if err := errors.Join(st.Intend(t.Context(), in), st.Apply(t.Context(), in)); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"job", "list"}, {"job", "show", job.ID}, {"catalog", "list"},
		{"catalog", "show", "visits"},
		{"contract", "list"}, {"contract", "show", "study"}, {"contract", "budget", "study"},
		{"review", "list", "--as", "reviewer"},
		{"review", "show", job.ID, "--as", "reviewer"}, {"audit", "verify"},
		{"job", "logs", job.ID, "--as", "reviewer"},
		{"review", "vote", job.ID, strings.Repeat("0", 12), "--reason", "fine", "--as", "reviewer"},
		{"job", "submit", "--contract", "study", "--sql", write(t, t.TempDir(), "q.sql", countSQL), "--as", "analyst"},
		{"backup", filepath.Join(t.TempDir(), "x.tar")}} {
		for lang, want := range map[string]string{"en": "the state is not what the log says", "zh": "状态与日志所载不符"} {
			if a := h.run(append(args, "--lang", lang)...); a.code != 1 || !strings.Contains(a.err, want) {
				t.Errorf("yumen %s: %d %s%s", strings.Join(args, " "), a.code, a.out, a.err)
			}
		}
	}
}

// Every command that reads says that the state was put back to another moment than the log's.
func TestStateOfAnotherMoment(t *testing.T) {
	h := newHome(t)
	state := filepath.Join(h.dir, "state.db")
	old := readFile(t, state)
	job, _ := h.submitSQL(countSQL)
	if err := os.WriteFile(state, old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"job", "list"}, {"job", "show", job.ID}, {"catalog", "list"},
		{"catalog", "show", "visits"},
		{"contract", "list"}, {"contract", "show", "study"}, {"contract", "budget", "study"}, {"release", "list"},
		{"review", "list", "--as", "reviewer"}, {"audit", "verify"}, {"audit", "tail", "--as", "regulator"},
		{"backup", filepath.Join(t.TempDir(), "x.tar")}} {
		for lang, want := range map[string]string{"en": "the log and the state disagree", "zh": "日志与状态不一致"} {
			if a := h.run(append(args, "--lang", lang)...); a.code != 1 || !strings.Contains(a.err, want) {
				t.Errorf("yumen %s: %d %s%s", strings.Join(args, " "), a.code, a.out, a.err)
			}
		}
	}
}
