package egress

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// public says of all columns that which rows there are is public.
func public(s Subject) Subject {
	s.Columns = slices.Clone(s.Columns)
	for i := range s.Columns {
		s.Columns[i].Public = true
	}
	return s
}

func TestSuppressedKeys(t *testing.T) {
	gone := yumen.GroupEvidence{Units: 3, Empty: []string{"n", "cost"}}
	beside := yumen.GroupEvidence{Units: 50, Empty: gone.Empty} // suppressed so that the others are not alone
	half := yumen.GroupEvidence{Units: 50, Empty: []string{"cost"}}
	full := yumen.GroupEvidence{Units: 60}
	drop := []yumen.Fix{{Technique: "drop", Changed: 1}}
	with := func(s Subject, change func(*Subject)) Subject { change(&s); return s }
	for _, c := range []struct {
		name    string
		s       Subject
		verdict yumen.Verdict
		cells   string
		fixes   []string // all that are due
	}{
		{"nothing suppressed", visits(full, full), yumen.VerdictPass, "", nil},
		{"rows of keys alone", visits(gone, full, beside), yumen.VerdictFail, "1 3", []string{"drop"}},
		{"every row", visits(gone, gone), yumen.VerdictFail, "1 2", []string{"drop"}},
		{"a row partly empty stays", visits(half, full, half), yumen.VerdictPass, "", nil},
		{"public keys", public(visits(gone, full, beside)), yumen.VerdictPass, "", nil},
		{"one column of keys that are not",
			with(public(visits(gone, full, beside)), func(s *Subject) { s.Columns[0].Public = false }), yumen.VerdictFail,
			"1 3", []string{"drop"}},
		{"no grouping", with(public(visits(gone)),
			func(s *Subject) { s.Columns, s.Evidence.Groups[0].Keys = s.Columns[1:], nil }), yumen.VerdictPass, "",
			nil},
		{"grouped by what is not shown",
			with(visits(gone), func(s *Subject) { s.Columns, s.Evidence.Groups[0].Keys = s.Columns[1:], nil }),
			yumen.VerdictFail, "1", []string{"drop"}},
		{"suppression first", visits(gone, full, full, yumen.GroupEvidence{Units: 9}), yumen.VerdictFail, "1",
			[]string{"suppress", "suppress"}},
		{"rounding first", with(visits(gone, full, beside),
			func(s *Subject) { s.Evidence.Unrounded = []yumen.CellHits{{Column: "n", Count: 1}} }), yumen.VerdictFail,
			"1 3", []string{"round"}},
		{"a mask first", with(visits(gone, full, beside), func(s *Subject) { s.Columns[0].Mask = "left_1" }), yumen.VerdictFail,
			"1 3", []string{"mask"}},
		{"not where something is blocked", with(visits(gone, full), func(s *Subject) { s.Evidence.Bytes = 1 << 40 }),
			yumen.VerdictFail, "1", nil},
		{"after as many fixes as there may be", with(visits(gone, full, beside), func(s *Subject) { s.Round = maxRounds }),
			yumen.VerdictFail, "1 3", []string{"drop"}},
		{"but no more", with(visits(gone, full), func(s *Subject) { s.Round = maxRounds + 1 }), yumen.VerdictBlock, "1",
			nil},
		{"dropped", with(visits(full), func(s *Subject) { s.Round, s.Fixes = 2, drop }), yumen.VerdictPass, "", nil},
		{"all dropped", with(visits(), func(s *Subject) { s.Round, s.Fixes = 2, drop }), yumen.VerdictPass, "", nil},
	} {
		fs := Check(c.s)
		f := finding(t, fs, "keys.suppressed")
		if f.Verdict != c.verdict || places(f.Cells) != c.cells {
			t.Errorf("%s: %s at %q", c.name, f.Verdict, places(f.Cells))
		}
		var due []string
		for _, x := range Remedy(fs) {
			due = append(due, string(x.Technique))
		}
		if d := cmp.Diff(c.fixes, due); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// A suppressed cell whose neighbours in its line were dropped is not taken for one that stands alone; and what would
// have to be suppressed after rows were dropped is blocked.
func TestComplementAfterDrop(t *testing.T) {
	s := visits(yumen.GroupEvidence{Units: 50, Empty: []string{"cost"}}, yumen.GroupEvidence{Units: 60})
	s.Round, s.Fixes = 2, []yumen.Fix{{Technique: "suppress", Cells: []yumen.Cell{{Row: 1, Column: "cost"}},
		Changed: 1}}
	if f := finding(t, Check(s), "complement"); f.Verdict != yumen.VerdictFail {
		t.Errorf("a suppressed cell alone in its line: %s", f.Verdict)
	}
	s.Fixes = append(s.Fixes, yumen.Fix{Technique: "drop", Changed: 1})
	if f := finding(t, Check(s), "complement"); f.Verdict != yumen.VerdictPass {
		t.Errorf("after the drop: %s", f.Verdict)
	}
	s.Evidence.Groups[0].Units = 3
	if f := finding(t, Check(s), "complement"); f.Verdict != yumen.VerdictBlock {
		t.Errorf("to be suppressed after the drop: %s", f.Verdict)
	}
}

// visibleCells are the cells that a reader sees, distinguished by what lies behind their rows.
func visibleCells(s Subject) []string {
	var out []string
	for _, g := range s.Evidence.Groups {
		for _, c := range s.Columns {
			if c.Kind == yumen.ColumnAggregate && !slices.Contains(g.Empty, c.Name) {
				out = append(out, fmt.Sprint(g.Units, g.Measures, c.Name))
			}
		}
	}
	return out
}

// What the fixes end in has no row of keys alone, shows exactly the cells that it showed before rows were dropped, so
// that nothing more can be computed from it, and passes: the suppressed cells were protected with all rows in place.
func TestDropEndsTheFixes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTable(t, rapid.IntRange(1, 3).Draw(t, "keys"))
		for {
			fs := Check(s)
			due := Remedy(fs)
			if len(due) == 0 {
				break
			}
			if due[0].Technique != "drop" {
				s = apply(s, due)
				continue
			}
			f := slices.IndexFunc(fs, func(f yumen.Finding) bool { return f.Rule == "complement" })
			if fs[f].Verdict != yumen.VerdictPass && !onlyInDanger(fs[f]) {
				t.Fatalf("rows are dropped while secondary suppression is %s", fs[f].Verdict)
			}
			before := visibleCells(s)
			s = apply(s, due)
			if after := Check(s); after[f].Verdict != fs[f].Verdict || after[f].Count != fs[f].Count {
				t.Fatalf("%d cells in danger, after the drop %d", fs[f].Count, after[f].Count)
			}
			if d := cmp.Diff(before, visibleCells(s)); d != "" {
				t.Fatal(d)
			}
		}
		fs := Check(s)
		if danger := slices.ContainsFunc(fs, onlyInDanger); Overall(fs) != yumen.VerdictPass &&
			!(danger && Overall(fs) == yumen.VerdictReview) {
			t.Fatalf("the fixes end in %s after %d rounds", Overall(fs), s.Round)
		}
		if i := slices.IndexFunc(s.Evidence.Groups,
			func(g yumen.GroupEvidence) bool { return showsNothing(s, g) }); i >= 0 {
			t.Fatalf("row %d shows nothing but keys", i+1)
		}
	})
}
