package duck

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// patients are visits of persons whose names and mobile numbers lie apart; the bed may be filtered by, so that it does
// not.
func patients() yumen.Dataset {
	d := persons()
	mask := []yumen.Constraint{{Use: yumen.UseMask, Technique: "name"}}
	d.Columns = append(d.Columns,
		yumen.Column{Name: "name", Type: yumen.TypeText, Role: yumen.ColumnRoleIdentifier, Constraints: mask},
		yumen.Column{Name: "bed", Type: yumen.TypeText, Role: yumen.ColumnRoleIdentifier, Nullable: true,
			Constraints: []yumen.Constraint{{Use: yumen.UseFilter}}},
		yumen.Column{Name: "mobile", Type: yumen.TypeText, Role: yumen.ColumnRoleIdentifier, Nullable: true,
			Constraints: []yumen.Constraint{{Use: yumen.UseDeny}}})
	return d
}

const namedCSV = "身份证号,dept,fee,day,name,bed,mobile\n" +
	"11010519491231002x,内科,10.50,2024-01-02,王小明,b1,13800000001\n" +
	"440524188001010014,外科,,,李一,,13900000002\n" +
	"11010519491231002X,外科,1000,20240103,王晓明,b2,\n"

// storedBefore is a version as it was stored before identifiers lay apart: all columns in one file, under a salt.
func storedBefore(t *testing.T, in *testEnv, d yumen.Dataset, csv string) []byte {
	t.Helper()
	dir, salt := t.TempDir(), in.Salt(task.OutVersion)
	path, from := filepath.Join(dir, "old"),
		"read_csv("+literal(writeFile(t, "csv", []byte(csv)))+", all_varchar = true) AS raw"
	unit, order := "row_number() OVER ()", "1"
	if !d.Unit.ByRow() {
		unit, order = "units.unit", "1"
		from += " JOIN " + parquet(writeFile(t, "units", in.Outputs[task.OutUnits].Bytes())) +
			" AS units ON units.key = upper(trim(raw.身份证号))"
	}
	cols := []string{unit + " AS _unit"}
	for _, c := range d.Columns {
		value := "raw." + identifier(c.InFiles())
		if c.Type == yumen.TypeDate {
			value = "CASE WHEN " + value + " LIKE '%-%' THEN " + value + "::DATE ELSE strptime(" + value +
				", '%Y%m%d')::DATE END"
		}
		cols = append(cols, "CAST("+value+" AS "+sqlType(c.Type)+") AS "+identifier(c.Name))
	}
	if err := free(t).exec(t.Context(),
		"COPY (SELECT "+strings.Join(cols, ", ")+" FROM "+from+" ORDER BY "+order+") TO "+
			toParquet(path, fmt.Sprintf(", KV_METADATA {'%s': '%x'}", saltKey, salt))); err != nil {
		t.Fatal(err)
	}
	return mustRead(t, path)
}

// What jobs read has no key of a unit, no name and no number, not even in the bytes of the file; the identifiers have
// them, row by row.
func TestIdentifiersLieApart(t *testing.T) {
	in := importOf(t, task.ImportSpec{Dataset: patients(), Format: yumen.FormatCSV}, nil, []byte(namedCSV))
	answerOf[task.ImportAnswer](t, in, task.Import)
	version, apart := in.Outputs[task.OutVersion].Bytes(), in.Outputs[task.OutIdentifiers].Bytes()
	for _, secret := range []string{"11010519491231002", "440524188001010014", "王小明", "李一", "13800000001",
		"13900000002", "name", "mobile"} {
		if bytes.Contains(version, []byte(secret)) {
			t.Errorf("the version holds %s", secret)
		}
	}
	if d := cmp.Diff([][]string{{"_unit", "dept", "fee", "day", "bed"}}, columnNames(t, version)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"_unit", "name", "mobile"}}, columnNames(t, apart)); d != "" {
		t.Error(d)
	}
	both := table(t, version, "SELECT v._unit = i._unit, v.bed, i.name, i.mobile FROM FILE v POSITIONAL JOIN "+
		parquet(writeFile(t, "i", apart))+" i ORDER BY i.name")
	if d := cmp.Diff([][]string{{"true", "∅", "李一", "13900000002"}, {"true", "b1", "王小明", "13800000001"},
		{"true", "b2", "王晓明", "∅"}}, both); d != "" {
		t.Error(d)
	}
	inSalt, other := in.Salt(task.OutVersion), in.Salt(task.OutIdentifiers)
	if !bytes.Contains(version, fmt.Appendf(nil, "%x", inSalt)) ||
		!bytes.Contains(apart, fmt.Appendf(nil, "%x", other)) ||
		bytes.Contains(version, fmt.Appendf(nil, "%x", other)) {
		t.Error("each file has the salt of its own, and of no other")
	}
}

