package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

var people = []Column{
	{"name", "姓名", yumen.TypeText}, {"age", "Age", yumen.TypeInteger}, {"pay", "pay", "decimal(8,2)"},
	{"born", "born", yumen.TypeDate}, {"ok", "ok", yumen.TypeBoolean},
}

// read gives each row as "row file:line fault | cells", nulls as ∅, and what stopped the reader.
func read(t testing.TB, cols []Column, opts Options, files ...string) ([]string, error) {
	t.Helper()
	var paths []string
	for i, f := range files {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(f), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	r, err := New(context.Background(), paths, cols, opts)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var rows []string
	for r.Next() {
		batch := r.RecordBatch()
		for i := range int(batch.NumRows()) {
			meta := func(c int) string { return batch.Column(c).ValueStr(i) }
			line := fmt.Sprintf("%s %s:%s %s", meta(0), meta(1), meta(2), meta(3))
			for _, col := range batch.Columns()[len(metaFields()):] {
				if col.IsNull(i) {
					line += "|∅"
				} else {
					line += "|" + string(arrowio.AppendCell(nil, col, i))
				}
			}
			rows = append(rows, line)
		}
		if err := array.ValidateRecordFull(batch); err != nil {
			t.Fatal(err)
		}
	}
	return rows, r.Err()
}

func TestCSV(t *testing.T) {
	const header = "姓名,Age,pay,born,ok\n"
	for _, c := range []struct {
		name, file string
		csv        yumen.CSVOptions
		want       []string
	}{
		{"plain", header + "赵,30,1.50,2024-02-29,true\n钱,,,,\n", yumen.CSVOptions{},
			[]string{"1 1:2 0|赵|30|1.50|2024-02-29|true", "2 1:3 0|钱|∅|∅|∅|∅"}},
		{"any order, any case, mark, CRLF, no last line end",
			"\xef\xbb\xbfok,AGE,姓名,born,Pay\r\nt,1,孙,20240101,2\r\nf,2,李,2024/01/01,3", yumen.CSVOptions{},
			[]string{"1 1:2 0|孙|1|2.00|2024-01-01|true", "2 1:3 0|李|2|3.00|2024-01-01|false"}},
		{"semicolons found out", "姓名;Age;\"pay\";born;ok\na,b;1;;;\n", yumen.CSVOptions{},
			[]string{"1 1:2 0|a,b|1|∅|∅|∅"}},
		{"tabs found out", "姓名\tAge\tpay\tborn\tok\na\t1\t\t\t\n", yumen.CSVOptions{}, []string{"1 1:2 0|a|1|∅|∅|∅"}},
		{"quotes over lines", header + "\"a\r\nb\"\"c\",1,,,\n\n\"d\",\"2\",\"\",,\n", yumen.CSVOptions{},
			[]string{"1 1:2 0|a\r\nb\"c|1|∅|∅|∅", "2 1:5 0|d|2|∅|∅|∅"}},
		{"own quote", header + "'a,''b',1,,,\n\"c\",2,,,\n", yumen.CSVOptions{Quote: "'"},
			[]string{"1 1:2 0|a,'b|1|∅|∅|∅", "2 1:3 0|\"c\"|2|∅|∅|∅"}},
		{"no header", "a,1,,,\nb,2,,,\n", yumen.CSVOptions{NoHeader: true},
			[]string{"1 1:1 0|a|1|∅|∅|∅", "2 1:2 0|b|2|∅|∅|∅"}},
		{"nulls", header + "NA,NA,-,,\n", yumen.CSVOptions{Null: []string{"NA", "-"}}, []string{"1 1:2 0|∅|∅|∅|∅|∅"}},
		{"types", header + "a,x,,,\nb,1,1.234,,\nc,1,,2024-02-30,\nd,1,,,maybe\ne,1 ,,,\n", yumen.CSVOptions{},
			[]string{
				"1 1:2 2|a|∅|∅|∅|∅", "2 1:3 3|b|1|∅|∅|∅", "3 1:4 4|c|1|∅|∅|∅", "4 1:5 5|d|1|∅|∅|∅",
				"5 1:6 2|e|∅|∅|∅|∅"}},
		{"cells", header + "a,1\nb,1,,,,\nc,2,,,\n", yumen.CSVOptions{},
			[]string{"1 1:2 -1|∅|∅|∅|∅|∅", "2 1:3 -1|∅|∅|∅|∅|∅", "3 1:4 0|c|2|∅|∅|∅"}},
		{"stray quotes", header + "a\"b,1,,,\n\"a\"b,1,,,\n\"a,1,,,\nb,2,,,\n", yumen.CSVOptions{},
			[]string{"1 1:2 -3|∅|∅|∅|∅|∅", "2 1:3 -3|∅|∅|∅|∅|∅", "3 1:4 -3|∅|∅|∅|∅|∅"}},
		{"encoding", header + "\xd5\xd4,1,,,\na\x00,1,,,\nb,2,,,\n", yumen.CSVOptions{},
			[]string{"1 1:2 -2|∅|∅|∅|∅|∅", "2 1:3 -2|∅|∅|∅|∅|∅", "3 1:4 0|b|2|∅|∅|∅"}},
		{"gb18030", gb(t, header) + gb(t, "赵㐀𠀀,1,,,\n") + "\xff\xff,2,,,\n\x81\x30\n",
			yumen.CSVOptions{Encoding: "GB18030"},
			[]string{"1 1:2 0|赵㐀𠀀|1|∅|∅|∅", "2 1:3 -2|∅|∅|∅|∅|∅", "3 1:4 -2|∅|∅|∅|∅|∅"}},
		{"gzip", zipped(t, header+"a,1,,,\n"), yumen.CSVOptions{}, []string{"1 1:2 0|a|1|∅|∅|∅"}},
		{"header only", header, yumen.CSVOptions{}, nil},
	} {
		got, err := read(t, people, Options{Format: yumen.FormatCSV, CSV: c.csv}, c.file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestNDJSON(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"plain", `{"姓名":"赵","Age":30,"pay":1.50,"born":"2024-02-29","ok":true}`, "0|赵|30|1.50|2024-02-29|true"},
		{"spaces, order, missing keys, CRLF", " { \"Age\" : 1 , \"姓名\" : \"a\" } \r\n", "0|a|1|∅|∅|∅"},
		{"null and empty", `{"姓名":"","Age":null,"pay":""}`, "0||∅|∅|∅|∅"},
		{"numbers as strings", `{"Age":"30","pay":"1.5"}`, "0|∅|30|1.50|∅|∅"},
		{"all digits", `{"Age":9007199254740993}`, "0|∅|9007199254740993|∅|∅|∅"},
		{"escapes", `{"\u59d3名":"a\"\\\n\ud840\udc00"}`, "0|a\"\\\n𠀀|∅|∅|∅|∅"},
		{"half a pair", `{"姓名":"\ud840"}`, "-2|∅|∅|∅|∅|∅"},
		{"nul", `{"姓名":"\u0000"}`, "-2|∅|∅|∅|∅|∅"},
		{"number in text", `{"姓名":7}`, "1|∅|∅|∅|∅|∅"},
		{"float in integer", `{"Age":1.0}`, "2|∅|∅|∅|∅|∅"},
		{"exponent in integer", `{"Age":1e2}`, "2|∅|∅|∅|∅|∅"},
		{"boolean in integer", `{"Age":true}`, "2|∅|∅|∅|∅|∅"},
		{"number in boolean", `{"ok":1}`, "5|∅|∅|∅|∅|∅"},
		{"nested", `{"姓名":{"a":[1,"}"]},"Age":1}`, "1|∅|∅|∅|∅|∅"},
		{"unknown key", `{"name":"a"}`, "-1|∅|∅|∅|∅|∅"},
		{"key twice", `{"Age":1,"Age":2}`, "-1|∅|∅|∅|∅|∅"},
		{"array", `[1]`, "-4|∅|∅|∅|∅|∅"},
		{"cut", `{"Age":1`, "-4|∅|∅|∅|∅|∅"},
		{"two objects", `{"Age":1} {"Age":2}`, "-4|∅|∅|∅|∅|∅"},
		{"leading zero", `{"Age":01}`, "-4|∅|∅|∅|∅|∅"},
		{"deep", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), "-4|∅|∅|∅|∅|∅"},
		{"empty object", `{}`, "0|∅|∅|∅|∅|∅"},
	} {
		got, err := read(t, people, Options{Format: yumen.FormatNDJSON}, c.file+"\n\n")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff([]string{"1 1:1 " + c.want}, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestSeveralFiles(t *testing.T) {
	got, err := read(t, people[:2], Options{Format: yumen.FormatCSV}, "姓名,Age\na,1\n", "Age,姓名\n2,b\n\n3,c\n")
	if d := cmp.Diff([]string{"1 1:2 0|a|1", "2 2:2 0|b|2", "3 2:4 0|c|3"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	_, err = read(t, people[:2], Options{Format: yumen.FormatCSV}, "姓名,Age\na,1\n", "")
	if yumen.KindOf(err) != yumen.KindInvalid || yumen.AsError(err).Place != "source2" {
		t.Errorf("second file empty: %v", err)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	whole := zipped(t, "姓名,Age\n"+strings.Repeat("abc,1\n", 10000))
	broken := whole[:100] + "\xff\xff\xff\xff" + whole[104:]
	for _, c := range []struct {
		name, file string
		opts       Options
		kind       yumen.ErrorKind
		say        string
	}{
		{"empty", "", Options{Format: yumen.FormatCSV}, yumen.KindInvalid, "empty"},
		{"only a mark", "\xef\xbb\xbf", Options{Format: yumen.FormatCSV}, yumen.KindInvalid, "empty"},
		{"UTF-16", "\xff\xfea\x00", Options{Format: yumen.FormatCSV}, yumen.KindInvalid, "UTF-16"},
		{"Parquet", "PAR1....", Options{Format: yumen.FormatCSV}, yumen.KindInvalid, "Parquet"},
		{"workbook", "PK\x03\x04...", Options{Format: yumen.FormatNDJSON}, yumen.KindInvalid, "ZIP"},
		{"cut gzip", whole[:len(whole)/2], Options{Format: yumen.FormatCSV}, yumen.KindCorrupt, "gzip"},
		{"broken gzip", broken, Options{Format: yumen.FormatCSV}, yumen.KindCorrupt, "gzip"},
		{"gzip head only", "\x1f\x8b", Options{Format: yumen.FormatCSV}, yumen.KindCorrupt, "gzip"},
		{"bomb", zipped(t, "姓名,Age\n"+strings.Repeat("a,1\n", 1<<20)),
			Options{Format: yumen.FormatCSV, MaxBytes: 1 << 20}, yumen.KindLimit, "1MiB"},
		{"endless line", "姓名,Age\n" + strings.Repeat("x", maxLine+bufferSize), Options{Format: yumen.FormatCSV},
			yumen.KindLimit, "line 2"},
		{"header", "王小明,age,age,\"born\"\n", Options{Format: yumen.FormatCSV}, yumen.KindInvalid,
			"header 1 is no column"},
		{"header quote", "姓名,\"Age\n", Options{Format: yumen.FormatCSV}, yumen.KindInvalid, "line 1"},
		{"format", "", Options{Format: yumen.FormatParquet}, yumen.KindInvalid, "format"},
		{"encoding", "", Options{Format: yumen.FormatCSV, CSV: yumen.CSVOptions{Encoding: "latin1"}}, yumen.KindInvalid,
			"encoding"},
		{"delimiter", "", Options{Format: yumen.FormatCSV, CSV: yumen.CSVOptions{Delimiter: "||"}}, yumen.KindInvalid,
			"delimiter"},
		{"delimiter is quote", "", Options{Format: yumen.FormatCSV, CSV: yumen.CSVOptions{Delimiter: "'", Quote: "'"}},
			yumen.KindInvalid, "same"},
	} {
		_, err := read(t, people[:2], c.opts, c.file)
		if yumen.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want kind %s and %q", c.name, err, c.kind, c.say)
		}
		if err != nil && strings.Contains(err.Error(), "王小明") {
			t.Errorf("%s: the error repeats the file: %v", c.name, err)
		}
	}
}

// TestCSVAgainstStandardLibrary: whatever the standard library writes as CSV comes back cell by cell.
func TestCSVAgainstStandardLibrary(t *testing.T) {
	cols := []Column{{"a", "a", yumen.TypeText}, {"b", "b", yumen.TypeText}}
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(rapid.StringMatching(`[a-z域 ,;"'\n\t-]{1,6}`), 2, 2)).Draw(rt, "rows")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.UseCRLF = rapid.Bool().Draw(rt, "crlf")
		if err := w.WriteAll(append([][]string{{"a", "b"}}, rows...)); err != nil {
			rt.Fatal(err)
		}
		got, err := read(t, cols, Options{Format: yumen.FormatCSV, CSV: yumen.CSVOptions{Delimiter: ","}},
			file.String())
		if err != nil || len(got) != len(rows) {
			rt.Fatalf("%d of %d rows: %v", len(got), len(rows), err)
		}
		for i, r := range rows {
			_, cells, _ := strings.Cut(got[i], "|")
			if strings.ReplaceAll(cells, "\r\n", "\n") != r[0]+"|"+r[1] {
				rt.Fatalf("%q became %q", r, cells)
			}
		}
	})
}

// FuzzIntake: any bytes give rows with a place and either typed cells or a fault, or an error of a known kind; never a
// panic, and the same again the second time.
func FuzzIntake(f *testing.F) {
	f.Add([]byte("姓名,Age,pay,born,ok\n\"a\"\"\n\",1,2.5,2024-01-01,t\n"), byte(0))
	f.Add([]byte(`{"姓名":"a\u00e9","Age":1}`+"\n"), byte(1))
	f.Add([]byte("a\t1\t\t\t\n\"\n"), byte(2))
	f.Add([]byte("\x81\x30\x81\x30,1,,,\n"), byte(4))
	f.Add([]byte(zipped(f, "姓名,Age,pay,born,ok\n")), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, mode byte) {
		opts := Options{Format: yumen.FormatCSV, MaxBytes: 1 << 20}
		if mode&1 != 0 {
			opts.Format = yumen.FormatNDJSON
		}
		opts.CSV.NoHeader = mode&2 != 0
		if mode&4 != 0 {
			opts.CSV.Encoding = gb18030
		}
		rows, err := read(t, people, opts, string(data))
		again, err2 := read(t, people, opts, string(data))
		if !cmp.Equal(rows, again) || (err == nil) != (err2 == nil) {
			t.Fatal("two readings differ")
		}
		switch yumen.KindOf(err) {
		case yumen.KindInvalid, yumen.KindCorrupt, yumen.KindLimit:
		default:
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func gb(t testing.TB, s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zipped(t testing.TB, s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func BenchmarkCSV(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("姓名,Age,pay,born,ok\n")
	for i := range 100000 {
		fmt.Fprintf(&file, "张三%d,%d,%d.%02d,2024-%02d-%02d,true\n", i, i%90, i%10000, i%100, i%12+1, i%28+1)
	}
	path := filepath.Join(b.TempDir(), "f")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		r, err := New(context.Background(), []string{path}, people, Options{Format: yumen.FormatCSV})
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
		}
		if r.Err() != nil || r.Rows() != 100000 {
			b.Fatal(r.Err(), r.Rows())
		}
		r.Release()
	}
}
