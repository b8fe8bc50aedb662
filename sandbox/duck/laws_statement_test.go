package duck

import "strings"

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
	quantilesOf      string   // the column that its quantiles are of, if it has any
}

// lawAggregate is an aggregate as text. Adds is a sum over units that its value discloses, "" where there is none, and
// total the same in a row that is a total, where that differs; written is what it would be if the engine ran it as it
// stands, where that differs; buckets, of a quantile, counts its values in a bucket.
type lawAggregate struct{ text, adds, total, written, buckets string }

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
