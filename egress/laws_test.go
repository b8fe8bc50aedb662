package egress

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// drawTable draws an aggregate result over one to three keys, dense or with groups missing, some cells without value.
func drawTable(t *rapid.T, dims int) Subject {
	sizes := rapid.SliceOfN(rapid.IntRange(1, 5), dims, dims).Draw(t, "sizes")
	gaps := rapid.SampledFrom([]int{0, 0, 4}).Draw(t, "one group in so many is missing")
	s := Subject{Class: yumen.ClassAggregate, Risk: risk, K: 10, Columns: []yumen.ArtifactColumn{
		{Name: "n", Kind: yumen.ColumnAggregate, Function: "count", Type: yumen.TypeInteger, Measure: 1},
		{Name: "cost", Kind: yumen.ColumnAggregate, Function: "sum", Type: yumen.TypeDouble, Measure: 2},
		{Name: "mean", Kind: yumen.ColumnAggregate, Function: "avg", Type: yumen.TypeDouble, Measure: 2},
	}}
	for d := range dims {
		s.Columns = append(s.Columns,
			yumen.ArtifactColumn{Name: fmt.Sprint("key", d), Kind: yumen.ColumnKey, Type: yumen.TypeText, Direct: true})
	}
	total := 1
	for _, n := range sizes {
		total *= n
	}
	for i := range total {
		if gaps > 0 && rapid.IntRange(1, gaps).Draw(t, "missing") == 1 {
			continue
		}
		n := rapid.Int64Range(0, 40).Draw(t, "units")
		g := yumen.GroupEvidence{Units: n, Rows: n, Measures: []yumen.MeasureEvidence{{Units: n, Share: 0.2, P: 9},
			{Units: n - min(n, rapid.Int64Range(0, 3).Draw(t, "units without")),
				Share: rapid.Float64Range(0, 1).Draw(t, "share"),
				P:     rapid.Float64Range(0, 2).Draw(t, "p")}}}
		for _, n := range sizes {
			g.Keys, i = append(g.Keys, i%n), i/n
		}
		if rapid.IntRange(1, 10).Draw(t, "no value") == 1 {
			g.Empty = []string{"cost", "mean"}
		}
		s.Evidence.Groups = append(s.Evidence.Groups, g)
	}
	s.Evidence.Rows = int64(len(s.Evidence.Groups))
	renumber(s.Evidence.Groups)
	return s
}

// renumber numbers keys as the enclave does: by first appearance.
func renumber(groups []yumen.GroupEvidence) {
	if len(groups) == 0 {
		return
	}
	for d := range groups[0].Keys {
		number := map[int]int{}
		for i, g := range groups {
			if _, ok := number[g.Keys[d]]; !ok {
				number[g.Keys[d]] = len(number)
			}
			groups[i].Keys = slices.Clone(g.Keys)
			groups[i].Keys[d] = number[g.Keys[d]]
		}
	}
}

// apply does to the evidence what applying the fixes does to the result.
func apply(s Subject, fixes []yumen.Fix) Subject {
	s.Evidence.Groups = slices.Clone(s.Evidence.Groups)
	for _, x := range fixes {
		if x.Technique == "drop" {
			s.Evidence.Groups = slices.DeleteFunc(s.Evidence.Groups,
				func(g yumen.GroupEvidence) bool { return showsNothing(s, g) })
			s.Evidence.Rows = int64(len(s.Evidence.Groups))
			renumber(s.Evidence.Groups)
		}
		for _, c := range x.Cells {
			g := &s.Evidence.Groups[c.Row-1]
			if !slices.Contains(g.Empty, c.Column) {
				g.Empty = append(slices.Clone(g.Empty), c.Column)
			}
		}
	}
	s.Fixes = append(slices.Clone(s.Fixes), fixes...)
	s.Round++
	return s
}

// showsNothing reports whether no aggregate of a row is visible.
func showsNothing(s Subject, g yumen.GroupEvidence) bool {
	return !slices.ContainsFunc(s.Columns, func(c yumen.ArtifactColumn) bool {
		return c.Kind == yumen.ColumnAggregate && !slices.Contains(g.Empty, c.Name)
	})
}

// onlyInDanger reports whether a finding counts suppressed cells that nothing can protect.
func onlyInDanger(f yumen.Finding) bool {
	return f.Rule == yumen.RuleSecondarySuppression && f.Verdict == yumen.VerdictReview && f.Fix == nil && f.Count > 0
}

func TestOneRoundOfFixesIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := public(drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys")))
		fs := Check(s)
		switch v := Overall(fs); v {
		case yumen.VerdictPass, yumen.VerdictReview:
			return
		case yumen.VerdictFail:
		default:
			t.Fatalf("verdict %s", v)
		}
		again := Check(apply(s, Remedy(fs)))
		for _, f := range again {
			if f.Verdict != yumen.VerdictPass && !onlyInDanger(f) {
				t.Fatalf("after the fixes %s is %s: %s", f.Rule, f.Verdict, f.Value)
			}
		}
	})
}

func TestFailMeansThereIsARemedy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(0, 3).Draw(t, "keys"))
		s.Round = rapid.IntRange(0, 4).Draw(t, "round")
		fs := Check(s)
		if v := Overall(fs); (v == yumen.VerdictFail) != (len(Remedy(fs)) > 0) || v == yumen.VerdictFail &&
			s.Round >= maxRounds {
			t.Fatalf("verdict %s in round %d with %d fixes", v, s.Round, len(Remedy(fs)))
		}
	})
}

func TestOrderOfRowsChangesNoVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys"))
		order := rapid.Permutation(indexes(len(s.Evidence.Groups))).Draw(t, "order")
		p := s
		p.Evidence.Groups = make([]yumen.GroupEvidence, len(order))
		for to, from := range order {
			p.Evidence.Groups[to] = s.Evidence.Groups[from]
		}
		before, after := Check(s), Check(p)
		for i, f := range before {
			g := after[i]
			if f.Rule != g.Rule || f.Verdict != g.Verdict || f.Rule != "complement" &&
				(f.Value != g.Value || f.Count != g.Count) {
				t.Fatalf("%s: %s (%s), permuted %s: %s (%s)", f.Rule, f.Verdict, f.Value, g.Rule, g.Verdict, g.Value)
			}
			if f.Fix == nil || f.Rule == "complement" { // ties between equal groups fall as the rows stand
				continue
			}
			moved := map[yumen.Cell]bool{}
			for _, c := range g.Fix.Cells {
				moved[yumen.Cell{Row: order[c.Row-1] + 1, Column: c.Column}] = true
			}
			for _, c := range f.Fix.Cells {
				if !moved[c] {
					t.Fatalf("%s: cell %v is not where its row went", f.Rule, c)
				}
			}
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestMoreUnitsNeverWorsen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 2).Draw(t, "keys"))
		if len(s.Evidence.Groups) == 0 {
			return
		}
		if rapid.Bool().Draw(t, "after a fix") {
			s = apply(s, Remedy(Check(s)))
		}
		more := s
		more.Evidence.Groups = slices.Clone(s.Evidence.Groups)
		more.Evidence.Groups[rapid.IntRange(0, len(s.Evidence.Groups)-1).Draw(t, "row")].Units += rapid.Int64Range(1,
			50).Draw(t, "units")
		before, after := Overall(Check(s)), Overall(Check(more))
		if after.Worse(before) != before {
			t.Fatalf("%s became %s with more units", before, after)
		}
	})
}
