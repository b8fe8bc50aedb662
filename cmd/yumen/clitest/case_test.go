package clitest

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// casePeople are those of an authority, a center that looks at forms first, a provider with a head, and two users.
const casePeople = people + `  - {name: center,    org: info-center, roles: [provider]}
  - {name: clerk,     org: info-center, roles: [provider]}
  - {name: head,      org: hospital, roles: [provider]}
  - {name: applicant, org: lab, roles: [applicant]}
  - {name: stranger,  org: rival, roles: [applicant, analyst, operator]}
`

const caseRules = `pack: {id: cn-city-test, revision: 1, title: 某市公共数据开放办法（测试）, status: in_force, scope: [opening], source: none, read: 测试}
valid: {from: 2020-01-01, until: null}
calendar: {id: cn-holidays, tz: Asia/Shanghai, event_day: excluded, roll: next_working_day}
offices: {bureau: 市数据局, center: 市信息中心, provider: 数据提供单位, provider_head: 数据提供单位负责人, government: 市政府}
cases:
  opening_application:
    opened_by: [organisation]
    fields: [应用场景, 安全保障措施]
    steps:
      - {id: form, by: center, article: "23.2", clock: {law: 3wd, from: applied, restarts: [completed]}, refuse: return_with_reason}
      - {id: answer, by: [bureau, provider], lead: bureau, after: form, article: "23.2", clock: {law: 7wd, from: form.passed, extends: {law: 10wd, by: provider_head}}, refuse: legal_basis}
    dispute: [{by: government, does: 决定}]
  objection: {article: "14", opened_by: [person, organisation], to: provider, clock: {law: 5wd, from: accepted, assumed: 起算日未写明}, refuse: reason, closes_with: new_version}
  overdue_already: {opened_by: [bureau], to: provider, clock: {law: 5wd, from: found}}
`

func caseHome(t *testing.T) home {
	t.Helper()
	files := t.TempDir()
	h := home{t: t, dir: filepath.Join(t.TempDir(), "home")}
	h.must("init", "--domain", "test-domain")
	write(t, h.dir, "people.yaml", casePeople)
	relax(t, h.dir)
	h.must("catalog", "register", write(t, files, "visits.yaml", visitsYAML), "--as", "provider")
	h.must("pack", "sign", write(t, files, "rules.yaml", caseRules), "--as", "regulator")
	h.must("office", "appoint", "center", "info-center", "--person", "center", "--as", "regulator")
	h.must("office", "appoint", "provider_head", "hospital", "--person", "head", "--as", "regulator")
	return h
}

func (h home) openCase(as, typ string, more ...string) api.OfficeCase {
	h.t.Helper()
	return ask[api.OfficeCase](h, append([]string{"case", "open", typ, "--as", as}, more...)...)
}

// A case goes its way: an application that goes back for completion, two offices, an extension; one that is refused; an
// objection; what is overdue; the form and the filing package.
//
// Duty 52 (WH18.2b): the provider decides about the use of its data, with reasons.
//
// Duty 72 (YK23.1), 75 (XM14): an objection is answered within its clock.
//
// Duty 84 (XM23.2a): an application states scenario and safeguards.
//
// Duty 86 (XM23.2c): the answer is due from the end of the first check.
//
// Duty 153 (WH30 XM28 XX21): what is overdue is listed, with whom.
func TestCase(t *testing.T) { eachWay(t, testCase) }

