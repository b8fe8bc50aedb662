package catalog

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
	"pgregory.net/rapid"
)

func residents(t testing.TB) (yumen.Dataset, []byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/residents.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse("residents.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	return d, b
}

func TestParse(t *testing.T) {
	d, _ := residents(t)
	birth, _ := d.Column("birth")
	want := &yumen.Column{
		Name: "birth", Header: "出生日期", Title: yumen.Text{EN: "Date of birth", ZH: "出生日期"}, Type: yumen.TypeDate,
		Role: yumen.ColumnRoleQuasi, Grade: 3,
		Constraints: []yumen.Constraint{{Use: yumen.UseFilter}, {Use: yumen.UseBucket, Width: 3652.5},
			{Use: yumen.UseMask, Technique: "date_month"}},
	}
	if diff := cmp.Diff(want, birth); diff != "" {
		t.Error(diff)
	}
	if d.Name != "residents" || d.Unit != (yumen.UnitSpec{Kind: "person", Column: "id_no"}) || len(d.Columns) != 7 ||
		d.Update != yumen.FrequencyDaily ||
		d.Opening.Attribute != yumen.AttributeNever || d.Source.System != "人口信息管理系统" {
		t.Errorf("got %+v", d)
	}
}

// Duties 1 (WH10.2), 25 (XM18 XM17.1 XX33.2), 80 (WH17 WH23 YK17 YK28): an entry without what it must say, or without
// the ground for not sharing or opening, is refused.
func TestRefusals(t *testing.T) {
	goldentest.Run(t, "testdata/bad.txtar", func(file string, b []byte) error {
		_, err := Parse(file, b)
		return err
	})
}

// Reference data is accepted where all of it is public.
func TestReference(t *testing.T) {
	const list = "dataset: codes\ntitle: Codes\nprovider: City police\nsource: {system: registry}\nunit: {kind: none}\ncolumns:\n" +
		"  - {name: code, title: Code, type: text, role: plain, grade: 1, constraints: [join, plain]}\n" +
		"  - {name: weight, title: Weight, type: integer, role: measure, grade: 1, bounds: {min: 0, max: 9}, constraints: [filter, aggregate: {functions: [sum]}]}\n" +
		"sharing: {attribute: unconditional}\nopening: {attribute: unconditional}\nupdate: yearly\n"
	d, err := Parse("codes.yaml", []byte(list))
	if err != nil || !d.Reference() || !d.Unit.ByRow() {
		t.Errorf("%+v, %v", d.Unit, err)
	}
}

func TestDigest(t *testing.T) {
	d, b := residents(t)
	respelt := strings.Replace(strings.Replace(string(b), "max: 2000000", "max: 2.0e6", 1), "grade: 3", "grade: 3 # 三级",
		1)
	same, err := Parse("x.yaml", []byte(respelt))
	if err != nil || Digest(same) != Digest(d) {
		t.Errorf("spelling and comments change the digest: %v", err)
	}
	var stored yumen.Dataset
	if j, _ := json.Marshal(d); json.Unmarshal(j, &stored) != nil || Digest(stored) != Digest(d) {
		t.Error("storing changes the digest")
	}
	for what, change := range map[string]func(*yumen.Dataset){
		"grade":      func(d *yumen.Dataset) { d.Columns[0].Grade = 3 },
		"bounds":     func(d *yumen.Dataset) { d.Columns[4].Bounds = &yumen.Bounds{Max: 2000001} },
		"constraint": func(d *yumen.Dataset) { d.Columns[3].Constraints = d.Columns[3].Constraints[:1] },
		"title":      func(d *yumen.Dataset) { d.Title.ZH += "。" },
	} {
		changed, _ := residents(t)
		if change(&changed); Digest(changed) == Digest(d) {
			t.Errorf("a change of %s does not change the digest", what)
		}
	}
}

// A decimal is in the domain's type exactly if it is a multiple of 10^-scale below 10^(precision-scale); equal values
// have equal spellings.
func TestCanonicalDecimal(t *testing.T) {
	number := rapid.StringMatching(`-?0{0,2}[0-9]{1,6}(\.[0-9]{1,4}0{0,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 8).Draw(t, "precision")
		s := rapid.IntRange(0, p).Draw(t, "scale")
		v, w := number.Draw(t, "v"), number.Draw(t, "w")
		a, okA := canonicalDecimal(v, p, s)
		b, okB := canonicalDecimal(w, p, s)
		x, _ := new(big.Rat).SetString(v)
		y, _ := new(big.Rat).SetString(w)
		if want := fits(x, p, s); okA != want {
			t.Fatalf("%s in decimal(%d,%d): %v, want %v", v, p, s, okA, want)
		}
		if okA && okB && (a == b) != (x.Cmp(y) == 0) {
			t.Fatalf("%s and %s: %q, %q", v, w, a, b)
		}
	})
}

func fits(x *big.Rat, precision, scale int) bool {
	power := func(n int) *big.Rat {
		return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
	}
	return new(big.Rat).Mul(x, power(scale)).IsInt() && new(big.Rat).Abs(x).Cmp(power(precision-scale)) < 0
}

func TestCanonicalValue(t *testing.T) {
	for _, c := range []struct {
		typ  yumen.Type
		good string
		bad  string
	}{
		{yumen.TypeBoolean, "true false", "True 1 yes"},
		{yumen.TypeInteger, "0 -5 007 9223372036854775807", "1.0 1e3 9223372036854775808 x 0x1"},
		{yumen.TypeDouble, "0 -5.5 1e300", "inf NaN 1e999 x"},
		{yumen.TypeDate, "2024-02-29 1900-01-01", "2023-02-29 2024-1-1 20240101"},
		{yumen.TypeTimestamp, "2024-02-29T23:59:59 2024-02-29T23:59:59.123456",
			"2024-02-29 2024-02-29T24:00:01 2024-02-29T23:59:59Z"},
		{"decimal(4,2)", "12.34 -0.5 0012.340", "123.4 1.234 1e1 +1 .5 5."},
	} {
		for v := range strings.FieldsSeq(c.good) {
			if _, ok := canonicalValue(c.typ, v); !ok {
				t.Errorf("%s refuses %s", c.typ, v)
			}
		}
		for v := range strings.FieldsSeq(c.bad) {
			if _, ok := canonicalValue(c.typ, v); ok {
				t.Errorf("%s accepts %s", c.typ, v)
			}
		}
	}
}

// An entry that is accepted survives being stored; one that is refused is refused with a place for every reason.
func FuzzParse(f *testing.F) {
	_, good := residents(f)
	f.Add(good)
	a, err := txtar.ParseFile("testdata/bad.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range a.Files {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse("a.yaml", b)
		if err != nil {
			e := yumen.AsError(err)
			for _, r := range e.Reasons {
				if !strings.HasPrefix(r.Place, "a.yaml:") ||
					strings.Contains(r.Msg.EN+r.Msg.ZH+r.Fix.EN+r.Fix.ZH, "%!") {
					t.Fatalf("%+v", r)
				}
			}
			if e.Kind != yumen.KindInvalid || len(e.Reasons) == 0 {
				t.Fatalf("%#v", e)
			}
			return
		}
		j, err := json.Marshal(d)
		var stored yumen.Dataset
		if err != nil || json.Unmarshal(j, &stored) != nil || Digest(stored) != Digest(d) {
			t.Fatalf("%v: %s", err, j)
		}
	})
}
