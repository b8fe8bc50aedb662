package intake

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// ndjsonSource reads one JSON object a line. A key that is not there is null. Numbers are taken as they are spelt,
// never through floating point; text columns take strings only, boolean columns true, false or a string, the others a
// number or a string. Empty lines are passed over. Where exact, every key must be there, no line is empty, and the form
// of a value is the one that JSON has for the type.
type ndjsonSource struct {
	text   *text
	exact  bool
	byName map[string]int
	null   map[string]bool
	types  []yumen.Type
	cells  []Cell
	seen   []bool
}

func newNDJSON(in *input, cols []Column, opts Options) *ndjsonSource {
	s := &ndjsonSource{
		text: newText(in, opts.CSV.Encoding), exact: opts.exact, byName: map[string]int{}, null: map[string]bool{},
		types: make([]yumen.Type, len(cols)), cells: make([]Cell, len(cols)), seen: make([]bool, len(cols)),
	}
	for i, c := range cols {
		s.byName[c.Header] = i
		s.types[i] = c.Type
	}
	for _, n := range opts.CSV.Null {
		s.null[n] = true
	}
	return s
}

func (s *ndjsonSource) Next() (Row, error) {
	line, fault, err := s.line()
	if err != nil {
		return Row{}, err
	}
	if fault == 0 {
		fault = s.object(line)
	}
	return Row{Line: s.text.in.line, Fault: fault, Cells: s.cells}, nil
}

// line returns the next line, without the space before it. Where exact, that is what JSON calls space.
func (s *ndjsonSource) line() (string, Fault, error) {
	for {
		line, _, fault, err := s.text.next()
		if s.exact {
			return skipSpace(line), fault, err
		}
		if line = strings.TrimSpace(line); line != "" || fault != 0 || err != nil {
			return line, fault, err
		}
	}
}

func (s *ndjsonSource) object(line string) Fault {
	for i := range s.cells {
		s.cells[i], s.seen[i] = Cell{Null: true}, false
	}
	fault := members(line, func(key, value string) Fault {
		i, known := s.byName[key]
		if !known || s.seen[i] {
			return FaultColumns
		}
		s.seen[i] = true
		var ok bool
		if s.cells[i], ok = s.cell(s.types[i], value); !ok {
			return FaultEncoding
		}
		return 0
	})
	if fault == 0 && s.exact && slices.Contains(s.seen, false) {
		return FaultColumns
	}
	return fault
}

// members calls each with the key of every member of the object that a line is and its value as it is spelt, up to the
// first fault. json.Valid has looked at the grammar first, so that what follows only needs to find the ends of things.
func members(line string, each func(key, value string) Fault) Fault {
	if line == "" || line[0] != '{' || !json.Valid([]byte(line)) {
		return FaultJSON
	}
	rest := skipSpace(line[1:])
	for rest[0] != '}' {
		key, after, ok := readString(rest)
		if !ok {
			return FaultEncoding
		}
		rest = skipSpace(skipSpace(after)[1:]) // the colon
		value := rest[:valueEnd(rest)]
		rest = skipSpace(rest[len(value):])
		if fault := each(key, value); fault != 0 {
			return fault
		}
		if rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return 0
}

// cell takes a value as the column's type allows. It reports false for a string with an escape that is no character.
func (s *ndjsonSource) cell(t yumen.Type, value string) (Cell, bool) {
	dated := t == yumen.TypeDate || t == yumen.TypeTimestamp
	switch value[0] {
	case 'n':
		return Cell{Null: true}, true
	case '"':
		text, _, ok := readString(value)
		if s.exact {
			return Cell{Text: text, Wrong: !dated && t != yumen.TypeText}, ok
		}
		null := s.null[text] || text == "" && t != yumen.TypeText
		return Cell{Text: text, Null: null}, ok && strings.IndexByte(text, 0) < 0
	case 't', 'f':
		return Cell{Text: value, Wrong: t != yumen.TypeBoolean}, true
	case '{', '[':
		return Cell{Wrong: true}, true
	}
	return Cell{Text: value, Wrong: t == yumen.TypeText || t == yumen.TypeBoolean || s.exact && dated}, true
}

func skipSpace(s string) string { return strings.TrimLeft(s, " \t\r\n") }

// readString decodes the string that s begins with and returns what follows it.
func readString(s string) (text, rest string, ok bool) {
	end := stringEnd(s)
	inner := s[1 : end-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner, s[end:], true
	}
	if err := json.Unmarshal([]byte(s[:end]), &text); err != nil {
		return "", "", false
	}
	// Half of a surrogate pair becomes the replacement character.
	lost := strings.ContainsRune(text, utf8.RuneError) && !strings.ContainsRune(inner, utf8.RuneError)
	return text, s[end:], !lost
}

// stringEnd returns the index after the closing quote.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// valueEnd returns the index after the value that s begins with.
func valueEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i += stringEnd(s[i:]) - 1
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t':
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}
