package intake

import (
	"cmp"
	"io"
	"strings"

	"github.com/yumen-data/yumen"
)

// csvSource reads CSV after RFC 4180, with any delimiter and quote: cells may be quoted, a quote inside is doubled,
// quoted cells may span lines. Lines end in LF or CRLF. Empty lines are passed over. The empty cell is null, quoted or
// not. Where exact, a line may be empty, the empty cell in quotes is an empty text, and a carriage return needs quotes.
type csvSource struct {
	text      *text
	exact     bool
	delimiter byte
	quote     byte
	null      map[string]bool
	order     []int // column of each cell of a line
	cells     []Cell
	fields    []field
	pending   *record // the first line of a file without header, already read
}

// record is one row as it was split.
type record struct {
	line   int64
	fault  Fault
	fields []field
}

type field struct {
	text   string
	quoted bool
}

func newCSV(in *input, cols []Column, opts Options) (*csvSource, error) {
	c := &csvSource{text: newText(in, opts.CSV.Encoding), exact: opts.exact, quote: opts.CSV.Quote[0],
		null: map[string]bool{"": true}, cells: make([]Cell, len(cols))}
	c.text.unchecked = opts.exact // the cell says of which column it is
	for _, n := range opts.CSV.Null {
		c.null[n] = true
	}
	first, err := c.firstLine(opts.CSV.Delimiter, !opts.CSV.NoHeader)
	if err != nil {
		return nil, err
	}
	if opts.CSV.NoHeader {
		c.pending = &first
		for i := range cols {
			c.order = append(c.order, i)
		}
		return c, nil
	}
	c.order, err = matchHeader(first.fields, cols, opts.exact)
	return c, err
}

// firstLine reads the first record, after finding the delimiter in its line where none is given. A header that cannot
// be read is refused.
func (c *csvSource) firstLine(delimiter string, header bool) (record, error) {
	line, end, line0, fault, err := c.nextLine()
	if err == io.EOF {
		return record{}, yumen.Errorf(yumen.KindInvalid, "the file is empty", "文件为空")
	}
	if err != nil {
		return record{}, err
	}
	c.delimiter = cmp.Or(delimiter, sniff(line, c.quote))[0]
	first := record{line: line0, fault: fault}
	if fault == 0 {
		first, err = c.split(line, end, line0)
	}
	if err == nil && header && first.fault != 0 {
		return first, yumen.Errorf(yumen.KindInvalid, "the header line cannot be read", "无法读取表头行").
			ToFix("check the encoding and the quotes of line %d", "请检查第 %d 行的编码与引号", first.line)
	}
	return first, err
}

// sniff returns which of , ; tab | stands most often outside quotes, the first of equals.
func sniff(line string, quote byte) string {
	const candidates = ",;\t|"
	var count [len(candidates)]int
	quoted := false
	for i := range len(line) {
		if line[i] == quote {
			quoted = !quoted
		} else if k := strings.IndexByte(candidates, line[i]); k >= 0 && !quoted {
			count[k]++
		}
	}
	best := 0
	for k := range count {
		if count[k] > count[best] {
			best = k
		}
	}
	return candidates[best : best+1]
}

// nextLine returns the next line that is not empty.
func (c *csvSource) nextLine() (line, end string, number int64, fault Fault, err error) {
	for {
		line, end, fault, err = c.text.next()
		if err != nil || line != "" || fault != 0 || c.exact {
			return line, end, c.text.in.line, fault, err
		}
	}
}

func (c *csvSource) Next() (Row, error) {
	var rec record
	if c.pending != nil {
		rec, c.pending = *c.pending, nil
	} else {
		line, end, number, fault, err := c.nextLine()
		if err != nil {
			return Row{}, err
		}
		if rec = (record{line: number, fault: fault}); fault == 0 {
			if rec, err = c.split(line, end, number); err != nil {
				return Row{}, err
			}
		}
	}
	if rec.fault == 0 && len(rec.fields) != len(c.order) {
		rec.fault = FaultColumns
	}
	if rec.fault != 0 {
		return Row{Line: rec.line, Fault: rec.fault}, nil
	}
	for i, f := range rec.fields {
		c.cells[c.order[i]] = Cell{Text: f.text, Null: c.null[f.text] && !(c.exact && f.quoted)}
	}
	return Row{Line: rec.line, Cells: c.cells}, nil
}

// split cuts a line into fields, reading on where a quoted field spans lines. After a fault reading goes on with the
// next line.
func (c *csvSource) split(line, end string, number int64) (record, error) {
	rec := record{line: number}
	c.fields = c.fields[:0]
	for {
		if len(line) > 0 && line[0] == c.quote {
			text, rest, fault, err := c.quoted(line[1:], end)
			if err != nil {
				return rec, err
			}
			if c.exact && len(text) > MaxCell {
				fault = FaultQuote
			}
			if fault != 0 {
				rec.fault = fault
				return rec, nil
			}
			c.fields = append(c.fields, field{text, true})
			line, end = rest.line, rest.end
			if line == "" {
				break
			}
			line = line[1:] // the delimiter
			continue
		}
		i := strings.IndexByte(line, c.delimiter)
		text := line
		if i >= 0 {
			text = line[:i]
		}
		if strings.IndexByte(text, c.quote) >= 0 || c.exact &&
			(len(text) > MaxCell || strings.IndexByte(text, '\r') >= 0) {
			rec.fault = FaultQuote
			return rec, nil
		}
		c.fields = append(c.fields, field{text, false})
		if i < 0 {
			break
		}
		line = line[i+1:]
	}
	rec.fields = c.fields
	return rec, nil
}

// remainder is what follows a quoted field on its last line: nothing, or a delimiter and more.
type remainder struct{ line, end string }

// quoted reads a field after its opening quote.
func (c *csvSource) quoted(line, end string) (string, remainder, Fault, error) {
	var long strings.Builder
	for {
		i := strings.IndexByte(line, c.quote)
		switch {
		case i >= 0 && i+1 < len(line) && line[i+1] == c.quote:
			long.WriteString(line[:i+1])
			line = line[i+2:]
		case i >= 0:
			rest := line[i+1:]
			if rest != "" && rest[0] != c.delimiter {
				return "", remainder{}, FaultQuote, nil
			}
			if long.Len() == 0 {
				return line[:i], remainder{rest, end}, 0, nil
			}
			long.WriteString(line[:i])
			return long.String(), remainder{rest, end}, 0, nil
		default:
			long.WriteString(line)
			long.WriteString(end)
			if long.Len() > maxLine {
				return "", remainder{}, FaultQuote, nil
			}
			var fault Fault
			var err error
			line, end, fault, err = c.text.next()
			if err == io.EOF {
				return "", remainder{}, FaultQuote, nil
			}
			if err != nil || fault != 0 {
				return "", remainder{}, fault, err
			}
		}
	}
}
