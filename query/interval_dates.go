package query

import "math/big"

// lengthsInDays are the least and the greatest length of a part of the calendar, in days.
var lengthsInDays = map[string][2]*big.Rat{"year": {whole64(365), whole64(366)}, "quarter": {whole64(90), whole64(92)}, "month": {whole64(28), whole64(31)},
	"week": {whole64(7), whole64(7)}, "day": {whole64(1), whole64(1)}, "hour": {big.NewRat(1, 24), big.NewRat(1, 24)},
	"minute": {big.NewRat(1, 1440), big.NewRat(1, 1440)}, "second": {big.NewRat(1, 86400), big.NewRat(1, 86400)}}

// dateDiff is the span of a number of parts of the calendar between two dates: as many as begin, or are complete, in between. Of D days
// these are no fewer than D over the greatest length and no more than D over the least, give or take one.
func dateDiff(e *expr, a, b span) span {
	days := inDays(e.args[2].typ, b).plus(inDays(e.args[1].typ, a).negated())
	length, ok := lengthsInDays[e.args[0].lit.text]
	if !ok || !days.bounded() {
		return span{null: true}
	}
	if e.fn == "date_diff" && e.args[0].lit.text == "day" && e.args[1].typ == tDate && e.args[2].typ == tDate {
		return span{days.lo, days.hi, true}
	}
	lo, hi := length[1], length[0]
	if days.lo.Sign() < 0 {
		lo = length[0]
	}
	if days.hi.Sign() < 0 {
		hi = length[1]
	}
	one := whole64(1)
	return span{new(big.Rat).Sub(floorOf(new(big.Rat).Quo(days.lo, lo)), one), new(big.Rat).Add(ceilOf(new(big.Rat).Quo(days.hi, hi)), one), true}
}

// inDays is a span of dates or timestamps in days since 1970.
func inDays(t sqlType, s span) span {
	if t == tTimestamp {
		return s.times(span{lo: big.NewRat(1, dayMicros), hi: big.NewRat(1, dayMicros)})
	}
	return s
}

// epoch is a span of dates or timestamps in seconds since 1970.
func epoch(t sqlType, s span) span {
	return inDays(t, s).times(exactly(86400, 86400)).double()
}
