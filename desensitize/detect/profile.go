package detect

import (
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// Proposal is what the statistics of a column suggest for its catalog entry. It is for a person to confirm, and carries
// numbers only, no value.
type Proposal struct {
	Column string           `json:"column"`
	Role   yumen.ColumnRole `json:"role"`
	Grade  int              `json:"grade"`
	// Preset is the mask to apply where rows leave, of desensitize/mask; "" where none fits and the column should be
	// generalized, aggregated or left out.
	Preset string     `json:"preset,omitempty"`
	Type   Type       `json:"type,omitempty"`  // the identifier it holds
	Share  float64    `json:"share,omitempty"` // of the cells with a value, those that hold it
	Split  string     `json:"split,omitempty"` // the column that holds the other part
	Inside []Type     `json:"inside,omitempty"`
	Why    yumen.Text `json:"why"`

	Rows     int64 `json:"rows"`
	Nulls    int64 `json:"nulls"`
	Distinct int64 `json:"distinct"` // an estimate
}

// Profiler collects statistics of the columns of a table, row by row, in memory that does not grow with the rows: 4 KiB
// for the different values and the first short cells of each column.
type Profiler struct {
	columns []profiled
	detect  *Detector
	rows    int64
	text    []byte
}

// profiled is what is known of one column.
type profiled struct {
	name    string
	hint    Hint
	about   *concept
	nulls   int64
	whole   [types]int64 // cells that are an identifier
	inside  [types]int64 // cells that have one among other text
	numbers int64        // cells that are numbers
	decimal int64        // of these, with a fraction
	dates   int64
	letters int64 // characters
	values  distinct
	sample  []string // of the first rows, "" for what no split identifier has
}

// samples is how many rows are looked at for identifiers split over two columns.
const samples = 500

// NewProfiler starts a profile of a table with the named columns.
func NewProfiler(columns []string) *Profiler {
	p := &Profiler{detect: New(), columns: make([]profiled, len(columns))}
	for i, name := range columns {
		p.columns[i] = profiled{name: name, hint: HintOf(name), about: conceptOf(name)}
	}
	return p
}

// AddBatch takes in the rows of an Arrow batch, whose columns are those of the profile in order. It fails with kind
// invalid if they are not, or of a type that Yumen does not store.
func (p *Profiler) AddBatch(batch arrow.RecordBatch) error {
	if int(batch.NumCols()) != len(p.columns) {
		return yumen.Errorf(yumen.KindInvalid, "the data has %d columns instead of %d", "数据有 %d 列，应为 %d 列",
			batch.NumCols(), len(p.columns))
	}
	for i, arr := range batch.Columns() {
		if _, ok := arrowio.TypeOf(arr.DataType()); !ok {
			return yumen.Errorf(yumen.KindInvalid, "columns of type %s are not supported", "不支持 %s 类型的列",
				arr.DataType().Name()).At(p.columns[i].name)
		}
		for row := range arr.Len() {
			p.text = arrowio.AppendCell(p.text[:0], arr, row)
			p.columns[i].add(p.detect, string(p.text), arr.IsNull(row))
		}
	}
	p.rows += batch.NumRows()
	return nil
}

func (c *profiled) add(d *Detector, s string, null bool) {
	if len(c.sample) < samples {
		c.sample = append(c.sample, part3to15(s, null))
	}
	if null || s == "" {
		c.nulls++
		return
	}
	c.values.add(s)
	c.letters += int64(utf8.RuneCountInString(s))
	c.form(s)
	for _, f := range d.Find(s, c.hint) {
		t := placeOf[f.Type]
		if 10*(f.End-f.Start) >= 8*len(s) {
			c.whole[t]++
		} else {
			c.inside[t]++
		}
	}
}

// part3to15 returns a cell that may be a part of an identifier.
func part3to15(s string, null bool) string {
	if null || len(s) < 3 || len(s) > 15 || digits(s) < 2 {
		return ""
	}
	return s
}

// form counts numbers and dates.
func (c *profiled) form(s string) {
	if len(s) > 40 {
		return
	}
	if x, err := strconv.ParseFloat(s, 64); err == nil {
		c.numbers++
		if x != float64(int64(x)) {
			c.decimal++
		}
		return
	}
	if digit(s[0]) {
		if y, m, d, end := readDate(s, 0); end > 0 && end == len(s) && m >= 1 && m <= 12 && d >= 1 && d <= 31 && y > 0 {
			c.dates++
		}
	}
}

// placeOf finds the place of a type.
var placeOf = func() map[Type]place {
	m := map[Type]place{}
	for i, a := range Types {
		m[a.Type] = place(i)
	}
	return m
}()
