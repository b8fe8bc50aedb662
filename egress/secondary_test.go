package egress

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// hiddenIn returns the rows that are suppressed in a column after the remedy.
func hiddenIn(s Subject, column string) []int {
	var out []int
	for row := range s.Evidence.Groups {
		if slices.Contains(s.Evidence.Groups[row].Empty, column) || slices.ContainsFunc(s.Fixes,
			func(x yumen.Fix) bool { return slices.Contains(x.Cells, yumen.Cell{Row: row + 1, Column: column}) }) {
			out = append(out, row)
		}
	}
	return out
}

// lineOf names the line of a row along a key.
func lineOf(s Subject, row, dim int) string {
	keys := slices.Clone(s.Evidence.Groups[row].Keys)
	keys[dim] = -1
	return fmt.Sprint(keys)
}

func TestNoSuppressedCellIsAloneInItsLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys"))
		s = apply(s, Remedy(Check(s)))
		for _, c := range s.Columns {
			rows := hiddenIn(s, c.Name)
			for _, row := range rows {
				for d := range s.Evidence.Groups[row].Keys {
					alone, others := true, 0
					for r := range s.Evidence.Groups {
						if r == row || lineOf(s, r, d) != lineOf(s, row, d) {
							continue
						}
						if slices.Contains(rows, r) {
							alone = false
						} else {
							others++
						}
					}
					if alone && others > 0 {
						t.Fatalf("row %d of %s is the only one suppressed along key %d", row+1, c.Name, d)
					}
				}
			}
		}
	})
}

// determined returns the suppressed rows of a column whose value follows exactly from the totals of all lines: those
// whose unit vector lies in the row space of the line equations, found by Gaussian elimination over the rationals.
// This is the attack itself, without any of the heuristics.
func determined(s Subject, column string) []int {
	rows := hiddenIn(s, column)
	lines := map[string][]*big.Rat{}
	for i, row := range rows {
		for d := range s.Evidence.Groups[row].Keys {
			name := fmt.Sprint(d, lineOf(s, row, d))
			if lines[name] == nil {
				lines[name] = make([]*big.Rat, len(rows))
				for j := range rows {
					lines[name][j] = new(big.Rat)
				}
			}
			lines[name][i].SetInt64(1)
		}
	}
	var m [][]*big.Rat
	for _, eq := range lines {
		m = append(m, eq)
	}
	var out []int
	for _, eq := range reduce(m, len(rows)) {
		only, n := 0, 0
		for j, v := range eq {
			if v.Sign() != 0 {
				only, n = j, n+1
			}
		}
		if n == 1 {
			out = append(out, rows[only])
		}
	}
	return out
}

// reduce brings a matrix into reduced row echelon form.
func reduce(m [][]*big.Rat, columns int) [][]*big.Rat {
	rank := 0
	for col := 0; col < columns && rank < len(m); col++ {
		pivot := slices.IndexFunc(m[rank:], func(r []*big.Rat) bool { return r[col].Sign() != 0 })
		if pivot < 0 {
			continue
		}
		m[rank], m[rank+pivot] = m[rank+pivot], m[rank]
		inverse := new(big.Rat).Inv(m[rank][col])
		for j := range m[rank] {
			m[rank][j].Mul(m[rank][j], inverse)
		}
		for i := range m {
			if factor := new(big.Rat).Set(m[i][col]); i != rank && factor.Sign() != 0 {
				for j := range m[i] {
					m[i][j].Sub(m[i][j], new(big.Rat).Mul(factor, m[rank][j]))
				}
			}
		}
		rank++
	}
	return m[:rank]
}

// In a dense table of two or three keys, each with two values or more and every cell with value, the remedy must
// leave nothing that the totals determine.
func TestTotalsDetermineNoSuppressedCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 3).Draw(t, "keys")
		sizes := rapid.SliceOfN(rapid.IntRange(2, 5), dims, dims).Draw(t, "sizes")
		s := dense(sizes, func() int64 { return rapid.Int64Range(0, 40).Draw(t, "units") })
		fixed := apply(s, Remedy(Check(s)))
		if rows := determined(fixed, "n"); len(rows) > 0 {
			t.Fatalf("rows %v follow from the totals; suppressed %v", rows, hiddenIn(fixed, "n"))
		}
	})
}

