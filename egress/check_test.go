package egress

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
)

// risk is the default risk appetite: ACRO's parameters, OpenSAFELY's caps.
var risk = yumen.Risk{K: 10, Dominance: yumen.Dominance{N: 2, Share: 0.9}, PRatio: 0.1, Rounding: 5, MaxRows: 5000,
	MaxBytes: 16 << 20}

// visits is a table of one key, a count and a total. Where nothing else is said all units add to both, and as many in
// another ratio as the second needs.
func visits(groups ...yumen.GroupEvidence) Subject {
	for i := range groups {
		g := &groups[i]
		g.Keys = []int{i}
		if len(g.Measures) < 2 {
			count := yumen.MeasureEvidence{Units: g.Units, Share: 0.2, P: 9}
			g.Measures = append([]yumen.MeasureEvidence{count}, g.Measures...)
		}
		if len(g.Measures) < 2 {
			g.Measures = append(g.Measures, yumen.MeasureEvidence{Units: g.Units, Share: 0.2, P: 9})
		}
	}
	return Subject{Class: yumen.ClassAggregate, Risk: risk, K: 10,
		Columns: []yumen.ArtifactColumn{
			{Name: "district", Type: yumen.TypeText, Kind: yumen.ColumnKey},
			{Name: "n", Type: yumen.TypeInteger, Kind: yumen.ColumnAggregate, Function: "count", Measure: 1},
			{Name: "cost", Type: yumen.TypeDouble, Kind: yumen.ColumnAggregate, Function: "sum", Measure: 2},
		},
		Evidence: yumen.Evidence{Rows: int64(len(groups)), Bytes: 1000, Groups: groups}}
}

func units(ns ...int64) []yumen.GroupEvidence {
	out := make([]yumen.GroupEvidence, len(ns))
	for i, n := range ns {
		out[i] = yumen.GroupEvidence{Units: n, Rows: n}
	}
	return out
}

// kinds are results that all rules together are asked about.
func kinds() []Subject {
	made := visits(units(50, 60)...)
	made.Protected = yumen.VerdictPass
	return []Subject{visits(units(50, 60)...), made, rows(yumen.ArtifactColumn{Name: "x"}),
		opaque(50, 60)}
}

func rows(columns ...yumen.ArtifactColumn) Subject {
	for i := range columns {
		columns[i].Kind = yumen.ColumnRow
		if columns[i].Type == "" {
			columns[i].Type = yumen.TypeText
		}
	}
	return Subject{Class: yumen.ClassRows, Risk: risk, K: 10, Columns: columns,
		Evidence: yumen.Evidence{Rows: 3, Bytes: 100}}
}

// opaque is the result of a module that is called for each person, with so many units behind each row.
func opaque(units ...int64) Subject {
	s := Subject{Class: yumen.ClassOpaque, Risk: risk, K: 10,
		Columns:  []yumen.ArtifactColumn{{Name: "n", Type: yumen.TypeInteger, Kind: yumen.ColumnOpaque}},
		Evidence: yumen.Evidence{Rows: int64(len(units)), Bytes: 100}}
	for _, n := range units {
		s.Evidence.Groups = append(s.Evidence.Groups, yumen.GroupEvidence{Units: n, Rows: n})
	}
	return s
}

