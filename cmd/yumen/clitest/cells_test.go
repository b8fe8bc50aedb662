package clitest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
)

// computedSQL makes a result of two cells by arithmetic.
const computedSQL = "SELECT district, CAST(count(*) AS VARCHAR) AS visits, count(*) % 5 AS rest FROM visits GROUP BY district ORDER BY district"

// TestCellsAndResult: a reviewer is shown what checks found in the cells and in the result, the statements that made
// both, and the rows of both, where what is suppressed is c.
func TestCellsAndResult(t *testing.T) { eachWay(t, testCellsAndResult) }

func testCellsAndResult(t *testing.T) {
	h := newHome(t)
	j, a := h.submitSQL(computedSQL)
	if j.State != yumen.StateInReview {
		t.Fatalf("job is %s\n%s", j.State, a.err)
	}
	shown := h.must("review", "show", j.ID, "--as", "reviewer")
	cells, result := "round 1, cells: 4 rows", "round 2, result: 4 rows"
	for _, want := range []string{"what meets the data:\n", `FROM "visits" AS t1`,
		"what makes the result out of the protected cells:\n", `FROM "_cells" AS r`,
		"round 0, cells: 4 rows", cells, result} {
		if !strings.Contains(shown, want) {
			t.Errorf("review show lacks %q:\n%s", want, shown)
		}
	}
	_, after, _ := strings.Cut(shown, cells)
	ofCells, ofResult, _ := strings.Cut(after, result)
	for rule, of := range map[string]string{"threshold.units (": ofCells, "rounding.counts (": ofCells,
		"cells (made of protected cells alone)": ofResult, "identifiers.mobile (": ofResult} {
		if !strings.Contains(of, "pass    "+rule) {
			t.Errorf("review show lacks the finding %q:\n%s", rule, shown)
		}
	}
	if zh := h.must("review", "show", j.ID, "--as", "reviewer", "--lang", "zh"); !strings.Contains(zh, "第 2 轮，结果：") ||
		!strings.Contains(zh, "第 1 轮，单元格：") ||
		!strings.Contains(zh, "由已保护的单元格生成结果：") {
		t.Error(zh)
	}
	c := ask[api.Case](h, "review", "show", j.ID, "--as", "reviewer")
	if c.Emitted == "" || c.Post == "" || len(c.Artifacts) != 3 || !c.Artifacts[1].Cells || c.Artifacts[2].Cells {
		t.Errorf("%+v", c)
	}
	for _, p := range []struct {
		flags   []string
		columns []string
		last    []string
	}{{nil, []string{"district", "visits", "rest"}, []string{"west", "c", "c"}},
		{[]string{"--cells"}, []string{"district", "count"}, []string{"west", "c"}}} {
		got := ask[task.PreviewAnswer](h,
			append([]string{"review", "preview", j.ID, "--as", "reviewer"}, p.flags...)...)
		if len(got.Rows) != 4 || cmp.Diff(p.columns, got.Columns) != "" || cmp.Diff(p.last, got.Rows[3]) != "" {
			t.Errorf("preview %v: %+v", p.flags, got)
		}
	}
	h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", j.ID, "--as", "reviewer")
	rows := strings.Split(strings.TrimSpace(h.released("r"+strings.TrimPrefix(j.ID, "j"))), "\n")
	if len(rows) != 5 || rows[0] != "district,visits,rest" || rows[4] != "west,c,c" {
		t.Errorf("released %q", rows)
	}
	for _, row := range rows[1:4] { // computed from the rounded count
		if v := strings.Split(row, ","); v[2] != "0" && v[2] != "c" || v[1] != "c" && !strings.HasSuffix(v[1], "0") &&
			!strings.HasSuffix(v[1], "5") {
			t.Errorf("released %q", row)
		}
	}
}

const (
	noticeEN = "groups below the threshold are left out; cells shown as c are suppressed; figures are rounded, so parts need not add up to totals"
	noticeZH = "低于最小频数的分组不予列出；显示为 c 的单元格已抑制；数值经过取整，各部分之和未必等于总数"
)

// TestNotice: everybody who asks for figures of class aggregate, or is given them, is told what is left out of all of
// them.
func TestNotice(t *testing.T) { eachWay(t, testNotice) }

