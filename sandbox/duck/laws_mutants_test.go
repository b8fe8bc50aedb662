package duck

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox/result"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

var lawMutants = flag.Int("laws-mutants", 0,
	"in how many accepted statements each mutant is to be found, from three seeds")

// mutant is the product with a rule less, which the laws are to find. With none, all is as it is. What a mutant leaves
// out is left out of what is judged, not of the code that judges.
type mutant struct {
	name     string
	rounding int
	seed     uint64                                            // from which it is found soon
	write    func(*population) lawStatement                    // the statements that it is looked for in, if not any
	free     func(string) string                               // what is asked for in the place of an aggregate
	judge    func(lawStatement, egress.Subject) egress.Subject // what is judged in the place of the evidence
	suppress func(egress.Subject) []yumen.Fix                  // what is suppressed once all checks pass
	apart    func(egress.Subject) []yumen.Fix                  // what is suppressed in the place of what checks find
	written  bool                                              // measures are asked for as they are written
	exact    bool                                              // the post statement sees exact figures
	pairwise bool                                              // what several figures tell together is not looked at
	alone    bool                                              // each table of a statement is judged as if it were the only one
	s        lawStatement                                      // that is checked
}

var (
	nullif = regexp.MustCompile(`nullif\(([a-z]+\.[a-z_]+), (?:\([^()]*\)|\d+)\)`)
)

// mutants lists them.
var mutants = []mutant{
	{name: "nullif is no condition", rounding: 1, seed: 6,
		free: func(sql string) string { return nullif.ReplaceAllString(sql, "$1") }},
	{name: "the post statement sees exact figures", rounding: 5, seed: 1, exact: true},
	{name: "pairs of parts in the place of atoms", rounding: 1, seed: 3, judge: withoutParts, suppress: pairs,
		pairwise: true},
	{name: "nobody is enough", rounding: 1, seed: 100000, judge: nobodyIsEnough},
	{name: "NULL is no part", rounding: 1, seed: 15, judge: withoutNulls},
	{name: "measures as they are written", rounding: 1, seed: 23, written: true},
	{name: "no ratios", rounding: 1, seed: 14013, judge: withoutRatios, pairwise: true},
	{name: "figures are compared in pairs alone", rounding: 1, seed: 200_000, pairwise: true,
		write: (*population).adding},
	{name: "weights are free", rounding: 1, seed: 14, free: unweighted},
	{name: "costs by exact units", rounding: 5, seed: 100_015, judge: exactCosts},
	{name: "joined answers are no family", rounding: 1, seed: 200001, alone: true, write: families},
	{name: "levels are not judged together", rounding: 1, seed: 1, apart: levelsApart, write: leveled},
	{name: "repeated rows are counted as others", rounding: 1, seed: 1, judge: withoutRepeats,
		write: (*population).repeating},
}

// TestLawsFindMutants holds that the laws find a product that leaves a rule out, and find nothing in the product on the
// same statements.
func TestLawsFindMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			seeds, most := []uint64{m.seed}, 200
			if *lawMutants > 0 {
				seeds, most = []uint64{1, 100_000, 200_000}, *lawMutants
			}
			for _, seed := range seeds {
				n, first := tally{}, lawViolation{}
				checkLaws(t, m.laws(t, &m), seed, most, n, func(v lawViolation) bool {
					first = v
					return false
				})
				if first.law == "" {
					t.Errorf("not found in %d statements from seed %d", n["accepted"], seed)
				}
				t.Logf("seed %d: found by %s in statement %d, of population %d", seed, first.law, n["accepted"],
					first.seed)
				checkLaws(t, m.laws(t, nil), seed, n["accepted"], tally{}, func(v lawViolation) bool {
					t.Errorf("without the mutant: population %d, %s: %s\n%s", v.seed, v.law, v.what, v.sql)
					return false
				})
			}
		})
	}
}

// laws are those that look for a mutant, on the product that it is of where there is none.
func (m mutant) laws(t *testing.T, in *mutant) *laws {
	t.Helper()
	w := newLaws(t, m.rounding, in)
	if m.write != nil {
		w.write, w.scope.Class = m.write, yumen.ClassAggregate
	}
	return w
}

// askedFor returns the plan of what is asked for in the place of a statement, nil where that is refused.
func (m *mutant) askedFor(t *testing.T, w *laws, s lawStatement, plan *analysis.Plan) *analysis.Plan {
	t.Helper()
	if m == nil || m.free == nil {
		return plan
	}
	plan, err := analysed(t, w.data, m.replaced(s, m.free), w.scope)
	if err != nil {
		return nil
	}
	return plan
}

