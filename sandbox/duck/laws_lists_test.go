package duck

// listed writes a statement over rows that are joined with a list of the text: bands of numbers, some of them one value
// wide, labels of texts, or parameters. Labels and weights of several rows may be equal.
func (l *population) listed() lawStatement {
	s := lawStatement{from: "visits v", key: "v.resident_id"}
	s.of("visits", "v")
	if l.chance(30) {
		s.from = "visits v JOIN residents r ON v.resident_id = r.resident_id"
		s.of("residents", "r")
	}
	label := func() string { return l.one("'a'", "'b'", "'medicine'", "'F'") }
	weight := func() string { return l.one("1", "1", "2", "0", "1.5", "100") }
	row := func(of string) string { return "(" + of + ", " + label() + ", " + weight() + ")" }
	join := l.one(" JOIN ", " JOIN ", " LEFT JOIN ")
	switch l.IntN(4) {
	case 0, 1:
		x := l.column(s.fields, "int", "dec", "int")
		c := l.constant(x)
		rows := []string{row("-1, " + c), row(c + ", " + c + " + 1"), row(c + " + 1, 1000000")}
		bands := l.one(rows[0]+", "+rows[1]+", "+rows[2], rows[0]+", "+rows[2], rows[1],
			rows[0]+", "+row(c+", 1000000"))
		s.from += join + "(VALUES " + bands + ") b(lo, hi, g, beds) ON " + x + " >= b.lo AND " + x + " < b.hi"
	case 2:
		x := l.column(s.fields, "text")
		labels := row(l.one("'medicine'", "'J11'")) + ", " + row(l.constant(x)) + ", " + row("'eyes'")
		s.from += join + "(VALUES " + labels + ") b(of, g, beds) ON b.of = " + x
	default:
		x := l.column(s.fields, "int", "dec")
		s.from += " CROSS JOIN (SELECT " + l.constant(x) + " AS n, 'a' AS g, 2 AS beds) b"
		s.and(l.one(x+" <> b.n", x+" <= b.n", x+" = b.n OR "+l.broad(s.fields)))
	}
	s.fields = append(s.fields, field{"b.g", "text"}, field{"b.beds", "weight"})
	return l.over(s)
}
