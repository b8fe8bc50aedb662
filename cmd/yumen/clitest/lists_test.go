package clitest

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

const areasYAML = `dataset: areas
title: Areas
provider: hospital
source: {system: public list}
unit: {kind: none}
columns:
  - {name: district, title: District, type: text, role: plain, grade: 1, constraints: [join, filter, group, plain]}
  - {name: area, title: Area, type: text, role: plain, grade: 1, constraints: [join, filter, group, plain]}
sharing: {attribute: unconditional}
opening: {attribute: unconditional}
update: yearly
`

// TestListThatRepeats: a query whose list has several rows for what it is looked up by fails with the reason and a way
// on, and what it suggests is answered.
func TestListThatRepeats(t *testing.T) { eachWay(t, testListThatRepeats) }

func testListThatRepeats(t *testing.T) {
	h := newHome(t)
	files := t.TempDir()
	h.must("catalog", "register", write(t, files, "areas.yaml", areasYAML), "--as", "provider")
	h.must("catalog", "import", "areas",
		write(t, files, "areas.csv", "district,area\nnorth,hills\nnorth,coast\nsouth,coast\neast,coast\nwest,hills\n"),
		"--as", "provider")
	h.must("catalog", "publish", "areas", "--as", "provider")
	listed := strings.NewReplacer("contract: study", "contract: listed", "uses: [filter, group, plain]",
		"uses: [filter, join, group, plain]",
		"datasets:\n", "datasets:\n  - dataset: areas\n    columns: [{name: district, uses: [join, filter, group]}, {name: area, uses: [join, filter, group]}]\n").Replace(contractYAML)
	h.must("contract", "sign", write(t, files, "listed.yaml", listed), "--as", "regulator")
	j, a := h.submitTo("listed",
		"SELECT a.area, count(*) AS n FROM visits v JOIN areas a ON a.district = v.district GROUP BY a.area")
	if j.State != yumen.StateFailed || j.Error.Kind != yumen.KindDenied || len(j.Error.Reasons) != 1 ||
		j.Error.Reasons[0].Rule != "join.repeats" ||
		j.Error.Reasons[0].Place == "" {
		t.Fatalf("%s, %+v\n%s", j.State, j.Error, a.err)
	}
	for lang, want := range map[yumen.Lang]string{yumen.LangEnglish: "(SELECT DISTINCT district FROM",
		yumen.LangChinese: "参考数据（areas）中有多行的 district 相同"} {
		if got := j.Error.In(lang); !strings.Contains(got, want) || strings.Contains(got, "north") {
			t.Error(got)
		}
	}
	for _, sql := range []string{
		"SELECT count(*) AS n FROM visits v JOIN (SELECT DISTINCT district FROM areas) a ON a.district = v.district",
		"SELECT a.area, count(*) AS n FROM visits v JOIN areas a ON a.district = v.district WHERE a.area = 'coast' GROUP BY a.area",
	} {
		if j, a := h.submitTo("listed", sql); j.State != yumen.StateInReview {
			t.Errorf("%s: %s, %v\n%s", sql, j.State, j.Error, a.err)
		}
	}
}
