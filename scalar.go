package yumen

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written with a unit: 16MiB, 2GiB, 500kB, or a plain number.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// ParseSize reads a size.
func ParseSize(s string) (Size, error) {
	num, mult := s, int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			num, mult = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	f, err := strconv.ParseFloat(num, 64)
	if err != nil || !(f >= 0 && f*float64(mult) <= 1<<62) { // so that NaN fails
		return 0, fmt.Errorf("parse size %q: want a number with B, KiB, MiB, GiB or TiB", s)
	}
	return Size(f * float64(mult)), nil
}

// String writes the size in the largest binary unit that divides it.
func (s Size) String() string {
	for _, u := range []int{3, 2, 1, 0} {
		if b := sizeUnits[u].bytes; s != 0 && int64(s)%b == 0 {
			return strconv.FormatInt(int64(s)/b, 10) + sizeUnits[u].name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalText writes the size with its unit.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) (err error) { *s, err = ParseSize(string(b)); return }

// Duration is a time span written as in Go: 500ms, 60s, 2h.
type Duration time.Duration

// MarshalText writes the span.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a span.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v < 0 {
		return fmt.Errorf("parse duration %q: want a number with ms, s, m or h", b)
	}
	*d = Duration(v)
	return nil
}

// Day is a calendar day, YYYY-MM-DD.
type Day string

// ParseDay checks that s is a day.
func ParseDay(s string) (Day, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("parse day %q: want YYYY-MM-DD", s)
	}
	return Day(s), nil
}

// DayOf returns the day of t in UTC.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Next returns the day after d.
func (d Day) Next() Day { return d.add(1) }

// Before returns the day before d.
func (d Day) Before() Day { return d.add(-1) }

func (d Day) add(days int) Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return DayOf(t.AddDate(0, 0, days))
}

// UnmarshalText reads a day.
func (d *Day) UnmarshalText(b []byte) (err error) { *d, err = ParseDay(string(b)); return }