// The oracle must be able to fail: primary suppression alone is undone by it.
func TestPrimarySuppressionAloneIsUndone(t *testing.T) {
	at := 0
	s := dense([]int{4, 4}, func() int64 { at++; return []int64{3, 40}[min(at-1, 1)] })
	primary := finding(t, Check(s), "threshold.units").Fix
	if rows := determined(apply(s, []yumen.Fix{*primary}), "n"); !slices.Equal(rows, []int{0}) {
		t.Errorf("found rows %v, want the one suppressed", rows)
	}
}

// countOf is the evidence of a count of units with a row each.
func countOf(n int64) yumen.GroupEvidence {
	return yumen.GroupEvidence{Units: n, Rows: n, Measures: []yumen.MeasureEvidence{{Units: n, Share: 0.2, P: 9}}}
}

// dense makes a table of counts over keys of the given sizes.
func dense(sizes []int, units func() int64) Subject {
	s := Subject{Class: yumen.ClassAggregate, Risk: risk, K: 10,
		Columns: []yumen.ArtifactColumn{{Name: "n", Kind: yumen.ColumnAggregate, Function: "count",
			Type: yumen.TypeInteger, Measure: 1}}}
	total := 1
	for d, n := range sizes {
		s.Columns = append(s.Columns,
			yumen.ArtifactColumn{Name: fmt.Sprint("key", d), Kind: yumen.ColumnKey, Type: yumen.TypeText, Direct: true})
		total *= n
	}
	for i := range total {
		g := countOf(units())
		for _, n := range sizes {
			g.Keys, i = append(g.Keys, i%n), i/n
		}
		s.Evidence.Groups = append(s.Evidence.Groups, g)
	}
	s.Evidence.Rows = int64(total)
	return s
}

// Turnover by region and industry as in the SDC handbook's table 4.1, completed to three by three: one cell of two
// respondents. The rectangle that costs fewest units goes with it.
func TestHandbookTable(t *testing.T) {
	counts := []int64{
		12, 15, 20, // region 1: industries A, B, C
		2, 18, 25, // region 2
		30, 22, 17, // region 3
	}
	at := -1
	s := dense([]int{3, 3}, func() int64 { at++; return counts[at] })
	fs := Check(s)
	if got := places(finding(t, fs, "threshold.units").Fix.Cells); got != "4n" {
		t.Errorf("primary: %s", got)
	}
	// Corners of the cheapest rectangle with region 2, A: region 1, A (12) and B (15), region 2, B (18): 45 units.
	if got := places(finding(t, fs, "complement").Fix.Cells); got != "1n 2n 5n" {
		t.Errorf("secondary: %s, want 1n 2n 5n", got)
	}
}

// Which cells are suppressed shows, so it must not depend on what rounding takes away: where rounded counts and which
// cells are below the threshold, dominated or without value are the same, so is the pattern.
func TestPatternFollowsFromRoundedFigures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys"))
		s.K, s.Risk.Rounding = 10, rapid.SampledFrom([]int{5, 10, 20}).Draw(t, "base")
		other := s
		other.Evidence.Groups = slices.Clone(s.Evidence.Groups)
		a, b := newTable(s), newTable(other)
		base := int64(s.Risk.Rounding)
		rounded := func(n int64) int64 { return int64(math.Round(float64(n)/float64(base))) * base }
		for i := range other.Evidence.Groups {
			g := &other.Evidence.Groups[i]
			was := *g
			g.Measures = slices.Clone(g.Measures)
			n := max(0, rounded(g.Rows)-base/2+rapid.Int64Range(0, base).Draw(t, "other count"))
			g.Units, g.Rows, g.Measures[0].Units = n, n, n
			g.Measures[1].Units = max(0, n-rapid.Int64Range(0, 3).Draw(t, "others without"))
			if rounded(n) != rounded(was.Rows) || a.small(i, 0) != b.small(i, 0) || a.small(i, 1) != b.small(i, 1) {
				g.Units, g.Rows, g.Measures = was.Units, was.Rows, was.Measures
			}
		}
		one, two := finding(t, Check(s), "complement"), finding(t, Check(other), "complement")
		if diff := cmp.Diff(one.Fix, two.Fix); diff != "" || one.Value != two.Value {
			t.Fatalf("%s: %+v\n%s: %+v", one.Value, one.Fix, two.Value, two.Fix)
		}
	})
}

