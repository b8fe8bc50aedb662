package duck

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// grammar writes random statements over the tables of the differential test: joins, unions, subqueries, IN and EXISTS,
// grouping in one and two steps, every function that cannot fail on those tables.
type grammar struct {
	*rand.Rand
	names int
}

// statement is what was written. Ordered says that ORDER BY leaves no ties; without is the same without HAVING. Units
// counts, for each group, the distinct units and the share of rows that the two with most rows have; bare says that all
// the statement asks of groups is how many rows they have, and that no outer join makes the units of both its sides
// count.
type statement struct {
	sql, without, units string
	ordered, bare       bool
	keys                int
}

// field is a column that an expression may name.
type field struct{ sql, kind string }

// source is a FROM with its WHERE.
type source struct {
	from   string
	where  []string
	fields []field
	key    string // of the privacy unit; "" where there is none to name
	with   string
}

var tables = map[string][]field{
	"residents": {{"sex", "text"}, {"age", "int"}, {"district", "text"}, {"income", "dec"}, {"insured", "bool"},
		{"birth_date", "date"}},
	"visits": {{"department", "text"}, {"diagnosis", "text"}, {"cost", "dec"}, {"days", "int"}, {"score", "num"},
		{"visit_date", "date"},
		{"hospital_code", "text"}},
	"enterprises": {{"sector", "text"}, {"district", "text"}, {"employees", "int"}, {"turnover", "num"}},
	"census":      {{"education", "text"}, {"age", "int"}, {"hours", "int"}, {"income", "text"}},
}

var keyOf = map[string]string{"residents": "resident_id", "visits": "resident_id", "enterprises": "credit_code"}

func (g *grammar) one(of ...string) string   { return of[g.IntN(len(of))] }
func (g *grammar) chance(percent int) bool   { return g.IntN(100) < percent }
func (g *grammar) name(prefix string) string { g.names++; return fmt.Sprintf("%s%d", prefix, g.names) }

// statement writes a SELECT.
func (g *grammar) statement() statement {
	switch n := g.IntN(100); {
	case n < 18:
		return g.rows()
	case n < 24:
		return g.distinct()
	}
	return g.groups()
}

func (g *grammar) table(name string) source {
	alias := g.name("t")
	s := source{from: name + " " + alias}
	for _, f := range tables[name] {
		s.fields = append(s.fields, field{alias + "." + f.sql, f.kind})
	}
	if k := keyOf[name]; k != "" {
		s.key = alias + "." + k
	}
	return s
}

// source writes FROM.
func (g *grammar) source(depth int) source {
	s := g.relations(depth)
	for range g.IntN(3) {
		s.where = append(s.where, g.condition(s, 1))
	}
	if g.chance(25) {
		s = g.reference(s)
	}
	if s.key != "" && (strings.Contains(s.from, "residents") || strings.Contains(s.from, "visits")) && g.chance(35) {
		s.where = append(s.where, g.partner(s))
	}
	return s
}

// lists are tables that are nobody's, each with the column that others name its rows by.
var lists = map[string]struct {
	named, key string
	fields     []field
}{
	"district": {"regions", "code", []field{{"code", "text"}, {"area", "text"}, {"population", "int"}}},
	"hospital_code": {"hospitals", "code",
		[]field{{"code", "text"}, {"kind", "text"}, {"region", "text"}, {"beds", "int"}}},
}

