package duck

import (
	"slices"
	"strings"
)

// repeating writes a statement over rows in whose number it has a hand.
func (l *population) repeating() lawStatement {
	var s lawStatement
	s.of("visits", "v")
	s.key, s.repeats = "v.resident_id", true
	switch l.IntN(5) {
	case 0, 1:
		l.withItself(&s)
	case 2, 3:
		l.byRows(&s)
	default: // a list looked up by another, which may repeat rows
		s.repeats = false
		s.from = "visits v JOIN hospitals h ON h.code = v.hospital_code JOIN " +
			l.one("hospitals", "(SELECT DISTINCT kind, region FROM hospitals)") + " g ON " +
			l.one("g.kind = h.kind", "g.kind = h.kind AND g.region = h.region")
		s.fields = append(s.fields, field{"h.kind", "text"})
	}
	return l.over(s)
}

// withItself joins rows with others of the same person.
func (l *population) withItself(s *lawStatement) {
	s.of("visits", "w")
	s.from = "visits v JOIN visits w ON v.resident_id = w.resident_id"
	switch l.IntN(4) {
	case 0:
		s.from += " AND v.hospital_code = w.hospital_code AND v.department = w.department"
	case 1:
		s.from += " AND " + l.one("w.visit_id <= v.visit_id", "w.days <= v.days", "w.department = v.department")
	case 2:
		s.from += " JOIN visits x ON x.resident_id = v.resident_id"
	}
}

// byRows chooses rows by how many their person has.
func (l *population) byRows(s *lawStatement) {
	n := l.one("1", "2", "3")
	counted := l.one("", " WHERE "+l.condition(s.fields, 0))
	of := "(SELECT v.resident_id AS id, count(*) AS n FROM visits v" + counted + " GROUP BY v.resident_id)"
	chosen := l.one("q.n = "+n, "(q.n = "+n+" OR "+l.narrow(s.fields)+")")
	switch l.IntN(3) {
	case 0:
		s.from = "visits v"
		s.and("v.resident_id IN (SELECT v.resident_id FROM visits v" + counted +
			" GROUP BY v.resident_id HAVING count(*) = " + n + ")")
	case 1:
		s.from = "(SELECT *, count(*) OVER (PARTITION BY v.resident_id) AS n FROM visits v" + counted + ") v"
		s.and(strings.ReplaceAll(chosen, "q.n", "v.n"))
	default:
		s.from = "visits v JOIN " + of + " q ON q.id = v.resident_id"
		if l.chance(40) {
			s.from += " JOIN visits w ON w.resident_id = v.resident_id"
		}
		s.and(chosen)
	}
}

// unitValues is a subquery of what single rows of each person have.
func (l *population) unitValues(fields []field) string {
	filter := func() string { return l.one("", " FILTER (WHERE "+l.condition(fields, 1)+")") }
	return "(SELECT v.resident_id AS id, " + l.one("min", "max") + "(v.visit_date)" + filter() + " AS f, " +
		l.one("min", "max") + "(v.days)" + filter() + " AS m, first(v.department ORDER BY v.visit_date, v.visit_id)" +
		filter() + " AS t, max(CASE WHEN " + l.condition(fields, 1) + " THEN 1 ELSE 0 END)" + filter() + " AS e, " +
		l.one("arg_min", "arg_max") + "(v.days, " + l.one("v.visit_id", l.column(fields, "int", "dec")) + ")" +
		filter() +
		" AS l, " + l.one("bool_or", "bool_and") + "(" + l.condition(fields, 0) + ")" + filter() +
		" AS o FROM visits v GROUP BY v.resident_id) p"
}

