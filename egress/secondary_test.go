package egress

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// hiddenIn returns the rows that are suppressed in a column after the remedy.
func hiddenIn(s Subject, column string) []int {
	var out []int
	for row := range s.Evidence.Groups {
		if slices.ContainsFunc(s.Fixes, func(x yumen.Fix) bool { return slices.Contains(x.Cells, yumen.Cell{Row: row + 1, Column: column}) }) {
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
					for r, g := range s.Evidence.Groups {
						if r == row || lineOf(s, r, d) != lineOf(s, row, d) {
							continue
						}
						if slices.Contains(rows, r) {
							alone = false
						} else if !slices.Contains(g.Empty, c.Name) {
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

// determined returns the suppressed rows of a column whose value follows exactly from the totals of all lines: those whose unit
// vector lies in the row space of the line equations, found by Gaussian elimination over the rationals. This is the attack itself,
// without any of the heuristics.
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

// In a dense table of two or three keys, each with two values or more and every cell with value, the remedy must leave nothing
// that the totals determine.
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
		Columns: []yumen.ArtifactColumn{{Name: "n", Kind: yumen.ColumnAggregate, Function: "count", Type: yumen.TypeInteger, Measure: 1}}}
	total := 1
	for d, n := range sizes {
		s.Columns = append(s.Columns, yumen.ArtifactColumn{Name: fmt.Sprint("key", d), Kind: yumen.ColumnKey, Type: yumen.TypeText})
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

// Turnover by region and industry as in the SDC handbook's table 4.1, completed to three by three: one cell of two respondents.
// The rectangle that costs fewest units goes with it.
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

// Two suppressed rectangles joined by one suppressed cell: every line has two suppressed cells or more, and yet the totals of
// two rows less those of two columns give the joint. Counting cells in lines is not enough.
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
			if is("n") && shown(row, "cost") && shown(row, "mean") || (is("cost") || is("mean")) && (shown(row, "cost") || shown(row, "mean")) {
				t.Fatalf("row %d: n suppressed %v, cost %v, mean %v", row+1, is("n"), is("cost"), is("mean"))
			}
		}
	})
}
