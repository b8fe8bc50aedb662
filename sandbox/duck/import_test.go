package duck

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

func persons() yumen.Dataset {
	return yumen.Dataset{Name: "visits", Unit: yumen.UnitSpec{Kind: "person", Column: "id"}, Columns: []yumen.Column{
		{Name: "id", Header: "身份证号", Type: yumen.TypeText, Role: yumen.ColumnRoleUnit},
		{Name: "dept", Type: yumen.TypeText, Domain: []string{"内科", "外科"}},
		{Name: "fee", Type: "decimal(8,2)", Nullable: true, Bounds: &yumen.Bounds{Min: 0.1, Max: 1000}},
		{Name: "day", Type: yumen.TypeDate, Nullable: true},
	}}
}

// importOf runs an import over files whose extensions tell nothing.
func importOf(t testing.TB, spec task.ImportSpec, units []byte, files ...[]byte) *testEnv {
	t.Helper()
	inputs := map[string]string{}
	for i, f := range files {
		inputs[task.SourceName(i+1)] = writeFile(t, "source", f)
	}
	if units != nil {
		inputs[task.InUnits] = writeFile(t, "units", units)
	}
	if spec.Files = len(files); spec.MaxBad == 0 {
		spec.MaxBad = 20
	}
	return newTestEnv(t, spec, inputs)
}

// table reads Parquet bytes back as rows of text.
func table(t testing.TB, parquetBytes []byte, sql string) [][]string {
	t.Helper()
	e := free(t)
	path := writeFile(t, "p", parquetBytes)
	r, err := e.query(t.Context(), strings.ReplaceAll(sql, "FILE", "read_parquet("+literal(path)+")"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	norm, err := newNormaliser(r.Schema(), false)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for r.Next() {
		batch, err := norm.batch(r.RecordBatch())
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(batch.NumRows()) {
			rows = append(rows, sandboxtest.Row(batch, i, "∅"))
		}
	}
	return rows
}

const visitsCSV = "身份证号,dept,fee,day\n" +
	"11010519491231002x,内科,10.50,2024-01-02\n" +
	"440524188001010014,外科,,\n" +
	" 11010519491231002X ,外科,1000,20240103\n"

func TestImportNumbersAndClustersByUnit(t *testing.T) {
	in := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV}, nil, []byte(visitsCSV))
	got := answerOf[task.ImportAnswer](t, in, task.Import)
	if d := cmp.Diff(task.ImportAnswer{Rows: 3, Units: 2, NewUnits: 2}, got); d != "" {
		t.Error(d)
	}
	version := table(t, in.Outputs[task.OutVersion].Bytes(), "SELECT * FROM FILE")
	units := table(t, in.Outputs[task.OutUnits].Bytes(), "SELECT * FROM FILE")
	number := map[string]string{}
	for _, u := range units {
		number[u[0]] = u[1]
	}
	a, b := number["11010519491231002X"], number["440524188001010014"]
	want := [][]string{
		{a, "内科", "10.50", "2024-01-02"}, {a, "外科", "1000.00", "2024-01-03"}, {b, "外科", "∅", "∅"},
	}
	if a > b {
		want = [][]string{want[2], want[0], want[1]}
	}
	if d := cmp.Diff(want, version); d != "" {
		t.Error(d)
	}
	if len(units) != 2 || a == "" || b == "" || a+b != "12" && a+b != "21" {
		t.Errorf("dictionary %v", units)
	}
}

// TestImportKeepsNumbers: a later import gives known units their number and new ones the next.
func TestImportKeepsNumbers(t *testing.T) {
	first := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV}, nil, []byte(visitsCSV))
	answerOf[task.ImportAnswer](t, first, task.Import)
	dictionary := first.Outputs[task.OutUnits].Bytes()
	second := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV}, dictionary,
		[]byte("身份证号,dept,fee,day\nnew2,内科,1,\n440524188001010014,内科,1,\nnew1,内科,1,\n"))
	got := answerOf[task.ImportAnswer](t, second, task.Import)
	if d := cmp.Diff(task.ImportAnswer{Rows: 3, Units: 3, NewUnits: 2}, got); d != "" {
		t.Error(d)
	}
	before, after := table(t, dictionary, "SELECT * FROM FILE ORDER BY unit"),
		table(t, second.Outputs[task.OutUnits].Bytes(), "SELECT * FROM FILE ORDER BY unit")
	if d := cmp.Diff(before, after[:2]); d != "" {
		t.Error(d)
	}
	if len(after) != 4 || after[2][1] != "3" || after[3][1] != "4" {
		t.Errorf("dictionary %v", after)
	}
	for name, damaged := range map[string]string{"gap": "SELECT 'a' AS key, 2::BIGINT AS unit",
		"twice": "SELECT 'a' AS key, i AS unit FROM range(1,3) t(i)", "columns": "SELECT 1 AS x"} {
		in := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV},
			mustRead(t, parquetOf(t, damaged)), []byte(visitsCSV))
		if err := in.run(t, task.Import); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("dictionary with %s: %v", name, err)
		}
	}
}

