package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// maxReasons bounds a refusal: a hostile text can break a rule ten thousand times, and nobody reads that.
const maxReasons = 100

// source turns byte offsets of the submitted text into places a person can find.
type source struct{ text string }

// place returns "line:column", both counted from 1, columns in characters. An offset the parser did not give is "".
func (s source) place(at int) string {
	if at < 0 || at > len(s.text) {
		return ""
	}
	before := s.text[:at]
	line := strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("%d:%d", line, utf8.RuneCountInString(before[start:])+1)
}

// reasons collects every reason for a refusal, each once.
type reasons struct {
	src  source
	list []yumen.Reason
	seen map[string]bool
}

func (r *reasons) add(rule string, at int, msg yumen.Text) { r.addFix(rule, at, msg, yumen.Text{}) }

func (r *reasons) addFix(rule string, at int, msg, fix yumen.Text) {
	key := fmt.Sprintf("%s %d %s", rule, at, msg.EN)
	if r.seen[key] || r.full() {
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[key] = true
	r.list = append(r.list, yumen.Reason{Rule: rule, Place: r.src.place(at), Msg: msg, Fix: fix})
}

// full reports that no further reason will be kept, so that none need be worked out.
func (r *reasons) full() bool { return len(r.list) >= maxReasons }

func (r *reasons) refusal() error {
	slices.SortStableFunc(r.list, func(a, b yumen.Reason) int { return comparePlaces(a.Place, b.Place) })
	return yumen.Refuse(yumen.KindDenied, yumen.Say("the query is refused", "查询被拒绝"), r.list)
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

// fold lowers ASCII letters, as the engine does when it compares names. Letters that only look alike, such as the Kelvin
// sign, stay apart.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

func same(a, b string) bool { return fold(a) == fold(b) }
