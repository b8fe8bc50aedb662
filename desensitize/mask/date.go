package mask

import "unicode/utf8"

// dateMonth hides the day of a date and everything after it (a time of day). It reads the forms year-month-day with any
// separator (1990-03-07, 1990/3/7, 1990年3月7日) and eight digits together (19900307). Any other text has all its digits
// hidden.
func dateMonth(dst []byte, s string) []byte {
	keep := 0 // how many digits stay
	if first, second, ok := leadingGroups(s); ok {
		keep = first + second
	}
	i := 0
	for _, r := range s {
		_, digit := digitOf(r)
		if digit && i >= keep {
			dst = append(dst, star(r)...)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		if digit {
			i++
		}
	}
	return dst
}

// leadingGroups returns the number of digits of year and month, if s starts with a year of four digits and a month.
func leadingGroups(s string) (year, month int, ok bool) {
	var lens [2]int
	group, start := 0, true
	for _, r := range s {
		_, digit := digitOf(r)
		switch {
		case digit && group < 2:
			lens[group]++
			start = false
		case !digit && !start && group < 2 && lens[group] > 0:
			group++
		case !digit && start && !separator(r):
			return 0, 0, false
		}
	}
	switch {
	case lens[0] == 8 || lens[0] == 14: // 19900307, 19900307235959
		return 4, 2, true
	case lens[0] == 6 && lens[1] == 0: // 199003, or 199003** once masked
		return 4, 2, true
	case lens[0] == 4 && (lens[1] == 1 || lens[1] == 2):
		return 4, lens[1], true
	}
	return 0, 0, false
}
