package desensitize

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/mask"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// The generated parts of the page are what the code says today.
func TestDocs(t *testing.T) {
	for name, make := range map[string]func(testing.TB) string{
		"techniques": techniqueTable, "parameters": parameterList, "presets": presetTable, "profile": profileExample,
		"before and after": beforeAndAfter, "record": recordExample, "watermark": survival,
	} {
		goldentest.Part(t, "../docs/desensitization.md", name, make(t))
	}
}

func techniqueTable(testing.TB) string {
	var b strings.Builder
	b.WriteString("| technique | | term | types | sees first | reversible | preserves | leaks |\n|---|---|---|---|---|---|---|---|\n")
	for _, a := range Techniques() {
		if a.Inside {
			a.Types += "; inside texts"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s；%s | %s | %s | %s | %s | %s |\n", a.Name, a.Title.ZH, a.Term.ZH, a.Term.EN,
			a.Types, a.Scope,
			a.Reversible.EN, a.Preserves.EN, a.Leaks.EN)
	}
	return b.String()
}

func parameterList(testing.TB) string {
	var b strings.Builder
	for _, a := range Techniques() {
		fmt.Fprintf(&b, "- `%s` %s, %s", a.Name, a.Title.ZH, a.Title.EN)
		if len(a.Params) == 0 {
			b.WriteString(": no parameters")
		}
		b.WriteString("\n")
		for _, p := range a.Params {
			fmt.Fprintf(&b, "  - `%s`: %s\n", p.Name, p.Msg.EN)
		}
	}
	return b.String()
}

func presetTable(testing.TB) string {
	var b strings.Builder
	b.WriteString("| preset | 中文 | stays readable |\n|---|---|---|\n")
	for _, p := range mask.Presets {
		fmt.Fprintf(&b, "| `%s` | %s | %s；%s |\n", p.Name, p.Title.ZH, p.Keeps.ZH, p.Keeps.EN)
	}
	return b.String()
}

func profileExample(t testing.TB) string {
	b, err := os.ReadFile("testdata/hospital.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return "```yaml\n" + string(b) + "```\n"
}

// hospital is a catalog entry as a hospital would write it, for the example.
func hospital() []yumen.Column {
	zh := func(s string) yumen.Text { return yumen.Text{ZH: s} }
	return []yumen.Column{
		{Name: "patient_id", Title: zh("病案号"), Type: yumen.TypeText, Role: yumen.ColumnRoleUnit},
		{Name: "name", Title: zh("姓名"), Type: yumen.TypeText, Role: yumen.ColumnRoleIdentifier},
		{Name: "id_card", Title: zh("身份证号"), Type: yumen.TypeText, Role: yumen.ColumnRoleIdentifier},
		{Name: "mobile", Title: zh("手机号"), Type: yumen.TypeText, Role: yumen.ColumnRoleIdentifier},
		{Name: "age", Title: zh("年龄"), Type: yumen.TypeInteger, Role: yumen.ColumnRoleQuasi,
			Bounds: &yumen.Bounds{Min: 0, Max: 95}},
		{Name: "sex", Title: zh("性别"), Type: yumen.TypeText, Role: yumen.ColumnRoleQuasi, Domain: []string{"男", "女"}},
		{Name: "region", Title: zh("行政区划"), Type: yumen.TypeText, Role: yumen.ColumnRoleQuasi,
			Domain: []string{"440303", "440304", "440305", "440106"}},
		{Name: "diagnosis", Title: zh("诊断"), Type: yumen.TypeText, Role: yumen.ColumnRoleSensitive,
			Domain: []string{"J18.9", "I10", "E11.9", "K29.7"}},
		{Name: "admitted", Title: zh("入院日期"), Type: yumen.TypeDate, Role: yumen.ColumnRoleQuasi},
		{Name: "discharged", Title: zh("出院日期"), Type: yumen.TypeDate, Role: yumen.ColumnRoleQuasi},
		{Name: "cost", Title: zh("费用"), Type: "decimal(10,2)", Role: yumen.ColumnRoleMeasure,
			Bounds: &yumen.Bounds{Min: 500, Max: 120000}},
		{Name: "note", Title: zh("备注"), Type: yumen.TypeText, Role: yumen.ColumnRoleText},
	}
}

func preview(t testing.TB) *Preview {
	b, err := os.ReadFile("testdata/hospital.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadProfile("hospital.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	v, err := DryRun(t.Context(), p, hospital(), 400, 3, 1, Options{Work: t.TempDir(), Random: seed(1),
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		By:  yumen.Actor{Name: "data.steward", Org: "市卫生健康委"}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func beforeAndAfter(t testing.TB) string {
	v := preview(t)
	if v.Unreached != nil {
		t.Error(v.Unreached)
	}
	var b strings.Builder
	write := func(columns []string, rows [][]string) {
		fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(r, " | "))
		}
	}
	write(v.Columns, v.Before)
	b.WriteString("\n")
	write(v.Result, v.After)
	m := v.Record.Model
	fmt.Fprintf(&b, "\n| risk on age, region, sex | before | after |\n|---|---:|---:|\n| records | %d | %d |\n| smallest class | %d | %d |\n| sample uniques | %d | %d |\n| highest prosecutor risk | %.3f | %.3f |\n| average prosecutor risk | %.3f | %.3f |\n",
		m.Before.Rows, m.After.Rows, m.Before.Smallest, m.After.Smallest, m.Before.SampleUniques, m.After.SampleUniques,
		m.Before.Prosecutor.Highest, m.After.Prosecutor.Highest, m.Before.Prosecutor.Average,
		m.After.Prosecutor.Average)
	return b.String()
}

func recordExample(t testing.TB) string {
	b, err := json.MarshalIndent(preview(t).Record, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return "```json\n" + string(b) + "\n```\n"
}

// The record and the preview carry nothing of the keys.
func TestRecordHasNoSecrets(t *testing.T) {
	b, err := json.Marshal(preview(t).Record)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"pseudonym", "identifiers", "shift"} {
		key, _ := mockKeys{}.Key(t.Context(), id, 0)
		if s := fmt.Sprintf("%x", key.Derive("x", 1)); strings.Contains(string(b), "secret") || s == "" {
			t.Error(id)
		}
		if !strings.Contains(string(b), `{"id":"`+id+`","version":1}`) {
			t.Errorf("the record does not name key %s", id)
		}
	}
}
