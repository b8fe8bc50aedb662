package desensitize

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// column picks one column of rows.
func column(rows []string, i int) []string {
	out := make([]string, len(rows))
	for r, row := range rows {
		out[r] = strings.Split(row, "|")[i]
	}
	return out
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func drawRows(t *rapid.T, least int) []string {
	var rows []string
	for i := range rapid.IntRange(least, 40).Draw(t, "rows") {
		n := rapid.SampledFrom([]string{"∅", "-7", "0", "3", "3", "12", "99", "12345"}).Draw(t, "n")
		g := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "g")
		rows = append(rows, fmt.Sprintf("%s|%s|v%d|%d.5", g, n, i, i%7))
	}
	return rows
}

const wholeCols = "g:text n:integer v:text x:double"

func TestPermuteKeepsTheMultiset(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt, 0)
		got, _ := desensitized(t, wholeCols, 7, rows, "  - columns: [n, v]\n    permute: {}")
		join := func(r []string) []string {
			out := make([]string, len(r))
			for i := range r {
				c := strings.Split(r[i], "|")
				out[i] = c[1] + "|" + c[2]
			}
			return sorted(out)
		}
		if diff := cmp.Diff(join(rows), join(got)); diff != "" {
			rt.Fatal("pairs changed:", diff)
		}
		if diff := cmp.Diff(column(rows, 0), column(got, 0)); diff != "" {
			rt.Fatal("another column changed:", diff)
		}
		got, _ = desensitized(t, wholeCols, 7, rows, "  - columns: [v]\n    permute: {within: [g]}")
		pair := func(r []string) []string {
			out := make([]string, len(r))
			for i := range r {
				c := strings.Split(r[i], "|")
				out[i] = c[0] + "|" + c[2]
			}
			return sorted(out)
		}
		if diff := cmp.Diff(pair(rows), pair(got)); diff != "" {
			rt.Fatal("values left their group:", diff)
		}
	})
	rows := make([]string, 1000)
	for i := range rows {
		rows[i] = strconv.Itoa(i)
	}
	got, rec := desensitized(t, "n:integer", 100, rows, "  - columns: [n]\n    permute: {}")
	if rec.Cells < 980 || cmp.Equal(rows, got) {
		t.Errorf("%d of 1000 cells moved", rec.Cells)
	}
}

func TestRankSwapStaysNear(t *testing.T) {
	n := 500
	rows := make([]string, n)
	for i := range rows {
		rows[i] = strconv.Itoa(i * 10)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	rows = append(rows, "∅")
	got, rec := desensitized(t, "n:integer", 64, rows, "  - columns: [n]\n    rank_swap: {percent: 4}")
	if diff := cmp.Diff(sorted(rows), sorted(got)); diff != "" {
		t.Fatal(diff)
	}
	for i := range n {
		was, _ := strconv.Atoi(rows[i])
		is, _ := strconv.Atoi(got[i])
		if d := math.Abs(float64(was-is)) / 10; d > 20 {
			t.Fatalf("moved by %g ranks, at most 20", d)
		}
	}
	if got[n] != "∅" || rec.Cells < 450 {
		t.Errorf("%d of 500 swapped", rec.Cells)
	}
	for _, typ := range []string{"date|2024-01-05|2024-03-01", "timestamp|2024-01-05 00:00:00|2024-03-01 10:00:00",
		"decimal(4,1)|1.5|-2.5"} {
		parts := strings.Split(typ, "|")
		got, _ := desensitized(t, "n:"+parts[0], 1, parts[1:], "  - columns: [n]\n    rank_swap: {percent: 100}")
		if got[0] != parts[2] || got[1] != parts[1] {
			t.Error(typ, got)
		}
	}
}

func TestPRAM(t *testing.T) {
	rows := make([]string, 20000)
	for i := range rows {
		rows[i] = []string{"a", "a", "a", "b"}[i%4]
	}
	got, _ := desensitized(t, "c:text", 1000, rows, "  - columns: [c]\n    pram: {retain: 0.8}")
	stayed, as := 0, 0
	for i := range rows {
		if got[i] == rows[i] {
			stayed++
		}
		if got[i] == "a" {
			as++
		}
	}
	// b stays with 0.8+0.2·¼, a with 0.8+0.2·¾: 0.925 together; frequencies stay ¾.
	if s := float64(stayed) / 20000; math.Abs(s-0.925) > 0.012 {
		t.Errorf("%.3f stayed, want 0.925", s)
	}
	if s := float64(as) / 20000; math.Abs(s-0.75) > 0.016 {
		t.Errorf("share of a is %.3f, want 0.75", s)
	}
}

func TestMicroaggregationGroupsHaveK(t *testing.T) {
	for _, method := range []string{"univariate", "mdav"} {
		rapid.Check(t, func(rt *rapid.T) {
			k := rapid.IntRange(2, 5).Draw(rt, "k")
			var rows []string
			for range rapid.IntRange(k, 60).Draw(rt, "rows") {
				rows = append(rows,
					fmt.Sprintf("%d|%d", rapid.IntRange(-50, 50).Draw(rt, "x"), rapid.IntRange(0, 9).Draw(rt, "y")))
			}
			got, _ := desensitized(t, "x:double y:double", 16, rows,
				fmt.Sprintf("  - columns: [x, y]\n    microaggregate: {k: %d, method: %s}", k, method))
			keys := got
			if method == "univariate" {
				keys = append(column(got, 0), prefixed(column(got, 1))...)
			}
			size := map[string]int{}
			for _, g := range keys {
				size[g]++
			}
			for g, n := range size {
				if n < k {
					rt.Fatalf("%s: the group %s has %d records, k is %d", method, g, n, k)
				}
			}
			for c := range 2 {
				if was, is := mean(column(rows, c)), mean(column(got, c)); math.Abs(was-is) > 1e-9 {
					rt.Fatalf("%s: the mean of column %d went from %g to %g", method, c, was, is)
				}
			}
		})
	}
}

func prefixed(s []string) []string {
	for i := range s {
		s[i] = "y" + s[i]
	}
	return s
}

func mean(s []string) float64 {
	sum := 0.0
	for _, v := range s {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			panic(err)
		}
		sum += f
	}
	return sum / float64(len(s))
}