func TestImportIsDeterministic(t *testing.T) {
	var file bytes.Buffer
	file.WriteString("身份证号,dept,fee,day\n")
	for i := range 300000 {
		fmt.Fprintf(&file, "p%07d,内科,%d.%02d,2024-01-%02d\n", i*7919%50021, i%999+1, i%100, i%28+1)
	}
	var digests []string
	for i := range 3 {
		in := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV}, nil, file.Bytes())
		in.Bounds.Threads = 1 + i%2
		answerOf[task.ImportAnswer](t, in, task.Import)
		digests = append(digests,
			string(yumen.DigestOf(in.Outputs[task.OutVersion].Bytes())+
				yumen.DigestOf(in.Outputs[task.OutUnits].Bytes())))
		if i == 0 {
			unordered := table(t, in.Outputs[task.OutVersion].Bytes(),
				"SELECT count(*) FROM (SELECT _unit < lag(_unit) OVER (ORDER BY file_row_number) AS back FROM read_parquet('"+writeFile(t, "v", in.Outputs[task.OutVersion].Bytes())+"', file_row_number = true)) WHERE back")
			if unordered[0][0] != "0" {
				t.Errorf("%s rows out of order", unordered[0][0])
			}
		}
	}
	if digests[0] != digests[1] || digests[0] != digests[2] {
		t.Errorf("the same import gave different bytes: %v", digests)
	}
}

