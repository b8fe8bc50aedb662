package pgrows

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// PostgreSQL counts from 2000-01-01, Arrow and DuckDB from 1970-01-01. Days are from 4714-11-24 BC (Julian day 0) to
// the end of 5874897 for dates; timestamps that int64 microseconds from 1970 hold end before PostgreSQL's do. See
// datatype/timestamp.h.
const (
	epochDays  = 10957
	firstDay   = -2440588
	behindDate = 2145042541 + epochDays
	dayMicros  = 24 * 60 * 60 * 1_000_000
)

// DuckDB's dates and timestamps without end.
const (
	foreverDays   = math.MaxInt32
	foreverMicros = math.MaxInt64
)

func (e *Encoder) temporal(arr arrow.Array, bin bool) cell {
	switch a := arr.(type) {
	case *array.Date32:
		return dates(a, bin)
	case *array.Time64:
		unit := a.DataType().(*arrow.Time64Type).Unit
		return times(func(i int) int64 { return int64(a.Value(i)) }, unit, bin)
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		zone := e.zone
		if t.TimeZone == "" {
			zone = nil
		}
		return timestamps(a, t.Unit, zone, bin)
	case *array.MonthDayNanoInterval:
		return intervals(a, bin)
	}
	return nil
}

func dates(a *array.Date32, bin bool) cell {
	return func(dst []byte, i int) ([]byte, error) {
		days := int64(a.Value(i))
		if days == foreverDays || days == -foreverDays {
			return forever(dst, days > 0, 4, bin), nil
		}
		switch {
		case days < firstDay || days >= behindDate:
			return dst, outOfRange()
		case bin:
			return binary.BigEndian.AppendUint32(dst, uint32(int32(days-epochDays))), nil
		}
		year, month, day := civil(days)
		return appendEra(appendDate(dst, year, month, day), year), nil
	}
}

// forever appends infinity or -infinity; in binary as the greatest or least integer of so many bytes.
func forever(dst []byte, later bool, size int, bin bool) []byte {
	switch {
	case !bin && later:
		return append(dst, "infinity"...)
	case !bin:
		return append(dst, "-infinity"...)
	case size == 4 && later:
		return binary.BigEndian.AppendUint32(dst, math.MaxInt32)
	case size == 4:
		return binary.BigEndian.AppendUint32(dst, 1<<31)
	case later:
		return binary.BigEndian.AppendUint64(dst, math.MaxInt64)
	}
	return binary.BigEndian.AppendUint64(dst, 1<<63)
}

// civil returns the day of the proleptic Gregorian calendar; year 0 is 1 BC. See Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms", civil_from_days.
func civil(days int64) (year int64, month, day int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day, month = int(doy-(153*mp+2)/5+1), int(mp+3)
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func appendDate(dst []byte, year int64, month, day int) []byte {
	if year <= 0 {
		year = 1 - year
	}
	for limit := int64(1000); limit > 1 && year < limit; limit /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, year, 10)
	return two(append(two(append(dst, '-'), month), '-'), day)
}

func appendEra(dst []byte, year int64) []byte {
	if year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}

func two(dst []byte, v int) []byte { return append(dst, byte('0'+v/10%10), byte('0'+v%10)) }

func times(value func(int) int64, unit arrow.TimeUnit, bin bool) cell {
	return func(dst []byte, i int) ([]byte, error) {
		v, ok := micros(value(i), unit)
		switch {
		case !ok || v < 0 || v > dayMicros:
			return dst, outOfRange()
		case bin:
			return binary.BigEndian.AppendUint64(dst, uint64(v)), nil
		}
		return appendTime(dst, v), nil
	}
}

// micros converts a count of a unit to microseconds and reports whether an int64 holds it.
func micros(v int64, unit arrow.TimeUnit) (int64, bool) {
	switch unit {
	case arrow.Nanosecond:
		return floorDiv(v, 1000), true
	case arrow.Millisecond:
		return v * 1000, v > math.MinInt64/1000 && v < math.MaxInt64/1000
	case arrow.Second:
		return v * 1_000_000, v > math.MinInt64/1_000_000 && v < math.MaxInt64/1_000_000
	}
	return v, true
}

