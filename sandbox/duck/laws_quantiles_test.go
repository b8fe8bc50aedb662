package duck

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// inBucket stands for the condition that a value lies in a bucket.
const inBucket = "IN_BUCKET"

// quantiled writes a statement with quantiles of one column, beside up to two other aggregates.
func (l *population) quantiled() lawStatement {
	s := l.statement()
	if l.chance(45) { // where buckets may be told
		s = lawStatement{from: "residents r", key: "r.resident_id"}
		s.of("residents", "r")
		s = l.over(s)
		s.aggregates = slices.DeleteFunc(s.aggregates,
			func(a lawAggregate) bool { return !strings.HasPrefix(a.adds, "count(") })
	}
	x := l.column(s.fields, l.one("int", "int", "dec"))
	if x == "" {
		return s
	}
	s.quantilesOf = x
	bare := []string{"sum(" + x + ")", "avg(" + x + ")", "count(" + x + ")"}
	s.aggregates = slices.DeleteFunc(s.aggregates, func(a lawAggregate) bool {
		return strings.Contains(a.text, x) && !slices.Contains(bare, a.text)
	})
	s.aggregates = s.aggregates[:min(2, len(s.aggregates))]
	s.keys = s.keys[:min(l.IntN(2), len(s.keys))]
	if l.chance(60) {
		s.where = ""
	}
	for range 1 + l.IntN(3) {
		filter := ""
		if l.chance(25) {
			filter = " FILTER (WHERE " + l.condition(s.fields, 0) + ")"
		}
		text := l.one("median("+x+")", "median("+x+")", "quantile_cont("+x+", 0.25)", "quantile_disc("+x+", 0.7)",
			"percentile_cont(0.4) WITHIN GROUP (ORDER BY "+x+")", "median(1 - 2 * "+x+")")
		s.aggregates = append(s.aggregates, lawAggregate{text: text + filter,
			buckets: "count(CASE WHEN " + inBucket + " THEN 1 END)" + filter})
	}
	s.sql = l.text(s)
	return s
}

// behind runs a statement over the tables that quantiles are read from (query/emit), as text; keys come first, in the
// order of the statement. Nil where there are no quantiles.
func (w *laws) behind(t *testing.T, s lawStatement, plan *analysis.Plan, columns, from string) (out [][]string) {
	t.Helper()
	head, rest, ok := strings.Cut(plan.SQL, ",\n_q AS (")
	if !ok {
		return nil
	}
	const start, end = "(SELECT *, CASE b WHEN ", " AS v FROM "
	placed := rest[strings.Index(rest, start):strings.Index(rest, end)+len(end)] + "_b)"
	var keys []string
	for i := range s.keys {
		name := fmt.Sprintf("k%d", i+1)
		for j, c := range plan.Cells {
			if c.Name == name {
				keys = append(keys, fmt.Sprintf("coalesce(CAST(k%d AS VARCHAR), '∅') AS key%d", j+1, i+1))
			}
		}
	}
	if len(keys) != len(s.keys) {
		t.Fatalf("keys are not found\n%s", s.sql)
	}
	sql := head + "\nSELECT " + strings.Join(append(keys, columns), ", ") + " FROM " +
		strings.ReplaceAll(from, "PLACED", placed) + " ORDER BY ALL"
	in := w.env(nil, nil)
	if err := w.data.answer(t.Context(), in, task.QuerySpec{SQL: sql}); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)[1:]
}

// tellsBuckets reports whether quantiles of a statement may tell how many rows lie in the buckets between edges: nothing
// is asked for but counts, which a sum of ones is too, and nobody has several rows in a group.
func (w *laws) tellsBuckets(t *testing.T, s lawStatement, plan *analysis.Plan) bool {
	t.Helper()
	adding := []string{"sum", "avg", "var_samp", "var_pop", "stddev_samp", "stddev_pop", "count_distinct"}
	for _, c := range plan.Cells {
		if slices.Contains(adding, c.Function) {
			return false
		}
	}
	where := "TRUE"
	if s.where != "" {
		where = s.where
	}
	sql := "SELECT 1 FROM " + s.exact() + " WHERE " + where + " GROUP BY " + strings.Join(append(slices.Clone(s.keys), s.key), ", ") +
		" HAVING count(*) > 1"
	several, err := w.data.gives(t.Context(), sql)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return !several
}