func testNotice(t *testing.T) {
	h := newHome(t)
	dir := t.TempDir()
	sql := write(t, dir, "q.sql", computedSQL)
	told := func(args ...string) {
		t.Helper()
		if out := h.must(append(args, "--as", "analyst")...); !strings.Contains(out, noticeEN) {
			t.Errorf("yumen %v does not say so:\n%s", args, out)
		}
	}
	told("query", "--explain", "--contract", "study", computedSQL)
	told("job", "submit", "--contract", "study", "--sql", sql)
	j, _ := h.submitSQL(computedSQL)
	told("job", "show", j.ID)
	if out := h.must("job", "show", j.ID, "--as", "analyst", "--lang", "zh"); !strings.Contains(out, noticeZH) {
		t.Error(out)
	}
	if v := ask[api.Job](h, "job", "show", j.ID, "--as",
		"analyst"); v.Notice != (yumen.Text{EN: noticeEN, ZH: noticeZH}) {
		t.Errorf("as JSON: %+v", v.Notice)
	}
	h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", j.ID, "--as", "reviewer")
	told("job", "show", j.ID)
	told("release", "get", "r"+strings.TrimPrefix(j.ID, "j"), "--out", dir)
	if out := h.must("query", "--explain", "--contract", "study", "SELECT day, fee FROM visits", "--as",
		"analyst"); strings.Contains(out, noticeEN) {
		t.Errorf("of class rows:\n%s", out)
	}
	if j, _ := h.submitSQL("SELECT nothing FROM visits"); strings.Contains(h.must("job", "show", j.ID, "--as",
		"analyst"), noticeEN) {
		t.Error("of a refused job")
	}
}

// TestVerifyWithoutFile: a receipt alone verifies, and it is said that no file was compared with it.
func TestVerifyWithoutFile(t *testing.T) { eachWay(t, testVerifyWithoutFile) }

