package duck

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

var (
	lawStatements = flag.Int("laws", 160, "how many accepted statements the laws are checked on")
	lawSeed       = flag.Uint64("laws-seed", 1, "where the laws begin")
)

const (
	lawK         = 5
	lawPerPeople = 12 // statements for each population
)

// TestLawsOfCells checks, on statements and populations made at random, with constants taken from one person, and with
// counts that are exact or rounded to 5:
//
//   - Support: no combination of visible aggregates changes with 1…k−1 people alone, and no number divides how many rows all
//     but 0…k−1 people add to a count of rows that the statement repeats. What people change is counted in plain
//     DuckDB, on the text as it was written, by leaving each person out.
//   - Factor: the result is made of protected cells alone. It is the same in an engine with data as in one without, byte for
//     byte, and the same whenever the protected cells are.
//   - Invisibility: where a change of one person's row changes no cell of k people or more, or none that is not the same when
//     rounded, and no count of people that reaches k, the protected cells are the same, what is suppressed included.
func TestLawsOfCells(t *testing.T) {
	for _, rounding := range []int{1, 5} {
		t.Run(fmt.Sprintf("rounding %d", rounding), func(t *testing.T) {
			n := tally{}
			seed := *lawSeed + uint64(rounding-1)<<32 // other statements for each
			w := newLaws(t, rounding, nil)
			w.write = (*population).anyStatement
			checkLaws(t, w, seed, (*lawStatements+1)/2, n, func(v lawViolation) bool {
				n["violations"]++
				t.Errorf("population %d, %s: %s\n%s", v.seed, v.law, v.what, v.sql)
				return n["violations"] < 9
			})
			t.Logf("%v", map[string]int(n))
			for _, what := range []string{"accepted", "groups with visible aggregates", "groups with several visible",
				"combinations", "combinations across groups", "null vectors", "results that are to be the same",
				"changes that are to be invisible"} {
				if n[what] < *lawStatements/25 {
					t.Errorf("%s: %d", what, n[what])
				}
			}
			for _, what := range []string{"counts of rows that a statement repeats", "groups with visible quantiles",
				"groups with visible buckets", "changes that are to be invisible, of quantiles"} {
				if n[what] < *lawStatements/40 {
					t.Errorf("%s: %d", what, n[what])
				}
			}
		})
	}
}

// lawViolation is a statement that breaks a law.
type lawViolation struct {
	seed           uint64
	law, what, sql string
}

// laws are an engine and what statements are judged by.
type laws struct {
	*route
	scope analysis.Scope
	write func(*population) lawStatement
}

func newLaws(t *testing.T, rounding int, m *mutant) *laws {
	t.Helper()
	_, data, scope := publicEngines(t)
	lawTables(t, data)
	empty := free(t)
	scope.Risk.K, scope.Risk.Rounding, scope.Risk.MaxRows, scope.Risk.MaxBytes = lawK, rounding, 10000, 1<<20
	declareBounds(&scope)
	return &laws{&route{data: data, empty: empty, dir: t.TempDir(), risk: scope.Risk, m: m}, scope,
		(*population).statement}
}

// checkLaws checks the laws on n statements that are accepted, until found returns false.
func checkLaws(t *testing.T, w *laws, seed uint64, accepted int, n tally, found func(lawViolation) bool) {
	t.Helper()
	for ; n["accepted"] < accepted && n["generated"] < 20*accepted; seed++ {
		l := newPopulation(t, seed, w.data, w.scope)
		for i := range uint64(lawPerPeople) {
			l.choose()
			n["generated"]++
			s := w.write(l)
			plan, err := analysed(t, w.data, s.sql, w.scope)
			if err != nil {
				for _, r := range yumen.AsError(err).Reasons {
					n["refused: "+r.Rule]++
				}
				continue
			}
			if w.repeated(t, plan) {
				n["failed: a list repeats rows"]++
				continue
			}
			if n["accepted"]++; n["accepted"] > accepted {
				break
			}
			if n["accepted"]%1000 == 0 {
				t.Logf("%d statements, the last of population %d", n["accepted"], seed)
			}
			// What is drawn to judge one statement is the same whatever is shown, and changes no other.
			writes := l.Rand
			l.Rand = rand.New(rand.NewPCG(seed, 100+i))
			v := w.check(t, l, s, plan, n)
			if l.Rand = writes; v.law != "" {
				v.seed, v.sql = seed, s.sql
				if !found(v) {
					return
				}
			}
		}
	}
}

// repeated reports whether a list of the plan repeats rows, so that the statement is not run.
func (w *laws) repeated(t *testing.T, plan *analysis.Plan) bool {
	t.Helper()
	for _, k := range plan.Lookups {
		several, err := w.data.gives(t.Context(), k.SQL)
		if err != nil {
			t.Fatalf("%v\n%s", err, k.SQL)
		}
		if several {
			return true
		}
	}
	return false
}