// at is a group of a table of two keys: key, key, units, and 1 where its cell was suppressed.
type at [4]int64

// sparse makes a table of counts over two keys, of which some groups have rows.
func sparse(cells ...at) Subject {
	s := dense([]int{1, 1}, func() int64 { return 50 })
	s.Evidence.Groups = nil
	var gone []yumen.Cell
	for i, c := range cells {
		g := countOf(c[2])
		g.Keys = []int{int(c[0]), int(c[1])}
		if c[3] == 1 {
			g.Empty, gone = []string{"n"}, append(gone, yumen.Cell{Row: i + 1, Column: "n"})
		}
		s.Evidence.Groups = append(s.Evidence.Groups, g)
	}
	s.Evidence.Rows = int64(len(cells))
	renumber(s.Evidence.Groups)
	if len(gone) > 0 {
		s.Round, s.Fixes = 1, []yumen.Fix{{Technique: yumen.TechniqueSuppress, Changed: len(gone), Cells: gone}}
	}
	return s
}

// Where lines of a sparse table leave nothing to suppress, the finding counts the cells in danger; where a longer way
// round than a rectangle protects them, it is taken.
func TestSparseTable(t *testing.T) {
	for _, c := range []struct {
		name  string
		s     Subject
		cells string // suppressed besides
		left  int    // in danger afterwards
	}{
		{"a rectangle", sparse(at{0, 0, 3}, at{0, 1, 40}, at{1, 0, 50}, at{1, 1, 60}), "2n 3n 4n", 0},
		{"six cells in a round", sparse(at{0, 0, 3}, at{0, 1, 40},
			at{1, 1, 50}, at{1, 2, 60}, at{2, 2, 70}, at{2, 0, 80}),
			"2n 3n 4n 5n 6n", 0},
		{"a way in between", sparse(at{0, 0, 3}, at{0, 1, 40}, at{1, 0, 50}, at{2, 1, 60}), "2n 3n 4n", 2},
		{"a cell that is a total", sparse(at{0, 0, 3}, at{1, 1, 50}, at{1, 2, 50}), "", 0},
		{"two rectangles and what joins them", sparse(at{0, 0, 9, 1}, at{0, 1, 50, 1}, at{1, 0, 50, 1},
			at{1, 1, 50, 1}, at{0, 2, 9, 1}, at{2, 2, 50, 1}, at{2, 3, 50, 1}, at{3, 2, 50, 1}, at{3, 3, 50, 1}), "",
			1},
	} {
		got := ""
		f := finding(t, Check(c.s), "complement")
		if f.Fix != nil {
			got = places(f.Fix.Cells)
			c.s = apply(c.s, Remedy(Check(c.s)))
			f = finding(t, Check(c.s), "complement")
		}
		want := yumen.VerdictPass
		if c.left > 0 {
			want = yumen.VerdictReview
		}
		if checkForm(t, f); got != c.cells || f.Count != c.left || f.Verdict != want {
			t.Errorf("%s: suppressed %q, %d in danger, %s; want %q, %d", c.name, got, f.Count, f.Verdict, c.cells,
				c.left)
		}
	}
}

// A key that the statement computes has a level that one person has: which store lost another cell for it would be
// hers.
func TestRareLevelShowsNoPlace(t *testing.T) {
	for _, direct := range []bool{false, true} {
		patterns := map[string]bool{}
		for store := range int64(4) {
			s := sparse(at{0, 0, 50}, at{1, 0, 60}, at{2, 0, 70}, at{3, 0, 80}, at{0, 2, 51}, at{1, 2, 61},
				at{2, 2, 71}, at{3, 2, 81}, at{store, 1, 1})
			s.Columns[2].Direct = direct
			fix := finding(t, Check(s), "complement").Fix
			patterns[places(slices.DeleteFunc(slices.Clone(fix.Cells), func(c yumen.Cell) bool { return c.Row == 9 }))] = true
		}
		if !direct && !maps.Equal(patterns, map[string]bool{"1n 2n 3n 4n": true}) || direct && len(patterns) < 2 {
			t.Errorf("a column as it is %v: %v", direct, patterns)
		}
	}
}

