package duck

import (
	"fmt"
	"slices"
	"strings"
)

// statement writes one.
func (l *population) statement() lawStatement { return l.over(l.source()) }

// anyStatement writes one of all kinds. The newer ones are drawn apart, so that the others stay what they were.
func (l *population) anyStatement() lawStatement {
	s := l.statement()
	n := l.apart.IntN(100)
	l.Rand, l.apart = l.apart, l.Rand
	switch {
	case n < 25:
		s = l.repeating()
	case n < 50:
		s = l.quantiled()
	case n < 70:
		s = l.adding()
	case n < 76:
		s = l.listed()
	}
	l.Rand, l.apart = l.apart, l.Rand
	return s
}

// over writes a statement over some rows.
func (l *population) over(s lawStatement) lawStatement {
	if l.chance(35) {
		s.and(l.one(l.broad(s.fields), l.condition(s.fields, 1)))
	}
	for range []int{0, 1, 1, 1, 2}[l.IntN(5)] {
		if k := l.groupKey(s.fields); k != "" && !slices.Contains(s.keys, k) {
			s.keys = append(s.keys, k)
		}
	}
	switch {
	case l.chance(10): // a table of counts
		s = lawStatement{from: "residents r JOIN visits v ON r.resident_id = v.resident_id", key: "r.resident_id"}
		s.of("residents", "r")
		s.of("visits", "v")
		s.keys = []string{l.one("r.district", "r.sex", "v.hospital_code"),
			l.one("v.department", "v.diagnosis", "r.insured")}
		s.count("count(*)")
	case l.chance(12): // inclusion and exclusion
		a, b := l.broad(s.fields), l.condition(s.fields, 0)
		if l.chance(60) {
			b = "(" + l.broad(s.fields) + " AND (NOT " + a + " OR " + l.narrow(s.fields) + "))"
		}
		for _, c := range []string{a, b, a + " OR " + b} {
			s.count("count(*) FILTER (WHERE " + c + ")")
		}
	case l.chance(9): // a total beside that of all but a few, or one in which a few weigh more
		x, c := l.column(s.fields, "int", "dec"), l.condition(s.fields, 0)
		s.count("sum("+x+")", l.one("sum("+x+") FILTER (WHERE NOT ("+c+"))",
			"sum(CASE WHEN "+c+" THEN 2 ELSE 1 END * "+x+")",
			"sum("+x+" * CAST("+c+" AS INTEGER))", "sum(nullif("+x+", "+l.constant(x)+"))"), "count(*)")
	default:
		for range 1 + l.IntN(4) {
			s.aggregates = append(s.aggregates, l.aggregate(s))
		}
	}
	s.sql = l.text(s)
	return s
}

// source writes FROM, and conditions on the key of the unit.
func (l *population) source() lawStatement {
	s := lawStatement{}
	switch l.IntN(12) {
	case 0, 1:
		s.from, s.key = "residents r", "r.resident_id"
		s.of("residents", "r")
	case 2:
		s.from, s.key = "visits v", "v.resident_id"
		s.of("visits", "v")
	case 3:
		s.from, s.key = "visits v JOIN residents r ON v.resident_id = r.resident_id", "r.resident_id"
		s.of("residents", "r")
		s.of("visits", "v")
	case 4:
		s.from, s.key = "residents r LEFT JOIN visits v ON r.resident_id = v.resident_id", "r.resident_id"
		s.of("residents", "r")
		s.of("visits", "v")
	case 5:
		s.of("visits", "v")
		inner := slices.Clone(s.fields)
		s.from, s.key = "residents r", "r.resident_id"
		s.fields = nil
		s.of("residents", "r")
		where := l.condition(inner, 1)
		s.and(l.one("r.resident_id IN (SELECT v.resident_id FROM visits v WHERE "+where+")",
			"EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND "+where+")",
			"NOT EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND "+where+")"))
	case 6:
		l.union(&s)
	case 7:
		s.from, s.key = "visits v JOIN hospitals h ON h.code = v.hospital_code", "v.resident_id"
		s.of("visits", "v")
		s.fields = append(s.fields, field{"h.kind", "text"}, field{"h.beds", "weight"})
	case 8:
		s.of("visits", "v")
		s.from, s.key = l.unitValues(s.fields), "p.id"
		s.fields = []field{{"p.f", "date"}, {"p.m", "int"}, {"p.t", "text"}, {"p.e", "int"}, {"p.l", "int"},
			{"p.o", "bool"}}
	case 9:
		s.of("visits", "v")
		s.from, s.key, s.repeats = l.unitOrder(s.fields), "p.id", true
		s.fields = []field{{"p.days", "int"}, {"p.cost", "dec"}, {"p.k", "int"}, {"p.g", "int"}, {"p.s", "dec"},
			{"p.t", "text"}, {"p.r", "int"}}
	default:
		l.perUnit(&s)
	}
	return s
}