// TestVersionsAreSalted: the digest of a version tells nothing of its rows to whoever lacks the file; under the salt of
// an earlier version the same rows are noticed, and no query sees the salt.
func TestVersionsAreSalted(t *testing.T) {
	for name, d := range map[string]yumen.Dataset{"by unit": persons(),
		"by row": {Name: "rows", Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow},
			Columns: []yumen.Column{{Name: "身份证号", Type: yumen.TypeText}, {Name: "dept", Type: yumen.TypeText},
				{Name: "fee", Type: "decimal(8,2)"}, {Name: "day", Type: yumen.TypeDate}}}} {
		file := []byte("身份证号,dept,fee,day\np1,内科,1.00,2024-01-01\n")
		version := func(seed string, earlier, file []byte) []byte {
			in := importOf(t, task.ImportSpec{Dataset: d, Format: yumen.FormatCSV}, nil, file)
			in.Seed = seed
			if earlier != nil {
				in.Give(t, task.InEarlier, earlier)
			}
			answerOf[task.ImportAnswer](t, in, task.Import)
			return in.Outputs[task.OutVersion].Bytes()
		}
		first, other := version("1", nil, file), version("2", nil, file)
		if bytes.Equal(first, other) {
			t.Errorf("%s: two datasets of the same rows have the same bytes", name)
		}
		if !bytes.Equal(first, version("3", first, file)) {
			t.Errorf("%s: the same rows again have other bytes", name)
		}
		if next := version("4", first, append(file, "p2,外科,2.00,2024-01-02\n"...)); !bytes.Equal(first,
			version("5", next, file)) {
			t.Errorf("%s: the salt is not handed on", name)
		}
		salt := sandboxtest.New(t, nil, nil)
		salt.Seed = "1"
		want := salt.Salt(task.OutVersion)
		if !bytes.Contains(first, []byte(hex.EncodeToString(want[:]))) ||
			bytes.Contains(other, []byte(hex.EncodeToString(want[:]))) {
			t.Errorf("%s: the salt is not in the file", name)
		}
		if d := cmp.Diff(table(t, first, "SELECT * FROM FILE"), table(t, other, "SELECT * FROM FILE")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestImportListsBadRows(t *testing.T) {
	csv := "身份证号,dept,fee,day\n" +
		"a,内科,0.10,\n" + // 2: good, at the bound as written
		"b,内科,0.09,\n" + // 3: bounds
		"c,内科,1000.01,2024-13-01\n" + // 4: type comes before bounds, because a row that cannot be read has no cells
		"d,急诊,1,\n" + // 5: domain
		",内科,1,\n" + // 6: unit
		" ,内科,1,\n" + // 7: unit
		"g,,1,\n" + // 8: null
		"h,内科\n" + // 9: columns
		"i,\"内科\"x,1,\n" + // 10: quote
		"\xff,内科,1,\n" + // 11: encoding
		"\"k\n\",内科,x,\n" + // 12, 13: type, at its first line
		"l,内科,2000,\n" // 14: bounds, not listed any more
	in := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV, MaxBad: 10}, nil, []byte(csv))
	got := answerOf[task.ImportAnswer](t, in, task.Import)
	var list []string
	for _, b := range got.Bad {
		list = append(list, fmt.Sprintf("%d %s %s", b.Line, b.Column, b.Rule))
		if b.Msg.EN == "" || b.Msg.ZH == "" {
			t.Errorf("line %d: message %v", b.Line, b.Msg)
		}
	}
	want := []string{"3 fee bounds", "4 day type", "5 dept domain", "6 id unit", "7 id unit", "8 dept null",
		"9  columns", "10  quote", "11  encoding", "12 fee type"}
	if d := cmp.Diff(want, list); d != "" {
		t.Error(d)
	}
	if got.BadTotal != 11 || got.Rows != 12 {
		t.Errorf("%d bad of %d rows", got.BadTotal, got.Rows)
	}
	if len(in.Outputs) != 0 {
		t.Errorf("bad import wrote %d streams", len(in.Outputs))
	}
	if raw, _ := json.Marshal(got); strings.Contains(string(raw), "急诊") || strings.Contains(string(raw), "2000") {
		t.Errorf("values in the answer: %s", raw)
	}
}

// TestImportHoldsUnique: where the entry declares one row for each unit, keys that are looked up as one are one unit's.
func TestImportHoldsUnique(t *testing.T) {
	ds := persons()
	ds.Unit.Unique = true
	in := importOf(t, task.ImportSpec{Dataset: ds, Format: yumen.FormatCSV, MaxBad: 10}, nil, []byte(visitsCSV))
	got := answerOf[task.ImportAnswer](t, in, task.Import)
	var list []string
	for _, b := range got.Bad {
		list = append(list, fmt.Sprintf("%d %s %s", b.Line, b.Column, b.Rule))
	}
	if d := cmp.Diff([]string{"2 id unit.unique", "4 id unit.unique"}, list); d != "" {
		t.Error(d)
	}
	if got.BadTotal != 2 || len(in.Outputs) != 0 {
		t.Errorf("%d bad rows, %d streams written", got.BadTotal, len(in.Outputs))
	}
	in = importOf(t, task.ImportSpec{Dataset: ds, Format: yumen.FormatCSV}, nil,
		[]byte(visitsCSV[:strings.LastIndex(visitsCSV, " 1101")]))
	if d := cmp.Diff(task.ImportAnswer{Rows: 2, Units: 2, NewUnits: 2},
		answerOf[task.ImportAnswer](t, in, task.Import)); d != "" {
		t.Error(d)
	}
}

