package anonymity

import (
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// Builder collects rows into a Table.
type Builder struct {
	intake
	codes [][]uint32
}

// NewBuilder starts a table with the named columns. It fails with kind invalid if there are none, or two of one name.
func NewBuilder(names ...string) (*Builder, error) {
	in, err := newIntake(names)
	if err != nil {
		return nil, err
	}
	return &Builder{intake: *in, codes: make([][]uint32, len(names))}, nil
}

// Add appends one row. Where null is not nil, null[i] says that cell i is null whatever text stands there. It fails
// with kind invalid on a row of another width or a cell that is not UTF-8.
func (b *Builder) Add(cells []string, null []bool) error {
	codes, err := b.encode(cells, null)
	if err != nil {
		return err
	}
	b.push(codes)
	return nil
}

// AddBatch appends the rows of an Arrow batch: the columns of the batch that have the table's names, as text in the
// spelling of Yumen's files. It fails with kind invalid if a column is missing or of a type that Yumen does not store.
func (b *Builder) AddBatch(batch arrow.RecordBatch) error { return b.batch(batch, b.push) }

func (b *Builder) push(codes []uint32) {
	for i, code := range codes {
		b.codes[i] = append(b.codes[i], code)
	}
}

// Table returns what was added. The Builder must not be used afterwards.
func (b *Builder) Table() *Table {
	t := &Table{rows: b.rows, cols: make([]column, len(b.names)), at: make(map[string]int, len(b.names))}
	for i, name := range b.names {
		t.cols[i] = column{name: name, values: b.dicts[i].values, null: b.dicts[i].null, codes: b.codes[i]}
		t.at[name] = i
	}
	return t
}

// intake turns rows into codes, one dictionary per column.
type intake struct {
	names []string
	dicts []dict
	rows  int
	row   []uint32
	text  []byte
}

// dict numbers the values of a column in order of first appearance.
type dict struct {
	values []string
	index  map[string]uint32
	null   int // code of null, or −1
}

func newIntake(names []string) (*intake, error) {
	if len(names) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "a table needs at least one column", "表至少要有一列")
	}
	in := &intake{names: names, dicts: make([]dict, len(names)), row: make([]uint32, len(names))}
	seen := map[string]bool{}
	for i, name := range names {
		if seen[name] {
			return nil, yumen.Errorf(yumen.KindInvalid, "two columns have one name", "两列同名").At(name)
		}
		seen[name] = true
		in.dicts[i] = dict{index: map[string]uint32{}, null: -1}
	}
	return in, nil
}

// encode returns the codes of one row, valid until the next call, and counts it.
func (in *intake) encode(cells []string, null []bool) ([]uint32, error) {
	if len(cells) != len(in.names) || null != nil && len(null) != len(cells) {
		return nil, yumen.Errorf(yumen.KindInvalid, "row %d has %d cells, the table %d columns",
			"第 %d 行有 %d 个单元格，而表有 %d 列",
			in.rows+1, len(cells), len(in.names))
	}
	for i, s := range cells {
		if null != nil && null[i] {
			continue
		}
		if _, known := in.dicts[i].index[s]; !known && !utf8.ValidString(s) {
			return nil, in.notText(i)
		}
	}
	if err := in.count(); err != nil {
		return nil, err
	}
	for i, s := range cells {
		if null != nil && null[i] {
			in.row[i] = in.dicts[i].codeOfNull()
		} else {
			in.row[i] = in.dicts[i].code(s)
		}
	}
	return in.row, nil
}

func (in *intake) notText(i int) error {
	return yumen.Errorf(yumen.KindInvalid, "row %d: the cell is not valid UTF-8", "第 %d 行：单元格不是有效的 UTF-8",
		in.rows+1).At(in.names[i])
}

func (in *intake) count() error {
	if in.rows == math.MaxInt32 {
		return yumen.Errorf(yumen.KindLimit, "the table has more than %d rows", "表超过 %d 行", math.MaxInt32)
	}
	in.rows++
	return nil
}

func (d *dict) codeOfNull() uint32 {
	if d.null < 0 {
		d.null = len(d.values)
		d.values = append(d.values, NullLabel)
	}
	return uint32(d.null)
}

func (d *dict) code(s string) uint32 {
	code, ok := d.index[s]
	if !ok {
		code = d.add(s)
	}
	return code
}

func (d *dict) add(s string) uint32 {
	code := uint32(len(d.values))
	d.index[s] = code
	d.values = append(d.values, s)
	return code
}

// batch encodes the rows of an Arrow batch one by one.
func (in *intake) batch(batch arrow.RecordBatch, push func([]uint32)) error {
	arrays := make([]arrow.Array, len(in.names))
	for i, name := range in.names {
		places := batch.Schema().FieldIndices(name)
		if len(places) != 1 {
			return yumen.Errorf(yumen.KindInvalid, "the data has %d columns of this name", "数据中有 %d 列同此名",
				len(places)).At(name)
		}
		arrays[i] = batch.Column(places[0])
		if _, ok := arrowio.TypeOf(arrays[i].DataType()); !ok {
			return yumen.Errorf(yumen.KindInvalid, "columns of type %s are not supported", "不支持 %s 类型的列",
				arrays[i].DataType().Name()).At(name)
		}
	}
	for row := range int(batch.NumRows()) {
		for i, arr := range arrays {
			if err := in.cell(i, arr, row); err != nil {
				return err
			}
		}
		if err := in.count(); err != nil {
			return err
		}
		push(in.row)
	}
	return nil
}

func (in *intake) cell(i int, arr arrow.Array, row int) error {
	d := &in.dicts[i]
	if arr.IsNull(row) {
		in.row[i] = d.codeOfNull()
		return nil
	}
	in.text = arrowio.AppendCell(in.text[:0], arr, row)
	code, ok := d.index[string(in.text)]
	if !ok {
		if !utf8.Valid(in.text) {
			return in.notText(i)
		}
		code = d.add(string(in.text))
	}
	in.row[i] = code
	return nil
}
