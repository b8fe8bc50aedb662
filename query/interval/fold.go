package interval

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen/query/plan"
)

// Folded works out what is made of constants alone, as far as that can be done without the engine. What cannot stays as
// it is.
func Folded(e *plan.Expr) *plan.Expr {
	if len(e.Args) == 0 || e.Op == plan.OpLevel || e.Op == plan.OpWindow {
		return e
	}
	e = plan.Sized(plan.Mapped(e, Folded))
	switch {
	case e.Op == plan.OpCase:
		return foldCase(e)
	case e.Op == plan.OpCall && (e.Fn == "and" || e.Fn == "or"):
		return foldBoth(e)
	case e.Op == plan.OpCall && len(e.Args) == 2 && flipped[e.Fn] != "":
		e = byDay(e)
	}
	switch {
	case slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return a.Op != plan.OpConst }):
		return e
	}
	if v, ok := worked(e); ok {
		return v
	}
	return e
}

// byDay compares a date with midnight as with the day.
func byDay(e *plan.Expr) *plan.Expr {
	args := slices.Clone(e.Args)
	for i, a := range e.Args {
		o := e.Args[1-i]
		if a.Op != plan.OpCast || a.Type != plan.Timestamp || a.Args[0].Type != plan.Date || o.Op != plan.OpConst ||
			o.Type != plan.Timestamp {
			continue
		}
		if day, ok := strings.CutSuffix(o.Literal.Text, " 00:00:00"); ok {
			args[i], args[1-i] = a.Args[0], plan.ConstantOf(plan.Date, day)
			return plan.Sized(e.With(args))
		}
	}
	return e
}

// worked works out a call of constants.
func worked(e *plan.Expr) (*plan.Expr, bool) {
	args := make([]Point, len(e.Args))
	for i, a := range e.Args {
		if a.Type.Kind == plan.KindInterval || a.Type.Kind == plan.KindText && e.Op == plan.OpCall &&
			e.Fn == "date_trunc" {
			continue
		}
		if a.Type.Kind == plan.KindNull {
			args[i] = Point{Type: a.Type, Null: true}
			continue
		}
		var ok bool
		if args[i], ok = PointOf(a.Literal, a.Type); !ok {
			return nil, false
		}
	}
	if e.Op == plan.OpCall {
		if v, ok := decided(e.Fn, args); ok {
			return constantTruth(v, e), true
		}
		if v, ok := moved(e, args); ok {
			return constantOf(v, e)
		}
		if e.Fn == "||" || e.Fn == "concat" {
			return joined(e, args)
		}
	}
	v, ok := Apply(e, args)
	if !ok {
		return nil, false
	}
	return constantOf(v, e)
}

// constantOf writes a value as a constant.
func constantOf(v Point, e *plan.Expr) (*plan.Expr, bool) {
	if v.Null {
		return plan.Elsewhere(plan.NullConst(), e.At), true
	}
	text, ok := v.Written()
	switch {
	case !ok:
		return nil, false
	case v.Type == plan.Timestamp:
		l, ok := plan.Literal{Type: plan.Text, Text: text}.As(plan.Timestamp)
		return &plan.Expr{Op: plan.OpConst, Type: plan.Timestamp, Literal: l, At: e.At, Size: 1}, ok
	case v.Type == plan.Double:
		text = plan.FormatDouble(v.dbl)
	}
	c := plan.ConstantOf(v.Type, text)
	c.At = e.At
	return c, true
}

type truth int

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func constantTruth(v truth, e *plan.Expr) *plan.Expr {
	if v == unknown {
		return plan.Elsewhere(plan.NullConst(), e.At)
	}
	c := plan.ConstantOf(plan.Bool, strconv.FormatBool(v == yes))
	c.At = e.At
	return c
}