// reference brings a list to what names its rows, if anything does: as a table, or as a condition.
func (g *grammar) reference(s source) source {
	for _, f := range s.fields {
		_, name, _ := strings.Cut(f.sql, ".")
		l, ok := lists[name]
		if !ok {
			continue
		}
		alias := g.name("p")
		other := source{from: l.named + " " + alias}
		for _, of := range l.fields {
			other.fields = append(other.fields, field{alias + "." + of.sql, of.kind})
		}
		key := alias + "." + l.key
		within := g.condition(other, 0)
		switch g.IntN(8) {
		case 0:
			s.where = append(s.where,
				f.sql+g.one(" IN", " NOT IN")+" (SELECT "+key+" FROM "+other.from+" WHERE "+within+")")
		case 1:
			s.where = append(s.where,
				g.one("", "NOT ")+"EXISTS (SELECT 1 FROM "+other.from+" WHERE "+key+" = "+f.sql+" AND "+within+")")
		case 2, 3:
			s.from, s.fields = s.from+", "+other.from, slices.Concat(s.fields, other.fields)
			s.where = append(s.where, key+" = "+f.sql)
		case 4:
			s.from, s.fields = s.from+", (SELECT "+key+", "+alias+"."+l.fields[1].sql+" FROM "+other.from+" WHERE "+
				within+") "+alias, slices.Concat(s.fields, other.fields[:2])
			s.where = append(s.where, key+" = "+f.sql)
		default:
			if strings.Contains(s.from, ", ") && !strings.Contains(s.from, "(") {
				break // ON sees the last table of such a list only
			}
			kind := g.one("JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN")
			s.from += " " + kind + " " + other.from + " ON " + key + " = " + f.sql
			if g.chance(30) {
				s.from += " AND " + within
			}
			if kind == "JOIN" || kind == "LEFT JOIN" {
				s.fields = slices.Concat(s.fields, other.fields)
			}
		}
		break
	}
	return s
}

func (g *grammar) relations(depth int) source {
	if depth > 0 {
		switch n := g.IntN(100); {
		case n < 25:
			return g.union(depth)
		case n < 40:
			return g.subquery(depth)
		case n < 52:
			return g.perUnit(depth)
		}
	}
	switch n := g.IntN(100); {
	case n < 35:
		return g.join(depth)
	case n < 70:
		return g.table(g.one("residents", "visits"))
	}
	return g.table(g.one("enterprises", "census"))
}

func (g *grammar) join(depth int) source {
	a, b := g.table("residents"), g.table("visits")
	if g.chance(25) {
		a = g.table("visits")
	}
	if depth > 0 && g.chance(25) {
		b = g.union(depth)
		if !strings.Contains(b.from, "resident_id") {
			b = g.table("visits")
		}
	}
	s := source{fields: slices.Concat(a.fields, b.fields), key: a.key, with: b.with}
	on := a.key + " = " + b.key
	switch g.IntN(6) {
	case 0:
		s.from = a.from + ", " + b.from
		s.where = []string{on}
	case 1:
		s.from = a.from + " LEFT JOIN " + b.from + " ON " + on
		if g.chance(50) {
			s.from += " AND " + g.condition(b, 0)
		}
	case 2:
		s.from = b.from + " RIGHT JOIN " + a.from + " ON " + on
	case 3:
		s.from, s.fields = a.from+" "+g.one("SEMI", "ANTI")+" JOIN "+b.from+" ON "+on, a.fields
	default:
		s.from = a.from + " JOIN " + b.from + " ON " + on
	}
	return s
}

// union writes UNION ALL of two or three sides with columns of the same kinds.
func (g *grammar) union(depth int) source {
	alias := g.name("u")
	person := g.chance(85)
	names := []string{"residents", "visits"}
	if !person {
		names = []string{g.one("enterprises", "census")}
	}
	shape := []string{"text", g.one("int", "num", "dec"), g.one("int", "date", "bool", "text")}
	var sides []string
	s := source{}
	for i := range 2 + g.IntN(2) {
		side := g.table(names[g.IntN(len(names))])
		if depth > 1 && person && g.chance(20) {
			side = g.join(0)
		}
		for range g.IntN(2) {
			side.where = append(side.where, g.condition(side, 0))
		}
		var items []string
		if side.key != "" {
			items = append(items, side.key+" AS resident_id")
		}
		if person && side.key == "" {
			return g.table("visits")
		}
		items = append(items, fmt.Sprintf("%d AS part", i))
		for n, kind := range shape {
			items = append(items, fmt.Sprintf("%s AS c%d", g.value(side, kind, g.IntN(2)), n))
		}
		sides = append(sides, "SELECT "+strings.Join(items, ", ")+" FROM "+side.from+whereOf(side))
		s.key = side.key
	}
	if s.key != "" {
		s.key = alias + ".resident_id"
	}
	all := " UNION ALL "
	if person && g.chance(15) {
		all = " UNION "
		s.fields = nil // its rows are groups by the key
	}
	s.fields = []field{{alias + ".part", "int"}}
	for n, kind := range shape {
		s.fields = append(s.fields, field{fmt.Sprintf("%s.c%d", alias, n), kind})
	}
	body := strings.Join(sides, all)
	if g.chance(25) {
		cte := g.name("w")
		s.with, s.from = cte+" AS ("+body+")", cte+" "+alias
		return s
	}
	s.from = "(" + body + ") " + alias
	return s
}

