package egress

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// enumerate returns the least and most of each suppressed cell over all assignments of whole numbers that are not
// negative and keep the total of every line: the attack itself, without flows, graphs or bounds.
func enumerate(s Subject, column string) map[int]interval {
	rows, left := hiddenIn(s, column), map[string]int64{}
	for _, row := range rows {
		for d := range s.Evidence.Groups[row].Keys {
			left[fmt.Sprint(d, lineOf(s, row, d))] += s.Evidence.Groups[row].Rows
		}
	}
	last := map[string]int{} // the last suppressed cell of each line has no choice
	for i, row := range rows {
		for d := range s.Evidence.Groups[row].Keys {
			last[fmt.Sprint(d, lineOf(s, row, d))] = i
		}
	}
	out, holds := map[int]interval{}, make([]int64, len(rows))
	var assign func(i int)
	assign = func(i int) {
		if i == len(rows) {
			for j, row := range rows {
				v, ok := out[row]
				if !ok {
					v = interval{row, holds[j], holds[j]}
				}
				out[row] = interval{row, min(v.low, holds[j]), max(v.high, holds[j])}
			}
			return
		}
		var lines []string
		from, to := int64(0), int64(1<<40)
		for d := range s.Evidence.Groups[rows[i]].Keys {
			line := fmt.Sprint(d, lineOf(s, rows[i], d))
			lines, to = append(lines, line), min(to, left[line])
			if last[line] == i {
				from = max(from, left[line])
			}
		}
		for v := from; v <= to; v++ {
			for _, line := range lines {
				left[line] -= v
			}
			holds[i] = v
			assign(i + 1)
			for _, line := range lines {
				left[line] += v
			}
		}
	}
	assign(0)
	return out
}

// randomCounts is a table of counts, a few of them below a threshold of 3, with or without gaps.
func randomCounts(t *rapid.T, dims, most int) Subject {
	sizes := rapid.SliceOfN(rapid.IntRange(2, most), dims, dims).Draw(t, "sizes")
	s := dense(sizes, func() int64 { return rapid.SampledFrom([]int64{0, 0, 1, 2, 3, 4, 5}).Draw(t, "count") })
	s.K, s.Risk.K, s.Risk.Rounding = 3, 3, 1
	if rapid.Bool().Draw(t, "gaps") {
		s.Evidence.Groups = slices.DeleteFunc(s.Evidence.Groups,
			func(yumen.GroupEvidence) bool { return rapid.IntRange(1, 4).Draw(t, "gap") == 1 })
		s.Evidence.Rows = int64(len(s.Evidence.Groups))
		renumber(s.Evidence.Groups)
	}
	return s
}

// Flows give the optimum of the linear programme, so what they say is what trying all whole numbers says, whether
// cells are suppressed as a rule says or anyhow.
func TestIntervalsAreThoseOfEnumeration(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		s := randomCounts(t, rapid.IntRange(1, 2).Draw(t, "keys"), 4)
		for i := range s.Evidence.Groups {
			if rapid.IntRange(0, 2).Draw(t, "suppressed") > 0 {
				s.Evidence.Groups[i].Empty = []string{"n"}
			}
		}
		got, _ := newTable(s).suppressor().intervals(0)
		want := enumerate(s, "n")
		if len(got) != len(want) {
			t.Fatalf("%d intervals, want %d", len(got), len(want))
		}
		for _, i := range got {
			if compared++; i != want[i.row] {
				t.Fatalf("row %d: %d to %d, enumeration %v", i.row+1, i.low, i.high, want[i.row])
			}
		}
	})
	if compared < 200 {
		t.Errorf("only %d intervals compared", compared)
	}
}

