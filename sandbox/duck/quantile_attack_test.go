package duck

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// TestQuantilesOfFew asks the statements that told of single people, over people made for it, counts being exact. Two
// populations differ in what one person has; the quantiles say the same of both.
func TestQuantilesOfFew(t *testing.T) {
	const many = "quantile_cont(v.cost, 0.3) AS q1, median(v.cost) AS q2, quantile_cont(v.cost, 0.7) AS q3"
	fine := many
	for i := range 30 {
		fine += fmt.Sprintf(", quantile_cont(v.cost, %v) AS p%d", 0.2+0.02*float64(i), i)
	}
	// Everybody has two visits of one cost, one of them long.
	regular := func(u int) [][2]string {
		cost := fmt.Sprint(10 * (1 + u%3))
		return [][2]string{{cost, "6"}, {cost, "1"}}
	}
	with := func(u int, visits ...[2]string) func(int) [][2]string {
		return func(of int) [][2]string {
			if of == u {
				return visits
			}
			return regular(of)
		}
	}
	for name, c := range map[string]struct {
		sql      string
		one, two func(int) [][2]string
		shown    int // quantiles that have a value: none has in the outermost buckets, as costs have no bounds
	}{
		"a visit more in a bucket": {"SELECT " + fine + ", median(v.cost) FILTER (WHERE v.days > 4) AS f FROM visits v",
			regular, with(4, [2]string{"20", "6"}, [2]string{"20", "1"}, [2]string{"20", "1"}), 17},
		"visits in two buckets": {"SELECT " + fine + " FROM visits v", regular,
			with(4, [2]string{"20", "6"}, [2]string{"30", "1"}), 17},
		"the last bucket": {"SELECT " + fine + " FROM visits v", with(5, [2]string{"30", "6"}, [2]string{"30", "1"}),
			with(5, [2]string{"39", "6"}, [2]string{"30", "1"}), 17},
		"beside a mean of nearly equal values": {"SELECT " + many + ", avg(v.cost) AS mean FROM visits v", regular,
			with(4, [2]string{"20", "6"}, [2]string{"21", "1"}), 1},
		"equal values": {"SELECT " + many + " FROM visits v",
			func(int) [][2]string { return [][2]string{{"20", "1"}, {"20", "6"}} },
			func(u int) [][2]string { return [][2]string{{fmt.Sprint(20 + 5*(u/59)), "1"}, {"20", "6"}} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLaws(t, 1, nil)
			one, all := quantilesOf(t, w, c.sql, c.one)
			two, _ := quantilesOf(t, w, c.sql, c.two)
			if one != two {
				t.Errorf("%s\n%s\n-- one person changed\n%s", c.sql, one, two)
			}
			if all != c.shown {
				t.Errorf("%d quantiles are shown, not %d: %s", all, c.shown, one)
			}
		})
	}
}

// quantilesOf asks for cells over the visits of 60 people, of which only cost and days matter.
func quantilesOf(t *testing.T, w *laws, sql string, visits func(person int) [][2]string) (row string, shown int) {
	t.Helper()
	l := newPopulation(t, 1, w.data, w.scope)
	l.rows["visits"] = nil
	for u := range 60 {
		for _, v := range visits(u) {
			l.rows["visits"] = append(l.rows["visits"], []string{fmt.Sprint(u + 1),
				fmt.Sprint(len(l.rows["visits"]) + 1), "DATE '2024-01-01'", "'eyes'", "'J11'", v[0], v[1], "'h1'"})
		}
	}
	l.load(t)
	plan, err := analysed(t, w.data, sql, w.scope)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	q := w.prepare(t, plan)
	defer q.s.close()
	p, _ := w.protect(t, q)
	if p.cells == nil {
		return "", 0
	}
	rows := sandboxtest.Rows(t, p.cells, "∅", false)
	var out []string
	for i, name := range rows[0] {
		if len(rows) > 1 && strings.ContainsAny(name[:1], "qpf") {
			if out = append(out, name+" "+rows[1][i]); rows[1][i] != "∅" {
				shown++
			}
		}
	}
	return strings.Join(out, ", "), shown
}
