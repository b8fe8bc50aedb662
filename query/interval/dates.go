package interval

import (
	"math/big"
	"slices"
	"time"

	"github.com/yumen-data/yumen/query/plan"
)

// lengthsInDays are the least and the greatest length of a part of the calendar, in days.
var lengthsInDays = map[string][2]*big.Rat{"year": {plan.Whole(365), plan.Whole(366)},
	"quarter": {plan.Whole(90), plan.Whole(92)}, "month": {plan.Whole(28), plan.Whole(31)},
	"week": {plan.Whole(7), plan.Whole(7)}, "day": {plan.Whole(1), plan.Whole(1)},
	"hour":   {big.NewRat(1, 24), big.NewRat(1, 24)},
	"minute": {big.NewRat(1, 1440), big.NewRat(1, 1440)}, "second": {big.NewRat(1, 86400), big.NewRat(1, 86400)}}

// inDays is a span of dates or timestamps in days since 1970.
func inDays(t plan.Type, s Span) Span {
	if t == plan.Timestamp {
		return s.times(Span{Lo: big.NewRat(1, dayMicros), Hi: big.NewRat(1, dayMicros)})
	}
	return s
}

// epoch is a span of dates or timestamps in seconds since 1970.
func epoch(t plan.Type, s Span) Span {
	return inDays(t, s).times(Exactly(86400, 86400)).Double()
}

var partSpans = map[string][2]int64{"quarter": {1, 4}, "month": {1, 12}, "week": {1, 53}, "day": {1, 31},
	"hour": {0, 23}, "minute": {0, 59}, "second": {0, 59},
	"dayofweek": {0, 6}, "dow": {0, 6}, "isodow": {1, 7}, "dayofyear": {1, 366}, "doy": {1, 366}}

// TimeOf is the moment that an end of a span of dates or timestamps stands for.
func TimeOf(r *big.Rat, t plan.Type) (time.Time, bool) {
	if r == nil || FloorOf(r).Num().BitLen() > 60 {
		return time.Time{}, false
	}
	n := FloorOf(r).Num().Int64()
	if t == plan.Timestamp {
		return time.UnixMicro(n).UTC(), true
	}
	if n > 1<<32 || n < -1<<32 {
		return time.Time{}, false
	}
	return time.Unix(n*86400, 0).UTC(), true
}

func datePart(e *plan.Expr, x Span) Span {
	part := e.Args[0].Literal.Text
	if r, ok := partSpans[part]; ok {
		s := Exactly(r[0], r[1])
		s.Null = x.Null || !slices.Contains(plan.SafeParts, part)
		return s
	}
	years := map[string]int64{"year": 1, "isoyear": 1, "decade": 10, "century": 100}[part]
	lo, okLo := TimeOf(x.Lo, e.Args[1].Type)
	hi, okHi := TimeOf(x.Hi, e.Args[1].Type)
	s := Span{Null: x.Null || !slices.Contains(plan.SafeParts, part)}
	if years == 0 || !okLo || !okHi || lo.Year() < 1 {
		return s
	}
	from, to := int64(lo.Year()), int64(hi.Year())
	switch part {
	case "isoyear":
		from, to = from-1, to+1
	case "decade":
		from, to = from/10, to/10
	case "century":
		from, to = (from-1)/100+1, (to-1)/100+1
	}
	s.Lo, s.Hi = plan.Whole(from), plan.Whole(to)
	return s
}

// dateTrunc cannot fail on dates of our era.
func dateTrunc(e *plan.Expr, x Span) Span {
	lo, ok1 := TimeOf(x.Lo, e.Args[1].Type)
	hi, ok2 := TimeOf(x.Hi, e.Args[1].Type)
	if !ok1 || !ok2 || lo.Year() < 1 || hi.Year() > 9999 {
		return Span{Null: true}
	}
	from, ok1 := Beginning(e.Args[0].Literal.Text, lo)
	to, ok2 := Beginning(e.Args[0].Literal.Text, hi)
	if !ok1 || !ok2 {
		return Span{Null: x.Null}
	}
	return Span{plan.Whole(from.UnixMicro()), plan.Whole(to.UnixMicro()), x.Null}
}

// dateDiff is the span of a number of parts of the calendar between two dates: as many as begin, or are complete, in
// between. Of D days these are no fewer than D over the greatest length and no more than D over the least, give or take
// one.
func dateDiff(e *plan.Expr, a, b Span) Span {
	days := inDays(e.Args[2].Type, b).plus(inDays(e.Args[1].Type, a).negated())
	length, ok := lengthsInDays[e.Args[0].Literal.Text]
	if !ok || !days.Bounded() {
		return Span{Null: true}
	}
	if e.Fn == "date_diff" && e.Args[0].Literal.Text == "day" && e.Args[1].Type == plan.Date &&
		e.Args[2].Type == plan.Date {
		return Span{days.Lo, days.Hi, true}
	}
	lo, hi := length[1], length[0]
	if days.Lo.Sign() < 0 {
		lo = length[0]
	}
	if days.Hi.Sign() < 0 {
		hi = length[1]
	}
	one := plan.Whole(1)
	return Span{new(big.Rat).Sub(FloorOf(new(big.Rat).Quo(days.Lo, lo)), one),
		new(big.Rat).Add(CeilOf(new(big.Rat).Quo(days.Hi, hi)), one), true}
}

// dateArithmetic knows days added to dates and the days between two.
func dateArithmetic(e *plan.Expr, x []Span) Span {
	a, b := e.Args[0].Type, e.Args[len(e.Args)-1].Type
	if a.Kind == plan.KindInterval || b.Kind == plan.KindInterval {
		return Span{Null: true}
	}
	out := x[0].plus(x[1])
	if e.Fn == "-" {
		out = x[0].plus(x[1].negated())
	}
	out.Null = true
	return out
}

// Beginning is the first moment of the part that t lies in.
func Beginning(part string, t time.Time) (time.Time, bool) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	switch part {
	case "day":
		return day(t.Date()), true
	case "week":
		return day(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7), true
	case "month":
		return day(t.Year(), t.Month(), 1), true
	case "quarter":
		return day(t.Year(), (t.Month()-1)/3*3+1, 1), true
	case "year":
		return day(t.Year(), 1, 1), true
	}
	return time.Time{}, false
}

const dayMicros = 86400 * 1_000_000