func (g *grammar) subquery(depth int) source {
	in := g.source(depth - 1)
	alias := g.name("s")
	s := source{with: in.with}
	var items []string
	if in.key != "" {
		items, s.key = append(items, in.key+" AS id"), alias+".id"
	}
	for range 2 + g.IntN(3) {
		kind := g.one("text", "int", "num", "dec", "bool", "date")
		name := g.name("c")
		items = append(items, g.value(in, kind, 1)+" AS "+name)
		s.fields = append(s.fields, field{alias + "." + name, kind})
	}
	s.from = "(SELECT " + strings.Join(items, ", ") + " FROM " + in.from + whereOf(in) + ") " + alias
	return s
}

// perUnit writes a subquery grouped by the key of the unit.
func (g *grammar) perUnit(depth int) source {
	in := g.source(depth - 1)
	if in.key == "" {
		return in
	}
	alias := g.name("p")
	s := source{key: alias + ".id", with: in.with}
	items, keys := []string{in.key + " AS id"}, []string{in.key}
	if g.chance(30) {
		k := g.value(in, "text", 0)
		name := g.name("k")
		items, keys = append(items, k+" AS "+name), append(keys, k)
		s.fields = append(s.fields, field{alias + "." + name, "text"})
	}
	for range 1 + g.IntN(3) {
		name := g.name("n")
		e, kind := g.aggregate(in)
		items = append(items, e+" AS "+name)
		s.fields = append(s.fields, field{alias + "." + name, kind})
	}
	having := ""
	if g.chance(25) {
		having = fmt.Sprintf(" HAVING count(*) >= %d", 1+g.IntN(4))
	}
	s.from = "(SELECT " + strings.Join(items, ", ") + " FROM " + in.from + whereOf(in) + " GROUP BY " +
		strings.Join(keys, ", ") + having + ") " + alias
	return s
}

// partner writes IN or EXISTS over the key.
func (g *grammar) partner(s source) string {
	not := g.one("", "", "NOT ")
	in := g.table(g.one("residents", "visits"))
	for range 1 + g.IntN(2) {
		in.where = append(in.where, g.condition(in, 0))
	}
	switch g.IntN(3) {
	case 0:
		in.where = append(in.where, in.key+" = "+s.key)
		if len(s.fields) > 0 && g.chance(30) {
			in.where = append(in.where, g.value(in, "int", 0)+g.one(" > ", " <= ")+g.value(s, "int", 0))
		}
		return not + "EXISTS (SELECT " + g.one("1", "*") + " FROM " + in.from + whereOf(in) + ")"
	case 1:
		having := ""
		if g.chance(40) {
			having = fmt.Sprintf(" GROUP BY %s HAVING count(*) > %d", in.key, g.IntN(4))
		}
		return s.key + " " + not + "IN (SELECT " + in.key + " FROM " + in.from + whereOf(in) + having + ")"
	}
	other := g.table("visits")
	other.where = []string{g.condition(other, 0)}
	return s.key + " " + not + "IN (SELECT " + in.key + " FROM " + in.from + whereOf(in) + " UNION ALL SELECT " +
		other.key + " FROM " + other.from + whereOf(other) + ")"
}

func whereOf(s source) string {
	if len(s.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.where, " AND ")
}

func withOf(s source) string {
	if s.with == "" {
		return ""
	}
	return "WITH " + s.with + " "
}

