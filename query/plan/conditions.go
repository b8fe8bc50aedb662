package plan

// Plain puts conditions into a form that those which mean the same share: NOT before a comparison becomes the opposite
// one, IN over one value an equality, BETWEEN two comparisons, a comparison with TRUE or FALSE goes away.
func Plain(e *Expr) *Expr {
	c := *e
	c.Sig, c.Args = "", make([]*Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = Plain(a)
	}
	if c.Op != OpCall {
		return &c
	}
	switch c.Fn {
	case "and", "or":
		c.Args = flat(c.Fn, c.Args)
	case "not":
		return Negation(&c)
	case "between":
		low := Call(">=", &c, c.Args[0], c.Args[1])
		return Call("and", &c, low, Call("<=", &c, c.Args[0], c.Args[2]))
	case "in", "not in":
		if len(c.Args) == 2 {
			return Call(map[string]string{"in": "=", "not in": "<>"}[c.Fn], &c, c.Args...)
		}
	case "=", "<>":
		return truth(&c)
	}
	return &c
}

var opposite = map[string]string{"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
	"is null": "is not null", "is not null": "is null",
	"in": "not in", "not in": "in", "like": "not like", "not like": "like", "ilike": "not ilike", "not ilike": "ilike",
	"is distinct from": "is not distinct from", "is not distinct from": "is distinct from"}

// Negation is a NOT, written without it where there is such a form.
func Negation(not *Expr) *Expr {
	e := not.Args[0]
	if e.Op != OpCall {
		return not
	}
	switch {
	case opposite[e.Fn] != "":
		return Call(opposite[e.Fn], e, e.Args...)
	case e.Fn == "not":
		return e.Args[0]
	case e.Fn == "and" || e.Fn == "or":
		args := make([]*Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = Negation(Call("not", a, a))
		}
		fn := map[string]string{"and": "or", "or": "and"}[e.Fn]
		return Call(fn, e, flat(fn, args)...)
	}
	return not
}

// truth drops the comparison of a condition with TRUE or FALSE.
func truth(e *Expr) *Expr {
	for i, a := range e.Args {
		l, ok := a.Constant()
		other := e.Args[1-i]
		if !ok || l.Type != Bool || other.Type != Bool {
			continue
		}
		if (l.Text == "true") == (e.Fn == "=") {
			return other
		}
		return Negation(Call("not", other, other))
	}
	return e
}
