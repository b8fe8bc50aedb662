package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// sample has every form of value that the root types use.
type sample struct {
	Name    string             `yaml:"name"`
	Title   yumen.Text         `yaml:"title"`
	Grade   int                `yaml:"grade"`
	Rows    int64              `yaml:"rows"`
	Share   float64            `yaml:"share"`
	Open    bool               `yaml:"open"`
	Size    yumen.Size         `yaml:"size"`
	Wall    yumen.Duration     `yaml:"wall"`
	From    yumen.Day          `yaml:"from"`
	Bounds  *yumen.Bounds      `yaml:"bounds"`
	Domain  []string           `yaml:"domain"`
	Columns []sampleColumn     `yaml:"columns"`
	Uses    []yumen.Constraint `yaml:"uses"`
	Skipped string
}

type sampleColumn struct {
	Name string     `yaml:"name"`
	Type yumen.Type `yaml:"type"`
}

func TestDecode(t *testing.T) {
	in := "\uFEFF---\n# comment\nname: residents\ntitle: {en: Residents, zh: 居民}\ngrade: -3\nrows: 9007199254740993\nshare: 1e-3\nopen: true\nsize: 16 MiB\nwall: 90s\n" +
		"from: 2024-02-29\nbounds: {min: 0, max: 1.5}\ndomain: [1, 01, true, no, 2024-01-01, \"null\", ' ']\ncolumns:\n- name: 年龄\n  type: decimal(12,2)\n" +
		"uses: [filter, group: {min_k: 20}, aggregate: {functions: [count, sum], max_dominance: 0.5}]\n"
	want := sample{
		Name: "residents", Title: yumen.Text{EN: "Residents", ZH: "居民"}, Grade: -3, Rows: 9007199254740993,
		Share: 0.001, Open: true,
		Size: 16 << 20, Wall: yumen.Duration(90e9), From: "2024-02-29", Bounds: &yumen.Bounds{Max: 1.5},
		Domain:  []string{"1", "01", "true", "no", "2024-01-01", "null", " "},
		Columns: []sampleColumn{{"年龄", "decimal(12,2)"}},
		Uses: []yumen.Constraint{{Use: "filter"}, {Use: "group", MinK: 20},
			{Use: "aggregate", Functions: []string{"count", "sum"}, MaxDominance: 0.5}},
	}
	var got sample
	if err := Decode("a.yaml", []byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	goldentest.Run(t, "testdata/bad.txtar", func(file string, b []byte) error { return Decode(file, b, &sample{}) })
}

// What a text archive cannot hold.
func TestRefusedBytes(t *testing.T) {
	deep := strings.Repeat("[", 20_000)
	bomb := "a: &a [x,x,x,x]\n"
	for c := 'b'; c < 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1)
	}
	for _, c := range []struct{ name, in, rule, place string }{
		{"latin-1", "name: caf\xe9\n", "yaml.encoding", "a.yaml:1:10"},
		{"gb18030", "name: x\ntitle: \xb3\xc7\n", "yaml.encoding", "a.yaml:2:8"},
		{"utf-16", "\xff\xfen\x00a\x00m\x00e\x00", "yaml.encoding", "a.yaml:1:1"},
		{"control character", "name: 城\x01\n", "yaml.encoding", "a.yaml:1:8"},
		{"zero byte", "name: x\n\x00", "yaml.encoding", "a.yaml:2:1"},
		{"second byte order mark", "\uFEFF\uFEFFname: x", "yaml.encoding", "a.yaml:1:1"},
		{"too large", "name: " + strings.Repeat("x", maxBytes), "yaml.size", "a.yaml:1:1"},
		{"no byte", "", "yaml.empty", "a.yaml:1:1"},
		{"too deep", deep, "yaml.syntax", "a.yaml:1:1"},
		{"billion laughs", bomb, "yaml.alias", "a.yaml:1:4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e *yumen.Error
			if err := Decode("a.yaml", []byte(c.in), &sample{}); !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if r := e.Reasons[0]; r.Rule != c.rule || r.Place != c.place || e.Kind != yumen.KindInvalid {
				t.Errorf("got %s at %s; want %s at %s", r.Rule, r.Place, c.rule, c.place)
			}
		})
	}
}