// groups writes an aggregate query.
func (g *grammar) groups() statement {
	s := g.source(2)
	var items, keys []string
	for range g.IntN(3) {
		e := g.value(s, g.one("text", "text", "int", "bool", "date"), g.IntN(2))
		keys = append(keys, e)
		items = append(items, e+" AS k"+fmt.Sprint(len(keys)))
	}
	var aggs []string
	for range 1 + g.IntN(3) {
		e, kind := g.aggregate(s)
		if kind != "bool" && g.chance(20) {
			// A variance that lies between two rounded ones goes either way, as rows are added up.
			e = g.one("round("+e+" + 0.013, 1)", e+" / 3", "coalesce("+e+", 0)", "-"+e, e+" * 2", e+" / count(*)",
				"100.0 * "+e+" / nullif(count(*), 0)")
		}
		aggs = append(aggs, e)
		items = append(items, e+" AS a"+fmt.Sprint(len(aggs)))
	}
	tail := ""
	switch {
	case len(keys) == 0:
	case g.chance(30):
		tail = " GROUP BY ALL"
	case g.chance(40):
		tail = " GROUP BY 1" + strings.Repeat(", 2", len(keys)-1)
	default:
		tail = " GROUP BY " + strings.Join(keys, ", ")
	}
	out := statement{without: withOf(s) + "SELECT " + strings.Join(items, ", ") + " FROM " + s.from + whereOf(s) + tail}
	out.sql = out.without
	if s.key != "" {
		out.units, out.keys = unitsOf(s, keys), len(keys)
		out.bare = slices.Equal(aggs, []string{"count(*)"}) && !strings.Contains(out.sql, "LEFT JOIN") &&
			!strings.Contains(out.sql, "RIGHT JOIN")
	}
	if len(keys) > 0 && g.chance(20) {
		out.sql += " HAVING " + g.one(aggs...) + g.one(" > ", " < ", " >= ") + g.one("1", "3", "20", "100", "0.5")
	} else if out.without = ""; len(keys) > 0 && g.chance(40) {
		out.ordered = true
		out.sql += " ORDER BY k1 " + g.one("", "ASC", "DESC", "DESC NULLS FIRST")
		if len(keys) > 1 {
			out.sql += ", k2"
		}
		if g.chance(40) {
			out.sql += fmt.Sprintf(" LIMIT %d", 1+g.IntN(6))
		}
	}
	return out
}

func unitsOf(s source, keys []string) string {
	outer, inner, by := "", "", "GROUP BY u"
	for i, k := range keys {
		inner += fmt.Sprintf("%s AS k%d, ", k, i+1)
		outer += fmt.Sprintf("k%d, ", i+1)
		by += fmt.Sprintf(", k%d", i+1)
	}
	sql := withOf(s) + "SELECT " + outer + "count(*) AS n, list_sum(max(c, 2)) / sum(c) AS share FROM (SELECT " +
		outer + "u, count(*) AS c FROM (SELECT " + inner +
		s.key + " AS u FROM " + s.from + whereOf(s) + ") " + by + ")"
	if len(keys) > 0 {
		sql += " GROUP BY " + strings.TrimSuffix(outer, ", ")
	}
	return sql
}

func (g *grammar) distinct() statement {
	s := g.source(2)
	a, b := g.value(s, "text", 1), g.value(s, g.one("int", "bool", "date"), 1)
	if g.chance(40) {
		t := g.table(g.one("visits", "residents"))
		s = g.table(g.one("visits", "residents"))
		return statement{sql: "SELECT " + g.value(s, "text", 1) + " AS x FROM " + s.from + " WHERE " +
			g.condition(s, 1) +
			" UNION SELECT " + g.value(t, "text", 1) + " FROM " + t.from + " WHERE " + g.condition(t, 1)}
	}
	return statement{sql: withOf(s) + "SELECT DISTINCT " + a + " AS x, " + b + " AS y FROM " + s.from + whereOf(s)}
}

// rows writes a row-level query.
func (g *grammar) rows() statement {
	s := g.source(1)
	var items []string
	for i := range 1 + g.IntN(3) {
		items = append(items, fmt.Sprintf("%s AS o%d",
			g.value(s, g.one("text", "int", "num", "dec", "bool", "date"), 1), i+1))
	}
	out := statement{sql: withOf(s) + "SELECT " + strings.Join(items, ", ") + " FROM " + s.from + whereOf(s)}
	if g.chance(30) {
		out.sql += " UNION ALL " + strings.TrimPrefix(out.sql, withOf(s))
	}
	if g.chance(40) {
		out.ordered = true
		out.sql += " ORDER BY ALL"
		if g.chance(50) {
			out.sql += fmt.Sprintf(" LIMIT %d OFFSET %d", 1+g.IntN(30), g.IntN(5))
		}
	}
	return out
}