// decided compares constants.
func decided(fn string, args []Point) (truth, bool) {
	switch fn {
	case "is null":
		return truthOf(args[0].Null), true
	case "is not null":
		return truthOf(!args[0].Null), true
	case "not":
		if args[0].Null {
			return unknown, true
		}
		return truthOf(args[0].Number.Sign() == 0), true
	case "between":
		low, ok1 := decided(">=", []Point{args[0], args[1]})
		high, ok2 := decided("<=", []Point{args[0], args[2]})
		return both(low, high), ok1 && ok2
	case "=", "<>", "<", "<=", ">", ">=":
	default:
		return unknown, false
	}
	if args[0].Null || args[1].Null {
		return unknown, true
	}
	if !alike(args[0], args[1]) {
		return unknown, false
	}
	c := args[0].Compare(args[1])
	return truthOf(map[string]bool{"=": c == 0, "<>": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[fn]),
		true
}

// alike reports whether two values can be compared here.
func alike(a, b Point) bool {
	return a.Number != nil && b.Number != nil && a.Type.Temporal() == b.Type.Temporal() &&
		(!a.Type.Temporal() || a.Type == b.Type) ||
		a.Type == b.Type && (a.Type == plan.Double || a.Type == plan.Text)
}

func both(a, b truth) truth {
	switch {
	case a == no || b == no:
		return no
	case a == yes && b == yes:
		return yes
	}
	return unknown
}

// truthFrom reads a constant condition.
func truthFrom(e *plan.Expr) (truth, bool) {
	switch {
	case e.Op != plan.OpConst:
		return unknown, false
	case e.Type.Kind == plan.KindNull:
		return unknown, true
	}
	return truthOf(e.Literal.Text == "true"), e.Type == plan.Bool
}

// foldBoth leaves out of AND and OR what does not decide.
func foldBoth(e *plan.Expr) *plan.Expr {
	decides, neutral := no, yes
	if e.Fn == "or" {
		decides, neutral = yes, no
	}
	var rest []*plan.Expr
	for _, a := range e.Args {
		v, ok := truthFrom(a)
		switch {
		case ok && v == decides:
			return constantTruth(decides, e)
		case ok && v == neutral:
		default:
			rest = append(rest, a)
		}
	}
	switch len(rest) {
	case 0:
		return constantTruth(neutral, e)
	case 1:
		return rest[0]
	}
	return plan.Sized(e.With(rest))
}

func foldCase(e *plan.Expr) *plan.Expr {
	var rest []*plan.Expr
	for i := 0; i+1 < len(e.Args); i += 2 {
		v, ok := truthFrom(e.Args[i])
		switch {
		case ok && v == yes && len(rest) == 0:
			return e.Args[i+1]
		case ok && v == yes:
			return plan.Sized(e.With(append(rest, e.Args[i+1])))
		case !ok:
			rest = append(rest, e.Args[i], e.Args[i+1])
		}
	}
	last := e.Args[len(e.Args)-1]
	if len(rest) == 0 {
		return last
	}
	return plan.Sized(e.With(append(rest, last)))
}

// moved is a date or timestamp some days or an interval away.
func moved(e *plan.Expr, args []Point) (Point, bool) {
	if e.Fn != "+" && e.Fn != "-" || len(args) != 2 || !e.Type.Temporal() {
		return Point{}, false
	}
	from, by := 0, 1
	if !e.Args[0].Type.Temporal() {
		from, by = 1, 0
	}
	if args[from].Null || args[by].Null {
		return Point{Type: e.Type, Null: true}, true
	}
	t, ok := TimeOf(args[from].Number, args[from].Type)
	if !ok {
		return Point{}, false
	}
	step := plan.Literal{Type: plan.Interval, Text: e.Args[by].Literal.Text + " day"}
	if e.Args[by].Type.Kind == plan.KindInterval {
		step = e.Args[by].Literal
	}
	sign := 1
	if e.Fn == "-" {
		sign = -1
	}
	if t, ok = Stepped(t, step, sign); !ok {
		return Point{}, false
	}
	n := t.Unix() / 86400
	if e.Type == plan.Timestamp {
		n = t.UnixMicro()
	}
	return ExactPoint(e.Type, plan.Whole(n)), t.Year() >= 1 && t.Year() <= 9999
}

// Stepped is a time so many intervals later. Months end with their last day, as in the engine.
func Stepped(t time.Time, step plan.Literal, times int) (time.Time, bool) {
	count, unit, _ := strings.Cut(step.Text, " ")
	n, err := strconv.Atoi(count)
	if err != nil || n < -1_000_000 || n > 1_000_000 {
		return t, false
	}
	n *= times
	months := map[string]int{"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit] * n
	days := map[string]int{"day": 1, "week": 7}[unit] * n
	clock := map[string]time.Duration{"hour": time.Hour, "minute": time.Minute, "second": time.Second}[unit]
	switch {
	case months != 0:
		first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(),
			time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		return first.AddDate(0, 0, min(t.Day(), last)-1), true
	case days != 0:
		return t.AddDate(0, 0, days), true
	}
	return t.Add(time.Duration(n) * clock), n == 0 || clock != 0
}

// joined is several texts as one.
func joined(e *plan.Expr, args []Point) (*plan.Expr, bool) {
	var s strings.Builder
	for _, a := range args {
		switch {
		case a.Null && e.Fn == "||":
			return plan.Elsewhere(plan.NullConst(), e.At), true
		case a.Type != plan.Text && !a.Null:
			return nil, false
		}
		s.WriteString(a.txt)
	}
	c := plan.ConstantOf(plan.Text, s.String())
	c.At = e.At
	return c, true
}

// Truth reads a constant condition: whether it holds, and whether e is one. NULL does not hold.
func Truth(e *plan.Expr) (holds, known bool) {
	v, known := truthFrom(e)
	return v == yes, known
}
