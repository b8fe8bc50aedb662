package attacks

import (
	"context"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// spelling is one way to make few people look like many: how the baseline is asked, and the statement for class
// aggregate.
type spelling struct {
	weak Ask
	sql  string
}

// multiplicity makes the rows of one person many, so that a threshold on rows or a careless count of units is passed.
func multiplicity(ctx context.Context, l *Lab) ([]Result, error) {
	n := []string{"count(*)"}
	job := []string{"job"}
	return l.spelled(ctx, "multiplicity inflation", []spelling{
		{Ask{Select: n, Keys: job,
			From: "(SELECT p.job, p.person || q.person AS person FROM crowd p JOIN crowd q ON p.area = q.area)"},
			"SELECT p.job, count(*) AS n FROM crowd p JOIN crowd q ON p.area = q.area GROUP BY p.job"},
		{Ask{Select: n, Keys: job, From: "(SELECT job, i AS person FROM crowd, range(20) t(i))"},
			"SELECT p.job, count(*) AS n FROM crowd p CROSS JOIN crowd q GROUP BY p.job"},
		{Ask{Select: n, Keys: job, From: "(SELECT job, person, unnest(range(20)) AS i FROM crowd) s"},
			"SELECT job, count(*) AS n FROM (SELECT job, unnest(range(20)) AS i FROM crowd) s GROUP BY job"},
		{Ask{Select: n, Keys: job, From: unionAll("SELECT job, person || '%' AS person FROM crowd")},
			"SELECT job, count(*) AS n FROM (" + times("SELECT job FROM crowd", " UNION ALL ", 12) +
				") s GROUP BY job"},
		{Ask{Select: n, Keys: job,
			From: "(SELECT p.job, q.person FROM crowd p JOIN crowd q ON p.seat <= q.seat + 400)"},
			"SELECT p.job, count(*) AS n FROM crowd p JOIN crowd q ON p.seat <= q.seat + 400 GROUP BY p.job"},
		{Ask{Select: n, Keys: job,
			From: "(WITH t AS (SELECT job, person FROM crowd) SELECT t.job, u.person FROM t, t u)"},
			"WITH t AS (SELECT job, person FROM crowd) SELECT t.job, count(DISTINCT u.person) AS n FROM t JOIN t u ON true GROUP BY t.job"},
	})
}

// laundering gives the unit another identity, so that rows of one person seem to be several's, or nobody's.
func laundering(ctx context.Context, l *Lab) ([]Result, error) {
	n := []string{"count(*)"}
	job := []string{"job"}
	of := func(person string) Ask {
		return Ask{Select: n, Keys: job, From: "(SELECT job, " + person + " AS person FROM crowd, range(20) t(i))"}
	}
	return l.spelled(ctx, "unit laundering", []spelling{
		{of("md5(person || i)"),
			"SELECT job, count(*) AS n FROM (SELECT job, md5(person) AS person FROM crowd) s GROUP BY job"},
		{of("hash(person) + i"),
			"SELECT job, count(DISTINCT p) AS n FROM (SELECT job, person + 0 AS p FROM crowd) s GROUP BY job"},
		{of("seat + i"), "SELECT job, count(DISTINCT seat) AS n FROM crowd GROUP BY job"},
		{of("concat(person, '-', i)"),
			"SELECT job, count(DISTINCT concat(person, '-', seat)) AS n FROM crowd GROUP BY job"},
		{of("row_number() OVER ()"),
			"SELECT job, count(*) AS n FROM (SELECT job, row_number() OVER () AS person FROM crowd) s GROUP BY job"},
		{of("CASE WHEN i > 0 THEN i ELSE NULL END"),
			"SELECT p.job, count(*) AS n FROM crowd p LEFT JOIN crowd q ON p.person = q.person AND q.seat < 0 GROUP BY p.job"},
		{Ask{Select: n, Keys: job,
			From: "(SELECT p.job, q.person FROM crowd p RIGHT JOIN crowd q ON p.seat <> q.seat)"},
			"SELECT q.job, count(*) AS n FROM crowd p RIGHT JOIN crowd q ON p.person = q.person AND p.seat < 0 GROUP BY q.job"},
	})
}

// spelled counts, over all spellings, the rare values shown.
func (l *Lab) spelled(ctx context.Context, name string, ways []spelling) ([]Result, error) {
	success := yumen.Say("a number is shown about a value that only one person has, over all spellings",
		"显示了仅一人具有的取值的数字（合计各种写法）")
	var asks []Ask
	weak, ours, refused := 0, 0, 0
	for _, w := range ways {
		asks = append(asks, w.weak)
	}
	tables, err := l.Weak(ctx, Whole, asks)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(ways))
	if err := l.each(len(ways), func(i int) (err error) {
		answers[i], err = l.aggregate(ctx, Whole, ways[i].sql)
		return err
	}); err != nil {
		return nil, err
	}
	for i, ans := range answers {
		weak += l.rareCells(tables[i])
		ours += l.rareCells(ans.Table)
		refused += bit(ans.Job.State == yumen.StateRejected)
	}
	trials := len(ways) * len(l.Crowd.rare)
	return []Result{
		rate(name, Threshold, "enclave", weak, trials, 0, nil, success),
		rate(name, Aggregate, "jobs", ours, trials, 0, never(), success).
			with(yumen.Say("%d of %d spellings refused by analysis, the others answered without such a number",
				"%d / %d 种写法被分析拒绝，其余的回答不含此类数字", refused, len(ways))),
	}, nil
}

func times(s, sep string, n int) string {
	return strings.Join(slices.Repeat([]string{s}, n), sep)
}

func unionAll(of string) string {
	parts := make([]string, 12)
	for i := range parts {
		parts[i] = strings.ReplaceAll(of, "%", string(rune('a'+i)))
	}
	return "(" + strings.Join(parts, " UNION ALL ") + ")"
}
