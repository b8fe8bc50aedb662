package detect_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/desensitize/detect/corpus"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// The corpus that docs/detectors.md reports on.
const (
	seed  = 20260101
	cells = 24_000
)

// counts are of one type: finds that are right, finds that are not, and identifiers not found.
type counts struct{ right, wrong, missed int }

func (c counts) precision() float64 { return ratio(c.right, c.right+c.wrong) }
func (c counts) recall() float64    { return ratio(c.right, c.right+c.missed) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// evaluation is what detectors make of a corpus.
type evaluation struct {
	byType     map[detect.Type]counts
	byVariant  map[corpus.Variant]counts
	nearMisses int
}

func evaluate(all []corpus.Cell, find func(c corpus.Cell) []detect.Finding) evaluation {
	e := evaluation{byType: map[detect.Type]counts{}, byVariant: map[corpus.Variant]counts{}}
	for _, c := range all {
		if c.Type == "" {
			e.nearMisses++
		}
		hit := false
		for _, f := range find(c) {
			if f.Type == c.Type && f.Start < c.End && c.Start < f.End {
				hit = true
				continue
			}
			t := e.byType[f.Type]
			t.wrong++
			e.byType[f.Type] = t
		}
		e.count(c, hit)
	}
	return e
}

func (e evaluation) count(c corpus.Cell, hit bool) {
	if c.Type == "" {
		return
	}
	t, v := e.byType[c.Type], e.byVariant[c.Variant]
	if hit {
		t.right++
		v.right++
	} else {
		t.missed++
		v.missed++
	}
	e.byType[c.Type], e.byVariant[c.Variant] = t, v
}

// floor is what no type may fall below; those listed are known to be harder.
var floor = map[detect.Type]counts{detect.Name: {right: 80, wrong: 10, missed: 20}}

func TestPrecisionAndRecall(t *testing.T) {
	d := detect.New()
	all := corpus.Generate(seed, cells)
	e := evaluate(all, func(c corpus.Cell) []detect.Finding { return d.Find(c.Text, detect.HintOf(c.Column)) })
	if len(all) < 20_000 || e.nearMisses < 9_000 {
		t.Errorf("%d cells, %d near misses", len(all), e.nearMisses)
	}
	for _, about := range detect.Types {
		least, ok := floor[about.Type]
		if !ok {
			least = counts{right: 98, wrong: 2, missed: 2}
		}
		got := e.byType[about.Type]
		if got.right+got.missed < 500 || got.precision() < least.precision() || got.recall() < least.recall() {
			t.Errorf("%s: %d identifiers, precision %.3f, recall %.3f, want 500, %.3f, %.3f", about.Type,
				got.right+got.missed,
				got.precision(), got.recall(), least.precision(), least.recall())
		}
	}
	goldentest.File(t, "../../docs/detectors.md", page(e, len(all)))
}

// page writes docs/detectors.md.
func page(e evaluation, n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `# Detectors

Package `+"`desensitize/detect`"+` finds identifiers in cells. This page is generated from its table of types and from a run
over a generated corpus (`+"`desensitize/detect/corpus`"+`, seed %d, %d cells, %d of them near misses: wrong check digits,
impossible dates, versions, order numbers, words that begin with a surname and the like). The corpus is easier than life;
take the figures as an upper bound, and as a comparison between types.

## What is found, and how surely

A score is a degree of belief in [0,1], set by hand: *alone* by the form of the text, *known* where words around it or the
name of its column announce it. Nothing below %.1f is reported; a type whose score alone is lower is found where announced.
A find counts as right if it has the type and overlaps the identifier.

| type | what is looked for | alone | known | cells | precision | recall |
|---|---|---|---|---|---|---|
`, seed, n, e.nearMisses, detect.Threshold)
	for _, a := range detect.Types {
		c := e.byType[a.Type]
		fmt.Fprintf(&b, "| `%s` %s %s | %s | %.2f | %.2f | %d | %.1f %% | %.1f %% |\n", a.Type, a.Title.EN, a.Title.ZH,
			a.Form.EN, a.Alone, a.Known,
			c.right+c.missed, 100*c.precision(), 100*c.recall())
	}
	b.WriteString(`
## By the way it is written

| written | cells | recall |
|---|---|---|
`)
	for _, v := range variants {
		c := e.byVariant[v]
		fmt.Fprintf(&b, "| %s | %d | %.1f %% |\n", v, c.right+c.missed, 100*c.recall())
	}
	b.WriteString(`
An identifier split over two columns is looked for by the profile of a table, which reports it where most rows agree.
Base64 and hexadecimal digits are decoded once, up to 4,096 characters. Reversed numbers are recognized by their check
digit alone, bank cards only those of UnionPay.

## What is missed

Names that stand in running text unannounced, names with characters rare in names, and names that are words; a mobile
number without a word around it is any eleven digits of its form; a resident id of 15 digits has no check digit. Addresses
need a street or village and a number, or three levels. Identifiers of other countries are not looked for.
`)
	return []byte(b.String())
}

var variants = []corpus.Variant{corpus.Alone, corpus.Named, corpus.Announced, corpus.InText, corpus.FullWidth,
	corpus.Grouped, corpus.Numerals,
	corpus.Base64, corpus.Hex, corpus.Reversed, corpus.NoCheckDigit, corpus.Old}

// TestFindsAreSound holds, over the corpus, what every caller relies on: finds lie in the cell, in order, without
// overlap, and know their score.
func TestFindsAreSound(t *testing.T) {
	d := detect.New()
	for _, c := range corpus.Generate(7, 5_000) {
		checkSound(t, c.Text, d.Find(c.Text, detect.HintOf(c.Column)))
	}
}

