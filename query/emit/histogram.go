package emit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// Quantiles are read from a histogram that could be shown itself. All that a figure rests on are its edges and how many
// rows lie below each, rounded to the base of counts. Where these counts must not be told beside other figures
// (cells.Histogram), they are rounded further and decide no more than between which edges a quantile is.
//
// Buckets are counted at several widths, each twice the one before. A bucket is full if each combination of parts that
// the quantiles take rows from, and that has k units in the group, has k units in it. An edge is where two neighbours
// of one width are both full. So an edge says of public buckets that they have k units or not, as a table does that
// leaves out small groups, and tells of nobody who stands next to it; and between two edges lies a full bucket.
// Combinations with fewer units are combinations of others, or else figures of the row are suppressed (package egress,
// parts): then so are they in each bucket.
//
//	_h    _base by keys, combination m, finest bucket h, units: rows r
//	_l    _h by keys, m and bucket c of width 2^j: units n
//	_d    the full buckets
//	_b    the edges b, and the ends of all
//	_n    by keys: units of each part, u1…
//	_s    by keys and edge: rows of each part below it, s1…
//	_q    by keys: the quantiles q1…, those that have k units at least on either side
func (e groupEmitter) histogram() []string {
	return []string{cte("_h", e.finest()), cte("_l", e.widths()), cte("_d", e.full()), cte("_b", e.edges()),
		cte("_n", e.inParts()), cte("_s", e.below()), cte("_q", e.quantiles())}
}

// topWidths are the exponents of the widths at which edges are looked for; beyond, buckets are of no use.
const topWidths = 6

// finest numbers the finest bucket of each row.
func (e groupEmitter) finest() string {
	m, from := "m", "x IS NOT NULL"
	if len(e.m.Parts) == 0 {
		m = "0 AS m"
	}
	if only := e.quantileParts(); !slices.Contains(only, 0) {
		mask := 0
		for _, p := range only {
			mask |= 1 << (p - 1)
		}
		from += fmt.Sprintf(" AND m & %d <> 0", mask)
	}
	units := ""
	if !e.rowsAreUnits() {
		for _, u := range e.each("u%d") {
			units += ", " + u
		}
		if len(e.units) == 1 && e.mergeable() { // the answer has rows of units alone
			from += " AND u1 IS NOT NULL"
		}
	}
	rows := fmt.Sprintf("SELECT %s%s%s, %s FROM _base WHERE %s", e.keys(""), m, units, e.bucket(), from)
	return fmt.Sprintf("SELECT %sm%s, h, count(*) AS r FROM (%s)%s", e.keys(""), units, rows,
		e.groupBy("m"+units+", h"))
}

