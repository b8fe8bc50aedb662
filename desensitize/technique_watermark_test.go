package desensitize

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/desensitize/watermark"
)

const markedCols = "id:text cost:decimal(12,2) days:integer weight:double born:date"

// markedRows makes a table of a size as a hospital extract has it.
func markedRows(n int) []string {
	r := rand.New(rand.NewPCG(7, 8))
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("p%06d|%d.%02d|%d|%.1f|19%02d-%02d-%02d", i, r.IntN(90000), r.IntN(100), r.IntN(400),
			40+r.Float64()*50,
			30+r.IntN(70), 1+r.IntN(12), 1+r.IntN(28))
	}
	return rows
}

var markParams = &technique.Watermark{Anchor: []string{"id"}, Key: "k"}

func marked(t testing.TB, rows []string, recipient string) []string {
	out, _ := desensitized(t, markedCols, 500, rows,
		"  - columns: [cost, days, weight, born]\n    watermark: {anchor: [id], key: k, recipient: "+recipient+"}")
	return out
}

func found(t testing.TB, columns string, rows []string, recipients ...string) []watermark.Evidence {
	t.Helper()
	e, err := DetectWatermark(t.Context(), reader(t, columns, 500, rows...), markParams,
		[]string{"cost", "days", "weight", "born"}, testKeys, recipients)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// survival is what becomes of a mark under an attack; the table of it is part of the documentation.
func survival(t testing.TB) string {
	rows := markedRows(2000)
	copyA, copyB := marked(t, rows, "A"), marked(t, rows, "B")
	r := rand.New(rand.NewPCG(9, 10))
	dropped := func(share float64) []string {
		return slices.DeleteFunc(slices.Clone(copyA), func(string) bool { return r.Float64() < share })
	}
	each := func(f func(c []string)) []string {
		out := make([]string, len(copyA))
		for i, row := range copyA {
			c := strings.Split(row, "|")
			f(c)
			out[i] = strings.Join(c, "|")
		}
		return out
	}
	reordered := func(c []string) { c[0], c[1], c[2], c[4] = c[4], c[2], c[0], c[1] }
	number := func(c []string, i int, f func(float64) float64, format string) {
		v, err := strconv.ParseFloat(c[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		c[i] = fmt.Sprintf(format, f(v))
	}
	shuffled := slices.Clone(copyA)
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	half := slices.DeleteFunc(each(reordered), func(string) bool { return r.Float64() < 0.5 })
	r.Shuffle(len(half), func(i, j int) { half[i], half[j] = half[j], half[i] })
	const other = "born:date days:integer id:text weight:double cost:decimal(12,2)"
	mixed := each(func([]string) {})
	for i := range mixed {
		if i%2 == 0 {
			mixed[i] = copyB[i]
		}
	}
	var b strings.Builder
	b.WriteString("| attack on a copy of 2,000 records, 4 marked columns | cells found | agree | p | recipient named |\n|---|---:|---:|---:|---|\n")
	for _, c := range []struct {
		name, columns string
		rows          []string
		found         bool
	}{
		{"none", markedCols, copyA, true},
		{"records in another order", markedCols, shuffled, true},
		{"columns in another order, 50 % of records dropped, the others shuffled", other, half, true},
		{"90 % of records dropped", markedCols, dropped(0.9), true},
		{"99 % of records dropped", markedCols, dropped(0.99), true},
		{"99.8 % of records dropped", markedCols, dropped(0.998), false},
		{"three of the four columns dropped, and half of the records", "id:text days:integer",
			slices.DeleteFunc(each(func(c []string) { c[1] = c[2] }), func(string) bool { return r.Float64() < 0.5 }),
			true},
		{"a random ±1 added to 30 % of the numbers of days and costs", markedCols, each(func(c []string) {
			for _, i := range []int{1, 2} {
				if r.Float64() < 0.3 {
					number(c, i, func(v float64) float64 { return v + float64(r.IntN(3)-1) },
						map[int]string{1: "%.2f", 2: "%.0f"}[i])
				}
			}
		}), true},
		{"every other record replaced by that of another recipient's copy", markedCols, mixed, true},
		{"costs, days and weights rounded to 10, dates dropped",
			"id:text cost:decimal(12,2) days:integer weight:double", each(func(c []string) {
				for _, i := range []int{1, 2, 3} {
					number(c, i, func(v float64) float64 { return math.Round(v/10) * 10 },
						map[int]string{1: "%.2f", 2: "%.0f", 3: "%.1f"}[i])
				}
			}), false},
		{"another anchor for every record", markedCols, each(func(c []string) { c[0] = "x" + c[0] }), false},
		{"no mark: the table before it was marked", markedCols, rows, false},
		{"no mark for this recipient: another's copy", markedCols, copyB, false},
	} {
		names := len(strings.Fields(c.columns))
		for i := range c.rows {
			c.rows[i] = strings.Join(strings.Split(c.rows[i], "|")[:names], "|")
		}
		e := found(t, c.columns, c.rows, "A")[0]
		if e.Found(100, 1e-6) != c.found {
			t.Errorf("%s: %+v", c.name, e)
		}
		p := fmt.Sprintf("%.1e", e.P)
		if e.P < 1e-100 {
			p = "below 1e-100"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s |\n", c.name, e.Cells, e.Agree, p,
			map[bool]string{true: "yes", false: "no"}[c.found])
	}
	return b.String()
}

func TestWatermarkMovesByOneResolution(t *testing.T) {
	rows := markedRows(300)
	got := marked(t, rows, "A")
	moved := 0
	for i := range rows {
		was, is := strings.Split(rows[i], "|"), strings.Split(got[i], "|")
		if was[0] != is[0] {
			t.Fatal("the anchor was marked")
		}
		for c := 1; c < 4; c++ {
			a, _ := strconv.ParseFloat(was[c], 64)
			b, _ := strconv.ParseFloat(is[c], 64)
			if d := math.Abs(a - b); d > 1.0000001 || b < 0 {
				t.Fatalf("%s became %s", was[c], is[c])
			} else if d > 0 {
				moved++
			}
		}
	}
	if share := float64(moved) / 900; share < 0.4 || share > 0.6 {
		t.Errorf("%.2f of the numbers moved, want half", share)
	}
	again := marked(t, got, "A")
	if diff := cmp.Diff(got, again); diff != "" {
		t.Error("marking twice moves again:", diff)
	}
}

func TestWatermarkEvery(t *testing.T) {
	rows := markedRows(1000)
	steps := "  - columns: [days]\n    watermark: {anchor: [id], key: k, recipient: A, every: 5}"
	out, rec := desensitized(t, markedCols, 500, rows, steps)
	if rec.Cells < 60 || rec.Cells > 145 { // 1000/5/2 = 100, five standard deviations
		t.Errorf("%d cells moved", rec.Cells)
	}
	p := *markParams
	p.Every = 5
	e, err := DetectWatermark(t.Context(), reader(t, markedCols, 500, out...), &p, []string{"days"}, testKeys,
		[]string{"A", "B"})
	if err != nil || e[0].Agree != e[0].Cells || !e[0].Found(2, 1e-6) || e[1].Found(2, 1e-6) ||
		e[0].Cells != e[1].Cells {
		t.Error(e, err)
	}
}

func TestWatermarkAtTheLimits(t *testing.T) {
	var rows []string
	for i := range 64 {
		rows = append(rows, fmt.Sprintf("a%d|9.99|9223372036854775807|0|9999-12-31", i),
			fmt.Sprintf("b%d|-9.99|-9223372036854775808|-0.2|0001-01-01", i), fmt.Sprintf("c%d|0.00|0|1e300|∅", i))
	}
	const columns = "id:text cost:decimal(3,2) days:integer weight:double born:date"
	got, _ := desensitized(t, columns, 50, rows,
		"  - columns: [cost, days, weight, born]\n    watermark: {anchor: [id], key: k, recipient: A, resolution: 1}")
	for i, row := range got {
		c := strings.Split(row, "|")
		if len(c[1]) > 5 || i%3 == 2 && (strings.HasPrefix(c[1], "-") || strings.HasPrefix(c[2], "-")) {
			t.Error(row)
		}
	}
	refused(t, "id:text n:integer", "  - columns: [n]\n    watermark: {anchor: [n], key: k, recipient: A}")
	refused(t, "id:text n:integer", "  - columns: [n]\n    watermark: {anchor: [id], key: k}")
	refused(t, "id:text n:integer",
		"  - columns: [n]\n    watermark: {anchor: [id], key: k, recipient: A, resolution: 0.5}")
	refused(t, "id:text n:decimal(2,1)",
		"  - columns: [n]\n    watermark: {anchor: [id], key: k, recipient: A, resolution: 5}")
	refused(t, "id:text n:text", "  - columns: [n]\n    watermark: {anchor: [id], key: k, recipient: A}")
}

// Without the mark, p is at most x in a share x of trials (it is a little conservative, being discrete). Wrong
// recipients stand for trials.
func TestWatermarkFalsePositives(t *testing.T) {
	rows := markedRows(120)
	recipients := make([]string, 4000)
	for i := range recipients {
		recipients[i] = strconv.Itoa(i)
	}
	below := map[float64]int{0.1: 0, 0.01: 0, 0.001: 0}
	for _, e := range found(t, markedCols, rows, recipients...) {
		for x := range below {
			if e.P <= x {
				below[x]++
			}
		}
	}
	for x, n := range below {
		mean := 4000 * x
		if float64(n) > mean+5*math.Sqrt(mean) {
			t.Errorf("p ≤ %g in %d of 4000 trials", x, n)
		}
	}
	if below[0.1] < 200 {
		t.Errorf("p ≤ 0.1 in %d of 4000 trials: the test says too little", below[0.1])
	}
	if testing.Verbose() {
		t.Log(below)
	}
}

func TestAnatomize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, l := range []int{2, 3, 4} {
		var rows []string
		for i := range 203 {
			rows = append(rows, fmt.Sprintf("%d|%s", i, []string{"a", "b", "c", "d", "e", "∅"}[r.IntN(6)]))
		}
		var side bytes.Buffer
		got, _ := desensitized(t, "n:integer illness:text", 50, rows,
			fmt.Sprintf("  - columns: [illness]\n    anatomize: {l: %d}", l),
			func(o *Options) { o.Side = func(string) (io.Writer, error) { return &side, nil } })
		size := map[string]int{}
		for i, row := range got {
			c := strings.Split(row, "|")
			if c[0] != strconv.Itoa(i) {
				t.Fatal("rows moved")
			}
			size[c[1]]++
		}
		values, total := map[string]int{}, map[string]int{}
		distinct := map[string]int{}
		for _, row := range read(t, &side) {
			c := strings.Split(row, "|")
			if c[2] != "1" {
				t.Errorf("group %s has a value %s times", c[0], c[2])
			}
			values[c[1]]++
			distinct[c[0]]++
			total[c[0]]++
		}
		for g, n := range size {
			if distinct[g] < l || total[g] != n {
				t.Errorf("l = %d: group %s has %d records, %d values", l, g, n, distinct[g])
			}
		}
		want := map[string]int{}
		for _, row := range rows {
			want[strings.Split(row, "|")[1]]++
		}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Error(diff)
		}
	}
	p := profile(t, "  - columns: [illness]\n    anatomize: {l: 2}")
	side := func(string) (io.Writer, error) { return full{}, nil }
	if _, err := Run(t.Context(), reader(t, "n:integer illness:text", 5, "1|a", "2|a", "3|b"), p, nil, &bytes.Buffer{},
		Options{Work: t.TempDir(), Side: side}); err == nil {
		t.Error("a value in two of three records was spread over groups of two")
	}
	refused(t, "n:integer illness:text", "  - columns: [illness]\n    anatomize: {l: 2}")
}

func TestGeo(t *testing.T) {
	const metresPerDegree = 111_320
	rows := []string{"31.230416|121.473701", "31.2305|121.4738", "-89.99999|179.9999", "90|-180", "91|0", "∅|5",
		"0.001|0.001"}
	got, rec := desensitized(t, "lat:double lon:double", 3, rows, "  - columns: [lat, lon]\n    geo: {grid: 1000}")
	if got[0] != got[1] || got[4] != "∅|∅" || got[5] != "∅|∅" || rec.Steps[0].Unfit != 3 {
		t.Error(got, rec.Steps[0])
	}
	for _, i := range []int{0, 1, 2, 3, 6} {
		was, is := strings.Split(rows[i], "|"), strings.Split(got[i], "|")
		y0, _ := strconv.ParseFloat(was[0], 64)
		y1, _ := strconv.ParseFloat(is[0], 64)
		x0, _ := strconv.ParseFloat(was[1], 64)
		x1, _ := strconv.ParseFloat(is[1], 64)
		dy := (y1 - y0) * metresPerDegree
		dx := (x1 - x0) * metresPerDegree * math.Cos(y0*math.Pi/180)
		if d := math.Hypot(dx, dy); d > 1000 {
			t.Errorf("%s moved by %.0f m to %s", rows[i], d, got[i])
		}
	}
	blurred, _ := desensitized(t, "lat:double lon:double", 500, slices.Repeat([]string{"31.230416|121.473701"}, 4000),
		"  - columns: [lat, lon]\n    geo: {grid: 10, blur: 500}")
	sum := 0.0
	for _, row := range blurred {
		c := strings.Split(row, "|")
		y, _ := strconv.ParseFloat(c[0], 64)
		x, _ := strconv.ParseFloat(c[1], 64)
		sum += math.Hypot((y-31.230416)*metresPerDegree,
			(x-121.473701)*metresPerDegree*math.Cos(31.230416*math.Pi/180)) / 4000
	}
	if sum < 940 || sum > 1060 { // mean 2·500, standard error 11
		t.Errorf("mean distance %.0f m, want 1000", sum)
	}
	refused(t, "lat:double lon:text", "  - columns: [lat, lon]\n    geo: {grid: 100}")
	refused(t, "lat:double lon:double", "  - columns: [lat]\n    geo: {grid: 100}")
	refused(t, "lat:double lon:double", "  - columns: [lat, lon]\n    geo: {grid: 1}")
}

func TestRedact(t *testing.T) {
	rows := []string{"请联系13812345678或11010519491231002X", "无", "∅"}
	got, rec := desensitized(t, "a:text", 2, rows, "  - columns: [a]\n    redact: {}")
	if diff := cmp.Diff([]string{"请联系【手机号】或【居民身份证号】", "无", "∅"}, got); diff != "" || rec.Cells != 1 {
		t.Error(diff)
	}
	got, _ = desensitized(t, "a:text", 2, rows,
		"  - columns: [a]\n    detectors: [mobile]\n    redact: {label: \"***\"}")
	if got[0] != "请联系***或11010519491231002X" {
		t.Error(got)
	}
	refused(t, "a:integer", "  - columns: [a]\n    redact: {}")
}

func TestWatermarkSurvives(t *testing.T) {
	if s := survival(t); testing.Verbose() {
		t.Log("\n" + s)
	}
}