func TestImportSeveralFilesByRow(t *testing.T) {
	ds := yumen.Dataset{Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow},
		Columns: []yumen.Column{{Name: "n", Type: yumen.TypeInteger},
			{Name: "s", Type: yumen.TypeText, Nullable: true}}}
	in := importOf(t, task.ImportSpec{Dataset: ds, Format: yumen.FormatNDJSON}, nil,
		[]byte("{\"n\":9007199254740993}\n"), []byte("{\"s\":\"\",\"n\":2}\n"))
	got := answerOf[task.ImportAnswer](t, in, task.Import)
	if d := cmp.Diff(task.ImportAnswer{Rows: 2, Units: 2, NewUnits: 2}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"1", "9007199254740993", "∅"}, {"2", "2", ""}},
		table(t, in.Outputs[task.OutVersion].Bytes(), "SELECT * FROM FILE")); d != "" {
		t.Error(d)
	}
	if in.Outputs[task.OutUnits] != nil {
		t.Error("a dictionary of rows")
	}
	in = importOf(t, task.ImportSpec{Dataset: ds, Format: yumen.FormatNDJSON}, nil, []byte("{\"n\":1}\n"),
		[]byte("\n{\"n\":\"x\"}\n"))
	if got := answerOf[task.ImportAnswer](t, in, task.Import); len(got.Bad) != 1 || got.Bad[0].File != 2 ||
		got.Bad[0].Line != 2 {
		t.Errorf("place of the bad row: %+v", got.Bad)
	}
}

// Rows about nobody are numbered and count as no units.
func TestImportReferenceData(t *testing.T) {
	ds := yumen.Dataset{Unit: yumen.UnitSpec{Kind: yumen.UnitKindNone},
		Columns: []yumen.Column{{Name: "code", Type: yumen.TypeText}}}
	in := importOf(t, task.ImportSpec{Dataset: ds, Format: yumen.FormatNDJSON}, nil,
		[]byte("{\"code\":\"b\"}\n{\"code\":\"a\"}\n"))
	if d := cmp.Diff(task.ImportAnswer{Rows: 2}, answerOf[task.ImportAnswer](t, in, task.Import)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"1", "b"}, {"2", "a"}},
		table(t, in.Outputs[task.OutVersion].Bytes(), "SELECT * FROM FILE")); d != "" {
		t.Error(d)
	}
	if in.Outputs[task.OutUnits] != nil {
		t.Error("a dictionary of rows")
	}
}

func TestImportParquetConvertsWithoutLoss(t *testing.T) {
	one := func(typ yumen.Type) yumen.Dataset {
		return yumen.Dataset{Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow},
			Columns: []yumen.Column{{Name: "x", Type: typ, Nullable: true}}}
	}
	for _, c := range []struct {
		expr string
		typ  yumen.Type
		want string // value, "type" for a bad cell, or a kind
	}{
		{"5::TINYINT", yumen.TypeInteger, "5"}, {"5::UINTEGER", yumen.TypeInteger, "5"},
		{"9223372036854775808::UBIGINT", yumen.TypeInteger, "type"}, {"5::INTEGER", yumen.TypeDouble, "5"},
		{"9007199254740993::BIGINT", yumen.TypeDouble, "type"},
		{"5::INTEGER", "decimal(4,2)", "5.00"}, {"500::INTEGER", "decimal(4,2)", "type"},
		{"5::INTEGER", yumen.TypeText, "5"}, {"5::INTEGER", yumen.TypeDate, "invalid"},
		{"3.0::DOUBLE", yumen.TypeInteger, "3"}, {"3.5::DOUBLE", yumen.TypeInteger, "type"},
		{"1e300::DOUBLE", yumen.TypeInteger, "type"}, {"12.1::DOUBLE", "decimal(4,2)", "12.10"},
		{"12.123::DOUBLE", "decimal(4,2)", "type"},
		{"'NaN'::DOUBLE", yumen.TypeDouble, "type"}, {"'inf'::FLOAT", yumen.TypeInteger, "type"},
		{"0.5::FLOAT", yumen.TypeDouble, "0.5"}, {"0.5::DOUBLE", yumen.TypeText, "invalid"},
		{"1.50::DECIMAL(5,2)", "decimal(8,1)", "1.5"}, {"1.55::DECIMAL(5,2)", "decimal(8,1)", "type"},
		{"1.5::DECIMAL(5,2)", yumen.TypeInteger, "type"}, {"2::DECIMAL(5,2)", yumen.TypeInteger, "2"},
		{"DATE '2024-02-29'", yumen.TypeDate, "2024-02-29"},
		{"DATE '2024-02-29'", yumen.TypeTimestamp, "2024-02-29 00:00:00"}, {"'infinity'::DATE", yumen.TypeDate, "type"},
		{"DATE '10000-01-01'", yumen.TypeDate, "type"},
		{"TIMESTAMP '2024-02-29 00:00:00'", yumen.TypeDate, "2024-02-29"},
		{"TIMESTAMP '2024-02-29 01:00:00'", yumen.TypeDate, "type"},
		{"TIMESTAMP_MS '2024-02-29 01:00:00.5'", yumen.TypeTimestamp, "2024-02-29 01:00:00.500000"},
		{"TIMESTAMP_NS '2024-02-29 01:00:00.123456'", yumen.TypeTimestamp, "2024-02-29 01:00:00.123456"},
		{"TIMESTAMP_NS '2024-02-29 01:00:00.123456789'", yumen.TypeTimestamp, "type"},
		{"TIMESTAMPTZ '2024-02-29 01:00:00+00'", yumen.TypeTimestamp, "invalid"},
		{"'域门'", yumen.TypeText, "域门"}, {"'a' || chr(0)", yumen.TypeText, "type"},
		{"'5'", yumen.TypeInteger, "invalid"}, {"'a'::ENUM('a','b')", yumen.TypeText, "a"},
		{"true", yumen.TypeBoolean, "true"}, {"true", yumen.TypeInteger, "invalid"},
		{"[1]", yumen.TypeText, "invalid"}, {"'a'::BLOB", yumen.TypeText, "invalid"},
		{"NULL::INTEGER", yumen.TypeInteger, "∅"}, {"NULL::DOUBLE", yumen.TypeInteger, "∅"},
		{"NULL::TIMESTAMP", yumen.TypeDate, "∅"}, {"NULL::FLOAT", yumen.TypeDouble, "∅"},
	} {
		in := importOf(t, task.ImportSpec{Dataset: one(c.typ), Format: yumen.FormatParquet}, nil,
			mustRead(t, parquetOf(t, "SELECT "+c.expr+" AS \"X\"")))
		err := in.run(t, task.Import)
		got := string(yumen.KindOf(err))
		if err == nil {
			var a task.ImportAnswer
			_ = json.Unmarshal(in.Said, &a)
			if got = ""; len(a.Bad) == 1 {
				got = a.Bad[0].Rule
			} else if rows := table(t, in.Outputs[task.OutVersion].Bytes(), "SELECT x FROM FILE"); len(rows) == 1 {
				got = rows[0][0]
			}
		}
		if got != c.want {
			t.Errorf("%s as %s: %s, want %s (%v)", c.expr, c.typ, got, c.want, err)
		}
	}
}