// quantileParts lists the parts that quantiles are over, each once.
func (e groupEmitter) quantileParts() (out []int) {
	for _, g := range e.h.Of {
		if p := e.m.Part(g.Filter); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// bucket writes the number h of the finest bucket of x. It does not fail, whatever x is.
func (e groupEmitter) bucket() string {
	g := e.h.Grid
	if g.Width > 0 {
		return fmt.Sprintf("CAST(least(greatest(floor(x / %s + 1e-9) - %d, 0), %d) AS BIGINT) AS h", double(g.Width),
			g.First, 1<<g.Bits-1)
	}
	return fmt.Sprintf("least(abs(x), 1e%d) AS a, least(greatest(floor(log10(greatest(a, 1e%d)) + 1e-12), %d), %d) AS d, ", g.MaxDecade(), g.Exp, g.Exp+1, g.MaxDecade()) +
		fmt.Sprintf("CASE WHEN a < 1e%[1]d THEN floor(a / 1e%[2]d + 1e-9) ELSE (d - %[1]d) * 90 + least(greatest(floor(a / pow(10, d - 1) + 1e-9), 10), 99) END AS i, ", g.Exp+1, g.Exp) +
		fmt.Sprintf("CAST(CASE WHEN x < 0 THEN %d - i ELSE %d + i END AS BIGINT) AS h", cells.Zero-1, cells.Zero)
}

// place writes where the lower end of finest bucket b lies.
func (e groupEmitter) place() string {
	g := e.h.Grid
	if g.Width > 0 {
		return fmt.Sprintf("(b + %d) * %s - %s", g.First, double(g.Width), double(g.Step/2))
	}
	from := func(i string) string {
		return fmt.Sprintf("(CASE WHEN %[1]s < 10 THEN (%[1]s) * 1e%[2]d ELSE (10 + (%[1]s - 10) %% 90) * pow(10, %[2]d + (%[1]s - 10) // 90) END - %[3]s)", i, g.Exp, double(g.Step/2))
	}
	return fmt.Sprintf("CASE WHEN b >= %[1]d THEN %[2]s ELSE -%[3]s END", cells.Zero,
		from(fmt.Sprintf("(b - %d)", cells.Zero)), from(fmt.Sprintf("(%d - b)", cells.Zero)))
}

func double(f float64) string { return plan.FormatDouble(f) }

// widths counts units in the buckets of every width, and in all together.
func (e groupEmitter) widths() string {
	var widths []string
	for j := range min(topWidths, e.h.Grid.Bits) {
		widths = append(widths, fmt.Sprintf("(%d)", j))
	}
	widths = append(widths, fmt.Sprintf("(%d)", e.h.Grid.Bits))
	n := "CAST(sum(r) AS BIGINT)"
	if !e.rowsAreUnits() {
		n = worst("least", e.each("count(DISTINCT u%d)"))
	}
	return fmt.Sprintf("SELECT %sm, j, h >> j AS c, %s AS n FROM _h, (VALUES %s) AS w(j)%s", e.keys(""), n,
		strings.Join(widths, ", "), e.groupBy("m, j, c"))
}

// full lists the full buckets.
func (e groupEmitter) full() string {
	k, all := e.risk.K, e.h.Grid.Bits
	total := fmt.Sprintf("SELECT *, max(CASE WHEN j = %d THEN n END) OVER (PARTITION BY %sm) AS total FROM _l", all,
		e.keys(""))
	masks := fmt.Sprintf("SELECT *, count(*) FILTER (WHERE j = %d) OVER (PARTITION BY %s) AS masks FROM (%s) WHERE total >= %d", all, e.partition(""), total, k)
	return fmt.Sprintf("SELECT %sj, c FROM (%s)%s HAVING count(*) FILTER (WHERE n >= %d) = masks", e.keys(""), masks,
		e.groupBy("j, c, masks"), k)
}

// partition lists the keys, or a constant.
func (e groupEmitter) partition(of string) string {
	if len(e.b.Keys) == 0 {
		return "1"
	}
	return strings.TrimSuffix(e.keys(of), ", ")
}

// edges lists the edges of each group, in numbers of finest buckets, and the ends before and after all.
func (e groupEmitter) edges() string {
	neighbours := fmt.Sprintf("SELECT %sj, c, lag(c) OVER (PARTITION BY %s, j ORDER BY c) AS before FROM _d",
		e.keys(""), e.partition(""))
	found := fmt.Sprintf("SELECT DISTINCT %sc << j AS b FROM (%s) WHERE before = c - 1", e.keys(""), neighbours)
	return fmt.Sprintf("SELECT * FROM (%[1]s) UNION ALL SELECT DISTINCT %[2]sunnest([-1, %[3]d]) AS b FROM (%[1]s)",
		found, e.keys(""), int64(1)<<e.h.Grid.Bits)
}

// inParts counts the units of each part.
func (e groupEmitter) inParts() string {
	var cols []string
	for _, p := range e.quantileParts() {
		in := ""
		if p > 0 {
			in = fmt.Sprintf(" FILTER (WHERE m & %d <> 0)", 1<<(p-1))
		}
		count := []string{"CAST(sum(r)" + in + " AS BIGINT)"}
		if !e.rowsAreUnits() {
			count = e.each("count(DISTINCT u%d)" + in)
		}
		cols = append(cols, fmt.Sprintf("%s AS u%d", worst("least", count), p))
	}
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + " FROM _h" + e.groupBy("")
}

// below counts, of each part, the rows below each edge, rounded.
func (e groupEmitter) below() string {
	var none, counts, sums []string
	for _, p := range e.quantileParts() {
		count := "sum(r)"
		if p > 0 {
			count = fmt.Sprintf("coalesce(sum(r) FILTER (WHERE m & %d <> 0), 0)", 1<<(p-1))
		}
		counts, none = append(counts, fmt.Sprintf("%s AS r%d", count, p)), append(none, "0")
		sum := fmt.Sprintf("CAST(sum(r%d) OVER w AS BIGINT)", p)
		if e.h.Counted {
			sum = rounded(sum, e.risk.Rounding)
		}
		sums = append(sums, fmt.Sprintf("%s AS s%d", sum, p))
	}
	rows := fmt.Sprintf("SELECT %sh AS b, 1 AS late, %s FROM _h%s", e.keys(""), strings.Join(counts, ", "),
		e.groupBy("h"))
	edges := fmt.Sprintf("SELECT %sb, 0, %s FROM _b", e.keys(""), strings.Join(none, ", "))
	return fmt.Sprintf("SELECT %sb, late, %s FROM (%s UNION ALL %s) WINDOW w AS (PARTITION BY %s ORDER BY b, late ROWS UNBOUNDED PRECEDING)",
		e.keys(""), strings.Join(sums, ", "), rows, edges, e.partition(""))
}

// rounded writes a whole number as the multiple of a base that is nearest.
func rounded(n string, base int) string {
	base = max(1, base)
	return fmt.Sprintf("(%s + %d) // %d * %d", n, base/2, base, base)
}

// counted are the edges with the rows below them, rounded. Counts that must not be told are in average units and
// rounded to k: in rows, one unit with many of them would be more than the rounding hides.
func (e groupEmitter) counted() string {
	if e.h.Counted {
		return "SELECT * FROM _s WHERE late = 0"
	}
	base := max(e.risk.K, e.risk.Rounding)
	cols := []string{"s.b"}
	for _, p := range e.quantileParts() {
		share := fmt.Sprintf("s.s%[1]d * CAST(%[2]s AS DOUBLE) / greatest(max(s.s%[1]d) OVER (PARTITION BY %[3]s), 1)",
			p, rounded(fmt.Sprintf("n.u%d", p), base), e.partition("s."))
		cols = append(cols, fmt.Sprintf("%s AS s%d", rounded("CAST(round("+share+") AS BIGINT)", base), p))
	}
	return fmt.Sprintf("SELECT %s%s FROM _s AS s JOIN _n AS n ON %s WHERE s.late = 0", e.keys("s."),
		strings.Join(cols, ", "), e.sameKeys("s", "n"))
}

// quantiles finds for each quantile the two edges around it, and the place between that the rounded counts say, which
// is the middle where these must not be told.
func (e groupEmitter) quantiles() string {
	segments := []string{"v", "lead(v) OVER w AS v2"}
	for _, p := range e.quantileParts() {
		segments = append(segments,
			fmt.Sprintf("s%[1]d, lead(s%[1]d) OVER w AS t%[1]d, max(s%[1]d) OVER (PARTITION BY %[2]s) AS n%[1]d", p,
				e.partition("")))
	}
	var cols, shown []string
	for i, of := range e.h.Of {
		p, q := e.m.Part(of.Filter), double(of.Quantile)
		value := "(v + v2) / 2"
		if e.h.Counted {
			value = fmt.Sprintf("v + (%[1]s * n%[2]d - s%[2]d) / (t%[2]d - s%[2]d) * (v2 - v)", q, p)
		}
		cols = append(cols, fmt.Sprintf("first(%[1]s ORDER BY b) FILTER (WHERE t%[2]d >= %[3]s * n%[2]d AND t%[2]d > s%[2]d) AS v%[4]d", e.shortened(value), p, q, i+1))
		shown = append(shown, fmt.Sprintf("CASE WHEN n.u%d * %s >= %d THEN v.v%d END AS q%d", p,
			double(min(of.Quantile, 1-of.Quantile)), e.risk.K, i+1, i+1))
	}
	between := fmt.Sprintf("SELECT %sb, %s FROM (%s) WINDOW w AS (PARTITION BY %s ORDER BY b)", e.keys(""),
		strings.Join(segments, ", "), e.placed(), e.partition(""))
	values := fmt.Sprintf("SELECT %s%s FROM (%s)%s", e.keys(""), strings.Join(cols, ", "), between, e.groupBy(""))
	return fmt.Sprintf("SELECT %s%s FROM (%s) AS v JOIN _n AS n ON %s", e.keys("v."), strings.Join(shown, ", "), values,
		e.sameKeys("v", "n"))
}

// placed writes the edges with the values that they lie at; ends that are not known are at none.
func (e groupEmitter) placed() string {
	end := func(of *float64) string {
		if of == nil {
			return "NULL"
		}
		return double(*of)
	}
	g := e.h.Grid
	return fmt.Sprintf("SELECT *, CASE b WHEN -1 THEN %s WHEN %d THEN %s ELSE %s END AS v FROM (%s)", end(g.Lo),
		int64(1)<<g.Bits, end(g.Hi), e.place(), e.counted())
}

// shortened writes a value with the digits that mean something: of the grid's width or one more, or three.
func (e groupEmitter) shortened(value string) string {
	g := e.h.Grid
	if g.Width == 0 {
		return fmt.Sprintf("round(%[1]s, CAST(least(2 - floor(log10(greatest(abs(%[1]s), 1e%[2]d))), %[3]d) AS INTEGER))", value, g.Exp, -g.Exp)
	}
	digits := -int(math.Floor(math.Log10(g.Width) + 1e-12))
	if g.Width > g.Step {
		digits++
	}
	return fmt.Sprintf("round(%s, %d)", value, digits)
}
