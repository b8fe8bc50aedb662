package clitest

import (
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"
	"github.com/yumen-data/yumen/api"
)

// The indicators of each organisation are those that its cases and datasets come to, and the workbook says the same.
//
// Duty 136 (SJZ24), 154 (YK36 XX78): bodies are evaluated by indicators computed from records that the log commits to.
//
// Duty 40 (WH14 YK21): whether data is updated on its cycle is counted.
func TestIndicators(t *testing.T) { eachWay(t, testIndicators) }

func testIndicators(t *testing.T) {
	h, files := caseHome(t), t.TempDir()
	h.must("catalog", "import", "visits", write(t, files, "visits.csv", visitsCSV()), "--as", "provider")
	h.must("catalog", "publish", "visits", "--as", "provider")
	done := h.openCase("analyst", "objection", "--subject", "dataset:visits")
	h.must("case", "decide", done.ID, "--refuse", "--reason", "属实", "--as", "provider")
	h.openCase("analyst", "objection", "--subject", "dataset:visits")
	h.openCase("regulator", "overdue_already", "--subject", "dataset:visits", "--office", "bureau", "--event", "2026-01-05")
	out := filepath.Join(files, "indicators.xlsx")
	x := ask[api.Indicators](h, "report", "indicators", "--from", "2026-01-01", "--until", "2099-12-31", "--xlsx", out, "--as",
		"regulator")
	want := api.BodyIndicators{Org: "hospital", Steps: 3, Ended: 1, Timed: 1, OnTime: 1, Overdue: 1, Objections: 2, Datasets: 1, Fresh: 1}
	if len(x.Bodies) != 1 || x.Bodies[0] != want {
		t.Errorf("%+v, want %+v", x.Bodies, want)
	}
	f, err := excelize.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) < 2 || rows[1][0] != "hospital" || rows[1][4] != "100.0 %" || rows[1][6] != "1" {
		t.Errorf("%v %v", rows, err)
	}
	if none := ask[api.Indicators](h, "report", "indicators", "--from", "2020-01-01", "--until", "2020-12-31", "--as",
		"regulator"); len(none.Bodies) != 1 || none.Bodies[0].Steps != 0 {
		t.Errorf("of another year: %+v", none)
	}
	if a := h.run("report", "indicators", "--as", "provider"); a.code != 1 {
		t.Errorf("a provider is told: %d", a.code)
	}
}
