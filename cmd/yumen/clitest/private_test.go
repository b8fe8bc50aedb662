package clitest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

const privateYAML = `contract: private
title: Private figures
purpose: {en: to test, zh: 测试}
parties: {providers: [hospital], operator: lab, applicant: lab}
datasets:
  - dataset: visits
    columns:
      - {name: person, uses: [join]}
      - {name: district, uses: [filter, group]}
      - {name: fee, uses: [aggregate: {functions: [sum, avg, count]}]}
classes: [dp]
budget: {epsilon: 2, delta: 1e-6, per_query: 1, rows_per_unit: 3, deadlines: [5s]}
valid: {from: 2020-01-01, until: 2099-12-31}
quotas: {memory: 1GiB}
`

const privateSQL = "SELECT district, count(*) AS visits FROM visits GROUP BY district ORDER BY district"

// newPrivateHome is a home with a contract of class dp.
func newPrivateHome(t *testing.T) home {
	t.Helper()
	h := newHome(t)
	h.must("contract", "sign", write(t, t.TempDir(), "private.yaml", privateYAML), "--as", "regulator")
	return h
}

// askPrivately submits a query of class dp.
func (h home) askPrivately(sql string, more ...string) (yumen.Job, answer) {
	h.t.Helper()
	return h.submitTo("private", sql, append([]string{"--class", "dp"}, more...)...)
}

// released returns the rows of a release, in order, after its receipt was verified.
func (h home) released(name string) string {
	h.t.Helper()
	out := h.t.TempDir()
	h.must("release", "get", name, "--out", out, "--as", "analyst")
	file := filepath.Join(out, name+".csv")
	h.must("release", "verify", filepath.Join(out, name+".receipt"), "--file", file)
	b, err := os.ReadFile(file)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// TestPrivateAnswer takes a question of class dp all the way: explained, asked, released by itself, asked again in
// other words for nothing, and refused when the budget is spent.
func TestPrivateAnswer(t *testing.T) { eachWay(t, testPrivateAnswer) }

func testPrivateAnswer(t *testing.T) {
	h := newPrivateHome(t)
	x := ask[api.Explanation](h, "query", "--explain", "--contract", "private", privateSQL, "--as", "analyst")
	if x.Class != yumen.ClassDP || x.Privacy == nil || x.Privacy.Unit != "person" || x.Privacy.Free ||
		!x.Privacy.Affordable || x.Post == "" ||
		x.Privacy.LeftAfter >= x.Privacy.Left || len(x.Privacy.Measures) != 1 || len(x.Withheld) != 2 {
		t.Errorf("explained: %+v", x)
	}
	j, a := h.askPrivately(privateSQL)
	if j.State != yumen.StateReleased || a.code != 0 {
		t.Fatalf("job is %s\n%s", j.State, a.err)
	}
	rows := strings.Split(strings.TrimSpace(h.released(j.Release)), "\n")
	if len(rows) != 5 || rows[0] != "district,visits,visits_error" || strings.Count(rows[1], ",") != 2 { // every district of the domain, the empty ones too
		t.Errorf("released %q", rows)
	}
	if x := ask[api.Explanation](h, "query", "--explain", "--contract", "private", privateSQL, "--as",
		"analyst"); !x.Privacy.Free {
		t.Errorf("asked again it costs %+v", x.Privacy)
	}
	again, a := h.askPrivately("SELECT v.district AS d, count(*) * 2 AS twice FROM visits AS v GROUP BY 1 ORDER BY 1")
	if again.State != yumen.StateReleased {
		t.Fatalf("in other words: %s\n%s", again.State, a.err)
	}
	for i, row := range strings.Split(strings.TrimSpace(h.released(again.Release)), "\n")[1:] {
		var n, twice int
		name, _, _ := strings.Cut(row, ",")
		_, err1 := fmt.Sscanf(rows[i+1], name+",%d", &n)
		_, err2 := fmt.Sscanf(row, name+",%d", &twice)
		if err1 != nil || err2 != nil || twice != 2*n {
			t.Errorf("%q after %q", row, rows[i+1])
		}
	}
	j, a = h.askPrivately("SELECT count(*) FROM visits WHERE district = 'north'", "--epsilon", "2")
	if j.State != yumen.StateRejected || a.code != 1 || !strings.Contains(a.err, "budget.exhausted") {
		t.Errorf("more than is left: %s\n%s", j.State, a.err)
	}
	l := ask[api.Ledger](h, "contract", "budget", "private")
	if len(l.Accounts) != 1 || l.Accounts[0].Answers != 1 || l.Accounts[0].Left != x.Privacy.LeftAfter {
		t.Errorf("the account says %+v, explained was %+v", l, x.Privacy)
	}
}

// TestKilledWhileAnswering kills the process at every point of the steps that pay for an answer and keep it, and at one
// of each step after. After a restart it is paid for once, answered once, and log and state agree.
func TestKilledWhileAnswering(t *testing.T) {
	base := newPrivateHome(t)
	const pay, keep, last = 4, 5, 8 // job.submit, job.admit and job.plan come before; job.hold, job.check and release after
	for step := pay; step <= last; step++ {
		for _, point := range points {
			if step > keep && (point != "after-log" || testing.Short()) || testing.Short() && point != "after-log" {
				continue // TestKilledWhileSubmitting has the others
			}
			t.Run(fmt.Sprintf("%s:%d", point, step), func(t *testing.T) {
				t.Parallel() // most of the time they wait for a deadline
				h := copyHome(t, base)
				h.env = []string{fmt.Sprintf("YUMEN_CRASH=%s:%d", point, step)}
				if _, a := h.askPrivately(privateSQL); a.code >= 0 {
					t.Fatalf("was not killed: %d\n%s", a.code, a.err)
				}
				h.env = nil
				h.must("job", "resume")
				h.intact()
				h.paidOnce()
			})
		}
	}
}

// paidOnce checks that one debit, one answer and one release stand in the log, and one debit in the account.
func (h home) paidOnce() {
	h.t.Helper()
	count := map[yumen.AuditAction]int{}
	for _, e := range h.log() {
		count[e.Action]++
	}
	l := ask[api.Ledger](h, "contract", "budget", "private")
	if count["budget.debit"] != 1 || count["answer.hold"] != 1 || count["release"] != 1 || len(l.Accounts) != 1 ||
		l.Accounts[0].Answers != 1 {
		h.t.Errorf("the log has %v, the account %+v", count, l.Accounts)
	}
}