// text writes the statement.
func (l *population) text(s lawStatement) string {
	var items []string
	for i, k := range s.keys {
		items = append(items, fmt.Sprintf("%s AS k%d", k, i+1))
	}
	for i, a := range s.aggregates {
		items = append(items, fmt.Sprintf("%s AS a%d", a.text, i+1))
	}
	any := func() string { return s.aggregates[l.IntN(len(s.aggregates))].text }
	for i := range l.IntN(3) {
		items = append(items, l.one(any()+" - "+any(), any()+" + "+any()+" - "+any(), "CASE WHEN "+any()+" > "+any()+
			" THEN 1 ELSE 0 END", any()+" / "+any(), "CAST("+any()+" AS VARCHAR)", "coalesce(nullif("+any()+", "+any()+
			"), -1)", any()+" % 5", "rank() OVER (ORDER BY "+any()+" DESC)", "sum("+any()+") OVER ()", "lag("+any()+
			") OVER (ORDER BY "+any()+")", "greatest("+any()+", "+any()+")")+fmt.Sprintf(" AS x%d", i+1))
	}
	sql := "SELECT " + strings.Join(items, ", ") + " FROM " + s.from
	if s.where != "" {
		sql += " WHERE " + s.where
	}
	if len(s.keys) > 0 {
		sql += " GROUP BY " + strings.Join(s.keys, ", ")
		if l.chance(25) {
			sql += " HAVING " + any() + l.one(" > ", " <> ", " <= ") + l.one(any(), any(), "3", "20")
		}
		if l.chance(25) {
			sql += " ORDER BY " + any() + l.one("", " DESC") + l.one("", " LIMIT 3")
		}
	}
	return sql
}