func TestMaxReasons(t *testing.T) {
	var b bytes.Buffer
	for i := range maxReasons + 20 {
		fmt.Fprintf(&b, "zz%d: 1\n", i)
	}
	e := yumen.AsError(Decode("a.yaml", b.Bytes(), &sample{}))
	if len(e.Reasons) != maxReasons || !strings.Contains(e.Msg.EN, "120 reasons") {
		t.Errorf("%d reasons: %s", len(e.Reasons), e.Msg.EN)
	}
}

func TestPlaceAndRefuse(t *testing.T) {
	in := "nam: x\ngrade: high\ncolumns:\n- name: a\n  tyqe: text\n- {name: b, type: text}\nuses:\n- group:\n    min_k: 3\n- blah\n"
	var v sample
	d := Parse("a.yaml", []byte(in), &v)
	for _, c := range []struct {
		path []any
		want string
	}{
		{nil, "a.yaml:1:1"}, {[]any{"grade"}, "a.yaml:2:8"}, {[]any{"columns", 1, "type"}, "a.yaml:6:19"},
		{[]any{"columns", 1, "none"}, "a.yaml:6:3"},
		{[]any{"columns", 7}, "a.yaml:4:1"}, {[]any{"uses", 0, "group", "min_k"}, "a.yaml:9:12"},
		{[]any{"title"}, "a.yaml:1:1"},
	} {
		if got := d.Place(c.path...); got != c.want {
			t.Errorf("Place(%v) = %s; want %s", c.path, got, c.want)
		}
	}
	if v.Columns[1].Type != "text" || v.Uses[0].MinK != 3 {
		t.Errorf("well-formed parts were not read: %+v", v)
	}
	before := len(d.reasons)
	for _, path := range [][]any{{"name"}, {"grade"}, {"columns", 0, "type"}, {"uses", 1}, {"uses", 1, "x"}} {
		d.Missing(path...) // each follows from a reason that stands already
	}
	if len(d.reasons) != before {
		t.Errorf("added %+v", d.reasons[before:])
	}
	d.Missing("title")
	if e := yumen.AsError(d.Err()); len(e.Reasons) != before+1 || !d.Has("columns", 0, "tyqe") || d.Has("title") {
		t.Errorf("got %v", e)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: x", "a: [", "? : -", "- - - {\n0}0", "! !00 \xf6", "#\n - - QI\xd7", "a:\n.\n-",
		"{{},<<}", "a: &a *a", "uses: [{group: {min_k: 1}}, {}]", "title: {en: a, en: b}", "\"\\0\\\r\n",
		"bounds: {min: 1e999}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		err := Decode("a.yaml", b, &sample{})
		var e *yumen.Error
		if err == nil {
			return
		}
		if !errors.As(err, &e) || e.Kind != yumen.KindInvalid || e.Place == "" || len(e.Reasons) == 0 {
			t.Fatalf("%#v", err)
		}
		for _, r := range e.Reasons {
			var line, column int
			if n, _ := fmt.Sscanf(r.Place, "a.yaml:%d:%d", &line, &column); n != 2 || line < 1 || column < 1 ||
				line > bytes.Count(b, []byte("\n"))+bytes.Count(b, []byte("\r"))+bytes.Count(b, []byte("\u0085"))+
					bytes.Count(b, []byte("\u2028"))+bytes.Count(b, []byte("\u2029"))+1 {
				t.Fatalf("reason at %q of %d bytes: %+v", r.Place, len(b), r)
			}
			if r.Msg.EN == "" || r.Msg.ZH == "" || r.Rule == "" {
				t.Fatalf("incomplete reason %+v", r)
			}
		}
	})
}
