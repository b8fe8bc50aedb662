package reason

import "github.com/yumen-data/yumen"

// RefuseSubquery refuses a subquery in an expression.
func (r *List) RefuseSubquery(pos int) {
	r.AddFix("expression.subquery", pos,
		yumen.Say("a subquery in an expression is refused, because it can single out one row; only key IN (SELECT key …) and EXISTS (… WHERE inner.key = outer.key) on the key of a privacy unit may stand", "不允许表达式中的子查询，因为它可以锁定单行；只有以隐私单元键书写的 键 IN (SELECT 键 …) 和 EXISTS (… WHERE 内层.键 = 外层.键)可用"),
		yumen.Say("join the table in FROM on a key; to ask whether a unit has rows there, use SEMI JOIN or ANTI JOIN; a total over all groups is sum(count(*)) OVER ()",
			"请在 FROM 中按键连接该表；若只需判断该单元有无记录，请用 SEMI JOIN 或 ANTI JOIN；所有分组的总计写作 sum(count(*)) OVER ()"))
}

// RefuseWindow refuses a window function over single rows.
func (r *List) RefuseWindow(pos int) {
	r.AddFix("clause.window", pos,
		yumen.Say("a window function runs over the answer of a GROUP BY: over single rows it would put other people's values beside a row", "窗口函数只能作用于 GROUP BY 的结果：作用于单行会把他人的值放在一行旁边"),
		yumen.Say("group first: SELECT *, rank() OVER (ORDER BY n DESC) FROM (SELECT k, count(*) AS n FROM t GROUP BY k)", "请先分组：SELECT *, rank() OVER (ORDER BY n DESC) FROM (SELECT k, count(*) AS n FROM t GROUP BY k)"))
}

// RefuseSetOperation refuses a set operation other than UNION.
func (r *List) RefuseSetOperation(kind string, place int) {
	switch kind {
	case "INTERSECT":
		r.AddFix("clause.set-operation", place,
			yumen.Say("INTERSECT is refused: it compares whole rows of different people", "不允许 INTERSECT：它按整行比较不同的人"),
			yumen.Say("for the people in both, write WHERE key IN (SELECT key FROM …)",
				"若需两侧都有的人，请写 WHERE 键 IN (SELECT 键 FROM …)"))
	case "EXCEPT":
		r.AddFix("clause.set-operation", place,
			yumen.Say("EXCEPT is refused: it compares whole rows of different people", "不允许 EXCEPT：它按整行比较不同的人"),
			yumen.Say("for the people in one only, write WHERE key NOT IN (SELECT key FROM …)",
				"若需仅在一侧的人，请写 WHERE 键 NOT IN (SELECT 键 FROM …)"))
	default:
		r.AddFix("clause.set-operation", place,
			yumen.Say("UNION BY NAME is refused: which columns go together is decided by their names",
				"不允许 UNION BY NAME：列的对应关系由列名决定"),
			yumen.Say("write UNION ALL with the columns in the same order on both sides", "请写 UNION ALL，两侧列的顺序一致"))
	}
}