func finding(t interface {
	Helper()
	Fatalf(string, ...any)
}, fs []yumen.Finding, rule yumen.Rule) yumen.Finding {
	t.Helper()
	for _, f := range fs {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of rule %s", rule)
	return yumen.Finding{}
}

func places(cells []yumen.Cell) string {
	var out []string
	for _, c := range cells {
		out = append(out, string(rune('0'+c.Row))+c.Column)
	}
	return strings.Join(out, " ")
}

// Duty 130 (SJZ17.2 SJZ4): raw data does not leave (rows.equal-input).
func TestRules(t *testing.T) {
	match := func(m yumen.MatchEvidence) yumen.MatchEvidence {
		m.Dataset, m.Columns = "residents", []yumen.ColumnMap{{Result: "name", Input: "name"}}
		return m
	}
	hit := func(kind, column string, n int64) yumen.Evidence {
		return yumen.Evidence{Rows: 3, Bytes: 100, Identifiers: []yumen.IdentifierHits{{Type: kind,
			CellHits: yumen.CellHits{Column: column, Count: n, Cells: []yumen.Cell{{Row: 2, Column: column}}}}}}
	}
	with := func(s Subject, change func(*Subject)) Subject { change(&s); return s }
	for _, c := range []struct {
		name    string
		s       Subject
		rule    string
		verdict yumen.Verdict
		cells   string // of the fix
		fix     string
	}{
		{"enough units", visits(units(11, 12, 13)...), "threshold.units", yumen.VerdictPass, "", ""},
		{"enough for one measure, not for two", visits(units(10, 11, 12)...), "threshold.units", yumen.VerdictFail,
			"1cost", "suppress"},
		{"few units add to a measure",
			visits(yumen.GroupEvidence{Units: 40, Measures: []yumen.MeasureEvidence{{Units: 10, Share: 0.2, P: 9}}}),
			"threshold.units", yumen.VerdictFail, "1cost", "suppress"},
		{"squares are a sum of their own", with(visits(yumen.GroupEvidence{Units: 11}), func(s *Subject) {
			s.Columns = append(s.Columns,
				yumen.ArtifactColumn{Name: "v", Type: yumen.TypeDouble, Kind: yumen.ColumnAggregate, Function: "var",
					Measure: 2})
		}), "threshold.units", yumen.VerdictFail, "1v", "suppress"},
		{"one unit short", visits(units(9, 40, 50, 60)...), "threshold.units", yumen.VerdictFail, "1n 1cost",
			"suppress"},
		{"nobody at all", visits(units(0, 40, 50)...), "threshold.units", yumen.VerdictFail, "1n 1cost", "suppress"},
		{"the stricter of two thresholds", with(visits(units(19, 40, 50)...), func(s *Subject) { s.K = 20 }),
			"threshold.units", yumen.VerdictFail, "1n 1cost", "suppress"},
		{"the contract's where it is stricter", with(visits(units(9, 40, 50)...), func(s *Subject) { s.K = 3 }),
			"threshold.units", yumen.VerdictFail, "1n 1cost", "suppress"},
		{"small but empty", visits(yumen.GroupEvidence{Units: 3, Empty: []string{"n", "cost"}},
			yumen.GroupEvidence{Units: 50}), "threshold.units", yumen.VerdictPass, "", ""},
		{"small, half empty", visits(yumen.GroupEvidence{Units: 3, Empty: []string{"n"}},
			yumen.GroupEvidence{Units: 50}), "threshold.units", yumen.VerdictFail, "1cost", "suppress"},
		{"keys alone", with(visits(units(30, 50)...), func(s *Subject) { s.Columns = s.Columns[:1] }),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"an aggregate without a measure",
			with(visits(units(30, 50)...), func(s *Subject) { s.Columns[1].Measure = 0 }), "evidence.missing",
			yumen.VerdictBlock, "", ""},

		{"few units behind a module's row", opaque(3, 40, 50), "threshold.units", yumen.VerdictFail, "1", "suppress"},
		{"units enough behind each", opaque(10, 40, 50), "threshold.units", yumen.VerdictPass, "", ""},
		{"a module's row suppressed before", with(opaque(3, 40, 50), func(s *Subject) {
			s.Round, s.Fixes = 1, []yumen.Fix{{Technique: "suppress", Cells: []yumen.Cell{{Row: 1}}, Changed: 2}}
		}), "threshold.units", yumen.VerdictPass, "", ""},
		{"units of other rows", with(opaque(30, 40, 50), func(s *Subject) { s.Evidence.Rows = 4 }), "threshold.units",
			yumen.VerdictBlock, "", ""},

		{"two units dominate",
			visits(append(units(50, 60, 70),
				yumen.GroupEvidence{Units: 40,
					Measures: []yumen.MeasureEvidence{{Units: 40, Share: 0.91, P: 0.5}}})...), "dominance.nk",
			yumen.VerdictFail, "4cost", "suppress"},
		{"exactly the share", visits(yumen.GroupEvidence{Units: 40,
			Measures: []yumen.MeasureEvidence{{Units: 40, Share: 0.9, P: 0.5}}}), "dominance.nk", yumen.VerdictPass, "",
			""},
		{"no total", visits(yumen.GroupEvidence{Units: 40,
			Measures: []yumen.MeasureEvidence{{Units: 40, Share: -1, P: -1}}}), "dominance.nk", yumen.VerdictPass, "",
			""},
		{"all zero is disclosive",
			visits(yumen.GroupEvidence{Units: 40, Measures: []yumen.MeasureEvidence{{Units: 40, Share: -1, P: -1}}}),
			"dominance.p", yumen.VerdictFail, "1cost", "suppress"},
		{"the second can estimate the first",
			visits(yumen.GroupEvidence{Units: 40, Measures: []yumen.MeasureEvidence{{Units: 40, Share: 0.5, P: 0.09}}}),
			"dominance.p", yumen.VerdictFail, "1cost", "suppress"},
		{"exactly p", visits(yumen.GroupEvidence{Units: 40,
			Measures: []yumen.MeasureEvidence{{Units: 40, Share: 0.5, P: 0.1}}}), "dominance.p", yumen.VerdictPass, "",
			""},

		{"a suppressed cell alone in its column", visits(units(9, 40, 50, 30)...), "complement", yumen.VerdictFail,
			"4cost 4n", "suppress"},
		{"two that still do not make k", visits(units(4, 5, 50, 30)...), "complement", yumen.VerdictFail, "4cost 4n",
			"suppress"},
		{"two that make k, which does not show", visits(units(4, 6, 50, 30)...), "complement", yumen.VerdictFail,
			"4cost 4n", "suppress"},
		{"the smallest as rounded, the first of those", visits(units(4, 53, 52, 48)...), "complement",
			yumen.VerdictFail, "3cost 3n", "suppress"},
		{"nothing left to suppress", visits(units(4, 5)...), "complement", yumen.VerdictReview, "", ""},

		{"exact counts", with(visits(units(50, 60)...), func(s *Subject) {
			s.Evidence.Unrounded = []yumen.CellHits{{Column: "n", Count: 2, Cells: []yumen.Cell{{Row: 1, Column: "n"}}}}
		}), "rounding.counts", yumen.VerdictFail, "", "round"},
		{"exact counts allowed", with(visits(units(50, 60)...), func(s *Subject) {
			s.Risk.Rounding = 1
			s.Evidence.Unrounded = []yumen.CellHits{{Column: "n", Count: 2}}
		}), "rounding.counts", yumen.VerdictPass, "", ""},

		{"a mean that discloses the count", with(visits(units(50, 60)...), func(s *Subject) {
			s.Evidence.Exact = []yumen.CellHits{{Column: "cost", Count: 1,
				Cells: []yumen.Cell{{Row: 2, Column: "cost"}}}}
		}), "rounding.magnitudes", yumen.VerdictFail, "", "round"},
		{"exact means allowed", with(visits(units(50, 60)...), func(s *Subject) {
			s.Risk.Rounding = 1
			s.Evidence.Exact = []yumen.CellHits{{Column: "cost", Count: 1}}
		}), "rounding.magnitudes", yumen.VerdictPass, "", ""},

		{"evidence for fewer rows", with(visits(units(50, 60)...), func(s *Subject) { s.Evidence.Rows = 3 }),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"no evidence", with(visits(units(50, 60)...), func(s *Subject) { s.Evidence.Groups = nil }),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"a measure without evidence", with(visits(units(50, 60)...), func(s *Subject) { s.Columns[2].Measure = 3 }),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"a key without evidence", with(visits(units(50, 60)...), func(s *Subject) { s.Evidence.Groups[1].Keys = nil }),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"a key that is no number of a value",
			with(visits(units(50, 60)...), func(s *Subject) { s.Evidence.Groups[1].Keys = []int{3} }),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"a share that is no number",
			visits(yumen.GroupEvidence{Units: 50, Measures: []yumen.MeasureEvidence{{Units: 40, Share: math.NaN()}}}),
			"evidence.missing", yumen.VerdictBlock, "", ""},
		{"an empty cell of no column", visits(yumen.GroupEvidence{Units: 3, Empty: []string{"m"}}), "evidence.missing",
			yumen.VerdictBlock, "", ""},
		{"a suppression nobody knows where", with(visits(units(50, 60)...), func(s *Subject) {
			s.Fixes = []yumen.Fix{{Technique: "suppress", Changed: 3}}
		}), "evidence.missing", yumen.VerdictBlock, "", ""},
		{"no parameters", with(visits(units(50, 60)...), func(s *Subject) { s.Risk, s.K = yumen.Risk{}, 0 }),
			"parameters.missing", yumen.VerdictBlock, "", ""},

		{"an aggregate with a row column",
			with(visits(units(50)...), func(s *Subject) { s.Columns[2].Kind = yumen.ColumnRow }), "class",
			yumen.VerdictBlock, "", ""},
		{"rows are for people to read", rows(yumen.ArtifactColumn{Name: "name"}), "class", yumen.VerdictReview, "", ""},
		{"opaque is for people to read",
			with(rows(yumen.ArtifactColumn{Name: "name"}), func(s *Subject) { s.Class = yumen.ClassOpaque }), "class",
			yumen.VerdictReview, "", ""},
		{"a class without checks", with(rows(), func(s *Subject) { s.Class = yumen.ClassDP }), "class",
			yumen.VerdictBlock, "", ""},
		{"no class", with(rows(), func(s *Subject) { s.Class = "" }), "class", yumen.VerdictBlock, "", ""},

		{"too many rows", with(visits(units(50)...),
			func(s *Subject) { s.Risk.MaxRows = 0; s.Evidence.Rows = 1; s.Risk.MaxRows = 1 }), "cap.rows",
			yumen.VerdictPass, "", ""},
		{"one row too many", with(rows(), func(s *Subject) { s.Evidence.Rows = 5001 }), "cap.rows", yumen.VerdictBlock,
			"", ""},
		{"one byte too many", with(rows(), func(s *Subject) { s.Evidence.Bytes = 16<<20 + 1 }), "cap.bytes",
			yumen.VerdictBlock, "", ""},

		{"rare rows", with(rows(yumen.ArtifactColumn{Name: "name"}), func(s *Subject) {
			s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 3, Rare: 2})}
		}), "rows.equal-input", yumen.VerdictBlock, "", ""},
		{"rare rows that a mask will change",
			with(rows(yumen.ArtifactColumn{Name: "name", Mask: "name"}), func(s *Subject) {
				s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 3, Rare: 2})}
			}), "rows.equal-input", yumen.VerdictFail, "", ""},
		{"frequent rows", with(rows(yumen.ArtifactColumn{Name: "name"}), func(s *Subject) {
			s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 3})}
		}), "rows.equal-input", yumen.VerdictPass, "", ""},
		{"keys of an aggregate", with(visits(units(50, 60)...), func(s *Subject) {
			s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 2, Rare: 2})}
		}), "rows.equal-input", yumen.VerdictPass, "", ""},
		{"an aggregate that is rare rows", with(visits(units(50, 60)...), func(s *Subject) {
			s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 2, Rare: 2, Whole: true})}
		}), "rows.equal-input", yumen.VerdictBlock, "", ""},
		{"opaque rows that are input rows", with(rows(yumen.ArtifactColumn{Name: "name"}), func(s *Subject) {
			s.Class = yumen.ClassOpaque
			s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 3, Whole: true})}
		}), "rows.extract", yumen.VerdictBlock, "", ""},
		{"an extract where one is allowed", with(rows(yumen.ArtifactColumn{Name: "name"}), func(s *Subject) {
			s.Evidence.Matches = []yumen.MatchEvidence{match(yumen.MatchEvidence{Rows: 3, Whole: true})}
		}), "rows.extract", yumen.VerdictPass, "", ""},

		{"an identifier in a text of a row",
			with(rows(yumen.ArtifactColumn{Name: "note"}), func(s *Subject) { s.Evidence = hit("mobile", "note", 2) }),
			"identifiers.mobile", yumen.VerdictFail, "", "mask"},
		{"still there after a mask", with(rows(yumen.ArtifactColumn{Name: "note"}), func(s *Subject) {
			s.Evidence = hit("mobile", "note", 2)
			s.Fixes = []yumen.Fix{{Technique: "mask", Columns: []string{"note"},
				Params: map[string]string{"preset": "mobile", "where": "embedded"}}}
		}), "identifiers.mobile", yumen.VerdictBlock, "", ""},
		{"a number of a row", with(rows(yumen.ArtifactColumn{Name: "tel", Type: yumen.TypeInteger}),
			func(s *Subject) { s.Evidence = hit("mobile", "tel", 2) }), "identifiers.mobile", yumen.VerdictBlock, "",
			""},
		{"opaque output", with(rows(yumen.ArtifactColumn{Name: "out"}),
			func(s *Subject) { s.Class = yumen.ClassOpaque; s.Evidence = hit("resident_id", "out", 1) }),
			"identifiers.resident_id", yumen.VerdictBlock, "", ""},
		{"a group key", with(visits(units(50, 60, 70)...),
			func(s *Subject) { s.Evidence.Identifiers = hit("credit_code", "district", 1).Identifiers }),
			"identifiers.credit_code", yumen.VerdictBlock, "", ""},
		{"a total like a telephone number",
			with(visits(units(50, 60, 70)...),
				func(s *Subject) { s.Evidence.Identifiers = hit("mobile", "cost", 1).Identifiers }),
			"identifiers.mobile", yumen.VerdictReview, "", ""},
		{"tolerated", with(rows(yumen.ArtifactColumn{Name: "note"}),
			func(s *Subject) { s.Evidence = hit("mobile", "note", 2); s.Risk.MaxHits = 2 }), "identifiers.mobile",
			yumen.VerdictReview, "", ""},
		{"a column nobody declared",
			with(rows(yumen.ArtifactColumn{Name: "note"}), func(s *Subject) { s.Evidence = hit("mobile", "other", 1) }),
			"identifiers.mobile", yumen.VerdictBlock, "", ""},
		{"a type nobody listed",
			with(rows(yumen.ArtifactColumn{Name: "note"}),
				func(s *Subject) { s.Class = yumen.ClassOpaque; s.Evidence = hit("passport", "note", 1) }),
			"identifiers.passport", yumen.VerdictBlock, "", ""},

		{"nothing hidden in texts", with(rows(yumen.ArtifactColumn{Name: "note"}), func(s *Subject) {
			s.Evidence.Content = []yumen.ContentEvidence{{Column: "note"}}
		}), "content.invisible", yumen.VerdictPass, "", ""},
		{"characters that nobody sees", with(rows(yumen.ArtifactColumn{Name: "note"}), func(s *Subject) {
			s.Evidence.Content = []yumen.ContentEvidence{{Column: "note", Invisible: yumen.CellHits{Column: "note", Count: 1,
				Cells: []yumen.Cell{{Row: 3, Column: "note"}}}}}
		}), "content.invisible", yumen.VerdictReview, "", ""},
		{"what a module's result can carry",
			with(rows(yumen.ArtifactColumn{Name: "note"}), func(s *Subject) {
				s.Class = yumen.ClassOpaque
				s.Evidence.Content = []yumen.ContentEvidence{{Column: "note", Values: 8, Entropy: 3}}
			}), "content.capacity", yumen.VerdictReview, "", ""},

		{"a mask to come", rows(yumen.ArtifactColumn{Name: "id", Mask: "resident_id"}, yumen.ArtifactColumn{Name: "x"}),
			"mask.pending", yumen.VerdictFail, "", "mask"},
		{"the mask applied", with(rows(yumen.ArtifactColumn{Name: "id", Mask: "resident_id"}), func(s *Subject) {
			s.Fixes = []yumen.Fix{{Technique: "mask", Columns: []string{"id"},
				Params: map[string]string{"preset": "resident_id"}}}
		}), "mask.pending", yumen.VerdictPass, "", ""},
		{"another mask applied", with(rows(yumen.ArtifactColumn{Name: "id", Mask: "resident_id"}), func(s *Subject) {
			s.Fixes = []yumen.Fix{{Technique: "mask", Columns: []string{"id"},
				Params: map[string]string{"preset": "name"}}}
		}), "mask.pending", yumen.VerdictFail, "", "mask"},
		{"after three fixes there is no fourth",
			with(rows(yumen.ArtifactColumn{Name: "id", Mask: "resident_id"}), func(s *Subject) { s.Round = 3 }),
			"mask.pending", yumen.VerdictBlock, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := Check(c.s)
			f := finding(t, fs, yumen.Rule(c.rule))
			if f.Verdict != c.verdict {
				t.Errorf("verdict %s, want %s: %s", f.Verdict, c.verdict, f.Msg)
			}
			technique, cells := "", ""
			if f.Fix != nil {
				technique, cells = string(f.Fix.Technique), places(f.Fix.Cells)
			}
			if technique != c.fix || cells != c.cells {
				t.Errorf("fix %q of %q, want %q of %q", technique, cells, c.fix, c.cells)
			}
			for _, f := range fs {
				checkForm(t, f)
			}
		})
	}
}

