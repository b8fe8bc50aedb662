package reason

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// maxReasons bounds a refusal: a hostile text can break a rule ten thousand times, and nobody reads that.
const maxReasons = 100

// Source turns byte offsets of the submitted text into places a person can find.
type Source struct{ Text string }

// Place returns "line:column", both counted from 1, columns in characters. An offset the parser did not give is "".
func (s Source) Place(at int) string {
	if at < 0 || at > len(s.Text) {
		return ""
	}
	before := s.Text[:at]
	line := strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("%d:%d", line, utf8.RuneCountInString(before[start:])+1)
}

// List collects every reason for a refusal, each once.
type List struct {
	Source Source
	All    []yumen.Reason
	seen   map[string]bool
}

// Add adds a reason, at a byte offset of the text.
func (r *List) Add(rule string, at int, msg yumen.Text) { r.AddFix(rule, at, msg, yumen.Text{}) }

// AddFix adds a reason with what to write instead.
func (r *List) AddFix(rule string, at int, msg, fix yumen.Text) {
	key := fmt.Sprintf("%s %d %s", rule, at, msg.EN)
	if r.seen[key] || r.Full() {
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[key] = true
	r.All = append(r.All, yumen.Reason{Rule: rule, Place: r.Source.Place(at), Msg: msg, Fix: fix})
}

// Full reports that no further reason will be kept, so that none need be worked out.
func (r *List) Full() bool { return len(r.All) >= maxReasons }

// Refusal is the error that all reasons make, nil where there are none.
func (r *List) Refusal() error {
	slices.SortStableFunc(r.All, func(a, b yumen.Reason) int { return comparePlaces(a.Place, b.Place) })
	return yumen.Refuse(yumen.KindDenied, yumen.Say("the query is refused", "查询被拒绝"), r.All)
}

func comparePlaces(a, b string) int {
	var al, ac, bl, bc int
	fmt.Sscanf(a, "%d:%d", &al, &ac)
	fmt.Sscanf(b, "%d:%d", &bl, &bc)
	if al != bl {
		return al - bl
	}
	return ac - bc
}

// Fold lowers ASCII letters, as the engine does when it compares names. Letters that only look alike, such as the
// Kelvin sign, stay apart.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// Same reports whether the engine takes two names for one.
func Same(a, b string) bool { return Fold(a) == Fold(b) }

// Printable keeps a name written by a person fit for a message: anything but letters, digits, _ and space is left out.
func Printable(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == ' ' {
			return r
		}
		return '·'
	}, s))
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return string(r)
}

// Unwritable characters do not survive being written into a statement, or hide what stands in one: controls, and those
// that turn the direction of the text around.
func Unwritable(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar || r < ' ' && r != '\t' && r != '\n' &&
		r != '\r'
}

// PlainSchema reports whether a schema is the one that datasets stand in: as DuckDB or as PostgreSQL calls it.
func PlainSchema(name string) bool { return Same(name, "main") || Same(name, "public") }
