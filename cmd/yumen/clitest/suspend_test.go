package clitest

import (
	"context"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestSuspend stops a contract with a release and a held result, and lets it go on.
func TestSuspend(t *testing.T) { eachWay(t, testSuspend) }

func testSuspend(t *testing.T) {
	h := newHome(t)
	out, _ := h.submitSQL(countSQL)
	h.must("review", "vote", out.ID, h.artifact(out.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", out.ID, "--as", "reviewer")
	release := ask[yumen.Job](h, "job", "show", out.ID, "--as", "reviewer").Release
	held, _ := h.submitSQL(strings.Replace(countSQL, "sum", "avg", 1))
	if a := h.run("contract", "suspend", "study", "--reason", "x", "--as", "analyst"); a.code != 1 ||
		!strings.Contains(a.err, "contract.suspend") {
		t.Errorf("an analyst: %d, %s", a.code, a.err)
	}
	if a := h.run("contract", "suspend", "study", "--as", "regulator"); a.code == 0 || !strings.Contains(a.err, "give the reason") {
		t.Errorf("without a reason: %d, %s", a.code, a.err)
	}
	h.must("contract", "suspend", "study", "--reason", "an incident", "--as", "regulator")
	if list := h.must("contract", "list", "--as", "analyst"); !strings.Contains(list, "suspended") {
		t.Error(list)
	}
	for _, args := range [][]string{
		{"release", "get", release, "--out", t.TempDir(), "--as", "analyst"},
		{"review", "vote", held.ID, h.artifact(held.ID), "--reason", "fine", "--as", "reviewer"},
		{"query", "--explain", "--contract", "study", countSQL, "--as", "analyst"},
	} {
		if a := h.run(args...); a.code != 1 || !strings.Contains(a.err, "contract.suspended") {
			t.Errorf("%s: %d, %s%s", strings.Join(args[:2], " "), a.code, a.out, a.err)
		}
	}
	if j, _ := h.submitSQL("SELECT count(*) FROM visits"); j.State != yumen.StateRejected {
		t.Errorf("submitted meanwhile: %s", j.State)
	}
	h.must("contract", "resume", "study", "--reason", "over", "--as", "regulator")
	h.must("release", "get", release, "--out", t.TempDir(), "--as", "analyst")
	h.must("review", "vote", held.ID, h.artifact(held.ID), "--reason", "fine", "--as", "reviewer")
	h.must("audit", "verify")
}

// TestPostgresSuspended: a session ends when its contract is suspended, and one begins once it goes on.
func TestPostgresSuspended(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	ctx, c := context.Background(), d.connect("analyst", "study")
	d.must("contract", "suspend", "study", "--reason", "an incident", "--as", "regulator")
	_, err := c.Exec(ctx, countSQL)
	refusal(t, err, "57P01", "suspended")
	d.must("contract", "resume", "study", "--reason", "over", "--as", "regulator")
	_, err = d.connect("analyst", "study").Exec(ctx, countSQL)
	refusal(t, err, "YM001", "nothing was lost")
}