func TestImportRefusesFiles(t *testing.T) {
	whole := mustRead(t, parquetOf(t,
		"SELECT 'a' || i AS 身份证号, '内科' AS dept, 1::DECIMAL(8,2) AS fee, DATE '2024-01-01' AS day FROM range(100000) t(i)"))
	flipped := bytes.Clone(whole)
	for i := 4; i < len(flipped)-5000; i += 97 {
		flipped[i] ^= 0x55
	}
	for _, c := range []struct {
		name   string
		format yumen.FileFormat
		file   []byte
		kind   yumen.ErrorKind
		say    string
	}{
		{"truncated parquet", yumen.FormatParquet, whole[:len(whole)/2], yumen.KindCorrupt, "truncated"},
		{"parquet without foot", yumen.FormatParquet, whole[:len(whole)-4], yumen.KindCorrupt, "truncated"},
		{"damaged parquet", yumen.FormatParquet, flipped, yumen.KindCorrupt, "damaged"},
		{"text as parquet", yumen.FormatParquet, []byte(visitsCSV), yumen.KindCorrupt, "no Parquet"},
		{"other parquet", yumen.FormatParquet, mustRead(t, parquetOf(t, "SELECT 1 AS dept, 2 AS feee")),
			yumen.KindInvalid, "missing"},
		{"parquet as text", yumen.FormatCSV, whole, yumen.KindInvalid, "Parquet"},
		{"header only", yumen.FormatCSV, []byte("身份证号,dept,fee,day\n"), yumen.KindInvalid, "no rows"},
		{"empty", yumen.FormatCSV, nil, yumen.KindInvalid, "empty"},
		{"empty ndjson", yumen.FormatNDJSON, nil, yumen.KindInvalid, "no rows"},
		{"empty parquet", yumen.FormatParquet, nil, yumen.KindCorrupt, "no Parquet"},
		{"parquet without rows", yumen.FormatParquet,
			mustRead(t, parquetOf(t,
				"SELECT 'a' AS 身份证号, 'b' AS dept, 1::DECIMAL(8,2) AS fee, NULL::DATE AS day WHERE false")),
			yumen.KindInvalid, "no rows"},
		{"wrong header", yumen.FormatCSV, []byte("身份证,dept,fee,day\n"), yumen.KindInvalid, "did you mean"},
		{"unknown format", "xlsx", nil, yumen.KindInvalid, "format"},
	} {
		in := importOf(t, task.ImportSpec{Dataset: persons(), Format: c.format}, nil, c.file)
		err := in.run(t, task.Import)
		if yumen.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want kind %s and %q", c.name, err, c.kind, c.say)
		}
		if len(in.Outputs) != 0 {
			t.Errorf("%s: wrote %d streams", c.name, len(in.Outputs))
		}
	}
}