// unitOrder is a subquery of rows beside what other rows of the same person have.
func (l *population) unitOrder(fields []field) string {
	over := " OVER (PARTITION BY v.resident_id ORDER BY " + l.column(fields, "int", "date", "text") +
		l.one("", " DESC") +
		", v.visit_id)"
	where := l.one("", " WHERE "+l.condition(fields, 1), " QUALIFY row_number()"+over+l.one(" = 1", " > 1"))
	return "(SELECT v.resident_id AS id, v.days, v.cost, row_number()" + over + " AS k, v.days - " +
		l.one("lag", "lead") +
		"(v.days)" + over + " AS g, sum(v.cost) OVER (PARTITION BY v.resident_id) AS s, " +
		l.one("lag", "first_value") +
		"(v.department)" + over + " AS t, " + l.one("rank()", "count(*)", "max(v.days)") + over +
		" AS r FROM visits v" +
		where + ") p"
}

// perUnit writes a subquery with one row for each person.
func (l *population) perUnit(s *lawStatement) {
	s.of("visits", "v")
	inner := s.fields
	s.fields = []field{{"p.n", "int"}, {"p.d", "int"}, {"p.c", "dec"}}
	filter := ""
	if l.chance(50) {
		filter = " FILTER (WHERE " + l.condition(inner, 1) + ")"
	}
	where := ""
	if l.chance(30) {
		where = " WHERE " + l.condition(inner, 0)
	}
	s.from, s.key = "(SELECT v.resident_id AS id, count(*) AS n, sum(v.days)"+filter+" AS d, sum("+
		l.measure(inner, 1)+") AS c FROM visits v"+where+" GROUP BY v.resident_id) p", "p.id"
	if l.chance(50) {
		s.from, s.key = "residents r JOIN "+s.from+" ON r.resident_id = p.id", "r.resident_id"
		s.of("residents", "r")
	}
}

// union writes two sides, told apart by a constant or not.
func (l *population) union(s *lawStatement) {
	var r, v lawStatement
	r.of("residents", "r")
	v.of("visits", "v")
	constants := 0
	side := func(name string) string {
		label := func(column string) string {
			g := l.one(column, "'"+name+"'")
			if g != column {
				constants++
			}
			return g
		}
		if l.chance(60) {
			return "SELECT r.resident_id AS id, r.age AS x, r.income AS y, " + label("r.sex") +
				" AS g FROM residents r WHERE " + l.condition(r.fields, 0)
		}
		return "SELECT v.resident_id AS id, v.days AS x, v.cost AS y, " + label("v.department") +
			" AS g FROM visits v WHERE " + l.condition(v.fields, 0)
	}
	s.from, s.key, s.repeats = "("+side("a")+" UNION ALL "+side("b")+") u", "u.id", true
	if constants == 2 {
		s.apart = "u.g"
	}
	s.fields = []field{{"u.x", "int"}, {"u.y", "dec"}, {"u.g", "text"}}
}

// adding writes a statement whose figures nearly add up: people, rows and values of parts that make a whole.
func (l *population) adding() lawStatement {
	var s lawStatement
	s.of("visits", "v")
	s.key, s.from = "v.resident_id", "visits v"
	if l.chance(50) {
		s.of("residents", "r")
		s.from = "residents r " + l.one("", "LEFT ") + "JOIN visits v ON r.resident_id = v.resident_id"
		s.key = "r.resident_id"
	}
	part := l.broad(s.fields)
	parts := []string{"", " FILTER (WHERE " + part + ")", " FILTER (WHERE NOT " + part + ")",
		" FILTER (WHERE " + l.broad(s.fields) + ")"}
	if s = l.over(s); l.chance(60) {
		s.where, s.keys = "", s.keys[:min(1, len(s.keys))]
	}
	s.aggregates = nil
	for range 3 + l.IntN(2) {
		a := l.one("count(DISTINCT "+s.key+")", "count(DISTINCT "+s.key+")", "count(*)", "count(*)", "sum(v.days)",
			"count(v.days)") + l.one(parts...)
		if !slices.ContainsFunc(s.aggregates, func(b lawAggregate) bool { return b.text == a }) {
			s.count(a)
		}
	}
	s.sql = l.text(s)
	return s
}