func checkSound(t *testing.T, text string, found []detect.Finding) {
	t.Helper()
	last := 0
	for _, f := range found {
		if f.Start < last || f.End <= f.Start || f.End > len(text) || f.Score < detect.Threshold || f.Score > 1 {
			t.Fatalf("find %+v in a cell of %d bytes, after %d", f, len(text), last)
		}
		if _, ok := detect.Lookup(f.Type); !ok {
			t.Fatalf("unknown type %s", f.Type)
		}
		last = f.End
	}
}

func FuzzFind(f *testing.F) {
	for _, c := range corpus.Generate(3, 200) {
		f.Add(c.Text, c.Column)
	}
	f.Add("\xff１３８\xe4\xb8", "手机")
	d := detect.New()
	f.Fuzz(func(t *testing.T, text, column string) {
		checkSound(t, text, d.Find(text, detect.HintOf(column)))
		for _, f := range d.Find(text, ^detect.Hint(0)) {
			_ = text[f.Start:f.End]
		}
	})
}

// TestTypesFitTheVocabulary holds that every type can be masked and graded as the rest of the system knows it.
func TestTypesFitTheVocabulary(t *testing.T) {
	for _, a := range detect.Types {
		if a.Grade < 1 || a.Grade > 4 || a.Role != yumen.ColumnRoleIdentifier && a.Role != yumen.ColumnRoleQuasi ||
			a.Title.EN == "" || a.Title.ZH == "" {
			t.Errorf("%s: grade %d, role %s, title %v", a.Type, a.Grade, a.Role, a.Title)
		}
	}
}

// baseline is what the same forms cost as regular expressions, one per type, without check digits, words or disguises.
var baseline = []*regexp.Regexp{
	regexp.MustCompile(`\d{17}[\dXx]`), regexp.MustCompile(`[1-9A-Z]\d{7}[0-9A-Z]{10}`),
	regexp.MustCompile(`[0-9A-Z]{8}-[0-9X]`), regexp.MustCompile(`\d{13,19}`),
	regexp.MustCompile(`1[3-9]\d{9}`), regexp.MustCompile(`0\d{2,3}[- ]\d{7,8}`),
	regexp.MustCompile(`[EG][A-Z\d]\d{7}`), regexp.MustCompile(`[HMCWLT]\d{8,10}`),
	regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z\d]{5,6}`),
	regexp.MustCompile(`[\p{Han}]{2,}(路|街|道|村)\d+号`),
	regexp.MustCompile(`[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}`), regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}`),
	regexp.MustCompile(`([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}`),
	regexp.MustCompile(`[A-HJ-NPR-Z\d]{17}`), regexp.MustCompile(`\d{1,3}\.\d{4,}[, ]+\d{1,3}\.\d{4,}`),
	regexp.MustCompile(`AKIA[A-Z\d]{16}|eyJ[\w-]+\.eyJ[\w-]+\.`),
}

// BenchmarkFind measures cells per second over mixed cells: a table's, of which a quarter hold identifiers, and the
// corpus, of which half do.
func BenchmarkFind(b *testing.B) {
	for _, mix := range []struct {
		name  string
		cells []corpus.Cell
	}{{"table", tableCells()}, {"corpus", corpus.Generate(seed, 10_000)}} {
		hints := make([]detect.Hint, len(mix.cells))
		for i, c := range mix.cells {
			hints[i] = detect.HintOf(c.Column)
		}
		b.Run(mix.name, func(b *testing.B) {
			d := detect.New()
			n := 0
			for b.Loop() {
				d.Find(mix.cells[n%len(mix.cells)].Text, hints[n%len(hints)])
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mcells/s")
		})
		b.Run(mix.name+"/regexp", func(b *testing.B) {
			n := 0
			for b.Loop() {
				for _, re := range baseline {
					re.FindStringIndex(mix.cells[n%len(mix.cells)].Text)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mcells/s")
		})
	}
}

// tableCells are the rows of a hospital's extract: id, name, sex, age, date, department, diagnosis, amount, address,
// note.
func tableCells() []corpus.Cell {
	var ids, names, addresses []string
	for _, c := range corpus.Generate(5, 20_000) {
		switch {
		case c.Variant != corpus.Alone:
		case c.Type == detect.ResidentID:
			ids = append(ids, c.Text)
		case c.Type == detect.Name:
			names = append(names, c.Text)
		case c.Type == detect.Address:
			addresses = append(addresses, c.Text)
		}
	}
	var out []corpus.Cell
	for i := range 1_000 {
		row := []string{ids[i%len(ids)], names[i%len(names)], []string{"男", "女"}[i%2], fmt.Sprint(i % 90),
			fmt.Sprintf("2025-%02d-%02d", 1+i%12, 1+i%28),
			[]string{"心内科", "骨科", "急诊科"}[i%3], []string{"J18.9 肺炎", "I10 高血压", "E11.9 2型糖尿病"}[i%3],
			fmt.Sprintf("%d.%02d", i*37%9000, i%100),
			addresses[i%len(addresses)], []string{"", "复查血压正常，继续服药", "患者主诉头晕三天，无发热"}[i%3]}
		for c, text := range row {
			out = append(out, corpus.Cell{Column: []string{"c1", "c2", "sex", "age", "visited", "dept", "diagnosis",
				"fee", "c9", "note"}[c], Text: text})
		}
	}
	return out
}