func testVerifyWithoutFile(t *testing.T) {
	h := newHome(t)
	j, _ := h.submitSQL(computedSQL)
	h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", j.ID, "--as", "reviewer")
	dir, name := t.TempDir(), "r"+strings.TrimPrefix(j.ID, "j")
	h.must("release", "get", name, "--out", dir, "--as", "analyst")
	receipt, file := filepath.Join(dir, name+".receipt"), filepath.Join(dir, name+".csv")
	const none = "no file was compared"
	for _, verify := range [][]string{{"release", "verify", receipt}, {"audit", "verify", "--receipt", receipt}} {
		if out := h.must(verify...); !strings.Contains(out, none) {
			t.Errorf("yumen %v:\n%s", verify, out)
		}
		if out := h.must(append(verify, "--file", file)...); strings.Contains(out, none) {
			t.Errorf("yumen %v:\n%s", verify, out)
		}
	}
	if out := h.must("release", "verify", receipt, "--lang", "zh"); !strings.Contains(out, "未比对任何文件") {
		t.Error(out)
	}
	type verdicts struct {
		Compared *bool `json:"file_compared"`
	}
	if v := ask[verdicts](h, "release", "verify", receipt); v.Compared == nil || *v.Compared {
		t.Error("as JSON a file was compared")
	}
	if v := ask[verdicts](h, "release", "verify", receipt, "--file", file); v.Compared == nil || !*v.Compared {
		t.Error("as JSON no file was compared")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if a := h.run("release", "verify", receipt, "--file", write(t, dir, "other.csv", string(b)+"x")); a.code != 1 ||
		strings.Contains(a.out, none) {
		t.Errorf("another file: %d\n%s", a.code, a.out)
	}
}

// TestExplainForms: an explanation says what each cell is, over which rows and how coarse; the statements come on
// request, and in JSON always.
func TestExplainForms(t *testing.T) { eachWay(t, testExplainForms) }

func testExplainForms(t *testing.T) {
	h := newHome(t)
	const sql = "SELECT district, count(*) FILTER (WHERE day < DATE '2026-06-01') AS early, sum(fee) / count(*) AS mean FROM visits GROUP BY district"
	for _, asked := range [][]string{{"query", "--explain", sql}, {"query", "EXPLAIN POLICY " + sql}} {
		args := append(asked, "--contract", "study", "--as", "analyst")
		short := h.must(args...)
		var lines []string
		for line := range strings.Lines(short) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		for _, want := range []string{"class aggregate: reviewers needed 1",
			"early aggregate count(*) day < DATE '2026-06-01' visits.day", "sum_fee aggregate sum(fee) all visits.fee",
			"mean aggregate sum(fee) / count(*) all visits.fee",
			"a cell needs 10 units; dominance (2, 0.9), p 0.1; counts are rounded to multiples of 5, sums and deviations to no less than 5 average units, means and ratios so that they tell no more"} {
			if !slices.Contains(lines, want) {
				t.Errorf("the short form lacks %q:\n%s", want, short)
			}
		}
		if strings.Contains(short, "SELECT") || strings.Contains(short, "_status") {
			t.Errorf("the short form is not:\n%s", short)
		}
		if long := h.must(append(args, "--sql")...); !strings.HasPrefix(long, short) ||
			!strings.Contains(long, `FROM "visits" AS t1`) || !strings.Contains(long, `FROM "_cells" AS r`) {
			t.Errorf("with --sql:\n%s", long)
		}
		x := ask[api.Explanation](h, args...)
		if x.Emitted == "" || x.Post == "" || len(x.Cells) != 5 || x.Cells[1].Where != "day < DATE '2026-06-01'" {
			t.Errorf("as JSON: %+v", x)
		}
	}
	if zh := h.must("query", "--explain", sql, "--contract", "study", "--as", "analyst", "--lang",
		"zh"); !strings.Contains(zh, "计数取整到 5 的倍数") {
		t.Error(zh)
	}
}

// TestFlagsBeforeFile: what a flag of job submit says wins over what the job file says.
func TestFlagsBeforeFile(t *testing.T) { eachWay(t, testFlagsBeforeFile) }

func testFlagsBeforeFile(t *testing.T) {
	h := newPrivateHome(t)
	dir := t.TempDir()
	const text = `job: flags
class: dp
purpose: {en: as in the file, zh: 文件中的用途}
privacy: {epsilon: 0.95, rows_per_unit: 3, groups_per_unit: 4}
`
	// no contract named, so that nothing has to be waited for: the job is refused, and shows what was asked for
	file := write(t, dir, "refused.yaml", text+fmt.Sprintf("contract: none\nsql: %q\n", privateSQL))
	submitted := func(flags ...string) yumen.JobSpec {
		t.Helper()
		a := h.run(append([]string{"job", "submit", file, "--as", "analyst", "--json"}, flags...)...)
		var j yumen.Job
		if err := json.Unmarshal([]byte(a.out), &j); err != nil || a.code != 1 ||
			!strings.Contains(a.err, "contract.unknown") {
			t.Fatalf("%d, %v\n%s%s", a.code, err, a.out, a.err)
		}
		return j.Spec
	}
	for _, flag := range []string{"--epsilon", "--rows-per-unit", "--groups-per-unit"} {
		for _, args := range [][]string{{"job", "submit", file},
			{"query", "--explain", "--contract", "none", privateSQL}} {
			for _, value := range map[bool][]string{true: {"0", "NaN", "Inf"}, false: {"0"}}[flag == "--epsilon"] {
				if a := h.run(append(args, flag, value, "--as", "analyst")...); a.code != 1 ||
					!strings.Contains(a.err, flag+" must be a number greater than 0") {
					t.Errorf("%s %s: %d %s", flag, value, a.code, a.err)
				}
			}
		}
	}
	for key, place := range map[string]string{"epsilon": ":4:20", "rows_per_unit": ":4:26",
		"groups_per_unit": ":4:28"} {
		zero := write(t, dir, "zero.yaml",
			fmt.Sprintf("job: flags\nclass: dp\ncontract: none\nprivacy: {%s: 0}\nsql: %q\n", key, privateSQL))
		if a := h.run("job", "submit", zero, "--as", "analyst"); a.code != 1 || !strings.Contains(a.err, place) ||
			!strings.Contains(a.err, key+" must be greater than 0") {
			t.Errorf("%s: 0 in the file: %d %s", key, a.code, a.err)
		}
	}
	want := submitted()
	if want.Privacy != (yumen.PrivacySpec{Epsilon: 0.95, RowsPerUnit: 3, GroupsPerUnit: 4}) ||
		want.Class != yumen.ClassDP {
		t.Fatalf("the file alone: %+v", want)
	}
	for _, c := range []struct {
		flags  []string
		change func(*yumen.JobSpec)
	}{
		{[]string{"--epsilon", "0.01"}, func(s *yumen.JobSpec) { s.Privacy.Epsilon = 0.01 }},
		{[]string{"--rows-per-unit", "2"}, func(s *yumen.JobSpec) { s.Privacy.RowsPerUnit = 2 }},
		{[]string{"--wide-noise"}, func(s *yumen.JobSpec) { s.Privacy.WideNoise = true }},
		{[]string{"--groups-per-unit", "1"}, func(s *yumen.JobSpec) { s.Privacy.GroupsPerUnit = 1 }},
		{[]string{"--purpose", "another"},
			func(s *yumen.JobSpec) { s.Purpose = yumen.Text{EN: "another", ZH: "another"} }},
		{[]string{"--class", ""}, func(s *yumen.JobSpec) { s.Class = "" }},
		{[]string{"--epsilon", "0.5", "--rows-per-unit", "1"},
			func(s *yumen.JobSpec) { s.Privacy.Epsilon, s.Privacy.RowsPerUnit = 0.5, 1 }},
	} {
		want := want
		c.change(&want)
		if d := cmp.Diff(want, submitted(c.flags...)); d != "" {
			t.Errorf("%v: %s", c.flags, d)
		}
	}
	file = write(t, dir, "private.yaml", text+fmt.Sprintf("contract: private\nsql: %q\n", privateSQL))
	if a := h.run("job", "submit", file, "--class", "rows", "--as", "analyst"); a.code != 1 ||
		!strings.Contains(a.err, "results of class rows") {
		t.Errorf("--class rows: %d\n%s%s", a.code, a.out, a.err)
	}
	if x := ask[api.Explanation](h, "job", "submit", file, "--epsilon", "0.01", "--wide-noise", "--explain", "--as",
		"analyst"); x.Privacy == nil || x.Privacy.Epsilon != 0.01 {
		t.Errorf("explained: %+v", x.Privacy)
	}
	for lang, says := range map[string]string{"C": "a flag wins over the job file", "zh_CN.UTF-8": "优先于任务文件"} {
		h.env = []string{"LANG=" + lang}
		if out := h.must("job", "submit", "--help"); !strings.Contains(out, says) {
			t.Errorf("--help: %s", out)
		}
	}
}