// check checks the laws on one statement.
func (w *laws) check(t *testing.T, l *population, s lawStatement, plan *analysis.Plan, n tally) lawViolation {
	t.Helper()
	w.m.of(s)
	if plan = w.m.askedFor(t, w, s, plan); plan == nil {
		return lawViolation{}
	}
	q := w.prepare(t, plan)
	defer q.s.close()
	before, verdict := w.protected(t, s, q)
	n["verdict "+string(verdict)]++
	var shown [][]string
	if before.cells != nil {
		if plan.Post == "" {
			t.Fatalf("no post statement\n%s", s.sql)
		}
		shown = w.post(t, w.empty, plan, before.cells)
		if v := l.support(t, w, s, plan, shown, n); v != "" {
			return lawViolation{law: "support", what: v + "\n" + rowLines(shown)}
		}
	}
	v := w.invisibility(t, l, s, q, before, shown, n)
	if n["accepted"]%16 == 0 {
		w.sameAnew(t, q)
	}
	return v
}

// sameAnew holds that a question that was prepared once and asked several times is answered as one that is prepared
// now. The last digits of variances and the like depend on the order of rows, which is the engine's.
func (w *laws) sameAnew(t *testing.T, q *question) {
	t.Helper()
	if slices.ContainsFunc(q.Cells,
		func(c yumen.ArtifactColumn) bool { return c.Type == yumen.TypeDouble && c.Function != "avg" }) {
		return
	}
	c1, e1 := w.ask(t, q)
	anew := w.prepare(t, q.Plan)
	defer anew.s.close()
	c2, e2 := w.ask(t, anew)
	if !bytes.Equal(c1, c2) || !bytes.Equal(e1, e2) {
		t.Fatalf("prepared before, the question is answered in another way\n%s", q.SQL)
	}
}

// invisibility changes one value of one row that the statement looks at, several times, and where that is not to be
// seen, wants the same cells protected the same way.
func (w *laws) invisibility(t *testing.T, l *population, s lawStatement, q *question, before protected,
	shown [][]string, n tally) (v lawViolation) {
	t.Helper()
	tries, named, behind := 2, s.named(), w.histogram(t, s, q.Plan)
	switch {
	case len(named) == 0:
		tries = 0
	case s.counts():
		tries = 10 // many are the same when rounded
	}
	for range tries {
		at := named[l.IntN(len(named))]
		table, c := at.table, at.column
		cols, rows := lawColumns[table], l.rows[table]
		row := l.IntN(len(rows))
		if l.chance(40) {
			row = max(0, slices.IndexFunc(rows, func(r []string) bool { return r[0] == l.unit[0] }))
		}
		old, other := rows[row][c], rows[l.IntN(len(rows))][c]
		if other == old {
			continue
		}
		l.set(t, table, row, c, other)
		after, _ := w.protected(t, s, q)
		if before.cells != nil && equalRows(before.rows, after.rows) &&
			(n["accepted"]%4 == 0 || w.m != nil && w.m.exact) {
			n["results that are to be the same"]++ // tables that come and go make the engine plan anew, so not each time
			if again := w.result(t, w.data, q.Plan, after); !equalRows(shown, again) {
				v = lawViolation{law: "factor",
					what: fmt.Sprintf("%v\n-- of the same cells, beside data\n%v", shown, again)}
			}
		}
		if w.unseen(q.Plan, before.exact, after.exact) {
			now := w.histogram(t, s, q.Plan)
			if !equalRows(behind.full, now.full) {
				l.set(t, table, row, c, old)
				continue
			}
			if !equalRows(behind.edges, now.edges) {
				v = lawViolation{law: "invisibility",
					what: fmt.Sprintf("edges of buckets\n%s\n-- after\n%s", rowLines(behind.edges),
						rowLines(now.edges))}
			}
			n["changes that are to be invisible"]++
			if s.quantilesOf != "" {
				n["changes that are to be invisible, of quantiles"]++
			}
			if equalRows(behind.counts, now.counts) && !equalRows(before.rows, after.rows) {
				v = lawViolation{law: "invisibility",
					what: fmt.Sprintf("%s.%s of row %d from %s to %s\n%s\n-- after\n%s\n-- exact\n%s\n-- after\n%s",
						table, cols[c].sql, row, old, other, rowLines(before.rows), rowLines(after.rows),
						rowLines(before.exact), rowLines(after.exact))}
			}
		}
		l.set(t, table, row, c, old)
		if v.law != "" {
			return v
		}
	}
	return v
}

func equalRows(a, b [][]string) bool {
	return slices.EqualFunc(a, b, func(x, y []string) bool { return slices.Equal(x, y) })
}

