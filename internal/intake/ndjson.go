package intake

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// ndjsonSource reads one JSON object a line. A key that is not there is null. Numbers are taken as they are spelt, never
// through floating point; text columns take strings only, boolean columns true, false or a string, the others a number or a
// string. Empty lines are passed over.
type ndjsonSource struct {
	text   *text
	byName map[string]int
	null   map[string]bool
	isText []bool
	isBool []bool
	cells  []cell
	seen   []bool
}

func newNDJSON(in *input, cols []Column, opts Options) *ndjsonSource {
	s := &ndjsonSource{
		text: newText(in, opts.CSV.Encoding), byName: map[string]int{}, null: map[string]bool{},
		isText: make([]bool, len(cols)), isBool: make([]bool, len(cols)), cells: make([]cell, len(cols)), seen: make([]bool, len(cols)),
	}
	for i, c := range cols {
		s.byName[c.Header] = i
		s.isText[i], s.isBool[i] = c.Type == yumen.TypeText, c.Type == yumen.TypeBoolean
	}
	for _, n := range opts.CSV.Null {
		s.null[n] = true
	}
	return s
}

func (s *ndjsonSource) next() (row, error) {
	for {
		line, _, fault, err := s.text.next()
		if err != nil {
			return row{}, err
		}
		line = strings.TrimSpace(line)
		if line == "" && fault == 0 {
			continue
		}
		number := s.text.in.line
		if fault == 0 {
			fault = s.object(line)
		}
		return row{line: number, fault: fault, cells: s.cells}, nil
	}
}

// object reads the members of a line. json.Valid has looked at the grammar first, so that the steps below only need to
// find the ends of things.
func (s *ndjsonSource) object(line string) Fault {
	if line[0] != '{' || !json.Valid([]byte(line)) {
		return FaultJSON
	}
	for i := range s.cells {
		s.cells[i], s.seen[i] = cell{null: true}, false
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
		i, known := s.byName[key]
		if !known || s.seen[i] {
			return FaultColumns
		}
		s.seen[i] = true
		if s.cells[i], ok = s.cell(i, value); !ok {
			return FaultEncoding
		}
		if rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return 0
}

// cell takes a value as the column's type allows. It reports false for a string with an escape that is no character.
func (s *ndjsonSource) cell(column int, value string) (cell, bool) {
	switch value[0] {
	case 'n':
		return cell{null: true}, true
	case '"':
		text, _, ok := readString(value)
		if !ok || strings.IndexByte(text, 0) >= 0 {
			return cell{}, false
		}
		return cell{text: text, null: s.null[text] || text == "" && !s.isText[column]}, true
	case 't', 'f':
		return cell{text: value, wrong: !s.isBool[column]}, true
	case '{', '[':
		return cell{wrong: true}, true
	}
	return cell{text: value, wrong: s.isText[column] || s.isBool[column]}, true
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
