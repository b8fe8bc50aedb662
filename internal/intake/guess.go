package intake

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// guess narrows down the type of a column, cell by cell.
type guess struct {
	seen  bool
	maybe form
	scale int // digits after the point, at most
}

// form is a set of types.
type form uint8

const (
	booleanForm form = 1 << iota
	integerForm
	decimalForm
	doubleForm
	dateForm
	timestampForm
)

const numberForms = integerForm | decimalForm | doubleForm

// Numbers with more digits are more likely codes, and would not fit what a column of their type can hold.
const (
	maxIntegerDigits = 15
	maxWholeDigits   = 12
	maxScale         = 6
	maxWide          = 18 // digits that fit in 64 bits
)

func newGuess() guess { return guess{maybe: booleanForm | numberForms | dateForm | timestampForm} }

// add takes in a cell of a text file.
func (g *guess) add(cell string) {
	g.seen = true
	if g.maybe != 0 {
		g.maybe &= g.forms(cell)
	}
}

// addJSON takes in a value as it stands in NDJSON. What is in quotes is no number.
func (g *guess) addJSON(value string) {
	switch value[0] {
	case 'n':
		return
	case '"':
		text, _, _ := readString(value)
		if text == "" {
			g.seen, g.maybe = true, 0
			return
		}
		g.seen = true
		g.maybe &= g.forms(text) & (dateForm | timestampForm)
	case 't', 'f':
		g.seen = true
		g.maybe &= booleanForm
	case '{', '[':
		g.seen, g.maybe = true, 0
	default:
		g.seen = true
		f := g.forms(value)&numberForms | doubleForm
		if n := len(strings.TrimPrefix(value, "-")); n <= maxWide && !strings.ContainsAny(value, ".eE") {
			f |= integerForm // it is a number and not a code, however long
		}
		g.maybe &= f
	}
}

// forms returns what the text may be.
func (g *guess) forms(s string) form {
	if s == "" || len(s) > 32 {
		return 0
	}
	if c := s[0]; c == '-' || c >= '0' && c <= '9' {
		if f := g.number(s); f != 0 {
			return f
		}
		return calendar(s)
	}
	if strings.EqualFold(s, "true") || strings.EqualFold(s, "false") {
		return booleanForm
	}
	return 0
}

// number recognizes plain numbers without leading zeros, and those with an exponent.
func (g *guess) number(s string) form {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !allDigits(whole) || len(whole) > 1 && whole[0] == '0' {
		return exponent(s)
	}
	if !point {
		if len(whole) > maxIntegerDigits {
			return 0
		}
		if len(whole) > maxWholeDigits {
			return integerForm | doubleForm
		}
		return numberForms
	}
	if !allDigits(fraction) {
		return exponent(s)
	}
	if len(whole) > maxWholeDigits || len(fraction) > maxScale {
		return doubleForm
	}
	g.scale = max(g.scale, len(fraction))
	return decimalForm | doubleForm
}

// withExponent is how a number with an exponent is spelt.
var withExponent = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?[eE][+-]?[0-9]+$`)

func exponent(s string) form {
	if !withExponent.MatchString(s) {
		return 0
	}
	if v, err := strconv.ParseFloat(s, 64); err != nil || math.IsInf(v, 0) {
		return 0
	}
	return doubleForm
}

func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func calendar(s string) form {
	for _, layout := range []string{time.DateOnly, "2006/01/02"} {
		if _, err := time.Parse(layout, s); err == nil && s[:4] != "0000" {
			return dateForm
		}
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999"} {
		if _, err := time.Parse(layout, s); err == nil && s[:4] != "0000" && len(s) <= 26 {
			return timestampForm
		}
	}
	return 0
}

// typ returns the narrowest type left; a column without a value is text.
func (g *guess) typ() yumen.Type {
	switch {
	case !g.seen:
	case g.maybe&booleanForm != 0:
		return yumen.TypeBoolean
	case g.maybe&integerForm != 0:
		return yumen.TypeInteger
	case g.maybe&decimalForm != 0:
		return yumen.Type(fmt.Sprintf("decimal(%d,%d)", maxWholeDigits+maxScale, g.scale))
	case g.maybe&doubleForm != 0:
		return yumen.TypeDouble
	case g.maybe&dateForm != 0:
		return yumen.TypeDate
	case g.maybe&timestampForm != 0:
		return yumen.TypeTimestamp
	}
	return yumen.TypeText
}