func columnNames(t *testing.T, file []byte) [][]string {
	t.Helper()
	row := table(t, file, "SELECT string_agg(column_name, ',') FROM (DESCRIBE SELECT * FROM FILE)")
	return [][]string{strings.Split(row[0][0], ",")}
}

// A later import of the same rows gives the same two files under the salts of the earlier ones; a corrected name
// changes the identifiers alone.
func TestIdentifiersOfTheSameRows(t *testing.T) {
	first := importOf(t, task.ImportSpec{Dataset: patients(), Format: yumen.FormatCSV}, nil, []byte(namedCSV))
	answerOf[task.ImportAnswer](t, first, task.Import)
	again := func(csv string) (sameData, sameIdentifiers bool) {
		in := importOf(t, task.ImportSpec{Dataset: patients(), Format: yumen.FormatCSV},
			first.Outputs[task.OutUnits].Bytes(), []byte(csv))
		in.Seed = "another run"
		in.Give(t, task.InEarlier, first.Outputs[task.OutVersion].Bytes())
		in.Give(t, task.InEarlierIdentifiers, first.Outputs[task.OutIdentifiers].Bytes())
		answerOf[task.ImportAnswer](t, in, task.Import)
		same := func(stream string) bool {
			return bytes.Equal(first.Outputs[stream].Bytes(), in.Outputs[stream].Bytes())
		}
		return same(task.OutVersion), same(task.OutIdentifiers)
	}
	if data, ids := again(namedCSV); !data || !ids {
		t.Errorf("the same rows: data %v, identifiers %v", data, ids)
	}
	if data, ids := again(strings.Replace(namedCSV, "李一", "李乙", 1)); !data || ids {
		t.Errorf("another name: data %v, identifiers %v", data, ids)
	}
}

// A version that was stored before is written again as an import would write it now, byte for byte, so that an import
// of the same rows is still noticed.
func TestSeparate(t *testing.T) {
	byRow := yumen.Dataset{Name: "calls", Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow}, Columns: patients().Columns}
	byRow.Columns[0].Role = yumen.ColumnRoleIdentifier
	for name, d := range map[string]yumen.Dataset{"by unit": patients(), "by row": byRow} {
		want := importOf(t, task.ImportSpec{Dataset: d, Format: yumen.FormatCSV}, nil, []byte(namedCSV))
		answerOf[task.ImportAnswer](t, want, task.Import)
		old := storedBefore(t, want, d, namedCSV)
		if name == "by unit" && !bytes.Contains(old, []byte("11010519491231002")) {
			t.Fatal("the version before has no identifiers")
		}
		var units []byte
		if !d.Unit.ByRow() {
			units = want.Outputs[task.OutUnits].Bytes()
		}
		in := importOf(t, task.ImportSpec{Dataset: d, Stored: true}, units, old)
		in.Give(t, task.InEarlier, old)
		if got := answerOf[task.ImportAnswer](t, in, task.Import); got.Rows != 3 {
			t.Errorf("%s: %+v", name, got)
		}
		for _, stream := range []string{task.OutVersion, task.OutIdentifiers} {
			if !bytes.Equal(want.Outputs[stream].Bytes(), in.Outputs[stream].Bytes()) {
				t.Errorf("%s: %s has other bytes than an import gives", name, stream)
			}
		}
		if in.Outputs[task.OutUnits] != nil {
			t.Errorf("%s: wrote a dictionary", name)
		}
	}
}

