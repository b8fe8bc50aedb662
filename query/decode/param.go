package decode

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// parameter puts the value of $1 or $name into the tree, as a constant of the type that it was given with. It never was
// text of the statement, so nothing in it can be read as SQL.
func (d *decoder) parameter(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "identifier")
	name := str(o, "identifier")
	i := slices.IndexFunc(d.params, func(p yumen.Param) bool { return reason.Same(p.Name, name) })
	if n, err := strconv.Atoi(name); err == nil {
		i = n - 1
	}
	if i < 0 || i >= len(d.params) {
		d.AddFix("expression.parameter", int(pos),
			yumen.Say("no value is given for the parameter $%s", "未给出参数 $%s 的值", name),
			yumen.Say("give its type and value under params of the job, or write the value in the text",
				"请在任务的 params 中给出其类型与值，或把值写在文本中"))
		return ast.Bad{At: pos}
	}
	d.used[i] = true
	lit, ok := valueOf(d.params[i])
	if !ok {
		d.AddFix("expression.parameter", int(pos),
			yumen.Say("the value of the parameter $%s is not one of its type", "参数 $%s 的值不符合其类型", name),
			yumen.Say("give a boolean, integer, decimal(p,s), double, date (2026-01-31), timestamp (2026-01-31 08:00:00) or text",
				"请给出 boolean、integer、decimal(p,s)、double、date（2026-01-31）、timestamp（2026-01-31 08:00:00）或 text"))
		return ast.Bad{At: pos}
	}
	return ast.Const{At: pos, Lit: lit, Given: true}
}

// unusedParams refuses values that the text does not ask for: most likely one is misspelt.
func (d *decoder) unusedParams() {
	for i, used := range d.used {
		if !used {
			d.AddFix("expression.parameter", -1,
				yumen.Say("value %d of params stands for no parameter of the text", "params 的第 %d 个值在文本中没有对应的参数", i+1),
				yumen.Say("write $%d or its $name where it belongs, or leave it out", "请在相应位置写 $%d 或其 $名称，或删去该值", i+1))
		}
	}
}

// valueOf reads the value of a parameter.
func valueOf(p yumen.Param) (plan.Literal, bool) {
	text := plan.Literal{Type: plan.Text, Text: p.Value}
	if strings.ContainsFunc(p.Value, reason.Unwritable) {
		return text, false
	}
	switch p.Type {
	case yumen.TypeText:
		return text, true
	case yumen.TypeBoolean:
		return plan.Literal{Type: plan.Bool, Text: p.Value}, p.Value == "true" || p.Value == "false"
	case yumen.TypeInteger:
		return text.As(plan.Int)
	case yumen.TypeDouble:
		return text.As(plan.Double)
	case yumen.TypeDate:
		return text.As(plan.Date)
	case yumen.TypeTimestamp:
		return text.As(plan.Timestamp)
	}
	w, s, ok := p.Type.Decimal()
	if !ok {
		return text, false
	}
	return decimalParam(p.Value, w, s)
}

// decimalParam reads digits with at most s of them behind the point and w in all.
func decimalParam(value string, w, s int) (plan.Literal, bool) {
	r, ok := new(big.Rat).SetString(value)
	if !ok || len(value) > w+2 || strings.Trim(value, "+-.0123456789") != "" {
		return plan.Literal{}, false
	}
	n := r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(s)), nil)))
	if !n.IsInt() || len(new(big.Int).Abs(n.Num()).String()) > w {
		return plan.Literal{}, false
	}
	return plan.Literal{Type: plan.Decimal(w, s), Text: unscaled(n.Num(), s)}, true
}
