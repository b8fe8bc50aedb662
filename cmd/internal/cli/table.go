package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Table prints rows under a header in columns that line up for Chinese as well: a wide character takes two cells.
func Table(w io.Writer, header []string, rows [][]string) {
	all := append([][]string{header}, rows...)
	widths := make([]int, len(header))
	for _, r := range all {
		for i, c := range r {
			r[i] = OneLine(c)
			widths[i] = max(widths[i], cells(r[i]))
		}
	}
	for _, r := range all {
		var line strings.Builder
		for i, c := range r {
			line.WriteString(c)
			if i < len(r)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-cells(c)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// cells is how many terminal cells s takes (Unicode Standard Annex 11).
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// Header splits "EN ZH" titles and picks the language.
func (a *App) Header(titles ...string) []string {
	out := make([]string, len(titles))
	for i, t := range titles {
		en, zh, _ := strings.Cut(t, " ")
		out[i] = a.Say(en, zh)
	}
	return out
}

// Yes is the word for a truth value.
func (a *App) Yes(b bool) string {
	if b {
		return a.Say("yes", "是")
	}
	return a.Say("no", "否")
}

// OneLine makes text from a file safe to print: no control characters, which could drive a terminal or begin a line.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}