func (l *population) column(fields []field, kinds ...string) string {
	var fit []string
	for _, f := range fields {
		if slices.Contains(kinds, f.kind) {
			fit = append(fit, f.sql)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return l.one(fit...)
}

// groupKey writes what to group by.
func (l *population) groupKey(fields []field) string {
	if c := l.column(fields, l.one("text", "text", "text", "bool")); c != "" && l.chance(80) {
		return c
	}
	if x := l.column(fields, "int"); x != "" && l.chance(50) {
		return l.one(x+" // 10", x+" < "+l.constant(x))
	}
	if x := l.column(fields, "text"); x != "" {
		return l.one("substr("+x+", 1, 1)", "CASE WHEN "+l.condition(fields, 0)+" THEN 'a' ELSE 'b' END")
	}
	return ""
}

// constant is what the person has in a column.
func (l *population) constant(column string) string {
	alias, name, _ := strings.Cut(column, ".")
	table, row := "residents", l.unit
	if alias == "v" || alias == "w" {
		table, row = "visits", l.visit
	}
	if alias == "u" {
		return l.one(l.unit[2], l.visit[6])
	}
	if alias == "p" {
		table, row = "visits", l.visit
		name = map[string]string{"t": "department", "f": "visit_date", "m": "days", "l": "days", "days": "days",
			"cost": "cost"}[name]
	}
	for i, f := range lawColumns[table] {
		if f.sql == name && row[i] != "NULL" {
			return "(" + row[i] + ")"
		}
	}
	return l.one("1", "2", "3", "7")
}

// condition writes one that many meet, one that only few do or do not, or both: many but the person, or many and the
// person.
func (l *population) condition(fields []field, depth int) string {
	switch n := l.IntN(100); {
	case depth > 0 && n < 40:
		return "(" + l.broad(fields) + l.one(" AND NOT ", " OR ", " OR ", " AND ") + l.condition(fields, depth-1) + ")"
	case n < 65:
		return l.broad(fields)
	case n < 78:
		if t := l.column(fields, "text"); t != "" && !strings.HasSuffix(t, ".g") {
			return l.textCondition(t, fields)
		}
	}
	return l.narrow(fields)
}

// broad writes a condition that many meet, and many do not.
func (l *population) broad(fields []field) string {
	half := map[string]string{"sex": "'F'", "age": "34", "district": "'d1'", "income": "300", "insured": "true",
		"birth_date": "DATE '1977-01-01'", "visit_date": "DATE '2024-01-30'", "department": "'medicine'",
		"diagnosis": "'J11'",
		"cost":      "20", "days": "4", "hospital_code": "'h1'", "visit_id": "60", "d": "6", "x": "20", "y": "100",
		"kind": "'clinic'", "beds": "100"}
	c := fields[l.IntN(len(fields))]
	_, name, _ := strings.Cut(c.sql, ".")
	if half[name] == "" { // of a subquery
		half[name] = map[string]string{"text": "'medicine'", "int": "2", "dec": "20",
			"date": "DATE '2024-01-30'"}[c.kind]
	}
	switch c.kind {
	case "bool":
		return l.one(c.sql, "NOT "+c.sql)
	case "text":
		return c.sql + l.one(" = ", " <> ", " <= ") + half[name]
	}
	return c.sql + l.one(" < ", " >= ", " > ") + half[name]
}

// narrow writes one that the person is told from others by.
func (l *population) narrow(fields []field) string {
	c := l.column(fields, "int", "dec", "int", "text", "date")
	if strings.HasSuffix(c, ".g") {
		return c + l.one(" = ", " <> ") + l.one("'F'", "'a'", "'eyes'")
	}
	v := l.constant(c)
	number := l.column(fields, "int", "dec")
	n := l.constant(number)
	return l.one(c+" = "+v, c+" <> "+v, c+" <= "+v, c+" < "+v, c+" > "+v, "coalesce("+number+" = "+n+", true)",
		"nullif("+number+", "+n+") IS NULL", "abs("+number+" - "+n+") < 2", "least("+number+", "+n+") = "+n,
		"greatest("+number+", "+n+") > "+n, "sign("+number+" - "+n+") = 0", number+" IS NULL")
}

// textCondition writes one on a text, or on the digits of a number.
func (l *population) textCondition(t string, fields []field) string {
	x := l.column(fields, "int", "int", "id")
	digits := strings.Trim(l.constant(x), "()")
	return l.one("upper("+t+") LIKE '%"+l.one("F", "1", "S", "J")+"%'",
		"substr("+t+", 1, 1) = '"+l.one("s", "d", "F", "J")+"'",
		"length("+t+") "+l.one("= 1", "> 3", "< 7"), "replace("+t+", 'e', '') = "+t,
		"strpos("+t+", '"+l.one("1", "e", "M")+"') > 0",
		"regexp_matches("+t+", '"+l.one("[0-2]$", "^[FMds]", "i")+"')", t+" LIKE '"+l.one("%1", "d%", "%e%")+"'",
		"strpos(CAST("+x+" AS VARCHAR), '"+digits+"') > 0")
}

func (l *population) measure(fields []field, depth int) string {
	x := l.column(fields, "int", "dec")
	v := l.constant(x)
	c := func() string { return l.condition(fields, 0) }
	if depth > 0 && l.chance(30) {
		return "(" + l.measure(fields, depth-1) + l.one(" + ", " - ") + l.measure(fields, depth-1) + ")"
	}
	y := l.column(fields, "int", "dec")
	if w := l.column(fields, "weight"); w != "" && l.chance(25) {
		return x + " * " + w
	}
	if i := l.column(fields, "int"); i != "" && l.chance(8) {
		return l.one(i+" // 2", i+" % 3", y+" / nullif("+i+", "+l.constant(i)+")")
	}
	if t := l.column(fields, "text"); t != "" && l.chance(6) {
		return l.one("length("+t+")", "strpos("+t+", 'e')", x+" * strpos("+t+", '1')",
			"length(replace("+t+", 'e', ''))")
	}
	return l.one(x, x, x+" * "+y, x+" * "+x, x+" - "+v, "2 * "+x+" + 0.5", x+" + 0 * nullif("+y+", "+l.constant(y)+")",
		"nullif("+x+", "+v+")", "CASE WHEN "+c()+" THEN "+x+" ELSE 0 END", "CASE WHEN "+c()+" THEN "+x+" END",
		"CASE WHEN "+c()+" THEN NULL ELSE 1 END", "coalesce("+x+", 0)", "abs("+x+" - "+v+")", "sign("+x+" - "+v+")",
		"greatest("+x+", "+v+")", "least("+x+", "+v+")", x+" * CAST("+c()+" AS INTEGER)",
		"CASE WHEN "+x+" = "+v+" THEN "+y+" + 1 ELSE "+y+" END", "CASE WHEN "+c()+" THEN 2 ELSE 1 END * "+x)
}

func (l *population) aggregate(s lawStatement) lawAggregate {
	filter := ""
	if l.chance(30) {
		filter = " FILTER (WHERE " + l.condition(s.fields, 1) + ")"
	}
	if l.chance(12) {
		var visits lawStatement
		visits.of("visits", "v")
		filter = " FILTER (WHERE " + l.one("", "NOT ") + s.key + " IN (SELECT v.resident_id FROM visits v WHERE " +
			l.condition(visits.fields, 1) + "))"
	}
	plain := func(text string) lawAggregate { return lawAggregate{text: text + filter, adds: text + filter} }
	x := l.measure(s.fields, l.IntN(2))
	switch l.IntN(17) {
	case 0, 1, 2:
		return plain("count(*)")
	case 16:
		return plain("count(" + l.column(s.fields, "int", "dec", "dec") + ")")
	case 3, 4:
		return plain("count(DISTINCT " + s.key + ")")
	case 5, 6:
		return plain("count(" + x + ")")
	case 7:
		if c := l.column(s.fields, "int", "dec"); l.chance(60) { // its sum, where the count is known
			return lawAggregate{text: "avg(" + c + ")" + filter, adds: "sum(" + c + ")" + filter}
		}
		return lawAggregate{text: "avg(" + x + ")" + filter}
	case 8:
		if t := l.column(s.fields, "text"); t != "" {
			return lawAggregate{text: "count(DISTINCT " + t + ")" + filter}
		}
	case 9:
		a := lawAggregate{text: l.one("var_samp", "stddev_samp", "var_pop") + "(" + x + ")" + filter}
		if !strings.ContainsAny(x, "*/") { // the sum of squares, where count and mean are known; of products it is too long for a decimal
			a.adds = "sum((" + x + ") * (" + x + "))" + filter
		}
		return a
	case 10: // too large for its type for whoever has more than the person
		if i := l.column(s.fields, "int"); i != "" && !strings.HasPrefix(i, "p.") {
			return l.overflow(i, filter)
		}
	}
	return plain("sum(" + x + ")")
}

// overflow counts what is too large for its type where a column is more than the person's.
func (l *population) overflow(x, filter string) lawAggregate {
	var v int64
	if _, err := fmt.Sscan(strings.Trim(l.constant(x), "()"), &v); err != nil || v < 1 {
		v = 1
	}
	factor := (int64(1)<<62 - 1 + 1<<62) / v
	return lawAggregate{text: fmt.Sprintf("count(%s * %d)%s", x, factor, filter), adds: "count(" + x + ")" + filter,
		written: fmt.Sprintf("count(TRY(%s * %d))%s", x, factor, filter)}
}