// appendTime appends hours, minutes, seconds, and the fraction without zeros at its end.
func appendTime(dst []byte, v int64) []byte {
	seconds := v / 1_000_000
	dst = two(dst, int(seconds/3600))
	dst = two(append(dst, ':'), int(seconds/60%60))
	dst = two(append(dst, ':'), int(seconds%60))
	return appendFraction(dst, v%1_000_000)
}

func appendFraction(dst []byte, v int64) []byte {
	if v == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(100_000); unit > 0 && v > 0; unit /= 10 {
		dst = append(dst, byte('0'+v/unit))
		v %= unit
	}
	return dst
}

func timestamps(a *array.Timestamp, unit arrow.TimeUnit, zone *time.Location, bin bool) cell {
	return func(dst []byte, i int) ([]byte, error) {
		raw := int64(a.Value(i))
		if raw == foreverMicros || raw == -foreverMicros {
			return forever(dst, raw > 0, 8, bin), nil
		}
		v, ok := micros(raw, unit)
		switch {
		case !ok || v < firstDay*dayMicros:
			return dst, outOfRange()
		case bin:
			return binary.BigEndian.AppendUint64(dst, uint64(v-epochDays*dayMicros)), nil
		}
		offset := 0
		if zone != nil {
			_, offset = time.Unix(floorDiv(v, 1_000_000), 0).In(zone).Zone()
			v += int64(offset) * 1_000_000
		}
		days := floorDiv(v, dayMicros)
		year, month, day := civil(days)
		dst = append(appendDate(dst, year, month, day), ' ')
		dst = appendTime(dst, v-days*dayMicros)
		if zone != nil {
			dst = appendOffset(dst, offset)
		}
		return appendEra(dst, year), nil
	}
}

// appendOffset appends seconds east of UTC: hours, and minutes and seconds where they are not zero.
func appendOffset(dst []byte, offset int) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = two(append(dst, sign), offset/3600)
	if offset%3600 == 0 {
		return dst
	}
	dst = two(append(dst, ':'), offset/60%60)
	if offset%60 == 0 {
		return dst
	}
	return two(append(dst, ':'), offset%60)
}

func intervals(a *array.MonthDayNanoInterval, bin bool) cell {
	return func(dst []byte, i int) ([]byte, error) {
		v := a.Value(i)
		us := v.Nanoseconds / 1000
		if bin {
			dst = binary.BigEndian.AppendUint64(dst, uint64(us))
			dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
			return binary.BigEndian.AppendUint32(dst, uint32(v.Months)), nil
		}
		return appendInterval(dst, int64(v.Months), int64(v.Days), us), nil
	}
}

// appendInterval writes IntervalStyle postgres, after EncodeInterval of PostgreSQL's datetime.c: a positive part behind
// a negative one has a sign.
func appendInterval(dst []byte, months, days, us int64) []byte {
	empty, negative := true, false
	for _, part := range []struct {
		value int64
		unit  string
	}{{months / 12, " year"}, {months % 12, " mon"}, {days, " day"}} {
		if part.value == 0 {
			continue
		}
		if !empty {
			dst = append(dst, ' ')
		}
		if negative && part.value > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, part.value, 10), part.unit...)
		if part.value != 1 {
			dst = append(dst, 's')
		}
		empty, negative = false, part.value < 0
	}
	if us == 0 && !empty {
		return dst
	}
	if !empty {
		dst = append(dst, ' ')
	}
	switch {
	case us < 0:
		dst = append(dst, '-')
	case negative:
		dst = append(dst, '+')
	}
	all := uint64(us)
	if us < 0 {
		all = -all
	}
	seconds := all / 1_000_000
	if seconds < 36000 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendUint(dst, seconds/3600, 10)
	dst = two(append(dst, ':'), int(seconds/60%60))
	dst = two(append(dst, ':'), int(seconds%60))
	return appendFraction(dst, int64(all%1_000_000))
}
