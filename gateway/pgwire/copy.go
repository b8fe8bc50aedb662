package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// copying is what COPY asks for besides the question.
type copying struct {
	format    string // text, csv or binary
	header    bool
	delimiter byte
	null      string
	quote     byte
	escape    byte
	every     bool // each value is quoted (FORCE_QUOTE *)

	escapes [256]byte // text format: what stands behind a backslash for a byte; 0 for one that stands for itself
	begun   bool      // binary format: the signature was sent
}

// copyOut answers COPY (question) TO STDOUT and COPY released."NAME" TO STDOUT. It means what the question means.
func (s *session) copyOut(ctx context.Context, st *sqlsession.Statement) error {
	question, c, err := copyOf(st)
	if err != nil {
		return err
	}
	a, err := s.Ask(ctx, question, nil)
	if err != nil && st.Source(1) == "(" {
		return sqlsession.InPart(st, 2, err)
	}
	if err != nil {
		return err
	}
	s.tell(a)
	formats := []int16{0}
	out := &pgproto3.CopyOutResponse{ColumnFormatCodes: make([]uint16, len(a.Columns))}
	if c.format == "binary" {
		formats, out.OverallFormat = []int16{1}, 1
		for i := range out.ColumnFormatCodes {
			out.ColumnFormatCodes[i] = 1
		}
	}
	s.send(out)
	n, err := s.copyRows(ctx, a, &c, formats)
	if err != nil {
		return err
	}
	s.send(&pgproto3.CopyDone{})
	s.send(&pgproto3.CommandComplete{CommandTag: fmt.Appendf(nil, "COPY %d", n)})
	return nil
}

// copySignature begins a copy in binary: PostgreSQL 15, COPY, "Binary Format".
const copySignature = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// copyRows sends rows, each as a message of its own: clients take a message for a row.
func (s *session) copyRows(ctx context.Context, a *sqlsession.Answer, c *copying, formats []int16) (int64, error) {
	if c.header && c.format != "binary" {
		names := binary.BigEndian.AppendUint16(nil, uint16(len(a.Columns)))
		for _, col := range a.Columns {
			names = append(binary.BigEndian.AppendUint32(names, uint32(len(col.Name))), col.Name...)
		}
		if err := s.sendCopy(c, names); err != nil {
			return 0, err
		}
	}
	n, err := (&window{Answer: a}).forward(ctx, 0, formats, func(body []byte) error { return s.sendCopy(c, body) })
	if err != nil || c.format != "binary" {
		return n, err
	}
	return n, s.sendCopy(c, []byte{0xff, 0xff}) // no further row
}

// sendCopy sends the body of a row, as c writes it, as one message: its kind, its length as 4 bytes, and what it is.
func (s *session) sendCopy(c *copying, body []byte) error {
	at := len(s.out)
	s.out = c.append(append(s.out, 'd', 0, 0, 0, 0), body)
	binary.BigEndian.PutUint32(s.out[at+1:], uint32(len(s.out)-at-1)) // a row has 256 MiB at most, written as it comes
	return s.sent()
}

// append appends one row as it is written. The body of a DataRow is what a tuple of the binary format is.
func (c *copying) append(to, body []byte) []byte {
	if c.format == "binary" {
		if !c.begun { // the signature goes with the first row
			c.begun, to = true, append(to, copySignature...)
		}
		return append(to, body...)
	}
	columns := int(binary.BigEndian.Uint16(body))
	body = body[2:]
	for i := range columns {
		if i > 0 {
			to = append(to, c.delimiter)
		}
		size := int32(binary.BigEndian.Uint32(body))
		body = body[4:]
		if size < 0 {
			to = append(to, c.null...)
			continue
		}
		value := body[:size]
		body = body[size:]
		if c.format == "csv" {
			to = c.quoted(to, value, columns)
		} else {
			to = c.escaped(to, value)
		}
	}
	return append(to, '\n')
}

// escaped appends a value of the text format.
func (c *copying) escaped(to, value []byte) []byte {
	from := 0
	for i, b := range value {
		if e := c.escapes[b]; e != 0 {
			to = append(append(to, value[from:i]...), '\\', e)
			from = i + 1
		}
	}
	return append(to, value[from:]...)
}

// quoted appends a value of the CSV format.
func (c *copying) quoted(to, value []byte, columns int) []byte {
	plain := !c.every && string(value) != c.null && !bytes.ContainsAny(value, "\n\r") &&
		bytes.IndexByte(value, c.delimiter) < 0 && bytes.IndexByte(value, c.quote) < 0 &&
		!(columns == 1 && string(value) == `\.`)
	if plain {
		return append(to, value...)
	}
	to = append(to, c.quote)
	for _, b := range value {
		if b == c.quote || b == c.escape {
			to = append(to, c.escape)
		}
		to = append(to, b)
	}
	return append(to, c.quote)
}