// replaced is a statement with other aggregates.
func (m *mutant) replaced(s lawStatement, with func(string) string) string {
	sql := s.sql
	for _, a := range s.aggregates {
		sql = strings.ReplaceAll(sql, a.text, with(a.text))
	}
	return sql
}

// judged is what is to be done to cells, and the verdict on them.
func (m *mutant) judged(s egress.Subject) ([]yumen.Fix, yumen.Verdict) {
	if m != nil && m.apart != nil {
		return m.apart(s), yumen.VerdictPass
	}
	judged := s
	if m != nil && m.judge != nil {
		judged = m.judge(m.s, s)
	}
	findings := egress.Check(judged)
	fixes, verdict := egress.Remedy(findings), egress.Overall(findings)
	if verdict == yumen.VerdictPass || verdict == yumen.VerdictReview {
		if fixes = nil; m != nil && m.suppress != nil {
			fixes = m.suppress(s)
		}
	}
	return fixes, verdict
}

func (m *mutant) asWritten() bool { return m != nil && m.written }

// of says which statement is checked.
func (m *mutant) of(s lawStatement) {
	if m != nil {
		m.s = s
	}
}

// result is what is made of protected cells.
func (w *laws) result(t *testing.T, e *engine, plan *analysis.Plan, p protected) [][]string {
	t.Helper()
	if w.m != nil && w.m.exact {
		return w.post(t, e, plan, p.held)
	}
	return w.post(t, e, plan, p.cells)
}

// withoutParts takes figures for figures over the whole group.
func withoutParts(_ lawStatement, s egress.Subject) egress.Subject {
	s.Columns = slices.Clone(s.Columns)
	for i := range s.Columns {
		s.Columns[i].Part = 0
	}
	return s
}

// pairs suppresses the second of two figures that add up the same over parts between which fewer than k units make the
// difference.
func pairs(s egress.Subject) []yumen.Fix {
	var cells []yumen.Cell
	for row, g := range s.Evidence.Groups {
		shown := func(c yumen.ArtifactColumn) bool {
			return c.Kind == yumen.ColumnAggregate && !slices.Contains(g.Empty, c.Name) &&
				!slices.Contains(cells, yumen.Cell{Row: row + 1, Column: c.Name})
		}
		for i, b := range s.Columns {
			for _, a := range s.Columns[:i] {
				if !shown(a) || !shown(b) || a.Adds != b.Adds || a.Part == b.Part {
					continue
				}
				if n := between(g.Atoms, a, b); n > 0 && n < int64(s.K) {
					cells = append(cells, yumen.Cell{Row: row + 1, Column: b.Name})
				}
			}
		}
	}
	if len(cells) == 0 {
		return nil
	}
	return []yumen.Fix{{Technique: yumen.TechniqueSuppress, Params: map[string]string{"rule": "pairs"}, Cells: cells}}
}

// between counts the units in one of two parts alone.
func between(atoms []yumen.Atom, a, b yumen.ArtifactColumn) (n int64) {
	in := func(mask uint64, part int) bool { return part == 0 || mask>>(part-1)&1 == 1 }
	for _, x := range atoms {
		if x.Adds == a.Adds && in(x.Parts, a.Part) != in(x.Parts, b.Part) {
			n += x.Units
		}
	}
	return n
}

var countOfColumn = regexp.MustCompile(`^count\([a-z]+\.[a-z_]+\)$`)

// withoutNulls takes the count of a column for the count of rows.
func withoutNulls(of lawStatement, s egress.Subject) egress.Subject {
	s.Columns = slices.Clone(s.Columns)
	rows := slices.IndexFunc(s.Columns,
		func(c yumen.ArtifactColumn) bool { return c.Function == "count" && c.Part == 0 })
	for i, c := range s.Columns {
		for n, a := range of.aggregates {
			if c.Name == fmt.Sprintf("a%d", n+1) && countOfColumn.MatchString(a.text) {
				s.Columns[i].Part = 0
				if rows >= 0 {
					s.Columns[i].Measure = s.Columns[rows].Measure
				}
			}
		}
	}
	return s
}

// nobodyIsEnough takes it that there is nothing to protect where nobody is: no combination of parts can occur that does
// not, and a figure over nobody may be seen.
func nobodyIsEnough(_ lawStatement, s egress.Subject) egress.Subject {
	s.Possible = []uint64{}
	s.Evidence.Groups = slices.Clone(s.Evidence.Groups)
	for i, g := range s.Evidence.Groups {
		g.Measures = slices.Clone(g.Measures)
		for j, m := range g.Measures {
			if m.Units == 0 {
				g.Measures[j] = yumen.MeasureEvidence{Units: 1 << 20, P: 1}
			}
		}
		s.Evidence.Groups[i] = g
		for _, a := range g.Atoms {
			if !slices.Contains(s.Possible, a.Parts) {
				s.Possible = append(s.Possible, a.Parts)
			}
		}
	}
	return s
}

