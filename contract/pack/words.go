package pack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
)

// List is some words; one may be written without brackets.
type List []string

// FromWord makes a list of one.
func (l *List) FromWord(word string) error {
	*l = List{word}
	return nil
}

// FromWord reads an office.
func (t *Then) FromWord(word string) error {
	t.By = List{word}
	return nil
}

// FromWord reads an office, or what is done.
func (r *Ruling) FromWord(word string) error {
	r.Does = word
	return nil
}

// Note is a reason, or that there is one to be found.
type Note string

// unexplained is a note without its reason.
const unexplained Note = "true"

// UnmarshalText reads true, false or a reason.
func (n *Note) UnmarshalText(b []byte) error {
	switch *n = Note(b); string(b) {
	case "false":
		*n = ""
	case "true":
		*n = unexplained
	}
	return nil
}

// Span is a length of time: working days (5wd), days (30d), months (6mo), years (3y), at once (now), or none.
type Span struct {
	N    int
	Unit Unit
}

// Unit is what a span is counted in.
type Unit string

// The units.
const (
	None     Unit = ""
	Workdays Unit = "wd"
	Days     Unit = "d"
	Months   Unit = "mo"
	Years    Unit = "y"
	AtOnce   Unit = "now" // 当场, 立即
)

var spanText = regexp.MustCompile(`^(-?\d{1,4})(wd|d|mo|y)$`)

// UnmarshalText reads a span.
func (s *Span) UnmarshalText(b []byte) error {
	switch text := string(b); text {
	case "none":
		*s = Span{}
	case "now":
		*s = Span{Unit: AtOnce}
	default:
		m := spanText.FindStringSubmatch(text)
		if m == nil {
			return fmt.Errorf("%q is no span of time", text)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n == 0 {
			return fmt.Errorf("%q is no span of time", text)
		}
		*s = Span{n, Unit(m[2])}
	}
	return nil
}

// IsZero reports whether there is none.
func (s Span) IsZero() bool { return s.Unit == None }

func (s Span) String() string {
	switch s.Unit {
	case None:
		return "none"
	case AtOnce:
		return "now"
	}
	return strconv.Itoa(s.N) + string(s.Unit)
}

// MarshalJSON writes it as packs do.
func (s Span) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Text says it to people.
func (s Span) Text() yumen.Text {
	n := strconv.Itoa(s.N)
	switch s.Unit {
	case Workdays:
		return yumen.Say("%s working days", "%s 个工作日", n)
	case Days:
		return yumen.Say("%s days", "%s 日", n)
	case Months:
		return yumen.Say("%s months", "%s 个月", n)
	case Years:
		return yumen.Say("%s years", "%s 年", n)
	case AtOnce:
		return yumen.Say("at once", "立即")
	}
	return yumen.Say("none", "无")
}

// article is a place in a law: article, paragraph, item, part of one: 16, 16.2, 23(五), 10.4a.
var article = regexp.MustCompile(`^(\d{1,3})(?:\.(\d{1,2}))?(?:\(([一二三四五六七八九十]{1,3})\))?([a-z])?$`)

// Cite writes an article as laws are cited: 第16条第2款.
func Cite(a string) string {
	m := article.FindStringSubmatch(a)
	if m == nil {
		return a
	}
	var b strings.Builder
	b.WriteString("第" + m[1] + "条")
	if m[2] != "" {
		b.WriteString("第" + m[2] + "款")
	}
	if m[3] != "" {
		b.WriteString("第(" + m[3] + ")项")
	}
	return b.String()
}