// TestImportTakesAllRowsOrNone: with any mix of good and bad cells, exactly the rows that a plain reading of the
// catalog entry calls bad are counted, and either every row is stored or nothing is written.
func TestImportTakesAllRowsOrNone(t *testing.T) {
	cells := [][2][]string{ // good and bad spellings of each column
		{{"p1", "p2", " P1"}, {"", "  "}},
		{{"内科", "外科"}, {"", "急诊", "内科 "}},
		{{"", "0.1", "1000.00", "5"}, {"0.09", "1000.01", "1.234", "x", "1e2"}},
		{{"", "2024-02-29", "20240101"}, {"2023-02-29", "today"}},
	}
	rapid.Check(t, func(rt *rapid.T) {
		rows, bad := rapid.IntRange(1, 12).Draw(rt, "rows"), int64(0)
		lines := []string{"身份证号,dept,fee,day"}
		for range rows {
			var line []string
			wrong := false
			for _, c := range cells {
				kind := 0
				if rapid.IntRange(0, 40).Draw(rt, "luck") == 0 {
					kind, wrong = 1, true
				}
				line = append(line, rapid.SampledFrom(c[kind]).Draw(rt, "cell"))
			}
			if wrong {
				bad++
			}
			lines = append(lines, strings.Join(line, ","))
		}
		in := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatCSV}, nil,
			[]byte(strings.Join(lines, "\n")))
		got := answerOf[task.ImportAnswer](t, in, task.Import)
		if got.Rows != int64(rows) || got.BadTotal != bad || len(got.Bad) != int(bad) ||
			(len(in.Outputs) == 0) != (bad > 0) {
			rt.Fatalf("%d of %d bad, got %+v and %d streams", bad, rows, got, len(in.Outputs))
		}
	})
}

// TestImportSurvivesDamage: a Parquet file with a few bytes changed is refused with nothing written, or all its rows
// are taken; the engine neither crashes nor says what it read.
func TestImportSurvivesDamage(t *testing.T) {
	whole := mustRead(t, parquetOf(t,
		"SELECT 'a' || i AS 身份证号, '内科' AS dept, 1::DECIMAL(8,2) AS fee, DATE '2024-01-01' AS day FROM range(3000) t(i)"))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		bad, from := bytes.Clone(whole), 0
		if i%2 == 0 {
			from = len(bad) - 700 // the footer
		}
		for range 1 + r.IntN(4) {
			bad[from+r.IntN(len(bad)-from)] ^= byte(1 + r.IntN(255))
		}
		in := importOf(t, task.ImportSpec{Dataset: persons(), Format: yumen.FormatParquet}, nil, bad)
		err := in.run(t, task.Import)
		switch k := yumen.KindOf(err); {
		case err == nil && len(in.Outputs) == 2, err == nil && bytes.Contains(in.Said, []byte(`"bad_total":`)):
		case (k == yumen.KindCorrupt || k == yumen.KindInvalid) && len(in.Outputs) == 0:
		default:
			t.Errorf("damage %d: %v with %d streams", i, err, len(in.Outputs))
		}
	}
}

// realData is where public microdata lies beside the repository.
func realData(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../shared/data", path))
	if err != nil {
		t.Skip("the public data sets are not beside the repository (../shared/data)")
	}
	return data
}