// histogram is what quantiles may tell: in which public buckets each combination of parts has k people, where edges
// are, and how many rows lie below each and people are in each part. Rows that must not be told are counted in average
// people, to the nearest multiple of k.
type histogram struct{ full, edges, counts [][]string }

func (w *laws) histogram(t *testing.T, s lawStatement, plan *analysis.Plan) (h histogram) {
	t.Helper()
	if s.quantilesOf == "" {
		return h
	}
	h.full = w.behind(t, s, plan, "m, j, c", fmt.Sprintf("_l WHERE n >= %d", lawK))
	h.edges = w.behind(t, s, plan, "b", "_b")
	below := w.behind(t, s, plan, "b, COLUMNS('^s[0-9]+$')", "_s WHERE late = 0")
	people := w.behind(t, s, plan, "COLUMNS('^u[0-9]+$')", "_n")
	if !w.tellsBuckets(t, s, plan) {
		hide(below, people, len(s.keys), max(lawK, w.risk.Rounding))
	}
	h.counts = append(below, people...)
	return h
}

// hide rounds the rows below edges of each group.
func hide(below, people [][]string, keys, base int) {
	number := func(text string) float64 {
		f, _ := strconv.ParseFloat(text, 64)
		return f
	}
	to := func(x float64) float64 { return math.Floor((x+float64(base/2))/float64(base)) * float64(base) }
	for _, of := range people {
		for part := range len(of) - keys {
			all, in := 1.0, [][]string{}
			for _, row := range below {
				if slices.Equal(row[:keys], of[:keys]) {
					all, in = max(all, number(row[keys+1+part])), append(in, row)
				}
			}
			for _, row := range in {
				n := &row[keys+1+part]
				*n = fmt.Sprint(to(math.Round(number(*n) * to(number(of[keys+part])) / all)))
			}
		}
	}
}

// buckets gives, for each group that shows a quantile, what each person adds to the counts of the buckets between
// edges.
func (l *population) buckets(t *testing.T, w *laws, s lawStatement, plan *analysis.Plan) map[string][][]lawCell {
	t.Helper()
	edges := map[string][]string{}
	var all []string
	for _, row := range w.behind(t, s, plan, "v", "PLACED WHERE b > -1 AND b < (SELECT max(b) FROM _b)") {
		group, v := strings.Join(row[:len(s.keys)], " | "), row[len(s.keys)]
		edges[group] = append(edges[group], v)
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	below := s // counts below each edge, and of all
	below.aggregates = nil
	for _, a := range s.aggregates {
		for _, v := range all {
			below.count(strings.ReplaceAll(a.buckets, inBucket, "CAST("+s.quantilesOf+" AS DOUBLE) < "+v))
		}
		below.count(strings.ReplaceAll(a.buckets, inBucket, s.quantilesOf+" IS NOT NULL"))
	}
	for i, a := range below.aggregates {
		if a.adds == "" {
			below.aggregates[i].adds = "0"
		}
	}
	out := map[string][][]lawCell{}
	for group, people := range l.effects(t, w.route, below) {
		for i, a := range s.aggregates {
			var cells []lawCell
			if a.buckets != "" && len(edges[group]) > 0 {
				at := []int{}
				for _, v := range sortedNumbers(edges[group]) {
					at = append(at, i*(len(all)+1)+slices.Index(all, v))
				}
				at = append(at, i*(len(all)+1)+len(all))
				for b, column := range at {
					c := lawCell{name: fmt.Sprintf("bucket %d of a%d of %s", b+1, i+1, group)}
					for _, e := range people {
						x := e[column]
						if b > 0 {
							x -= e[at[b-1]]
						}
						c.effects = append(c.effects, x)
					}
					cells = append(cells, c)
				}
			}
			out[group] = append(out[group], cells)
		}
	}
	return out
}

func sortedNumbers(texts []string) []string {
	number := func(s string) float64 {
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	out := slices.Clone(texts)
	slices.SortFunc(out, func(a, b string) int {
		switch x, y := number(a), number(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return slices.Compact(out)
}

// some takes a few at random.
func (l *population) some(cells []lawCell, most int) []lawCell {
	l.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	return cells[:min(most, len(cells))]
}