// checkForm holds what every finding must have.
func checkForm(t *testing.T, f yumen.Finding) {
	t.Helper()
	if f.Rule == "" || f.Parameter == "" || f.Value == "" || f.Evidence == "" || f.Msg.EN == "" || f.Msg.ZH == "" ||
		f.Verdict == "" {
		t.Errorf("incomplete finding: %+v", f)
	}
	if strings.Contains(f.Msg.EN+f.Msg.ZH+f.Value, "%!") {
		t.Errorf("%s: badly formatted: %s / %s", f.Rule, f.Msg.EN, f.Msg.ZH)
	}
	if f.Verdict == yumen.VerdictPass && (f.Fix != nil || f.Count != 0 && !strings.HasPrefix(string(f.Rule), "rows.")) {
		t.Errorf("%s passes with a count of %d and fix %v", f.Rule, f.Count, f.Fix)
	}
}

func TestRemedyOrder(t *testing.T) {
	s := visits(units(3, 40, 50)...)
	s.Columns = append(s.Columns,
		yumen.ArtifactColumn{Name: "code", Type: yumen.TypeText, Kind: yumen.ColumnKey, Mask: "left_1"})
	for i := range s.Evidence.Groups {
		s.Evidence.Groups[i].Keys = append(s.Evidence.Groups[i].Keys, 0)
	}
	s.Evidence.Unrounded = []yumen.CellHits{{Column: "n", Count: 3}}
	s.Evidence.Exact = []yumen.CellHits{{Column: "cost", Count: 3}}
	var got []string
	for _, f := range Remedy(Check(s)) {
		got = append(got, string(f.Technique)+" "+f.Params["rule"])
	}
	want := []string{"suppress threshold.units", "suppress complement", "mask mask.pending", "round rounding.counts",
		"round rounding.magnitudes"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.Evidence.Bytes = 1 << 40
	if fixes := Remedy(Check(s)); fixes != nil {
		t.Errorf("something blocked is mended: %v", fixes)
	}
}

func TestFindingsListAFewCellsAndFixesAll(t *testing.T) {
	f := finding(t, Check(visits(units(slices.Repeat([]int64{3}, 100)...)...)), "threshold.units")
	if len(f.Cells) != maxListed || f.Count != 200 || len(f.Fix.Cells) != 200 {
		t.Errorf("%d listed, count %d, fix %d", len(f.Cells), f.Count, len(f.Fix.Cells))
	}
}

// Too large a table with suppressed cells is blocked, one without is not: the search for hypercubes must end in time.
func TestTableTooLargeToProtect(t *testing.T) {
	s := dense([]int{150, 150}, func() int64 { return 50 })
	s.Risk.MaxRows = 1e6
	if v := Overall(Check(s)); v != yumen.VerdictPass {
		t.Errorf("nothing suppressed: %s", v)
	}
	s.Evidence.Groups[7].Units = 3
	if f := finding(t, Check(s), "complement"); f.Verdict != yumen.VerdictBlock {
		t.Errorf("one suppressed: %s", f.Verdict)
	}
}

func TestNothingIsOverall(t *testing.T) {
	if Overall(nil) != yumen.VerdictBlock {
		t.Error("no findings at all pass")
	}
	if Overall([]yumen.Finding{{Verdict: "fine"}}) == yumen.VerdictPass {
		t.Error("an unknown verdict passes")
	}
}
