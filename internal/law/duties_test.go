package law

import (
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/goldentest"
)

// duty is one thing that the regulations ask of a platform: a row of docs/duties.tsv.
type duty struct {
	row                                         int
	part, articles, class, actor, text, missing string
	tests                                       []shownBy
}

// shownBy is a test that names a duty in its comment.
type shownBy struct{ name, file string }

// The four ways in which a program can carry a duty out.
var dutyClasses = []string{"enforced", "clocked", "recorded", "organisational"}

// docs/duties.md says of each duty which tests show it and what is missing. It is made of docs/duties.tsv and of the
// comments of tests, so that nobody can write "done" without a test.
func TestDuties(t *testing.T) {
	duties := readDuties(t)
	faults := nameTests(duties, dutyComments(t))
	for _, v := range faults {
		t.Error(v)
	}
	goldentest.File(t, filepath.Join(top, "docs/duties.md"), dutiesPage(duties))
}

func TestDutiesAreCompared(t *testing.T) {
	for _, c := range []struct {
		comment, want string
	}{
		{"Duty 118 (SJZ11.1): no contract runs for longer.", ""},
		{"Duties 118 (SJZ11.1), 2 (WH10.3): both.", ""},
		{"A test.\n\nDuty 118\n(SJZ11.2): another article.", "SJZ11.2 is not an article of duty 118"},
		{"Duty 9999 (SJZ11.1): no such row.", "there is no duty 9999"},
		{"Duty of everybody.", ""},
	} {
		duties := []*duty{{row: 2, articles: "WH10.3 XM6"}, {row: 118, articles: "SJZ11.1"}}
		got := strings.Join(nameTests(duties, map[shownBy]string{{"TestX", "x_test.go"}: c.comment}), "; ")
		if want := c.want; got != want && !(want != "" && strings.HasSuffix(got, want)) {
			t.Errorf("%q: %q, want %q", c.comment, got, want)
		}
	}
}

