package duck

import (
	"regexp"
	"slices"
	"strings"
)

// lawStatement is an aggregate statement in parts: all aggregates are shown as they are, others are computed from them.
type lawStatement struct {
	from, where, key string
	keys             []string
	sets             string // GROUPING SETS of keys, the last of which is GROUPING of the others; "" for one
	aggregates       []lawAggregate
	fields           []field
	sql              string
	tables           []string // of a family, as statements of their own
	repeats          bool     // it has a hand in how many rows a person has
	apart            string   // a column that tells the sides of a union apart, by a constant on each
	quantilesOf      string   // the column that its quantiles are of, if it has any
}

// lawAggregate is an aggregate as text. Adds is a sum over units that its value discloses, "" where there is none, and
// total the same in a row that is a total, where that differs; written is what it would be if the engine ran it as it
// stands, where that differs; buckets, of a quantile, counts its values in a bucket.
type lawAggregate struct{ text, adds, total, written, buckets string }

// repeatsRows reports whether a group can hold rows of one person that the statement repeats. Grouped by what tells the
// sides of a union apart, each group has the rows of one side, as they are in the data.
func (s lawStatement) repeatsRows() bool {
	return s.repeats && (s.apart == "" || !slices.Contains(s.keys, s.apart))
}

var tied = regexp.MustCompile(`arg_(min|max)\(v\.days, (v\.\w+)\)`)

// exact is where the rows come from, for plain DuckDB: of rows that come first together in arg_min and arg_max the least value
// counts (docs/query.md#values-of-one-unit), where the engine takes any.
func (s lawStatement) exact() string {
	return tied.ReplaceAllStringFunc(s.from, func(text string) string {
		m := tied.FindStringSubmatch(text)
		least := map[string]string{"min": "v.days", "max": "-v.days"}[m[1]]
		return "arg_" + m[1] + "(v.days, CASE WHEN " + m[2] + " IS NOT NULL THEN {'by': " + m[2] + ", 'then': " + least +
			"} END)"
	})
}

func (s *lawStatement) and(condition string) {
	if s.where != "" {
		s.where += " AND "
	}
	s.where += condition
}

func (s *lawStatement) count(texts ...string) {
	for _, x := range texts {
		s.aggregates = append(s.aggregates, lawAggregate{text: x, adds: x})
	}
}

// of puts the columns of a table within reach.
func (s *lawStatement) of(table, alias string) {
	for _, f := range lawColumns[table] {
		if f.kind != "key" {
			s.fields = append(s.fields, field{alias + "." + f.sql, f.kind})
		}
	}
}

// namedColumn is a column of a table, by its place there.
type namedColumn struct {
	table  string
	column int
}

// named lists the columns that a statement looks at, but for keys of units.
func (s lawStatement) named() (out []namedColumn) {
	for _, table := range []string{"residents", "visits"} {
		for i, c := range lawColumns[table] {
			if c.kind != "key" && strings.Contains(s.sql, table[:1]+"."+c.sql) {
				out = append(out, namedColumn{table, i})
			}
		}
	}
	return out
}

// counts reports whether a statement is a table of counts alone.
func (s lawStatement) counts() bool {
	return len(s.keys) == 2 && len(s.aggregates) == 1 && s.aggregates[0].text == "count(*)"
}
