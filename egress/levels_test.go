package egress

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// people is a small population: the keys of each person, who has one row, and what it adds to a sum.
type people struct {
	keys  [][]int
	added []float64
}

func drawPeople(t *rapid.T, sizes []int) (p people) {
	cells := 1
	for _, n := range sizes {
		cells *= n
	}
	for cell := range cells {
		var keys []int
		for _, n := range sizes {
			keys, cell = append(keys, cell%n), cell/n
		}
		for range rapid.SampledFrom([]int{0, 1, 2, 4, 8, 12, 20, 30}).Draw(t, "people") {
			p.keys = append(p.keys, keys)
			p.added = append(p.added, float64(rapid.SampledFrom([]int{0, 1, 1, 2, 3, 20}).Draw(t, "added")))
		}
	}
	return p
}

// table is the table of cells of some levels, as the enclave measures it, and who is in each row.
func (p people) table(t *rapid.T, dims int, levels []yumen.Level) (s Subject, in [][]int) {
	s = Subject{Class: yumen.ClassAggregate, Risk: risk, K: 5, Cells: true}
	s.Risk.K, s.Risk.Rounding = 5, 1
	for d := range dims {
		direct := rapid.IntRange(0, 3).Draw(t, "direct") > 0
		s.Columns = append(s.Columns,
			yumen.ArtifactColumn{Name: fmt.Sprint("key", d), Kind: yumen.ColumnKey, Type: yumen.TypeInteger,
				Direct: direct})
	}
	s.Columns = append(s.Columns,
		yumen.ArtifactColumn{Name: "n", Kind: yumen.ColumnAggregate, Function: "count", Type: yumen.TypeInteger,
			Measure: 1, Adds: 1})
	if rapid.Bool().Draw(t, "a sum") {
		s.Columns = append(s.Columns,
			yumen.ArtifactColumn{Name: "x", Kind: yumen.ColumnAggregate, Function: "sum", Type: yumen.TypeDouble,
				Measure: 2, Adds: 3})
	}
	s.Columns = append(s.Columns,
		yumen.ArtifactColumn{Name: "level", Kind: yumen.ColumnLevel, Type: yumen.TypeText, Levels: levels})
	for _, l := range levels {
		rows := map[string]int{}
		for u, keys := range p.keys {
			place := slices.Clone(keys)
			for d := range place {
				if place[d]++; l.Totals>>d&1 == 1 {
					place[d] = 0
				}
			}
			row, ok := rows[fmt.Sprint(place)]
			if !ok {
				row = len(in)
				rows[fmt.Sprint(place)] = row
				in = append(in, nil)
				s.Evidence.Groups = append(s.Evidence.Groups, yumen.GroupEvidence{Keys: place, Totals: l.Totals})
			}
			in[row] = append(in[row], u)
		}
	}
	for row, units := range in {
		g := &s.Evidence.Groups[row]
		n := int64(len(units))
		var added []float64
		moving := int64(0)
		for _, u := range units {
			if added = append(added, p.added[u]); p.added[u] != 0 {
				moving++
			}
		}
		counted := make([]float64, n)
		for i := range counted {
			counted[i] = 1
		}
		g.Units, g.Rows = n, n
		sum := measure(added)
		sum.Units = min(moving, deviants(added))
		g.Measures = []yumen.MeasureEvidence{measure(counted), sum}
	}
	s.Evidence.Rows = int64(len(in))
	renumber(s.Evidence.Groups)
	return s, in
}

// deviants counts the values that are another than the most frequent one.
func deviants(x []float64) int64 {
	most, n := 0, map[float64]int{}
	for _, v := range x {
		n[v]++
		most = max(most, n[v])
	}
	return int64(len(x) - most)
}

func drawLevels(t *rapid.T, dims int) (levels []yumen.Level) {
	all := uint64(1)<<dims - 1
	shown := map[uint64]bool{}
	switch rapid.SampledFrom([]string{"rollup", "cube", "any"}).Draw(t, "levels") {
	case "rollup":
		for d := range dims + 1 {
			shown[all&^(1<<d-1)] = true
		}
	case "cube":
		for l := range all + 1 {
			shown[l] = true
		}
	default:
		for l := range all + 1 {
			shown[l] = rapid.Bool().Draw(t, "shown")
		}
	}
	for l := range all + 1 {
		if l == 0 || shown[l] {
			levels = append(levels, yumen.Level{Name: fmt.Sprint(l), Totals: l, Shown: shown[l]})
		}
	}
	return levels
}