func readDuties(t *testing.T) []*duty {
	t.Helper()
	f, err := os.Open(filepath.Join(top, "docs/duties.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []*duty
	for i, c := range rows[1:] {
		n, err := strconv.Atoi(c[0])
		if err != nil || n != i+1 {
			t.Fatalf("docs/duties.tsv: row %d has the number %q", i+1, c[0])
		}
		if !slices.Contains(dutyClasses, c[3]) {
			t.Errorf("docs/duties.tsv: row %d: %q is no class", n, c[3])
		}
		out = append(out, &duty{row: n, part: c[1], articles: c[2], class: c[3], actor: c[4], text: c[5], missing: c[6]})
	}
	return out
}

var (
	dutyComment = regexp.MustCompile(`^Dut(?:y|ies) \d+ \([^)]*\)(?:, \d+ \([^)]*\))*:`)
	dutyNamed   = regexp.MustCompile(`(\d+) \(([^)]*)\)`)
)

// nameTests gives each duty the tests that name it, and lists those that name a duty or an article that is not there.
func nameTests(duties []*duty, comments map[shownBy]string) []string {
	var faults []string
	for _, test := range slices.SortedFunc(maps.Keys(comments), compareTests) {
		for paragraph := range strings.SplitSeq(comments[test], "\n\n") {
			list := dutyComment.FindString(strings.ReplaceAll(paragraph, "\n", " "))
			for _, m := range dutyNamed.FindAllStringSubmatch(list, -1) {
				if v := named(duties, test, m[1], m[2]); v != "" {
					faults = append(faults, test.file+": "+test.name+": "+v)
				}
			}
		}
	}
	return faults
}

func compareTests(a, b shownBy) int {
	return strings.Compare(a.file+" "+a.name, b.file+" "+b.name)
}

func named(duties []*duty, test shownBy, number, articles string) string {
	row, _ := strconv.Atoi(number)
	i := slices.IndexFunc(duties, func(d *duty) bool { return d.row == row })
	if i < 0 {
		return "there is no duty " + number
	}
	for _, a := range strings.Fields(articles) {
		if !slices.Contains(strings.Fields(duties[i].articles), a) {
			return a + " is not an article of duty " + number
		}
	}
	duties[i].tests = append(duties[i].tests, test)
	return ""
}

// dutyComments reads the comments of all tests of the project.
func dutyComments(t *testing.T) map[shownBy]string {
	t.Helper()
	out := map[shownBy]string{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(top, path)
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Doc != nil && strings.HasPrefix(fn.Name.Name, "Test") {
				out[shownBy{fn.Name.Name, filepath.ToSlash(name)}] = fn.Doc.Text()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// state is done (tests show it and nothing is said to be missing), partly, or missing.
func (d *duty) state() string {
	switch {
	case d.class == "organisational":
		return "—"
	case len(d.tests) == 0:
		return "missing"
	case d.missing != "":
		return "partly"
	default:
		return "done"
	}
}

const dutiesHead = `# What the regulations ask, and what shows it

Five measures on public data ask %d things of a platform. Each row below names the articles, the class, the tests that show it, and what is
missing. The page is made by a test of docs/duties.tsv and of the comments of tests: no row is done without a test that names its article.

五部办法对平台提出的 %d 项要求：每行列明条款、类别、证明其实现的测试以及尚缺之处。

WH 威海市公共数据管理办法（草案）· XM 厦门市公共数据共享开放管理暂行办法（已失效）· YK 营口市政务数据资源共享开放管理办法 · XX 湘西州大数据管理暂行办法 ·
SJZ 石家庄市公共数据运营管理办法（草案）. ` + "`WH10.4`" + ` is article 10, paragraph 4.

- **enforced**: the program refuses what the duty forbids, or does what it asks
- **clocked**: a due date runs, and what is overdue is listed
- **recorded**: there is a record of it, with attachments
- **organisational**: no program carries it out

`

// dutiesPage writes docs/duties.md: counts by part and class, then the rows.
func dutiesPage(duties []*duty) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, dutiesHead, len(duties), len(duties))
	countDuties(&b, duties)
	titles := map[string]string{"A": "Catalog 目录", "B": "Collecting, pooling, quality 汇聚与质量", "C": "Applications and sharing 申请与共享",
		"D": "Opening 开放", "E": "Authorised operation 授权运营", "F": "Security, records, oversight 安全与监管"}
	for _, part := range slices.Sorted(maps.Keys(titles)) {
		fmt.Fprintf(&b, "\n## %s. %s\n\n| # | articles | whose | duty | class | state | tests | missing |\n|---|---|---|---|---|---|---|---|\n",
			part, titles[part])
		for _, d := range duties {
			if d.part == part {
				d.write(&b)
			}
		}
	}
	return []byte(b.String())
}

func (d *duty) write(b *strings.Builder) {
	var tests []string
	for _, t := range d.tests {
		tests = append(tests, fmt.Sprintf("[%s](../%s)", t.name, t.file))
	}
	fmt.Fprintf(b, "| %d | %s | %s | %s | %s | %s | %s | %s |\n",
		d.row, d.articles, d.actor, d.text, d.class, d.state(), strings.Join(tests, " "), d.missing)
}

func countDuties(b *strings.Builder, duties []*duty) {
	fmt.Fprintln(b, "| part | class | done | partly | missing |\n|---|---|---|---|---|")
	for _, part := range []string{"A and B", "C to F"} {
		for _, class := range dutyClasses[:3] {
			n := map[string]int{}
			for _, d := range duties {
				if strings.Contains(part, "A") == strings.Contains("AB", d.part) && d.class == class {
					n[d.state()]++
				}
			}
			fmt.Fprintf(b, "| %s | %s | %d | %d | %d |\n", part, class, n["done"], n["partly"], n["missing"])
		}
	}
}
