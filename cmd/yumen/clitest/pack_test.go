package clitest

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestPack reads packs and counts by them, without a home.
func TestPack(t *testing.T) {
	h := home{t: t, dir: t.TempDir()}
	var rows []struct {
		Case, Step, Basis, Refuse string
		By                        []string
		Day                       yumen.Day
		Provisional               bool
	}
	if err := json.Unmarshal([]byte(h.must("pack", "due", "cn-xm-sharing-opening", "--on", "2025-12-25", "--json")),
		&rows); err != nil || len(rows) != 6 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for _, r := range rows {
		if r.Step == "form" && (r.Day != "2025-12-30" || r.Basis != "law" || r.Refuse != "return_with_reason" || r.Provisional) {
			t.Errorf("%+v", r)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"pack", "due", "cn-xm-sharing-opening", "--on", "2025-12-28"}, 1, "held until 2025-12-27"},
		{[]string{"pack", "due", "cn-sjz-operation", "--on", "2026-01-05"}, 1, "is a draft"},
		{[]string{"pack", "due", "cn-sjz-operation", "--on", "2026-01-05", "--trial"}, 0, "2026-01-19"},
		{[]string{"pack", "due", "default", "--on", "today"}, 1, "YYYY-MM-DD"},
		{[]string{"pack", "show", "cn-xx-big-dat"}, 1, "cn-xx-big-data"},
		{[]string{"pack", "check", write(t, h.dir, "bad.yaml", "pack: {id: X}\n")}, 1, "bad.yaml:1:12"},
		{[]string{"pack", "check", "cn-yk-sharing-opening"}, 0, "the start of its clock is assumed"},
		{[]string{"pack", "due"}, 2, "PACK"},
		{[]string{"pack", "due", "default", "--on", "2026-12-31", "--calendar",
			write(t, h.dir, "2027.yaml", "year: 2027\nsource: [x]\noff: [2027-01-01]\n")}, 0, "2027-01-"},
	} {
		if a := h.run(c.args...); a.code != c.code || !strings.Contains(a.out+a.err, c.says) {
			t.Errorf("yumen %s: %d, %s%s", strings.Join(c.args, " "), a.code, a.out, a.err)
		}
	}
	if list := h.must("pack", "list", "--lang", "zh"); !strings.Contains(list, "征求意见稿") {
		t.Error(list)
	}
}

// TestPackSigned puts a pack in force, which refuses a contract that runs too long, and adds a year of working days.
//
// Duty 159 (XM30): an expired pack is not put in force.
func TestPackSigned(t *testing.T) { eachWay(t, testPackSigned) }

func testPackSigned(t *testing.T) {
	h, files := newHome(t), t.TempDir()
	if a := h.run("pack", "sign", "default", "--as", "analyst"); a.code != 1 || !strings.Contains(a.err, "pack.sign") {
		t.Errorf("an analyst: %d, %s", a.code, a.err)
	}
	if a := h.run("pack", "sign", "cn-sjz-operation", "--as", "regulator"); a.code != 1 || !strings.Contains(a.err, "draft") {
		t.Errorf("a draft: %d, %s", a.code, a.err)
	}
	h.must("pack", "sign", "default", "--as", "regulator")
	long := strings.Replace(contractYAML, "contract: study", "contract: long", 1)
	if a := h.run("contract", "sign", write(t, files, "long.yaml", long), "--as", "regulator"); a.code != 1 ||
		!strings.Contains(a.err, "valid.reason") {
		t.Errorf("a contract for 80 years: %d, %s", a.code, a.err)
	}
	reasoned := strings.Replace(long, "until: 2099-12-31}", "until: 2099-12-31, reason: 试验}", 1)
	if a := h.run("contract", "check", filepath.Join(files, "long.yaml"), "--as", "analyst"); a.code != 1 ||
		!strings.Contains(a.err, "valid.reason") {
		t.Errorf("checked: %d, %s", a.code, a.err)
	}
	if a := h.run("contract", "check", write(t, files, "bad.yaml", "contract: 1\n"), "--as", "analyst"); a.code != 1 ||
		!strings.Contains(a.err, "bad.yaml:1:1") {
		t.Errorf("checked: %d, %s", a.code, a.err)
	}
	h.must("contract", "check", write(t, files, "reasoned.yaml", reasoned), "--as", "analyst")
	h.must("contract", "sign", filepath.Join(files, "reasoned.yaml"), "--as", "regulator")
	if all := ask[[]yumen.SignedPack](h, "pack", "signed", "--as", "analyst"); len(all) != 1 || all[0].ID != "default" {
		t.Errorf("%+v", all)
	}
	h.must("calendar", "add", write(t, files, "2027.yaml", "year: 2027\nsource: [a notice]\noff: [2027-01-01]\n"), "--as",
		"regulator")
	if list := h.must("calendar", "list", "--as", "analyst"); !strings.Contains(list, "2027") ||
		!strings.Contains(list, "2022") {
		t.Error(list)
	}
	h.must("audit", "verify")
}