func TestImportRealFiles(t *testing.T) {
	text := func(names ...string) (cols []yumen.Column) {
		for _, n := range names {
			cols = append(cols, yumen.Column{Name: strings.ReplaceAll(n, "-", "_"), Header: n, Type: yumen.TypeText})
		}
		return
	}
	ints := func(names ...string) (cols []yumen.Column) {
		for _, n := range names {
			cols = append(cols, yumen.Column{Name: n, Type: yumen.TypeInteger, Nullable: true})
		}
		return
	}
	adult := yumen.Dataset{Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow},
		Columns: append(ints("age"),
			text("sex", "race", "marital-status", "education", "native-country", "workclass", "occupation",
				"salary-class")...)}
	pums := yumen.Dataset{Unit: yumen.UnitSpec{Kind: "respondent", Column: "pid"},
		Columns: ints("age", "sex", "educ", "race", "income", "married", "pid")}
	pums.Columns[4].Type = "decimal(12,1)"
	t.Run("adult", func(t *testing.T) {
		in := importOf(t, task.ImportSpec{Dataset: adult, Format: yumen.FormatCSV}, nil, realData(t, "adult/adult.csv"))
		if d := cmp.Diff(task.ImportAnswer{Rows: 30162, Units: 30162, NewUnits: 30162},
			answerOf[task.ImportAnswer](t, in, task.Import)); d != "" {
			t.Error(d)
		}
	})
	t.Run("pums", func(t *testing.T) {
		for name, want := range map[string]task.ImportAnswer{"PUMS_pid": {Rows: 1000, Units: 1000, NewUnits: 1000},
			"PUMS_dup": {Rows: 1948, Units: 1000, NewUnits: 1000}} {
			in := importOf(t, task.ImportSpec{Dataset: pums, Format: yumen.FormatCSV}, nil,
				realData(t, "pums/"+name+".csv"))
			if d := cmp.Diff(want, answerOf[task.ImportAnswer](t, in, task.Import)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	})
	t.Run("airline", func(t *testing.T) {
		files := [][]byte{realData(t, "airline/flight_history_01.parquet"),
			realData(t, "airline/flight_history_02.parquet")}
		flights := yumen.Dataset{Unit: yumen.UnitSpec{Kind: "member", Column: "loyalty_number"},
			Columns: columnsOf(t, files[0])}
		in := importOf(t, task.ImportSpec{Dataset: flights, Format: yumen.FormatParquet}, nil, files...)
		got := answerOf[task.ImportAnswer](t, in, task.Import)
		if got.Rows != 325397+65755 || got.BadTotal != 0 {
			t.Errorf("%+v", got)
		}
		members := importOf(t,
			task.ImportSpec{Dataset: yumen.Dataset{Unit: flights.Unit,
				Columns: columnsOf(t, realData(t, "airline/members.parquet"))}, Format: yumen.FormatParquet},
			in.Outputs[task.OutUnits].Bytes(), realData(t, "airline/members.parquet"))
		if got := answerOf[task.ImportAnswer](t, members, task.Import); got.Rows != 16150 || got.Units != 16150 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("lfs", func(t *testing.T) {
		file := realData(t, "lfs/lfs_fr_50k.csv.gz")
		header := strings.Split(strings.TrimSpace(strings.Split(unzip(t, file), "\n")[0]), ",")
		lfs := yumen.Dataset{Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow}}
		for i, h := range header {
			lfs.Columns = append(lfs.Columns,
				yumen.Column{Name: fmt.Sprintf("c%d", i), Header: strings.Trim(h, `"`), Type: yumen.TypeText,
					Nullable: true})
		}
		in := importOf(t, task.ImportSpec{Dataset: lfs, Format: yumen.FormatCSV}, nil, file)
		if got := answerOf[task.ImportAnswer](t, in, task.Import); got.Rows != 50000 || got.BadTotal != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// columnsOf describes a Parquet file's columns in the catalog's types.
func columnsOf(t testing.TB, file []byte) (cols []yumen.Column) {
	t.Helper()
	e := free(t)
	r, err := e.query(t.Context(), "SELECT * FROM "+parquet(writeFile(t, "p", file)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	norm, err := newNormaliser(r.Schema(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range norm.schema.Fields() {
		typ, _ := typeOfField(f)
		cols = append(cols, yumen.Column{Name: f.Name, Type: typ, Nullable: true})
	}
	return cols
}