// After the fix, a cell below the threshold has an interval of k at least, in tables of one to three keys, dense and
// sparse, even for those who know all other cells below it, or it is among those that the finding counts.
func TestSmallCellsKeepAnInterval(t *testing.T) {
	protected := 0
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 3).Draw(t, "keys")
		s := randomCounts(t, dims, 5-dims)
		fs := Check(s)
		if Overall(fs) == yumen.VerdictBlock {
			t.Skip("not judged")
		}
		s = apply(s, Remedy(fs))
		f, table, narrow := finding(t, Check(s), "complement"), newTable(s), 0
		grid := newGrid(table.groups)
		for _, row := range hiddenIn(s, "n") {
			if !table.small(row, 0) || grid.isTotal(row) {
				continue
			}
			known := s
			known.Evidence.Groups = slices.Clone(s.Evidence.Groups)
			known.Fixes = nil
			for other := range s.Evidence.Groups {
				if other != row && table.small(other, 0) {
					known.Evidence.Groups[other].Empty = nil
				}
			}
			if len(hiddenIn(known, "n")) > 9 {
				t.Skip("too many to try all")
			}
			if protected++; enumerate(known, "n")[row].width() < int64(s.K) {
				narrow++
			}
		}
		if narrow > f.Count || narrow > 0 && !onlyInDanger(f) {
			t.Fatalf("%d cells have an interval narrower than %d, the finding counts %d: %s", narrow, s.K, f.Count, f.Verdict)
		}
	})
	if protected < 20 {
		t.Errorf("only %d cells looked at", protected)
	}
}

// Every line has two suppressed cells, one of them not small, and every suppressed cell is on a cycle, so none follows
// from the totals. Yet counts are not negative, and four zeros are known to be 5 at most.
func TestCyclesAreNotEnough(t *testing.T) {
	at, counts := -1, []int64{
		40, 0, 0, 60,
		50, 0, 5, 0,
		60, 40, 30, 40,
		50, 40, 30, 50,
	}
	s := dense([]int{4, 4}, func() int64 { at++; return counts[at] })
	cycles := s
	cycles.Evidence.Groups = slices.Clone(s.Evidence.Groups)
	for _, row := range []int{0, 1, 2, 3, 4, 5, 6, 7, 9, 10} {
		cycles.Evidence.Groups[row].Empty = []string{"n"}
	}
	if rows := determined(cycles, "n"); len(rows) > 0 {
		t.Errorf("totals determine %v", rows)
	}
	narrow := func(s Subject) (rows []int) {
		all, _ := newTable(s).suppressor().intervals(0)
		for _, i := range all {
			if newTable(s).small(i.row, 0) && i.width() < 10 {
				rows = append(rows, i.row)
			}
		}
		return rows
	}
	if got := narrow(cycles); !slices.Equal(got, []int{1, 2, 5, 6}) {
		t.Errorf("with cycles alone, rows %v have a narrow interval", got)
	}
	if got := narrow(apply(s, Remedy(Check(s)))); len(got) > 0 {
		t.Errorf("after the fix, rows %v have a narrow interval", got)
	}
}

// A sparse table of eight by eight in which every line of two suppressed cells seems safe, and one count follows: what
// remains in danger is counted, with the interval that can be derived.
func TestSparseEightByEight(t *testing.T) {
	// The joint (3,2) lies alone between a block of rows 0–1 and a block of rows 4–5.
	s := sparse(at{0, 0, 50}, at{0, 1, 9}, at{1, 0, 9}, at{1, 1, 58}, at{1, 2, 9}, at{2, 2, 61}, at{2, 3, 9}, at{3, 2, 34},
		at{3, 3, 48}, at{4, 4, 53}, at{5, 4, 30}, at{5, 5, 13}, at{6, 6, 26}, at{6, 7, 41}, at{7, 6, 22}, at{7, 7, 8})
	s = apply(s, Remedy(Check(s)))
	f := finding(t, Check(s), "complement")
	follows := determined(s, "n")
	if len(follows) == 0 || f.Verdict != yumen.VerdictReview || f.Count < len(follows) ||
		!strings.Contains(f.Msg.EN, "narrowest") {
		t.Errorf("totals determine %v; %s, %d in danger: %s", follows, f.Verdict, f.Count, f.Msg)
	}
}

// The audit of a table of fifty by fifty takes two seconds at most.
func TestAuditOfFiftyByFifty(t *testing.T) {
	c := fiftyByFifty()
	start := time.Now()
	all, ok := c.intervals(0)
	if took := time.Since(start); !ok || len(all) < 500 || took > 2*time.Second {
		t.Errorf("%d intervals in %v", len(all), took)
	}
}

func fiftyByFifty() *suppressor {
	r := rand.New(rand.NewPCG(1, 2))
	s := dense([]int{50, 50}, func() int64 { return []int64{3, 4, 0, 40, 50, 60, 70, 80, 90, 100}[r.IntN(10)] })
	return newTable(apply(s, Remedy(Check(s)))).suppressor()
}

func BenchmarkIntervals(b *testing.B) {
	c := fiftyByFifty()
	for b.Loop() {
		c.intervals(0)
	}
}
