package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/chinaid"
)

// extract is a hospital's table of n rows.
func extract(n int) (columns []string, rows [][]string) {
	columns = []string{"c1", "姓名", "性别", "出生日期", "诊断", "fee", "visited", "note", "part_a", "part_b", "code", "flag",
		"empty"}
	given := []string{"伟", "芳", "秀英", "建国", "海燕"}
	for i := range n {
		first17 := fmt.Sprintf("330106%04d%02d%02d%03d", 1950+i%60, 1+i%12, 1+i%28, i%1000)
		id := first17 + string(rune(chinaid.ResidentIDCheck(first17)))
		note := "复查血压正常，继续服药，无其他不适主诉"
		if i%10 == 0 {
			note = fmt.Sprintf("家属联系电话138%08d，已告知注意事项", i)
		}
		other := fmt.Sprintf("110105%04d%02d%02d%03d", 1960+i%40, 1+i%12, 1+i%28, (i+7)%1000)
		other += string(rune(chinaid.ResidentIDCheck(other)))
		rows = append(rows, []string{id, "王李张刘陈"[3*(i%5):3*(i%5)+3] + given[i%5], []string{"男", "女"}[i%2],
			fmt.Sprintf("%04d-%02d-%02d", 1950+i%60, 1+i%12, 1+i%28),
			[]string{"肺炎", "高血压"}[i%2], fmt.Sprintf("%d.%02d", i*7, i%100),
			fmt.Sprintf("2025-%02d-%02d", 1+i%12, 1+i%28), note + fmt.Sprint(i),
			other[:6], other[6:], fmt.Sprintf("K%06dZ", i), []string{"a", "b"}[i%2], ""})
	}
	return columns, rows
}

func TestProposals(t *testing.T) {
	columns, rows := extract(400)
	p := NewProfiler(columns)
	for _, row := range rows {
		if err := p.Add(row, nil); err != nil {
			t.Fatal(err)
		}
	}
	type proposal struct {
		Role   yumen.ColumnRole
		Grade  int
		Preset string
		Type   Type
	}
	want := map[string]proposal{
		"c1":      {yumen.ColumnRoleUnit, 4, "resident_id", ResidentID},
		"姓名":      {yumen.ColumnRoleIdentifier, 3, "name", Name},
		"性别":      {yumen.ColumnRoleQuasi, 2, "", ""},
		"出生日期":    {yumen.ColumnRoleQuasi, 3, "date_month", BirthDate},
		"诊断":      {yumen.ColumnRoleSensitive, 4, "", ""},
		"fee":     {yumen.ColumnRoleMeasure, 2, "", ""},
		"visited": {yumen.ColumnRoleQuasi, 2, "date_month", ""},
		"note":    {yumen.ColumnRoleText, 3, "", ""},
		"part_a":  {yumen.ColumnRoleIdentifier, 4, "generic", ResidentID},
		"part_b":  {yumen.ColumnRoleIdentifier, 4, "generic", ResidentID},
		"code":    {yumen.ColumnRoleIdentifier, 2, "generic", ""},
		"flag":    {yumen.ColumnRolePlain, 1, "", ""},
		"empty":   {yumen.ColumnRolePlain, 1, "", ""},
	}
	got := map[string]proposal{}
	for _, r := range p.Proposals() {
		got[r.Column] = proposal{r.Role, r.Grade, r.Preset, r.Type}
		if r.Rows != 400 || r.Why.EN == "" || r.Why.ZH == "" {
			t.Errorf("%s: %+v", r.Column, r)
		}
		for _, value := range []string{rows[0][0], rows[0][1], "肺炎", "138"} {
			if strings.Contains(r.Why.EN+r.Why.ZH, value) {
				t.Errorf("%s: the reason carries a value", r.Column)
			}
		}
		if r.Column == "note" && cmp.Diff([]Type{Mobile}, r.Inside) != "" {
			t.Errorf("inside the notes: %v", r.Inside)
		}
		if r.Column == "part_a" && r.Split != "part_b" {
			t.Errorf("part_a goes with %q", r.Split)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProfilerBatchesAsRows(t *testing.T) {
	columns, rows := extract(200)
	byRow, byBatch := NewProfiler(columns), NewProfiler(columns)
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for n, row := range rows {
		null := make([]bool, len(row))
		null[n%len(row)] = true
		for i, s := range row {
			if null[i] {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(s)
			}
		}
		if err := byRow.Add(row, null); err != nil {
			t.Fatal(err)
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	if err := byBatch.AddBatch(batch); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(byRow.Proposals(), byBatch.Proposals()); diff != "" {
		t.Errorf("(-rows +batch):\n%s", diff)
	}
	if err := NewProfiler(columns[1:]).AddBatch(batch); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("batch of another width: %v", err)
	}
	if err := byRow.Add([]string{"x"}, nil); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("row of another width: %v", err)
	}
}

func TestProfileOfNothing(t *testing.T) {
	for _, p := range NewProfiler([]string{"手机", "x"}).Proposals() {
		if p.Role != yumen.ColumnRolePlain || p.Rows != 0 {
			t.Errorf("%+v", p)
		}
	}
}

func TestDistinct(t *testing.T) {
	for _, n := range []int{0, 1, 10, 1000, 20_000, 300_000} {
		var d distinct
		for i := range n {
			d.add(fmt.Sprint(i))
			d.add(fmt.Sprint(i / 2))
		}
		if got := float64(d.count()); got < 0.93*float64(n) || got > 1.07*float64(n) {
			t.Errorf("%d different values, estimated %v", n, got)
		}
	}
}

// Add takes in one row, as AddBatch does those of a batch. Where null is not nil, null[i] says that cell i is null.
func (p *Profiler) Add(cells []string, null []bool) error {
	if len(cells) != len(p.columns) || null != nil && len(null) != len(cells) {
		return yumen.Errorf(yumen.KindInvalid, "row %d has %d cells, the table %d columns",
			"第 %d 行有 %d 个单元格，而表有 %d 列", p.rows+1, len(cells), len(p.columns))
	}
	p.rows++
	for i, s := range cells {
		p.columns[i].add(p.detect, s, null != nil && null[i])
	}
	return nil
}
