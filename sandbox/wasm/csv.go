package wasm

import (
	"bufio"
	"io"
)

// readCSV reads RFC 4180 strictly: a header line with the declared names in order, commas, double quotes only around a whole
// cell, LF or CRLF. An empty cell is null, "" an empty text.
func readCSV(f *bufio.Reader, t *table) error {
	p := &csvParser{r: f}
	for i := range t.columns {
		cell, _, last, err := p.cell()
		if err != nil || cell != t.columns[i].Name || last != (i == len(t.columns)-1) {
			return wrongColumns()
		}
	}
	for {
		if _, err := f.Peek(1); err == io.EOF {
			return nil
		}
		for i := range t.columns {
			cell, quoted, last, err := p.cell()
			if err != nil {
				return err
			}
			if last != (i == len(t.columns)-1) {
				return failed("a line of the module's output has more or fewer cells than there are columns", "模块输出有一行的单元格数与列数不符")
			}
			if cell == "" && !quoted {
				t.cells[i].Null()
			} else if err := t.set(i, cell); err != nil {
				return err
			}
		}
		if err := t.endRow(); err != nil {
			return err
		}
	}
}

type csvParser struct {
	r   *bufio.Reader
	buf []byte
}

// maxCell bounds what one cell may take.
const maxCell = 1 << 20

// cell reads one cell and says whether it was quoted and whether it was the last of its line.
func (p *csvParser) cell() (cell string, quoted, last bool, err error) {
	p.buf = p.buf[:0]
	c, err := p.r.ReadByte()
	if err == nil && c == '"' {
		c, err = p.quoted()
		quoted = true
	} else {
		c, err = p.bare(c, err)
	}
	if err == io.EOF {
		return string(p.buf), quoted, true, nil
	}
	if err == nil && c == '\r' {
		if c, err = p.r.ReadByte(); err == nil && c != '\n' {
			err = badCSV()
		}
	}
	if err == nil && c != ',' && c != '\n' {
		err = badCSV()
	}
	return string(p.buf), quoted, c == '\n', err
}

// quoted reads to the closing quote and returns the byte behind it.
func (p *csvParser) quoted() (byte, error) {
	for {
		c, err := p.r.ReadByte()
		if err != nil {
			return 0, badCSV()
		}
		if c == '"' {
			if c, err = p.r.ReadByte(); err != nil || c != '"' {
				return c, err
			}
		}
		if err := p.add(c); err != nil {
			return 0, err
		}
	}
}

// bare reads to the separator, which it returns, or to the end.
func (p *csvParser) bare(c byte, err error) (byte, error) {
	for err == nil && c != ',' && c != '\n' && c != '\r' {
		if c == '"' {
			return 0, badCSV()
		}
		if err := p.add(c); err != nil {
			return 0, err
		}
		c, err = p.r.ReadByte()
	}
	return c, err
}

func (p *csvParser) add(c byte) error {
	if len(p.buf) == maxCell {
		return badCSV()
	}
	p.buf = append(p.buf, c)
	return nil
}

func badCSV() error {
	return failed("the module's output is not well-formed CSV", "模块的输出不是格式正确的 CSV")
}