// aggregate writes an aggregate and tells the kind of its value.
func (g *grammar) aggregate(s source) (sql, kind string) {
	filter := ""
	if g.chance(20) {
		filter = " FILTER (WHERE " + g.condition(s, 1) + ")"
	}
	switch g.IntN(10) {
	case 0, 1:
		return "count(*)" + filter, "int"
	case 9:
		return "coalesce(" + g.one("count_if", "countif") + "(" + g.condition(s, 1) + ")" + filter + ", 0)", "int" // of no rows, DuckDB says NULL
	case 2:
		return "count(" + g.value(s, g.one("int", "num", "text"), 1) + ")" + filter, "int"
	case 3:
		if s.key != "" {
			return "count(DISTINCT " + s.key + ")" + filter, "int"
		}
		return "count(DISTINCT " + g.value(s, "text", 0) + ")", "int"
	case 4:
		return "sum(CASE WHEN " + g.condition(s, 0) + " THEN " + g.value(s, "int", 0) + " ELSE 0 END)", "int"
	case 5:
		return g.one("stddev_samp", "var_pop", "stddev_pop", "var_samp") + "(" + g.value(s, g.one("int", "num"), 0) +
			")", "num"
	case 6:
		return "avg(" + g.value(s, g.one("int", "num", "dec"), 1) + ")" + filter, "num"
	case 7:
		return "sum(" + g.value(s, "dec", 0) + ")" + filter, "dec"
	}
	return "sum(" + g.value(s, "int", 1) + ")" + filter, "int"
}

// condition writes a comparison, or several.
func (g *grammar) condition(s source, depth int) string {
	if depth > 0 && g.chance(30) {
		return "(" + g.condition(s, depth-1) + g.one(" AND ", " OR ") + g.condition(s, depth-1) + ")"
	}
	switch g.IntN(9) {
	case 0:
		return g.value(s, "text", 0) + g.one(" = ", " <> ", " >= ", " IS DISTINCT FROM ") + g.word()
	case 1:
		return g.value(s, "text", 0) + g.one(" IN ", " NOT IN ") + "(" + g.word() + ", " + g.word() + ")"
	case 2:
		if g.chance(30) {
			return "regexp_matches(" + g.value(s, "text", 0) + g.one(", '^[a-m]')", ", '[0-9]$', 'i')")
		}
		return g.value(s, "text", 0) + g.one(" LIKE ", " ILIKE ", " NOT LIKE ") + g.one("'d%'", "'%2'", "'_%a%'")
	case 3:
		return g.value(s, "date", 0) + g.one(" < ", " >= ") + g.one("'2025-03-01'", "DATE '2024-09-15'")
	case 4:
		return g.value(s, "num", 0) + " BETWEEN " + g.one("1", "2.5", "10") + " AND " + g.one("20", "75.5", "1000")
	case 5:
		return g.value(s, g.one("num", "dec", "int"), 0) + g.one(" IS NULL", " IS NOT NULL")
	case 6:
		return "NOT (" + g.value(s, "int", 0) + " % 3 = 1)"
	}
	return g.value(s, "int", depth) + g.one(" > ", " < ", " <> ", " = ") + g.one("1", "3", "30", "50")
}

func (g *grammar) word() string {
	return g.one("'F'", "'d1'", "'d2'", "'surgery'", "'medicine'", "'J11'", "'C34'", "'h3'", "'nothing'", "''")
}

// value writes an expression of a kind.
func (g *grammar) value(s source, kind string, depth int) string {
	if depth > 0 && g.chance(60) {
		return g.computed(s, kind, depth-1)
	}
	var fit []string
	for _, f := range s.fields {
		if f.kind == kind || kind == "num" && (f.kind == "int" || f.kind == "dec") || kind == "dec" && f.kind == "int" {
			fit = append(fit, f.sql)
		}
	}
	if len(fit) > 0 {
		return g.one(fit...)
	}
	constants := map[string]string{"text": "'x'", "int": "2", "num": "1.5", "dec": "0.25", "bool": "TRUE",
		"date": "DATE '2025-01-02'"}
	return constants[kind]
}