// Two keys that the statement computes each have levels of many, and one combination that one person has, as
// seat <= 499 and seat <= 500.
func TestRareCombinationShowsNoPlace(t *testing.T) {
	for _, direct := range []bool{false, true} {
		patterns := map[string]bool{}
		for store := range 4 {
			i := -1
			s := dense([]int{4, 2, 2}, func() int64 { i++; return 50 + int64(i) })
			s.Columns[2].Direct, s.Columns[3].Direct = direct, direct
			all := s.Evidence.Groups
			all[8+store].Units, all[8+store].Rows, all[8+store].Measures[0].Units = 1, 1, 1
			s.Evidence.Groups = slices.Concat(all[:4], all[12:], all[8+store:9+store])
			s.Evidence.Rows = 9
			fix := finding(t, Check(s), "complement").Fix
			others := slices.DeleteFunc(slices.Clone(fix.Cells), func(c yumen.Cell) bool { return c.Row == 9 })
			patterns[places(others)] = true
		}
		if !direct && !maps.Equal(patterns, map[string]bool{"1n 2n 3n 4n 5n 6n 7n 8n": true}) || direct && len(patterns) < 2 {
			t.Errorf("columns as they are %v: %v", direct, patterns)
		}
	}
}

// In any table, the cells that totals determine are among those that the finding counts, unless they are such a total
// themselves.
func TestDangerIsCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys"))
		s = apply(s, Remedy(Check(s)))
		f := finding(t, Check(s), "complement")
		counted := 0
		for _, c := range s.Columns {
			if c.Kind != yumen.ColumnAggregate {
				continue
			}
			for _, row := range determined(s, c.Name) {
				total := false
				for d := range s.Evidence.Groups[row].Keys {
					others := 0
					for r := range s.Evidence.Groups {
						if r != row && lineOf(s, r, d) == lineOf(s, row, d) {
							others++
						}
					}
					total = total || others == 0
				}
				if !total {
					counted++
				}
			}
		}
		if counted > f.Count || counted > 0 && !onlyInDanger(f) {
			t.Fatalf("totals determine %d cells, the finding counts %d: %s", counted, f.Count, f.Verdict)
		}
	})
}

func BenchmarkComplement(b *testing.B) {
	for _, sizes := range [][]int{{4900}, {70, 70}, {17, 17, 17}, {8, 8, 8, 8}} {
		b.Run(fmt.Sprint(sizes), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			s := dense(sizes, func() int64 { return []int64{3, 30, 40, 50, 60, 70, 80, 90, 100, 110}[r.IntN(10)] })
			for b.Loop() {
				Check(s)
			}
		})
	}
}

// Two suppressed rectangles joined by one suppressed cell: every line has two suppressed cells or more, and yet the
// totals of two rows less those of two columns give the joint. Counting cells in lines is not enough.
func TestJointOfTwoRectangles(t *testing.T) {
	small := []int{0, 1, 4, 5, 10, 11, 14, 15, 8} // of four by four, the first key running fastest
	at := -1
	s := dense([]int{4, 4}, func() int64 {
		if at++; slices.Contains(small, at) {
			return 9
		}
		return 30
	})
	fs := Check(s)
	primary := apply(s, []yumen.Fix{*finding(t, fs, "threshold.units").Fix})
	if rows := determined(primary, "n"); !slices.Equal(rows, []int{8}) {
		t.Fatalf("the totals determine %v before secondary suppression, want row 8", rows)
	}
	if rows := determined(apply(s, Remedy(fs)), "n"); len(rows) > 0 {
		t.Errorf("the totals determine %v after secondary suppression", rows)
	}
}

// A suppressed cell must not be computed from the others of its row: a total from the mean and the count.
func TestNoSuppressedCellFollowsFromItsRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys"))
		s = apply(s, Remedy(Check(s)))
		hidden := map[string][]int{}
		for _, c := range s.Columns {
			hidden[c.Name] = hiddenIn(s, c.Name)
		}
		shown := func(row int, column string) bool {
			return !slices.Contains(hidden[column], row) && !slices.Contains(s.Evidence.Groups[row].Empty, column)
		}
		for row := range s.Evidence.Groups {
			is := func(column string) bool { return slices.Contains(hidden[column], row) }
			if is("n") && shown(row, "cost") && shown(row, "mean") || is("cost") && shown(row, "n") &&
				shown(row, "mean") ||
				is("mean") && shown(row, "n") && shown(row, "cost") {
				t.Fatalf("row %d: n suppressed %v, cost %v, mean %v", row+1, is("n"), is("cost"), is("mean"))
			}
		}
	})
}