// The key of a unit is left out only where the dictionary has it.
func TestSeparateNeedsTheDictionary(t *testing.T) {
	want := importOf(t, task.ImportSpec{Dataset: patients(), Format: yumen.FormatCSV}, nil, []byte(namedCSV))
	answerOf[task.ImportAnswer](t, want, task.Import)
	old := storedBefore(t, want, patients(), namedCSV)
	for name, units := range map[string][]byte{
		"none":     nil,
		"one less": mustRead(t, parquetOf(t, "SELECT '440524188001010014' AS key, 1::BIGINT AS unit")),
		"another's": mustRead(t, parquetOf(t, "SELECT * FROM (SELECT key, 3 - unit AS unit FROM "+
			parquet(writeFile(t, "u", want.Outputs[task.OutUnits].Bytes()))+") ORDER BY unit")),
	} {
		in := importOf(t, task.ImportSpec{Dataset: patients(), Stored: true}, units, old)
		if err := in.run(t, task.Import); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %v", name, err)
		}
		if len(in.Outputs) > 0 {
			t.Errorf("%s: written", name)
		}
	}
	in := importOf(t, task.ImportSpec{Dataset: patients(), Stored: true}, want.Outputs[task.OutUnits].Bytes(),
		[]byte("no Parquet"))
	if err := in.run(t, task.Import); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Error(err)
	}
}

// rowsOfPeople asks for names beside what a version holds.
func rowsOfPeople(sql string) task.QuerySpec {
	return task.QuerySpec{SQL: sql,
		Views: []task.View{{Name: "p", Input: "p", Identifiers: "names", Columns: []task.ViewColumn{
			{Name: "a", From: "a", Type: yumen.TypeInteger},
			{Name: "person", From: "name", Type: yumen.TypeText, Apart: true}}}}}
}

// Identifiers come beside their own rows, whatever is asked, in the order of the version; those of other rows end the
// run.
func TestIdentifiersBesideTheirRows(t *testing.T) {
	const n = 300_000 // more than two row groups
	version := parquetOf(t, fmt.Sprintf("SELECT i//3+1 AS _unit, i AS a FROM range(%d) t(i)", n))
	names := parquetOf(t, fmt.Sprintf("SELECT i//3+1 AS _unit, 'n'||i AS name FROM range(%d) t(i)", n))
	inputs := map[string]string{"p": version, "names": names}
	for sql, want := range map[string]string{
		"SELECT count(*), count(*) FILTER (WHERE person <> 'n'||a) FROM p":                  "300000|0",
		"SELECT string_agg(person, ' ') FROM (SELECT person FROM p WHERE a IN (5, 299999))": "n5 n299999",
		"SELECT person, a FROM p WHERE a % 100000 = 7 LIMIT 1":                              "n7|7",
		"SELECT x.person, y.person FROM p x JOIN p y ON x.a + 1 = y.a WHERE x.a = 122879":   "n122879|n122880",
		"SELECT count(DISTINCT _unit) FROM p":                                               "100000",
	} {
		in := newTestEnv(t, rowsOfPeople(sql), inputs)
		if err := in.run(t, task.Query); err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if got := strings.Join(rowsOf(t, in.Outputs[task.OutResult].Bytes())[1], "|"); got != want {
			t.Errorf("%s: %s", sql, got)
		}
	}
	in := newTestEnv(t, rowsOfPeople("SELECT a FROM p WHERE a % 3 = 1"), inputs)
	if err := in.run(t, task.Query); err != nil {
		t.Fatal(err)
	}
	for i, row := range rowsOf(t, in.Outputs[task.OutResult].Bytes())[1:] {
		if row[0] != fmt.Sprint(3*i+1) {
			t.Fatalf("row %d is %s: out of order", i, row[0])
		}
	}
	for what, other := range map[string]string{
		"fewer":          fmt.Sprintf("SELECT i//3+1 AS _unit, 'n'||i AS name FROM range(%d) t(i)", n-1),
		"more":           fmt.Sprintf("SELECT i//3+1 AS _unit, 'n'||i AS name FROM range(%d) t(i)", n+1),
		"of other units": fmt.Sprintf("SELECT i//2+1 AS _unit, 'n'||i AS name FROM range(%d) t(i)", n),
	} {
		in := newTestEnv(t, rowsOfPeople("SELECT count(person), sum(a) FROM p"),
			map[string]string{"p": version, "names": parquetOf(t, other)})
		if err := in.run(t, task.Query); err == nil {
			t.Errorf("identifiers with %s rows: %v", what, rowsOf(t, in.Outputs[task.OutResult].Bytes()))
		}
	}
	if err := newTestEnv(t, rowsOfPeople("SELECT 1 AS x FROM p"), map[string]string{"p": version}).run(t,
		task.Query); err == nil {
		t.Error("read without identifiers")
	}
}
