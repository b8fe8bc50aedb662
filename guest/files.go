package guest

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Root is where the folders in and out lie. Defaults to "/", where a module finds them; tests set it.
var Root = "/"

// Reader reads an input in CSV row by row.
type Reader struct {
	file  *os.File
	csv   *csv.Reader
	index []int
	row   []string
}

// Open opens the input of that name and says which columns are wanted. It fails where one of them is not there.
func Open(name string, columns ...string) (*Reader, error) {
	f, err := os.Open(filepath.Join(Root, "in", name))
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f, csv: csv.NewReader(bufio.NewReaderSize(f, 1<<18)), row: make([]string, len(columns))}
	r.csv.ReuseRecord = true
	header, err := r.csv.Read()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the header of %s: %w", name, err), f.Close())
	}
	for _, c := range columns {
		i := slices.Index(header, c)
		if i < 0 {
			return nil, errors.Join(fmt.Errorf("%s has no column %s", name, c), f.Close())
		}
		r.index = append(r.index, i)
	}
	return r, nil
}

// Next returns the wanted cells of the next row, valid until the following call, or io.EOF after the last. A null cell
// and an empty text are both "".
func (r *Reader) Next() ([]string, error) {
	row, err := r.csv.Read()
	if err != nil {
		return nil, err
	}
	for i, at := range r.index {
		r.row[i] = row[at]
	}
	return r.row, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// Writer writes the output in CSV.
type Writer struct {
	file *os.File
	csv  *csv.Writer
}

// Create creates the output of that name with its header line: the declared columns in their order.
func Create(name string, columns ...string) (*Writer, error) {
	f, err := os.Create(filepath.Join(Root, "out", name))
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f, csv: csv.NewWriter(f)}
	return w, w.Row(columns...)
}

// Row writes one row. An empty cell is null.
func (w *Writer) Row(cells ...string) error { return w.csv.Write(cells) }

// Close writes what is left and closes the file.
func (w *Writer) Close() error {
	w.csv.Flush()
	return errors.Join(w.csv.Error(), w.file.Close())
}