func testCase(t *testing.T) {
	h, files := caseHome(t), t.TempDir()
	if a := h.run("case", "open", "opening_application", "--subject", "dataset:visits", "--as", "applicant"); a.code != 1 ||
		!strings.Contains(a.err, "应用场景") || !strings.Contains(a.err, "安全保障措施") {
		t.Errorf("without its fields: %d %s", a.code, a.err)
	}
	fields := []string{"--subject", "dataset:visits", "--field", "应用场景=<script>alert(1)</script>\x1b[31m", "--field", "安全保障措施=隔离"}
	x := h.openCase("applicant", "opening_application", fields...)
	do := func(as string, args ...string) api.OfficeCase {
		t.Helper()
		return ask[api.OfficeCase](h, append(append([]string{"case"}, args...), "--as", as)...)
	}
	refused := func(want, as string, args ...string) {
		t.Helper()
		if a := h.run(append(append([]string{"case"}, args...), "--as", as)...); a.code != 1 || !strings.Contains(a.err, want) {
			t.Errorf("%s: case %s: %d %s", as, strings.Join(args, " "), a.code, a.err)
		}
	}
	refused("not for office", "regulator", "decide", x.ID, "--pass")
	refused("no case named", "clerk", "show", x.ID) // of the center, and not its office
	refused("no case named", "stranger", "show", x.ID)
	refused("no case named", "stranger", "withdraw", x.ID)
	refused("no case named", "admin", "show", x.ID)
	if got := do("center", "return", x.ID, "--reason", "用途不明", "--field", "使用时限="); got.Status != "returned" ||
		!got.Steps[0].Stopped {
		t.Errorf("returned: %+v", got)
	}
	refused("使用时限", "applicant", "complete", x.ID, "--field", "应用场景=研究")
	do("applicant", "complete", x.ID, "--field", "使用时限=一年")
	h.must("case", "attach", x.ID, write(t, files, "承诺书.pdf", "%PDF-1.7 made for a test"), "--as", "applicant")
	refused("kind of file", "applicant", "attach", x.ID, write(t, files, "tool.pdf", "\x7fELF\x02\x01\x01"))
	refused("kind of file", "applicant", "attach", x.ID, write(t, files, "run.txt", "#!/bin/sh\nid"))
	do("center", "decide", x.ID, "--pass")
	refused("answers last", "regulator", "decide", x.ID, "--pass")
	refused("does not act for", "provider", "extend", x.ID, "--reason", "数量大", "--office", "provider_head")
	before := do("head", "show", x.ID).Steps[1].Due
	if got := do("head", "extend", x.ID, "--reason", "数量大", "--office", "provider_head"); got.Steps[1].Due <= before {
		t.Errorf("extended from %s to %s", before, got.Steps[1].Due)
	}
	refused("once only", "head", "extend", x.ID, "--reason", "再延", "--office", "provider_head")
	do("provider", "decide", x.ID, "--pass")
	if got := do("regulator", "decide", x.ID, "--pass"); got.Status != "closed" {
		t.Errorf("passed: %s", got.Status)
	}
	h.checkFiled(files, x.ID)

	second := h.openCase("applicant", "opening_application", fields...)
	do("center", "decide", second.ID, "--pass")
	refused("law, regulation or rule", "provider", "decide", second.ID, "--refuse", "--reason", "涉及个人信息")
	do("provider", "decide", second.ID, "--refuse", "--reason", "涉及个人信息", "--basis", "个人信息保护法第十三条")
	h.must("office", "appoint", "government", "office", "--as", "regulator")
	do("applicant", "appeal", second.ID, "--reason", "已匿名化")
	if got := do("reviewer2", "rule", second.ID, "--refuse", "--reason", "维持"); got.Status != "denied" {
		t.Errorf("ruled: %s", got.Status)
	}

	third := h.openCase("analyst", "objection", "--subject", "dataset:visits")
	if s := third.Steps[0]; s.Assumed == "" || s.Due == "" {
		t.Errorf("an objection: %+v", s)
	}
	do("provider", "decide", third.ID, "--pass")
	if got := do("provider", "close", third.ID, "--result", "visits/2"); got.Status != "closed" || got.Result != "visits/2" {
		t.Errorf("closed: %+v", got)
	}
	late := h.openCase("regulator", "overdue_already", "--subject", "dataset:visits", "--office", "bureau", "--event", "2026-01-05")
	type lateStep struct {
		Office, Case, Step string
		Orgs               []string
		Due                yumen.Day
		Days               int
	}
	if got := ask[[]lateStep](h, "case", "list", "--overdue", "--as", "regulator"); len(got) != 1 || got[0].Case != late.ID ||
		got[0].Office != "数据提供单位" || !slices.Equal(got[0].Orgs, []string{"hospital"}) || got[0].Due != "2026-01-12" || got[0].Days < 1 {
		t.Errorf("overdue: %+v", got)
	}
	if got := ask[[]api.OfficeCase](h, "case", "list", "--as", "stranger"); len(got) != 0 {
		t.Errorf("a stranger sees %+v", got)
	}
	last := h.openCase("applicant", "opening_application", append(fields, "--pack", "cn-city-test")...)
	h.must("office", "dismiss", "center", "info-center", "--as", "regulator")
	refused("no case named", "center", "decide", last.ID, "--pass") // who left the office decides nothing
	refused("nobody is center", "applicant", append([]string{"open", "opening_application"}, fields...)...)
	if shown := h.must("case", "show", last.ID, "--as", "applicant"); strings.Contains(shown, "\x1b") ||
		!strings.Contains(shown, "市信息中心") {
		t.Errorf("shown: %q", shown)
	}
	h.must("audit", "verify")
}

