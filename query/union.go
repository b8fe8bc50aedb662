package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// setOperation decodes UNION as a SELECT over both sides, which ORDER BY and LIMIT then belong to. UNION without ALL is a
// SELECT DISTINCT.
func (d *decoder) setOperation(o object) *astSelect {
	place := d.firstPlace(o)
	d.known(o, place, "type", "modifiers", "cte_map", "setop_type", "setop_all", "left", "right", "children")
	q := &astSelect{limitAt: -1, ctes: d.ctes(sub(o, "cte_map")), distinct: !isSet(o, "setop_all")}
	u := astUnion{at: at(place)}
	for _, side := range slices.Concat([]any{o["left"], o["right"]}, list(o, "children")) {
		if side == nil {
			continue
		}
		// A UNION ALL of a UNION ALL is one of more sides.
		s := d.query(side)
		if inner, ok := s.from.(astUnion); ok && !q.distinct && s.plain() && len(s.ctes) == 0 {
			u.sides = append(u.sides, inner.sides...)
		} else {
			u.sides = append(u.sides, s)
		}
	}
	if kind := str(o, "setop_type"); kind != "UNION" {
		if name := u.sides[0].soleName(); name != "" && len(u.sides) == 2 && q.distinct && kind != "UNION_BY_NAME" {
			q.among(u, name, kind)
			d.modifiers(list(o, "modifiers"), q)
			return q
		}
		d.refuseSetOperation(kind, place)
		q.broken = true
		return q
	}
	q.items = []astItem{{expr: astStar{at: u.at}}}
	q.from = u
	d.modifiers(list(o, "modifiers"), q)
	return q
}

// among makes INTERSECT and EXCEPT of one column what they mean: its values on the left that are, or are not, on the right.
func (q *astSelect) among(u astUnion, name, kind string) {
	of := astColumn{at: u.at, names: []string{name}}
	q.items, q.from = []astItem{{expr: of}}, astDerived{at: u.at, query: u.sides[0]}
	in := astSubquery{at: u.at, child: of, query: u.sides[1], set: kind}
	if q.where = in; kind == "EXCEPT" {
		q.where = astCall{at: u.at, name: "#not", args: []astExpr{in}}
	}
}

// soleName is the name of a query's only column, "" where it has none or several.
func (q *astSelect) soleName() string {
	if len(q.items) != 1 {
		return ""
	}
	if c, ok := q.items[0].expr.(astColumn); ok && q.items[0].alias == "" {
		return c.names[len(c.names)-1]
	}
	return q.items[0].alias
}

func (d *reasons) refuseSetOperation(kind string, place int) {
	switch kind {
	case "INTERSECT":
		d.addFix("clause.set-operation", place, yumen.Say("INTERSECT is refused: it compares whole rows of different people", "不允许 INTERSECT：它按整行比较不同的人"),
			yumen.Say("for the people in both, write WHERE key IN (SELECT key FROM …)", "若需两侧都有的人，请写 WHERE 键 IN (SELECT 键 FROM …)"))
	case "EXCEPT":
		d.addFix("clause.set-operation", place, yumen.Say("EXCEPT is refused: it compares whole rows of different people", "不允许 EXCEPT：它按整行比较不同的人"),
			yumen.Say("for the people in one only, write WHERE key NOT IN (SELECT key FROM …)", "若需仅在一侧的人，请写 WHERE 键 NOT IN (SELECT 键 FROM …)"))
	default:
		d.addFix("clause.set-operation", place, yumen.Say("UNION BY NAME is refused: which columns go together is decided by their names", "不允许 UNION BY NAME：列的对应关系由列名决定"),
			yumen.Say("write UNION ALL with the columns in the same order on both sides", "请写 UNION ALL，两侧列的顺序一致"))
	}
}

// plain reports whether a query is nothing but its FROM and select list.
func (q *astSelect) plain() bool {
	return q.where == nil && q.having == nil && !q.grouped && !q.groupAll && !q.distinct && len(q.order) == 0 && q.limit == nil && q.offset == nil
}

// union makes the relation of UNION ALL. Each row is one side's, and so are its privacy units; that a unit may have rows on
// several sides is no matter, because whoever counts units counts the numbers of the union.
func (a *analysis) union(t astUnion, seen *names, alias string) *relation {
	r := a.relation(alias, t.pos())
	whole := true
	for _, q := range t.sides {
		p := a.derivedBlock(q, seen, "", nil, t.pos())
		if p == nil {
			whole = false
			continue
		}
		r.parts = append(r.parts, p)
	}
	if !whole || len(r.parts) < 2 || !a.unionColumns(r, t) {
		return nil
	}
	if !r.answer() && (a.refuseMixed(r) || !a.unionUnits(r, t)) {
		return nil
	}
	return r
}

// refuseMixed refuses a union of which one side groups people and another does not.
func (a *analysis) refuseMixed(r *relation) bool {
	i := slices.IndexFunc(r.parts, (*relation).answer)
	if i < 0 {
		return false
	}
	a.addFix("clause.set-operation", r.parts[i].inner.at, yumen.Say("one side of UNION groups people and another does not: the people behind the rows of the whole could no longer be counted", "UNION 的一侧对人群分组而另一侧没有：合并后将无法统计各行背后的人数"),
		yumen.Say("group on every side, or group once outside: SELECT … FROM (… UNION ALL …) GROUP BY …", "请在每一侧都分组，或只在外层分组：SELECT … FROM (… UNION ALL …) GROUP BY …"))
	return true
}