// copyOf reads COPY {(question) | table} TO STDOUT and its options, as of PostgreSQL 9 and before, too.
func copyOf(st *sqlsession.Statement) (*sqlsession.Statement, copying, error) {
	var c copying
	i, text := 1, ""
	if st.Source(1) == "(" {
		depth := 0
		for ; i < len(st.Tokens); i++ {
			switch st.Source(i) {
			case "(":
				depth++
			case ")":
				depth--
			}
			if depth == 0 {
				break
			}
		}
		if i >= len(st.Tokens) || i < 3 {
			return nil, c, sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "COPY has no question", "COPY 缺少查询"))
		}
		text = st.Text[st.Tokens[2].Start:st.Tokens[i-1].End]
		i++
	} else {
		for i < len(st.Tokens) && st.Word(i) != "TO" && st.Word(i) != "FROM" && st.Source(i) != "(" {
			i++
		}
		columns, relation := "*", i
		if st.Source(i) == "(" { // COPY table (column, …)
			first := i + 1
			for i < len(st.Tokens) && st.Source(i) != ")" {
				i++
			}
			if i > first && i < len(st.Tokens) {
				columns = st.Text[st.Tokens[first].Start:st.Tokens[i-1].End]
			}
			i++
		}
		if relation > 1 {
			text = "SELECT " + columns + " FROM " + st.Text[st.Tokens[1].Start:st.Tokens[relation-1].End]
		}
	}
	if st.Word(i) == "FROM" {
		return nil, c, sqlsession.Unsupported("COPY FROM is not answered: this domain is asked, and not changed",
			"不支持 COPY FROM：本域只供查询，不可更改")
	}
	if st.Word(i) != "TO" || st.Word(i+1) != "STDOUT" {
		return nil, c, sqlsession.Unsupported("COPY goes TO STDOUT only", "COPY 只能 TO STDOUT")
	}
	of, err := sqlsession.Split(text)
	if err == nil && len(of) != 1 {
		err = sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "COPY has one question", "COPY 只能含一个查询"))
	}
	if err != nil {
		return nil, c, err
	}
	c, err = optionsOf(st.Statement, i+2)
	return of[0], c, err
}

// optionsOf reads the options of COPY.
func optionsOf(st lex.Statement, i int) (copying, error) {
	c := copying{format: "text"}
	var delimiter, null, quote, escape *string
	for ; i < len(st.Tokens); i++ {
		value, isText := st.Literal(i + 1)
		if !isText {
			value = st.Ident(i + 1)
		}
		var to **string
		switch st.Word(i) {
		case "", "WITH", "AS":
			continue
		case "FORMAT":
			c.format = strings.ToLower(value)
			i++
			continue
		case "CSV", "BINARY":
			c.format = strings.ToLower(st.Word(i))
			continue
		case "HEADER":
			c.header = !slices.Contains([]string{"false", "off"}, value) && st.Source(i+1) != "0"
			if c.header && slices.Contains([]string{"true", "on", "match"}, value) || !c.header ||
				st.Source(i+1) == "1" {
				i++
			}
			continue
		case "ENCODING":
			if !slices.Contains([]string{"utf8", "utf-8", "unicode"}, strings.ToLower(value)) {
				return c, sqlsession.Unsupported("COPY writes UTF-8 only", "COPY 只写 UTF-8")
			}
			i++
			continue
		case "FORCE_QUOTE", "FORCE":
			c.every = true
			for st.Source(i+1) != "" && st.Source(i+1) != "*" && st.Source(i+1) != ")" && st.Source(i+1) != "," {
				i++
			}
			i++
			continue
		case "DELIMITER", "DELIMITERS":
			to = &delimiter
		case "NULL":
			to = &null
		case "QUOTE":
			to = &quote
		case "ESCAPE":
			to = &escape
		default:
			return c, sqlsession.Coded("42601",
				yumen.Errorf(yumen.KindInvalid, "COPY has no option %s", "COPY 没有选项 %s", st.Word(i)))
		}
		if st.Word(i+1) == "AS" {
			i++
			value, isText = st.Literal(i + 1)
		}
		if !isText {
			return c, sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "an option of COPY has no value", "COPY 选项缺少值"))
		}
		*to = &value
		i++
	}
	return c, c.fill(delimiter, null, quote, escape)
}

// fill sets what was given, and the defaults of the format for the rest.
func (c *copying) fill(delimiter, null, quote, escape *string) error {
	c.delimiter, c.null, c.quote = '\t', `\N`, '"'
	switch c.format {
	case "text", "binary":
	case "csv":
		c.delimiter, c.null = ',', ""
	default:
		return sqlsession.Coded("22023", yumen.Errorf(yumen.KindInvalid, "COPY writes text, csv or binary",
			"COPY 可写 text、csv 或 binary"))
	}
	if null != nil {
		c.null = *null
	}
	for _, o := range []struct {
		value *string
		to    *byte
	}{{delimiter, &c.delimiter}, {quote, &c.quote}, {escape, &c.escape}} {
		if o.value == nil {
			continue
		}
		if len(*o.value) != 1 || strings.Contains("\r\n", *o.value) {
			return sqlsession.Coded("0A000", yumen.Errorf(yumen.KindInvalid, "DELIMITER, QUOTE and ESCAPE are one byte each",
				"DELIMITER、QUOTE 与 ESCAPE 须为单字节"))
		}
		*o.to = (*o.value)[0]
	}
	if c.escape == 0 {
		c.escape = c.quote
	}
	c.escapes[c.delimiter] = c.delimiter
	const special = "\b\f\n\r\t\v\\"
	for i := range special {
		c.escapes[special[i]] = "bfnrtv\\"[i]
	}
	const taken = `\.abcdefghijklmnopqrstuvwxyz0123456789` // by what stands for other bytes
	if c.format == "text" && strings.IndexByte(taken, c.delimiter) >= 0 || c.format == "csv" && c.delimiter == c.quote ||
		strings.ContainsAny(c.null, "\r\n"+string(rune(c.delimiter))) {
		return sqlsession.Coded("22023", yumen.Errorf(yumen.KindInvalid,
			"DELIMITER, NULL and QUOTE of COPY cannot be told apart from what stands in values",
			"COPY 的 DELIMITER、NULL 与 QUOTE 无法与值区分"))
	}
	return nil
}