func TestMicroaggregateBadInput(t *testing.T) {
	p := profile(t, "  - columns: [x]\n    microaggregate: {k: 5}")
	_, err := Run(t.Context(), reader(t, "x:double", 10, "1", "2"), p, nil, full{}, Options{Work: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "fewer than 5") {
		t.Error(err)
	}
	got, rec := desensitized(t, "x:double y:integer", 3, []string{"1|1", "∅|2", "3|3", "1|∅"},
		"  - columns: [x, y]\n    microaggregate: {k: 2}")
	if diff := cmp.Diff([]string{"2|2", "∅|∅", "2|2", "∅|∅"}, got); diff != "" || rec.Steps[0].Unfit != 2 {
		t.Error(diff, rec.Steps[0])
	}
	refused(t, "x:text", "  - columns: [x]\n    microaggregate: {k: 5}")
	refused(t, "x:double", "  - columns: [x]\n    microaggregate: {k: 1}")
}

func TestTopBottom(t *testing.T) {
	rows := []string{"1|1|1.00", "50|50|50.00", "99|99|99.99", "∅|∅|∅"}
	got, rec := desensitized(t, "n:integer x:double d:decimal(6,2)", 2, rows,
		"  - columns: [n, x, d]\n    top_bottom: {top: 60.5, bottom: 10.255}")
	if diff := cmp.Diff([]string{"11|10.255|10.26", "50|50|50.00", "60|60.5|60.50", "∅|∅|∅"}, got); diff != "" ||
		rec.Cells != 6 {
		t.Error(diff, rec.Cells)
	}
	rows = nil
	for i := range 100 {
		rows = append(rows, strconv.Itoa(i))
	}
	got, rec = desensitized(t, "n:integer", 30, rows, "  - columns: [n]\n    top_bottom: {percent: 5}")
	if got[0] != "5" || got[5] != "5" || got[94] != "94" || got[99] != "94" || rec.Cells != 10 {
		t.Error(got, rec.Cells)
	}
	refused(t, "n:integer", "  - columns: [n]\n    top_bottom: {percent: 50}")
	refused(t, "n:integer", "  - columns: [n]\n    top_bottom: {top: 1, bottom: 2}")
	refused(t, "n:integer", "  - columns: [n]\n    top_bottom: {top: 1, percent: 2}")
	refused(t, "n:text", "  - columns: [n]\n    top_bottom: {top: 1}")
}

func floats(t testing.TB, rows []string, c int) []float64 {
	var out []float64
	for _, s := range column(rows, c) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

func TestNoise(t *testing.T) {
	const n = 8000
	rows := make([]string, n)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range rows {
		x := r.NormFloat64() * 10
		rows[i] = fmt.Sprintf("%g|%g", x, 2*x+r.NormFloat64()*5)
	}
	x, y := floats(t, rows, 0), floats(t, rows, 1)
	sd := func(v []float64) float64 { return stat.StdDev(v, nil) }
	for _, c := range []struct {
		steps string
		sd    float64 // of the noise
	}{
		{"noise: {distribution: laplace, scale: 3}", 3 * math.Sqrt2},
		{"noise: {distribution: gaussian, scale: 3}", 3},
		{"noise: {distribution: laplace, relative: 0.5}", sd(x) / 2},
		{"noise: {distribution: gaussian, relative: 0.5}", sd(x) / 2},
		{"noise: {distribution: correlated, relative: 0.5}", sd(x) / 2},
	} {
		got, rec := desensitized(t, "x:double y:double", 1000, rows, "  - columns: [x, y]\n    "+c.steps)
		gx, gy := floats(t, got, 0), floats(t, got, 1)
		diff := make([]float64, n)
		for i := range diff {
			diff[i] = gx[i] - x[i]
		}
		// Five standard errors: of the sd, at most 0.056·sd for Laplace; of the mean, 0.056·sd.
		if s := sd(diff); math.Abs(s/c.sd-1) > 0.08 {
			t.Errorf("%s: standard deviation %.3f, want %.3f", c.steps, s, c.sd)
		}
		if m := mean(column(got, 0)) - mean(column(rows, 0)); math.Abs(m) > 0.06*c.sd {
			t.Errorf("%s: the mean moved by %g", c.steps, m)
		}
		was, is := stat.Correlation(x, y, nil), stat.Correlation(gx, gy, nil)
		if strings.Contains(c.steps, "correlated") && math.Abs(is-was) > 0.01 {
			t.Errorf("correlation went from %.3f to %.3f", was, is)
		}
		if rec.Cells != 2*n {
			t.Errorf("%s: %d cells changed", c.steps, rec.Cells)
		}
	}
	got, _ := desensitized(t, "n:integer", 2, []string{"1", "∅", "3"},
		"  - columns: [n]\n    noise: {distribution: laplace, scale: 100, min: 0, max: 4}")
	if got[1] != "∅" {
		t.Error(got)
	}
	for _, i := range []int{0, 2} {
		if v, err := strconv.Atoi(got[i]); err != nil || v < 0 || v > 4 {
			t.Error(got)
		}
	}
	refused(t, "n:integer", "  - columns: [n]\n    noise: {distribution: uniform, scale: 1}")
	refused(t, "n:integer", "  - columns: [n]\n    noise: {distribution: laplace, scale: 1, relative: 1}")
	refused(t, "n:integer", "  - columns: [n]\n    noise: {distribution: correlated, scale: 1}")
}

func TestRoundTable(t *testing.T) {
	rows := []string{"东|男|12", "东|女|8", "东|合计|20", "西|男|3", "西|女|1", "西|合计|4", "合计|男|15", "合计|女|9", "合计|合计|24"}
	got, _ := desensitized(t, "r:text s:text n:integer", 4, rows,
		"  - columns: [n]\n    round_table: {by: [r, s], base: 5, total: 合计}")
	n := map[string]int64{}
	for i, row := range got {
		c := strings.Split(row, "|")
		was, _ := strconv.ParseInt(strings.Split(rows[i], "|")[2], 10, 64)
		v, _ := strconv.ParseInt(c[2], 10, 64)
		if v%5 != 0 || v-was >= 5 || was-v >= 5 {
			t.Errorf("%s became %d", rows[i], v)
		}
		n[c[0]+c[1]] = v
	}
	if n["东男"]+n["东女"] != n["东合计"] || n["东男"]+n["西男"] != n["合计男"] || n["合计男"]+n["合计女"] != n["合计合计"] {
		t.Error("does not add up:", got)
	}
	for _, bad := range []string{"东|男|1,东|男|2", "∅|男|1", "东|男|∅"} {
		p := profile(t, "  - columns: [n]\n    round_table: {by: [r, s], base: 5}")
		if _, err := Run(t.Context(), reader(t, "r:text s:text n:integer", 4, strings.Split(bad, ",")...), p, nil,
			full{}, Options{Work: t.TempDir()}); err == nil {
			t.Error("taken:", bad)
		}
	}
	refused(t, "r:text n:integer", "  - columns: [n]\n    round_table: {by: [n], base: 5}")
	refused(t, "r:text n:double", "  - columns: [n]\n    round_table: {by: [r], base: 5}")
	refused(t, "r:text n:integer", "  - columns: [n]\n    round_table: {by: [r], base: 1}")
}

func TestSample(t *testing.T) {
	rows := make([]string, 5000)
	for i := range rows {
		rows[i] = fmt.Sprintf("u%d|%d", i%500, i)
	}
	got, rec := desensitized(t, "u:text n:integer", 100, rows, "  - sample: {rate: 0.2}")
	if len(got) < 858 || len(got) > 1142 { // five standard deviations
		t.Errorf("%d of 5000 kept at rate 0.2", len(got))
	}
	if rec.Steps[0].Rows != int64(5000-len(got)) {
		t.Error(rec.Steps[0])
	}
	got, _ = desensitized(t, "u:text n:integer", 100, rows, "  - sample: {size: 321}")
	if len(got) != 321 {
		t.Errorf("%d kept, want 321", len(got))
	}
	got, _ = desensitized(t, "u:text n:integer", 100, rows, "  - sample: {size: 9999}")
	if len(got) != 5000 {
		t.Errorf("%d kept of all", len(got))
	}
	got, _ = desensitized(t, "u:text n:integer", 100, rows, "  - sample: {rate: 0.2, unit: u, key: k}")
	units := map[string]int{}
	for _, row := range got {
		units[strings.Split(row, "|")[0]]++
	}
	for u, n := range units {
		if n != 10 {
			t.Errorf("unit %s has %d of its 10 records", u, n)
		}
	}
	if len(units) < 56 || len(units) > 144 {
		t.Errorf("%d of 500 units kept at rate 0.2", len(units))
	}
	refused(t, "u:text", "  - sample: {rate: 1}")
	refused(t, "u:text", "  - sample: {rate: 0.5, size: 3}")
	refused(t, "u:text", "  - sample: {rate: 0.5, unit: u}")
}
