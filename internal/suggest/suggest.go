// Package suggest finds the name somebody probably meant. It is for names that the program or the catalog makes public,
// such as keys, columns and roles; never for values found in data.
package suggest

import (
	"strings"
	"unicode"

	"github.com/yumen-data/yumen"
)

// Nearest returns the name among those given that is nearest to name, if any is near enough to be meant: no edit in
// names of one or two letters, one in three, two up to eight, three beyond; in Chinese names one in two or three
// characters. Upper and lower case do not count, nor does the difference between "-", " " and "_". The first of equally
// near names wins.
func Nearest(name string, among []string) (string, bool) {
	const longest = 64 // longer ones are no typing mistakes, and the distance is quadratic
	folded := fold(name)
	best, found := allowance(folded)+1, ""
	if len(folded) > longest {
		return "", false
	}
	for _, candidate := range among {
		if d := distance(folded, fold(candidate)); d < best {
			best, found = d, candidate
		}
	}
	return found, found != ""
}

// Names gives the names of a named type as plain strings.
func Names[T ~string](of []T) []string {
	names := make([]string, len(of))
	for i, n := range of {
		names[i] = string(n)
	}
	return names
}

// Fix says "did you mean", or nothing where no name is near enough.
func Fix(name string, among []string) yumen.Text {
	n, ok := Nearest(name, among)
	if !ok {
		return yumen.Text{}
	}
	return yumen.Say("did you mean %q?", "是否想写 %q？", n)
}

func fold(s string) []rune {
	return []rune(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s)))
}

func allowance(name []rune) int {
	switch n := len(name); {
	case n == 2 && unicode.Is(unicode.Han, name[0]):
		return 1
	case n <= 2:
		return 0
	case n == 3:
		return 1
	case n <= 8:
		return 2
	}
	return 3
}

// distance is the optimal string alignment distance: inserted, deleted, changed and swapped neighbouring characters
// count one each (Damerau 1964, without edits inside a swap).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