// withoutRatios takes a measure after the first to tell of all units of its group.
func withoutRatios(_ lawStatement, s egress.Subject) egress.Subject {
	s.Evidence.Groups = slices.Clone(s.Evidence.Groups)
	for i, g := range s.Evidence.Groups {
		g.Measures = slices.Clone(g.Measures)
		for j := range g.Measures {
			if j > 0 && g.Measures[j].Units > 0 {
				g.Measures[j].Units = g.Units
			}
		}
		s.Evidence.Groups[i] = g
	}
	return s
}

// withoutRepeats takes a count of rows in which the statement has a hand to tell of all units of its group.
func withoutRepeats(_ lawStatement, s egress.Subject) egress.Subject {
	s.Evidence.Groups = slices.Clone(s.Evidence.Groups)
	for i, g := range s.Evidence.Groups {
		g.Measures = slices.Clone(g.Measures)
		for _, c := range s.Columns {
			if c.Repeats {
				g.Measures[c.Measure-1].Units = g.Units
			}
		}
		s.Evidence.Groups[i] = g
	}
	return s
}

var (
	listed  = regexp.MustCompile(` \* h\.beds`)
	flagged = regexp.MustCompile(` \* CAST\(.+ AS INTEGER\)`)
)

// unweighted leaves out factors and flags that are looked up, by CASE, as a truth value or in reference data.
func unweighted(text string) string {
	const weight = " THEN 2 ELSE 1 END * "
	for at := strings.Index(text, weight); at >= 0; at = strings.Index(text, weight) {
		text = text[:strings.LastIndex(text[:at], "CASE WHEN ")] + text[at+len(weight):]
	}
	return flagged.ReplaceAllString(listed.ReplaceAllString(text, ""), "")
}

// exactCosts gives every group as many rows as it has units, and more than rounding takes away: that is how large
// secondary suppression takes it to be.
func exactCosts(_ lawStatement, s egress.Subject) egress.Subject {
	s.Evidence.Groups = slices.Clone(s.Evidence.Groups)
	for i, g := range s.Evidence.Groups {
		s.Evidence.Groups[i].Rows = 1000 * g.Units
	}
	return s
}

// protected is protect, but for a mutant that judges tables apart.
func (w *laws) protected(t *testing.T, s lawStatement, q *question) (protected, yumen.Verdict) {
	t.Helper()
	if w.m == nil || !w.m.alone {
		return w.protect(t, q)
	}
	if q.fine { // others are asked before it
		q.s.done()
		q.fine = false
	}
	keys, shown := len(s.keys), []map[string]bool{}
	for _, sql := range s.tables {
		plan, err := analysed(t, w.data, sql, w.scope)
		if err != nil || len(plan.Cells) != keys+1 || len(q.Cells) != keys+len(s.tables) {
			return w.protect(t, q) // its cells are not those of the tables one by one
		}
		one := w.prepare(t, plan)
		p, _ := w.protect(t, one)
		one.s.close()
		seen := map[string]bool{}
		for _, row := range p.rows {
			seen[strings.Join(row[:keys], " | ")] = row[keys] != "∅"
		}
		shown = append(shown, seen)
	}
	cells, evidence := w.ask(t, q)
	out := protected{exact: exactRows(t, cells, evidence)}
	fix := yumen.Fix{Technique: yumen.TechniqueSuppress, Params: map[string]string{"rule": "apart"}}
	for i, row := range out.exact[1:] {
		for j, seen := range shown {
			if !seen[strings.Join(row[:keys], " | ")] {
				fix.Cells = append(fix.Cells, yumen.Cell{Row: i + 1, Column: q.Cells[keys+j].Name})
			}
		}
	}
	if len(fix.Cells) > 0 {
		in := w.env(task.FixSpec{Columns: q.Cells, Fixes: []yumen.Fix{fix}}, map[string]string{
			task.InArtifact: w.file(t, "cells", cells), task.InEvidence: w.file(t, "evidence", evidence)})
		lawAnswer[task.ResultAnswer](t, in, result.Handlers()[task.Fix])
		cells = in.Outputs[task.OutResult].Bytes()
	}
	out.cells, out.rows = cells, sandboxtest.Rows(t, cells, "∅", true)
	return out, yumen.VerdictPass
}
