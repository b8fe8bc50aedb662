// Package uses knows the uses a constraint can allow and the parameters of each: what both a catalog entry and a
// contract must agree on. It judges one constraint as it is written. What a contract makes of a catalog entry is in
// contract, and which expressions of a query count as which use is in query.
package uses

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

// All lists the uses.
var All = []yumen.Use{yumen.UseFilter, yumen.UseJoin, yumen.UseGroup, yumen.UseAggregate, yumen.UseBucket,
	yumen.UseCalendar, yumen.UseMask, yumen.UsePlain, yumen.UseDeny}

// Functions are the aggregate functions that a constraint can name. Those that return one row's value (min, max,
// any_value, list, …) are left out on purpose: no number of units behind a group makes them an aggregate. Median and
// quantile do so too, except in class dp, where they come with noise; a query of another class may not use them,
// whatever is granted.
var Functions = []string{"count", "count_distinct", "sum", "avg", "var", "stddev", "median", "quantile"}

// Magnitudes are the functions whose result depends on how large a value is, so that they need a numeric column with
// declared bounds.
var Magnitudes = []string{"sum", "avg", "var", "stddev", "median", "quantile"}

// Techniques are the masking techniques that a constraint can name.
var Techniques = []string{"resident_id", "mobile", "phone", "bank_card", "name", "email", "address", "credit_code",
	"plate", "passport", "ip", "gps", "date_month", "generic"}

// Params returns the YAML names of the parameters a use takes.
func Params(u yumen.Use) []string {
	switch u {
	case yumen.UseGroup:
		return []string{"min_k"}
	case yumen.UseAggregate:
		return []string{"functions", "min_k", "max_dominance"}
	case yumen.UseBucket:
		return []string{"width"}
	case yumen.UseCalendar:
		return []string{"parts"}
	case yumen.UseMask:
		return []string{"technique"}
	}
	return nil
}

// Problem is what is wrong with one parameter of a constraint, or with the constraint as a whole where Param is empty.
type Problem struct {
	Param string // YAML name
	Index int    // element of a list parameter; −1 for none
	Rule  string
	Msg   yumen.Text
	Fix   yumen.Text
}

// Check returns what is wrong with the parameters that stand in a constraint of a known use. It does not miss
// parameters that do not stand there: a catalog entry must name them, a contract may leave them to the catalog.
func Check(c yumen.Constraint) []Problem {
	var out []Problem
	add := func(param string, index int, rule string, msg, fix yumen.Text) {
		out = append(out, Problem{param, index, rule, msg, fix})
	}
	if c.MinK < 0 {
		add("min_k", -1, "constraint.min-k", yumen.Say("min_k must not be negative", "min_k 不能为负数"), yumen.Text{})
	}
	if c.MaxDominance < 0 || c.MaxDominance > 1 {
		add("max_dominance", -1, "constraint.max-dominance",
			yumen.Say("max_dominance is a share between 0 and 1", "max_dominance 是 0 到 1 之间的占比"), yumen.Text{})
	}
	if c.Width < 0 {
		add("width", -1, "constraint.width", yumen.Say("width must be greater than 0", "width 必须大于 0"), yumen.Text{})
	}
	for i, f := range c.Functions {
		switch {
		case !slices.Contains(Functions, f):
			add("functions", i, "constraint.function",
				yumen.Say("%q is not an aggregate function that can be granted; known are %s", "%q 不是可授权的聚合函数；可用的有 %s",
					f, strings.Join(Functions, ", ")), suggest.Fix(f, Functions))
		case slices.Index(c.Functions, f) < i:
			add("functions", i, "duplicate", yumen.Say("function %q is named twice", "函数 %q 重复", f), yumen.Text{})
		}
	}
	for i, p := range c.Parts {
		if _, ok := PartsOf(p); !ok {
			add("parts", i, "constraint.part",
				yumen.Say("%q is no part of the calendar that can be granted; known are %s, and several joined by +",
					"%q 不是可授权的日历部分；可用的有 %s，多个部分以 + 相连", p, strings.Join(PartNames(), ", ")),
				suggest.Fix(p, PartNames()))
		} else if slices.Index(c.Parts, p) < i {
			add("parts", i, "duplicate", yumen.Say("the part %s is named twice", "部分 %s 重复", p), yumen.Text{})
		}
	}
	if t := c.Technique; t != "" && !slices.Contains(Techniques, t) {
		add("technique", -1, "constraint.technique",
			yumen.Say("%q is not a masking technique; known are %s", "%q 不是脱敏方法；可用的有 %s", t,
				strings.Join(Techniques, ", ")), suggest.Fix(t, Techniques))
	}
	return out
}

// Path returns the steps that lead from a use's parameters to the one concerned.
func (p Problem) Path() []any {
	switch {
	case p.Param == "":
		return nil
	case p.Index < 0:
		return []any{p.Param}
	}
	return []any{p.Param, p.Index}
}