// unionColumns brings the columns of the sides together, place by place, under the names of the first.
func (a *analysis) unionColumns(r *relation, t astUnion) bool {
	first := r.parts[0]
	for _, p := range r.parts[1:] {
		if len(p.cols) != len(first.cols) {
			a.add("table.columns", t.pos(), yumen.Say("the sides of UNION have %d and %d columns", "UNION 两侧分别有 %d 列和 %d 列", len(first.cols), len(p.cols)))
			return false
		}
	}
	for i, c := range first.cols {
		u := &column{rel: r, n: i, name: c.name, typ: tNull}
		for _, p := range r.parts {
			common, ok := unify(u.typ, p.cols[i].typ)
			if !ok {
				a.addFix("type.mismatch", t.pos(), yumen.Say("column %d of UNION is %s on one side and %s on another", "UNION 的第 %d 列在一侧为 %s，在另一侧为 %s", i+1, u.typ.name(), p.cols[i].typ.name()),
					yumen.Say("cast one side with TRY_CAST", "请用 TRY_CAST 转换其中一侧"))
				return false
			}
			u.typ = common
			u.alts = append(u.alts, p.cols[i])
		}
		for _, alt := range u.alts {
			if alt.typ != u.typ {
				alt.def, alt.typ = castTo(alt.def, u.typ), u.typ
			}
		}
		r.cols = append(r.cols, u)
	}
	return true
}

// unionUnits finds which privacy unit of each side is which of the whole. Units that a left join made follow another are
// left out: where they are there at all, they are the one they follow.
func (a *analysis) unionUnits(r *relation, t astUnion) bool {
	if slices.ContainsFunc(r.parts, func(p *relation) bool { return p.inner.joins.reference() }) {
		a.addFix("union.units", t.pos(), yumen.Say("a side of UNION reads only reference data, whose rows are nobody's", "UNION 的一侧只读取参考数据，其行不属于任何个体"),
			yumen.Say("join the reference data inside each side, or outside", "请在各侧内部或外层连接参考数据"))
		return false
	}
	kinds := r.parts[0].lasting()
	for _, p := range r.parts {
		own := p.lasting()
		if !slices.Equal(kindsOf(own), kindsOf(kinds)) {
			a.addFix("union.units", t.pos(), yumen.Say("the sides of UNION depend on different privacy units (%s and %s)", "UNION 两侧依赖不同的隐私单元（%s 与 %s）", strings.Join(kindsOf(kinds), " + "), strings.Join(kindsOf(own), " + ")),
				yumen.Say("submit each SELECT as a job of its own", "请将每个 SELECT 作为单独的任务提交"))
			return false
		}
		for i, u := range own {
			if i > 0 && own[i-1].kind == u.kind {
				a.add("union.units", t.pos(), yumen.Say("a side of UNION depends on two privacy units of one kind (%s), which cannot be told apart in the whole", "UNION 的一侧依赖两个同类隐私单元（%s），合并后无法区分", u.kind))
				return false
			}
			p.slots = append(p.slots, u.n)
		}
	}
	for i, u := range kinds {
		r.units = append(r.units, &unit{kind: u.kind, rel: r, n: i})
	}
	for i, c := range r.cols {
		if !a.unionKey(r, c) {
			a.addFix("union.key", t.pos(), yumen.Say("column %d of UNION is the key of a privacy unit on one side and something else on another", "UNION 的第 %d 列在一侧是隐私单元键，在另一侧不是", i+1),
				yumen.Say("select the key in the same place on each side", "请在每一侧的相同位置选择该键"))
			return false
		}
	}
	return true
}

// lasting lists the units of a relation that follow no other, by kind.
func (r *relation) lasting() (out []*unit) {
	for _, u := range r.units {
		if u.root() == u && u.follows == nil {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b *unit) int { return strings.Compare(a.kind, b.kind) })
	return out
}

func kindsOf(units []*unit) (out []string) {
	for _, u := range units {
		out = append(out, u.kind)
	}
	return out
}

// unionKey records that a column is the key of the same unit on every side, and reports false where it is on some only.
func (a *analysis) unionKey(r *relation, c *column) bool {
	keys, slot := 0, -1
	for i, alt := range c.alts {
		if slices.ContainsFunc((&expr{op: opColumn, col: alt}).directs(nil), func(d *column) bool { return d.unit != nil }) {
			keys++
		}
		own := -1
		if alt.unit != nil {
			own = slices.Index(r.parts[i].slots, alt.unit.n)
		}
		if i > 0 && own != slot {
			own = -1
		}
		slot = own
	}
	if keys == 0 {
		return true
	}
	if slot < 0 {
		return false
	}
	c.unit = r.units[slot]
	return keys == len(c.alts)
}

// carried lists the units whose numbers a block offers to the one around it.
func (r *relation) carried() []*unit {
	if r.slots == nil {
		return r.inner.carried
	}
	var out []*unit
	for _, n := range r.slots {
		out = append(out, r.inner.carried[n])
	}
	return out
}

// unionSQL writes the sides.
func (r *relation) unionSQL() string {
	var sides []string
	for _, p := range r.parts {
		sides = append(sides, p.inner.innerSQL(p))
	}
	return strings.Join(sides, "\n  UNION ALL ")
}