// TestTotalsBesideParts holds, by exact elimination over random populations, that no sum of visible figures, with any
// factors, rests on fewer than k people, and none is a suppressed figure that they had to be suppressed for.
func TestTotalsBesideParts(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 3).Draw(t, "keys")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 4), dims, dims).Draw(t, "sizes")
		p := drawPeople(t, sizes)
		s, in := p.table(t, dims, drawLevels(t, dims))
		s = public(s)
		for range 2 {
			fs := Check(s)
			if Overall(fs) == yumen.VerdictBlock {
				t.Fatalf("blocked: %v", fs)
			}
			if len(Remedy(fs)) == 0 {
				break
			}
			s = apply(s, Remedy(fs))
		}
		if fs := Check(s); len(Remedy(fs)) > 0 {
			t.Fatalf("one round of fixes was not enough: %v", fs)
		}
		holdTogether(t, s, in, seen)
	})
	for _, what := range []string{"visible parts", "visible totals", "suppressed totals", "few people together"} {
		if seen[what] < 10 {
			t.Errorf("%s: %d", what, seen[what])
		}
	}
	t.Logf("%v", seen)
}

// holdTogether looks for a sum of visible rows over few people.
func holdTogether(t *rapid.T, s Subject, in [][]int, seen map[string]int) {
	shown := map[uint64]bool{}
	for _, l := range levelsOf(s.Columns) {
		shown[l.Totals] = l.Shown
	}
	var rows [][]int // of each visible row, which parts are in it
	var parts [][]int
	for row, g := range s.Evidence.Groups {
		if g.Totals == 0 {
			parts = append(parts, in[row])
		}
		if visible := len(g.Empty) == 0; visible && !shown[g.Totals] {
			t.Fatalf("row %d is of a level that is not shown", row)
		} else if g.Totals != 0 && !visible {
			seen["suppressed totals"]++
		}
	}
	for row, g := range s.Evidence.Groups {
		if len(g.Empty) > 0 {
			continue
		}
		if g.Totals == 0 {
			seen["visible parts"]++
		} else {
			seen["visible totals"]++
		}
		v := make([]int, len(parts))
		for i, of := range parts {
			if slices.Contains(in[row], of[0]) {
				v[i] = 1
			}
		}
		rows = append(rows, v)
	}
	rank := rankOf(rows)
	var few func(from, people int, out []bool)
	few = func(from, people int, out []bool) {
		if people > 0 {
			seen["few people together"]++
			var rest [][]int
			for _, v := range rows {
				r := []int{}
				for i, x := range v {
					if !out[i] {
						r = append(r, x)
					}
				}
				rest = append(rest, r)
			}
			if rankOf(rest) < rank {
				t.Fatalf("a sum of visible rows rests on %d people: parts %v\n%+v", people, out, s.Evidence.Groups)
			}
		}
		for i := from; i < len(parts); i++ {
			if n := people + len(parts[i]); n < s.K {
				out[i] = true
				few(i+1, n, out)
				out[i] = false
			}
		}
	}
	few(0, 0, make([]bool, len(parts)))
}

// rankOf is the rank of a matrix, computed with fractions.
func rankOf(rows [][]int) (rank int) {
	m := make([][]*big.Rat, len(rows))
	for i, r := range rows {
		for _, x := range r {
			m[i] = append(m[i], big.NewRat(int64(x), 1))
		}
	}
	if len(m) == 0 {
		return 0
	}
	for col := range m[0] {
		at := slices.IndexFunc(m[rank:], func(r []*big.Rat) bool { return r[col].Sign() != 0 })
		if at < 0 {
			continue
		}
		m[rank], m[rank+at] = m[rank+at], m[rank]
		for i := rank + 1; i < len(m); i++ {
			if m[i][col].Sign() == 0 {
				continue
			}
			factor := new(big.Rat).Quo(m[i][col], m[rank][col])
			for j := col; j < len(m[i]); j++ {
				m[i][j] = new(big.Rat).Sub(m[i][j], new(big.Rat).Mul(factor, m[rank][j]))
			}
		}
		if rank++; rank == len(m) {
			break
		}
	}
	return rank
}