func (g *grammar) computed(s source, kind string, d int) string {
	v := func(kind string) string { return g.value(s, kind, d) }
	switch kind {
	case "text":
		return g.one("lower("+v("text")+")", "substr("+v("text")+", 1, 2)", "upper("+v("text")+")",
			"coalesce("+v("text")+", 'none')",
			v("text")+" || '-' || "+v("text"), "CASE WHEN "+g.condition(s, 0)+" THEN "+v("text")+" ELSE 'other' END",
			"left("+v("text")+", 1)",
			"CAST("+v("int")+" AS VARCHAR)", "nullif("+v("text")+", 'd1')", "split_part("+v("text")+", '1', 1)",
			"trim("+v("text")+")", "concat("+v("text")+", "+v("int")+")", "strftime("+v("date")+", '%Y-%m')",
			"monthname("+v("date")+")",
			"regexp_replace("+v("text")+", '[aeiou]', '_', 'g')",
			"regexp_extract("+v("text")+", '([a-z]+)([0-9]*)', 2)", "replace("+v("text")+", 'e', '')",
			"right("+v("text")+", 2)", "lpad("+v("text")+", 4, '.')")
	case "int":
		return g.one("("+v("int")+" + "+v("int")+")", "("+v("int")+" - 3)", "("+v("int")+" * 2)", "abs("+v("int")+")",
			v("int")+" // 10", "("+v("int")+" % 7)",
			"CASE WHEN "+g.condition(s, 0)+" THEN "+v("int")+" ELSE "+v("int")+" END", "year("+v("date")+")",
			"date_part('month', "+v("date")+")",
			"length("+v("text")+")", "coalesce("+v("int")+", 0)", "greatest("+v("int")+", 5)",
			"date_diff('day', "+v("date")+", DATE '2025-06-01')", "date_sub('year', "+v("date")+", DATE '2025-06-01')",
			"sign("+v("int")+")", "strpos("+v("text")+", 'e')", "CAST("+v("bool")+" AS INTEGER)",
			"quarter("+v("date")+")", "least("+v("int")+", "+v("int")+")", "if("+g.condition(s, 0)+", 1, 0)",
			"strlen("+v("text")+")")
	case "num":
		return g.one("("+v("num")+" / 4)", "("+v("num")+" * 1.5)", "round("+v("num")+", 1)",
			"floor("+v("num")+" / 10) * 10", "sqrt(abs("+v("int")+"))",
			"("+v("num")+" + "+v("int")+")", "coalesce("+v("num")+", 0)", "ceil("+v("num")+")", "trunc("+v("num")+")",
			"ln(1 + abs("+v("int")+"))", "CAST("+v("int")+" AS DOUBLE)",
			v("num")+" / nullif("+v("int")+", 0)", "log10(2 + abs("+v("int")+"))", "- "+v("num"),
			"power(abs("+v("int")+"), 0.5)", "exp(- abs("+v("int")+") / 50)", "("+v("num")+" ^ 2)",
			"epoch("+v("date")+")")
	case "dec":
		return g.one("("+v("dec")+" * 2)", "("+v("dec")+" + "+v("int")+")", "coalesce("+v("dec")+", 0)",
			"CASE WHEN "+g.condition(s, 0)+" THEN "+v("dec")+" END", "CAST("+v("int")+" AS DECIMAL(12,2))",
			"abs("+v("dec")+")",
			"("+v("int")+" + 0 * "+v("dec")+")", "("+v("int")+" + "+v("dec")+" - "+v("dec")+")")
	case "bool":
		return "(" + g.condition(s, 0) + ")"
	}
	return g.one("("+v("date")+" + 1)", "("+v("date")+" + CAST("+v("int")+" AS INTEGER))",
		"CAST(date_trunc('month', "+v("date")+") AS DATE)", "last_day("+v("date")+")",
		"coalesce("+v("date")+", DATE '2025-01-01')")
}