// TestCaseBadInput: what nothing is done about, and the log and the case stay as they were.
func TestCaseBadInput(t *testing.T) { eachWay(t, testCaseBadInput) }

func testCaseBadInput(t *testing.T) {
	h, files := caseHome(t), t.TempDir()
	x := h.openCase("applicant", "opening_application", "--subject", "dataset:visits", "--field", "应用场景=研究", "--field", "安全保障措施=隔离")
	long := write(t, files, "long.txt", strings.Repeat("文", 300_000))
	big, huge := filepath.Join(files, "big.pdf"), filepath.Join(files, "huge.pdf")
	write(t, files, "big.pdf", "%PDF-1.7 "+strings.Repeat("x", api.MaxDocument))
	if err := os.WriteFile(huge, []byte("%PDF-1.7"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 2<<30); err != nil { // no blocks on the disk
		t.Fatal(err)
	}
	macros := filepath.Join(files, "macros.xlsx")
	archive(t, macros, "xl/workbook.xml", "xl/vbaProject.bin")
	scripts := filepath.Join(files, "scripts.docx")
	archive(t, scripts, "run.sh")
	before := h.openCase("applicant", "objection", "--subject", "dataset:visits") // what the log ends with
	for _, c := range []struct {
		as, want string
		args     []string
	}{
		{"applicant", "no pack in force has", []string{"open", "nonsense"}},
		{"applicant", "longer than", []string{"open", "objection", "--subject", "dataset:visits", "--field", "内容=@" + long}},
		{"applicant", "no dataset", []string{"open", "objection", "--subject", "dataset:none"}},
		{"applicant", "names nothing", []string{"open", "objection", "--subject", "visits"}},
		{"applicant", "nobody is provider", []string{"open", "objection"}},
		{"applicant", "future", []string{"open", "objection", "--subject", "dataset:visits", "--event", "2999-01-01"}},
		{"applicant", "opened by", []string{"open", "overdue_already", "--subject", "dataset:visits"}},
		{"applicant", "does not act for", []string{"open", "overdue_already", "--subject", "dataset:visits", "--office", "bureau"}},
		{"applicant", "nothing to do with", []string{"open", "objection", "--subject", "dataset:visits", "--to", "sector=lab"}},
		{"applicant", "not for office", []string{"decide", x.ID, "--pass"}},
		{"provider", "not for office", []string{"decide", x.ID, "--pass"}},
		{"center", "states its reasons", []string{"decide", x.ID, "--refuse"}},
		{"center", "what is missing", []string{"return", x.ID}},
		{"center", "the case is open", []string{"complete", x.ID}},
		{"center", "is not heard", []string{"opine", x.ID, "--reason", "好"}},
		{"center", "cannot be made longer", []string{"extend", x.ID, "--reason", "数量大"}},
		{"center", "stand still", []string{"stop", x.ID, "--event", "holiday"}},
		{"center", "does not stand still", []string{"resume", x.ID}},
		{"center", "not left to", []string{"delegate", x.ID, "--to", "bureau"}},
		{"center", "only who opened", []string{"withdraw", x.ID}},
		{"center", "the rules say by when", []string{"set", x.ID, "--span", "30d"}},
		{"center", "no span", []string{"set", x.ID, "--span", "soon"}},
		{"center", "no stages", []string{"decide", x.ID, "--pass", "--inside", "签批"}},
		{"applicant", "the case is open", []string{"appeal", x.ID, "--reason", "不服"}},
		{"regulator", "the case is open", []string{"rule", x.ID, "--pass"}},
		{"center", "the case is open", []string{"close", x.ID, "--result", "visits/2"}},
		{"applicant", "not at its end", []string{"export", x.ID, "--out", filepath.Join(files, "x.zip")}},
		{"applicant", "20", []string{"attach", x.ID, big}},
		{"applicant", "20", []string{"attach", x.ID, huge}},
		{"applicant", "kind of file", []string{"attach", x.ID, macros}},
		{"applicant", "kind of file", []string{"attach", x.ID, scripts}},
		{"applicant", "kind of file", []string{"attach", x.ID, write(t, files, "page.html", "<html><script>alert(1)</script>")}},
		{"applicant", "kind of file", []string{"attach", x.ID, write(t, files, "run.bat", "echo off")}},
		{"applicant", "1 byte", []string{"attach", x.ID, write(t, files, "empty.txt", "")}},
	} {
		a := h.run(append(append([]string{"case"}, c.args...), "--as", c.as)...)
		if a.code != 1 || !strings.Contains(a.err, c.want) {
			t.Errorf("%s: case %s: %d, want %q\n%s%s", c.as, strings.Join(c.args, " "), a.code, c.want, a.out, a.err)
		}
	}
	log := ask[[]api.LogEntry](h, "audit", "tail", "--as", "regulator")
	if last := log[len(log)-1].Entry; last.Subject != before.ID {
		t.Errorf("a refusal wrote %+v", last)
	}
	if a := h.run("office", "appoint", "sector", "bureau", "--as", "regulator"); a.code != 1 || !strings.Contains(a.err, "appoints themselves") {
		t.Errorf("the regulator's own organisation: %d %s", a.code, a.err)
	}
}

func archive(t *testing.T, path string, names ...string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range names {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// checkFiled looks at the form and at the filing package of a case.
func (h home) checkFiled(files, id string) {
	h.t.Helper()
	form, pack := filepath.Join(files, "form.html"), filepath.Join(files, "case.zip")
	h.must("case", "print", id, "--out", form, "--as", "regulator")
	b, err := os.ReadFile(form)
	if err != nil {
		h.t.Fatal(err)
	}
	for text, want := range map[string]bool{"<script>": false, "&lt;script&gt;": true, "核验码": true, "承诺书.pdf": true, "第23条": false} {
		if strings.Contains(string(b), text) != want {
			h.t.Errorf("the form has %q: %v", text, !want)
		}
	}
	h.must("case", "export", id, "--out", pack, "--as", "applicant")
	z, err := zip.OpenReader(pack)
	if err != nil {
		h.t.Fatal(err)
	}
	defer z.Close()
	content := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			h.t.Fatal(err)
		}
		if content[f.Name], err = io.ReadAll(r); err != nil {
			h.t.Fatal(err)
		}
	}
	if len(content) != 5 {
		h.t.Errorf("%d files are filed", len(content))
	}
	for line := range strings.Lines(string(content["SHA256SUMS"])) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if got := sha256.Sum256(content[name]); hex.EncodeToString(got[:]) != sum {
			h.t.Errorf("%s is not what SHA256SUMS says", name)
		}
	}
	entries := 0
	for _, e := range ask[[]api.LogEntry](h, "audit", "tail", "--as", "regulator") {
		if e.Entry.Subject != id {
			continue
		}
		entries++
		for _, text := range e.Entry.Details {
			if strings.Contains(text, "研究") || strings.Contains(text, "数量大") {
				h.t.Errorf("the log says what somebody wrote: %v", e.Entry.Details)
			}
		}
	}
	if proofs := strings.Count(string(content["log.json"]), `"proof"`); entries == 0 || proofs != entries {
		h.t.Errorf("%d entries of the case, and %d proofs are filed", entries, proofs)
	}
}
