package clitest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// A backup that is restored elsewhere holds what was under way, and goes on to a release whose receipt verifies.
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
	if a := h.run("backup", filepath.Join(h.dir, "objects", "held", "x.tar")); a.code != 1 || !strings.Contains(a.err, "would lie in the home") {
		t.Errorf("into the home: %d %s", a.code, a.err)
	}
	to := home{t: t, dir: filepath.Join(t.TempDir(), "restored")}
	to.must("restore", file)
	if a := to.run("restore", file, "--lang", "zh"); a.code != 1 || !strings.Contains(a.err, "非空") {
		t.Errorf("over a home: %d %s", a.code, a.err)
	}
	to.bringHome()
	to.intact()
	if j := ask[yumen.Job](h, "job", "show", job.ID); j.State != yumen.StateCancelled {
		t.Errorf("the first home's job is %s", j.State)
	}
	garbage := home{t: t, dir: filepath.Join(t.TempDir(), "garbage")}
	for lang, want := range map[string]string{"en": "no backup", "zh": "不是主目录的备份"} {
		if a := garbage.run("restore", write(t, t.TempDir(), "x.tar", "text"), "--lang", lang); a.code != 1 || !strings.Contains(a.err, want) {
			t.Errorf("garbage: %d %s", a.code, a.err)
		}
		if err := os.RemoveAll(garbage.dir); err != nil {
			t.Fatal(err)
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
	for _, args := range [][]string{{"job", "list"}, {"job", "show", job.ID}, {"catalog", "list"}, {"catalog", "show", "visits"},
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
