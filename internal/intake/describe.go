package intake

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/yumen-data/yumen"
)

// maxColumns bounds what a file can make of itself.
const maxColumns = 4096

// Described is what was found out about files that no catalog entry describes.
type Described struct {
	Columns []Column
	Rows    int64
	Bad     []Bad // rows that could not be read, the first few
	BadRows int64 // all of them
}

// Bad is a row that could not be read.
type Bad struct {
	File  int
	Line  int64
	Fault Fault
}

// Describe reads the files once, from end to end, and gives every column the narrowest type that all its cells have:
// boolean, integer (to 15 digits, without leading zeros, so that codes stay text), decimal(18,s), double, date,
// timestamp, else text. In NDJSON only numbers are numbers. Types that are given stand as they are. Columns of CSV are
// those of the header line of the first file, of NDJSON the keys in the order in which they first occur; a column
// without a name is called by its number.
func Describe(ctx context.Context, files []string, types map[string]yumen.Type, opts Options, maxBad int) (*Described,
	error) {
	if err := checkOptions(&opts); err != nil {
		return nil, err
	}
	p, err := newProgress(files, opts)
	if err != nil {
		return nil, err
	}
	d := &describer{opts: opts, progress: p, ctx: ctx, maxBad: maxBad, index: map[string]int{}}
	for i := range files {
		if err := d.read(files[i], i+1); err != nil {
			if len(files) > 1 {
				return nil, yumen.AsError(err).At(fmt.Sprintf("file %d", i+1))
			}
			return nil, err
		}
	}
	return d.described(types), nil
}

type describer struct {
	ctx      context.Context
	opts     Options
	progress *progress
	maxBad   int
	names    []string
	index    map[string]int // column by name
	guesses  []guess
	out      Described
}

func (d *describer) read(path string, file int) error {
	in, err := openInput(path, d.progress)
	if err != nil {
		return err
	}
	defer in.close()
	if d.opts.Format == yumen.FormatNDJSON {
		return d.readNDJSON(in, file)
	}
	return d.readCSV(in, file)
}

func (d *describer) readCSV(in *input, file int) error {
	if d.names == nil {
		if err := d.header(in.file.Name()); err != nil {
			return err
		}
	}
	src, err := newCSV(in, d.columns(), d.opts)
	if err != nil {
		return err
	}
	return d.rows(file, func() (Row, error) { return src.Next() }, func(r Row) {
		for i, c := range r.Cells {
			if !c.Null {
				d.guesses[i].add(c.Text)
			}
		}
	})
}

// header reads the names off the first line of a CSV file.
func (d *describer) header(path string) error {
	in, err := openInput(path, &progress{})
	if err != nil {
		return err
	}
	defer in.close()
	c := &csvSource{text: newText(in, d.opts.CSV.Encoding), quote: d.opts.CSV.Quote[0]}
	first, err := c.firstLine(d.opts.CSV.Delimiter, true)
	if err != nil {
		return err
	}
	for i, f := range first.fields {
		name := strings.TrimSpace(f.text)
		if d.opts.CSV.NoHeader {
			name = ""
		}
		if err := d.column(name, i); err != nil {
			return err
		}
	}
	return nil
}

// column adds a column. Names are distinguished without regard to case, as catalogs do.
func (d *describer) column(name string, i int) error {
	if name == "" && d.opts.Format != yumen.FormatNDJSON {
		name = fmt.Sprintf("column%d", i+1)
	}
	_, twice := d.index[strings.ToLower(name)]
	switch {
	case twice:
		return yumen.Errorf(yumen.KindInvalid, "two columns have the name that header %d has", "第 %d 个表头与另一列重名", i+1)
	case len(d.names) == maxColumns:
		return yumen.Errorf(yumen.KindLimit, "more than %d columns", "超过 %d 列", maxColumns)
	}
	d.index[strings.ToLower(name)] = i
	d.names, d.guesses = append(d.names, name), append(d.guesses, newGuess())
	return nil
}

func (d *describer) columns() []Column {
	out := make([]Column, len(d.names))
	for i, n := range d.names {
		out[i] = Column{Name: n, Header: n, Type: yumen.TypeText}
	}
	return out
}

// rows goes through the rows of a file and notes those that cannot be read.
func (d *describer) rows(file int, next func() (Row, error), see func(Row)) error {
	for {
		r, err := next()
		if err == io.EOF {
			d.progress.report()
			return nil
		}
		if err != nil {
			return err
		}
		d.out.Rows++
		if r.Fault != 0 {
			d.bad(Bad{file, r.Line, r.Fault})
			continue
		}
		see(r)
		if d.out.Rows%batchRows == 0 {
			d.progress.report()
			if d.ctx.Err() != nil {
				return yumen.Errorf(yumen.KindLimit, "the run was stopped", "运行被停止").Because(d.ctx.Err())
			}
		}
	}
}

func (d *describer) bad(b Bad) {
	d.out.BadRows++
	if len(d.out.Bad) < d.maxBad {
		d.out.Bad = append(d.out.Bad, b)
	}
}

func (d *describer) readNDJSON(in *input, file int) error {
	src := newNDJSON(in, nil, d.opts)
	return d.rows(file, func() (Row, error) {
		line, fault, err := src.line()
		if err == nil && fault == 0 {
			fault, err = d.object(line)
		}
		return Row{Line: in.line, Fault: fault}, err
	}, func(Row) {})
}

// object looks at the members of one line.
func (d *describer) object(line string) (fault Fault, err error) {
	fault = members(line, func(key, value string) Fault {
		i, known := d.index[strings.ToLower(key)]
		if !known {
			i = len(d.names)
			if err = d.column(key, i); err != nil {
				return FaultColumns
			}
		}
		d.guesses[i].addJSON(value)
		return 0
	})
	return fault, err
}

func (d *describer) described(types map[string]yumen.Type) *Described {
	d.out.Columns = d.columns()
	for i := range d.out.Columns {
		c := &d.out.Columns[i]
		if d.opts.CSV.NoHeader {
			c.Header = c.Name
		}
		c.Type = d.guesses[i].typ()
		if t, given := types[c.Name]; given {
			c.Type = t
		}
	}
	return &d.out
}