func rowLines(rows [][]string) string {
	var out []string
	for _, r := range rows {
		out = append(out, strings.Join(r, " | "))
	}
	return strings.Join(out, "\n")
}

// unseen reports whether two tables of exact cells differ in nothing that k people stand behind: they have the same
// groups, those of fewer than k people apart the same figures, and counts of people differ only where both are less
// than k. Where counts are rounded and a table has counts alone, it is enough that they are the same when rounded.
func (w *laws) unseen(plan *analysis.Plan, a, b [][]string) bool {
	if len(a) != len(b) {
		return false
	}
	groups := map[string][]string{}
	keys, counts := 0, w.risk.Rounding > 1
	level := func([]string) string { return "" }
	for i, c := range plan.Cells {
		switch c.Kind {
		case yumen.ColumnKey:
			keys++
		case yumen.ColumnLevel:
			level = func(r []string) string { return r[i] }
		default:
			counts = counts && (c.Function == "count" && !c.Repeats || c.Function == "count_units")
		}
	}
	name := func(r []string) string { return strings.Join(append(slices.Clone(r[:keys]), level(r)), " | ") }
	for _, r := range a[1:] {
		groups[name(r)] = r
	}
	c := comparison{base: 1, most: lawK + len(plan.Cells) - keys - 1, head: a[0], units: slices.Index(a[0], "_units")}
	if counts {
		c.base = int64(w.risk.Rounding)
	}
	for _, r := range b[1:] {
		was, ok := groups[name(r)]
		if !ok || !c.same(plan, keys, was, r) {
			return false
		}
	}
	return true
}

// comparison compares the exact cells and the evidence of a group.
type comparison struct {
	base  int64 // figures that are the same when rounded to it are the same
	most  int   // no rule asks for more people
	head  []string
	units int
}

func (c comparison) same(plan *analysis.Plan, keys int, a, b []string) bool {
	if tooFew(a[c.units]) && tooFew(b[c.units]) {
		return true
	}
	few := map[string]bool{} // measures of fewer than k people
	for i, column := range c.head {
		if m, ok := strings.CutPrefix(column, "_units_"); ok && tooFew(a[i]) && tooFew(b[i]) {
			few[m] = true
		}
	}
	for i, column := range c.head {
		if i < len(plan.Cells) && plan.Cells[i].Function == "quantile" { // it is made of a histogram, which is compared
			continue
		}
		measure := ""
		switch {
		case i < len(plan.Cells):
			measure = fmt.Sprint(plan.Cells[i].Measure)
		default:
			measure = column[strings.LastIndex(column, "_")+1:]
		}
		if column == task.EvidenceVectors {
			if !slices.Equal(vectorsLeft(plan, few, a[i]), vectorsLeft(plan, few, b[i])) {
				return false
			}
			continue
		}
		if !few[measure] && a[i] != b[i] && !c.alike(column, i < len(plan.Cells), a[i], b[i]) {
			return false
		}
	}
	return true
}

// vectorsLeft is what units add to figures that are not of few people, in order.
func vectorsLeft(plan *analysis.Plan, few map[string]bool, text string) (out []string) {
	figures := task.Figures(plan.Cells)
	for _, item := range strings.Fields(text) {
		fields := strings.Split(item, ":")
		var left []string
		for i, x := range strings.Split(fields[1], ",") {
			if !few[fmt.Sprint(plan.Cells[figures[i].Column].Measure)] {
				left = append(left, x)
			}
		}
		if len(left) > 0 {
			out = append(out, slices.Repeat([]string{strings.Join(left, ",")}, peopleOf(fields[2]))...)
		}
	}
	slices.Sort(out)
	return out
}

// alike compares two values that are not equal.
func (c comparison) alike(column string, cell bool, a, b string) bool {
	switch {
	case column == "_atoms" || column == "_unit_atoms":
		return enough(a, c.base > 1) == enough(b, c.base > 1)
	case c.base == 1:
		return false
	case cell || column == "_rows":
		return rounded(a, c.base) == rounded(b, c.base)
	case strings.HasPrefix(column, "_units"):
		return peopleOf(a) >= c.most && peopleOf(b) >= c.most
	}
	return true // dominance is not asked for, and nothing is rounded by it
}

func peopleOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

func rounded(text string, base int64) int64 { return (int64(peopleOf(text)) + base/2) / base * base }

func tooFew(text string) bool { return peopleOf(text) < lawK }

// enough are the combinations of parts with k people or more, with their counts if those matter.
func enough(atoms string, only bool) string {
	var out []string
	for _, a := range strings.Fields(atoms) {
		parts := strings.Split(a, ":")
		if !tooFew(parts[1]) {
			if only {
				parts[1] = ""
			}
			out = append(out, strings.Join(parts, ":"))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
