package wasm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// maxLine bounds one line of NDJSON.
const maxLine = 16 << 20

// readNDJSON reads one JSON object a line, each with every declared name exactly once and nothing else.
func readNDJSON(f *bufio.Reader, t *table) error {
	index := map[string]int{}
	for i, c := range t.columns {
		index[c.Name] = i
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		if err := readObject(lines.Bytes(), t, index); err != nil {
			return err
		}
		if err := t.endRow(); err != nil {
			return err
		}
	}
	if lines.Err() != nil {
		return badJSON()
	}
	return nil
}

func readObject(line []byte, t *table, index map[string]int) error {
	if !utf8.Valid(line) {
		return badJSON() // the decoder would mend it silently
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		return badJSON()
	}
	seen := make([]bool, len(t.columns))
	n := 0
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return badJSON()
		}
		i, ok := index[key.(string)]
		if !ok || seen[i] {
			return wrongColumns()
		}
		seen[i] = true
		n++
		if err := readValue(d, t, i); err != nil {
			return err
		}
	}
	if n != len(t.columns) {
		return wrongColumns()
	}
	if tok, err := d.Token(); err != nil || tok != json.Delim('}') {
		return badJSON()
	}
	if _, err := d.Token(); err != io.EOF {
		return badJSON()
	}
	return nil
}

// readValue takes the JSON form that the column's type has: a boolean, a number, or a string.
func readValue(d *json.Decoder, t *table, i int) error {
	tok, err := d.Token()
	if err != nil {
		return badJSON()
	}
	typ := t.columns[i].Type
	switch v := tok.(type) {
	case nil:
		t.cells[i].Null()
		return nil
	case bool:
		if typ == yumen.TypeBoolean {
			return t.set(i, map[bool]string{true: "true", false: "false"}[v])
		}
	case json.Number:
		if _, _, decimal := typ.Decimal(); typ == yumen.TypeInteger || typ == yumen.TypeDouble || decimal {
			return t.set(i, v.String())
		}
	case string:
		if typ == yumen.TypeText || typ == yumen.TypeDate || typ == yumen.TypeTimestamp {
			return t.set(i, v)
		}
	}
	return t.wrongType(i)
}

func badJSON() error {
	return failed("the module's output is not NDJSON: one object a line", "模块的输出不是 NDJSON：每行一个对象")
}
