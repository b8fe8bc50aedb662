package arrowio

import (
	"bufio"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// CSVStyle says who will open a CSV file.
type CSVStyle int

const (
	// CSVForPrograms ends lines with LF and writes cells as they are.
	CSVForPrograms CSVStyle = iota
	// CSVForPeople ends lines with CRLF as RFC 4180 asks. Text cells and column names that a spreadsheet would take for
	// a formula, because they start with = + - @ tab or carriage return, get a leading apostrophe (OWASP, CSV
	// Injection).
	CSVForPeople
)

// CSVWriter writes batches as CSV: a header line, comma, double quotes where needed, UTF-8 without mark. A null is the
// empty cell, an empty text is "" in quotes.
type CSVWriter struct {
	w       *bufio.Writer
	style   CSVStyle
	columns []TextColumn
	cells   []byte
	done    bool // the header is written
}

// NewCSVWriter returns a writer for the schema, whose types must be known to TypeOf.
func NewCSVWriter(w io.Writer, schema *arrow.Schema, style CSVStyle) (*CSVWriter, error) {
	if _, err := Columns(schema); err != nil {
		return nil, err
	}
	cols, err := TextColumns(schema, nil)
	if err != nil {
		return nil, err
	}
	return &CSVWriter{w: bufio.NewWriterSize(w, 1<<16), style: style, columns: cols}, nil
}

// Show makes the file one of these columns, instead of every column as it is. It comes before the first Write.
func (c *CSVWriter) Show(cols []TextColumn) { c.columns = cols }

// Write appends the rows of a batch.
func (c *CSVWriter) Write(batch arrow.RecordBatch) error {
	if err := c.writeHeader(); err != nil {
		return err
	}
	for row := range int(batch.NumRows()) {
		c.cells = c.cells[:0]
		for i, col := range c.columns {
			if i > 0 {
				c.cells = append(c.cells, ',')
			}
			c.cells = c.appendCell(c.cells, col.Array(batch, row), row)
		}
		if _, err := c.w.Write(c.endLine(c.cells)); err != nil {
			return err
		}
	}
	return nil
}

func (c *CSVWriter) appendCell(dst []byte, col arrow.Array, row int) []byte {
	text, isText := col.(*array.String)
	if !isText || col.IsNull(row) {
		return AppendCell(dst, col, row)
	}
	return c.appendText(dst, text.Value(row))
}

func (c *CSVWriter) appendText(dst []byte, s string) []byte {
	escape := c.style == CSVForPeople && s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
	if s != "" && !strings.ContainsAny(s, "\",\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		if escape {
			dst = append(dst, '\'')
		}
		return append(dst, s...)
	}
	dst = append(dst, '"')
	if escape {
		dst = append(dst, '\'')
	}
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}

func (c *CSVWriter) endLine(dst []byte) []byte {
	if c.style == CSVForPeople {
		dst = append(dst, '\r')
	}
	return append(dst, '\n')
}

func (c *CSVWriter) writeHeader() error {
	if c.done {
		return nil
	}
	c.done = true
	var line []byte
	for i, col := range c.columns {
		if i > 0 {
			line = append(line, ',')
		}
		line = c.appendText(line, col.Name)
	}
	_, err := c.w.Write(c.endLine(line))
	return err
}

// Close writes what is still buffered. It does not close the writer below.
func (c *CSVWriter) Close() error {
	if err := c.writeHeader(); err != nil {
		return err
	}
	return c.w.Flush()
}
